"""What is odd in a plan that can be loaded, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import shapely
from shapely import STRtree

from gis.floorplan import FloorPlan, Zone
from gis.portals import CONNECTORS, cut_off

__all__ = ["Problem", "problems"]

TOLERANCE_M2 = 0.01
NEAR_M = 0.5
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd in a plan that loads: an ``error`` gives wrong figures, a ``warning`` deserves a look."""

    place: str
    text: str
    severity: Literal["error", "warning"]


def problems(plan: FloorPlan) -> list[Problem]:
    """Return what is wrong with a plan that can be loaded, and where."""
    of_zones = [*_empty_levels(plan), *_zone_problems(plan), *_overlaps(plan)]
    ways = [*_opening_problems(plan), *_connector_problems(plan), *_cut_off(plan)]
    return [*of_zones, *_line_problems(plan), *ways, *_strays(plan)]


def _zone_problems(plan: FloorPlan) -> Iterator[Problem]:
    for zone in plan.zones:
        place = f"zone {zone.id!r}"
        if plan.area_m2(zone.id) < TOLERANCE_M2:
            yield Problem(place, f"nothing of it is walkable{_cover(plan, zone)}", "error")
        if zone.parent is not None and zone.parent in plan and plan.zone(zone.parent).level != zone.level:
            level = plan.zone(zone.parent).level
            yield Problem(place, f"its parent {zone.parent!r} is on another level ({level!r})", "error")
        if wrong := _ancestry(plan, zone):
            yield Problem(place, wrong, "error")


def _ancestry(plan: FloorPlan, zone: Zone) -> str:
    """Say what is wrong with a zone's parents, empty if nothing is."""
    seen, parent = {zone.id}, zone.parent
    while parent is not None:
        if parent not in plan:
            return f"no zone {parent!r} to be its parent"
        if parent in seen:
            return f"its parents go round in a circle through {parent!r}"
        seen.add(parent)
        parent = plan.zone(parent).parent
    return ""


def _cover(plan: FloorPlan, zone: Zone) -> str:
    """Say what lies on a zone of which nothing is walkable, the largest part first."""
    others = [(f"zone {z.id!r}", z.polygon) for z in plan.zones_on(zone.level) if z is not zone]
    solid = [*plan.fixtures, *plan.footprints]
    others += [(f"{solid.kind} {solid.id!r}", solid.polygon) for solid in solid if solid.level == zone.level]
    shares = [(name, shape.intersection(zone.polygon).area) for name, shape in others]
    found = [name for name, area in sorted(shares, key=lambda share: -share[1]) if area > TOLERANCE_M2]
    words = found[:MOST_NAMED] + (["others"] if len(found) > MOST_NAMED else [])
    return f": {' and '.join(words)} cover{'s' * (len(words) == 1)} it" if words else ""


def _empty_levels(plan: FloorPlan) -> Iterator[Problem]:
    for level in plan.levels:
        if not plan.zones_on(level.id):
            yield Problem(f"level {level.id!r}", "there is no zone on it", "warning")


def _overlaps(plan: FloorPlan) -> Iterator[Problem]:
    for level in plan.levels:
        zones = plan.zones_on(level.id)
        if not zones:
            continue
        shapes = [zone.polygon for zone in zones]
        pairs = STRtree(shapes).query(shapes, predicate="intersects").T.tolist()
        for i, j in sorted((i, j) for i, j in pairs if i < j):
            shared = shapes[i].intersection(shapes[j]).area
            # A zone wholly inside another is a part of it on purpose; a partial overlap is a slip of the pen.
            if TOLERANCE_M2 < shared < min(shapes[i].area, shapes[j].area) - TOLERANCE_M2:
                text = f"overlaps zone {zones[j].id!r} by {shared:.2f} m²; people there count in the smaller one"
                yield Problem(f"zone {zones[i].id!r}", text, "warning")


def _line_problems(plan: FloorPlan) -> Iterator[Problem]:
    for line in plan.lines:
        if line.zone is not None and line.zone not in plan:
            yield Problem(f"line {line.id!r}", f"no zone {line.zone!r} for it to lead into", "error")
        if not any(zone.polygon.intersects(line.line) for zone in plan.zones_on(line.level)):
            yield Problem(f"line {line.id!r}", f"touches no zone of level {line.level!r}", "warning")


def _opening_problems(plan: FloorPlan) -> Iterator[Problem]:
    for opening in plan.openings:
        place = f"opening {opening.id!r}"
        for name in (opening.from_zone, opening.to_zone):
            if name is None:
                continue
            if name not in plan:
                yield Problem(place, f"no zone {name!r} in the plan", "error")
            elif plan.zone(name).level == opening.level and plan.zone(name).polygon.distance(opening.line) > NEAR_M:
                yield Problem(place, f"lies away from zone {name!r}", "warning")


def _connector_problems(plan: FloorPlan) -> Iterator[Problem]:
    for zone in plan.zones:
        place = f"zone {zone.id!r}"
        if zone.connects and zone.category not in CONNECTORS:
            yield Problem(place, f"connects to another level, but its category is {zone.category!r}", "warning")
        for name in zone.connects:
            if name not in plan:
                yield Problem(place, f"connects to no zone of the plan: {name!r}", "error")
            elif plan.zone(name).level == zone.level:
                yield Problem(place, f"connects to {name!r}, which is on the same level", "error")


def _cut_off(plan: FloorPlan) -> Iterator[Problem]:
    """Name the zones that no route can reach; a plan that names no way at all is one to count by, not to walk."""
    if not plan.openings and not any(zone.connects for zone in plan.zones):
        return
    for group in cut_off(plan):
        others = [repr(zone) for zone in group[1:MOST_NAMED]] + ["others"] * (len(group) > MOST_NAMED)
        more = f" (nor to {', '.join(others)})" if others else ""
        yield Problem(f"zone {group[0]!r}", f"no way leads there{more} from the rest of the plan: no route", "warning")


def _strays(plan: FloorPlan) -> Iterator[Problem]:
    for solid in plan.fixtures:
        if not any(zone.polygon.intersects(solid.polygon) for zone in plan.zones_on(solid.level)):
            yield Problem(f"fixture {solid.id!r}", f"stands in no zone of level {solid.level!r}", "warning")
    for solid in plan.footprints:
        zones = [zone.polygon for zone in plan.zones_on(solid.level)]
        if solid.polygon.difference(shapely.union_all(zones)).area > TOLERANCE_M2:
            yield Problem(f"pop-up {solid.id!r}", "its footprint reaches outside every zone", "warning")
