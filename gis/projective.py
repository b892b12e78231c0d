"""Plane-to-plane projective maps: fit from pairs of points, apply, differentiate."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Floats: TypeAlias = NDArray[np.float64]

MIN_SPREAD = 0.005  # of the narrow over the wide direction of the points; below it they lie on one line
MIN_RANK_RATIO = 1e-7
MAX_CONDITION = 1e7
NEAREST_TO_HORIZON = 1e-6  # of the largest denominator of the pairs; nearer, positions are meaningless


class CalibrationError(ValueError):
    """Pairs of points from which no usable map of the ground follows."""


def fit(source: Floats, target: Floats) -> Floats:
    """Return the (3, 3) map of source to target points with the least squared distance in the target.

    The start is the normalised direct linear transform (Hartley 1997, doi:10.1109/34.601246).

    Raises:
        CalibrationError: if the points lie on a line or leave the map undetermined.

    """
    to_source, to_target = _normaliser(source), _normaliser(target)
    s, t = _move(to_source, source), _move(to_target, target)
    one, zero = np.ones(len(s)), np.zeros((len(s), 3))
    s1 = np.column_stack([s, one])
    rows = np.vstack([np.hstack([s1, zero, -t[:, :1] * s1]), np.hstack([zero, s1, -t[:, 1:] * s1])])
    _, sizes, vectors = np.linalg.svd(rows, full_matrices=True)
    if sizes[7] < MIN_RANK_RATIO * sizes[0]:
        raise CalibrationError("the points do not determine a plane: too many of them lie on one line")
    h = _refine(vectors[8], s, t) if len(s) > 4 else vectors[8]
    if np.linalg.cond(h.reshape(3, 3)) > MAX_CONDITION:
        raise CalibrationError("the points do not determine a plane: three of four lie on one line")
    return invert(to_target) @ h.reshape(3, 3) @ to_source


def _normaliser(points: Floats) -> Floats:
    """Return the similarity that moves the centroid to 0 and the mean distance to √2."""
    centre = points.mean(axis=0)
    spread = np.linalg.svd(points - centre, compute_uv=False)
    if not spread[0] or spread[1] < MIN_SPREAD * spread[0]:
        raise CalibrationError("the points lie on one line")
    scale = np.sqrt(2) / np.linalg.norm(points - centre, axis=1).mean()
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _move(matrix: Floats, points: Floats) -> Floats:
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)


def _refine(h: Floats, source: Floats, target: Floats) -> Floats:
    """Minimise the squared distance in the target; steps stay across h, whose length means nothing."""
    across = np.linalg.svd(h[None, :], full_matrices=True)[2][1:]

    def misses(step: Floats) -> Floats:
        with np.errstate(all="ignore"):
            return np.nan_to_num(_move((h + step @ across).reshape(3, 3), source) - target, posinf=1e9).ravel()

    found = least_squares(misses, np.zeros(8), method="lm")
    return np.asarray(h + found.x @ across, dtype=np.float64)


def orient(matrix: Floats, points: Floats) -> Floats:
    """Return the map scaled so that every denominator at ``points`` is positive, the largest 1.

    Raises:
        CalibrationError: if some points lie beyond the horizon of the others.

    """
    w = points @ matrix[2, :2] + matrix[2, 2]
    if w.min() * w.max() <= 0 or np.abs(w).min() < NEAREST_TO_HORIZON * np.abs(w).max():
        raise CalibrationError("the pairs fold the ground over: some points are in the wrong order or place")
    return np.asarray(matrix / w[np.abs(w).argmax()], dtype=np.float64)


def invert(matrix: Floats) -> Floats:
    """Return the map backwards."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def apply(matrix: Floats, points: Floats) -> Floats:
    """Return (N, 2) mapped points; NaN beyond the horizon, where the denominator is not positive."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    w = mapped[:, 2:]
    with np.errstate(all="ignore"):
        return np.where(w > NEAREST_TO_HORIZON, mapped[:, :2] / w, np.nan)


def jacobian(matrix: Floats, points: Floats) -> Floats:
    """Return (N, 2, 2) derivatives of ``apply``, d(target)/d(source)."""
    mapped = apply(matrix, points)
    w = (points @ matrix[2, :2] + matrix[2, 2])[:, None, None]
    with np.errstate(all="ignore"):
        return np.asarray((matrix[None, :2, :2] - mapped[:, :, None] * matrix[2, :2]) / w, dtype=np.float64)


def spread_through(slope: Floats, variance: Floats) -> Floats:
    """Return (N, 3) xx xy yy of J Σ Jᵀ, where Σ is diagonal with ``variance`` (N, 2)."""
    full = np.einsum("nij,nj,nkj->nik", slope, variance, slope)
    return np.column_stack([full[:, 0, 0], full[:, 0, 1], full[:, 1, 1]])
