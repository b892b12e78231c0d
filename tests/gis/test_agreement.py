"""Pairing against every possible pairing, densities against scipy's."""

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import multivariate_normal

from gis.agreement import best_pairs, likelihoods, nearby


def paired(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the pairing of a whole table, its pairs given in no order."""
    order = np.random.default_rng(score.size).permutation(score.size)
    rows, columns = np.unravel_index(order, score.shape)
    chosen = best_pairs(rows, columns, score[rows, columns])
    return rows[chosen], columns[chosen]


def best_by_trying_all(score: np.ndarray) -> float:
    """Return the greatest total over every one-to-one pairing, where nobody must be paired."""
    n, m = score.shape
    padded = np.zeros((n + m, n + m))
    padded[:n, :m] = np.where(np.isfinite(score), score, -1e9)
    return max(sum(max(padded[i, j], 0.0) for i, j in enumerate(order)) for order in permutations(range(n + m)))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (3, 3)])
def test_no_pairing_is_better(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    score = rng.normal(0, 2, shape)
    score[rng.random(shape) < 0.2] = -np.inf
    rows, columns = paired(score)
    assert sorted(set(rows)) == rows.tolist()
    assert len(set(columns)) == len(columns)
    assert (score[rows, columns] > 0).all()
    assert score[rows, columns].sum() == pytest.approx(best_by_trying_all(score))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nobody_to_pair(shape: tuple[int, int]) -> None:
    rows, columns = paired(np.zeros(shape))
    assert (len(rows), len(columns)) == (0, 0)


def test_nothing_that_cannot_be_is_paired() -> None:
    assert len(paired(np.full((2, 2), -np.inf))[0]) == 0


@pytest.mark.parametrize("share", [0.01, 0.04, 0.1, 1.0])
def test_large_tables_of_few_possible_pairs_are_paired_as_a_whole(share: float) -> None:
    """At these shares the possible pairs hang together in many small knots, in long chains, and all in one."""
    rng = np.random.default_rng(1)
    score = np.where(rng.random((60, 50)) < share, rng.uniform(0.1, 5, (60, 50)), -np.inf)
    rows, columns = paired(score)
    i, j = linear_sum_assignment(np.maximum(score, 0), maximize=True)
    assert score[rows, columns].sum() == pytest.approx(np.maximum(score, 0)[i, j].sum())
    assert (len(set(rows)), len(set(columns))) == (len(rows), len(rows))


def test_two_who_both_prefer_the_same_sight() -> None:
    """Three rows, two columns: 5 + 4 is the most, though row 0 would rather have column 0, too (6 + 0)."""
    rows, columns = paired(np.array([[6.0, 4.0], [5.0, -1.0], [-np.inf, 1.0]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])


@pytest.mark.parametrize("count", [(0, 0), (0, 5), (5, 0), (1, 1), (40, 60)])
def test_all_pairs_near_each_other_and_no_others(count: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    place, xy = (rng.uniform(0, 5, (n, 2)) for n in count)
    xy[:1] = place[: len(xy[:1])] if len(place) else xy[:1]  # one at the very same place
    rows, columns = nearby(place, xy, 1.0)
    brute = {(i, j) for i in range(len(place)) for j in range(len(xy)) if np.hypot(*(place[i] - xy[j])) <= 1}
    assert len(rows) == len(brute)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == brute


def test_densities_are_those_of_the_normal_distribution() -> None:
    rng = np.random.default_rng(0)
    gap = rng.normal(0, 1, (20, 2))
    root = rng.normal(0, 1, (20, 2, 2))
    cov = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(2)
    far, density = likelihoods(gap, cov)
    np.testing.assert_allclose(
        density, [multivariate_normal.logpdf(g, cov=c) for g, c in zip(gap, cov, strict=True)], rtol=1e-9
    )
    np.testing.assert_allclose(far, [g @ np.linalg.inv(c) @ g for g, c in zip(gap, cov, strict=True)], rtol=1e-9)
