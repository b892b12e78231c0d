"""Ways within one zone: lengths and lines that keep to where one can walk, by a visibility graph."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

CLEARANCES_M = (0.3, 0.15, 0.0)  # kept from walls and fixtures; less where a passage is too narrow for it
TOUCH_M = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """The shortest ways between points of one zone.

    Attributes:
        length_m: (N, N), infinite where something solid parts two points.

    """

    length_m: Floats
    _nodes: Floats
    _before: NDArray[np.int32]

    def line(self, start: int, end: int) -> Floats:
        """Return (M, 2) the corners of the way between two points, both included; ValueError where there is none."""
        if not np.isfinite(self.length_m[start, end]):
            raise ValueError(f"no way from point {start} to point {end}")
        node, found = end, [end]
        while node != start:
            node = int(self._before[start, node])
            found.append(node)
        return self._nodes[found[::-1]]


def walks(walkable: BaseGeometry, points: Floats) -> Walks:
    """Return the shortest ways between points (N, 2) in or at the edge of what can be walked on."""
    for clearance in CLEARANCES_M:
        core = shapely.buffer(walkable, -clearance, join_style="mitre") if clearance else walkable
        if core.is_empty:
            continue
        found = _ways(core, points)
        if np.isfinite(found.length_m).all() or not clearance:
            return found
    return _ways(walkable, points)


def centre(walkable: BaseGeometry) -> Floats:
    """Return (2,) a point in the middle of what can be walked on."""
    middle = walkable.centroid
    if not shapely.covers(walkable, middle):
        middle = walkable.representative_point()
    return np.array([middle.x, middle.y])


def _ways(core: BaseGeometry, points: Floats) -> Walks:
    """Return the ways through ``core``; each point goes straight to the nearest place of it."""
    nearest = shapely.get_coordinates(shapely.shortest_line(shapely.points(points), core)).reshape(-1, 2, 2)[:, 1]
    nodes = np.vstack([points, nearest, _turns(core)])
    first, second = np.triu_indices(len(nodes) - len(points), k=1)
    inner = nodes[len(points) :]
    roomy = shapely.buffer(core, TOUCH_M, join_style="mitre")
    shapely.prepare(roomy)
    free = shapely.covers(roomy, shapely.linestrings(np.stack([inner[first], inner[second]], axis=1)))
    pairs = np.column_stack([first, second])[free] + len(points)
    own = np.arange(len(points))
    rows, cols = np.r_[pairs[:, 0], own], np.r_[pairs[:, 1], own + len(points)]
    lengths = np.hypot(*(nodes[rows] - nodes[cols]).T)
    # A way of no length is a way too: without this the sparse matrix would leave it out.
    graph = csr_matrix((np.maximum(lengths, 1e-9), (rows, cols)), shape=(len(nodes), len(nodes)))
    length, before = dijkstra(graph, directed=False, indices=own, return_predecessors=True)
    return Walks(length[:, : len(points)], nodes, before)


def _turns(core: BaseGeometry) -> Floats:
    """Return (K, 2) the corners at which a shortest way can turn: those that look into the room."""
    found = [np.empty((0, 2))]
    for polygon in shapely.get_parts(shapely.orient_polygons(core)):
        for ring in (polygon.exterior, *polygon.interiors):
            corners = shapely.get_coordinates(ring)[:-1]
            before, after = corners - np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0) - corners
            turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
            found.append(corners[turn < 0.0])
    return np.vstack(found)
