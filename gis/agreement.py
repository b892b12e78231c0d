"""Which sights of one instant are whose: the likeliest one-to-one pairing, and how likely each pair is."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

NOBODYS_PER_M2 = 0.002  # density of sights that are of nobody known: false, or of somebody new
GATE = 13.8  # squared Mahalanobis distance that 0.1 % of true pairs exceed (chi-square, 2 degrees of freedom)


def likelihoods(gap: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """Return (N,) squared Mahalanobis distances of (N, 2) m and (N,) log densities, 1/m², under (N, 2, 2) m²."""
    xx, xy, yy = cov[:, 0, 0], cov[:, 0, 1], cov[:, 1, 1]
    det = np.maximum(xx * yy - xy * xy, 1e-12)
    far = (yy * gap[:, 0] ** 2 - 2 * xy * gap[:, 0] * gap[:, 1] + xx * gap[:, 1] ** 2) / det
    return far, -far / 2 - np.log(2 * np.pi) - np.log(det) / 2


def nearby(place: Floats, xy: Floats, reach_m: float) -> tuple[Indices, Indices]:
    """Return rows and columns of the pairs of (N, 2) and (M, 2) m that are not farther apart than this."""
    if not len(place) or not len(xy):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    close = cKDTree(place).sparse_distance_matrix(cKDTree(xy), reach_m, output_type="ndarray")
    return close["i"], close["j"]


def best_pairs(rows: Indices, columns: Indices, score: Floats) -> Indices:
    """Return which of (K,) possible pairs make the one-to-one pairing of the greatest total score, by rising row.

    Only positive scores pair. Pairs that share nobody with others, not even by way of third ones, are a knot of their
    own. Where the best of each row, or of each column, do not collide, they are the answer; of the few knots left each
    is an assignment by itself (scipy's, Crouse 2016, doi:10.1109/TAES.2016.140952).
    """
    useful = np.flatnonzero(score > 0)
    rows, columns, score = rows[useful], columns[useful], score[useful]
    knot, tied = _knots(rows, columns), np.ones(len(useful), np.bool_)
    chosen = []
    for mine, theirs in ((rows, columns), (columns, rows)):
        best = _best_of_each(mine, score)
        best = best[tied[best]]
        collides = np.bincount(theirs[best])[theirs[best]] > 1
        still = np.zeros(len(useful), np.bool_)
        still[knot[best[collides]]] = True
        chosen.append(best[~still[knot[best]]])
        tied &= still[knot]
    rest = np.flatnonzero(tied)
    rest = rest[np.argsort(knot[rest], kind="stable")]
    for part in np.split(rest, np.flatnonzero(np.diff(knot[rest])) + 1) if len(rest) else ():
        chosen.append(part[_assigned(rows[part].tolist(), columns[part].tolist(), score[part])])
    found = np.concatenate(chosen)
    return useful[found[np.argsort(rows[found])]]


def _best_of_each(name: Indices, score: Floats) -> Indices:
    """Return the pair of the greatest score for each name among (K,)."""
    order = np.lexsort((score, name))
    return order[np.append(np.diff(name[order]) != 0, True)] if len(order) else order


def _knots(rows: Indices, columns: Indices) -> Indices:
    """Return (K,) the first of the pairs with which each is connected by shared rows and columns."""
    knot = np.arange(len(rows))
    while len(knot):
        before = knot
        for end in (rows, columns):
            first = np.full(end.max() + 1, len(rows))
            np.minimum.at(first, end, knot)
            knot = first[end]
        if np.array_equal(knot, before):
            break
    return knot


def _assigned(rows: list[int], columns: list[int], score: Floats) -> Indices:
    """Return which of the pairs of one knot are chosen."""
    (i, height), (j, width) = _numbered(rows), _numbered(columns)
    part, pair = np.zeros((height, width)), np.full((height, width), -1)
    part[i, j], pair[i, j] = score, np.arange(len(score))
    found = pair[linear_sum_assignment(part, maximize=True)]
    return np.asarray(found[found >= 0], dtype=np.intp)


def _numbered(names: list[int]) -> tuple[list[int], int]:
    """Return the names as numbers from 0, and how many there are."""
    number: dict[int, int] = {}
    return [number.setdefault(name, len(number)) for name in names], len(number)
