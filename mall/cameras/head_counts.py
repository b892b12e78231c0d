"""Fit a line from counts of a detector to counts by people, and say how good it is. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from mall.cameras.accuracy_card import AccuracyCard, HeadCount

SLOPES = (0.5, 4.0)  # a detector that sees fewer and fewer, or more and more, of the people is beyond a line
OUTLIER = 3.0  # robust standard deviations from which a count weighs less (Huber); doi:10.1214/aoms/1177703732
LEAST_SCALE = 1.0  # people; head counts themselves are no better
ROUNDS = 30
DRAWS = 2000
WHOLE = ""  # zone of a count of the whole picture
ENOUGH = 5  # head counts for a line that can be relied on
METHOD = "robust line a·x + b, each head count judged by a line through the others (leave one out)"

Numbers = NDArray[np.float64]


def fit_line(seen: Sequence[float] | Numbers, people: Sequence[float] | Numbers) -> tuple[float, float]:
    """Return (a, b) of people = a · seen + b: least squares where no count is an outlier, outliers weigh less.

    Where all counts of the detector are the same the slope is 1.

    Args:
        seen: (N,) by the detector; people: (N,) by heads.

    """
    x, y = np.asarray(seen, dtype=np.float64), np.asarray(people, dtype=np.float64)
    if len(x) < 2 or np.ptp(x) == 0:
        return 1.0, float(np.median(y - x))
    a = _median_slope(x, y)
    b = float(np.median(y - a * x))
    scale = max(LEAST_SCALE, 1.4826 * float(np.median(np.abs(y - a * x - b))))
    for _ in range(ROUNDS):
        off = np.abs(y - a * x - b)
        weight = np.minimum(1.0, OUTLIER * scale / np.maximum(off, 1e-12))
        a, b = _weighted_line(x, y, weight)
    return a, b


def _median_slope(x: Numbers, y: Numbers) -> float:
    i, j = np.triu_indices(len(x), 1)
    apart = x[i] != x[j]
    return float(np.clip(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]), *SLOPES))


def _weighted_line(x: Numbers, y: Numbers, weight: Numbers) -> tuple[float, float]:
    mx, my = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = np.average((x - mx) ** 2, weights=weight)
    slope = np.average((x - mx) * (y - my), weights=weight) / spread if spread > 0 else 1.0
    a = float(np.clip(slope, *SLOPES))
    return a, float(my - a * mx)


def fit_head_counts(seen: Sequence[int], people: Sequence[int], *, day: date) -> HeadCount:
    """Return the line through at least three head counts, with its accuracy card."""
    x, y = np.asarray(seen, dtype=np.float64), np.asarray(people, dtype=np.float64)
    a, b = fit_line(x, y)
    errors = leave_one_out(x, y)
    n = len(x)
    spread = float(np.sqrt(np.sum(errors**2) / (n - 1)))
    off = np.abs(errors)
    means = np.random.default_rng(0).choice(off, (DRAWS, n)).mean(axis=1)
    card = AccuracyCard(
        mae=round(float(off.mean()), 3), within_1=round(float(np.mean(np.abs(np.round(errors)) <= 1)), 3),
        bias=round(float(errors.mean()), 3), n=n, date=day.isoformat(), method=METHOD, spread=round(spread, 4),
        mae_95=(round(float(np.quantile(means, 0.025)), 3), round(float(np.quantile(means, 0.975)), 3)),
        interval_95=round(float(student.ppf(0.975, max(n - 2, 1))) * spread * float(np.sqrt(1 + 1 / n)), 2),
    )  # fmt: skip
    ends = (int(x.min()), int(x.max())), (int(y.min()), int(y.max()))
    return HeadCount(round(a, 6), round(b, 6), *ends, round(float(y.mean()), 3), card)


def fit_groups(counts: Mapping[str, Sequence[tuple[int, int]]], *, day: date) -> dict[str, HeadCount]:
    """Return the line of each group of head counts: the whole picture's, or a zone's.

    Args:
        counts: group -> (seen by the detector, people by heads), at least three each.
        day: on which they were used.

    """
    fitted = {}
    for group, pairs in counts.items():
        seen, people = zip(*pairs, strict=True)
        fitted[group] = fit_head_counts(seen, people, day=day)
    return fitted


def leave_one_out(seen: Numbers, people: Numbers) -> Numbers:
    """Return (N,) estimate minus head count, each estimate from a line through the other counts."""
    errors = []
    for index in range(len(seen)):
        others = np.arange(len(seen)) != index
        a, b = fit_line(seen[others], people[others])
        errors.append(max(0.0, a * seen[index] + b) - people[index])
    return np.array(errors)
