"""What each camera would see: its ground, who stands behind whom, and how often it finds people where they are."""

from copy import copy
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOUND = 0.85  # share of people in view that a detector finds, until a camera's own share is known
FOUND_WEIGHT, CELL_WEIGHT = 20.0, 8.0  # looks that this, and a camera's share in one of its cells, are worth
RARELY = 0.02  # a chance to be seen too small to matter
EDGE_M = 0.5  # this far inside its ground a camera is sure to show somebody; at the rim it is not
CELL_M = 1.0
RASTER_M, RASTER_CELLS = 0.25, 128
BODY_M, SHOULDERS_M = 1.7, 0.25  # height, and half of the width, of somebody who hides others
HIDES_BELOW, SHOWS_FROM = 0.25, 0.6  # of a body in sight


@dataclass(eq=False, slots=True)
class View:
    """One camera's view of the floor, and what is learned of it.

    Attributes:
        ground: what it shows, m; eye: x, y, height of the camera in m, None where that is not known.

    """

    ground: BaseGeometry
    eye: tuple[float, float, float] | None = None
    _origin: Floats = field(init=False)
    _step: float = field(init=False)
    _inside: Floats = field(init=False)
    _cells: dict[tuple[int, int], list[float]] = field(init=False, default_factory=dict)
    _all: list[float] = field(init=False, default_factory=lambda: [FOUND * FOUND_WEIGHT, FOUND_WEIGHT])

    def __post_init__(self) -> None:
        low_x, low_y, high_x, high_y = self.ground.bounds if not self.ground.is_empty else (0.0, 0.0, 0.0, 0.0)
        self._step = max(RASTER_M, (high_x - low_x) / RASTER_CELLS, (high_y - low_y) / RASTER_CELLS)
        self._origin = np.array([low_x, low_y])
        columns, rows = int((high_x - low_x) / self._step) + 1, int((high_y - low_y) / self._step) + 1
        x, y = np.meshgrid(
            (np.arange(columns) + 0.5) * self._step + low_x, (np.arange(rows) + 0.5) * self._step + low_y
        )
        shapely.prepare(self.ground)
        held = shapely.contains_xy(self.ground, x, y)
        deep = np.zeros(held.shape)
        deep[held] = shapely.distance(self.ground.boundary, shapely.points(x[held], y[held]))
        self._inside = np.pad(np.clip(deep / EDGE_M, 0, 1), 1)

    def afresh(self) -> "View":
        """Return the same view with nothing learned."""
        other = copy(self)
        other._cells, other._all = {}, [FOUND * FOUND_WEIGHT, FOUND_WEIGHT]
        return other

    def shows(self, xy: Floats) -> Floats:
        """Return (N,) from 0 outside of the ground to 1 well inside."""
        height, width = self._inside.shape
        i, j = ((xy - self._origin) // self._step + 1).astype(np.intp).T
        i, j = np.minimum(np.maximum(i, 0), width - 1), np.minimum(np.maximum(j, 0), height - 1)
        return np.asarray(self._inside[j, i], dtype=np.float64)

    def unhidden(self, xy: Floats, others: Floats) -> Floats:
        """Return (N,) from 0 to 1 how far people at ``xy`` are clear of the ``others`` (M, 2) in front of them.

        A ray over somebody's head comes down behind them as steeply as the camera looks: the taller it stands, the
        less they hide. Others nearer than half a shoulder are the person itself.
        """
        if self.eye is None or not len(xy) or not len(others):
            return np.ones(len(xy))
        x, y, height = self.eye
        mine, theirs = xy - (x, y), others - (x, y)
        far, near = np.hypot(*mine.T)[:, None], np.hypot(*theirs.T)[None, :]
        behind = far - near
        aside = np.abs(mine[:, :1] * theirs[None, :, 1] - mine[:, 1:] * theirs[None, :, 0]) / np.maximum(far, 1e-6)
        above = max(height - BODY_M, 0.0)
        clear = above * behind / (np.maximum(near, 0.1) * BODY_M)
        hides = (behind > SHOULDERS_M / 2) & (aside < SHOULDERS_M) & ((mine @ theirs.T) > 0)
        share = np.where(hides, np.clip((clear - HIDES_BELOW) / (SHOWS_FROM - HIDES_BELOW), 0.0, 1.0), 1.0)
        return np.asarray(share.min(axis=1), dtype=np.float64)

    def rate(self, xy: Floats) -> Floats:
        """Return (N,) the share of looks at people there at which the camera found them."""
        usual = self._all[0] / self._all[1]
        known = [self._cells.get(cell, _NONE) for cell in self._cell(xy)]
        hits, looks = np.array(known, dtype=np.float64).reshape(-1, 2).T
        return np.asarray((hits + CELL_WEIGHT * usual) / (looks + CELL_WEIGHT), dtype=np.float64)

    def learn(self, xy: Floats, found: Bools) -> None:
        """Take whether people who are there for certain (N, 2), in the open, were found."""
        for cell, hit in zip(self._cell(xy), found.tolist(), strict=True):
            for table in (self._cells.setdefault(cell, [0.0, 0.0]), self._all):
                table[0] += hit
                table[1] += 1.0

    def _cell(self, xy: Floats) -> list[tuple[int, int]]:
        return [(i, j) for i, j in (xy // CELL_M).astype(np.int64).tolist()]


_NONE = (0.0, 0.0)
