"""How tall the people in boxes would be if a camera's map to the floor were right."""

import numpy as np

from gis.body import STEEPEST, BodyModel
from gis.lens import Floats
from gis.planes import Ground, Size, bottom_centres, plane_of, planes_of


def implied_heights(ground: Ground, boxes: Floats, *, size: Size) -> tuple[Floats, Floats]:
    """Return where the bottoms of boxes lie on the floor and how high above it their tops are.

    A map whose plan points are all k times too far apart places the camera k times too high, so that everybody looks k
    times too tall and walks k times too fast.

    Args:
        ground: the camera's map, or several; a box is judged by the plane of its bottom.
        boxes: (N, 4) raw pixels, of whole people.
        size: (width, height) of the picture in pixels.

    Returns:
        (N, 2) m and (N,) m; NaN beyond the horizon and in no region; the height also where the camera's pose is not
        known or it looks down so steeply that top and bottom are not head and feet.

    """
    xy, tall = np.full((len(boxes), 2), np.nan), np.full(len(boxes), np.nan)
    bottoms, tops = bottom_centres(boxes), np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 1]])
    planes = planes_of(ground)
    own = plane_of(planes, bottoms, size)
    for index, plane in enumerate(planes):
        mine = own == index
        if not mine.any():
            continue
        xy[mine] = plane.ground.to_plan(bottoms[mine])
        body = plane.ground.body(size)
        if body is not None:
            tall[mine] = _heights(body, xy[mine], tops[mine])
    return xy, tall


def _heights(body: BodyModel, xy: Floats, tops: Floats) -> Floats:
    """Return (N,) m: the height h at which (x, y, h) comes to lie in the row of the box's top.

    With p = P (x, y, h, 1) = a + h b and the row v = p2 / p3: h = (a2 - v a3) / (v b3 - b2). The column is left open:
    off the middle of a picture a body leans, and its head is not above its foot.
    """
    ideal = body.lens.undistort(tops) if body.lens else tops
    row, up = ideal[:, 1], body.projection[:, 2]
    foot = xy @ body.projection[:, :2].T + body.projection[:, 3]
    x, y, height = body.position
    steep = np.degrees(np.arctan2(height, np.hypot(xy[:, 0] - x, xy[:, 1] - y))) > STEEPEST
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (foot[:, 1] - row * foot[:, 2]) / (row * up[2] - up[1])
    return np.where(steep | ~np.isfinite(found), np.nan, found)
