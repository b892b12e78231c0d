"""Views: unknown is null, old is offline, the contract's keys, and a tenant's coarse numbers."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mall.advisories.places import labels_of
from mall.models import Advisory, CameraStatus, LevelSnapshot, MinuteRow, Totals, ZoneReading, pack
from mall.states import camera_state
from mall.store import MemoryStore
from mall.views.cameras import cameras_view
from mall.views.operator import Picture, live_view, operator_view, read_operator_view, totals_view, zone_view
from mall.views.tenant import coarse, own_zones, tenant_view
from tests.mall.scene import T0, plan, site

READING = ZoneReading(
    zone="plaza", people=7, band=(6, 9), density=0.07, los="A", crowd="free", trend=1, observed_at=T0 - 0.3,
    received_at=T0 - 0.1, lag_s=0.2, period_s=0.2, seq=3, epoch="e", coverage=0.9, source="recorded", cameras=("c1",),
)  # fmt: skip
STATUS = CameraStatus(
    id="c1", level="1f", source="recorded", condition="running", epoch="w", seq=5, period_s=0.2, rate_fps=5.01,
    latency_s=0.123, read=5, processed=5, dropped=0, people=7, detector="nano", fit="proven", received_at=T0,
)  # fmt: skip
LIVE_ZONE_KEYS = {
    "people", "band", "density", "los", "state", "age_s", "observed_at", "seq", "epoch", "coverage", "source",
}  # fmt: skip


def picture(now: float = T0, reading: ZoneReading | None = READING, **changes: Any) -> Picture:
    zones = {} if reading is None else {"plaza": reading}
    snapshot = LevelSnapshot(
        "1f", "e", 3, T0, zones, [[1.0, 2.0]], {"door": (9, 4)}, {"door": (3, 1)}, {"c1": (T0, 0.1, 0.2)},
        {"door": (T0, 0.1, 0.2)},
    )  # fmt: skip
    values: dict[str, Any] = {
        "now": now, "snapshots": {"1f": snapshot}, "statuses": {"c1": STATUS}, "totals": Totals(9, 4, 12, 5.0),
        "advisories": (), "sensors": {},
    }  # fmt: skip
    return Picture(**{**values, **changes})


def test_operator_view_is_json_and_has_every_zone_and_camera() -> None:
    view = operator_view(site(cameras=2), picture())
    assert json.loads(pack(view))["full"] is True
    assert list(view["zones"]) == ["plaza", "shop", "gallery"]
    plaza = view["zones"]["plaza"]
    assert (plaza["people"], plaza["band"], plaza["state"], plaza["age_s"]) == (7, [6, 9], "live", 0.3)
    assert view["cameras"]["c1"]["state"] == "live"
    assert (view["cameras"]["c2"]["state"], view["cameras"]["c2"]["people"]) == ("unknown", None)
    shown = {
        "in": 9,
        "out": 4,
        "inside": 12,
        "since": 5.0,
        "state": "live",
        "age_s": 0.1,
        "period_s": 0.2,
        "out_factor": 1.0,
    }
    assert view["totals"] == shown | {"partial": False}
    door = view["lines"]["door"]
    assert (door["in"], door["out"], door["state"]) == (3, 1, "live")
    assert view["dots"] == {"1f": [[1.0, 2.0]], "2f": []}


@pytest.mark.parametrize(
    ("age", "state", "people"),
    [(0.3, "live", 7), (3.0, "live", 7), (3.2, "stale", 7), (20.0, "stale", 7), (20.3, "offline", None)],
)
def test_state_and_figures_by_age(age: float, state: str, people: int | None) -> None:
    row = zone_view(plan(), "plaza", READING, now=T0 - 0.3 + age)
    assert (row["state"], row["people"], row["age_s"]) == (state, people, round(age, 1))
    if people is None:
        assert {row[key] for key in ("band", "density", "los", "crowd", "utilisation")} == {None}
    if state != "live":
        assert row["trend"] == 0


@pytest.mark.parametrize(("age", "people"), [(0.3, 0), (3.0, 0), (3.2, None), (20.3, None)])
def test_a_zero_is_said_only_while_it_is_live(age: float, people: int | None) -> None:
    empty = replace(READING, people=0, band=(0, 1), density=0.0)
    row = zone_view(plan(), "plaza", empty, now=T0 - 0.3 + age)
    assert row["people"] == people
    assert {row[key] is None for key in ("people", "band", "density", "los", "crowd")} == {people is None}


@pytest.mark.parametrize("reading", [None, replace(READING, people=None, band=None, received_at=0.0)])
def test_never_seen_is_unknown_and_null(reading: ZoneReading | None) -> None:
    row = zone_view(plan(), "plaza", reading, now=T0)
    assert (row["state"], row["people"], row["age_s"], row["observed_at"]) == ("unknown", None, None, None)


def test_saturated_shows_at_least_and_is_open_upward() -> None:
    row = zone_view(plan(), "plaza", replace(READING, saturated=True, band=(6, None)), now=T0)
    assert (row["state"], row["people"], row["band"]) == ("saturated", 7, [6, None])


def test_a_stamp_from_the_future_is_not_fresh() -> None:
    assert zone_view(plan(), "plaza", replace(READING, received_at=T0 + 3600), now=T0)["state"] == "offline"


def test_utilisation_stands_where_the_letter_does_not() -> None:
    row = zone_view(plan(), "shop", replace(READING, zone="shop", people=3, density=0.03, los=None), now=T0)
    assert (row["utilisation"], row["los"]) == (0.75, None)
    assert zone_view(plan(), "plaza", READING, now=T0)["utilisation"] is None


def test_the_live_answer_has_the_contracts_keys() -> None:
    view = live_view(operator_view(site(), picture()))
    assert set(view) == {"at", "zones", "cameras", "totals"}
    assert all(set(row) == LIVE_ZONE_KEYS for row in view["zones"].values())
    assert view["totals"] == {"in": 9, "out": 4, "inside": 12, "out_factor": 1.0, "state": "live", "age_s": 0.1}


@pytest.mark.parametrize(
    ("age", "state", "figures"),
    [
        (0.1, "live", (9, 4, 12)),
        (2.9, "live", (9, 4, 12)),
        (3.2, "stale", (9, 4, 12)),
        (19.9, "stale", (9, 4, 12)),
        (20.3, "offline", (None, None, None)),
    ],
)
def test_totals_are_as_old_as_their_entrances(age: float, state: str, figures: tuple[int | None, ...]) -> None:
    watched = {"door": (T0, 0.1, 0.2), "back": (T0 - 0.1 + age, 0.1, 0.2)}
    row = totals_view(Totals(9, 4, 12, 5.0), {"door", "back"}, watched, now=T0 - 0.1 + age)
    assert (row["state"], row["age_s"], row["partial"]) == (state, round(age, 1), state != "live")
    assert (row["in"], row["out"], row["inside"]) == figures


def test_totals_that_lack_an_entrance_or_a_camera_are_partial_and_without_any_unknown() -> None:
    door = {"door": (T0, 0.1, 0.2)}
    assert totals_view(Totals(9, 4, 12, 5.0), {"door", "back"}, door, now=T0)["partial"]
    assert totals_view(Totals(9, 4, None, 5.0), {"door"}, door, now=T0)["partial"]
    row = totals_view(Totals(9, 4, 12, 5.0), {"door"}, {"shop-door": (T0, 0.1, 0.2)}, now=T0)
    assert (row["state"], row["in"], row["inside"], row["age_s"]) == ("unknown", None, None, None)


def test_a_total_of_zero_is_told_only_while_it_is_live() -> None:
    """Nobody may have come since: an old 0 is not known to be one; what was counted stays counted."""
    door = {"door": (T0, 0.1, 0.2)}
    told = {at: totals_view(Totals(0, 0, 0, 5.0), {"door"}, door, now=T0 + at) for at in (0.5, 10.0)}
    assert [(row["in"], row["out"], row["inside"]) for row in told.values()] == [(0, 0, 0), (None, None, None)]
    some = totals_view(Totals(9, 0, 9, 5.0), {"door"}, door, now=T0 + 10.0)
    assert (some["state"], some["in"], some["out"], some["inside"]) == ("stale", 9, None, 9)


def test_the_last_quarter_of_an_hour_of_a_line_ends_with_its_cameras() -> None:
    door = operator_view(site(), picture(now=T0 + 19))["lines"]["door"]
    assert (door["in"], door["out"], door["state"]) == (3, 1, "stale")
    assert operator_view(site(), picture(now=T0 + 25))["lines"] == {}


@pytest.mark.parametrize(
    ("rule", "place", "now"),
    [
        ("density-walkway", "plaza", {"value": 0.07, "people": 7, "band": [6, 9], "state": "live"}),
        ("utilisation", "shop", {"value": None, "people": None, "band": None, "state": "unknown"}),
        ("camera-lost", "c1", {"value": None, "people": None, "band": None, "state": "live"}),
        ("camera-lost", "gone", {"value": None, "people": None, "band": None, "state": "unknown"}),
        ("sensor-limit", "kit/co2", {"value": None, "people": None, "band": None, "state": "unknown"}),
        ("level-dark", "1f", {"value": None, "people": None, "band": None, "state": "unknown"}),
    ],
)
def test_an_advisory_tells_what_is_there_now_and_keeps_its_facts(rule: str, place: str, now: dict[str, Any]) -> None:
    facts = {"value": 1.2, "limit": 1.08, "people": 120, "band": [118, 122], "on_delay_s": 10.0, "source": "Fruin"}
    facts |= {
        "capacity": 200,
        "state": "offline",
        "zones": [],
        "cameras": [],
        "kind": "co2",
        "unit": "ppm",
        "side": "high",
    }
    advisory = Advisory("a", rule, place, "1f", "warn", "new", 1.0, 1.0, facts, version=3)
    (shown,) = operator_view(site(), picture(advisories=[advisory]))["advisories"]
    assert (shown["now"], shown["facts"], shown["version"]) == (now, facts, 3)


def test_an_engine_that_stopped_shows_no_dots() -> None:
    assert operator_view(site(), picture(now=T0 + 5))["dots"]["1f"] == []


def test_an_empty_store_is_unknown() -> None:
    view = read_operator_view(site(), MemoryStore())
    assert {row["state"] for row in view["zones"].values()} == {"unknown"}
    assert view["totals"]["inside"] is None
    assert json.loads(pack(view))["advisories"] == []


@pytest.mark.parametrize(
    ("status", "frame", "state"),
    [
        (None, None, "unknown"),
        (STATUS, (T0, 0.1, 0.2), "live"),
        (STATUS, (T0 - 10, 0.1, 0.2), "stale"),  # the worker lives, the picture does not
        (STATUS, (T0 - 30, 0.1, 0.2), "offline"),
        (replace(STATUS, condition="suspect"), (T0, 0.1, 0.2), "suspect"),
        (replace(STATUS, condition="suspect", received_at=T0 - 60), (T0 - 60, 0.1, 0.2), "offline"),
        (replace(STATUS, picture_age_s=0.1), None, "live"),  # a camera whose frames the engine has not read yet
        (replace(STATUS, condition="connecting", picture_age_s=9.0), None, "stale"),  # lost before the engine came
        (replace(STATUS, condition="connecting", picture_age_s=40.0), None, "offline"),
        (STATUS, None, "unknown"),  # it never had a picture
        (None, (T0 - 10, 0.1, 4.0), "stale"),
        (None, (T0 - 9, 0.1, 4.0), "live"),  # a slow camera
    ],
)
def test_camera_state(status: CameraStatus | None, frame: tuple[float, float, float] | None, state: str) -> None:
    assert camera_state(status, frame, now=T0)[0] == state


def test_advisories_worst_first_with_words_in_both_languages() -> None:
    facts = {"value": 1.2, "limit": 1.08, "people": 120, "band": [118, 122], "on_delay_s": 10.0, "source": "Fruin"}
    rows = [
        Advisory(f"a{i}", "density-walkway", "plaza", "1f", severity, "new", float(i), float(i), facts)
        for i, severity in enumerate(("watch", "act", "warn"))
    ]
    shown = operator_view(site(), picture(advisories=rows))["advisories"]
    assert [row["severity"] for row in shown] == ["act", "warn", "watch"]
    assert shown[0]["title"]["ja"].startswith("広場：")
    assert {
        "id",
        "rule",
        "place",
        "level",
        "severity",
        "status",
        "raised_at",
        "title",
        "why",
        "facts",
        "acknowledged_by",
        "version",
    } <= set(shown[0])


def test_labels_name_zones_cameras_and_sensors() -> None:
    sensor = {"id": "co2", "kind": "co2"}
    labels = labels_of(site({"popup": [{"id": "kit", "label": "Kit", "pitch": "plaza", "sensor": [sensor]}]}))
    assert labels["zone"]["plaza"] == {"": "Plaza", "ja": "広場"}
    assert labels["sensor"]["kit/co2"]["en"] == "Kit, CO₂"
    assert labels["camera"]["c1"] == {"": "c1"}


def test_a_popup_and_its_sensor_have_japanese_names_where_the_site_gives_them() -> None:
    sensor = {"id": "fridge", "kind": "temperature", "label": "Milk fridge", "label_ja": "冷蔵庫"}
    popup = {"id": "kit", "label": "Kit", "label_ja": "出店", "pitch": "plaza", "sensor": [sensor]}
    labels = labels_of(site({"popup": [popup]}))["sensor"]["kit/fridge"]
    assert labels == {"en": "Kit, milk fridge", "ja": "出店 冷蔵庫"}


@pytest.mark.parametrize(
    ("count", "shown"), [(None, None), (0, "<10"), (9, "<10"), (10, 10), (12, 10), (13, 15), (999, 1000)]
)
def test_a_tenants_counts_are_coarse(count: int | None, shown: object) -> None:
    assert coarse(count) == shown


def test_a_tenant_sees_its_own_zones_and_door_only() -> None:
    place = site()
    live = operator_view(place, picture())["zones"]
    day = int(T0) - int(T0) % 900
    minutes = [
        (
            day - 1800 + 60 * i,
            [MinuteRow("line:shop-door", None, 0, 1.0, 1, 0), MinuteRow("line:door", None, 0, 1.0, 50, 50)],
        )
        for i in range(15)
    ]
    view = tenant_view(place, "shop", minutes, live, now=T0)
    assert set(view["zones"]) == {"shop"}
    assert view["today"] == {"in": 15, "out": "<10", "partial": True}
    assert {"start": day - 1800, "in": 15, "out": "<10", "partial": False} in view["steps"]
    assert view["steps"][-1]["in"] is None, "no minute kept is a gap, not zero"
    assert "plaza" not in json.dumps(view)


def test_an_unknown_unit_gets_nothing() -> None:
    view = tenant_view(site(), "nobody", [], {}, now=T0)
    assert own_zones(site(), "nobody") == ()
    assert (view["zones"], view["today"]) == ({}, {"in": None, "out": None, "partial": False})


@pytest.mark.parametrize(
    ("watched", "step"),
    [
        ([1.0] * 15, {"in": 15, "out": "<10", "partial": False}),
        ([1.0] * 12, {"in": 10, "out": "<10", "partial": True}),  # 12 of 15 minutes are 80 %
        ([0.9] * 13, {"in": None, "out": None, "partial": True}),  # 78 %
        ([], {"in": None, "out": None, "partial": False}),  # nobody ever watched: unknown, not "<10"
    ],
)
def test_a_step_is_known_from_80_percent_of_watching(watched: list[float], step: dict[str, Any]) -> None:
    start = int(T0) - int(T0) % 900 - 900
    minutes = [(start + 60 * i, [MinuteRow("line:shop-door", None, 0, w, 1, 0)]) for i, w in enumerate(watched)]
    view = tenant_view(site(), "shop", minutes, {}, now=T0)
    assert view["steps"][-1] == {"start": start} | step


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (T0, {"rate": 3.1, "rate_wanted": 5.0, "behind": True, "idle": False}),
        (T0 + 10, {"rate": None, "rate_wanted": None, "behind": None, "idle": None}),  # stale: yesterday's news
    ],
)
def test_what_a_machine_behind_reaches_is_told_only_while_it_is_live(at, shown):
    status = replace(STATUS, rate_fps=3.12, rate_wanted=5.0, behind=True)
    row = cameras_view(site(), {"c1": status}, {"c1": (T0, 0.1, 0.2)}, {}, now=at)["c1"]
    assert {key: row[key] for key in shown} == shown
