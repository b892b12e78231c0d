"""The floor as a camera's picture shows it: plan, grid and horizon in raw pixels, cut where they are not seen."""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from gis.homography import Homography
from gis.lens import Floats
from gis.projective import apply

Size = tuple[int, int]

BELOW_HORIZON_PX = 1.0  # nearer to it a line of the floor is endless
BESIDE = 0.5  # of a picture's size, shown beyond its edge, so that outlines do not run along the edge
BENT_PARTS = 32  # of a line that a lens bends
GRID_M = 5.0
MOST_GRID_LINES = 120
_EDGE_POINTS = 24


def floor_in_view(ground: Homography, size: Size) -> BaseGeometry:
    """Return the floor (m) that a picture of (width, height) px and a little around it shows; empty if none.

    With a lens model it ends at the picture's edge, for the model does not reach further.
    """
    width, height = size
    beside = 0.0 if ground.lens else BESIDE
    frame = shapely.box(-beside * width, -beside * height, (1 + beside) * width, (1 + beside) * height)
    frame = shapely.segmentize(frame, max(size) * (1 + 2 * beside) / _EDGE_POINTS)
    edge = shapely.get_coordinates(frame)
    ideal = ground.lens.undistort(edge) if ground.lens else edge
    ideal = ideal[np.isfinite(ideal).all(axis=1)]
    below = _below_horizon(ground.matrix, ideal)
    return Polygon(apply(ground.matrix, below)).buffer(0) if len(below) >= 3 else Polygon()


def _below_horizon(matrix: Floats, ring: Floats) -> Floats:
    """Return the part of a ring (N, 2) of ideal pixels that lies below the horizon, cut a little short of it."""
    across, down, constant = matrix[2]
    length = float(np.hypot(across, down))
    depth = ring @ (across, down) + constant - BELOW_HORIZON_PX * length
    if length == 0:
        return ring
    kept = []
    for here, there, a, b in zip(ring, np.roll(ring, -1, axis=0), depth, np.roll(depth, -1), strict=True):
        if a >= 0:
            kept.append(here)
        if a * b < 0:
            kept.append(here + (there - here) * (a / (a - b)))
    return np.array(kept).reshape(-1, 2)


def into_picture(ground: Homography, shape: BaseGeometry, view: BaseGeometry) -> list[Floats]:
    """Return the rings or lines (N, 2) raw pixels of what a picture shows of a shape (m).

    Args:
        ground: the camera's map.
        shape: a polygon, all of whose rings are returned closed, or a line.
        view: as ``floor_in_view`` returns it.

    """
    shown = shapely.intersection(shape, view)
    if shown.is_empty:
        return []
    drawn = [ground.to_image(_points(line, bent=ground.lens is not None)) for line in _lines(shown)]
    return [pixels for pixels in drawn if np.isfinite(pixels).all()]


def _points(line: LineString, *, bent: bool) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.segmentize(line, line.length / BENT_PARTS) if bent else line))


def _lines(shape: BaseGeometry) -> Iterator[LineString]:
    for part in shapely.get_parts(shape):
        if isinstance(part, Polygon):
            yield from (LineString(ring) for ring in (part.exterior, *part.interiors))
        elif isinstance(part, LineString):
            yield part


def grid_in_picture(ground: Homography, floor: BaseGeometry, view: BaseGeometry) -> list[Floats]:
    """Return lines (N, 2) raw pixels of the floor (m) every 5 m of x and of y, as far as they are seen on ``floor``."""
    seen = shapely.intersection(floor, view)
    if seen.is_empty:
        return []
    west, south, east, north = seen.bounds
    xs, ys = (
        np.arange(np.ceil(a / GRID_M), np.floor(b / GRID_M) + 1) * GRID_M for a, b in ((west, east), (south, north))
    )
    lines = [LineString([(x, south), (x, north)]) for x in xs[:MOST_GRID_LINES] if north > south]
    lines += [LineString([(west, y), (east, y)]) for y in ys[:MOST_GRID_LINES] if east > west]
    # A line along the edge of a zone comes in pieces.
    whole = (shapely.line_merge(line.intersection(seen)) for line in lines)
    return [pixels for line in whole for pixels in into_picture(ground, line, view)]


def _steps(low: float, high: float) -> Floats:
    return np.asarray(np.arange(np.ceil(low / GRID_M), np.floor(high / GRID_M) + 1)[:MOST_GRID_LINES] * GRID_M)


def horizon(ground: Homography, size: Size) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return where the horizon meets the picture's left and right edge, raw pixels, or above and below those.

    None where there is none, where it stands upright, and where the lens model does not reach.
    """
    across, down, constant = ground.matrix[2]
    if abs(down) * size[0] < 1e-9 or abs(down) < 1e-3 * abs(across):
        return None
    ends = np.array([[x, -(across * x + constant) / down] for x in (0.0, float(size[0]))])
    if ground.lens:
        ends = ground.lens.distort(ends)
    if not np.isfinite(ends).all() or np.abs(ends).max() > 100 * max(size):
        return None
    (x1, y1), (x2, y2) = ends.tolist()
    return (x1, y1), (x2, y2)
