"""Put ground points into zones: half-open, one zone each, fast enough for every frame."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import Polygon

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

_CACHE_SIZE = 64
MOST_STRIPS = 500


class HasPolygon(Protocol):
    """Anything with an id and a polygon in metres, such as ``gis.floorplan.Zone``."""

    @property
    def id(self) -> str:
        """Return the name that counts are given under."""

    @property
    def polygon(self) -> Polygon:
        """Return the outline in metres."""


class ZoneIndex:
    """Zones of one level, laid out once so that assigning points costs next to nothing.

    The in-zone test counts edges crossed by a ray towards +x (even-odd rule) and is half-open: of two zones that share
    an edge, a point on it belongs to exactly one. Where zones overlap the smallest wins, ties by order.
    """

    def __init__(self, zones: Sequence[HasPolygon]) -> None:
        """Lay out the edges of the zones, smallest zone first."""
        self.zones = tuple(zones)
        areas = np.array([zone.polygon.area for zone in self.zones], dtype=np.float64)
        self._order: Indices = np.argsort(areas, kind="stable")
        shapes = [self.zones[i].polygon for i in self._order]
        self._strips = _Strips([_edges(shape) for shape in shapes])
        bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
        self._slabs_x = _slabs(bounds[:, 0], bounds[:, 2])
        self._slabs_y = _slabs(bounds[:, 1], bounds[:, 3])

    def assign(self, points: ArrayLike) -> Indices:
        """Return the index of each point's zone, -1 where there is none or the point is unknown (NaN).

        Args:
            points: (N, 2) metres.

        Returns:
            (N,) indices into ``zones``.

        """
        xy = _as_points(points)
        found: Indices = np.full(len(xy), -1, dtype=np.intp)
        if not len(xy) or not len(self.zones):
            return found
        near = _spanning(self._slabs_x, xy[:, 0]) & _spanning(self._slabs_y, xy[:, 1])
        who, where = np.divmod(np.flatnonzero(near), len(self.zones))
        inside = self._strips.inside(xy[who], where)
        # Pairs come smallest zone first; written backwards, the smallest is the one that stays.
        found[who[inside][::-1]] = self._order[where[inside][::-1]]
        return found

    def count(self, points: ArrayLike) -> dict[str, int]:
        """Return how many points each zone has, zeros included."""
        counts = np.bincount(self.assign(points) + 1, minlength=len(self.zones) + 1)[1:]
        return {zone.id: int(n) for zone, n in zip(self.zones, counts, strict=True)}


class _Strips:
    """The edges of every zone, in level strips from corner to corner: a ray crosses none but those of its own strip.

    Args:
        edges: (E, 4) of each zone, as ``_edges`` returns them.

    """

    def __init__(self, edges: Sequence[Floats]) -> None:
        cuts = [_cuts(each) for each in edges]
        self._heights: Floats = np.unique(np.concatenate([np.empty(0), *cuts]))
        # Zone and height as one whole number, in order: one search finds the strip of every pair.
        self._starts: Indices = np.concatenate([np.empty(0, np.intp), *map(self._keys, cuts, range(len(cuts)))])
        rows = [_spanned(each, low) for each, low in zip(edges, cuts, strict=True)]
        pairs = list(zip(edges, rows, strict=True))
        self._edges: Floats = np.concatenate([np.empty((0, 4)), *(each[edge] for each, (_, edge) in pairs)])
        counts = [np.bincount(strip, minlength=len(low)) for low, (strip, _) in zip(cuts, rows, strict=True)]
        self._count: Indices = np.concatenate([np.empty(0, np.intp), *counts])
        self._first: Indices = np.cumsum(self._count) - self._count

    def _keys(self, y: Floats, where: int | Indices) -> Indices:
        found: Indices = where * (len(self._heights) + 1) + np.searchsorted(self._heights, y, side="right")
        return found

    def inside(self, xy: Floats, where: Indices) -> NDArray[np.bool_]:
        """Tell for each pair of a point and a zone whether the ray crosses an odd number of the zone's edges.

        Args:
            xy: (P, 2) m, each within the bounds of its zone.
            where: (P,) zones.

        """
        strip = np.searchsorted(self._starts, self._keys(xy[:, 1], where), side="right") - 1
        count = self._count[strip]
        pair = np.repeat(np.arange(len(where)), count)
        step = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        x0, y0, y1, slope = self._edges[np.repeat(self._first[strip], count) + step].T
        x, y = xy[pair].T
        crossed = (y0 <= y) & (y < y1) & (x < x0 + (y - y0) * slope)
        return (np.bincount(pair[crossed], minlength=len(where)) & 1).astype(np.bool_)


def _cuts(edges: Floats) -> Floats:
    """Return the lower ends of a zone's strips: its corners' heights, some of them where there are very many."""
    heights = np.unique(edges[:, 1:3])[:-1]
    return heights[:: 1 + len(heights) // MOST_STRIPS]


def _spanned(edges: Floats, low: Floats) -> tuple[Indices, Indices]:
    """Return strip and edge of every pair that shares some height, strip by strip."""
    high = np.append(low[1:], np.inf)
    strip, edge = np.nonzero((edges[:, 1] < high[:, None]) & (edges[:, 2] > low[:, None]))
    return strip, edge


def _slabs(low: Floats, high: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the bounds along one axis in order, and (2 Z + 1, Z) which zones span the gap below each of them."""
    cuts = np.unique(np.concatenate([low, high]))
    below = np.concatenate([[-np.inf], cuts])[:, None]
    above = np.concatenate([cuts, [np.inf]])[:, None]
    return cuts, (low <= below) & (high >= above)


def _spanning(slabs: tuple[Floats, NDArray[np.bool_]], values: Floats) -> NDArray[np.bool_]:
    """Return (N, Z) which zones' bounds hold each value, half-open; NaN sorts last, where nothing is."""
    cuts, spans = slabs
    return spans[np.searchsorted(cuts, values, side="right")]


def _edges(polygon: Polygon) -> Floats:
    """Return (E, 4) x0 y0 y1 dx/dy, lower end first, so that two neighbours compute a shared edge alike."""
    pieces = []
    for ring in (polygon.exterior, *polygon.interiors):
        xy = shapely.get_coordinates(ring)
        pieces.append(np.hstack([xy[:-1], xy[1:]]))
    edges = np.concatenate(pieces)
    edges = edges[edges[:, 1] != edges[:, 3]]  # the ray runs along level edges and crosses none
    falling = edges[:, 1] > edges[:, 3]
    edges[falling] = edges[falling][:, [2, 3, 0, 1]]
    slope = (edges[:, 2] - edges[:, 0]) / (edges[:, 3] - edges[:, 1])
    return np.column_stack([edges[:, 0], edges[:, 1], edges[:, 3], slope])


def _as_points(points: ArrayLike) -> Floats:
    xy = np.asarray(points, dtype=np.float64)
    if xy.size == 0:
        return np.empty((0, 2))
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"expected points of shape (N, 2), got {xy.shape}")
    return xy


_cache: dict[tuple[int, ...], ZoneIndex] = {}


def zone_index(zones: Sequence[HasPolygon]) -> ZoneIndex:
    """Return the index of these very zone objects, built once and kept for the next call."""
    key = tuple(map(id, zones))  # the kept index holds the zones, so their ids cannot be given to others
    if (index := _cache.get(key)) is None:
        if len(_cache) >= _CACHE_SIZE:
            _cache.pop(next(iter(_cache)), None)
        index = _cache[key] = ZoneIndex(zones)
    return index


def assign_zones(points: ArrayLike, zones: Sequence[HasPolygon]) -> Indices:
    """Return the index into ``zones`` of each point's zone, -1 = none; see ``ZoneIndex.assign``."""
    return zone_index(zones).assign(points)


def count_by_zone(points: ArrayLike, zones: Sequence[HasPolygon]) -> dict[str, int]:
    """Return how many points each zone has, zeros included, every point in at most one zone."""
    return zone_index(zones).count(points)
