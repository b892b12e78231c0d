"""The exits of every level, how wide they are, and how many people a minute they take, as the plan stands now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gis.entrances import outdoor_zones
from gis.floorplan import FloorPlan, Opening, Zone
from gis.passage import OPEN, Passages, leads, linked, whole
from gis.throughput import LEVEL_PLANNED, STEPPED_PLANNED

ExitKind = Literal["door", "stair", "escalator"]


@dataclass(frozen=True, slots=True)
class ExitRates:
    """People a minute and metre of clear width (p/m/min); source: ``gis.throughput.RATE_SOURCE``."""

    level: float = LEVEL_PLANNED
    stepped: float = STEPPED_PLANNED


@dataclass(frozen=True, slots=True)
class Exit:
    """A way off a level: a door to the outside, or a stair down (up from a basement).

    Attributes:
        id: of the opening or of the stair or escalator zone; zone: the zone that it is left from, or the stair itself.
        width_m: clear width of its narrowest part now; 0 where it cannot be used.
        drawn_m: the same with everything open.
        gates: (opening, zone it is passed from) of every way into it.

    """

    id: str
    kind: ExitKind
    level: str
    zone: str
    width_m: float
    drawn_m: float
    gates: tuple[tuple[str, str], ...]

    def capacity(self, rates: ExitRates) -> float:
        """Return the people it takes a minute."""
        return self.width_m * (rates.level if self.kind == "door" else rates.stepped)


class ExitPlan:
    """The exits of a plan: what they are is found once, what they take depends on how the plan stands."""

    def __init__(self, plan: FloorPlan) -> None:
        self._plan = plan
        self.outdoors = outdoor_zones(plan)
        with_doors = frozenset(level.id for level in plan.levels if self._doors(level.id, {}))
        self.steps = _steps_out(plan, with_doors)
        self._last: tuple[Passages, dict[str, tuple[Exit, ...]]] | None = None

    def now(self, passages: Passages) -> dict[str, tuple[Exit, ...]]:
        """Return the exits by level, closed ones too, widest first as drawn.

        A door leads outside, or into an outdoor zone. A stair is an exit where it leads to a level that is nearer to
        such doors; an escalator only while it stands, a lift never.
        """
        if self._last is not None and self._last[0] == passages:
            return self._last[1]
        asked, passages, found = dict(passages), whole(self._plan, passages), {}
        for level in self._plan.levels:
            every = self._doors(level.id, passages) + _stairs(self._plan, level.id, passages, self.steps)
            found[level.id] = tuple(sorted(every, key=lambda each: (-each.drawn_m, each.id)))
        self._last = asked, found
        return found

    def _doors(self, level: str, passages: Passages) -> list[Exit]:
        found = []
        for opening in (o for o in self._plan.openings if o.level == level):
            ends = (opening.from_zone, opening.to_zone)
            inside = [end for end in ends if end is not None and end in self._plan and end not in self.outdoors]
            if len(inside) != 1:
                continue
            beyond = ends[1] if ends[0] == inside[0] else ends[0]
            drawn, now = (self._lobby_m(opening, inside[0], passes) for passes in ({}, passages))
            usable = leads(passages.get(opening.id, OPEN), beyond)
            gates = ((opening.id, inside[0]),)
            found.append(Exit(opening.id, "door", level, inside[0], now if usable else 0.0, drawn, gates))
        return found

    def _lobby_m(self, door: Opening, zone_id: str, passages: Passages) -> float:
        """Return the width of a door, or of the ways into its entrance zone together where these are narrower."""
        if self._plan.zone(zone_id).category != "entrance":
            return door.width_m
        ways = [
            (opening, other)
            for opening in self._plan.openings
            if opening.id != door.id
            for here, other in _both_ways(opening)
            if here == zone_id and other is not None and other not in self.outdoors
        ]
        wide = sum(o.width_m for o, _ in ways if leads(passages.get(o.id, OPEN), zone_id))
        return min(door.width_m, wide) if ways else door.width_m


def _both_ways(opening: Opening) -> tuple[tuple[str | None, str | None], ...]:
    return (opening.from_zone, opening.to_zone), (opening.to_zone, opening.from_zone)


def _steps_out(plan: FloorPlan, with_doors: frozenset[str]) -> Mapping[str, int]:
    """Return over how many levels one leaves from each level; a level without a way is absent."""
    links = [
        (zone.level, plan.zone(other).level)
        for zone in plan.zones
        if zone.category in ("stair", "escalator")
        for other in linked(plan, zone.id)
    ]
    found = dict.fromkeys(with_doors, 0)
    frontier, step = set(with_doors), 0
    while frontier:
        step += 1
        frontier = {here for here, there in links if there in frontier and here not in found}
        found |= dict.fromkeys(frontier, step)
    return found


def _stairs(plan: FloorPlan, level: str, passages: Passages, steps: Mapping[str, int]) -> list[Exit]:
    found = []
    for zone in (z for z in plan.zones_on(level) if z.category in ("stair", "escalator")):
        onward = [o for o in linked(plan, zone.id) if steps.get(plan.zone(o).level, 99) < steps.get(level, 99)]
        if not onward:
            continue
        is_stair = zone.category == "stair"
        passage = passages.get(zone.id, OPEN)
        usable = any(leads(passage, other) for other in onward) if is_stair else passage.mode == "stopped"
        drawn, now = (_stair_m(plan, zone, passes) for passes in ({}, passages))
        if is_stair or usable:
            kind: ExitKind = "stair" if is_stair else "escalator"
            gates = _gates(plan, zone)
            found.append(Exit(zone.id, kind, level, zone.id, now if usable else 0.0, drawn, gates))
    return found


def _gates(plan: FloorPlan, stair: Zone) -> tuple[tuple[str, str], ...]:
    """Return the openings of a stair to zones of its own level, each with that zone."""
    return tuple(
        (opening.id, other)
        for opening in plan.openings
        for here, other in _both_ways(opening)
        if here == stair.id and other is not None and other in plan and plan.zone(other).level == stair.level
    )


def _stair_m(plan: FloorPlan, stair: Zone, passages: Passages) -> float:
    """Return the narrowest of a stair: the ways into it together, its link to the next level, and its own width."""
    by_id = {opening.id: opening for opening in plan.openings}
    ways = _gates(plan, stair)
    into = [by_id[gate].width_m for gate, _ in ways if leads(passages.get(gate, OPEN), stair.id)]
    across = [
        opening.width_m
        for opening in plan.openings
        for here, other in _both_ways(opening)
        if here == stair.id and other is not None and other in plan and plan.zone(other).level != stair.level
    ]
    own = [end.width_m for end in (stair, *map(plan.zone, linked(plan, stair.id))) if end.width_m is not None]
    widths = ([sum(into)] if ways else []) + ([sum(across)] if across else []) + own
    x0, y0, x1, y1 = stair.polygon.bounds
    return min(widths, default=min(x1 - x0, y1 - y0))
