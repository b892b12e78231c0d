"""A history on the wall clock: gaps, days on which the clock changes, and what is refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from mall.forecast.series import Series, on_the_wall, wall_steps

# (timezone, first instant) around the changes of a clock, by the tz database.
CHANGES = (
    ("Europe/Berlin", "2026-03-28T00:00"),
    ("Europe/Berlin", "2026-10-24T00:00"),
    ("Pacific/Auckland", "2026-09-25T12:00"),
    ("Asia/Tokyo", "2026-03-28T00:00"),
    ("Australia/Lord_Howe", "2026-10-02T00:00"),
    ("America/St_Johns", "2026-11-01T00:00"),
)


@pytest.mark.parametrize(("timezone", "begin"), CHANGES)
def test_every_instant_stands_where_its_own_clock_says(timezone: str, begin: str) -> None:
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp()
    t = first + 900.0 * np.arange(3 * 96)
    local = [datetime.fromtimestamp(each, ZoneInfo(timezone)).replace(tzinfo=UTC).timestamp() for each in t]
    assert wall_steps(t, timezone, 900).tolist() == [int(each // 900) for each in local]


def test_an_hour_that_the_wall_leaves_out_is_a_gap() -> None:
    t = datetime(2026, 3, 28, 23, tzinfo=UTC).timestamp() + 3600.0 * np.arange(24)  # Sunday in Berlin, but one hour
    series = Series("plaza", t[:23], np.arange(23.0), "Europe/Berlin", 3600)
    wall = on_the_wall(series, int(wall_steps(t[22:23], "Europe/Berlin", 3600)[0]))
    assert len(wall.value) == 24
    assert np.flatnonzero(np.isnan(wall.value)).tolist() == [2]
    assert wall.first % 24 == 0


def test_two_hours_that_share_one_of_the_wall_are_its_mean() -> None:
    t = datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp() + 3600.0 * np.arange(25)
    series = Series("plaza", t, np.arange(25.0), "Europe/Berlin", 3600)
    wall = on_the_wall(series, int(wall_steps(t[24:], "Europe/Berlin", 3600)[0]))
    assert wall.value.tolist() == [0, 1, 2.5, *range(4, 25)]


def test_order_does_not_matter_and_what_is_not_over_is_not_known() -> None:
    t = np.array([7200.0, 0.0, 3600.0, 10800.0])
    series = Series("plaza", t, np.array([3.0, 1.0, np.nan, 4.0]), step_s=3600).until(14_399.0)
    assert sorted(series.t.tolist()) == [0.0, 7200.0]
    wall = on_the_wall(series, 4)
    assert wall.value[:3].tolist()[::2] == [1.0, 3.0]
    assert np.isnan(wall.value[[1, 3, 4]]).all()
    assert wall.last_known == 2


@pytest.mark.parametrize(
    ("t", "value", "step_s", "says"),
    [
        ([0.0, 1.0], [1.0], 900, "plaza"),
        ([np.nan], [1.0], 900, "not a number"),
        ([0.0], [-1.0], 900, "below 0"),
        ([0.0], [np.inf], 900, "infinite"),
        ([0.0], [1.0], 1000, "1000 s"),
        ([0.0], [1.0], 0, "0 s"),
    ],
)
def test_bad_input_is_named(t: list[float], value: list[float], step_s: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Series("plaza", np.array(t), np.array(value), step_s=step_s)
