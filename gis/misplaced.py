"""Which of the pairs of a calibration was put in the wrong place, told by what the others say of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gis.homography import CalibrationError, Homography
from gis.lens import Lens

LEAST_PAIRS = 6  # of five, any four fit exactly: whichever is left out, the rest agree
RATIO = 3.0  # own choice: so much better must the others agree without it
LEAST_OFF_M = 0.3  # nearer than half a person's width nobody counts in another zone


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A pair, from 0, and how far in metres it lies from where the others put it."""

    pair: int
    off_m: float


def misplaced_pair(image_points: ArrayLike, plan_points: ArrayLike, *, lens: Lens | None = None) -> Misplaced | None:
    """Return the pair without which the others agree best, if that is three times better; None where no one stands out.

    Args:
        image_points: (N, 2) raw pixels; plan_points: (N, 2) metres.
        lens: how raw pixels become ideal ones, where they are not.

    """
    pixels = np.asarray(image_points, dtype=np.float64).reshape(-1, 2)
    metres = np.asarray(plan_points, dtype=np.float64).reshape(-1, 2)
    if len(pixels) < LEAST_PAIRS:
        return None
    if lens is not None:
        pixels = lens.undistort(pixels)
    tried = []
    for pair in range(len(pixels)):
        others = np.arange(len(pixels)) != pair
        try:
            fitted = Homography.from_correspondences(pixels[others], metres[others])
        except CalibrationError:
            continue
        off_m = float(np.linalg.norm(fitted.to_plan(pixels[[pair]])[0] - metres[pair]))
        tried.append((fitted.reprojection_error, pair, off_m))
    if not tried:
        return None
    (left, pair, off_m), rest = min(tried), sorted(error for error, _, _ in tried)[1:]
    stands_out = not rest or rest[0] > RATIO * left
    # Beyond the others' horizon it has no place at all.
    far = not np.isfinite(off_m) or off_m > max(LEAST_OFF_M, RATIO * left)
    return Misplaced(pair, off_m) if stands_out and far else None
