"""What a scene of ``bench options`` is: a plan for the product, ground for the simulation, and what is tried there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import shapely
from shapely import LineString, Polygon

from gis.floorplan import FloorPlan, build_floorplan
from gis.passage import Passages
from gis.plan_file import RawFeature
from mall.bench.options_crowd import Ground, Log, Order
from mall.options.kinds import KINDS
from mall.options.network import RATE_MIN, Pair

LIKELY = 1
box = Polygon.from_bounds


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene.

    Attributes:
        kind: of option that is tried; zone: one that it leads through or acts on, where there are several of the kind.
        order: how the simulated people take it.
        others: zone -> people of those that the plan has and the simulation has not.

    """

    name: str
    kind: str
    place: str
    plan: FloorPlan
    ground: Ground
    order: Order
    others: Mapping[str, float]
    passages: Passages = field(default_factory=dict)
    zone: str | None = None


def rates(log: Log) -> dict[Pair, float | None]:
    """Return people a minute from zone to zone, means of the last three minutes; nobody on the way back unless seen."""
    last = log.moves[-RATE_MIN:]
    pairs = {pair for minute in log.moves for pair in minute}
    both = pairs | {pair[::-1] for pair in pairs}
    return {pair: sum(minute[pair] for minute in last) / RATE_MIN for pair in sorted(both)}


def asked(kind: str, *, stops: int | None = None, away: str | None = None, towards: str | None = None) -> Order:
    """Return the order that the likely share heeds, from when an option of this kind is ready."""
    return Order(KINDS[kind].ready_min, KINDS[kind].share[LIKELY], away, towards, stops)


def open_floor(*parts: Polygon) -> Polygon:
    """Return the ground that zones and the throats between them make together."""
    return shapely.union_all(list(parts))  # type: ignore[return-value]


def plan_of(*features: RawFeature) -> FloorPlan:
    """Return a plan of two levels."""
    return build_floorplan(features, [("1f", "1F", 0.0), ("2f", "2F", 5.0)], {})


def zone(name: str, area: Polygon, category: str = "concourse", *, level: str = "1f", **more: object) -> RawFeature:
    """Return a zone of a plan."""
    return RawFeature(f"zone {name!r}", name, "zone", level, area, {"category": category, **more})


def door(name: str, ends: list[tuple[float, float]], one: str, other: str | None, *, level: str = "1f") -> RawFeature:
    """Return an opening of a plan."""
    return RawFeature(f"opening {name!r}", name, "opening", level, LineString(ends), {"from": one, "to": other})
