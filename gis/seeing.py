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
MOST_LOOKS = 20_000.0  # what was learned from more is halved, so that a lens that grows dirty is noticed
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
    _cells: NDArray[np.int64] = field(init=False)
    _looks: Floats = field(init=False)
    _all: Floats = field(init=False)

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
        self._forget()

    def _forget(self) -> None:
        """Begin with no cell, but one beyond all others that ends searches, and the usual share of finds."""
        self._cells, self._looks = np.array([np.iinfo(np.int64).max]), np.zeros((1, 2))
        self._all = np.array([FOUND * FOUND_WEIGHT, FOUND_WEIGHT])

    def afresh(self) -> "View":
        """Return the same view with nothing learned."""
        other = copy(self)
        other._forget()
        return other

    def shows(self, xy: Floats) -> Floats:
        """Return (N,) from 0 outside of the ground to 1 well inside."""
        height, width = self._inside.shape
        cell = (xy - self._origin) / self._step + 1  # the rim of the raster, which shows nothing, takes all beyond
        i, j = np.minimum(np.maximum(cell, 0), (width - 1, height - 1)).astype(np.intp).T
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
        i, k = _in_line(mine, theirs)
        (mx, my), (ox, oy) = mine[i].T, theirs[k].T
        far, near = np.hypot(mx, my), np.hypot(ox, oy)
        behind, aside = far - near, np.abs(mx * oy - my * ox) / np.maximum(far, 1e-6)
        hides = (behind > SHOULDERS_M / 2) & (aside < SHOULDERS_M) & (mx * ox + my * oy > 0)
        clear = max(height - BODY_M, 0.0) * behind[hides] / (np.maximum(near[hides], 0.1) * BODY_M)
        share = np.ones(len(xy))
        np.minimum.at(share, i[hides], np.clip((clear - HIDES_BELOW) / (SHOWS_FROM - HIDES_BELOW), 0.0, 1.0))
        return share

    def rate(self, xy: Floats) -> Floats:
        """Return (N,) the share of looks at people there at which the camera found them."""
        usual = self._all[0] / self._all[1]
        cell = _cell(xy)
        row = np.searchsorted(self._cells, cell)
        hits, looks = (self._looks[row] * (self._cells[row] == cell)[:, None]).T
        return np.asarray((hits + CELL_WEIGHT * usual) / (looks + CELL_WEIGHT), dtype=np.float64)

    def learn(self, xy: Floats, found: Bools) -> None:
        """Take whether people who are there for certain (N, 2), in the open, were found."""
        cell = _cell(xy)
        new = np.unique(cell[self._cells[np.searchsorted(self._cells, cell)] != cell])
        if len(new):
            row = np.searchsorted(self._cells, new)
            self._cells, self._looks = np.insert(self._cells, row, new), np.insert(self._looks, row, 0.0, axis=0)
        looks = np.column_stack([found, np.ones(len(found))])
        np.add.at(self._looks, np.searchsorted(self._cells, cell), looks)
        self._all += looks.sum(axis=0)
        self._looks[self._looks[:, 1] > MOST_LOOKS] /= 2
        if self._all[1] > MOST_LOOKS * 10:
            self._all /= 2


def _cell(xy: Floats) -> NDArray[np.int64]:
    """Return (N,) one number for each cell."""
    i, j = np.floor(xy / CELL_M).astype(np.int64).T
    return np.asarray(i * 2**32 + j, dtype=np.int64)


def _in_line(mine: Floats, theirs: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of (N, 2) and (M, 2) m from the eye of which one may be within the shadow of the other."""
    bearing = np.arctan2(mine[:, 1], mine[:, 0])
    order = np.argsort(bearing)
    turns = (bearing[order] + np.array([[-2 * np.pi], [0.0], [2 * np.pi]])).ravel()
    middle = np.arctan2(theirs[:, 1], theirs[:, 0])
    half = np.arcsin(np.minimum(SHOULDERS_M / np.maximum(np.hypot(*theirs.T), SHOULDERS_M), 1.0)) + 1e-9
    first = np.searchsorted(turns, middle - half)
    count = np.searchsorted(turns, middle + half, "right") - first
    k = np.repeat(np.arange(len(theirs)), count)
    place = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
    return order[place % len(mine)], k
