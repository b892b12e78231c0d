"""A density raster: every person spread by a Gaussian kernel that stops at walls and keeps its whole mass."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt, maximum_filter, minimum_filter
from scipy.sparse import coo_array, csr_array
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

SOURCE = "Gaussian kernel density (Helbing et al. 2007, doi:10.1103/PhysRevE.75.046109), renormalised at walls"

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]

Scalar = TypeVar("Scalar", bound=np.generic)

REACH = 2.5  # standard deviations of the kernel
SNAP_M = 1.0  # someone this little off the floor is put onto it
MAX_CELLS = 2_000_000
_AROUND = sorted(((dy, dx) for dy in range(-2, 3) for dx in range(-2, 3)), key=lambda d: d[0] ** 2 + d[1] ** 2)


class DensityGrid:
    """Kernel density on a raster of one level.

    A person's kernel reaches only cells of the same area that are in sight, judged along the raster; its mass there
    sums to 1. So the integral of the raster is the number of people on the floor, and nobody makes the far side of a
    wall look busy.

    Attributes:
        bounds: x0, y0, x1, y1 in metres; shape: (ny, nx), row 0 at y0.
        walkable: (ny, nx) cells whose centre is floor; the density elsewhere is 0.

    """

    def __init__(
        self,
        areas: BaseGeometry | Sequence[BaseGeometry],
        bounds: tuple[float, float, float, float],
        *,
        cell_m: float = 0.5,
        sigma_m: float = 0.9,
    ) -> None:
        """Lay out kernels.

        Args:
            areas: walkable geometries; the border between two of them is a wall. Unite those that are open to each
                other before.
            bounds: x0, y0, x1, y1 in metres.
            cell_m: side of a cell.
            sigma_m: standard deviation of the kernel.

        """
        given = [areas] if isinstance(areas, BaseGeometry) else list(areas)
        self._areas = np.array(sorted(given, key=lambda area: area.area), dtype=object)
        shapely.prepare(self._areas)
        self._tree = STRtree(self._areas)
        self.bounds, self.cell_m, self.sigma_m = bounds, cell_m, sigma_m
        self.shape = _shape(bounds, cell_m, sigma_m)
        self._label = self._labels()
        self.walkable: Bools = self._label >= 0
        whole = self._whole()
        alike = minimum_filter(self._label, 3) == maximum_filter(self._label, 3)
        self._open: Bools = binary_erosion(whole, np.ones((3, 3))) & alike
        self._tight: Bools = ~whole
        away, nearest = distance_transform_edt(~self.walkable, return_indices=True)
        self._nearest = np.where(away * cell_m <= SNAP_M + cell_m, nearest[0] * self.shape[1] + nearest[1], -1)
        if not self.walkable.any():
            self._nearest[:] = -1
        self._kernel = self._kernels()

    def density(self, points: ArrayLike) -> Floats:
        """Return (ny, nx) p/m² of people at (N, 2) metres; unknown ones (NaN) and those off the floor are left out."""
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        x0, y0, x1, y1 = self.bounds
        with np.errstate(invalid="ignore"):
            xy = xy[((xy >= (x0, y0)) & (xy < (x1, y1))).all(axis=1)]
        cells, weights = self._masses(xy)
        size = self.shape[0] * self.shape[1]
        mass = csr_array((weights, cells, np.array([0, len(cells)])), shape=(1, size))
        spread = (mass @ self._kernel).toarray().reshape(self.shape)
        shown: Floats = spread / self.cell_m**2
        return shown

    def _centres(self, cells: Indices) -> Floats:
        rows, columns = np.divmod(cells, self.shape[1])
        corners: Floats = np.column_stack([columns, rows]) * self.cell_m + np.array(self.bounds[:2])
        return corners + self.cell_m / 2

    def _labels(self) -> Indices:
        """Return (ny, nx) index of the smallest area that holds each cell's centre, -1 where none does."""
        return self._area_at(self._centres(np.arange(self.shape[0] * self.shape[1]))).reshape(self.shape)

    def _area_at(self, xy: Floats) -> Indices:
        """Return (N,) index of the smallest area that holds each point, -1 where none does."""
        label: Indices = np.full(len(xy), -1, dtype=np.intp)
        points, areas = self._tree.query(shapely.points(xy), predicate="intersects")
        order = np.argsort(-areas, kind="stable")  # the smallest area comes first in the list: written last, it stays
        label[points[order]] = areas[order]
        return label

    def _whole(self) -> Bools:
        """Return (ny, nx) cells that lie entirely on their area."""
        whole: Bools = np.zeros(self.shape, dtype=np.bool_)
        rows, columns = np.nonzero(self.walkable)
        x, y = (self._centres(rows * self.shape[1] + columns) - self.cell_m / 2).T
        squares = shapely.box(x, y, x + self.cell_m, y + self.cell_m)
        whole[rows, columns] = shapely.covers(self._areas[self._label[rows, columns]], squares)
        return whole

    def _links(self, dy: int, dx: int, whole: Bools) -> Bools:
        """Return (ny, nx) whether the step from each cell to its neighbour stays on the area."""
        there = _shifted(self._label, dy, dx, -1)
        link: Bools = self.walkable & (self._label == there)
        unsure = np.flatnonzero((link & ~(whole & _shifted(whole, dy, dx, fill=0))).ravel())
        start = self._centres(unsure)
        steps = shapely.linestrings(np.stack([start, start + np.array([dx, dy]) * self.cell_m], axis=1))
        link.ravel()[unsure] = shapely.covers(self._areas[self._label.ravel()[unsure]], steps)
        return link

    def _kernels(self) -> csr_array:
        """Return (cells, cells): row = where someone stands, column = share of them shown there; rows sum to 1."""
        links = {step: self._links(*step, ~self._tight) for step in ((0, 1), (1, 0), (0, -1), (-1, 0))}
        size = self.shape[0] * self.shape[1]
        rows, columns, weights = [], [], []
        for dy, dx in _offsets(REACH * self.sigma_m / self.cell_m):
            seen = self.walkable
            for (y, x), step in _path(dy, dx):
                seen = seen & _shifted(links[step], y, x, fill=0)
            here = np.flatnonzero(seen.ravel())
            rows.append(here)
            columns.append(here + dy * self.shape[1] + dx)
            share = np.exp(-(dy * dy + dx * dx) * self.cell_m**2 / (2 * self.sigma_m**2))
            weights.append(np.full(len(here), share))
        row, weight = np.concatenate(rows), np.concatenate(weights)
        total = np.bincount(row, weight, minlength=size)
        table = coo_array((weight / total[row], (row, np.concatenate(columns))), shape=(size, size))
        return csr_array(table)

    def _masses(self, xy: Floats) -> tuple[Indices, Floats]:
        """Return the cells people stand in and their shares: four cells around where nothing is near, else one."""
        place = (xy - np.array(self.bounds[:2])) / self.cell_m
        column, row = np.minimum(place.astype(np.intp), np.array(self.shape[::-1]) - 1).T
        cell = row * self.shape[1] + column
        free = self._open[row, column]
        low = np.floor(place[free] - 0.5).astype(np.intp)
        fx, fy = (place[free] - 0.5 - low).T
        first = low[:, 1] * self.shape[1] + low[:, 0]
        corners = [first, first + 1, first + self.shape[1], first + self.shape[1] + 1]
        shares = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy]
        single = cell[~free]
        tight = self._tight[row, column][~free]
        single[tight] = self._anchors(xy[~free][tight], row[~free][tight], column[~free][tight])
        single = single[single >= 0]
        return np.concatenate([*corners, single]), np.concatenate([*shares, np.ones(len(single))])

    def _anchors(self, xy: Floats, row: Indices, column: Indices) -> Indices:
        """Return the cell that stands for each person near a wall: on their area and on their side; -1 if none is."""
        anchor: Indices = self._nearest[row, column].copy()
        label = self._area_at(xy)
        waiting = np.flatnonzero(label >= 0)
        for dy, dx in _AROUND:
            y, x = row[waiting] + dy, column[waiting] + dx
            known = (y >= 0) & (x >= 0) & (y < self.shape[0]) & (x < self.shape[1])
            fits = known.copy()
            fits[known] = self._label[y[known], x[known]] == label[waiting[known]]
            who = waiting[fits]
            cells = y[fits] * self.shape[1] + x[fits]
            sight = shapely.linestrings(np.stack([xy[who], self._centres(cells)], axis=1))
            clear = shapely.covers(self._areas[label[who]], sight)
            anchor[who[clear]] = cells[clear]
            waiting = np.setdiff1d(waiting, who[clear])
        return anchor


def _shape(bounds: tuple[float, float, float, float], cell_m: float, sigma_m: float) -> tuple[int, int]:
    x0, y0, x1, y1 = bounds
    if not (x1 > x0 and y1 > y0 and cell_m > 0 and sigma_m > 0):
        raise ValueError(
            f"bounds must enclose an area and cell_m, sigma_m be positive, got {bounds}, {cell_m}, {sigma_m}"
        )
    shape = int(np.ceil((y1 - y0) / cell_m - 1e-9)), int(np.ceil((x1 - x0) / cell_m - 1e-9))
    if shape[0] * shape[1] > MAX_CELLS:
        raise ValueError(f"a raster of {shape[0]} x {shape[1]} cells is too large; take larger cells")
    return shape


def _offsets(reach: float) -> Iterator[tuple[int, int]]:
    whole = int(reach)
    for dy in range(-whole, whole + 1):
        for dx in range(-whole, whole + 1):
            if dy * dy + dx * dx <= reach * reach:
                yield dy, dx


def _path(dy: int, dx: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield the cells (y, x) on the way to an offset, each with its next step along an axis, close to the line."""
    y = x = 0
    while (y, x) != (dy, dx):
        # |cross product| with the line tells which of the two steps stays nearer to it.
        sy, sx = int(np.sign(dy - y)), int(np.sign(dx - x))
        across = sx and abs((x + sx) * dy - y * dx)
        along = sy and abs(x * dy - (y + sy) * dx)
        step = (0, sx) if sx and (not sy or across <= along) else (sy, 0)
        yield (y, x), step
        y, x = y + step[0], x + step[1]


def _shifted(cells: NDArray[Scalar], dy: int, dx: int, fill: int) -> NDArray[Scalar]:
    """Return for every cell what lies (dy, dx) away, ``fill`` outside."""
    ny, nx = cells.shape
    moved = np.full_like(cells, fill)
    if abs(dy) < ny and abs(dx) < nx:
        moved[max(-dy, 0) : ny - max(dy, 0), max(-dx, 0) : nx - max(dx, 0)] = cells[
            max(dy, 0) : ny - max(-dy, 0), max(dx, 0) : nx - max(-dx, 0)
        ]
    return moved
