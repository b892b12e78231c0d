"""Routes over a plan: crowd-aware travel times over openings, open borders and ways to other levels."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

import networkx
import numpy as np
import shapely

from gis.density import STANDARDS
from gis.floorplan import FloorPlan
from gis.passage import Passages
from gis.portals import OUTSIDE, Floats, Portal, may_enter, portals_of
from gis.throughput import LIFT_RIDE_S, speed_in
from gis.walking import Walks, centre, walks

PUBLIC_WAYS = frozenset(
    {"concourse", "atrium", "walkway", "entrance", "stair", "escalator", "lift", "food_court", "event", "seating"}
)
"""Categories that a shopper may be sent through; any zone may be where a route begins or ends."""
STEPS = frozenset({"stair", "escalator"})
UNKNOWN_P_M2 = STANDARDS["walkway"].limits[0]  # a zone nobody sees is taken as moderately used; our own choice
Densities = Mapping[str, float | None]
State = tuple[int, str]
"""A portal, and the zone that was entered through it."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a zone to another.

    Attributes:
        zones: ids in order, the first and the last included; ``OUTSIDE`` may be last.
        items: ids of the openings, stairs, escalators and lifts that it goes through, in order.
        length_m: walked, without what a lift carries.
        seconds: with the speed of each zone's density, waiting for a lift included.
        lines: level -> polylines in metres, each as [[x, y], …].
        unknown: zones of it whose density is not known.

    """

    zones: tuple[str, ...]
    items: tuple[str, ...]
    length_m: float
    seconds: float
    lines: Mapping[str, tuple[tuple[tuple[float, float], ...], ...]]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Room:
    """The points of one zone: its middle first, then those of its portals."""

    walks: Walks
    slots: Mapping[int, slice]


class WalkGraph:
    """The walkable graph of a plan, built once; a query takes a few milliseconds."""

    def __init__(self, plan: FloorPlan, portals: tuple[Portal, ...]) -> None:
        self.plan = plan
        self.portals = portals
        self._of: dict[str, list[int]] = {zone.id: [] for zone in plan.zones}
        for index, portal in enumerate(portals):
            for zone in portal.zones:
                if zone != OUTSIDE:
                    self._of[zone].append(index)
        self._next = {z: frozenset(portals[i].other(z) for i in found) for z, found in self._of.items()}
        self._rooms = {zone.id: self._room(zone.id) for zone in plan.zones}

    @classmethod
    def of(cls, plan: FloorPlan) -> "WalkGraph":
        """Return the graph of a plan."""
        return cls(plan, portals_of(plan))

    def _room(self, zone: str) -> _Room:
        walkable = self.plan.walkable(zone)
        if walkable.is_empty:
            walkable = self.plan.zone(zone).polygon
        points, slots = [centre(walkable)[None, :]], {}
        size = 1
        for index in self._of[zone]:
            points.append(self.portals[index].points)
            slots[index] = slice(size, size + len(points[-1]))
            size = slots[index].stop
        return _Room(walks(walkable, np.vstack(points)), slots)

    def around(self, zone: str) -> tuple[str, ...]:
        """Return the zones that a zone has portals with, in order of their names, ``OUTSIDE`` perhaps among them."""
        return tuple(sorted(self._next[zone]))

    def portals_at(self, zone: str) -> tuple[Portal, ...]:
        """Return the portals of a zone, open or not."""
        return tuple(self.portals[i] for i in self._of[zone])

    def crossing_m(self, zone: str) -> float:
        """Return the mean of the shortest ways in m from one portal of a zone to another.

        In and out again where it has one portal, the side of a square of its area where nothing leads across it.
        """
        room = self._rooms[zone]
        length, slots = room.walks.length_m, list(room.slots.values())
        found = [length[one, other].min() for one, other in combinations(slots, 2)]
        found = [metres for metres in found or [2.0 * length[0, slot].min() for slot in slots] if np.isfinite(metres)]
        return float(np.mean(found)) if found else float(np.sqrt(self.plan.area_m2(zone)))

    def is_open(self, portal: Portal, zone: str, passages: Passages) -> bool:
        """Tell whether one may go into a zone, or ``OUTSIDE``, through one of its portals now."""
        beyond = self._next[zone] - {portal.other(zone)} if zone != OUTSIDE else frozenset()
        return may_enter(portal, zone, passages, beyond)

    def routes(  # noqa: PLR0913
        self,
        start: str,
        goal: str,
        passages: Passages | None = None,
        densities: Densities | None = None,
        k: int = 3,
        *,
        step_free: bool = False,
        through: frozenset[str] = PUBLIC_WAYS,
        avoid: frozenset[str] = frozenset(),
    ) -> list[Route]:
        """Return at most ``k`` routes, the fastest first; empty where none leads there.

        Each does without something that every one before it goes through, in the fastest way.

        Args:
            start: zone id.
            goal: zone id, or ``OUTSIDE``.
            passages: by item; what is absent is open.
            densities: p/m² by zone; absent or None is not known.
            k: how many.
            step_free: without stairs and escalators.
            through: categories that may be gone through.
            avoid: zones that may not.

        Raises:
            ValueError: a zone that the plan does not have.

        """
        for zone in (start, goal):
            if zone not in self.plan and not (zone == OUTSIDE and zone is goal):
                raise ValueError(f"no zone {zone!r} in the plan")
        speeds = _Speeds(self.plan, densities or {})
        if start == goal:
            return [self._route((), start, goal, speeds)]
        barred = {z.id for z in self.plan.zones if z.category not in through} | avoid
        if step_free:
            barred |= {zone.id for zone in self.plan.zones if zone.category in STEPS}
        graph = self._graph(start, goal, passages or {}, speeds, barred - {start, goal})
        paths = _alternatives(graph, k)
        found = [self._route(path, start, goal, speeds) for path in paths]
        return sorted(found, key=lambda route: (route.seconds, route.items))

    def _graph(
        self, start: str, goal: str, passages: Passages, speeds: "_Speeds", barred: Iterable[str]
    ) -> networkx.DiGraph:
        graph = networkx.DiGraph()
        graph.add_node("start")
        graph.add_node("goal")
        shut = {*barred, *({OUTSIDE} if goal != OUTSIDE else ())}
        for zone, room in self._rooms.items():
            if zone in shut or zone == goal:
                continue
            length, speed = room.walks.length_m, speeds.of(zone)
            for out in room.slots:
                into = self.portals[out].other(zone)
                if into in shut or into == start or not self.is_open(self.portals[out], into, passages):
                    continue
                head = (out, into)
                if zone == start:
                    _edge(graph, "start", head, length[0, room.slots[out].start] / speed)
                for entered in room.slots if zone != start else ():
                    if entered != out:
                        way = length[room.slots[entered].start, room.slots[out].start]
                        _edge(graph, (entered, zone), head, way / speed + speeds.ride(zone))
                if into == goal:
                    _edge(graph, head, "goal", self._last_leg(out, goal) / speeds.of(goal))
        return graph

    def _last_leg(self, portal: int, goal: str) -> float:
        if goal == OUTSIDE:
            return 0.0
        room = self._rooms[goal]
        return float(room.walks.length_m[0, room.slots[portal].start])

    def _route(self, path: tuple[State, ...], start: str, goal: str, speeds: "_Speeds") -> Route:
        zones = (start, *(zone for _, zone in path))
        legs = list(self._legs(path, zones))
        chosen = _crossings([room.walks.length_m[a, b] / speeds.of(zone) for zone, room, a, b in legs])
        lines: dict[str, list[Floats]] = {}
        length = seconds = 0.0
        for (zone, room, a, b), (i, j) in zip(legs, pairwise(chosen), strict=True):
            way = room.walks.line(a.start + i, b.start + j)
            metres = float(room.walks.length_m[a.start + i, b.start + j])
            length, seconds = length + metres, seconds + metres / speeds.of(zone)
            seconds += speeds.ride(zone) if zone not in (start, goal) else 0.0
            _join(lines.setdefault(self.plan.zone(zone).level, []), way)
        items = tuple(dict.fromkeys(item for index, _ in path for item in self.portals[index].items))
        unknown = tuple(zone for zone in zones if zone != OUTSIDE and speeds.is_unknown(zone))
        return Route(
            zones, items, length, seconds, {level: tuple(map(_rounded, ways)) for level, ways in lines.items()}, unknown
        )

    def _legs(self, path: tuple[State, ...], zones: tuple[str, ...]) -> Iterator[tuple[str, _Room, slice, slice]]:
        """Give for each zone walked through the points at which it is entered and left."""
        middle = slice(0, 1)
        crossed = [index for index, _ in path]
        for at, zone in enumerate(zones):
            if zone != OUTSIDE:
                room = self._rooms[zone]
                enter = room.slots[crossed[at - 1]] if at else middle
                leave = room.slots[crossed[at]] if at < len(crossed) else middle
                yield zone, room, enter, leave


class _Speeds:
    """How fast people go in each zone now."""

    def __init__(self, plan: FloorPlan, densities: Densities) -> None:
        self._plan = plan
        self._densities = densities

    def is_unknown(self, zone: str) -> bool:
        return self._densities.get(zone) is None

    def of(self, zone: str) -> float:
        if zone == OUTSIDE:
            return 1.0
        density = self._densities.get(zone)
        return speed_in(self._plan.zone(zone).category, UNKNOWN_P_M2 if density is None else density)

    def ride(self, zone: str) -> float:
        """Return half of what a lift takes: a way through it goes through its zones on two levels."""
        return LIFT_RIDE_S / 2.0 if zone != OUTSIDE and self._plan.zone(zone).category == "lift" else 0.0


def _edge(graph: networkx.DiGraph, tail: object, head: object, seconds: float) -> None:
    if np.isfinite(seconds):
        graph.add_edge(tail, head, seconds=seconds)


def _alternatives(graph: networkx.DiGraph, k: int) -> list[tuple[State, ...]]:
    """Return the fastest path, then the fastest ones that do without a portal of each one before, at most k."""
    found: list[tuple[State, ...]] = []
    waiting = _without(graph, frozenset())
    while waiting and len(found) < k:
        _, path, shut = heapq.heappop(waiting)
        if path in found:
            continue
        found.append(path)
        for portal, _ in path if len(found) < k else ():
            for other in _without(graph, shut | {portal}):
                heapq.heappush(waiting, other)
    return found


def _without(graph: networkx.DiGraph, shut: frozenset[int]) -> list[tuple[float, tuple[State, ...], frozenset[int]]]:
    """Return the fastest path that goes through none of these portals, in a list that is empty where there is none."""
    hidden = [node for node in graph if node[0] in shut]
    found = _fastest(networkx.restricted_view(graph, hidden, []) if hidden else graph)
    return [] if found is None else [(found[1], found[0], shut)]


def _fastest(graph: networkx.DiGraph) -> tuple[tuple[State, ...], float] | None:
    try:
        seconds, path = networkx.single_source_dijkstra(graph, "start", "goal", weight="seconds")
    except networkx.NetworkXNoPath:
        return None
    return tuple(path[1:-1]), seconds


def _crossings(seconds: list[Floats]) -> list[int]:
    """Return which point of each place in a row is passed so that the whole takes least.

    Args:
        seconds: for each leg (points before, points after).

    """
    best, back = np.zeros(seconds[0].shape[0]), []
    for leg in seconds:
        total = best[:, None] + leg
        back.append(total.argmin(axis=0))
        best = total.min(axis=0)
    chosen = [int(best.argmin())]
    for step in reversed(back):
        chosen.append(int(step[chosen[-1]]))
    return chosen[::-1]


def _join(ways: list[Floats], way: Floats) -> None:
    """Append a line to those of its level, to the last one where it goes on from there."""
    if ways and np.hypot(*(ways[-1][-1] - way[0])) < 1e-6:
        ways[-1] = np.vstack([ways[-1], way[1:]])
    else:
        ways.append(way)


def _rounded(way: Floats) -> tuple[tuple[float, float], ...]:
    kept = shapely.get_coordinates(shapely.simplify(shapely.linestrings(way), 0.02)) if len(way) > 1 else way
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in kept)
