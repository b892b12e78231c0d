"""Where simulated people stand: a spot each, none nearer to another than people in a crowd."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.floorplan import FloorPlan

Floats = NDArray[np.float64]

SPACING_M = 0.5  # between two spots: 4.6 p/m² at most
WALL_M = 0.2


class Spots:
    """Where people can stand in a zone, on a grid of triangles; each spot takes one."""

    def __init__(self, plan: FloorPlan, zone: str, rng: np.random.Generator) -> None:
        walkable = plan.walkable(zone)
        roomy = shapely.buffer(walkable, -WALL_M)
        self.xy = _triangles(walkable if roomy.is_empty else roomy)
        self._free = np.ones(len(self.xy), dtype=np.bool_)
        self._shuffled = rng.permutation(len(self.xy))

    def nearest(self, point: Sequence[float]) -> int | None:
        """Take the free spot that is nearest to a point; None where all are taken."""
        away = np.hypot(self.xy[:, 0] - point[0], self.xy[:, 1] - point[1])
        away[~self._free] = np.inf
        return self._take(int(away.argmin())) if self._free.any() else None

    def any(self) -> int | None:
        """Take a free spot anywhere; None where all are taken."""
        free = self._shuffled[self._free[self._shuffled]]
        return self._take(int(free[0])) if len(free) else None

    def give(self, spot: int) -> None:
        """Give a spot back."""
        self._free[spot] = True

    def _take(self, spot: int) -> int:
        self._free[spot] = False
        return spot


def _triangles(ground: shapely.Geometry) -> Floats:
    """Return (N, 2) the corners of a grid of triangles that lie on the ground."""
    x0, y0, x1, y1 = shapely.bounds(ground).tolist()
    height = SPACING_M * math.sqrt(3.0) / 2.0
    rows = []
    for i, y in enumerate(np.arange(y0, y1 + 1e-9, height)):
        x = np.arange(x0 + (i % 2) * SPACING_M / 2.0, x1 + 1e-9, SPACING_M)
        rows.append(np.column_stack([x, np.full(len(x), y)]))
    points = np.vstack(rows)
    return points[shapely.intersects_xy(ground, points[:, 0], points[:, 1])]
