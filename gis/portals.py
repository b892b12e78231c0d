"""Where one can pass from a zone to the next: openings, shared open borders, and the ways to another level."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import networkx
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, STRtree
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan, Opening, Zone
from gis.passage import OPEN, Passages

OUTSIDE = ""
CONNECTORS = frozenset({"stair", "escalator", "lift"})
MEET_M = 0.5  # a strip between two zones that is no wider parts nobody
LEAST_BORDER_M = 0.6  # narrower than a person with shoulders
SPACING_M = 1.5  # between the points at which a wide portal is crossed
MOST_POINTS = 9
JAMB_M = 0.3  # kept from the ends of a portal

Kind: TypeAlias = Literal["opening", "border", "link"]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Portal:
    """A way from one zone to another; ``OUTSIDE`` is no zone at all.

    Attributes:
        id: of the opening, of the connector whose ``connects`` makes it, or ``a|b`` for an open border.
        points: (N, 2) m where it can be crossed, the middle first.
        width_m: clear, None for a way to another level.
        items: ids whose passage rules it: the opening, the stairs, escalators and lifts of a link. Nothing rules an
            open border.
        into: the zones that may be entered through it while nothing is ordered: an escalator leads one way.

    """

    id: str
    kind: Kind
    zones: tuple[str, str]
    points: Floats
    width_m: float | None
    items: tuple[str, ...]
    into: frozenset[str]

    def other(self, zone: str) -> str:
        """Return the zone on the other side."""
        return self.zones[1] if zone == self.zones[0] else self.zones[0]


def portals_of(plan: FloorPlan) -> tuple[Portal, ...]:
    """Return every portal of a plan.

    Where a zone has an opening it is taken to be walled: one goes in and out by its openings. A zone without any is
    open to all zones that it touches.
    """
    found = [*_openings(plan), *_links(plan)]
    walled = {zone for portal in found if portal.kind == "opening" for zone in portal.zones}
    return (*found, *_open_borders(plan, walled))


def may_enter(portal: Portal, zone: str, passages: Passages, beyond: frozenset[str] = frozenset()) -> bool:
    """Tell whether one may go into a zone through a portal now.

    Args:
        portal: one of the zone's.
        zone: the zone to go into.
        passages: what is ordered; a one-way order overrules the direction an escalator has by itself.
        beyond: the zones next to ``zone``: an order may name one of these as where it leads.

    """
    ordered = [passages.get(item, OPEN) for item in portal.items]
    if any(passage.mode in ("closed", "stopped") for passage in ordered):
        return False
    ways = [passage.towards or OUTSIDE for passage in ordered if passage.mode == "one_way"]
    if ways:
        return all(towards == zone or towards in beyond for towards in ways)
    return zone in portal.into


def _openings(plan: FloorPlan) -> Iterator[Portal]:
    linked = {frozenset((zone.id, other)) for zone in plan.zones for other in zone.connects}
    for opening in plan.openings:
        ends = (_end(plan, opening.from_zone), _end(plan, opening.to_zone))
        if ends[0] == ends[1] or frozenset(ends) in linked:
            continue
        levels = {plan.zone(end).level for end in ends if end != OUTSIDE}
        kind: Kind = "link" if len(levels) == 2 else "opening"
        carriers = [end for end in ends if plan.zone(end).category in CONNECTORS] if kind == "link" else []
        points = crossing_points(opening.line) if kind == "opening" else crossing_points(opening.line)[:1]
        yield Portal(opening.id, kind, ends, points, opening.width_m, (opening.id, *carriers), frozenset(ends))


def _end(plan: FloorPlan, zone: str | None) -> str:
    return zone if zone is not None and zone in plan else OUTSIDE


def _links(plan: FloorPlan) -> Iterator[Portal]:
    order = {level.id: index for index, level in enumerate(plan.levels)}
    seen: set[frozenset[str]] = set()
    for zone in plan.zones:
        for other in (plan.zone(name) for name in zone.connects if name in plan):
            pair = frozenset((zone.id, other.id))
            if other.level == zone.level or pair in seen:
                continue
            seen.add(pair)
            low, high = sorted((zone, other), key=lambda end: _height(plan, end, order))
            direction = zone.direction or other.direction or "both"
            into = {"up": {high.id}, "down": {low.id}, "both": {low.id, high.id}}[direction]
            between = [o for o in plan.openings if {o.from_zone, o.to_zone} == pair]
            points = _meeting(zone, other, between)
            items = (zone.id, other.id, *(opening.id for opening in between))
            yield Portal(zone.id, "link", (zone.id, other.id), points, None, items, frozenset(into))


def _height(plan: FloorPlan, zone: Zone, order: dict[str, int]) -> tuple[float, int]:
    level = plan.levels[order[zone.level]]
    known = all(each.elevation_m is not None for each in plan.levels)
    return (level.elevation_m or 0.0) if known else 0.0, order[zone.level]


def _meeting(zone: Zone, other: Zone, between: Sequence[Opening]) -> Floats:
    """Return the (1, 2) point at which two levels meet: of an opening between them, else the middle of both."""
    if between:
        return crossing_points(between[0].line)[:1]
    shared = shapely.intersection(zone.polygon, other.polygon)
    return shapely.get_coordinates(shared.centroid if shared.area > 0.0 else zone.polygon.centroid)


def _open_borders(plan: FloorPlan, walled: set[str]) -> Iterator[Portal]:
    for level in plan.levels:
        zones = plan.zones_on(level.id)
        if not zones:
            continue
        shapes = [plan.walkable(zone.id) for zone in zones]
        near = STRtree(shapes).query(shapes, predicate="dwithin", distance=MEET_M).T.tolist()
        for i, j in sorted((i, j) for i, j in near if i < j):
            if zones[i].id not in walled or zones[j].id not in walled:
                yield from _borders(zones[i].id, zones[j].id, shapes[i], shapes[j])


def _borders(one: str, other: str, shape: BaseGeometry, beside: BaseGeometry) -> Iterator[Portal]:
    edge = shapely.intersection(shape.boundary, beside.buffer(MEET_M + 0.01, join_style="mitre"))
    merged = shapely.line_merge(shapely.union_all([p for p in shapely.get_parts(edge) if p.geom_type == "LineString"]))
    for part in shapely.get_parts(merged):
        if part.length >= LEAST_BORDER_M:
            both = (one, other)
            yield Portal(
                f"{one}|{other}", "border", both, crossing_points(part), float(part.length), (), frozenset(both)
            )


def crossing_points(line: LineString) -> Floats:
    """Return (N, 2) points of a line at which it can be crossed, the middle first."""
    length = float(line.length)
    room = max(0.0, length - 2.0 * JAMB_M)
    count = min(MOST_POINTS, 1 + 2 * math.ceil(room / 2.0 / SPACING_M))
    along = [0.5 * length, *np.linspace(JAMB_M, length - JAMB_M, count)] if count > 1 else [0.5 * length]
    kept = [at for index, at in enumerate(along) if index == 0 or abs(at - along[0]) > 0.01]
    return shapely.get_coordinates(shapely.line_interpolate_point(line, kept))


def cut_off(plan: FloorPlan) -> tuple[tuple[str, ...], ...]:
    """Return the groups of zones that no way joins with the largest group, by size; empty where all hang together."""
    parts = _parts([zone.id for zone in plan.zones], portals_of(plan))
    return tuple(parts[1:])


def _parts(zones: Sequence[str], portals: Sequence[Portal]) -> list[tuple[str, ...]]:
    graph = networkx.Graph()
    graph.add_nodes_from(zones)
    graph.add_edges_from(portal.zones for portal in portals)
    groups = [tuple(zone for zone in zones if zone in part) for part in networkx.connected_components(graph)]
    return sorted((group for group in groups if group), key=lambda group: -len(group))
