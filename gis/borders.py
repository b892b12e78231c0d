"""Where zones of a level meet, and which measurement lines count everybody who passes there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import shapely
from shapely.geometry.base import BaseGeometry

from gis.entrances import beside
from gis.floorplan import FloorPlan, Line, Opening, Zone
from gis.visits import OUTSIDE
from gis.zones import assign_zones

MEET_M = 0.5  # a wall or a strip between two zones that is no thicker parts nobody
LINE_M = 1.0  # how far a line may lie from the passage that it counts
COVERED_FROM = 0.9  # of a border's length that lines must cover to count all who pass


@dataclass(frozen=True, slots=True)
class Border:
    """What parts two zones (``OUTSIDE``: a zone and all that is no zone of its level).

    Attributes:
        zones: ids, the smaller first, ``OUTSIDE`` before all.
        lines: line id -> +1 where "in" leads from the first to the second zone, else -1. Empty where the lines, if
            there are any, leave a part of the border open: then moves tell who passes, not lines.

    """

    zones: tuple[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)


def clear_width_m(plan: FloorPlan, line: Line) -> float:
    """Return the width to walk on across a line: its own, else that of the openings it lies on, else its length."""
    if line.clear_width_m is not None:
        return line.clear_width_m
    widths = [opening.width_m for opening in plan.openings if opening.level == line.level and _lies_on(opening, [line])]
    return min(sum(widths), line.line.length) if widths else float(line.line.length)


def borders(plan: FloorPlan, level: str) -> tuple[Border, ...]:
    """Return every border of a level, in order of their zones."""
    zones = plan.zones_on(level)
    here = {zone.id for zone in zones}
    leads = {line.id: _leads(zones, line) for line in plan.lines_on(level)}
    passages: dict[tuple[str, str], list[Opening]] = {}
    for opening in (o for o in plan.openings if o.level == level):
        ends = [end if end in here else OUTSIDE for end in (opening.from_zone, opening.to_zone)]
        passages.setdefault(_pair(*ends), []).append(opening)
    pairs = {(OUTSIDE, zone) for zone in here} | {_pair(a.id, b.id) for a, b in combinations(zones, 2) if _meet(a, b)}
    found = []
    for pair in sorted(pairs | {pair for pair in passages if pair[0] != pair[1]}):
        lines = [line for line in plan.lines_on(level) if _pair(*leads[line.id]) == pair]
        if _is_covered(plan, pair, lines, passages.get(pair, [])):
            found.append(Border(pair, {line.id: 1 if leads[line.id] == pair else -1 for line in lines}))
        else:
            found.append(Border(pair))
    return tuple(found)


def _leads(zones: tuple[Zone, ...], line: Line) -> tuple[str, str]:
    """Return the zones on the two sides of a line, in the direction that counts as in."""
    places = assign_zones([[point.x, point.y] for point in beside(line)], zones)
    left, right = (zones[index].id if index >= 0 else OUTSIDE for index in places.tolist())
    return (right, left) if line.in_side == "left" else (left, right)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _meet(one: Zone, other: Zone) -> bool:
    return bool(shapely.dwithin(one.polygon, other.polygon, MEET_M))


def _is_covered(plan: FloorPlan, pair: tuple[str, str], lines: list[Line], passages: list[Opening]) -> bool:
    """Tell whether nobody can pass a border but over its lines."""
    if not lines or passages or OUTSIDE in pair:
        return bool(lines) and all(_lies_on(opening, lines) for opening in passages)
    smaller, larger = sorted((plan.zone(zone).polygon for zone in pair), key=lambda polygon: polygon.area)
    edge = shapely.intersection(smaller.boundary, larger.buffer(MEET_M / 2))
    counted = shapely.intersection(edge, _around(line.line for line in lines))
    return bool(edge.length > 0.0 and counted.length >= COVERED_FROM * edge.length)


def _lies_on(opening: Opening, lines: Iterable[Line]) -> bool:
    return bool(shapely.covers(_around(line.line for line in lines), opening.line))


def _around(lines: Iterable[BaseGeometry]) -> BaseGeometry:
    return shapely.union_all([line.buffer(LINE_M) for line in lines])
