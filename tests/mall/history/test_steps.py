"""Hours and days where clocks change: none lost, none doubled, each with the quarter-hours that it really has."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from mall.history.rows import HistoryRow
from mall.history.steps import stepped
from mall.history.zone_time import offset_spans, offsets_at

BERLIN = ZoneInfo("Europe/Berlin")
ADELAIDE = ZoneInfo("Australia/Adelaide")  # half an hour beside UTC's, and clocks that change in the other half-year


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def quarter(at: int, mean: float | None = 4.0, count: int | None = 1, watched: float = 1.0) -> HistoryRow:
    return HistoryRow(at, "hall", mean, None if mean is None else 9, count, count, watched, watched, 10.0, "recorded")


@pytest.mark.parametrize(
    ("zone", "day", "begins", "quarters"),
    [
        (BERLIN, "2026-03-28", "2026-03-27T23:00", 96),
        (BERLIN, "2026-03-29", "2026-03-28T23:00", 92),
        (BERLIN, "2026-10-25", "2026-10-24T22:00", 100),
        (ADELAIDE, "2026-10-04", "2026-10-03T14:30", 92),
        (ADELAIDE, "2026-04-05", "2026-04-04T13:30", 100),
    ],
)
def test_a_day_has_the_quarter_hours_between_its_midnights(
    zone: ZoneInfo, day: str, begins: str, quarters: int
) -> None:
    start = utc(begins)
    rows = [quarter(at) for at in range(start - 86_400, start + 3 * 86_400, 900)]
    days = {row.at: row for row in stepped(rows, start - 86_400, start + 3 * 86_400, "1d", zone)}
    assert datetime.fromtimestamp(start, UTC).astimezone(zone).date().isoformat() == day
    assert (days[start].count_in, days[start].watched, days[start].people_mean) == (quarters, 1.0, 4.0)
    assert sum(row.count_in or 0 for row in days.values()) == len(rows)


@pytest.mark.parametrize(("zone", "since"), [(BERLIN, "2026-10-24T22:00"), (ADELAIDE, "2026-04-04T13:30")])
def test_the_hour_that_comes_twice_is_two_hours(zone: ZoneInfo, since: str) -> None:
    start = utc(since)
    rows = [quarter(at) for at in range(start, start + 25 * 3600, 900)]
    hours = stepped(rows, start, start + 25 * 3600, "1h", zone)
    assert [row.at for row in hours] == list(range(start, start + 25 * 3600, 3600))
    assert [row.count_in for row in hours] == [4] * 25


def test_what_was_not_watched_for_four_fifths_is_unknown_and_the_mean_is_weighted() -> None:
    start = utc("2026-06-01T10:00")
    known = [quarter(start, 2.0, 5, 1.0), quarter(start + 900, 6.0, 5, 0.8), quarter(start + 1800, 4.0, None, 1.0)]
    lost = quarter(start + 2700, None, None, 0.2)
    [three] = stepped([*known, lost], start, start + 3600, "1h", BERLIN)
    assert (three.people_mean, three.people_max, three.count_in) == (None, None, None)  # 2.8 of 4 quarters known
    [whole] = stepped([*known, quarter(start + 2700, 8.0, 5, 1.0)], start, start + 3600, "1h", BERLIN)
    assert whole.people_mean == pytest.approx((2.0 + 0.8 * 6.0 + 4.0 + 8.0) / 3.8)
    assert (whole.count_in, whole.watched) == (None, pytest.approx(0.95))  # counts of 3 in 4 quarters


def test_a_day_that_goes_on_is_told_as_far_as_it_is_over() -> None:
    start = utc("2026-05-31T22:00")
    rows = [quarter(at) for at in range(start, start + 6 * 3600, 900)]
    [today] = stepped(rows, start, start + 6 * 3600, "1d", BERLIN)
    assert (today.count_in, today.watched) == (24, 1.0)


def test_nothing_makes_nothing() -> None:
    assert stepped([], 0, 10_000, "1d", BERLIN) == []


@pytest.mark.parametrize("zone", [BERLIN, ADELAIDE, ZoneInfo("Asia/Tokyo"), ZoneInfo("UTC")])
def test_offsets_are_those_of_every_single_instant(zone: ZoneInfo) -> None:
    at = np.arange(utc("2026-01-01T00:00"), utc("2027-01-01T00:00"), 6997, dtype=np.int64)
    own = [datetime.fromtimestamp(int(t), UTC).astimezone(zone).utcoffset() for t in at]
    assert offsets_at(zone, at).tolist() == [int(found.total_seconds()) for found in own if found is not None]
    assert len(offset_spans(zone, int(at[0]), int(at[-1]))) == (3 if zone in (BERLIN, ADELAIDE) else 1)
    assert offsets_at(zone, at[:0]).tolist() == []
