"""What a forecast is worth on a site that is so many days old: part of ``bench forecast``, by the public function."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from mall.bench.pedestrians import PER_DAY, step_of
from mall.forecast.making import forecast
from mall.forecast.series import HOUR_S, Series, Wall
from mall.forecast.shape import Method

AGES_D = (1.5, 5, 14, 21, 42, 91, 365)
EVERY = 14 * PER_DAY + 5  # hours between two ``now``, so that they wander over the day; none is a New Year's midnight
AHEAD = 12  # hours


@dataclass(frozen=True, slots=True)
class Young:
    """Forecasts by a history of ``days``: mean errors of the next hour and of all, as share of the counter's mean.

    Attributes:
        hours: how many of the next 12 are told; coverage: share inside the interval; width: its mean, over that mean.

    """

    days: float
    method: Method
    first_hour: float
    mae: float
    hours: float
    coverage: float
    width: float


def young_sites(wall: Wall, since: date, until: date) -> list[Young]:
    """Return one row an age, of one counter."""
    value = wall.value
    begin, end = step_of(wall, since), min(step_of(wall, until), len(value)) - AHEAD
    mean = float(np.nanmean(value[begin:end]))
    return [_row(wall, days, range(begin + EVERY, end, EVERY), mean) for days in AGES_D]


def _row(wall: Wall, days: float, nows: range, mean: float) -> Young:
    errors, firsts, inside, widths, methods = [], [], [], [], []
    for now in nows:
        seen = np.arange(max(0, now - int(days * PER_DAY)), now)
        t = ((seen + wall.first) * HOUR_S).astype(np.float64)
        series = Series("street", t, wall.value[seen], step_s=HOUR_S)
        made = forecast(series, (now + wall.first) * float(HOUR_S), tuple(range(0, AHEAD * HOUR_S, HOUR_S)))
        for step in made.steps:
            truth = wall.value[int(step.t) // HOUR_S - wall.first]
            if np.isfinite(truth):
                errors.append(abs(step.likely - truth) / mean)
                inside.append(step.low <= truth <= step.high)
                widths.append((step.high - step.low) / mean)
                firsts += [errors[-1]] if step.t == made.at else []
                methods.append(made.method)
    told = len(errors) / len(nows)
    usual: Method = max(set(methods), key=methods.count)
    return Young(
        days,
        usual,
        float(np.mean(firsts)),
        float(np.mean(errors)),
        told,
        float(np.mean(inside)),
        float(np.mean(widths)),
    )
