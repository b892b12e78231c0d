"""Which lines of a plan lead into the mall, and which zones lie outside of it."""

from gis.floorplan import FloorPlan, Line, Opening


def entrance_lines(plan: FloorPlan) -> frozenset[str]:
    """Return the lines that lead into the mall: into no named zone, or into a zone of category ``entrance``."""
    entrances = {zone.id for zone in plan.zones if zone.category == "entrance"}
    return frozenset(line.id for line in plan.lines if line.zone is None or line.zone in entrances)


def outdoor_zones(plan: FloorPlan) -> frozenset[str]:
    """Return the zones outside the mall: those reached from an entrance zone through openings before its line."""
    gates = [line for line in plan.lines if line.id in entrance_lines(plan)]
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
