"""The nearest way out of every zone: from gate to gate through the zones, past what is closed and around hazards."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely import LineString, Point

from gis.exits import Exit
from gis.floorplan import FloorPlan
from gis.passage import OPEN, Passages, leads, linked, whole

OPEN_FLOOR = frozenset({"concourse", "atrium", "walkway", "entrance", "queue", "event", "seating", "food_court"})
"""Categories without walls: where two of them touch one may walk, whether an opening is drawn there or not."""
TOUCH_M = 1.0  # length of a shared edge from which one can walk over it
NEAR_M = 0.1

State = tuple[str, str]  # (gate, zone that it is left from)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What nobody is to be led through: a disc of ``radius_m`` around ``at``, or the whole of ``zone``."""

    level: str
    at: tuple[float, float] | None = None
    radius_m: float = 0.0
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class EscapeWay:
    """The way of a zone: ``points`` are runs of (level, [(x, y) m, …]) in order; ``items`` the gates passed."""

    zone: str
    exit: str
    length_m: float
    zones: tuple[str, ...]
    items: tuple[str, ...]
    points: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


@dataclass(frozen=True, slots=True)
class _Gate:
    """A place where one steps from one zone into another: an opening, an open edge, or the run of a stair."""

    id: str
    level: str
    middle: Point
    line: LineString | Point
    sides: tuple[str | None, str | None]

    def other(self, zone: str) -> str | None:
        return self.sides[1] if self.sides[0] == zone else self.sides[0]


class EscapeNet:
    """The gates of a plan, laid out once."""

    def __init__(self, plan: FloorPlan) -> None:
        self.plan = plan
        gates = {
            o.id: _Gate(o.id, o.level, o.line.interpolate(0.5, normalized=True), o.line, (o.from_zone, o.to_zone))
            for o in plan.openings
        }
        joined = {frozenset(gate.sides) for gate in gates.values()}
        gates |= {g.id: g for g in (*_edges(plan), *_links(plan)) if frozenset(g.sides) not in joined}
        of_zone: dict[str, list[_Gate]] = {zone.id: [] for zone in plan.zones}
        for gate in gates.values():
            for side in set(gate.sides):
                if side in of_zone:
                    of_zone[side].append(gate)
        self.gates = gates
        self.of_zone = of_zone
        self.starts = {zone.id: zone.polygon.representative_point() for zone in plan.zones}


def _edges(plan: FloorPlan) -> Iterable[_Gate]:
    for level in plan.levels:
        zones = [zone for zone in plan.zones_on(level.id) if zone.category in OPEN_FLOOR]
        for i, one in enumerate(zones):
            for other in zones[i + 1 :]:
                if shapely.dwithin(one.polygon, other.polygon, NEAR_M):
                    edge = shapely.intersection(one.polygon.boundary, other.polygon.buffer(NEAR_M))
                    if edge.length >= TOUCH_M:
                        middle = (
                            edge.interpolate(0.5, normalized=True) if edge.geom_type == "LineString" else edge.centroid
                        )
                        yield _Gate(f"{one.id}|{other.id}", level.id, middle, middle, (one.id, other.id))


def _links(plan: FloorPlan) -> Iterable[_Gate]:
    for zone in plan.zones:
        if zone.category in ("stair", "escalator"):
            for other in linked(plan, zone.id):
                middle = zone.polygon.centroid
                yield _Gate("|".join(sorted((zone.id, other))), zone.level, middle, middle, (zone.id, other))


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


class EscapePlan:
    """The ways to some exits as things stand.

    Args:
        net: the plan's gates.
        passages: what is not open.
        targets: the exits to lead to; those without width are left out.
        terms: hazards, step-free, one level.

    """

    def __init__(self, net: EscapeNet, passages: Passages, targets: Sequence[Exit], terms: Terms = Terms()) -> None:
        self._plan, self._net = net.plan, net
        self._passages = whole(net.plan, passages)
        self._terms = terms
        discs = [(h.level, shapely.Point(h.at).buffer(h.radius_m)) for h in terms.hazards if h.at and h.radius_m > 0]
        self._danger = discs
        self._shunned = {h.zone for h in terms.hazards if h.at is None}
        self._found: dict[State, tuple[float, str, State | None]] = {}
        self._search([(state, each.id) for each in targets if each.width_m > 0 for state in each.gates])

    def _search(self, sources: Iterable[tuple[State, str]]) -> None:
        queue: list[tuple[float, State, str, State | None]] = []
        for state, label in sources:
            gate = self._net.gates[state[0]]
            if not self._is_in_danger(gate.level, gate.line):
                heapq.heappush(queue, (0.0, state, label, None))
        while queue:
            far, state, label, onward = heapq.heappop(queue)
            if state in self._found:
                continue
            self._found[state] = (far, label, onward)
            for before, step_m in self._before(state):
                if before not in self._found:
                    heapq.heappush(queue, (far + step_m, before, label, state))

    def _before(self, state: State) -> Iterable[tuple[State, float]]:
        """Return the gates from which one comes to a gate through the zone it is left from, with the metres between."""
        gate, zone = self._net.gates[state[0]], state[1]
        if not self._may_cross(zone):
            return
        for way in self._net.of_zone.get(zone, ()):
            origin = way.other(zone)
            if way.id == gate.id or origin is None or origin not in self._plan:
                continue
            if self._may_pass(way, origin, zone) and not self._is_in_danger(
                gate.level, LineString([way.middle, gate.middle])
            ):
                yield (way.id, origin), float(way.middle.distance(gate.middle))

    def _may_cross(self, zone_id: str) -> bool:
        zone = self._plan.zone(zone_id)
        if zone_id in self._shunned or zone.category == "lift" or self._terms.level not in (None, zone.level):
            return False
        if zone.category == "stair":
            return not self._terms.step_free and self._passages.get(zone_id, OPEN).mode != "closed"
        if zone.category == "escalator":
            return not self._terms.step_free and self._passages.get(zone_id, OPEN).mode == "stopped"
        return True

    def _may_pass(self, gate: _Gate, origin: str, into: str) -> bool:
        if self._is_in_danger(gate.level, gate.line) or not leads(self._passages.get(gate.id, OPEN), into):
            return False
        crosses = self._plan.zone(origin).level != self._plan.zone(into).level
        passage = self._passages.get(into, OPEN)
        return not (crosses and passage.mode == "one_way" and passage.towards != into)

    def _is_in_danger(self, level: str, shape: LineString | Point) -> bool:
        return any(where == level and shapely.intersects(disc, shape) for where, disc in self._danger)

    def way(self, zone_id: str) -> EscapeWay | None:
        """Return the nearest way out of a zone, None where there is none."""
        start = self._net.starts[zone_id]
        best: tuple[float, State] | None = None
        for gate in self._net.of_zone.get(zone_id, ()):
            state = (gate.id, zone_id)
            beyond = gate.other(zone_id)
            if state not in self._found or (self._found[state][2] and not self._may_pass(gate, zone_id, beyond or "")):
                continue
            far = float(start.distance(gate.middle)) + self._found[state][0]
            if best is None or far < best[0]:
                best = (far, state)
        return None if best is None else self._traced(zone_id, *best)

    def _traced(self, zone_id: str, far: float, state: State) -> EscapeWay:
        start = self._net.starts[zone_id]
        level = self._plan.zone(zone_id).level
        runs: list[tuple[str, list[tuple[float, float]]]] = [(level, [(start.x, start.y)])]
        zones, items, label = [zone_id], [], self._found[state][1]
        at: State | None = state
        while at is not None:
            gate, zone = self._net.gates[at[0]], at[1]
            if zone != zones[-1]:
                zones.append(zone)
            spot = (gate.middle.x, gate.middle.y)
            here = self._plan.zone(zone).level
            if here != runs[-1][0]:
                runs.append((here, [runs[-1][1][-1]]))
            runs[-1][1].append(spot)
            items.append(gate.id)
            at = self._found[at][2]
        points = tuple((name, tuple((round(x, 2), round(y, 2)) for x, y in spots)) for name, spots in runs)
        return EscapeWay(zone_id, label, round(far, 1), tuple(zones), tuple(items), points)
