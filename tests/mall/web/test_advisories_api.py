"""An advisory's life over the interface: every step, who loses, today's list, history, audit, hand-over."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mall.advisories.life import LIFE, Order
from mall.models import Advisory
from mall.notify.notices import Mark
from tests.mall.web.test_api import ADVISORY, NOW, Stand

ID = ADVISORY.id
SENSOR = "sensor-limit:matcha/co2:1795239000000"
BODIES: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "assign": {"to": "abe"},
    "start": {},
    "note": {"text": "two guards sent"},
    "silence": {"reason": "cleaning", "minutes": 30},
    "unsilence": {},
    "resolve": {"why": "false alarm"},
}


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    made = Stand(tmp_path)
    made.store.put_advisory(ADVISORY, None)
    return made


def take(stand: Stand, step: str, by: str = "console:mori", advisory: str = ID, **more: Any) -> tuple[int, Any]:
    body = {"by": by} | BODIES[step] | more
    answer = stand.client.post(f"/api/v1/advisories/{advisory}/{step}", json=body)
    return answer.status_code, answer.json()


def test_every_step_has_a_route() -> None:
    assert set(BODIES) == {step for steps in LIFE.values() for step in steps} - {
        "worsen", "ease", "escalate", "end", "expire", "return",
    }  # fmt: skip


def test_a_whole_life_and_its_history(stand: Stand) -> None:
    version = 1
    for step in ("acknowledge", "assign", "start", "note", "silence", "unsilence", "resolve"):
        stand.clock.now += 10.0
        code, answer = take(stand, step, version=version)
        assert code == 200, answer
        version += 1
        assert answer["version"] == version
    assert (answer["status"], answer["ended_by"], answer["assigned_to"]) == ("resolved", "console:mori", "abe")
    assert [note["text"] for note in answer["notes"]] == ["two guards sent", "false alarm"]
    history = stand.client.get(f"/api/v1/advisories/{ID}/history").json()
    assert [row["what"].removeprefix("advisory ") for row in history] == [
        "acknowledged", "assigned", "started", "noted", "silenced", "unsilenced", "resolved",
    ]  # fmt: skip
    assert [row["more"]["version"] for row in history] == list(range(2, 9))
    assert (history[4]["more"]["text"], history[4]["more"]["seconds"]) == ("cleaning", 1800.0)


def test_who_comes_second_gets_the_advisory_as_it_is_now(stand: Stand) -> None:
    assert take(stand, "assign", version=1)[0] == 200
    code, answer = take(stand, "note", by="console:sato", version=1)
    assert code == 409
    assert "assigned by mori" in answer["detail"]
    assert (answer["changed_by"], answer["changed_what"]) == ("console:mori", "assigned")
    assert (answer["advisory"]["version"], answer["advisory"]["assigned_to"]) == (2, "abe")
    assert take(stand, "note", by="console:sato", version=2)[0] == 200


@pytest.mark.parametrize(
    ("step", "more"),
    [
        ("silence", {"minutes": 121}), ("silence", {"minutes": 0}), ("silence", {"minutes": -1}),
        ("silence", {"minutes": 1e400}), ("silence", {"minutes": "NaN"}), ("silence", {"reason": ""}),
        ("silence", {"reason": None}), ("note", {"text": " "}), ("note", {"text": "x" * 501}),
        ("note", {"text": "a\x00b"}), ("note", {"text": ["x"]}), ("assign", {"to": ""}), ("assign", {"to": "x" * 41}),
        ("assign", {"to": "a\u202eb"}), ("resolve", {"why": ""}), ("start", {"extra": 1}), ("start", {"version": 0}),
        ("start", {"version": "x"}), ("start", {"by": "mori"}),
    ],
)  # fmt: skip
def test_what_lacks_something_changes_nothing(stand: Stand, step: str, more: dict[str, Any]) -> None:
    import json

    body = json.dumps({"by": "console:mori"} | BODIES[step] | more).replace("Infinity", "1e400")
    answer = stand.client.post(
        f"/api/v1/advisories/{ID}/{step}", {"Content-Type": "application/json"}, content=body.encode()
    )
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert stand.store.read_advisory(ID) == ADVISORY
    assert stand.store.read_audit(9) == []


@pytest.mark.parametrize("advisory", ["nothing", "a:b:1", "../audit", "a:b:x", "%00"])
def test_an_unknown_advisory_is_404(stand: Stand, advisory: str) -> None:
    assert take(stand, "acknowledge", advisory=advisory)[0] == 404
    assert stand.client.get(f"/api/v1/advisories/{advisory}/history").status_code == 404


def test_a_sensors_advisory_has_a_slash_in_its_id(stand: Stand) -> None:
    facts = {"kind": "co2", "unit": "ppm", "value": 1200.0, "limit": 1000.0, "side": "high", "source": "site"}
    kit = Advisory(SENSOR, "sensor-limit", "matcha/co2", "1f", "warn", "new", NOW, NOW, facts)
    stand.store.put_advisory(kit, None)
    for path in (SENSOR, SENSOR.replace("/", "%2F")):
        assert stand.client.get(f"/api/v1/advisories/{path}").json()["place"] == "matcha/co2"
    assert take(stand, "acknowledge", advisory=SENSOR.replace("/", "%2F"))[0] == 200
    assert b"Env" in stand.client.get(f"/api/v1/advisories/{SENSOR}/cap").content


def test_the_lists_of_open_and_of_closed_today(stand: Stand) -> None:
    # 14:32 in Tokyo; midnight there is 52 327 s ago
    for number, (ago, status) in enumerate([(60.0, "resolved"), (52_300.0, "expired"), (52_400.0, "resolved")]):
        old = Advisory(
            f"density-walkway:hall:{number}", "density-walkway", "hall", "1f", "warn", status, 1.0, NOW - ago,
            ADVISORY.facts, resolved_at=NOW - ago,
        )  # fmt: skip
        stand.store.put_advisory(old, None)

    def listed(state: str) -> list[str]:
        return [row["id"].rsplit(":", 1)[1] for row in stand.client.get(f"/api/v1/advisories?state={state}").json()]

    assert listed("open") == ["1795239000000"]
    assert listed("closed") == ["0", "1"]
    assert listed("all") == ["1795239000000", "0", "1"]
    assert stand.client.get("/api/v1/advisories?state=odd").status_code == 422


def test_cap_refers_to_what_was_told_before(stand: Stand) -> None:
    path = f"/api/v1/advisories/{ID}/cap"
    first = stand.client.get(path)
    assert first.headers["content-type"].startswith("application/cap+xml")
    assert b"<msgType>Alert</msgType>" in first.content
    stand.store.queue_notices(ID, Mark("warn", "new", ("desk",), ((1, ADVISORY.updated_at),)).to_json(), {})
    take(stand, "acknowledge")
    assert b"<msgType>Update</msgType>" in stand.client.get(path).content


def test_the_audit_tells_whether_its_chain_is_whole(stand: Stand) -> None:
    take(stand, "acknowledge")
    take(stand, "note")
    answer = stand.client.get("/api/v1/audit?count=1").json()
    assert (answer["is_whole"], answer["broken_at"]) == (True, None)
    assert [row["what"] for row in answer["entries"]] == ["advisory noted"]
    entry_id, prev, body = stand.store._audit[0]
    stand.store._audit[0] = (entry_id, prev, body.replace(b"mori", b"abe "))
    answer = stand.client.get("/api/v1/audit").json()
    assert (answer["is_whole"], answer["broken_at"]) == (False, "2-0")
    assert stand.client.get("/api/v1/audit?verify=false").json()["is_whole"] is None
    assert stand.client.get("/api/v1/audit?count=1001").status_code == 422


def shift(stand: Stand) -> None:
    """An hour: one answered after 2:05 and closed, one open with abe and silenced, one never answered."""
    from mall.advisories.acting import act

    def raised(name: str, ago: float, severity: Any = "warn", **more: Any) -> str:
        made = Advisory(
            f"density-walkway:{name}:{round(NOW - ago)}", "density-walkway", name, "1f", severity, "new", NOW - ago,
            NOW - ago, ADVISORY.facts, **more,
        )  # fmt: skip
        stand.store.put_advisory(made, None)
        return made.id

    stand.store.put_advisory(ADVISORY.changed(status="resolved", raised_at=NOW - 1e5, resolved_at=NOW - 9e4), 1)
    first, second = raised("hall", 3000), raised("plaza", 2000, "act")
    raised("upper", 1000, raised_count=3)
    effects = ({"after_min": 5, "measured": 1.2, "predicted": 1.1, "at": NOW - 2000},)
    for name, order, ago in (
        (first, Order("acknowledge", "console:mori"), 2875),
        (first, Order("resolve", "console:mori", text="quiet"), 1800),
        (second, Order("assign", "console:mori", to="阿部"), 1900),
        (second, Order("note", "console:sato", text="*two* guards\nsent"), 1850),
        (second, Order("silence", "console:sato", text="event ends at 15:00", seconds=1700), 60),
    ):  # fmt: skip
        assert act(stand.store, name, order, NOW - ago).outcome == "done"
    found = stand.store.read_advisory(first)
    assert found is not None
    stand.store.put_advisory(found.changed(effects=effects), found.version)
    stand.store.append_audit({"who": "console:mori", "what": "passage set", "item": "gate-2", "mode": "closed"})


def test_the_hand_over_by_hand(stand: Stand) -> None:
    shift(stand)
    answer = stand.client.get("/api/v1/handover?hours=1").json()
    assert [(row["place"], row["assigned_to"], row["raised_count"]) for row in answer["open"]] == [
        ("plaza", "阿部", 1), ("upper", None, 3),
    ]  # fmt: skip
    assert answer["open"][0]["silence_reason"] == "event ends at 15:00"
    (closed,) = answer["closed"]
    assert (closed["place"], closed["acknowledge_s"], closed["lasted_s"], closed["ended_by"]) == (
        "hall", 125.0, 1200.0, "mori",
    )  # fmt: skip
    assert (answer["acknowledged"], answer["unacknowledged"], answer["median_acknowledge_s"]) == (1, 2, 125.0)
    assert {row["id"] for row in answer["lost"]} >= {"hall-cam", "matcha/co2"}
    assert [(row["who"], row["what"], row["more"]) for row in answer["plan"]] == [
        ("mori", "passage set", {"item": "gate-2", "mode": "closed"})
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_hand_over_in_words(stand: Stand, form: str, language: str) -> None:
    shift(stand)
    answer = stand.client.get(f"/api/v1/handover?hours=1&format={form}&language={language}")
    kind = {"text": "text/plain", "markdown": "text/markdown"}[form]
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    text = answer.text
    for words in ("阿部", "2:05", "hall-cam", "gate-2", "14:59"):
        assert words in text
    told = {"en": "act · Plaza: too dense, since 13:58", "ja": "対応・広場：過密、13:58 から"}
    assert told[language] in text
    marked = "\\*two\\* guards sent" if form == "markdown" else "*two* guards sent"
    assert marked in text, "what people typed is never read as markup"


def test_an_empty_shift_says_none(stand: Stand) -> None:
    stand.store.put_advisory(ADVISORY.changed(status="resolved", raised_at=NOW - 1e5, resolved_at=NOW - 9e4), 1)
    text = stand.client.get("/api/v1/handover?hours=1&format=text&language=en").text
    assert text.startswith("Shift hand-over: 2026-11-21 ")
    assert "Open (0)\n- none" in text
    assert "nothing was acknowledged, 0 not" in text
    assert stand.client.get("/api/v1/handover?hours=0").status_code == 422


def test_how_the_ways_to_tell_do(stand: Stand) -> None:
    assert stand.client.get("/api/v1/notify").json() == []


def test_metrics_count_what_is_open_and_how_channels_do(stand: Stand) -> None:
    from mall.notify.outbox import ChannelState

    stand.store.write_channel("desk", ChannelState(failures=3, lost=2).to_json())
    stand.store.put_advisory(replace(ADVISORY, id="self-test:small:1", rule="self-test", place="small"), None)
    stand.store.put_advisory(replace(ADVISORY, id="density-walkway:hall:9", exercise=True), None)
    take(stand, "acknowledge")
    text = stand.client.get("/metrics").text
    assert 'advisories_open{severity="warn",status="acknowledged"} 1.0' in text
    assert 'advisories_open{severity="warn",status="new"} 0.0' in text
    assert 'notify_failures{channel="desk"} 3.0' in text
    assert 'notify_lost_total{channel="desk"} 2.0' in text
