"""Where someone stands whose feet are hidden: a body of known height under a camera of known pose."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gis.lens import Floats, Lens
from gis.projective import apply, invert, jacobian, spread_through

Bools: TypeAlias = NDArray[np.bool_]

BODY_HEIGHT_M, BODY_HEIGHT_SIGMA_M = 1.7, 0.1
SHORTER = 0.8  # of the expected height; a box shorter than this hides its feet
EDGE_PX = 2.0  # a box this near the frame touches it
CUT_SIGMA_M = 0.5  # added where the frame cuts a box and the head does not help
WIDTH_OF_HEIGHT = 0.4  # of a standing person's box
STEEPEST = 60.0  # degrees below the level line; steeper, the top of a box is not the head nor its bottom the feet
FOCAL_RANGE = (0.3, 12.0)  # plausible focal lengths in picture widths
LEAST_PERSPECTIVE = 1e-3  # of the third row over the first two; flatter views say nothing about the lens


@dataclass(frozen=True, eq=False, slots=True)
class GroundPoints:
    """Where people stand.

    Attributes:
        xy: (N, 2) metres, NaN where unknown.
        cov: (N, 3) m², xx xy yy.
        firm: (N,) False where the foot was not seen; such a point alone triggers no crossing.

    """

    xy: Floats
    cov: Floats
    firm: Bools


def cut_by_frame(boxes: Floats, size: tuple[int, int]) -> tuple[Bools, Bools, Bools]:
    """Return (N,) each: the frame cuts the box at a side, at the top, at the bottom."""
    width, height = size
    beside = (boxes[:, 0] <= EDGE_PX) | (boxes[:, 2] >= width - EDGE_PX)
    return beside, boxes[:, 1] <= EDGE_PX, boxes[:, 3] >= height - EDGE_PX


def loosen(points: GroundPoints, who: Bools) -> GroundPoints:
    """Return the points with those of ``who`` less certain and not firm."""
    slack = np.where(who[:, None], np.array([1.0, 0.0, 1.0]) * CUT_SIGMA_M**2, 0.0)
    return GroundPoints(points.xy, points.cov + slack, points.firm & ~who)


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A camera's pose as its projection (3, 4) from metres to ideal pixels, depth positive in front of it."""

    projection: Floats
    lens: Lens | None
    size: tuple[int, int]

    @classmethod
    def of(cls, to_plan: Floats, lens: Lens | None, size: tuple[int, int]) -> "BodyModel | None":
        """Solve the pose from the ground map; None where that is impossible (flat-on, affine or mirrored views).

        With a camera matrix it follows directly; without one, pixels are taken as square and the principal point as
        the middle of the picture, and the focal length follows from the columns being at right angles and alike
        (Zhang 2000, doi:10.1109/34.888718).
        """
        if np.linalg.det(to_plan) > 0:
            return None
        to_image = invert(to_plan)
        matrix = lens.camera_matrix if lens else _camera_matrix(to_image, size)
        if matrix is None:
            return None
        columns = invert(matrix) @ to_image
        scale = np.linalg.norm(columns[:, :2], axis=0).mean()
        left, _, right = np.linalg.svd(columns[:, :2] / scale, full_matrices=False)
        first, second = (left @ right).T
        up = matrix @ np.cross(first, second) * scale
        return cls(np.column_stack([to_image[:, :2], up, to_image[:, 2]]), lens, size)

    @property
    def position(self) -> Floats:
        """Return the camera's (x, y, height) in metres."""
        return np.asarray(-np.linalg.solve(self.projection[:, :3], self.projection[:, 3]), dtype=np.float64)

    def at_height(self, metres: float) -> Floats:
        """Return the (3, 3) map of ideal pixels to the plane this high above the floor."""
        p = self.projection
        return invert(np.column_stack([p[:, :2], p[:, 2] * metres + p[:, 3]]))

    def heads(self, xy: Floats, *, height_m: float = BODY_HEIGHT_M) -> Floats:
        """Return (N, 2) raw pixels of heads above ground points; NaN behind the camera."""
        p = self.projection
        ideal = apply(np.column_stack([p[:, :2], p[:, 2] * height_m + p[:, 3]]), xy)
        return self.lens.distort(ideal) if self.lens else ideal

    def correct(self, plain: GroundPoints, boxes: Floats, sigma_px: Floats) -> GroundPoints:
        """Return the points with hidden feet predicted from the head.

        Args:
            plain: where the bottom centres of the boxes lie.
            boxes: (N, 4) raw pixels; sigma_px: (N, 1) standard deviation of an edge.

        """
        beside, above, below = cut_by_frame(boxes, self.size)
        expected = boxes[:, 3] - self.heads(plain.xy)[:, 1]
        tall = boxes[:, 3] - boxes[:, 1]
        upright = ~self._from_above(plain.xy)
        with np.errstate(invalid="ignore"):
            hidden = (below | (tall < SHORTER * expected)) & ~above & upright
        fallback = loosen(plain, beside | below | hidden)
        if not hidden.any():
            return fallback
        aside = np.where(beside, WIDTH_OF_HEIGHT / 2 * np.nan_to_num(np.maximum(tall, expected)), 0.0)[:, None]
        xy, cov = self._under_heads(boxes, np.hstack([np.hypot(sigma_px, aside), sigma_px]))
        found = (hidden & np.isfinite(cov).all(axis=1))[:, None]
        return GroundPoints(np.where(found, xy, fallback.xy), np.where(found, cov, fallback.cov), fallback.firm)

    def _under_heads(self, boxes: Floats, sigma: Floats) -> tuple[Floats, Floats]:
        """Return the ground points under the tops of boxes and their covariance, the height's own included."""
        heads = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 1]])
        ideal = self.lens.undistort(heads) if self.lens else heads
        plane = self.at_height(BODY_HEIGHT_M)
        xy = apply(plane, ideal)
        low, high = (
            apply(self.at_height(BODY_HEIGHT_M + s), ideal) for s in (-BODY_HEIGHT_SIGMA_M, BODY_HEIGHT_SIGMA_M)
        )
        dx, dy = ((high - low) / 2).T
        cov = spread_through(jacobian(plane, ideal), sigma**2) + np.column_stack([dx * dx, dx * dy, dy * dy])
        return xy, cov

    def _from_above(self, xy: Floats) -> Bools:
        x, y, height = self.position
        steep = np.degrees(np.arctan2(height, np.hypot(xy[:, 0] - x, xy[:, 1] - y)))
        return np.asarray(steep > STEEPEST, dtype=np.bool_)


def _camera_matrix(to_image: Floats, size: tuple[int, int]) -> Floats | None:
    """Return the camera matrix of square pixels and a centred principal point, None where the view hides it."""
    width, height = size
    to_centre = np.array([[1.0, 0.0, -width / 2], [0.0, 1.0, -height / 2], [0.0, 0.0, 1.0]])
    h = to_centre @ to_image
    h[:2] /= width  # focal lengths in picture widths
    (a, b), (c, d), (e, f) = h[:, :2]
    if np.hypot(e, f) < LEAST_PERSPECTIVE * np.linalg.norm(h[:2, :2]):
        return None
    # h1 and h2 are at right angles and of one length once their first two rows are divided by the focal length.
    flat = np.array([a * b + c * d, (a * a + c * c - b * b - d * d) / 2])
    deep = np.array([e * f, (e * e - f * f) / 2])
    inverse_square = -(flat @ deep) / (flat @ flat)
    if not np.isfinite(inverse_square) or inverse_square <= 0:
        return None
    focal = 1 / np.sqrt(inverse_square)
    if not FOCAL_RANGE[0] <= focal <= FOCAL_RANGE[1]:
        return None
    return np.array([[focal * width, 0, width / 2], [0, focal * width, height / 2], [0, 0, 1.0]])
