"""Little's law against a simulated queue, the Poisson interval against scipy's distribution and a printed table."""

import numpy as np
import pytest
from scipy.stats import poisson

from mall.flows import Wait
from mall.reading.waiting import Queue, poisson_interval, waiting_time


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.69), (1, 0.0253, 5.57), (5, 1.62, 11.67), (10, 4.80, 18.39), (20, 12.22, 30.89), (100, 81.36, 121.63)],
)
def test_the_interval_is_that_of_the_printed_tables(count: int, low: float, high: float) -> None:
    """Garwood's limits as in Johnson, Kotz & Kemp, and in Ulm 1990."""
    found = poisson_interval(count)
    assert found == (pytest.approx(low, abs=6e-3), pytest.approx(high, abs=6e-3))
    assert poisson.cdf(count, found[1]) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("queue", "wait"),
    [
        (Queue(600.0, 5.0, 4.0, 6.0, 10), (300.0, 4 * 600 / 18.39, 6 * 600 / 4.795)),
        (Queue(600.0, 5.0, 4.0, None, 10), (300.0, 4 * 600 / 18.39, None)),  # a crowd beyond counting
        (Queue(600.0, 5.0, 4.0, 6.0, 0), (None, 4 * 600 / 3.689, None)),  # nobody left: over 10 min
        (Queue(600.0, 0.0, 0.0, 0.0, 0), (0.0, 0.0, 0.0)),  # nobody waits
        (Queue(600.0, 0.0, 0.0, 1.0, 0), (None, 0.0, None)),  # perhaps nobody
    ],
)
def test_waits_by_hand(queue: Queue, wait: tuple[float | None, float, float | None]) -> None:
    found = waiting_time(queue)
    assert found is not None
    for got, expected in zip((found.value, found.low, found.high), wait, strict=True):
        assert got == (None if expected is None else pytest.approx(expected, rel=1e-3))


def test_a_queue_watched_for_less_than_five_minutes_says_nothing() -> None:
    assert waiting_time(Queue(299.0, 5.0, 4.0, 6.0, 10)) is None


def served(seed: int, *, till_s: float, open_s: float = 3600.0) -> tuple[np.ndarray, np.ndarray]:
    """Return when people joined and left a queue before one till that serves one after the other."""
    rng = np.random.default_rng(seed)
    came = np.cumsum(rng.exponential(till_s / 0.9, 4000))
    came = came[came < open_s]
    left, free = np.empty_like(came), 0.0
    for i, at in enumerate(came):
        free = left[i] = max(free, at) + rng.exponential(till_s)
    return came, left


def test_the_range_holds_the_mean_wait_of_a_simulated_till() -> None:
    """Ten minutes at a time over 40 hours of queueing; the mean wait of those who left lies in nine ranges of ten."""
    held, total = 0, 0
    for seed in range(40):
        came, left = served(seed, till_s=25.0)
        for start in range(1200, 3000, 600):
            gone = (left >= start) & (left < start + 600)
            seconds = np.clip(np.minimum(left, start + 600) - np.maximum(came, start), 0, None).sum()
            people = float(seconds / 600)
            found = waiting_time(Queue(600.0, people, 0.9 * people, 1.1 * people, int(gone.sum())))
            if not gone.any():
                continue
            assert isinstance(found, Wait)
            truth = float((left - came)[gone].mean())
            held += found.low <= truth <= (found.high or np.inf)
            total += 1
    assert total > 100
    assert held >= 0.85 * total
