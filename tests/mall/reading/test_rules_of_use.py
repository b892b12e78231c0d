"""Each rule on use, waits, counts, levels, cameras, kits and reports, through the engine, at the second by hand."""

from dataclasses import replace
from typing import Any

import pytest
from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Line, Zone
from gis.passage import Passage
from mall.advisories.memory_rule import MEMORY
from mall.models import SensorReading, pack
from mall.plan_state.records import ContactState, ItemState
from mall.views.rules import Trial, tried
from tests.mall.reading.played import Play, Turn, Walker, crosses, is_when, stand
from tests.mall.reading.test_forecast_watch import told
from tests.mall.reading.test_plan_watch import doors_plan, spill
from tests.mall.reading.test_rules_of_crowds import NO, hall_plan
from tests.mall.scene import T0, crowd, plan

FIVE = range(5)


def row_of(category: str, **more: Any) -> FloorPlan:
    """Return five zones of 5 x 5 m, 3 m apart, each with a line across its south side."""
    zones = tuple(Zone(f"z{n}", f"Z{n}", category, "1f", box(8 * n, 1, 8 * n + 5, 6), **more) for n in FIVE)
    lines = tuple(Line(f"in{n}", f"In {n}", "1f", LineString([(8 * n + 5, 1), (8 * n, 1)]), zone=f"z{n}") for n in FIVE)
    return FloorPlan((Level("1f", "1F"),), zones, (), lines)


def in_each(n: int, *, leaves: float) -> list[Walker]:
    """Return n people who stand in each of the five."""
    spots = [crowd(n, area=(8.0 * zone, 1.5, 8.0 * zone + 5.0, 6.0)) for zone in FIVE]
    return [w for zone, xy in enumerate(spots) for w in stand(xy, leaves=leaves, first=100 * zone)]


def test_utilisation() -> None:
    """Six are in a shop for four from the start, three of four from second 60 on, below 0.8 x 0.95; none is 0."""
    play = Play(plan()).run(185.0, stand(crowd(6, area=(0, 11, 10, 21)), leaves=60.0))
    assert is_when(play.turns["utilisation", "shop"], [(30.0, "warn"), (180.0, None)])


def test_level_capacity() -> None:
    """2 p/m² hold 200 in the hall, and 165 are watch; those doors let 225 out in time with the largest blocked."""
    play = Play(doors_plan()).run(170.0, stand(crowd(165, area=(0, 0, 10, 10)), leaves=45.0))
    assert is_when(play.turns["level-capacity", "1f"], [(30.0, "watch"), (165.0, None)])


def queue_times() -> list[Walker]:
    """20 wait; one is served every 20 s until second 420, then they leave, one a second."""
    spots = crowd(20, area=(0, 4.2, 5, 6))
    waiting = [Walker(n, 0.0, [(float(x), float(y)), (float(x), 9.0)], 0.0) for n, (x, y) in enumerate(spots)]
    waiting = [replace(w, starts=420.0 + n, leaves=423.0 + n) for n, w in enumerate(waiting)]
    before = [w for n, spot in enumerate(spots) for w in stand([spot], leaves=420.0 + n, first=200 + n)]
    served = [crosses(500 + n, 20.0 * (n + 1), 2.5, 6.0, before_m=1.0, after_m=2.5) for n in range(21)]
    return [*waiting, *before, *served]


def test_queue_wait() -> None:
    """20 people and one out every 20 s are 400 s, known after 300 s of counting, and then 60 s.

    Of 420 s there are 8400 and a few people-seconds: 270 s, a tenth less than 300, where 32 have left, 21 of them
    before, at second 431; then 120 s. The wait goes on falling to 205 s, and is told over ten minutes.
    """
    play = Play(hall_plan("queue"), {"limits": {"blocked-exit": NO, "time-to-limit": NO}}).run(560.0, queue_times())
    assert is_when(play.turns["queue-wait", "hall"], [(360.0, "watch"), (551.0, None)], late_s=5.0)
    facts = play.facts("queue-wait", "hall")
    assert facts["wait_s"] == pytest.approx(400.0, rel=0.06)
    assert facts["wait_low_s"] < facts["wait_s"] < facts["wait_high_s"]
    (kept,) = tried(play.site, play.store, Trial("queue-wait", {}))["zones"]
    assert (len(kept["firings"]), kept["firings"][0]["severity"]) == (1, "watch"), "by the minutes that are kept"
    assert kept["firings"][0]["peak"] == pytest.approx(400.0, rel=0.1)


def vanishing(zones: int, *, until: float) -> list[Walker]:
    """Return who comes in over the line of each zone, ten a minute, and is lost in it: nobody leaves over a line."""
    times = [6.0 * n + 1.0 for n in range(round(until / 6.0))]
    return [
        crosses(1000 * zone + n, at, 8.0 * zone + 2.5, 1.0, before_m=1.0, after_m=3.0)
        for zone in range(zones)
        for n, at in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("rule", "place", "zones", "over"),
    [("balance", "z0", 1, 1320.0), ("level-unbalanced", "1f", 5, 1380.0)],
)
def test_what_does_not_add_up(rule: str, place: str, zones: int, over: float) -> None:
    """50 in five minutes come and nobody stays: 50 are left over, of which chance explains 5.8.

    The first minute gives a count only; after five more the balance is judged, at 360, and is a doubt once it was five
    times in a row, at 600. No camera from 640 to 700: it begins anew with the minute from 720 to 780, is judged at
    1080, and is no doubt from 1320 on. A level of five ends 60 s after.
    """
    drawn = row_of("shop", capacity=1000)
    play = Play(replace(drawn, zones=drawn.zones[:zones], lines=drawn.lines[:zones]))
    play.run(over + 5.0, vanishing(zones, until=636.0), is_seen=lambda t: not 640.0 <= t < 700.0)
    assert is_when(play.turns[rule, place], [(600.0, "watch"), (over, None)], late_s=2.5)
    if zones == 1:
        facts = play.facts(rule, place)
        assert (facts["residual"], facts["tolerance"], facts["minutes"]) == (50, 5.8, 5)


@pytest.mark.parametrize(
    ("rule", "category", "people", "expected"),
    [
        ("level-crowded", "concourse", 30, [(10.0, "watch"), (160.0, None)]),  # 40 + 60 s of each zone + 60 s
        ("level-full", "shop", 12, [(30.0, "warn"), (220.0, None)]),  # 40 + 120 + 60
    ],
)
def test_five_zones_are_one_level(rule: str, category: str, people: int, expected: list[Turn]) -> None:
    play = Play(row_of(category, capacity=10))
    play.run(expected[-1][0] + 5.0, in_each(people, leaves=40.0))
    assert is_when(play.turns[rule, "1f"], expected, late_s=2.0)
    assert [key for key in play.turns if key[1] != "1f"] == [], "none of its own"


@pytest.mark.parametrize(("rule", "zones", "over"), [("forecast-full", 1, 544.0), ("level-filling", 5, 604.0)])
def test_forecasts(rule: str, zones: int, over: float) -> None:
    """Judged once a minute, from second 4 on: told after 120 s, over 300 s after the first look at another forecast."""
    drawn = replace(row_of("shop", capacity=72), lines=())
    play = Play(replace(drawn, zones=drawn.zones[:zones]), step_s=4.0)

    def forecast(t: float) -> None:
        if t not in (4.0, 200.0):
            return
        made = [told(f"z{n}", (3.0,) * 5, 1.0) if t >= 200.0 else told(f"z{n}") for n in range(zones)]
        play.store.write_forecast("1f", pack({each.zone: each.to_row() for each in made}))

    play.run(over + 5.0, stand([(2.0, 2.0)]), each=forecast)
    place = "z0" if zones == 1 else "1f"
    assert is_when(play.turns[rule, place], [(124.0, "watch"), (over, None)], late_s=2.0)


@pytest.mark.parametrize(
    ("rule", "cameras", "place", "severity"), [("camera-lost", 1, "c1", "warn"), ("level-dark", 3, "1f", "act")]
)
def test_lost_cameras(rule: str, cameras: int, place: str, severity: str) -> None:
    """No frame after second 10: offline beyond 20 s, which 0.1 s of capture are part of, told 5 s later; back at 60."""
    play = Play(plan(), cameras=cameras)
    play.run(75.0, stand([(2.0, 2.0)]), is_seen=lambda t: not 10.0 < t < 60.0)
    assert play.turns.keys() == {(rule, place)}
    assert is_when(play.turns[rule, place], [(35.0, severity), (70.0, None)])


@pytest.mark.parametrize(
    ("rule", "severity", "values", "expected"),
    [
        # every second: beyond from 10 to 149; CO2 is told after 120 s
        ("sensor-limit", "warn", {s: 1500.0 if 10 <= s < 150 else 800.0 for s in range(1, 220)}, (130.0, 210.0)),
        # silent after 10: offline beyond 20 s
        ("sensor-silent", "watch", {s: 800.0 for s in range(1, 80) if s <= 10 or s >= 60}, (35.0, 70.0)),
    ],
)
def test_kits(rule: str, severity: str, values: dict[int, float], expected: tuple[float, float]) -> None:
    sensor = {"id": "co2", "kind": "co2", "unit": "ppm", "high": 1000.0, "period_s": 1.0}
    play = Play(plan(), {"popup": [{"id": "kit", "pitch": "plaza", "sensor": [sensor]}]})

    def tell(t: float) -> None:
        if round(t) in values:
            reading = SensorReading("kit", "co2", values[round(t)], round(t), play.clock.now, 0.0, simulated=False)
            play.store.accept_reading(reading)

    play.run(max(values) + 0.0, stand([(2.0, 2.0)]), each=tell)
    assert is_when(play.turns[rule, "kit/co2"], [(expected[0], severity), (expected[1], None)])


@pytest.mark.parametrize(
    ("rule", "place", "severity", "told_as", "over_as"),
    [
        ("incident", "i1", "watch", {"incidents": {"i1": spill()}}, {"incidents": {"i1": spill(cleared_at=T0 + 10.0)}}),
        (
            "fire-alarm", "fire", "clear",
            {"contacts": {"fire": ContactState("fire", is_active=True, since=T0 + 5.0)}},
            {"contacts": {"fire": ContactState("fire", is_active=False, since=T0 + 10.0)}},
        ),
        (
            "exit-closed", "north", "warn",
            {"items": {"north": ItemState("north", Passage("closed"), "contact:x", "", T0 + 5.0, source="contact")}},
            {"items": {}},
        ),
    ],
)  # fmt: skip
def test_reports(rule: str, place: str, severity: str, told_as: dict[str, Any], over_as: dict[str, Any]) -> None:
    """There from the first instant on, and over with its cause."""
    play = Play(doors_plan(), {"contact": [{"id": "fire", "kind": "fire_alarm", "level": "1f"}]})

    def tell(t: float) -> None:
        if round(t) in (5, 10):
            before = play.store.read_plan_state()
            changes = told_as if round(t) == 5 else over_as
            assert play.store.put_plan_state(replace(before, version=before.version + 1, **changes), before.version)

    play.run(15.0, stand([(2.0, 2.0)]), each=tell)
    assert is_when(play.turns[rule, place], [(5.0, severity), (10.0, None)], late_s=0.0)


def test_memory_stopped() -> None:
    """Stopped from second 5 to 19: told 2 s later, over 10 s after it."""
    play: Play
    play = Play(plan(), memory=lambda: ("disk-full", "full") if 5.0 <= play.t < 20.0 else ("", ""))
    play.run(35.0, stand([(2.0, 2.0)]))
    assert is_when(play.turns["memory-stopped", MEMORY], [(7.0, "warn"), (30.0, None)])
