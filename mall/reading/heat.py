"""Where people stood in the last minute: the mean of one density grid every two seconds, never their positions."""

import base64
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.density import SOURCE, DensityGrid
from gis.floorplan import FloorPlan
from mall.models import pack

EVERY_S = 2.0
MEAN_OVER_S = 60.0
CELL_M = 0.5
ROOMS = frozenset({"shop", "restroom", "staff", "lift"})
NOT_OBSERVED = 65535
HIGHEST_MILLI = 65534

Grid = NDArray[np.float32]


class HeatMap:
    """A ring of density grids of one level and their mean.

    A cell counts only the instants at which a live calibrated camera saw it; one that none sees now is not observed.
    """

    def __init__(self, plan: FloorPlan, level: str) -> None:
        shapes = _areas(plan, level)
        self.level = level
        self.bounds = bounds_of(shapes)
        self._grid = DensityGrid(shapes, self.bounds, cell_m=CELL_M) if shapes else None
        self._ring: deque[tuple[float, Grid, NDArray[np.bool_]]] = deque()
        self._mask_of: tuple[BaseGeometry, NDArray[np.bool_]] | None = None

    def due(self, now: float) -> bool:
        """Tell whether the next grid is due; a clock that stepped back makes it due, a level without floor never."""
        if self._grid is None:
            return False
        return not self._ring or not 0.0 <= now - self._ring[-1][0] < EVERY_S

    def add(self, now: float, points: NDArray[np.float64], view: BaseGeometry) -> None:
        """Book one instant: (N, 2) positions in metres and the ground that live cameras see."""
        if self._grid is None:
            raise ValueError(f"level {self.level!r} has no floor to walk on")
        grid = self._grid.density(points).astype(np.float32)
        if self._ring and now < self._ring[-1][0]:
            self._ring.clear()
        self._ring.append((now, grid, self._mask(view, grid.shape)))
        while now - self._ring[0][0] >= MEAN_OVER_S:
            self._ring.popleft()

    def mean(self) -> tuple[Grid, NDArray[np.bool_]]:
        """Return ((ny, nx) mean p/m², row 0 at the lowest y, and whether each cell is observed now)."""
        seen = np.sum([mask for _, _, mask in self._ring], axis=0)
        total = np.sum([grid * mask for _, grid, mask in self._ring], axis=0, dtype=np.float32)
        mean: Grid = np.divide(total, seen, out=np.zeros_like(total), where=seen > 0)
        return mean, self._ring[-1][2]

    def to_bytes(self) -> bytes:
        """Return the mean as JSON; see ``pack_grid``."""
        mean, observed = self.mean()
        return pack(pack_grid(mean, observed, self.bounds) | {"level": self.level, "at": round(self._ring[-1][0], 3)})

    def _mask(self, view: BaseGeometry, shape: Sequence[int]) -> NDArray[np.bool_]:
        if self._mask_of is not None and self._mask_of[0] is view:
            return self._mask_of[1]
        x = self.bounds[0] + (np.arange(shape[1]) + 0.5) * CELL_M
        y = self.bounds[1] + (np.arange(shape[0]) + 0.5) * CELL_M
        mask: NDArray[np.bool_] = np.asarray(shapely.contains_xy(view, *np.meshgrid(x, y)), dtype=np.bool_)
        self._mask_of = view, mask
        return mask


def bounds_of(shapes: Sequence[BaseGeometry]) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of all shapes, zeros where there is none."""
    if not shapes:
        return 0.0, 0.0, 0.0, 0.0
    x0, y0, x1, y1 = (float(edge) for edge in shapely.total_bounds(list(shapes)))
    return x0, y0, x1, y1


def _areas(plan: FloorPlan, level: str) -> list[BaseGeometry]:
    """Return the floors between which there are walls: every room for itself, and all open ground as one."""
    zones = plan.zones_on(level)
    rooms = [plan.walkable(zone.id) for zone in zones if zone.category in ROOMS]
    ground = [plan.walkable(zone.id) for zone in zones if zone.category not in ROOMS]
    united = [shapely.union_all(ground)] if ground else []
    return [shape for shape in united + rooms if not shape.is_empty]


def pack_grid(mean: Grid, observed: NDArray[np.bool_], bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return a JSON-ready grid: base64 of little-endian uint16 thousandths of p/m², 65535 where not observed.

    Thousandths are rounded along the running sum, so that thin tails keep their share and the integral is kept.
    """
    running = np.rint(np.cumsum(mean.astype(np.float64).ravel() * 1000.0))
    milli = np.clip(np.diff(running, prepend=0.0), 0, HIGHEST_MILLI).reshape(mean.shape)
    milli[~observed] = NOT_OBSERVED
    return {
        "bounds": [round(edge, 3) for edge in bounds],
        "cell_m": CELL_M,
        "nx": mean.shape[1],
        "ny": mean.shape[0],
        "unit": "0.001 p/m²",
        "not_observed": NOT_OBSERVED,
        "mean_over_s": MEAN_OVER_S,
        "source": SOURCE,
        "grid": base64.b64encode(milli.astype("<u2").tobytes()).decode(),
    }
