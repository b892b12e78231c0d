"""Ways for simulated people: routes of the plan as points to walk to, gates among them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan, Opening
from gis.passage import Passages
from gis.portals import OUTSIDE
from gis.routes import Route, WalkGraph
from gis.throughput import ESCALATOR_SPEED_M_S, STAIR_SPEED_M_S, throughput
from gis.zones import assign_zones
from mall.drills.places import UnfitError, exit_items

APART_M = 0.8  # a turn so near to an opening is none: one turns in the opening
BODY_M = 0.25  # half of a person's width, kept from the ends of an opening
NEAR_M = 0.3  # a route passes an opening where it comes so near to it
APRON_M = 1.5  # of ground before an outer door
ROOMS_M = (2.4, 1.5, 1.0, 0.6, 0.3)

_PACE = {"escalator": ESCALATOR_SPEED_M_S, "stair": STAIR_SPEED_M_S}


@dataclass(frozen=True, slots=True)
class Gate:
    """An opening that lets so many people through; ``items`` are those whose state rules it.

    ``towards``: the zone that is entered there, or ``OUTSIDE``.
    """

    id: str
    items: tuple[str, ...]
    headway_s: float
    towards: str = OUTSIDE


@dataclass(frozen=True, slots=True)
class Step:
    """A point to walk to: ``zone`` is where one walks before it, ``across`` how far one may keep to either side.

    Attributes:
        xy: m; level: of the point; side: unit vector across the way.
        pace: m/s at most, None where only the crowd slows.
        gate: an opening that is passed there.

    """

    xy: tuple[float, float]
    level: str
    zone: str
    side: tuple[float, float]
    across: tuple[float, float]
    pace: float | None = None
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """From zone to zone, as far as the edge of the last; ``seconds`` where nobody is in the way."""

    steps: tuple[Step, ...]
    seconds: float


def way_between(
    graph: WalkGraph, start: str, goal: str, passages: Passages | None = None, avoid: frozenset[str] = frozenset()
) -> Way:
    """Return the fastest way from the middle of a zone to the edge of another, through none of the zones to avoid.

    Raises:
        UnfitError: none leads there.

    """
    found = graph.routes(start, goal, passages, k=1, avoid=avoid)
    if not found:
        raise UnfitError("no-way", f"{start} → {goal}")
    return Way(tuple(_steps(graph.plan, found[0])), found[0].seconds)


def way_in(plan: FloorPlan, zone: str) -> tuple[Step, ...]:
    """Return the steps by which one comes from the outside into a zone; UnfitError where no door leads out of it."""
    return _door(plan, zone, way=-1.0)


def way_out(plan: FloorPlan, zone: str, shut: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """Return the steps by which one leaves a zone for the outside; UnfitError where no open door leads out of it."""
    outer, door = _door(plan, zone, way=1.0, shut=shut)
    return door, outer


def _door(plan: FloorPlan, zone: str, *, way: float, shut: frozenset[str] = frozenset()) -> tuple[Step, Step]:
    items = set(exit_items(plan, zone)) - shut
    if not items:
        raise UnfitError("no-door", zone)
    opening = max((o for o in plan.openings if o.id in items), key=lambda o: (o.width_m, o.id))
    middle = np.asarray(opening.line.interpolate(0.5, normalized=True).coords[0])
    along = _unit(np.subtract(opening.line.coords[-1], opening.line.coords[0]))
    normal = np.array([-along[1], along[0]])
    inner = plan.zone(zone).polygon
    if shapely.distance(inner, shapely.points(middle + normal)) < shapely.distance(
        inner, shapely.points(middle - normal)
    ):
        normal = -normal
    left = (-way * normal[1], way * normal[0])
    towards = OUTSIDE if way > 0.0 else zone
    door = _at_opening(plan, opening, zone, towards, left)
    out = middle + APRON_M * normal
    return Step(_pair(out), door.level, zone, door.side, door.across), door


def _steps(plan: FloorPlan, route: Route) -> list[Step]:
    """Return a route as steps, one level after the other in the order in which it comes to them."""
    levels = list(dict.fromkeys(plan.zone(zone).level for zone in route.zones))
    found: list[Step] = []
    for level in levels:
        here = [zone for zone in route.zones if plan.zone(zone).level == level]
        for line in route.lines.get(level, ()):
            if len(line) > 1:
                found += _along(plan, LineString(line), here, route.items)
    goal = plan.zone(route.zones[-1])
    return _as_far_as(found, goal.polygon, goal.level)


def _along(plan: FloorPlan, line: LineString, zones: Sequence[str], items: Sequence[str]) -> list[Step]:
    """Return the corners of a line on one level, and the openings that it passes, in order."""
    level = plan.zone(zones[0]).level
    gates = _passed(plan, line, level, items)
    corners: list[tuple[float, Opening | None]] = [
        (at, None)
        for at in (line.project(shapely.Point(corner)) for corner in line.coords)
        if all(abs(at - gate) > APART_M for gate, _ in gates)
    ]
    here = [plan.zone(zone) for zone in zones]
    ground = shapely.buffer(shapely.union_all([plan.walkable(zone) for zone in zones]), 0.05)
    found: list[Step] = []
    last = 0.0
    for at, opening in sorted([*gates, *corners], key=lambda mark: mark[0]):
        middle = line.interpolate((last + at) / 2.0)
        index = int(assign_zones([[middle.x, middle.y]], here)[0])
        zone = here[index].id if index >= 0 else (found[-1].zone if found else zones[0])
        side = _side(line, at)
        if opening is not None:
            found.append(_at_opening(plan, opening, zone, _beyond(opening, zone), side))
        else:
            point = line.interpolate(at)
            room = _room(ground, point, side)
            found.append(Step((point.x, point.y), level, zone, side, room, _PACE.get(plan.zone(zone).category)))
        last = at
    return found


def _passed(plan: FloorPlan, line: LineString, level: str, items: Sequence[str]) -> list[tuple[float, Opening]]:
    """Return (metres along a line, opening) of the openings of a route that it passes."""
    return [
        (line.project(shapely.Point(opening_point(line, opening))), opening)
        for opening in plan.openings
        if opening.id in items and opening.level == level and shapely.distance(opening.line, line) <= NEAR_M
    ]


def _room(ground: BaseGeometry, point: shapely.Point, side: tuple[float, float]) -> tuple[float, float]:
    """Return how far one may keep to the side and to the other side of a point and still be on the ground."""
    found = []
    for sign in (1.0, -1.0):
        ends = [(room, (point.x + sign * room * side[0], point.y + sign * room * side[1])) for room in ROOMS_M]
        fitting = (room for room, end in ends if shapely.covers(ground, LineString([(point.x, point.y), end])))
        found.append(next(fitting, 0.0))
    return found[0], found[1]


def opening_point(line: LineString, opening: Opening) -> tuple[float, float]:
    """Return where a line comes nearest to an opening."""
    point = shapely.shortest_line(line, opening.line).coords[0]
    return float(point[0]), float(point[1])


def _beyond(opening: Opening, zone: str) -> str:
    """Return where an opening leads from a zone."""
    return (opening.from_zone if zone == opening.to_zone else opening.to_zone) or OUTSIDE


def _at_opening(plan: FloorPlan, opening: Opening, zone: str, towards: str, side: tuple[float, float]) -> Step:
    middle = opening.line.interpolate(0.5, normalized=True)
    along = _unit(np.subtract(opening.line.coords[-1], opening.line.coords[0]))
    across = max(0.0, min(opening.width_m, opening.line.length) / 2.0 - BODY_M)
    pace = _PACE.get(plan.zone(zone).category)
    along = along if np.dot(along, side) >= 0.0 else -along
    gate = _gate(plan, opening, towards)
    return Step((middle.x, middle.y), opening.level, zone, _pair(along), (across, across), pace, gate)


def _gate(plan: FloorPlan, opening: Opening, towards: str) -> Gate:
    """Return what an opening lets through: no more than the stair, escalator or lift behind it."""
    ends = [end for end in (opening.from_zone, opening.to_zone) if end is not None and end in plan]
    carriers = [end for end in ends if plan.zone(end).category in ("escalator", "stair", "lift")]
    caps = [found.cap for item in (opening.id, *carriers) if (found := throughput(plan, item)) is not None]
    return Gate(opening.id, (opening.id, *carriers), 60.0 / max(min(caps), 1.0), towards)


def _as_far_as(steps: list[Step], goal: Polygon, level: str) -> list[Step]:
    """Return the steps up to the first that is in the goal, which is the last."""
    for index, step in enumerate(steps):
        is_there = step.level == level and shapely.dwithin(goal, shapely.Point(step.xy), 0.05)
        if is_there and index > 0:
            return steps[: index + 1]
    return steps


def _side(line: LineString, at: float) -> tuple[float, float]:
    one, other = line.interpolate(max(0.0, at - 0.5)), line.interpolate(min(line.length, at + 0.5))
    along = _unit(np.array([other.x - one.x, other.y - one.y]))
    return float(-along[1]), float(along[0])


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.hypot(*vector))
    return np.array([1.0, 0.0]) if length < 1e-9 else np.asarray(vector) / length


def _pair(point: NDArray[np.float64]) -> tuple[float, float]:
    return float(point[0]), float(point[1])
