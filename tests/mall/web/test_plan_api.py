"""The plan's state over the interface: sensible changes, losers told, incidents, contacts through the door, egress."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from mall.config import Site
from mall.models import LevelSnapshot, ZoneReading
from mall.plan_state import PlanState
from mall.popups.signing import sign
from mall.store import MemoryStore
from mall.views.operator import live_view, read_operator_view
from mall.views.tenant import tenant_view
from mall.web.api import api_router, install_errors
from mall.web.feed import aged
from mall.web.ingest import ingest_router
from tests.mall.plan_state.ways_site import SITE, ways_site
from tests.mall.web.client import AppClient

NOW = 1_795_239_127.0
KEYS = {"fire": b"f" * 32, "reed-7": b"r" * 32, "esc-run": b"e" * 32}
MORI = "console:Mori"


class FreshFeed:
    def __init__(self, site: Site, store: MemoryStore) -> None:
        self.site, self.store = site, store

    def current(self) -> dict[str, Any]:
        return read_operator_view(self.site, self.store)


class Stand:
    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.store = MemoryStore(clock=lambda: self.now)
        self.site = ways_site(folder)
        self.feed = FreshFeed(self.site, self.store)
        app = FastAPI()
        install_errors(app)
        app.include_router(api_router(self.site, self.store, self.feed))
        app.include_router(ingest_router(self.site, self.store, KEYS))
        self.client = AppClient(app)

    def put(self, item: str, mode: str, **more: Any) -> Any:
        return self.client.request("PUT", f"/api/v1/plan-state/{item}", json={"mode": mode, "by": MORI} | more)

    def item(self, item: str) -> dict[str, Any]:
        rows = self.client.get("/api/v1/plan-state").json()["items"]
        return next(row for row in rows if row["id"] == item)

    def contact(self, device: str, seq: int, value: float, *, key: bytes | None = None, at: float | None = None) -> Any:
        body = b'{"at":%f,"readings":{"contact":%g}}' % (self.now if at is None else at, value)
        headers = {"X-Mall-Seq": str(seq), "X-Mall-Signature": sign(key or KEYS[device], device, seq, body)}
        return self.client.post(f"/api/v1/ingest/{device}", headers, content=body)

    def see(self, level: str, **people: int) -> None:
        zones = {
            zone: ZoneReading(
                zone, n, (n - 10, n + 20), 0.1, "A", "free", 0, observed_at=self.now, received_at=self.now, lag_s=0.0,
                period_s=0.2, seq=1, epoch="e", coverage=1.0, source="camera",
            )
            for zone, n in people.items()
        }  # fmt: skip
        snapshot = LevelSnapshot(level, "e", round(self.now), self.now, zones, [])
        assert self.store.write_snapshot(snapshot, line_delta={}, token=None)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_every_item_is_told_open_until_somebody_says_else(stand: Stand) -> None:
    answer = stand.client.get("/api/v1/plan-state").json()
    assert {row["mode"] for row in answer["items"]} == {"open"}
    assert len(answer["items"]) == 18  # 12 openings, 2 ends each of stairs, escalator and lift
    assert stand.item("esc")["modes"] == ["open", "stopped", "closed", "one_way"]
    assert stand.item("door-w")["sides"] == ["hall", None]


def test_a_door_is_closed_for_a_while(stand: Stand) -> None:
    answer = stand.put("door-w", "closed", for_min=15, why="spill", version=0)
    assert answer.status_code == 200
    told = {key: stand.item("door-w")[key] for key in ("mode", "who", "why", "since", "until", "source", "version")}
    assert told == {"mode": "closed", "who": MORI, "why": "spill", "since": NOW, "until": NOW + 900,
                    "source": "operator", "version": 1}  # fmt: skip
    [entry] = stand.store.read_audit(5)
    assert (entry["who"], entry["what"], entry["item"], entry["mode"]) == (MORI, "passage set", "door-w", "closed")
    stand.now = NOW + 900
    assert (stand.item("door-w")["mode"], stand.item("door-w")["version"]) == ("open", 1)


def test_the_second_of_two_is_told_who_was_first(stand: Stand) -> None:
    assert stand.put("door-w", "closed", by="console:Sato", version=0).status_code == 200
    answer = stand.put("door-w", "closed", version=0)
    assert (answer.status_code, answer.json()["reason"], answer.json()["by"]) == (409, "taken", "Sato")
    assert "Sato has just changed it to closed" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("item", "body", "status", "text"),
    [
        ("nowhere", {"mode": "closed"}, 404, "No opening, stair, escalator or lift 'nowhere'"),
        ("door-w", {"mode": "stopped"}, 422, "cannot be stopped"),
        ("door-w", {"mode": "locked"}, 422, "No mode 'locked'"),
        ("gate", {"mode": "one_way", "towards": "upper"}, 422, "towards = one of hall, shop"),
        ("gate", {"mode": "closed", "for_min": 0}, 422, "for_min"),
        ("gate", {"mode": "closed", "for_min": 1e9}, 422, "for_min"),
        ("gate", {"mode": "closed", "by": "Mori"}, 422, "console:"),
        ("gate", {"mode": "closed", "why": ""}, 422, "why"),
        ("gate", {"mode": "closed", "wy": "x"}, 422, "wy"),
    ],
)
def test_nonsense_changes_nothing(stand: Stand, item: str, body: dict[str, Any], status: int, text: str) -> None:
    answer = stand.client.request("PUT", f"/api/v1/plan-state/{item}", json={"by": MORI} | body)
    assert (answer.status_code, text in answer.json()["detail"]) == (status, True)
    assert stand.store.read_plan_state() == PlanState()
    assert stand.store.read_audit(5) == []


def report(stand: Stand, **body: Any) -> Any:
    return stand.client.post("/api/v1/incidents", json={"by": MORI, "level": "1f"} | body)


def test_an_incident_is_reported_shown_and_cleared(stand: Stand) -> None:
    made = report(stand, kind="spill", at=[4, 5], note=" oil \n by the door ").json()
    assert (made["zone"], made["radius_m"], made["note"]) == ("hall", 2.0, "oil by the door")
    [shown] = stand.client.get("/api/v1/plan-state").json()["incidents"]
    assert (shown["id"], shown["at"], shown["who"]) == (made["id"], [4, 5], MORI)
    clear = f"/api/v1/incidents/{made['id']}/clear"
    assert stand.client.post(clear, json={"by": "console:Sato"}).status_code == 200
    again = stand.client.post(clear, json={"by": MORI})
    assert (again.status_code, again.json()["by"]) == (409, "Sato")
    assert stand.client.get("/api/v1/plan-state").json()["incidents"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "comet", "at": [4, 5]}, 422), ({"kind": "spill"}, 422), ({"kind": "spill", "zone": "moon"}, 422),
        ({"kind": "spill", "level": "9f", "at": [4, 5]}, 422), ({"kind": "spill", "at": [4000, 5]}, 422),
        ({"kind": "spill", "at": [4, 5], "radius_m": -1}, 422),
        ({"kind": "spill", "at": [4, 5], "note": "x" * 121}, 422),
        ({"kind": "spill", "at": [4, "x"]}, 422), ({"kind": "fight", "zone": "shop"}, 200),
        ({"kind": "other", "at": [-3, 5]}, 200),
    ],
)  # fmt: skip
def test_an_incident_needs_a_kind_and_a_place(stand: Stand, body: dict[str, Any], status: int) -> None:
    assert report(stand, **body).status_code == status
    assert len(stand.store.read_plan_state().incidents) == (status == 200)


def test_who_is_lost_is_described_nowhere(stand: Stand) -> None:
    stand.see("1f", hall=20, shop=5)
    assert report(stand, kind="lost_child", at=[4, 5], note="Ken, 5, red coat").json()["note"] == ""
    report(stand, kind="medical", at=[4, 5], note="Ms Abe fell")
    view = stand.feed.current()
    assert "Ms Abe fell" in str(view["plan"])
    shop = tenant_view(stand.site, "shop", [], view["zones"], now=NOW)
    others = [live_view(view), shop, stand.store.read_audit(9), stand.store.read_public()]
    assert not any(word in str(others) for word in ("Ken", "red coat", "Abe"))


def test_a_contact_closes_its_door_through_the_sensors_door(stand: Stand) -> None:
    assert stand.contact("reed-7", 1, 1).status_code == 200
    state = stand.item("door-w")
    assert (state["mode"], state["source"], state["who"], state["is_known"]) == (
        "closed",
        "contact",
        "contact:reed-w",
        True,
    )
    stand.now += 101  # ten periods of silence: closed as it was, but not known to be
    assert (stand.item("door-w")["mode"], stand.item("door-w")["is_known"]) == ("closed", False)
    assert stand.contact("esc-run", 1, 0).status_code == 200  # closed means running
    assert stand.item("esc")["mode"] == "stopped"


@pytest.mark.parametrize(
    ("message", "status", "reason"),
    [
        ({"seq": 6, "value": 1, "key": b"x" * 32}, 401, "signature"),
        ({"seq": 5, "value": 1}, 409, "replayed"),
        ({"seq": 4, "value": 1}, 409, "replayed"),
        ({"seq": 6, "value": 0.5}, 400, "implausible"),
        ({"seq": 6, "value": 2}, 400, "implausible"),
        ({"seq": 6, "value": 1, "at": NOW + 60}, 400, "future"),
    ],
)
def test_forged_and_replayed_alarms_are_refused(
    stand: Stand, message: dict[str, Any], status: int, reason: str
) -> None:
    assert stand.contact("fire", 5, 0).status_code == 200
    answer = stand.contact("fire", **message)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert not stand.feed.current()["plan"]["alarm"]["is_on"]
    assert len(stand.store.read_audit(9)) == 1


def test_old_news_of_a_contact_change_nothing_live(stand: Stand) -> None:
    assert stand.contact("fire", 1, 1, at=NOW - 3600).json()["late"]
    assert stand.store.read_plan_state() == PlanState()


def test_the_fire_alarm_comes_ends_and_is_never_assumed_away(stand: Stand) -> None:
    def alarm() -> dict[str, Any]:
        return dict(stand.feed.current()["plan"]["alarm"])

    assert (alarm()["is_on"], alarm()["is_known"], alarm()["silent"]) == (False, False, ["fire"])
    stand.contact("fire", 1, 0)
    assert (alarm()["is_on"], alarm()["is_known"]) == (False, True)
    stand.contact("fire", 2, 1)
    assert (alarm()["is_on"], alarm()["since"], alarm()["contacts"]) == (True, NOW, ["fire"])
    stand.now += 3600
    assert alarm()["is_on"]  # burned, perhaps
    stand.contact("fire", 3, 0)
    assert (alarm()["is_on"], alarm()["is_known"]) == (False, True)
    assert [row["is_active"] for row in stand.store.read_audit(9)] == [False, True, False]


def place(stand: Stand, name: str) -> dict[str, Any]:
    return next(row for row in stand.client.get("/api/v1/egress").json()["places"] if row["place"] == name)


def test_exit_times_follow_people_and_doors(stand: Stand) -> None:
    nothing = place(stand, "1f")
    assert (nothing["state"], nothing["minutes"], nothing["people"], nothing["coverage"]) == (
        "unknown",
        None,
        None,
        0.0,
    )
    stand.see("1f", hall=300, shop=60, stairs=0, esc=0)
    found = place(stand, "1f")
    # 360 people, the 3 m door blocked, 2 m x 60 p/m/min left
    assert (found["state"], found["blocked"], found["minutes"]) == ("ok", "door-w", 3.0)
    assert found["range"] == [round((290 + 50 - 20) / 120, 2), round((320 + 80 + 40) / 120, 2)]
    assert (found["exit_capacity"], found["is_over"]) == (960, False)
    # 2 p/m² on 360 m² of hall and 30 m² of stairs and escalator, 0.5 p/m² on 96 m² of sales floor
    assert (found["holding_capacity"], found["safe_capacity"]) == (828, 828)
    stand.put("door-e", "closed")
    assert (place(stand, "1f")["state"], place(stand, "1f")["open_min"]) == ("one_exit", 2.0)
    report(stand, kind="blocked_exit", at=[1, 5])
    shut = place(stand, "1f")
    assert (shut["state"], shut["is_over"], shut["minutes"]) == ("no_usable_exit", True, None)
    answer = stand.client.get("/api/v1/egress").json()
    assert (answer["limit_min"], answer["source"]) == (8.0, "fire strategy FS-2, clause 4")
    assert answer["worst"] in ("1f", "site")


def test_a_silent_store_makes_exit_times_old_and_then_unknown(stand: Stand) -> None:
    stand.see("1f", hall=300, shop=60, stairs=0, esc=0)
    view = stand.feed.current()
    later = {row["place"]: row for row in aged(view, 10.0)["egress"]["places"]}["1f"]
    assert (later["is_stale"], later["minutes"]) == (True, 3.0)
    gone = {row["place"]: row for row in aged(view, 60.0)["egress"]["places"]}["1f"]
    assert (gone["state"], gone["minutes"], gone["people"]) == ("unknown", None, None)


def test_ways_out_with_the_last_people_known(stand: Stand) -> None:
    stand.see("1f", hall=300)
    rows = {row["zone"]: row for row in stand.client.get("/api/v1/evacuation").json()["zones"]}
    assert (rows["hall"]["people"], rows["hall"]["coverage"], rows["shop"]["people"]) == (300, 1.0, None)
    assert rows["shop"]["way"]["exit"] == "door-w"
    assert [run["level"] for run in rows["upper"]["way"]["lines"]] == ["2f", "1f"]
    report(stand, kind="fight", at=[0, 5], radius_m=4)
    rows = {row["zone"]: row for row in stand.client.get("/api/v1/evacuation").json()["zones"]}
    assert rows["shop"]["way"]["exit"] == "door-e"
    free = {row["zone"]: row for row in stand.client.get("/api/v1/evacuation?step_free=true").json()["zones"]}
    assert (free["hall"]["way"]["exit"], free["upper"]["way"]) == ("door-e", None)


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ('[[contact]]\nid = "x"\nkind = "door"\nitem = "nowhere"\n', "contact \\(x\\).item: no opening 'nowhere'"),
        ('[[contact]]\nid = "x"\nkind = "escalator"\nitem = "door-w"\n', "no escalator 'door-w'"),
        ('[[contact]]\nid = "x"\nkind = "door"\n', "item: a door needs one"),
        ('[[contact]]\nid = "x"\nkind = "fire_alarm"\nitem = "door-w"\n', "item: a fire alarm watches none"),
        ('[[contact]]\nid = "x"\nkind = "fire_alarm"\nlevel = "9f"\n', "unknown level '9f'"),
        ('[[contact]]\nid = "x"\nkind = "fire_alarm"\nclosed_means = "open"\n', "is alarm or normal, got 'open'"),
        ('[[contact]]\nid = "x"\nkind = "fire_alarm"\ndevice = "reed-7"\n', "device id 'reed-7' stands twice"),
    ],
)
def test_a_wrong_contact_is_refused_by_name(tmp_path: Path, toml: str, text: str) -> None:
    with pytest.raises(Exception, match=text):
        ways_site(tmp_path, toml=SITE + toml)


def test_more_than_the_default_needs_a_fire_strategy(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="needs the fire strategy"):
        ways_site(tmp_path, toml='[site]\nid = "a"\nname = "A"\n[egress]\nlimit_min = 8\n')
