"""What zones are for a crowd besides their category: before an exit, or the landing of an escalator."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from gis.borders import borders, clear_width_m
from gis.entrances import beside, entrance_lines
from gis.exits import ExitPlan
from gis.floorplan import FloorPlan, Line, Zone
from gis.portals import portals_of
from gis.zones import assign_zones
from mall.advisories.rules import Role

CONNECTORS = frozenset({"escalator", "lift", "stair"})


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a plan's zones.

    Attributes:
        exits: zone -> ids of the entrance lines that lead out of it.
        doors: zone without such a line -> ids of the exits that lead out of it: of them nobody counts who passes.
        escalators: landing -> escalators it is connected with; feeding: those that the plan has leading into it.
        stair_lines: zone of a stair or escalator -> lines at its ends.
        widths: line -> clear width in m, of the lines above.
        openings: zone -> openings at its edges.

    """

    exits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    escalators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    feeding: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stair_lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)
    openings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, zone: str) -> frozenset[Role]:
        """Return the roles of a zone."""
        found: set[Role] = set()
        if zone in self.exits:
            found.add("exit")
        if zone in self.doors:
            found.add("door")
        if zone in self.escalators:
            found.add("landing")
        return frozenset(found)


def roles_of(plan: FloorPlan) -> Roles:
    """Return the roles of a plan's zones."""
    sides = {line.id: pair for level in plan.levels for line, pair in _sides(plan, level.id)}
    exits, stairs = _exits(plan, sides), _stair_lines(plan, sides)
    met, feeding = _landings(plan)
    named = {line for lines in (*exits.values(), *stairs.values()) for line in lines}
    widths = {line.id: clear_width_m(plan, line) for line in plan.lines if line.id in named}
    openings: dict[str, list[str]] = {}
    for opening in plan.openings:
        for zone in {opening.from_zone, opening.to_zone} - {None}:
            openings.setdefault(str(zone), []).append(opening.id)
    return Roles(exits, met, feeding, stairs, widths, _as_tuples(openings), _uncounted(plan, exits))


Sides = tuple[Zone | None, Zone | None]


def _sides(plan: FloorPlan, level: str) -> list[tuple[Line, Sides]]:
    """Return the lines of a level with the zones to their left and right, those that count people there."""
    lines, zones = plan.lines_on(level), plan.zones_on(level)
    points = [[point.x, point.y] for line in lines for point in beside(line)]
    if not points:
        return []
    found = [zones[index] if index >= 0 else None for index in assign_zones(points, zones).tolist()]
    return list(zip(lines, zip(found[::2], found[1::2], strict=True), strict=True))


def _exits(plan: FloorPlan, sides: Mapping[str, Sides]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    gates = entrance_lines(plan)
    for line in (line for line in plan.lines if line.id in gates):
        left, right = sides[line.id]
        inner = left if line.in_side == "left" else right  # where "in" leads to over a line that names no zone
        zone = line.zone or (inner.id if inner is not None else None)
        if zone is not None and zone in plan:
            found.setdefault(zone, []).append(line.id)
    return _as_tuples(found)


def _uncounted(plan: FloorPlan, exits: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for each in (each for level in ExitPlan(plan).now({}).values() for each in level):
        if each.kind == "door" and each.zone not in exits:
            found.setdefault(each.zone, []).append(each.id)
    return _as_tuples(found)


def _stair_lines(plan: FloorPlan, sides: Mapping[str, Sides]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in plan.lines:
        for zone in sides[line.id]:
            if zone is not None and zone.category in ("stair", "escalator"):
                found.setdefault(zone.id, []).append(line.id)
    return _as_tuples(found)


def _landings(plan: FloorPlan) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return landing -> its escalators, and those of them that run towards it.

    Which way one runs its ``direction`` says, where it has none the side from which its opening leads.
    """
    runs_here = _running(plan)
    escalators = {zone.id for zone in plan.zones if zone.category == "escalator"}
    ends = [(o.from_zone or "", o.to_zone or "") for o in plan.openings]
    pairs = [(one, other) for one, other in ends if one in plan and other in plan]
    bare = escalators - {zone for pair in pairs for zone in pair}
    if bare:
        met_at = [border.zones for level in plan.levels for border in borders(plan, level.id)]
        pairs += [zones for zones in met_at if bare & set(zones) and all(zone in plan for zone in zones)]
    met: dict[str, list[str]] = {}
    feeding: dict[str, list[str]] = {}
    for one, other in pairs:
        for escalator, landing in ((one, other), (other, one)):
            if escalator not in escalators or plan.zone(landing).category in CONNECTORS:
                continue
            met.setdefault(landing, []).append(escalator)
            if runs_here.get(escalator, landing == other):
                feeding.setdefault(landing, []).append(escalator)
    return _as_tuples(met), _as_tuples(feeding)


def _running(plan: FloorPlan) -> dict[str, bool]:
    """Return escalator -> whether it runs towards this end of it, of those whose direction the plan tells."""
    links = [portal for portal in portals_of(plan) if portal.kind == "link" and len(portal.into) == 1]
    found: dict[str, bool] = {}
    for portal in links:
        for zone in portal.zones:
            found[zone] = found.get(zone, False) or zone in portal.into
    return found


def _as_tuples(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {zone: tuple(dict.fromkeys(ids)) for zone, ids in found.items()}
