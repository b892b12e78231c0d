"""Voronoi density: each person owns the ground nearer to them than to anybody else."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

DIGITS = 6  # of a metre: nearer than this no line can be drawn between two people


def voronoi_cells(points: Floats, walkable: BaseGeometry) -> list[BaseGeometry]:
    """Return the ground of each person: their Voronoi cell within the walkable area, on their side of its walls.

    Args:
        points: (N, 2) m; people outside the walkable area own nothing.
        walkable: where people can be.

    Returns:
        N geometries, empty where a person owns nothing. People at the same place, to the micrometre, have their cell in
        common: each is spread over the whole of it, which is to own an equal share.

    """
    if len(points) == 0:
        return []
    _, first, place = np.unique(np.round(points, DIGITS), axis=0, return_index=True, return_inverse=True)
    places = points[first]
    if len(places) == 1:
        cells = [walkable]
    else:
        everybody = shapely.MultiPoint(places)
        bounds = shapely.box(*shapely.union_all([walkable, everybody]).bounds).buffer(1.0)
        parts = shapely.voronoi_polygons(everybody, extend_to=bounds, ordered=True)
        cells = [part.intersection(walkable) for part in parts.geoms]
    owned = [_part_with(cell, shapely.Point(dot)) for cell, dot in zip(cells, places, strict=True)]
    return [owned[i] for i in place.reshape(-1).tolist()]


def voronoi_density(cells: list[BaseGeometry], zone: BaseGeometry) -> float:
    """Return people per m² of a zone, each person spread evenly over their cell.

    ρ = Σᵢ |Vᵢ ∩ Z| / (|Vᵢ| · |Z|), with Vᵢ the cell of person i and Z the zone.
    Source: Steffen and Seyfried, doi:10.1016/j.physa.2010.01.015.

    Args:
        cells: what ``voronoi_cells`` returned.
        zone: walkable part of the zone; 0 where it has no area.

    """
    if zone.area == 0:
        return 0.0
    owned = [cell for cell in cells if cell.area > 0]
    shares = [cell.intersection(zone).area / cell.area for cell in owned if cell.intersects(zone)]
    return float(sum(shares)) / float(zone.area)


def _part_with(cell: BaseGeometry, dot: shapely.Point) -> BaseGeometry:
    parts: list[BaseGeometry] = shapely.get_parts(cell).tolist()
    return next((part for part in parts if part.intersects(dot)), shapely.Polygon())
