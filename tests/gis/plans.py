"""Small plans for tests of ways: zones as rectangles, openings between them."""

from typing import Any

from shapely import LineString

from gis.floorplan import FloorPlan, LevelRows, build_floorplan
from gis.plan_file import RawFeature, as_polygon

Ring = list[list[float]]


def box(x0: float, y0: float, x1: float, y1: float) -> Ring:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


def zone(zone_id: str, ring: Ring, level: str = "1f", category: str = "concourse", **props: Any) -> RawFeature:
    polygon = as_polygon([ring], zone_id)
    return RawFeature(f"zone {zone_id!r}", zone_id, "zone", level, polygon, {"category": category, **props})


def solid(name: str, ring: Ring, level: str = "1f") -> RawFeature:
    return RawFeature(name, name, "fixture", level, as_polygon([ring], name), {})


def door(name: str, ends: Ring, one: str | None, other: str | None, level: str = "1f", **props: Any) -> RawFeature:
    ways = {"from": one, "to": other, **props}
    return RawFeature(f"opening {name!r}", name, "opening", level, LineString(ends), ways)


def plan_of(*features: RawFeature, levels: LevelRows = ()) -> FloorPlan:
    return build_floorplan(features, levels, {})
