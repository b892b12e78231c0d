"""Occupancy: never negative, re-based on what is seen, reset on local time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.models import Totals
from mall.reading.occupancy import SETTLE_S, Occupancy, last_reset, over_entrances


def test_totals_are_over_the_entrances_alone() -> None:
    lines = {"open": (3, 1), "into-hall": (2, 2), "into-shop": (9, 9)}
    assert over_entrances(lines, frozenset({"open", "into-hall"})) == (5, 3)
    assert over_entrances({}, frozenset()) == (0, 0)


def test_inside_is_what_was_seen_plus_in_minus_out() -> None:
    occupancy = Occupancy(since=1.0).observed(5, 10.0).counted(3, 1)
    assert occupancy.totals == Totals(3, 1, 7, 1.0, start=5)


def test_nothing_seen_is_unknown_not_zero() -> None:
    assert Occupancy().observed(None, 1.0).counted(2, 0).totals.inside is None


def test_who_leaves_an_empty_mall_was_there_unseen() -> None:
    occupancy = Occupancy().observed(0, 1.0).counted(0, 3)
    assert occupancy.totals.inside == 0
    assert occupancy.counted(1, 3).totals.inside == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 30) | st.none(), st.booleans())))
def test_never_negative_whatever_comes(steps: list[tuple[int, int, int | None, bool]]) -> None:
    occupancy, came, went = Occupancy(), 0, 0
    for at, (c_in, c_out, seen, cut) in enumerate(steps):
        came, went = came + c_in, went + c_out
        occupancy = occupancy.counted(came, went)
        occupancy = (occupancy.cut(at) if cut else occupancy).observed(seen, at)
        assert occupancy.totals.inside is None or occupancy.totals.inside >= 0


def test_ten_wraps_of_a_recording_do_not_pile_up() -> None:
    """Each round 4 are there at first, 3 come, 1 goes; at the cut the scene is exchanged and shows 4 again."""
    occupancy, came, went, now = Occupancy(since=1.0).observed(4, 0.0), 0, 0, 0.0
    for _ in range(10):
        came, went, now = came + 3, went + 1, now + 60.0
        occupancy = occupancy.counted(came, went).observed(6, now)
        assert occupancy.totals.inside == 6
        occupancy = occupancy.cut(now).observed(0, now)  # the tracker has confirmed nobody yet
        occupancy = occupancy.observed(4, now + SETTLE_S)
        assert occupancy.totals.inside == 4
    assert (occupancy.totals.count_in, occupancy.totals.count_out) == (30, 10)


def test_fewer_inside_than_are_seen_is_corrected_after_a_minute_by_the_least_that_was_missing() -> None:
    occupancy = Occupancy(since=1.0).observed(5, 0.0)
    for second in range(1, 62):
        assert occupancy.totals.inside == 5
        occupancy = occupancy.observed(9 if second % 2 else 8, float(second))
    assert occupancy.totals.inside == 8
    assert occupancy.observed(3, 200.0).totals.inside == 8, "people may be where no camera looks"
    blip = occupancy.observed(20, 300.0).observed(8, 301.0).observed(20, 400.0)
    assert blip.totals.inside == 8


def test_a_restarted_engine_goes_on() -> None:
    before = Occupancy(since=5.0).observed(4, 0.0).counted(7, 2)
    assert Occupancy.resumed(before.totals).totals == before.totals


def test_reset_keeps_the_people_and_begins_to_count_anew() -> None:
    occupancy = Occupancy(since=5.0).observed(4, 0.0).counted(7, 2).reset(100.0)
    assert occupancy.totals == Totals(0, 0, 9, 100.0)
    assert occupancy.observed(3, 100.0 + SETTLE_S).totals.inside == 3


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-11-21T05:32+00:00", "Asia/Tokyo", "2026-11-20T19:00+00:00"),
        ("2026-11-20T18:59+00:00", "Asia/Tokyo", "2026-11-19T19:00+00:00"),
        ("2026-11-20T19:00+00:00", "Asia/Tokyo", "2026-11-20T19:00+00:00"),
        # Summer time begins and ends in Berlin: the local hour counts.
        ("2026-03-29T12:00+00:00", "Europe/Berlin", "2026-03-29T02:00+00:00"),
        ("2026-10-25T12:00+00:00", "Europe/Berlin", "2026-10-25T03:00+00:00"),
    ],
)
def test_reset_is_at_local_time(now: str, zone: str, expected: str) -> None:
    at = last_reset(datetime.fromisoformat(now).timestamp(), "04:00", ZoneInfo(zone))
    assert datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes") == expected
