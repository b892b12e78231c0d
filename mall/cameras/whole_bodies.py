"""Boxes of whole people: where only the upper part is seen, the box is carried on down to where the feet must be.

A tracker that is given the visible part sees a jump each time somebody passes behind a sign or another person. The
head tells where the feet are (``gis.body``), so the whole box is known, marked as partly hidden.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from gis.body import BODY_HEIGHT_M, EDGE_PX, SHORTER, STEEPEST, BodyModel
from gis.homography import Homography
from gis.projective import apply
from vision.detections import Detections
from vision.nms import iou_matrix

Bools = NDArray[np.bool_]

STEP_PX = 8
"""Between the places for which the feet below a head are worked out beforehand; between them it is interpolated."""


class WholeBodies:
    """Makes boxes whole for one calibrated camera and one size of its pictures.

    Args:
        ground: the camera's map to the floor.
        size: (width, height) px.

    """

    def __init__(self, ground: Homography, size: tuple[int, int]) -> None:
        self._size = size
        body = ground.body(size)
        self._feet = None if body is None else _feet_below_heads(ground, body, size)

    def boxes(self, boxes: NDArray[np.float32]) -> tuple[NDArray[np.float32], Bools]:
        """Return boxes (N, 4) carried on to the feet, and (N,) which ones were.

        A box is left as it is if it is tall enough, if its head or its feet lie at the edge of the picture, if somebody
        is seen from so far above that top and bottom are not head and feet, or if the camera's pose is not known.
        """
        if self._feet is None or not len(boxes):
            return boxes, np.zeros(len(boxes), np.bool_)
        top = boxes[:, 1]
        across, down = (boxes[:, 0] + boxes[:, 2]) / (2 * STEP_PX), top / STEP_PX
        feet = map_coordinates(self._feet, [down, across], order=1, cval=np.nan)
        with np.errstate(invalid="ignore"):
            short = boxes[:, 3] - top < SHORTER * (feet - top)
            hidden = short & (top > EDGE_PX) & (feet < self._size[1] - EDGE_PX)
        whole = boxes.copy()
        whole[hidden, 3] = feet[hidden]
        return whole, hidden

    def people(self, found: Detections, *, iou: float) -> tuple[Detections, Bools]:
        """Return people with whole boxes, and (N,) whose feet are hidden.

        A part of somebody who is found whole as well, and surer, is left out: carried on, it is the same box again.
        """
        boxes, hidden = self.boxes(found.xyxy)
        if not hidden.any():
            return found, hidden
        surer = found.confidence[None, :] > found.confidence[hidden, None]
        twice = ((iou_matrix(boxes[hidden], boxes) > iou) & surer).any(axis=1)
        keep = np.ones(len(found), np.bool_)
        keep[np.flatnonzero(hidden)[twice]] = False
        return Detections(boxes[keep], found.confidence[keep]), hidden[keep]


def _feet_below_heads(ground: Homography, body: BodyModel, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return for heads every STEP_PX the y px of their feet; NaN beyond the horizon and in views from above."""
    columns, rows = (side // STEP_PX + 2 for side in size)
    x, y = np.meshgrid(np.arange(columns) * STEP_PX, np.arange(rows) * STEP_PX)
    heads = np.column_stack([x.ravel(), y.ravel()]).astype(np.float64)
    below = apply(body.at_height(BODY_HEIGHT_M), body.lens.undistort(heads) if body.lens else heads)
    camera_x, camera_y, height = body.position
    away = np.hypot(below[:, 0] - camera_x, below[:, 1] - camera_y)
    steep = np.degrees(np.arctan2(height, away)) > STEEPEST
    feet = np.where(steep, np.nan, ground.to_image(below)[:, 1])
    feet[~(feet > heads[:, 1])] = np.nan
    return feet.reshape(rows, columns).astype(np.float32)
