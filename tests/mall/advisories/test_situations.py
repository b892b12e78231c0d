"""Situations: nothing before the delay, hysteresis, and no danger cleared by silence."""

import pytest
from shapely import box

from gis.floorplan import FloorPlan, Level, Zone
from mall.advisories.rules import (
    DENSITY_QUEUE,
    DENSITY_WALKWAY,
    RULES,
    SENSOR_LIMIT,
    TIME_TO_LIMIT,
    UTILISATION,
    Rule,
    rules_for,
    sensor_rule,
    with_limits,
)
from mall.advisories.situations import CALM, STALE, Evidence, Situation, carried, step, zone_evidence
from mall.models import ZoneReading
from tests.mall.scene import plan

RULE = DENSITY_WALKWAY
ON, OFF = RULE.on_delay_s, RULE.off_delay_s
WATCH, WARN, ACT, CLEAR = range(4)


def run(values: list[tuple[float, Evidence]], situation: Situation | None = None) -> list[int]:
    """Return the severity after each (time, evidence)."""
    situation, out = situation or Situation(), []
    for now, evidence in values:
        situation = step(situation, RULE, evidence, now=now)
        out.append(situation.severity)
    return out


def steady(value: float, start: float, seconds: float) -> list[tuple[float, Evidence]]:
    return [(start + i * 0.5, Evidence(value, value)) for i in range(int(seconds * 2) + 1)]


@pytest.mark.parametrize(
    ("density", "severity"),
    [
        (0.0, CALM),
        (1.07, CALM),
        (1.08, WATCH),
        (1.74, WATCH),
        (1.75, WARN),
        (2.17, ACT),
        (3.49, ACT),
        (3.5, CLEAR),
        (9.0, CLEAR),
    ],
)
def test_limits(density: float, severity: int) -> None:
    assert run(steady(density, 0.0, ON))[-1] == severity


def test_nothing_before_the_on_delay() -> None:
    seen = run(steady(2.5, 0.0, ON))
    assert set(seen[:-1]) == {CALM}
    assert seen[-1] == ACT


def test_ends_only_after_the_off_delay_below_the_hysteresis() -> None:
    raised = steady(1.2, 0.0, ON)
    assert run(raised + steady(1.0, 20.0, 300.0))[-1] == WATCH, "between limit and hysteresis it stays"
    assert run(raised + steady(0.5, 20.0, OFF - 1))[-1] == WATCH
    assert run(raised + steady(0.5, 20.0, OFF))[-1] == CALM


def test_severity_rises_and_falls_within_one_situation() -> None:
    seen = run(steady(1.2, 0, 20) + steady(2.5, 30, 20) + steady(1.2, 60, OFF + 1) + steady(0.1, 200, OFF + 1))
    assert [s for i, s in enumerate(seen) if i == 0 or s != seen[i - 1]] == [CALM, WATCH, ACT, WATCH, CALM]


def test_stale_neither_raises_nor_clears() -> None:
    half = steady(2.5, 0.0, ON / 2)
    assert run([*half, (ON / 2 + 0.5, STALE), *steady(2.5, ON / 2 + 1, ON - 1)])[-1] == CALM
    raised = steady(2.5, 0.0, ON)
    assert run(raised + [(20.0 + i, STALE) for i in range(1000)])[-1] == ACT


@pytest.mark.parametrize(("high", "low"), [(1.2, 0.9), (1.10, 1.05), (3.0, 0.0), (2.25, 2.15)])
def test_flapping_around_a_limit_raises_it_never(high: float, low: float) -> None:
    limits = [limit.value for limit in RULE.limits]
    seen = run([(float(t), Evidence(v, v)) for t in range(600) for v in [high if t % 2 else low]])
    assert max(seen) < sum(high >= limit for limit in limits)
    assert max(seen) == sum(low >= limit for limit in limits) - 1


def test_noise_on_top_of_a_danger_does_not_hide_it() -> None:
    values = [(t * 0.25, 1.0 if t % 12 == 11 else 2.4) for t in range(400)]
    seen = run([(t, Evidence(v, v)) for t, v in values])
    first = seen.index(ACT)
    assert ON <= values[first][0] <= 3 * ON


def test_a_clock_that_steps_back_starts_the_timers_anew() -> None:
    assert run(steady(2.5, 1000.0, ON - 1) + steady(2.5, 0.0, ON - 1))[-1] == CALM


def reading(**changes: object) -> ZoneReading:
    values: dict[str, object] = {
        "zone": "plaza", "people": 100, "band": (90, 110), "density": 1.0, "los": "D", "crowd": "dense", "trend": 0,
        "observed_at": 0.0, "received_at": 1.0, "lag_s": 0.0, "period_s": 1.0, "seq": 1, "epoch": "e",
        "coverage": 1.0, "source": "camera",
    }  # fmt: skip
    return ZoneReading(**{**values, **changes})  # type: ignore[arg-type]


def test_danger_is_judged_by_the_upper_end() -> None:
    assert zone_evidence(reading(), 100.0, live=True, lost_camera=False) == Evidence(1.0, 1.1)


@pytest.mark.parametrize(
    "changes", [{"saturated": True, "band": (90, None)}, {"unproven": True}, {"band": (90, None), "coverage": 0.4}]
)
def test_what_is_saturated_unproven_or_open_clears_nothing(changes: dict[str, object]) -> None:
    evidence = zone_evidence(reading(people=0, **changes), 100.0, live=True, lost_camera=False)
    assert not evidence.can_clear
    raised = steady(2.5, 0.0, ON)
    assert run(raised + [(20.0 + i, evidence) for i in range(500)])[-1] == ACT


def test_danger_is_judged_on_the_ground_that_is_seen() -> None:
    half = zone_evidence(reading(band=(90, 220), coverage=0.5), 100.0, live=True, lost_camera=False)
    assert half == Evidence(2.0, 2.2)
    assert zone_evidence(reading(coverage=0.0), 100.0, live=True, lost_camera=False) == STALE


def test_a_lost_camera_silences_the_look_of_an_empty_zone() -> None:
    assert not zone_evidence(reading(people=0), 100.0, live=True, lost_camera=True).can_clear


def test_a_saturated_count_stands_for_the_people_it_missed() -> None:
    evidence = zone_evidence(reading(saturated=True, band=(90, None)), 100.0, live=True, lost_camera=False)
    assert evidence.high == pytest.approx(100 / 0.6 / 100, abs=0.01)


@pytest.mark.parametrize("changes", [{"people": None, "band": None}])
def test_unknown_is_stale(changes: dict[str, object]) -> None:
    assert zone_evidence(reading(**changes), 100.0, live=True, lost_camera=False) == STALE
    assert zone_evidence(reading(), 100.0, live=False, lost_camera=False) == STALE


def test_every_limit_has_a_source_and_limits_rise() -> None:
    for rule in RULES:
        values = [limit.value for limit in rule.limits]
        assert values == sorted(set(values), reverse=rule.is_falling)
        assert all(each.source for each in (*rule.limits, *rule.conditions))
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_each_category_has_its_rules_and_the_site_its_own_limits() -> None:
    plaza, shop, gallery = plan().zones
    assert [r.id for r in rules_for(plaza, {})] == [
        "density-walkway",
        "critical",
        "stalled",
        "time-to-limit",
        "forecast-full",
        "balance",
    ]
    assert [r.id for r in rules_for(shop, {})] == [
        "density-queue",
        "critical-waiting",
        "utilisation",
        "forecast-full",
        "balance",
    ]
    own = {"density-walkway": {"warn": 1.5, "on_delay_s": 3.0}, "density-walkway.gallery": {"watch": 0.9}}
    assert [limit.value for limit in rules_for(plaza, own)[0].limits] == [1.08, 1.5, 2.17, 3.5]
    assert rules_for(gallery, own)[0].limits[0].value == 0.9
    assert rules_for(plaza, own)[0].on_delay_s == 3.0
    assert "site profile" in rules_for(plaza, own)[0].limits[1].source


@pytest.mark.parametrize("own", [{"watch": 1.9}, {"watch": 0.0}, {"watch": -1.0}])
def test_limits_that_do_not_rise_are_refused(own: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="limits must be positive and rise"):
        with_limits(DENSITY_WALKWAY, {"density-walkway": own}, "density-walkway")


def test_rules_without_hysteresis_end_at_zero() -> None:
    for rule in (SENSOR_LIMIT, UTILISATION):
        situation = Situation(0)
        for t in range(300):
            situation = step(situation, rule, Evidence(0.0, 0.0), now=float(t))
        assert situation.severity == CALM


@pytest.mark.parametrize(
    ("kind", "own", "delay_s"),
    [
        ("inside", {}, 20.0),
        ("door", {}, 60.0),
        ("co2", {}, 120.0),
        ("co2", {"on_delay_s": 30.0}, 30.0),
        ("inside", {"on_delay_s": 30.0}, 30.0),
        ("door", {"off_delay_s": 5.0}, 60.0),
    ],
)
def test_how_long_a_sensor_must_be_beyond_its_limit(kind: str, own: dict[str, float], delay_s: float) -> None:
    rule = sensor_rule(kind, {"sensor-limit": own} if own else {})
    assert (rule.id, rule.on_delay_s, rule.off_delay_s) == ("sensor-limit", delay_s, own.get("off_delay_s", 60.0))


def test_a_full_escalator_is_no_danger_before_no_more_fit_on_it() -> None:
    plan = FloorPlan((Level("1f", "1F"),), (Zone("up", "Up", "escalator", "1f", box(0, 0, 1, 7)),), (), (), ())
    rules = {rule.id: rule for rule in rules_for(plan.zone("up"), {})}
    assert set(rules) == {"density-escalator", "stalled", "counter-flow-stair"}
    # One rider on every step of 0.4 m x 1 m is 2.5 p/m²; EN 115-1 reckons with 6000 an hour at 0.5 m/s.
    assert 1 / 0.4 < rules["density-escalator"].limits[0].value <= 6000 / 3600 / 0.5 + 0.01


QUEUE = DENSITY_QUEUE  # warn 3.33, act 3.57, clear 4
WITH_WATCH = with_limits(QUEUE, {"q": {"watch": 2.0}}, "q")


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        (RULE, RULE, Situation(1, {1: 3.0}, {2: 8.0}, 9.0), Situation(1, {1: 3.0}, {2: 8.0}, 9.0)),
        # a limit more below: the same severity has another index
        (QUEUE, WITH_WATCH, Situation(0, {0: 3.0}, {1: 8.0}, 9.0), Situation(1, {1: 3.0}, {2: 8.0}, 9.0)),
        (WITH_WATCH, QUEUE, Situation(2, {1: 3.0}, {}, 9.0), Situation(1, {0: 3.0}, {}, 9.0)),
        # only what is no more told of it
        (WITH_WATCH, QUEUE, Situation(0, {0: 30.0}, {}, 9.0), Situation(CALM, {}, {}, 9.0)),
        # a limit that is reached sooner was reached too; one below which nobody may have been is left anew
        (RULE, "0.9", Situation(CALM, {0: 3.0}, {}, 9.0), Situation(CALM, {0: 3.0}, {}, 9.0)),
        (RULE, "0.9", Situation(0, {}, {0: 5.0}, 9.0), Situation(0, {}, {}, 9.0)),
        # and the other way round
        (RULE, "1.2", Situation(CALM, {0: 3.0}, {}, 9.0), Situation(CALM, {}, {}, 9.0)),
        (RULE, "1.2", Situation(0, {}, {0: 5.0}, 9.0), Situation(0, {}, {0: 5.0}, 9.0)),
        # of a time that is left the longer one is reached sooner
        (TIME_TO_LIMIT, "240", Situation(CALM, {0: 3.0}, {0: 5.0}, 9.0), Situation(CALM, {0: 3.0}, {}, 9.0)),
        (TIME_TO_LIMIT, "120", Situation(CALM, {0: 3.0}, {0: 5.0}, 9.0), Situation(CALM, {}, {0: 5.0}, 9.0)),
    ],
)  # fmt: skip
def test_a_situation_goes_on_under_other_limits(
    old: Rule, new: Rule | str, before: Situation, after: Situation
) -> None:
    changed = with_limits(old, {"q": {"watch": float(new)}}, "q") if isinstance(new, str) else new
    assert carried(before, old, changed) == after
