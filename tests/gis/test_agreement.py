"""Pairing against every possible pairing, densities against scipy's."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from gis.agreement import best_pairs, likelihoods


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
    rows, columns = best_pairs(score)
    assert len(set(rows)) == len(rows)
    assert len(set(columns)) == len(columns)
    assert (score[rows, columns] > 0).all()
    assert score[rows, columns].sum() == pytest.approx(best_by_trying_all(score))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nobody_to_pair(shape: tuple[int, int]) -> None:
    rows, columns = best_pairs(np.zeros(shape))
    assert (len(rows), len(columns)) == (0, 0)


def test_nothing_that_cannot_be_is_paired() -> None:
    assert len(best_pairs(np.full((2, 2), -np.inf))[0]) == 0


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
