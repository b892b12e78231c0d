"""What a rule would have done on kept minutes: days worked out by hand."""

import pytest

from gis.borders import Border
from gis.visits import OUTSIDE
from mall.advisories.dry_run import dry_run
from mall.advisories.minute_values import Minutes, Spot, can_be_tried, values_of, why_not
from mall.advisories.rules import (
    COUNTER_FLOW,
    CRITICAL,
    CRITICAL_WAITING,
    DENSITY_WALKWAY,
    QUEUE_WAIT,
    RULES,
    STALLED,
    TIME_TO_LIMIT,
    UTILISATION,
    with_limits,
)
from mall.models import MinuteRow

M = 60.0
GROUND = Spot("z", 100.0)


def minutes(*people: float | None, coverage: float = 1.0) -> Minutes:
    rows = [{} if n is None else {"z": MinuteRow("z", n, int(n), coverage, None, None)} for n in people]
    return [(i * M, row) for i, row in enumerate(rows)]


def test_three_firings_with_their_times_and_peaks() -> None:
    """100 m²; at 120 people it is a watch, at 180 a warning; it ends two minutes after the last one above."""
    day = minutes(50, 120, 180, 120, 50, 50, 50, 120, 50, 50, 50, 230, 230)
    found = dry_run(DENSITY_WALKWAY, GROUND, day)
    told = [
        (f.began / M, None if f.ended is None else f.ended / M, f.severity, f.peak, f.peak_at / M)
        for f in found.firings
    ]
    assert told == [
        (1.0, 6.0, "warn", pytest.approx(1.8), 2.0),
        (7.0, 10.0, "watch", pytest.approx(1.2), 7.0),
        (11.0, None, "act", pytest.approx(2.3), 11.0),
    ]
    assert (found.minutes, found.missing) == (13, 0)


def test_higher_limits_fire_less() -> None:
    day = minutes(50, 120, 180, 120, 50, 50, 50, 120, 50, 50, 50)
    higher = with_limits(DENSITY_WALKWAY, {"x": {"watch": 1.5}}, "x")
    assert len(dry_run(higher, GROUND, day).firings) == 1
    assert dry_run(with_limits(higher, {"x": {"watch": 1.9, "warn": 2.0}}, "x"), GROUND, day).firings == ()


def test_what_is_not_known_neither_raises_nor_clears() -> None:
    found = dry_run(DENSITY_WALKWAY, GROUND, minutes(120, None, None, None, 120, None))
    assert [(f.began, f.ended) for f in found.firings] == [(0.0, None)]
    assert (found.minutes, found.missing) == (2, 4)
    assert dry_run(DENSITY_WALKWAY, GROUND, minutes(120, coverage=0.01)).firings == ()


def test_a_half_seen_crowd_is_as_dense_as_a_whole_one() -> None:
    assert len(dry_run(DENSITY_WALKWAY, GROUND, minutes(60, coverage=0.5)).firings) == 1


def test_a_long_delay_takes_its_minutes() -> None:
    slow = with_limits(UTILISATION, {"x": {"on_delay_s": 150}}, "x")
    assert dry_run(slow, Spot("z", 10.0), minutes(9, 9, 1)).firings == ()
    assert [f.began / M for f in dry_run(slow, Spot("z", 10.0), minutes(9, 9, 9, 1)).firings] == [2.0]


# -- flows -----------------------------------------------------------------------------------------------------------

# North of z lies a, all of whose border a line counts (in leads into z); to the south is an open edge.
EDGES = (Border(("a", "z"), {"n": 1}), Border((OUTSIDE, "z")))
OPEN = f"move:{OUTSIDE}>z"


def flows(*rows: tuple[float | None, tuple[int, int] | None, tuple[int, int] | None]) -> Minutes:
    """Return minutes of (people, in and out over the line, in and out over the open edge); None was not known."""
    found = []
    for n, (people, line, edge) in enumerate(rows):
        here = {"z": MinuteRow("z", people, 1, 1.0, None, None)}
        for name, pair in (("line:n", line), (OPEN, edge)):
            if pair is not None:
                here[name] = MinuteRow(name, None, 0, 1.0, *pair)
        found.append((n * M, here))
    return found


def test_time_to_limit_is_room_over_the_net_inflow_of_a_minute() -> None:
    """217 are most; 100 there, 40 come and 10 leave: 117 / 30 min are 234 s; at 170 47 / 30 min: 94 s; 187: 60 s."""
    spot = Spot("z", 100.0, 217.0, EDGES)
    day = flows((100, (30, 5), (10, 5)), (170, (30, 5), (10, 5)), (187, (30, 5), (10, 5)), (187, (9, 9), (3, 3)))
    values = [value for _, value in values_of(TIME_TO_LIMIT, spot, day)]
    assert values == [234.0, 94.0, 60.0, float("inf")]
    found = dry_run(TIME_TO_LIMIT, spot, [*day, *flows((10, (0, 0), (0, 0)))])
    (firing,) = found.firings
    assert (firing.began, firing.severity, firing.peak, firing.peak_at) == (M, "warn", 60.0, 2 * M)
    unknown = flows((100, None, (10, 5)), (100, (30, 5), None), (None, (30, 5), (1, 1)))
    assert [value for _, value in values_of(TIME_TO_LIMIT, spot, unknown)] == [None, None, None]


def test_critical_is_density_where_fewer_leave_than_the_minute_before() -> None:
    """120 on 100 m²; out: 10 + 10, 8 + 8 (a fifth less, no more), 6 + 6 (a quarter less), 2 + 2, 1 + 1 (too few)."""
    spot = Spot("z", 100.0, 217.0, EDGES)
    outs = (10, 8, 6, 2, 1)
    day = flows(*[(120.0, (5, out), (5, out)) for out in outs])
    assert [value for _, value in values_of(CRITICAL, spot, day)] == [None, 0.0, 1.2, 1.2, None]
    calm = flows(*[(50.0, (5, out), (5, out)) for out in outs])
    assert {value for _, value in values_of(CRITICAL, spot, calm)} == {0.5}
    waits = Spot("z", 100.0, 217.0, EDGES, waits=True)
    more = flows((170, (5, 20), (0, 0)), (175, (5, 10), (0, 0)), (175, (5, 5), (0, 0)))
    assert [value for _, value in values_of(CRITICAL_WAITING, waits, more)] == [None, 1.75, 0.0]


def test_counter_flow_is_what_crosses_both_ways_by_width() -> None:
    """2 m: 40 in and 20 out are 30 p/m/min; 55 and 5 are hardly both ways; 80 and 40 are 60."""
    spot = Spot("z", 100.0, widths={"n": 2.0})
    day = flows((1, (40, 20), None), (1, (55, 5), None), (1, (80, 40), None), (1, None, None))
    assert [value for _, value in values_of(COUNTER_FLOW, spot, day)] == [30.0, 0.0, 60.0, None]
    two = Spot("z", 100.0, widths={"n": 2.0, "m": 2.0})
    assert [value for _, value in values_of(COUNTER_FLOW, two, day)] == [30.0, None, 60.0, None]
    assert len(dry_run(COUNTER_FLOW, spot, day).firings) == 1


def test_a_wait_is_people_over_departures_of_the_last_minutes() -> None:
    """20 wait and 3 leave a minute: 400 s from the fifth minute on; a gap begins anew, and nobody waits 0 s."""
    spot = Spot("z", 100.0, borders=EDGES)
    day = flows(*[(20.0, (3, 2), (0, 1))] * 6, (20.0, None, (0, 1)), *[(0.0, (0, 0), (0, 0))] * 5)
    values = [value for _, value in values_of(QUEUE_WAIT, spot, day)]
    assert values == [None] * 4 + [400.0, 400.0] + [None] * 5 + [0.0]
    assert [f.began for f in dry_run(QUEUE_WAIT, spot, day).firings] == [5 * M]
    later = [(start + (60 * M if start > 2 * M else 0.0), rows) for start, rows in day[:6]]
    assert [value for _, value in values_of(QUEUE_WAIT, spot, later)] == [None] * 6, (
        "minutes that are missing are a gap"
    )


def test_what_minutes_do_not_tell_is_refused_and_says_why() -> None:
    with pytest.raises(ValueError, match="stalled"):
        dry_run(STALLED, GROUND, minutes(1))
    with pytest.raises(ValueError, match="positive"):
        dry_run(UTILISATION, Spot("z", 0.0), minutes(1))
    assert dry_run(UTILISATION, Spot("z", 1.0), []).minutes == 0
    tried = {rule.id for rule in RULES if can_be_tried(rule)}
    assert tried == {
        "density-walkway", "density-queue", "density-stair", "density-escalator", "utilisation", "critical",
        "critical-waiting", "time-to-limit", "counter-flow", "counter-flow-stair", "queue-wait",
    }  # fmt: skip
    for rule in RULES:
        told = why_not(rule)
        assert (told is None) == (rule.id in tried)
        assert told is None or (told["en"] and told["ja"])
