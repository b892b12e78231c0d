"""Ground of several parts, with holes, as one ring of points, and back: what a camera sees travels as one ring."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

Floats: TypeAlias = NDArray[np.float64]

LEAST_M2 = 0.01
"""Smaller parts and holes are left out: nobody stands on them."""


def ring_of(ground: BaseGeometry) -> list[tuple[float, float]] | None:
    """Return the closed ring around an area, None around nothing.

    Further parts and holes are joined to the nearest ring by a bridge that is walked to and fro and so has no area.
    """
    rest = [shapely.get_coordinates(ring) for part in _polygons(ground) for ring in _rings(part)]
    if not rest:
        return None
    joined = rest.pop(0)
    while rest:
        lines = [LineString(ring) for ring in rest]
        bridges = [shapely.shortest_line(LineString(joined), line) for line in lines]
        nearest = int(np.argmin(shapely.length(bridges)))
        near, far = shapely.get_coordinates(bridges[nearest])
        joined = np.vstack([_opened(joined, near), _opened(rest.pop(nearest), far), near])
    return [(float(x), float(y)) for x, y in joined]


def ground_in(ring: Sequence[Sequence[float]]) -> BaseGeometry:
    """Return the area within a ring of at least 3 points, such as ``ring_of`` makes; empty if it has none."""
    return shapely.union_all(_polygons(shapely.make_valid(Polygon(ring))))


def _polygons(area: BaseGeometry) -> list[Polygon]:
    """Return the polygons of an area, the largest first, without lines and crumbs."""
    parts = [part for group in shapely.get_parts(area) for part in shapely.get_parts(group)]
    return sorted((part for part in parts if part.area >= LEAST_M2), key=lambda part: -part.area)


def _rings(part: Polygon) -> list[BaseGeometry]:
    oriented = shapely.orient_polygons(part)
    return [oriented.exterior, *(hole for hole in oriented.interiors if Polygon(hole).area >= LEAST_M2)]


def _opened(ring: Floats, at: Floats) -> Floats:
    """Return a closed ring that begins and ends at a point of its line."""
    sides = shapely.linestrings(np.stack([ring[:-1], ring[1:]], axis=1))
    side = int(np.argmin(shapely.distance(sides, shapely.points(at))))
    return np.vstack([at, ring[side + 1 : -1], ring[: side + 1], at])
