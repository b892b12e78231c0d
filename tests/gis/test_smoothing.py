"""Smoothing against the least-squares solution over all states at once."""

import numpy as np
import pytest

from gis.motion import ACCELERATION_M2_S3, FIRST_SPEED_M_S
from gis.smoothing import Path, between, smooth


def all_at_once(path: Path) -> np.ndarray:
    """Return (K, 4) by one weighted least-squares problem: measurements, motion and what is known of the start.

    The filter starts at its first measurement with the spread of a newcomer's speed.
    """
    count = len(path.t)
    rows, targets = [], []

    def add(block: np.ndarray, target: np.ndarray, cov: np.ndarray) -> None:
        white = np.linalg.inv(np.linalg.cholesky(cov))
        rows.append(white @ block)
        targets.append(white @ target)

    for k in range(count):
        pick = np.zeros((2, 4 * count))
        pick[:, 4 * k : 4 * k + 2] = np.eye(2)
        add(pick, path.xy[k], path.noise[k])
    start = np.zeros((2, 4 * count))
    start[:, 2:4] = np.eye(2)
    add(start, np.zeros(2), np.eye(2) * FIRST_SPEED_M_S**2)
    for k in range(1, count):
        dt = path.t[k] - path.t[k - 1]
        step = np.kron(np.array([[1, dt], [0, 1]]), np.eye(2))
        noise = ACCELERATION_M2_S3 * np.kron(np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]), np.eye(2))
        block = np.zeros((4, 4 * count))
        block[:, 4 * k - 4 : 4 * k], block[:, 4 * k : 4 * k + 4] = -step, np.eye(4)
        add(block, np.zeros(4), noise)
    return np.linalg.lstsq(np.vstack(rows), np.concatenate(targets), rcond=None)[0].reshape(-1, 4)


def some_path(seed: int, count: int) -> Path:
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 0.1, (count, 2, 2))
    t = np.cumsum(rng.uniform(0.05, 0.8, count))
    xy = np.column_stack([t * 0.9, np.sin(t)]) + rng.normal(0, 0.1, (count, 2))
    return Path(t, xy, root @ root.transpose(0, 2, 1) + 0.01 * np.eye(2))


def test_paths_are_the_likeliest_ones() -> None:
    paths = [some_path(seed, count) for seed, count in enumerate((12, 1, 5, 2, 40))]
    for path, found in zip(paths, smooth(paths), strict=True):
        np.testing.assert_allclose(found, all_at_once(path), atol=1e-6)


def test_more_paths_than_are_smoothed_together() -> None:
    paths = [some_path(seed, 3 + seed % 7) for seed in range(70)]
    found = smooth(paths)
    for i in (0, 33, 69):
        np.testing.assert_allclose(found[i], smooth([paths[i]])[0], atol=1e-9)
    assert smooth([]) == []


def test_two_sights_of_one_instant() -> None:
    path = Path(
        np.array([0.0, 0.0, 1.0]), np.array([[0.0, 0], [2.0, 0], [1.0, 0]]), np.tile(0.04 * np.eye(2), (3, 1, 1))
    )
    found = smooth([path])[0]
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)
    assert found[0, 0] == pytest.approx(1.0, abs=1e-6)


def test_between_measurements_a_steady_walker_is_where_she_was() -> None:
    t = np.array([0.0, 0.5, 0.5, 2.0])
    states = np.column_stack([1.2 * t, 3 - 0.4 * t, np.full(4, 1.2), np.full(4, -0.4)])
    at = np.array([-0.5, 0.0, 0.3, 0.5, 1.7, 2.0, 2.4])
    found = between(t, states, at)
    np.testing.assert_allclose(found, np.column_stack([1.2 * at, 3 - 0.4 * at, np.full(7, 1.2), np.full(7, -0.4)]))
    np.testing.assert_allclose(between(t[:1], states[:1], at)[:, 0], 1.2 * at)
