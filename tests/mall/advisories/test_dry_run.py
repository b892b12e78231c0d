"""What a rule would have done on kept minutes: days worked out by hand."""

import pytest

from mall.advisories.dry_run import by_zone, dry_run
from mall.advisories.rules import DENSITY_WALKWAY, STALLED, UTILISATION, with_limits
from mall.models import MinuteRow

M = 60.0


def minutes(*people: float | None, coverage: float = 1.0) -> list[tuple[float, MinuteRow | None]]:
    rows = [None if n is None else MinuteRow("z", n, int(n), coverage, None, None) for n in people]
    return [(i * M, row) for i, row in enumerate(rows)]


def test_three_firings_with_their_times_and_peaks() -> None:
    """100 m²; at 120 people it is a watch, at 180 a warning; it ends two minutes after the last one above."""
    day = minutes(50, 120, 180, 120, 50, 50, 50, 120, 50, 50, 50, 230, 230)
    found = dry_run(DENSITY_WALKWAY, "z", day, scale=100.0)
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
    assert len(dry_run(higher, "z", day, scale=100.0).firings) == 1
    assert dry_run(with_limits(higher, {"x": {"watch": 1.9, "warn": 2.0}}, "x"), "z", day, scale=100.0).firings == ()


def test_what_is_not_known_neither_raises_nor_clears() -> None:
    found = dry_run(DENSITY_WALKWAY, "z", minutes(230, None, None, None, None, 230, 0, 0, 0), scale=100.0)
    assert [(f.began, f.ended) for f in found.firings] == [(0.0, 8 * M)]
    assert (found.minutes, found.missing) == (5, 4)
    assert dry_run(DENSITY_WALKWAY, "z", minutes(230, coverage=0.01), scale=100.0).firings == ()


def test_a_half_seen_crowd_is_as_dense_as_a_whole_one() -> None:
    found = dry_run(DENSITY_WALKWAY, "z", minutes(115, coverage=0.5), scale=100.0)
    assert found.firings[0].peak == pytest.approx(2.3)


def test_a_long_delay_takes_its_minutes() -> None:
    slow = with_limits(UTILISATION, {"x": {"on_delay_s": 150.0}}, "x")
    assert dry_run(slow, "z", minutes(9, 9), scale=10.0).firings == ()
    assert [f.began / M for f in dry_run(slow, "z", minutes(9, 9, 9), scale=10.0).firings] == [2.0]


def test_what_minutes_do_not_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="stalled"):
        dry_run(STALLED, "z", minutes(1), scale=10.0)
    with pytest.raises(ValueError, match="scale"):
        dry_run(UTILISATION, "z", minutes(1), scale=0.0)
    assert dry_run(UTILISATION, "z", [], scale=1.0).firings == ()


def test_rows_are_sorted_by_zone_with_their_gaps() -> None:
    row = MinuteRow("a", 1.0, 1, 1.0, None, None)
    assert by_zone([(60, [row]), (120, [])], ["a", "b"]) == {
        "a": ((60.0, row), (120.0, None)),
        "b": ((60.0, None), (120.0, None)),
    }
