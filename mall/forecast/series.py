"""The history of a place on the wall clock: equal steps of local time, so that a week later is the same time of day.

On the day a clock goes forward an hour of the wall has no value; when it goes back two hours share one, their mean.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400
HOUR_S = 3_600

Values = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """What was counted in one place.

    Attributes:
        zone: id of the zone.
        t: (N,) UTC seconds at which each step began, in any order; missing steps are left out.
        value: (N,) mean people of the step, or passages in it; NaN is a gap.
        timezone: IANA name of the place's clock.
        step_s: length of a step; a day and an hour are whole numbers of it.
        is_sample: an invented history: its forecast is for show.

    Raises:
        ValueError: shapes that differ, a time that is not finite, a value below 0 or infinite, a step not of an hour.

    """

    zone: str
    t: Values
    value: Values
    timezone: str = "UTC"
    step_s: int = 900
    is_sample: bool = False

    def __post_init__(self) -> None:
        t, value = np.asarray(self.t, dtype=float), np.asarray(self.value, dtype=float)
        if t.ndim != 1 or t.shape != value.shape:
            raise ValueError(f"history of {self.zone}: {t.shape} times for {value.shape} values")
        if not np.isfinite(t).all():
            raise ValueError(f"history of {self.zone}: a time is not a number")
        if (value < 0).any() or np.isinf(value).any():
            raise ValueError(f"history of {self.zone}: a value is below 0 or infinite")
        if self.step_s <= 0 or HOUR_S % self.step_s:
            raise ValueError(f"history of {self.zone}: {self.step_s} s is no whole part of an hour")
        object.__setattr__(self, "t", t)
        object.__setattr__(self, "value", value)

    def until(self, now: float) -> "Series":
        """Return the steps that are known at ``now``: whole by then, and not gaps."""
        known = (self.t + self.step_s <= now) & np.isfinite(self.value)
        return Series(self.zone, self.t[known], self.value[known], self.timezone, self.step_s, self.is_sample)


@dataclass(frozen=True, slots=True)
class Wall:
    """Values by step of the wall clock.

    Attributes:
        first: number of the first step, counted from 1970-01-01 00:00 of the wall.
        value: (N,) NaN where nothing is known.
        per_day: steps of a day.

    """

    first: int
    value: Values
    per_day: int

    @property
    def last_known(self) -> int:
        """Return the index of the newest known value, -1 where there is none."""
        known = np.flatnonzero(np.isfinite(self.value))
        return int(known[-1]) if known.size else -1


def wall_steps(t: Values, timezone: str, step_s: int) -> Places:
    """Return the step of the wall clock in which each instant lies, (N,) from 1970-01-01 00:00 local.

    Args:
        t: (N,) UTC seconds.
        timezone: IANA name.
        step_s: length of a step.

    """
    days = np.floor_divide(t, DAY_S).astype(np.int64)
    unique, place = np.unique(days, return_inverse=True)
    zone = ZoneInfo(timezone)
    ends = {int(day): _offset_s(float(day * DAY_S), zone) for each in unique for day in (each, each + 1)}
    offsets = np.array([ends[int(day)] for day in unique])[place]
    changes = [day for day in unique if ends[int(day)] != ends[int(day) + 1]]
    for at in np.flatnonzero(np.isin(days, changes)):
        offsets[at] = _offset_s(float(t[at]), zone)
    steps: Places = np.floor_divide(t + offsets, step_s).astype(np.int64)
    return steps


def _offset_s(t: float, zone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(t, UTC).astimezone(zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def on_the_wall(series: Series, until_step: int) -> Wall:
    """Return a known, not empty history by step of the wall clock, up to and with ``until_step``."""
    steps = wall_steps(series.t, series.timezone, series.step_s)
    kept = steps <= until_step
    first = int(steps[kept].min(initial=until_step))
    places = steps[kept] - first
    n = until_step - first + 1
    count = np.bincount(places, minlength=n)
    total = np.bincount(places, series.value[kept], minlength=n)
    value = np.divide(total, count, out=np.full(n, np.nan), where=count > 0)
    return Wall(first, value, DAY_S // series.step_s)
