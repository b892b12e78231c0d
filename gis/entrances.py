"""Which lines of a plan lead into the mall, and which zones lie outside of it."""

import numpy as np
from shapely import Point

from gis.floorplan import FloorPlan, Line, Opening

BESIDE_M = 0.5  # how far from the middle of a line its two sides are looked at


def entrance_lines(plan: FloorPlan) -> frozenset[str]:
    """Return the lines that lead into the mall.

    A line that names its zone does where that zone is an ``entrance``. One that names none does where it touches an
    entrance zone or has no zone at all on one of its sides: between two zones of the inside it is no entrance.
    """
    return frozenset(line.id for line in plan.lines if _leads_in(plan, line))


def _leads_in(plan: FloorPlan, line: Line) -> bool:
    if line.zone is not None:
        return line.zone in plan and plan.zone(line.zone).category == "entrance"
    sides = [_category_at(plan, line.level, point) for point in beside(line)]
    return None in sides or "entrance" in sides


def beside(line: Line) -> tuple[Point, Point]:
    """Return the points to the left and to the right of a line's middle, looking from its first to its last vertex."""
    (x0, y0), (x1, y1) = line.line.coords[0], line.line.coords[-1]
    middle = line.line.interpolate(0.5, normalized=True)
    across = np.array([y0 - y1, x1 - x0]) / (np.hypot(x1 - x0, y1 - y0) or 1.0) * BESIDE_M
    return Point(middle.x + across[0], middle.y + across[1]), Point(middle.x - across[0], middle.y - across[1])


def _category_at(plan: FloorPlan, level: str, point: Point) -> str | None:
    """Return the category of the smallest zone there, which is the one that counts people."""
    found = [zone for zone in plan.zones_on(level) if zone.polygon.covers(point)]
    return min(found, key=lambda zone: zone.polygon.area).category if found else None


def outdoor_zones(plan: FloorPlan) -> frozenset[str]:
    """Return the zones outside the mall: those reached from an entrance zone through openings before its line."""
    entrances = entrance_lines(plan)
    gates = [line for line in plan.lines if line.id in entrances]
    outward = [o for o in plan.openings if any(_is_before(line, o) for line in gates)]
    entered = {line.zone for line in gates}
    edges = [{o.from_zone, o.to_zone} for o in plan.openings if o not in outward]
    found = {zone for o in outward for zone in (o.from_zone, o.to_zone) if zone is not None and zone not in entered}
    frontier = set(found)
    while frontier:
        met = {zone for edge in edges if edge & frontier for zone in edge if zone is not None}
        frontier = met - found
        found |= frontier
    return frozenset(found)


def _is_before(line: Line, opening: Opening) -> bool:
    """Tell whether an opening of the zone that an entrance line leads into lies before that line."""
    if line.zone is None or line.zone not in (opening.from_zone, opening.to_zone):
        return False
    (x0, y0), (x1, y1) = line.line.coords[0], line.line.coords[-1]
    middle = opening.line.interpolate(0.5, normalized=True)
    left = (x1 - x0) * (middle.y - y0) - (y1 - y0) * (middle.x - x0) > 0.0
    return left != (line.in_side == "left")
