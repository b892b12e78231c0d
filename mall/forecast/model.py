"""A direct forecast by horizon: the usual value, moved by how far from usual it has been lately.

Ridge regression (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634). The interval is conformal: it comes from
the errors of the last weeks, by the hour of the day (Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715).
"""

from dataclasses import dataclass

import numpy as np

from mall.forecast.series import Places, Values
from mall.forecast.shape import INTERVAL
from mall.forecast.terms import Terms

# Chosen on the year before the one that `bench forecast` tells of (docs/forecast.md).
TRAINED_WEEKS = 26
ERROR_WEEKS = 8
PENALTY, PENALTY_ROWS = 0.01, 50.0
LEAST_ROWS = 24

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Fit:
    """What was learned for one horizon.

    Attributes:
        weights: of the terms' columns; spread: (24,) usual size of an error by hour of the day, in roots of people.
        low, high: quantiles of the errors in units of ``spread``; never above and below 0.

    """

    weights: Values
    spread: Values
    low: float
    high: float


def fit(terms: Terms, first: int, last_known: int, horizon: int, widen: float = 1.0) -> Fit | None:
    """Learn a horizon from the steps up to ``last_known``; None where too few of them have a usual value.

    Args:
        terms: of the wall.
        first: number of the wall's first step, by which the hour of the day is known.
        last_known: index of the newest step that may be looked at.
        horizon: steps ahead.
        widen: factor of the interval, above 1 where little is known.

    """
    oldest = max(horizon, last_known + 1 - TRAINED_WEEKS * 7 * terms.per_day)
    targets = np.arange(oldest, last_known + 1)
    targets = targets[np.isfinite(terms.off[targets])]
    if len(targets) < LEAST_ROWS:
        return None
    rows, off = terms.rows(targets - horizon, horizon), terms.off[targets]
    weights = _ridge(rows, off)
    error = off - rows @ weights
    hours = hour_of(targets + first, terms.per_day)
    spread = _spread(error, hours)
    newest = targets > last_known - ERROR_WEEKS * 7 * terms.per_day
    low, high = _told(error[newest], spread[hours[newest]])
    free = widen * float(np.sqrt(len(rows) / (len(rows) - rows.shape[1])))
    return Fit(weights, spread, low * free, high * free)


def predict(terms: Terms, fitted: Fit, first: int, origins: Places, horizon: int) -> tuple[Values, Values, Values]:
    """Return low, likely and high of the steps ``horizon`` after the origins, each (M,); NaN without a usual value."""
    targets = origins + horizon
    root = terms.usual[targets] + terms.rows(origins, horizon) @ fitted.weights
    spread = fitted.spread[hour_of(targets + first, terms.per_day)]
    root = np.maximum(root, 0.0)
    low, high = np.maximum(root + fitted.low * spread, 0.0), root + fitted.high * spread
    return low**2, root**2, high**2


def hour_of(steps: Places, per_day: int) -> Places:
    """Return the hour of the day of wall steps."""
    return steps % per_day * 24 // per_day


def _ridge(rows: Values, off: Values) -> Values:
    square = rows.T @ rows
    own = np.diag(square)
    penalty = (PENALTY + PENALTY_ROWS / len(rows)) * own
    return np.linalg.solve(square + np.diag(np.where(own > 0, penalty, 1.0)), rows.T @ off)


def _spread(error: Values, hours: Places) -> Values:
    """Return the mean size of an error by hour, smoothed over the hours beside; the mean of all if none."""
    size = np.abs(error)
    count = np.bincount(hours, minlength=24)
    mean = np.divide(np.bincount(hours, size, 24), count, out=np.full(24, size.mean()), where=count > 0)
    smooth: Values = (np.roll(mean, 1) + 2 * mean + np.roll(mean, -1)) / 4
    return smooth


def _told(error: Values, spread: Values) -> tuple[float, float]:
    """Return the ends of the interval in units of spread."""
    some = spread > 0
    return quantiles(error[some] / spread[some])


def quantiles(errors: Values) -> tuple[float, float]:
    """Return the ends of the interval that errors leave, around 0, with the allowance for their finite number."""
    if not errors.size:
        return 0.0, 0.0
    aside = (1 - INTERVAL) / 2 * (1 - 1 / errors.size)
    low, high = np.quantile(errors, [aside, 1 - aside])
    return min(float(low), 0.0), max(float(high), 0.0)
