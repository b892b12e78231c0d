"""Lens distortion in OpenCV's model (k1, k2, p1, p2, k3), both ways, on pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

_MAX_STEPS = 60
_CLOSE_PX = 0.01
_CLOSE = 1e-10  # in focal lengths: no further step is worth its time


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera matrix and its distortion.

    With x, y the ideal coordinates on the plane one focal length away and r² = x² + y², the picture shows
    x (1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p1 x y + p2 (r² + 2 x²), and likewise for y with p1 and p2 changing places
    (OpenCV, "Camera Calibration and 3D Reconstruction").
    """

    camera_matrix: Floats
    distortion: Floats
    radius: float

    @classmethod
    def of(cls, camera_matrix: ArrayLike, distortion: Sequence[float] | None = None) -> "Lens":
        """Check and build; 0 to 5 coefficients k1, k2, p1, p2, k3, the missing ones 0. ValueError if they are wrong."""
        matrix = np.asarray(camera_matrix, dtype=np.float64)
        if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or min(matrix[0, 0], matrix[1, 1]) <= 0:
            raise ValueError("camera_matrix must be 3 x 3 finite numbers with positive focal lengths")
        if np.abs(matrix[[1, 2, 2], [0, 0, 1]]).max() > 0 or matrix[2, 2] != 1:
            raise ValueError("camera_matrix must be [[fx, skew, cx], [0, fy, cy], [0, 0, 1]]")
        given = np.asarray(() if distortion is None else distortion, dtype=np.float64)
        if given.ndim != 1 or len(given) > 5 or not np.isfinite(given).all():
            raise ValueError(f"distortion must be up to 5 finite numbers k1, k2, p1, p2, k3, got {distortion!r:.80}")
        coefficients = np.zeros(5)
        coefficients[: len(given)] = given
        return cls(matrix, coefficients, _turning_radius(coefficients))

    def undistort(self, pixels: Floats) -> Floats:
        """Return (N, 2) ideal pixels of raw pixels by fixed-point iteration; NaN where the model does not reach."""
        if not self.distortion.any():
            return pixels
        seen = self._to_plane(pixels)
        ideal = seen.copy()
        with np.errstate(all="ignore"):
            for _ in range(_MAX_STEPS):
                radial, shift = self._terms(ideal)
                ideal, last = (seen - shift) / radial, ideal
                if np.nanmax(np.abs(ideal - last), initial=0) < _CLOSE:
                    break
            miss = np.linalg.norm((self._bend(ideal) - seen) * self.camera_matrix[[0, 1], [0, 1]], axis=1)
            good = (miss < _CLOSE_PX) & (np.linalg.norm(ideal, axis=1) < self.radius)
        return np.where(good[:, None], self._to_pixels(ideal), np.nan)

    def distort(self, pixels: Floats) -> Floats:
        """Return (N, 2) raw pixels of ideal pixels; NaN beyond the radius where the model folds back."""
        if not self.distortion.any():
            return pixels
        ideal = self._to_plane(pixels)
        good = np.linalg.norm(ideal, axis=1) < self.radius
        return np.where(good[:, None], self._to_pixels(self._bend(np.where(good[:, None], ideal, 0.0))), np.nan)

    def slope(self, pixels: Floats) -> Floats:
        """Return (N, 2, 2) d(ideal)/d(raw) at ideal pixels."""
        k1, k2, p1, p2, k3 = self.distortion
        x, y = self._to_plane(pixels).T
        r2 = x * x + y * y
        radial, growth = 1 + r2 * (k1 + r2 * (k2 + r2 * k3)), 2 * (k1 + r2 * (2 * k2 + r2 * 3 * k3))
        cross = x * y * growth + 2 * (p1 * x + p2 * y)
        xx = radial + x * x * growth + 2 * p1 * y + 6 * p2 * x
        yy = radial + y * y * growth + 6 * p1 * y + 2 * p2 * x
        back = np.array([[yy, -cross], [-cross, xx]]) / (xx * yy - cross * cross)
        scale = self.camera_matrix[:2, :2]
        return np.asarray(scale @ np.moveaxis(back, 2, 0) @ np.linalg.inv(scale), dtype=np.float64)

    def _terms(self, ideal: Floats) -> tuple[Floats, Floats]:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = ideal.T
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        shift = np.column_stack([2 * p1 * x * y + p2 * (r2 + 2 * x * x), p1 * (r2 + 2 * y * y) + 2 * p2 * x * y])
        return radial[:, None], shift

    def _bend(self, ideal: Floats) -> Floats:
        radial, shift = self._terms(ideal)
        return ideal * radial + shift

    def _to_plane(self, pixels: Floats) -> Floats:
        (fx, skew, cx), (_, fy, cy), _ = self.camera_matrix
        y = (pixels[:, 1] - cy) / fy
        return np.column_stack([(pixels[:, 0] - cx - skew * y) / fx, y])

    def _to_pixels(self, plane: Floats) -> Floats:
        return plane @ self.camera_matrix[:2, :2].T + self.camera_matrix[:2, 2]


def _turning_radius(coefficients: Floats) -> float:
    """Return the radius at which r (1 + k1 r² + k2 r⁴ + k3 r⁶) stops growing, infinity where it never does."""
    k1, k2, _, _, k3 = coefficients
    roots = np.roots(np.trim_zeros(np.array([7 * k3, 5 * k2, 3 * k1, 1.0]), "f"))
    turning = [root.real for root in roots if abs(root.imag) < 1e-12 and root.real > 0]
    return float(np.sqrt(min(turning))) if turning else float("inf")
