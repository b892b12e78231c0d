"""Boxes of whole people: where only the upper part is seen, the box is carried on down to where the feet must be.

A tracker that is given the visible part sees a jump each time somebody passes behind a sign or another person. The
head tells where the feet are (``gis.body``), so the whole box is known, marked as partly hidden.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from gis.body import BODY_HEIGHT_M, EDGE_PX, SHORTER, STEEPEST
from gis.planes import Ground, Plane, bottom_centres, choose, plane_of, planes_of
from gis.projective import apply
from vision.detections import Detections
from vision.nms import iou_matrix

Bools = NDArray[np.bool_]

STEP_PX = 8
"""Between the places for which the feet below a head are worked out beforehand; between them it is interpolated."""


class WholeBodies:
    """Makes boxes whole for one calibrated camera and one size of its pictures.

    Args:
        ground: the camera's map to the floor, or several.
        size: (width, height) px.

    """

    def __init__(self, ground: Ground, size: tuple[int, int]) -> None:
        self._size = size
        self._planes = planes_of(ground)
        self._feet = [_feet_below_heads(plane, size) for plane in self._planes]

    def boxes(self, boxes: NDArray[np.float32]) -> tuple[NDArray[np.float32], Bools]:
        """Return boxes (N, 4) carried on to the feet, and (N,) which ones were.

        A box is left as it is if it is tall enough, if its head or its feet lie at the edge of the picture, if somebody
        is seen from so far above that top and bottom are not head and feet, or if the camera's pose is not known. Of
        several planes that of the box's bottom is asked first; the feet must come to lie where the plane holds.
        """
        whole, hidden = boxes.copy(), np.zeros(len(boxes), np.bool_)
        own = plane_of(self._planes, bottom_centres(boxes.astype(np.float64)), self._size)
        feet, short = self._below(boxes)
        hidden |= (own >= 0) & short[own, np.arange(len(boxes))]
        across = (boxes[:, 0] + boxes[:, 2]) / 2
        reached = [p.holds(np.column_stack([across, y]), self._size) for p, y in zip(self._planes, feet, strict=True)]
        taken = choose(short & hidden & np.stack(reached), own)
        hidden = taken >= 0
        whole[hidden, 3] = feet[taken, np.arange(len(boxes))][hidden]
        return whole, hidden

    def _below(self, boxes: NDArray[np.float32]) -> tuple[NDArray[np.float32], Bools]:
        """Return (K, N) y px of the feet below the heads on each plane, and whether the box is too short for it."""
        top = boxes[:, 1]
        places = [top / STEP_PX, (boxes[:, 0] + boxes[:, 2]) / (2 * STEP_PX)]
        feet = np.stack([map_coordinates(table, places, order=1, cval=np.nan) for table in self._feet])
        with np.errstate(invalid="ignore"):
            short = boxes[:, 3] - top < SHORTER * (feet - top)
            return feet, short & (top > EDGE_PX) & (feet < self._size[1] - EDGE_PX)

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


def _feet_below_heads(plane: Plane, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return for heads every STEP_PX the y px of their feet; NaN beyond the horizon, in views from above, poseless."""
    columns, rows = (side // STEP_PX + 2 for side in size)
    body = plane.ground.body(size)
    if body is None:
        return np.full((rows, columns), np.nan, np.float32)
    x, y = np.meshgrid(np.arange(columns) * STEP_PX, np.arange(rows) * STEP_PX)
    heads = np.column_stack([x.ravel(), y.ravel()]).astype(np.float64)
    below = apply(body.at_height(BODY_HEIGHT_M), body.lens.undistort(heads) if body.lens else heads)
    camera_x, camera_y, height = body.position
    away = np.hypot(below[:, 0] - camera_x, below[:, 1] - camera_y)
    steep = np.degrees(np.arctan2(height, away)) > STEEPEST
    feet = np.where(steep, np.nan, plane.ground.to_image(below)[:, 1])
    feet[~(feet > heads[:, 1])] = np.nan
    return feet.reshape(rows, columns).astype(np.float32)
