"""The nearest way out of every zone: one search from the exits inwards, past what is closed and around hazards."""

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis.exits import Exit
from gis.floorplan import FloorPlan
from gis.passage import OPEN, Passages, leads, whole
from gis.portals import OUTSIDE, portals_of
from gis.walking import Walks, centre, walks

State = tuple[int, str]
"""A portal, and the zone that is left through it."""
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hazard:
    """What nobody is to be led through: a disc of ``radius_m`` around ``at``, or the whole of ``zone``."""

    level: str
    at: Spot | None = None
    radius_m: float = 0.0
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What ways have to heed.

    Attributes:
        hazards: what to lead around; somebody who stands in one is led out of it.
        step_free: without stairs and escalators; level: search on this level only.

    """

    hazards: tuple[Hazard, ...] = ()
    step_free: bool = False
    level: str | None = None


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class EscapeWay:
    """The way of a zone: ``points`` are runs of (level, ((x, y) m, …)) in order; ``items`` what is passed."""

    zone: str
    exit: str
    length_m: float
    zones: tuple[str, ...]
    items: tuple[str, ...]
    points: tuple[tuple[str, tuple[Spot, ...]], ...]


class EscapeNet:
    """The portals of a plan and the ways within its zones, laid out once.

    Args:
        plan: the plan.
        steps: level id -> over how many levels one leaves from there; nobody is led to a level with more of them.

    """

    def __init__(self, plan: FloorPlan, steps: Mapping[str, int]) -> None:
        self.plan, self.steps = plan, steps
        self.portals = portals_of(plan)
        self.index = {portal.id: i for i, portal in enumerate(self.portals) if portal.kind == "opening"}
        of_zone: dict[str, list[int]] = {zone.id: [] for zone in plan.zones}
        for i, portal in enumerate(self.portals):
            for zone in portal.zones:
                if zone != OUTSIDE:
                    of_zone[zone].append(i)
        self.of_zone: Mapping[str, Sequence[int]] = of_zone
        self._rooms: dict[str, Walks] = {}

    def room(self, zone: str, dangers: Sequence[shapely.Polygon] = ()) -> Walks:
        """Return the ways of a zone between its centre (point 0) and the middles of its portals, around dangers."""
        if not dangers and zone in self._rooms:
            return self._rooms[zone]
        walkable = self.plan.walkable(zone)
        floor = self.plan.zone(zone).polygon if walkable.is_empty else walkable
        points = np.vstack([centre(floor)[None, :], *(self.portals[i].points[:1] for i in self.of_zone[zone])])
        free = shapely.difference(floor, shapely.union_all(list(dangers))) if dangers else floor
        found = walks(floor if free.is_empty else free, points)
        if not dangers:
            self._rooms[zone] = found
        return found

    def slot(self, zone: str, portal: int) -> int:
        """Return the number of a portal among the points of a zone."""
        return self.of_zone[zone].index(portal) + 1


class EscapePlan:
    """The ways to some exits as things stand.

    Args:
        net: the plan's portals.
        passages: what is not open.
        targets: the exits to lead to; those without width are left out.
        terms: hazards, step-free, one level.

    """

    def __init__(self, net: EscapeNet, passages: Passages, targets: Sequence[Exit], terms: Terms = NO_TERMS) -> None:
        self._net, self._plan, self._terms = net, net.plan, terms
        self._passages = whole(net.plan, passages)
        self._discs = [
            (h.level, shapely.Point(h.at).buffer(h.radius_m)) for h in terms.hazards if h.at and h.radius_m > 0
        ]
        self._shunned = {h.zone for h in terms.hazards if h.at is None}
        self._rooms: dict[str, Walks] = {}
        self._found: dict[State, tuple[float, str, State | None]] = {}
        self._search(targets)

    def _search(self, targets: Sequence[Exit]) -> None:
        queue: list[tuple[float, State, str, State | None]] = []
        for each in (target for target in targets if target.width_m > 0):
            for opening, zone in each.gates:
                state = (self._net.index[opening], zone)
                if not self._is_in_danger(state):
                    heapq.heappush(queue, (0.0, state, each.id, None))
        while queue:
            far, state, label, onward = heapq.heappop(queue)
            if state not in self._found:
                self._found[state] = (far, label, onward)
                for before, step_m in self._before(state):
                    if before not in self._found:
                        heapq.heappush(queue, (far + step_m, before, label, state))

    def _before(self, state: State) -> Iterator[tuple[State, float]]:
        """Give the portals from which one comes to a portal through the zone that is left by it, and the metres."""
        portal, zone = state
        if not self._may_cross(zone):
            return
        lengths, end = self._room(zone).length_m, self._net.slot(zone, portal)
        for way in self._net.of_zone[zone]:
            origin = self._net.portals[way].other(zone)
            if way == portal or origin == OUTSIDE or not self._may_pass(way, origin, zone):
                continue
            step_m = float(lengths[self._net.slot(zone, way), end])
            if math.isfinite(step_m):
                yield (way, origin), step_m

    def _room(self, zone: str) -> Walks:
        if zone not in self._rooms:
            mine = self._plan.zone(zone)
            near = [disc for level, disc in self._discs if level == mine.level and disc.intersects(mine.polygon)]
            self._rooms[zone] = self._net.room(zone, near)
        return self._rooms[zone]

    def _may_cross(self, zone_id: str) -> bool:
        zone = self._plan.zone(zone_id)
        if zone_id in self._shunned or zone.category == "lift" or self._terms.level not in (None, zone.level):
            return False
        mode = self._passages.get(zone_id, OPEN).mode
        if zone.category == "stair":
            return not self._terms.step_free and mode != "closed"
        if zone.category == "escalator":
            return not self._terms.step_free and mode == "stopped"
        return True

    def _may_pass(self, index: int, origin: str, into: str) -> bool:
        portal = self._net.portals[index]
        here, there = self._plan.zone(origin).level, self._plan.zone(into).level
        if self._net.steps.get(there, 99) > self._net.steps.get(here, 99) or self._is_in_danger((index, origin)):
            return False
        return all(self._allows(item, into) for item in portal.items)

    def _allows(self, item: str, into: str) -> bool:
        passage = self._passages.get(item, OPEN)
        if item in self._plan and item not in self._net.index:  # a stair or escalator: which of its ends is crossed to
            return passage.mode != "one_way" or passage.towards == into
        return leads(passage, into)

    def _is_in_danger(self, state: State) -> bool:
        portal, zone = self._net.portals[state[0]], self._plan.zone(state[1])
        place = shapely.Point(portal.points[0])
        return any(level == zone.level and shapely.intersects(disc, place) for level, disc in self._discs)

    def way(self, zone_id: str) -> EscapeWay | None:
        """Return the nearest way out of a zone, None where there is none."""
        room = self._room(zone_id)
        best: tuple[float, State] | None = None
        for portal in self._net.of_zone[zone_id]:
            found = self._found.get((portal, zone_id))
            beyond = self._net.portals[portal].other(zone_id)
            if found is None or (found[2] is not None and not self._may_pass(portal, zone_id, beyond)):
                continue
            far = float(room.length_m[0, self._net.slot(zone_id, portal)]) + found[0]
            if math.isfinite(far) and (best is None or far < best[0]):
                best = (far, (portal, zone_id))
        return None if best is None else self._traced(zone_id, *best)

    def _traced(self, zone_id: str, far: float, first: State) -> EscapeWay:
        states = list(self._onward(first))
        runs: list[tuple[str, list[Spot]]] = []
        start = 0
        for portal, zone in states:
            level, end = self._plan.zone(zone).level, self._net.slot(zone, portal)
            spots = [(round(x, 2), round(y, 2)) for x, y in self._room(zone).line(start, end).tolist()]
            if not runs or runs[-1][0] != level:
                runs.append((level, spots))
            else:
                runs[-1][1].extend(spots[1:])
            beyond = self._net.portals[portal].other(zone)
            start = self._net.slot(beyond, portal) if beyond != OUTSIDE else 0
        items = tuple(dict.fromkeys(item for portal, _ in states for item in self._net.portals[portal].items))
        points = tuple((level, tuple(_without_doubles(spots))) for level, spots in runs)
        zones = tuple(zone for _, zone in states)
        return EscapeWay(zone_id, self._found[first][1], round(far, 1), zones, items, points)

    def _onward(self, state: State | None) -> Iterator[State]:
        while state is not None:
            yield state
            state = self._found[state][2]


def _without_doubles(spots: Iterable[Spot]) -> Iterator[Spot]:
    last: Spot | None = None
    for spot in spots:
        if spot != last:
            yield spot
        last = spot
