"""Made-up malls of any size for benchmarks: rows of equal cells, and people spread over them."""

from math import ceil, cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, box

from gis.floorplan import FloorPlan, Level, Zone

CELL_M = 6.0
LEVEL = "1f"
CORNERS = 24


def grid_plan(zones: int, *, corners: int = 4) -> FloorPlan:
    """Return a level of so many zones in cells of 6 x 6 m: rectangles that touch, or polygons of many corners."""
    columns = ceil(sqrt(zones))
    rows = [_zone(number, number % columns, number // columns, corners) for number in range(zones)]
    return FloorPlan(levels=(Level(LEVEL, "1F"),), zones=tuple(rows))


def _zone(number: int, column: int, row: int, corners: int) -> Zone:
    x, y = column * CELL_M, row * CELL_M
    shape = box(x, y, x + CELL_M, y + CELL_M)
    if corners != 4:
        radius = CELL_M / 2
        turns = [2 * pi * (k + 0.5) / corners for k in range(corners)]
        # Every second corner is drawn in, so that the outline is not convex.
        reach = [radius * (1.0 if k % 2 else 0.8) for k in range(corners)]
        shape = Polygon([(x + radius + r * cos(a), y + radius + r * sin(a)) for a, r in zip(turns, reach, strict=True)])
    return Zone(f"zone-{number}", f"Zone {number}", "concourse", LEVEL, shape)


def crowd_on(plan: FloorPlan, people: int, *, seed: int = 1) -> NDArray[np.float64]:
    """Return (N, 2) m spread evenly over the rectangle around the zones."""
    dice = np.random.default_rng(seed)
    edges = np.array([zone.polygon.bounds for zone in plan.zones])
    return dice.uniform(edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0), (people, 2))
