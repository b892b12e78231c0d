"""Which of the pairs of a calibration was put in the wrong place, told by what the others say of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gis.homography import CalibrationError, Homography
from gis.lens import Floats, Lens

LEAST_PAIRS = 6  # of five, any four fit exactly: whichever is left out, the rest agree
RATIO = 3.0  # own choice: so much better must the others agree without it than without any other
CLICK_PX = 2.0  # no click is better than this
LEAST_OFF_M = 0.3  # nearer than half a person's width nobody counts in another zone


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A pair, from 0, and how far in metres it lies from where the others put it."""

    pair: int
    off_m: float


def misplaced_pair(image_points: ArrayLike, plan_points: ArrayLike, *, lens: Lens | None = None) -> Misplaced | None:
    """Return the pair without which alone the others agree; None where no one stands out.

    Each is left out in turn, and the rms distance in pixels is taken between the others and their own map.

    Args:
        image_points: (N, 2) raw pixels; plan_points: (N, 2) metres.
        lens: how raw pixels become ideal ones, where they are not.

    """
    pixels = np.asarray(image_points, dtype=np.float64).reshape(-1, 2)
    metres = np.asarray(plan_points, dtype=np.float64).reshape(-1, 2)
    if len(pixels) < LEAST_PAIRS:
        return None
    pixels = lens.undistort(pixels) if lens is not None else pixels
    (left_px, pair, off_m), (next_px, _, _) = sorted(_without(pair, pixels, metres) for pair in range(len(pixels)))[:2]
    far = not np.isfinite(off_m) or off_m > LEAST_OFF_M  # beyond the others' horizon it has no place at all
    return Misplaced(pair, off_m) if far and next_px > RATIO * max(left_px, CLICK_PX) else None


def _without(pair: int, pixels: Floats, metres: Floats) -> tuple[float, int, float]:
    """Return how far the others disagree, px; the pair; and how far in metres it lies from where they put it."""
    others = np.arange(len(pixels)) != pair
    try:
        fitted = Homography.from_correspondences(pixels[others], metres[others])
    except CalibrationError:
        return np.inf, pair, np.nan
    misses = np.linalg.norm(fitted.to_image(metres[others]) - pixels[others], axis=1)
    off_m = float(np.linalg.norm(fitted.to_plan(pixels[[pair]])[0] - metres[pair]))
    return float(np.sqrt((misses**2).mean())), pair, off_m
