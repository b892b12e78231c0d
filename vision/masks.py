"""Places in a picture where figures are not people: shop windows with mannequins, screens, mirrors, posters."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vision.letterbox import GREY

COVERED = 0.9  # of a box, from which a figure belongs to the mask although its foot lies outside
_SAMPLES = 8  # along each side of a box


def in_polygon(points: ArrayLike, polygon: ArrayLike) -> NDArray[np.bool_]:
    """Return (...,) whether points (..., 2) lie in a polygon (M, 2), by the even-odd rule; its edge is half-open."""
    x, y = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
    corners = np.asarray(polygon, dtype=np.float64)
    inside = np.zeros(x.shape, dtype=np.bool_)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return inside


def blanked(image: NDArray[np.uint8], polygons: Sequence[ArrayLike]) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) with every pixel that a polygon (M, 2), px, covers or touches grey."""
    if not polygons:
        return image
    corners = [np.round(np.asarray(polygon, dtype=np.float64)).astype(np.int32) for polygon in polygons]
    result = image.copy()
    for ring in corners:  # one by one: where two overlap, filling both at once would leave a hole
        cv2.fillPoly(result, [ring], (GREY, GREY, GREY))
    return result


class Masks:
    """Ignored places of one camera.

    A figure is ignored where its foot lies in a mask, or its centre and at least nine tenths of it. Who walks in front
    of a masked window has the foot outside and stays.

    Args:
        polygons: corners (M, 2) each, raw camera px.

    """

    def __init__(self, polygons: Sequence[ArrayLike]) -> None:
        self._polygons = [np.asarray(polygon, dtype=np.float64) for polygon in polygons]

    def __bool__(self) -> bool:
        return bool(self._polygons)

    def ignored(self, xyxy: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return (N,) True for boxes (N, 4) of figures that are not people."""
        ignored = np.zeros(len(xyxy), dtype=np.bool_)
        if not len(xyxy):
            return ignored
        boxes = xyxy.astype(np.float64)
        foot = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
        centre = (boxes[:, :2] + boxes[:, 2:]) / 2
        steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
        grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        samples = boxes[:, None, :2] + grid[None] * (boxes[:, 2:] - boxes[:, :2])[:, None]
        for polygon in self._polygons:
            covered = in_polygon(samples, polygon).mean(axis=1) >= COVERED
            ignored |= in_polygon(foot, polygon) | (covered & in_polygon(centre, polygon))
        return ignored
