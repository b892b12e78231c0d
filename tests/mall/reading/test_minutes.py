"""Minutes: time-weighted means, gaps as gaps, and a clock that never turns back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.models import ZoneReading
from mall.reading.minutes import Minute, SteadyClock, minute_of

READING = ZoneReading(
    zone="a", people=2, band=(2, 2), density=0.1, los="A", crowd="free", trend=0, observed_at=0.0, received_at=1000.0,
    lag_s=0.0, period_s=1.0, seq=1, epoch="e", coverage=0.5, source="camera",
)  # fmt: skip


def test_the_mean_is_weighted_by_time_and_crossings_belong_to_the_lines_zone() -> None:
    minute = Minute(960)
    minute.add({"a": READING}, 1.0, now=1000.0)
    minute.add({"a": replace(READING, people=8)}, 3.0, now=1000.0)
    minute.cross("door", 2, 1)
    minute.cross("door", 1, 0)
    minute.watch(["door"], 45.0)
    zone, line = minute.rows({"door": "a"})
    assert (zone.zone, zone.people_mean, zone.people_max, zone.coverage) == ("a", 6.5, 8, 0.5)
    assert (zone.count_in, zone.count_out) == (3, 1)
    assert (line.zone, line.people_mean, line.count_in, line.count_out) == ("line:door", None, 3, 1)
    assert line.coverage == 0.75


@pytest.mark.parametrize(
    ("watched", "zone_counts", "lines"),
    [
        ({"front": 60.0, "back": 60.0}, (3, 1), {"line:front": (2, 0), "line:back": (1, 1)}),
        ({"front": 60.0, "back": 20.0}, (None, None), {"line:front": (2, 0)}),  # a third of a minute counts nobody
        ({"front": 60.0}, (None, None), {"line:front": (2, 0)}),
        ({}, (None, None), {}),
    ],
)
def test_a_line_has_counts_only_where_it_was_watched(
    watched: dict[str, float], zone_counts: object, lines: object
) -> None:
    minute = Minute(960)
    minute.add({"a": READING, "yard": READING}, 60.0, now=1000.0)
    minute.cross("front", 2, 0)
    minute.cross("back", 1, 1)
    for line, seconds in watched.items():
        minute.watch([line], seconds)
    rows = {row.zone: (row.count_in, row.count_out) for row in minute.rows({"front": "a", "back": "a"})}
    assert (rows.pop("a"), rows.pop("yard")) == (zone_counts, (None, None))
    assert rows == lines


def test_a_minute_goes_on_in_another_engine() -> None:
    first = Minute(960)
    first.watch(["door"], 30.0)
    first.cross("door", 4, 1)
    second = Minute.resumed(first.running)
    second.watch(["door"], 25.0)
    second.cross("door", 1, 0)
    rows = {row.zone: row for row in second.rows({"door": "a"})}
    assert (rows["line:door"].count_in, rows["line:door"].count_out) == (5, 1)
    assert (rows["a"].people_mean, rows["a"].count_in) == (None, 5)


@pytest.mark.parametrize(
    ("reading", "now"),
    [
        (replace(READING, people=None), 1000.0),  # never seen
        (READING, 1010.0),  # stale
        (READING, 1100.0),  # offline
    ],
)
def test_what_is_not_live_is_a_gap_and_not_zero(reading: ZoneReading, now: float) -> None:
    minute = Minute(960)
    minute.add({"a": reading}, 1.0, now=now)
    row = minute.rows({})[0]
    assert row.people_mean is None
    assert row.coverage == 0.0


def test_an_empty_minute_of_a_level_without_zones() -> None:
    assert Minute(60).rows({}) == []


def test_a_live_zero_is_zero() -> None:
    minute = Minute(960)
    minute.add({"a": replace(READING, people=0)}, 1.0, now=1000.0)
    assert minute.rows({})[0].people_mean == 0.0


@given(st.lists(st.floats(-4000, 4000, allow_nan=False), max_size=50))
def test_the_steady_clock_never_turns_back(steps: list[float]) -> None:
    clock, now = SteadyClock(), 1e9
    last = clock.read(now)
    for step in steps:
        now += step
        steady = clock.read(now)
        assert steady >= last - 1e-6
        last = steady


def test_an_hour_back_and_an_hour_forward_lose_and_double_no_minute() -> None:
    clock, starts, wall = SteadyClock(), [], 7200.0
    for second in range(600):
        wall += 1.0 + {200: -3600.0, 400: 3600.0}.get(second, 0.0)
        starts.append(minute_of(clock.read(wall)))
    assert sorted(set(starts)) == list(range(7200, 7200 + 660, 60))
    assert starts == sorted(starts)
    assert abs(clock.read(wall) - wall) < 1e-6
