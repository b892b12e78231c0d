"""The part of a site that does not move, JSON-ready: for the operator's plan, and less of it for the public one."""

from typing import Any

import shapely
from shapely import LineString, Polygon

from gis.borders import clear_width_m
from gis.density import STANDARDS, standard_for
from gis.floorplan import FloorPlan, Zone
from gis.passage import items_of
from mall.config import Site
from mall.site_base import Sensor
from mall.site_file import Popup

MILLIMETRES = 3
DECIMETRES = 1
OUTLINE_TOLERANCE_M = 0.1
PUBLIC_ICONS = {"restroom": "wc", "lift": "lift", "escalator": "escalator", "stair": "stairs"}
HULL_M = 0.4
HULL_GAP_M = 0.3


def ring(line: LineString | shapely.LinearRing, digits: int = MILLIMETRES) -> list[list[float]]:
    """Return the points of a line in metres, a closed ring without its repeated last point."""
    points = [[round(x, digits), round(y, digits)] for x, y, *_ in line.coords]
    return points[:-1] if line.is_ring else points


def describe_site(site: Site) -> dict[str, Any]:
    """Return everything the operator's pages and the interface tell about a site's plan."""
    file, plan = site.file, site.plan
    return {
        "id": site.id,
        "name": file.site.name,
        "timezone": file.site.timezone,
        "languages": list(file.site.languages),
        "levels": [{"id": level.id, "label": level.label} for level in plan.levels],
        "zones": [_zone(plan, zone) for zone in plan.zones],
        "fixtures": [
            {"id": f.id, "level": f.level, "kind": f.kind, "polygon": ring(f.polygon.exterior)} for f in plan.fixtures
        ],
        "lines": [
            {"id": line.id, "label": line.label, "labels": dict(line.labels), "level": line.level}
            | {"line": ring(line.line), "in_side": line.in_side, "zone": line.zone}
            | {"clear_width_m": round(clear_width_m(plan, line), 2)}
            for line in plan.lines
        ],
        "openings": [
            {"id": o.id, "level": o.level, "line": ring(o.line), "width_m": o.width_m}
            | {"from_zone": o.from_zone, "to_zone": o.to_zone}
            for o in plan.openings
        ],
        "popups": [describe_popup(site, popup) for popup in site.popups],
        "standards": {name: {"limits": list(s.limits), "source": s.source} for name, s in STANDARDS.items()},
        "sources": _sources(site),
    }


def describe_ways(site: Site) -> list[dict[str, Any]]:
    """Return everything that can be opened and closed: its kind, the zones it joins and the modes that make sense."""
    return [
        {"id": item.id, "kind": item.kind, "level": item.level, "sides": list(item.sides)} | {"modes": list(item.modes)}
        for item in items_of(site.plan).values()
    ]


def describe_popup(site: Site, popup: Popup) -> dict[str, Any]:
    """Return a pop-up space as the site file names it."""
    return {
        "id": popup.id,
        "label": popup.label or popup.id,
        "labels": {"ja": popup.label_ja} if popup.label_ja else {},
        "pitch": popup.pitch,
        "tenant": popup.tenant,
        "device": popup.device_id,
        "starts": popup.from_,
        "ends": popup.to,
        "level": site.plan.zone(popup.pitch).level,
        "footprint": [list(point) for point in popup.footprint],
        "simulated": popup.simulated,
        "sensors": [_sensor(sensor) for sensor in popup.sensor],
    }


SENSOR_KEYS = {"id", "kind", "label", "unit", "low", "high", "period_s"}


def _sensor(sensor: Sensor) -> dict[str, Any]:
    labels = {"ja": sensor.label_ja} if sensor.label_ja else {}
    return sensor.model_dump(include=SENSOR_KEYS) | {"labels": labels}


def _zone(plan: FloorPlan, zone: Zone) -> dict[str, Any]:
    standard = standard_for(zone.category)
    return {
        "id": zone.id,
        "label": zone.label,
        "labels": dict(zone.labels),
        "category": zone.category,
        "level": zone.level,
        "polygon": ring(zone.polygon.exterior),
        "holes": [ring(hole) for hole in zone.polygon.interiors],
        "area_m2": round(plan.area_m2(zone.id), 2),
        "capacity": zone.capacity,
        "standard": standard.name if standard else None,
        "parent": zone.parent,
        "public": zone.public,
    }


def _sources(site: Site) -> dict[str, list[str]]:
    """Return camera ids by what their pictures are; a page says so wherever it is not a camera."""
    found: dict[str, list[str]] = {"camera": [], "film": [], "simulated": []}
    for camera in site.cameras:
        found["film" if camera.kind == "recorded" else camera.kind].append(camera.id)
    return found


def describe_public(site: Site, published: frozenset[str]) -> dict[str, Any]:
    """Return the plan for everybody: names of the published zones, bare outlines of the rest, nothing of staff areas.

    Args:
        site: the site.
        published: ids of the zones that have a public level.

    """
    zones = [_public_zone(zone, published) for zone in site.plan.zones if zone.category != "staff"]
    return {
        "name": site.file.site.name,
        "languages": list(site.file.site.languages),
        "simulated": any(camera.kind == "simulated" for camera in site.cameras),
        "recorded": any(camera.kind == "recorded" for camera in site.cameras),
        "levels": [{"id": level.id, "label": level.label} for level in site.plan.levels],
        "hull": _hull(site.plan),
        "zones": zones,
    }


def _hull(plan: FloorPlan) -> list[dict[str, Any]]:
    """Return the outline of the building by level, so that what is not told is at least not a hole."""
    found = []
    for level in plan.levels:
        shapes = [zone.polygon.buffer(HULL_GAP_M, join_style="mitre") for zone in plan.zones_on(level.id)]
        whole = shapely.union_all(shapes).buffer(HULL_M - HULL_GAP_M, join_style="mitre")
        for part in shapely.get_parts(whole):
            found.append({"level": level.id, "polygon": ring(_simple(part).exterior, DECIMETRES)})
    return found


def _public_zone(zone: Zone, published: frozenset[str]) -> dict[str, Any]:
    outline: dict[str, Any] = {"level": zone.level, "polygon": ring(_simple(zone.polygon).exterior, DECIMETRES)}
    if zone.parent in published:
        outline["parent"] = zone.parent
    if zone.category in PUBLIC_ICONS:
        outline["icon"] = PUBLIC_ICONS[zone.category]
    if zone.category == "restroom":
        return {key: value for key, value in outline.items() if key != "parent"}
    if zone.id in published:
        return {"id": zone.id, "label": zone.label, "labels": dict(zone.labels)} | outline
    if zone.category == "shop":  # where a shop is, is public; how full it is, is its own business
        return {"label": zone.label, "labels": dict(zone.labels)} | outline
    return outline


def _simple(polygon: Polygon) -> Polygon:
    simple = polygon.simplify(OUTLINE_TOLERANCE_M, preserve_topology=True)
    return simple if isinstance(simple, Polygon) else polygon
