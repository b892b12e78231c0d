"""Which sights of one instant are whose: the likeliest one-to-one pairing, and how likely each pair is."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

NOBODYS_PER_M2 = 0.002  # density of sights that are of nobody known: false, or of somebody new
GATE = 13.8  # squared Mahalanobis distance that 0.1 % of true pairs exceed (chi-square, 2 degrees of freedom)
_NEVER = 1e6


def likelihoods(gap: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """Return (N,) squared Mahalanobis distances of (N, 2) m and (N,) log densities, 1/m², under (N, 2, 2) m²."""
    xx, xy, yy = cov[:, 0, 0], cov[:, 0, 1], cov[:, 1, 1]
    det = np.maximum(xx * yy - xy * xy, 1e-12)
    far = (yy * gap[:, 0] ** 2 - 2 * xy * gap[:, 0] * gap[:, 1] + xx * gap[:, 1] ** 2) / det
    return far, -far / 2 - np.log(2 * np.pi) - np.log(det) / 2


def best_pairs(score: Floats) -> tuple[Indices, Indices]:
    """Return rows and columns of the one-to-one pairing of the greatest total of (N, M); only positive scores pair.

    The assignment is scipy's (Crouse 2016, doi:10.1109/TAES.2016.140952).
    """
    useful_rows, useful_columns = (score > 0).any(axis=1), (score > 0).any(axis=0)
    rows, columns = np.flatnonzero(useful_rows), np.flatnonzero(useful_columns)
    if not len(rows):
        return rows, columns
    part = np.maximum(score[np.ix_(rows, columns)], 0.0)
    i, j = linear_sum_assignment(part, maximize=True)
    chosen = part[i, j] > 0
    return rows[i[chosen]], columns[j[chosen]]
