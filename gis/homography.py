"""From pixels to metres on the floor: one calibrated plane of one camera."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from gis.body import BodyModel, GroundPoints, cut_by_frame, loosen
from gis.lens import Floats, Lens
from gis.projective import CalibrationError, apply, fit, invert, jacobian, orient, spread_through

__all__ = ["CalibrationError", "GroundPoints", "Homography"]

SIGMA_PX = 2.0  # how far a clicked or detected foot is off, each way, at least
SIGMA_OF_HEIGHT = 0.04  # and as a share of the box's height
MAX_SIGMA_M = 1.0  # beyond it a position no longer says which zone
_GRID_COLUMNS, _GRID_ROWS = 32, 128


@dataclass(frozen=True, eq=False)
class Homography:
    """The map between a camera's raw pixels and plan metres.

    Attributes:
        matrix: (3, 3) ideal pixels -> metres, its denominator positive on the near side of the horizon.
        lens: how raw pixels become ideal ones; None where they are taken as ideal.
        reprojection_error: rms distance in metres of the pairs from where the map puts them; 0 for exactly four.

    """

    matrix: Floats
    lens: Lens | None
    reprojection_error: float
    _bodies: dict[tuple[int, int], BodyModel | None] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_correspondences(
        cls,
        image_points: ArrayLike,
        plan_points: ArrayLike,
        *,
        camera_matrix: ArrayLike | None = None,
        distortion: Sequence[float] | None = None,
    ) -> "Homography":
        """Fit the map with the least squared error in pixels, which is where people click.

        Args:
            image_points: (N >= 4, 2) raw pixels.
            plan_points: (N, 2) metres, x right, y up.
            camera_matrix: (3, 3), OpenCV's; with it the pixels are undistorted first.
            distortion: k1, k2, p1, p2, k3 of OpenCV's model; needs ``camera_matrix``.

        Raises:
            CalibrationError: if the pairs are malformed, degenerate or fold the ground over.

        """
        pixels, metres = _pairs(image_points, plan_points)
        lens = _lens(camera_matrix, distortion)
        ideal = lens.undistort(pixels) if lens else pixels
        if not np.isfinite(ideal).all():
            raise CalibrationError("the distortion does not reach as far as the image points")
        to_image = orient(fit(metres, ideal), metres)
        matrix = orient(invert(to_image), ideal)
        misses = np.linalg.norm(apply(matrix, ideal) - metres, axis=1)
        return cls(matrix, lens, float(np.sqrt((misses**2).mean())))

    @property
    def mirrored(self) -> bool:
        """Tell whether the picture shows the plan mirrored, as no camera above a floor with y up can."""
        return bool(np.linalg.det(self.matrix) > 0)

    def to_plan(self, pixels: ArrayLike) -> Floats:
        """Return (N, 2) metres of (N, 2) raw pixels; NaN beyond the horizon or outside the lens model."""
        return apply(self.matrix, self._ideal(_points(pixels)))

    def to_image(self, metres: ArrayLike) -> Floats:
        """Return (N, 2) raw pixels of (N, 2) metres on the floor; NaN behind the camera."""
        ideal = apply(invert(self.matrix), _points(metres))
        return self.lens.distort(ideal) if self.lens else ideal

    def below_horizon(self, pixels: ArrayLike) -> Floats:
        """Return (N,) ideal pixels from the horizon to raw pixels, negative beyond it; infinite where there is none.

        NaN outside the lens model.
        """
        ideal = self._ideal(_points(pixels))
        across, down, constant = self.matrix[2]
        with np.errstate(divide="ignore"):
            return np.asarray((ideal @ (across, down) + constant) / np.hypot(across, down), dtype=np.float64)

    def covariance(self, pixels: ArrayLike, *, sigma_px: ArrayLike = SIGMA_PX) -> Floats:
        """Return (N, 3) xx, xy, yy in m² of where raw pixels lie on the floor, to first order.

        Args:
            pixels: (N, 2) raw pixels.
            sigma_px: standard deviation in pixels, one for all, or (N, 1), or (N, 2) for x and y apart.

        """
        raw = _points(pixels)
        return self._covariance(self._ideal(raw), np.asarray(sigma_px, dtype=np.float64))

    def _covariance(self, ideal: Floats, sigma_px: Floats) -> Floats:
        slope = jacobian(self.matrix, ideal)
        if self.lens:
            slope = slope @ self.lens.slope(ideal)
        cov = spread_through(slope, np.broadcast_to(sigma_px**2, ideal.shape))
        return cov + np.array([0.5, 0.0, 0.5]) * self.reprojection_error**2

    def ground_points(self, xyxy: ArrayLike, *, size: tuple[int, int]) -> GroundPoints:
        """Return where people stand: the foot is the bottom centre of the box, or predicted where it is hidden.

        Args:
            xyxy: (N, 4) boxes in raw pixels.
            size: (width, height) of the picture in pixels.

        """
        boxes = np.asarray(xyxy, dtype=np.float64).reshape(-1, 4)
        feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
        sigma = np.maximum(SIGMA_PX, SIGMA_OF_HEIGHT * (boxes[:, 3] - boxes[:, 1]))[:, None]
        ideal = self._ideal(feet)
        plain = GroundPoints(
            apply(self.matrix, ideal), self._covariance(ideal, sigma), np.ones(len(boxes), dtype=np.bool_)
        )
        if body := self.body(size):
            found = body.correct(plain, boxes, sigma)
        else:
            beside, _, below = cut_by_frame(boxes, size)
            found = loosen(plain, beside | below)
        known = np.isfinite(found.xy).all(axis=1)
        return GroundPoints(found.xy, found.cov, found.firm & known)

    def body(self, size: tuple[int, int]) -> BodyModel | None:
        """Return the model of bodies for pictures of this size, None where the pose cannot be had."""
        if size not in self._bodies:
            self._bodies[size] = BodyModel.of(self.matrix, self.lens, size)
        return self._bodies[size]

    def footprint(
        self, width: int, height: int, *, max_sigma_m: float = MAX_SIGMA_M, region: BaseGeometry | None = None
    ) -> BaseGeometry:
        """Return the ground that a picture of this size shows well enough, in metres; empty if none.

        Ground counts as shown where the standard deviation of a position is at most ``max_sigma_m`` in its worst
        direction. Walls that hide ground are not known here. ``region`` bounds the picture, in raw pixels.
        """
        strips = self._clear_strips(width, height, max_sigma_m)
        if region is not None:
            strips = shapely.segmentize(shapely.intersection(strips, region), width / _GRID_COLUMNS)
        parts = [part for part in shapely.get_parts(strips) if part.area > 0]
        ground = shapely.buffer(shapely.transform(np.array(parts, dtype=object), self.to_plan), 0)
        return shapely.union_all(ground, grid_size=0.001).simplify(0.02)

    def _clear_strips(self, width: int, height: int, max_sigma_m: float) -> NDArray[np.object_]:
        """Return upright strips of the picture, in raw pixels, as far down and up as places are told apart."""
        x, y = np.linspace(0, width, _GRID_COLUMNS + 1), np.linspace(0, height, _GRID_ROWS + 1)
        raster = np.column_stack([np.repeat(x, len(y)), np.tile(y, len(x))])
        good = _worst_sigma(self.covariance(raster)) <= max_sigma_m
        raster, good = raster.reshape(len(x), len(y), 2), good.reshape(len(x), len(y))
        strips = []
        for i in range(_GRID_COLUMNS):
            rows = _longest_run(good[i] & good[i + 1])
            if len(rows) > 1:
                strips.append(shapely.Polygon(np.vstack([raster[i, rows], raster[i + 1, rows[::-1]]])))
        return np.array(strips, dtype=object)

    def _ideal(self, raw: Floats) -> Floats:
        return self.lens.undistort(raw) if self.lens else raw


def _pairs(image_points: ArrayLike, plan_points: ArrayLike) -> tuple[Floats, Floats]:
    try:
        pixels, metres = _points(image_points), _points(plan_points)
    except (TypeError, ValueError) as exc:
        raise CalibrationError(f"pairs must be lists of [x, y]: {exc}") from exc
    if len(pixels) != len(metres):
        raise CalibrationError(f"{len(pixels)} image points but {len(metres)} plan points")
    if len(pixels) < 4:
        raise CalibrationError(f"expected at least 4 pairs, got {len(pixels)}")
    if not (np.isfinite(pixels).all() and np.isfinite(metres).all()):
        raise CalibrationError("every coordinate must be finite")
    return pixels, metres


def _lens(camera_matrix: ArrayLike | None, distortion: Sequence[float] | None) -> Lens | None:
    if camera_matrix is None:
        if distortion is not None and any(distortion):
            raise CalibrationError("distortion needs a camera_matrix")
        return None
    try:
        return Lens.of(camera_matrix, distortion)
    except (TypeError, ValueError) as exc:
        raise CalibrationError(str(exc)) from exc


def _points(values: ArrayLike) -> Floats:
    points = np.asarray(values, dtype=np.float64)
    if points.size == 0:
        return np.empty((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"expected points of shape (N, 2), got {points.shape}")
    return points


def _worst_sigma(cov: Floats) -> Floats:
    """Return (N,) the longer half axis of each ellipse, NaN where unknown."""
    xx, xy, yy = cov.T
    return np.asarray(np.sqrt((xx + yy) / 2 + np.hypot((xx - yy) / 2, xy)), dtype=np.float64)


def _longest_run(good: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the indices of the longest unbroken run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return np.empty(0, dtype=np.intp)
    best = (ends - starts).argmax()
    return np.arange(starts[best], ends[best])
