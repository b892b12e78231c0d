"""From a zone's people, flow and speed to the evidence for its rules: scenes worked out by hand."""

import math

import pytest

from mall.advisories.rules import (
    BLOCKED_EXIT,
    COUNTER_FLOW,
    COUNTER_FLOW_STAIR,
    CRITICAL,
    CRITICAL_WAITING,
    ESCALATOR_LANDING,
    STALLED,
)
from mall.advisories.situations import STALE, Evidence
from mall.flows import Residual, Wait
from mall.reading import evidence as found
from mall.reading.filling import NEVER, Filling, time_to_limit
from mall.reading.flow_window import ZoneRates

NOT_SO = Evidence(0.0, 0.0)


def dense(value: float) -> Evidence:
    return Evidence(value, value)


@pytest.mark.parametrize(
    ("density", "change", "expected"),
    [
        (1.2, -0.25, dense(1.2)),  # a quarter less than the minute before
        (1.2, -0.20, NOT_SO),  # not more than 20 %
        (1.2, 0.4, NOT_SO),
        (1.2, None, STALE),  # nobody knows the flow: neither raised nor cleared
        (0.9, None, dense(0.9)),  # clear of 1.08 by a tenth, whatever the flow
        (1.0, None, STALE),  # below 1.08, not by a tenth
    ],
)
def test_critical_is_density_with_falling_flow(density: float, change: float | None, expected: Evidence) -> None:
    assert found.critical(CRITICAL, dense(density), change, must_rise=False, is_rising=False) == expected


def test_where_people_wait_they_must_become_more_too() -> None:
    judge = found.critical
    assert judge(CRITICAL_WAITING, dense(2.0), -0.5, must_rise=True, is_rising=False) == NOT_SO
    assert judge(CRITICAL_WAITING, dense(2.0), -0.5, must_rise=True, is_rising=True) == dense(2.0)
    assert judge(CRITICAL_WAITING, STALE, -0.5, must_rise=True, is_rising=True) == STALE


@pytest.mark.parametrize(
    ("density", "speed", "expected"),
    [(2.3, 0.1, dense(2.3)), (2.3, 0.3, NOT_SO), (2.3, None, STALE), (1.9, None, dense(1.9)), (0.0, 0.0, dense(0.0))],
)
def test_stalled_is_density_without_walking(density: float, speed: float | None, expected: Evidence) -> None:
    assert found.stalled(STALLED, dense(density), speed) == expected


@pytest.mark.parametrize(
    ("crossed", "speed", "expected"),
    [
        ({"n": (0, 0)}, 0.1, dense(0.9)),
        ({"n": (1, 1)}, None, dense(0.9)),  # two a minute are hardly anybody
        ({"n": (0, 3)}, 0.1, NOT_SO),
        ({"n": (0, 0)}, 1.2, NOT_SO),  # they walk by
        ({"n": (0, 0), "s": (9, 9)}, 0.1, NOT_SO),  # the other exit is used
        ({"n": (0, 0), "s": None}, 0.1, STALE),
    ],
)
def test_a_blocked_exit_has_people_before_it_and_nobody_through_it(
    crossed: dict[str, tuple[int, int] | None], speed: float | None, expected: Evidence
) -> None:
    assert found.blocked(BLOCKED_EXIT, dense(0.9), crossed, speed) == expected
    assert found.blocked(BLOCKED_EXIT, dense(0.2), crossed, speed) == dense(0.2), "nobody stands there"


def test_counter_flow_is_the_specific_flow_of_both_ways() -> None:
    widths = {"door": 2.0, "gate": 4.0}
    evidence, told = found.counter_flow(COUNTER_FLOW, {"door": (60, 40), "gate": (30, 20)}, widths)
    assert evidence == Evidence(50.0, 50.0)  # 100 a minute over 2 m; the gate has 50 over 4 m
    assert told == {"line": "door", "line_in": 60, "line_out": 40, "clear_width_m": 2.0}
    one_way, _ = found.counter_flow(COUNTER_FLOW, {"door": (75, 25)}, widths)
    assert one_way == NOT_SO, "a quarter against the others is below 30 %"
    assert found.counter_flow(COUNTER_FLOW_STAIR, {"door": None}, widths)[0] == STALE
    half_known, _ = found.counter_flow(COUNTER_FLOW, {"door": None, "gate": (100, 0)}, widths)
    assert not half_known.fresh


def rates(came: int, left: int) -> ZoneRates:
    return ZoneRates(30.0, came, left)


def test_time_to_limit_is_room_over_net_inflow() -> None:
    """A landing of 16 m² holds 2.17 x 16 = 34.72; 20 are there, 40 come, 15 go in 30 s: 14.72 / (25/30) = 17.664 s."""
    likely = time_to_limit(2.17 * 16.0 - 20.0, rates(40, 15), deviations=1.645)
    assert likely.seconds == pytest.approx(17.664)
    deviation = math.sqrt(55.0)
    assert likely.low == pytest.approx(14.72 * 30.0 / (25.0 + 1.96 * deviation))
    assert likely.high == pytest.approx(14.72 * 30.0 / (25.0 - 1.96 * deviation))
    assert ESCALATOR_LANDING.is_at(likely.seconds, ESCALATOR_LANDING.limits[1])


@pytest.mark.parametrize(
    ("room", "came", "left", "expected"),
    [
        (10.0, 20, 20, NEVER),
        (10.0, 5, 30, NEVER),
        (10.0, 12, 7, NEVER),  # 5 more, and chance alone makes 1.645 x sqrt(19) = 7.2
        (-3.0, 1, 0, Filling(0.0, 0.0, 0.0)),
        (0.0, 0, 5, NEVER),  # full, but nobody comes
    ],
)
def test_what_does_not_fill_never_reaches_its_limit(room: float, came: int, left: int, expected: Filling) -> None:
    assert time_to_limit(room, rates(came, left), deviations=1.645) == expected


def test_a_range_that_is_not_surely_an_inflow_is_open() -> None:
    found_range = time_to_limit(10.0, rates(14, 5), deviations=1.645)  # 9 > 7.17, but 9 < 1.96 x 4.36 = 8.54 is false
    assert found_range.high == pytest.approx(300.0 / (9.0 - 1.96 * math.sqrt(19.0)))
    assert time_to_limit(10.0, rates(13, 5), deviations=1.645).high == math.inf  # 8 > 6.98, 8 < 8.32


def test_filling_is_judged_by_the_upper_end_of_the_people_there() -> None:
    evidence = found.filling(Filling(40.0, 30.0, 60.0), Filling(18.0, 12.0, 30.0), can_clear=True)
    assert evidence == Evidence(40.0, 18.0)
    assert found.filling(None, None, can_clear=True) == STALE


def test_a_queue_nobody_leaves_takes_at_least_its_lower_end() -> None:
    assert found.waiting(Wait(400.0, 300.0, 600.0)) == Evidence(400.0, 400.0)
    assert found.waiting(Wait(None, 700.0, None)) == Evidence(700.0, 700.0)
    assert found.waiting(None) == STALE


def test_a_residual_counts_in_multiples_of_chance() -> None:
    assert found.unbalanced(Residual(-30, 12.0, 15, 200)) == Evidence(2.5, 2.5)
    assert found.unbalanced(None) == NOT_SO
