"""``bench forecast``: a rolling back-test on a year of real counts that nothing was chosen on.

Every hour of 2025 and of all 21 counters is a ``now``. Forecasts are learned anew each week from what was known by
then; a forecast is for the next hour or two, for each hour left of the day, and for each hour of the next day. A gap is
a gap: hours without a count are not judged. Errors are divided by the counter's mean, so that all weigh the same.
"""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mall.bench.pedestrians import PER_DAY, WEEK, last_value, read_counters, step_of, weekly_median
from mall.bench.young_sites import Young, young_sites
from mall.forecast.model import fit, predict
from mall.forecast.series import Values, Wall
from mall.forecast.terms import WEEKLY, Terms

FROM, UNTIL = date(2025, 1, 1), date(2026, 1, 1)
LONGEST = 2 * PER_DAY + 1
PARTS = ("1 h", "2 h", "rest of day", "next day")
Found = TypeVar("Found")
RIVALS = ("median 4 weeks", "median 8 weeks", "last value")


@dataclass(frozen=True, slots=True)
class Score:
    """One counter, one part of the horizons.

    Attributes:
        mae: mean absolute error in passages an hour; rivals: the same of each baseline.
        mean: the counter's mean; coverage: share inside the interval; width: mean width of the interval; n: forecasts.

    """

    mae: float
    rivals: tuple[float, ...]
    mean: float
    coverage: float
    width: float
    n: int


class Sums:
    """Adds up one counter's errors of one part."""

    def __init__(self) -> None:
        self.n = self.inside = 0
        self.error = self.width = self.value = 0.0
        self.rivals = np.zeros(len(RIVALS))

    def add(self, value: Values, told: Values, rivals: Values) -> None:
        """Add forecasts: told (3, M) low, likely, high; rivals (R, M); judged where everybody has a value."""
        whole = np.isfinite(value) & np.isfinite(told).all(axis=0) & np.isfinite(rivals).all(axis=0)
        value, (low, likely, high), rivals = value[whole], told[:, whole], rivals[:, whole]
        self.n += len(value)
        self.value += value.sum()
        self.error += np.abs(likely - value).sum()
        self.rivals += np.abs(rivals - value).sum(axis=1)
        self.inside += int(((low <= value) & (value <= high)).sum())
        self.width += (high - low).sum()

    def score(self) -> Score:
        """Return the means."""
        rivals = tuple(float(each) for each in self.rivals / self.n)
        return Score(
            self.error / self.n, rivals, self.value / self.n, self.inside / self.n, self.width / self.n, self.n
        )


def run() -> None:
    """Print tables; the last line is ``mae_1h X median_1h Y last_1h Z …``, errors as share of the mean."""
    walls = read_counters()
    scores = on_every_counter(back_test, walls)
    print(f"{len(walls)} counters, every hour from {FROM} to {UNTIL}; errors as share of the counter's mean\n")
    _print_parts(scores)
    _print_counters(scores)
    _print_young(on_every_counter(young_sites, walls))
    print(" ".join(_last_line(scores)))


def on_every_counter(work: Callable[[Wall, date, date], Found], walls: Mapping[str, Wall]) -> dict[str, Found]:
    """Return what some work finds of every counter in the year; a counter takes one process."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read by a child as it starts
    spawn = multiprocessing.get_context("spawn")
    workers = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=os.nice, initargs=(10,)) as pool:
        found = pool.map(work, walls.values(), [FROM] * len(walls), [UNTIL] * len(walls))
        return dict(zip(walls, found, strict=True))


def back_test(wall: Wall, since: date, until: date) -> dict[str, Score]:
    """Return the scores of one counter by part; what a part has no forecast of is missing."""
    terms = Terms.of(wall, WEEKLY)
    medians = [weekly_median(wall.value, weeks) for weeks in (4, 8)]
    sums = {part: Sums() for part in PARTS}
    end = min(step_of(wall, until), len(wall.value))
    for begin in range(step_of(wall, since), end, WEEK):
        nows = np.arange(begin, min(begin + WEEK, end))
        for horizon in range(1, LONGEST + 1):
            fitted = fit(terms, wall.first, begin - 1, horizon)
            targets = nows - 1 + horizon
            nows_here, targets = nows[targets < end], targets[targets < end]
            if fitted is None or not len(targets):
                continue
            told = np.stack(predict(terms, fitted, wall.first, nows_here - 1, horizon))
            rivals = np.stack([*(each[targets] for each in medians), last_value(wall.value, horizon)[targets]])
            for part, chosen in _parts(nows_here + wall.first, horizon).items():
                sums[part].add(wall.value[targets[chosen]], told[:, chosen], rivals[:, chosen])
    return {part: each.score() for part, each in sums.items() if each.n}


def _parts(nows: NDArray[np.int64], horizon: int) -> dict[str, NDArray[np.bool_]]:
    """Return which of the forecasts belong to each part; ``nows`` are hours of the wall that begin now."""
    days = (nows + horizon - 1) // PER_DAY - nows // PER_DAY
    every = np.ones(len(nows), dtype=bool)
    near = {f"{horizon} h": every} if horizon <= 2 else {}
    return near | {"rest of day": days == 0, "next day": days == 1}


def _print_parts(scores: dict[str, dict[str, Score]]) -> None:
    names = "".join(f"{name:>16}" for name in RIVALS)
    print(f"{'':<14}{'forecasts':>10}{'MAE':>8}{names}{'coverage':>10}{'':>12}{'width':>8}")
    for part in PARTS:
        here = [each[part] for each in scores.values() if part in each]
        ours, rivals = _shares(here)
        cells = "".join(f"{mean:.3f} ({wins:>2}/{len(here)})".rjust(16) for mean, wins in rivals)
        coverage = [score.coverage for score in here]
        print(
            f"{part:<14}{sum(s.n for s in here):>10}{ours:>8.3f}{cells}{np.mean(coverage):>10.3f}"
            f"{f'{min(coverage):.2f}–{max(coverage):.2f}':>12}{np.mean([s.width / s.mean for s in here]):>8.2f}"
        )
    print(
        "in brackets: counters on which ours is better; coverage of the 80 % interval: mean, and range over counters\n"
    )


def _shares(here: Sequence[Score]) -> tuple[float, list[tuple[float, int]]]:
    """Return the mean error as a share of the mean: ours, and of each rival with the counters on which ours wins."""
    ours = float(np.mean([score.mae / score.mean for score in here]))
    return ours, [
        (float(np.mean([s.rivals[r] / s.mean for s in here])), sum(s.mae < s.rivals[r] for s in here))
        for r in range(len(RIVALS))
    ]


def _print_counters(scores: dict[str, dict[str, Score]]) -> None:
    print(
        f"{'MAE, passages an hour':<36}{'mean':>8}"
        + "".join(f"{part:>13}" for part in PARTS)
        + f"{'coverage, day':>15}"
    )
    for name, parts in scores.items():
        cells = "".join(f"{parts[part].mae:>13.1f}" for part in PARTS)
        print(f"{name:<36}{parts[PARTS[0]].mean:>8.0f}{cells}{parts['rest of day'].coverage:>15.3f}")
    print()


def _print_young(found: Mapping[str, list[Young]]) -> None:
    print(
        f"{'days of history':<18}{'method':>8}{'MAE 1 h':>9}{'MAE told':>10}{'of 12 h':>9}{'coverage':>10}{'width':>8}"
    )
    for rows in zip(*found.values(), strict=True):
        hours, first, mae, inside, width = (
            np.mean([getattr(row, name) for row in rows])
            for name in ("hours", "first_hour", "mae", "coverage", "width")
        )
        days, method = f"{rows[0].days:g}", rows[0].method
        print(f"{days:<18}{method:>8}{first:>9.3f}{mae:>10.3f}{hours:>9.1f}{inside:>10.3f}{width:>8.2f}")
    print()


def _last_line(scores: dict[str, dict[str, Score]]) -> list[str]:
    told = []
    for part, name in zip(PARTS, ("1h", "2h", "rest", "next"), strict=True):
        here = [each[part] for each in scores.values() if part in each]
        ours, rivals = _shares(here)
        told += [f"mae_{name} {ours:.3f}", f"median_{name} {min(mean for mean, _ in rivals[:2]):.3f}"]
        told += [f"last_{name} {rivals[2][0]:.3f}"] if name in {"1h", "2h"} else []
        told += [f"wins_{name} {min(wins for _, wins in (rivals if name in {'1h', '2h'} else rivals[:2]))}"]
        told += [f"coverage_{name} {np.mean([s.coverage for s in here]):.3f}"]
    return told
