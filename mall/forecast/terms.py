"""What a forecast is made of: the usual value at a time, and how far from usual it has been lately.

All of it in square roots: they make the spread of counts alike whether few or many come (Bartlett 1936,
doi:10.2307/2983678), take zero, and leave a forecast of twice the people at twice the value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mall.forecast.series import Places, Values, Wall

# Hours over which the relative departure from usual is taken; the last is a week.
RECENT_H = (3, 6, 24, 168)
# In roots, so four times the people.
MOST_DEPARTURE = 1.0


@dataclass(frozen=True, slots=True)
class Usual:
    """How the usual value is made: the mean of the same step in past periods, newer ones weigh more.

    Attributes:
        days: length of the period: 7 compares with the same weekday, 1 with every day.
        periods: how many of them at most; half_life: after so many a value weighs half.

    """

    days: int
    periods: int
    half_life: float


# Chosen on the year before the one that `bench forecast` tells of (docs/forecast.md).
WEEKLY = Usual(days=7, periods=16, half_life=6.0)
DAILY = Usual(days=1, periods=14, half_life=7.0)


@dataclass(frozen=True, slots=True)
class Terms:
    """The parts of a forecast for every step of a wall.

    Attributes:
        root: (N,) square root of the value; usual: (N,) of what is usual, from past periods alone.
        off: (N,) root less usual.
        recent: (N, 2 + len(RECENT_H)) what is known at the end of each step: ``off`` of the step and of the hour before
        it, then departures relative to what is usual then and on the mean.
        per_day: steps of a day.

    """

    root: Values
    usual: Values
    off: Values
    recent: Values
    per_day: int

    @classmethod
    def of(cls, wall: Wall, how: Usual) -> "Terms":
        """Return the terms of a wall; where a step is unknown they are NaN."""
        root = np.sqrt(wall.value)
        usual = _usual(root, how, how.days * wall.per_day)
        off = root - usual
        hour = wall.per_day // 24
        both = np.isfinite(off)
        told, expected = np.where(both, root, 0.0), np.where(both, usual, 0.0)
        columns = [off, _lagged(_trailing(np.where(both, off, 0.0), hour) / _trailing(both, hour), 1)]
        week = RECENT_H[-1] * hour
        mean = _trailing(expected, week) / _trailing(both, week)
        for steps in (hours * hour for hours in RECENT_H):
            # Relative to the week's mean time as well: a cleaner in hours that are usually empty is no full house.
            sums = _trailing(expected, steps)
            size = sums + mean * _trailing(both, steps)
            relative = (_trailing(told, steps) - sums) / np.where(size > 0, size, np.nan)
            columns.append(np.minimum(relative, MOST_DEPARTURE))
        return cls(root, usual, off, np.column_stack(columns), wall.per_day)

    def rows(self, origins: Places, horizon: int) -> Values:
        """Return the terms of the steps ``horizon`` after the origins, (M, 11); what is unknown counts as usual: 0.

        Args:
            origins: (M,) indices of the last known steps; what lies behind them is not looked at.
            horizon: steps ahead, from 1 to the period of the usual value.

        """
        targets = origins + horizon
        usual = self.usual[targets]
        recent = self.recent[origins]
        days = -(-horizon // self.per_day)
        same_time = [self._off(targets - days_ago * self.per_day) for days_ago in (days, days + 1, max(7, days))]
        rows = np.column_stack([usual, np.ones_like(usual), recent[:, :2], recent[:, 2:] * usual[:, None], *same_time])
        return np.where(np.isfinite(rows), rows, 0.0)

    def _off(self, places: Places) -> Values:
        return np.where(places >= 0, self.off[np.maximum(places, 0)], np.nan)


def _usual(root: Values, how: Usual, period: int) -> Values:
    total, weight = np.zeros_like(root), np.zeros_like(root)
    for ago in range(1, how.periods + 1):
        if ago * period >= len(root):
            break
        past = _lagged(root, ago * period)
        known = np.isfinite(past)
        share = 0.5 ** ((ago - 1) / how.half_life)
        total += np.where(known, past, 0.0) * share
        weight += known * share
    return np.divide(total, weight, out=np.full_like(root, np.nan), where=weight > 0)


def _lagged(values: Values, by: int) -> Values:
    lagged = np.full_like(values, np.nan)
    lagged[by:] = values[: len(values) - by]
    return lagged


def _trailing(values: Values | NDArray[np.bool_], steps: int) -> Values:
    """Return the sum over each step and those before it, ``steps`` in all; 0 counts as NaN in a divisor."""
    sums = np.cumsum(values, dtype=float)
    sums[steps:] = sums[steps:] - sums[:-steps]
    return np.where(sums != 0, sums, np.nan) if values.dtype == bool else sums
