"""Where people of the simulated storeys can walk: rooms with walls, doors where the plan has openings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import nearest_points

WALL_M = 0.06  # half a wall
CLEARANCE_M = 0.33  # routes keep this far from walls
SPACING_M = 0.95  # people who stand choose a place this far from others, where there is one
CLOSED = frozenset({"staff", "restroom", "lift", "escalator", "stair"})  # the simulated crowd does not go there
NOT_SIMULATED = frozenset({"plaza-west", "plaza-east", "s116"})
SHOW = shapely.Point(31, 42).buffer(5.4)  # the ring round the fountain where the audience stands; others walk round it

Point = tuple[float, float]


@dataclass(frozen=True)
class Floor:
    """A level's walkable area, the smaller area that routes use, and the zones in which people stand."""

    level: str
    walkable: Polygon
    routable: Polygon
    inner: Polygon  # a little smaller again, so that its edge lies safely inside
    zones: dict[str, Polygon]
    around: Polygon  # what is routable without the show

    def near(self, at: Point) -> Point:
        """Return the nearest point to which a route exists."""
        if shapely.contains_xy(self.routable, *at):
            return at
        point = nearest_points(self.inner, shapely.Point(at))[0]
        return point.x, point.y

    def spot(self, zone: str, rng: np.random.Generator, taken: Sequence[Point]) -> Point:
        """Return a place in a zone to stand at, away from those taken where the zone has room for it."""
        area = self.zones[zone]
        x0, y0, x1, y1 = area.bounds
        tries = rng.uniform((x0, y0), (x1, y1), (300, 2))
        tries = tries[shapely.contains_xy(area, tries)]
        if not len(tries):
            return area.representative_point().x, area.representative_point().y
        others = np.array(taken, float).reshape(-1, 2)
        gaps = np.linalg.norm(tries[:, None] - others, axis=2).min(1, initial=9.0)
        best = int(np.argmax(gaps > SPACING_M)) if (gaps > SPACING_M).any() else int(np.argmax(gaps))
        return float(tries[best, 0]), float(tries[best, 1])


def read_floors(site: Path, *, aprons: Sequence[Sequence[Point]]) -> list[Floor]:
    """Return the floors of the plan; ``aprons`` are paved places outside the doors of 1F."""
    features = json.loads((site / "floorplan.geojson").read_text(encoding="utf-8"))["features"]
    stands = _pop_up_stands(site)
    return [_floor(level, features, list(aprons) if level == "1f" else [], stands if level == "1f" else []) for level in ("1f", "2f")]


def _pop_up_stands(site: Path) -> list[Polygon]:
    import tomllib

    popups = tomllib.loads((site / "site.toml").read_text(encoding="utf-8")).get("popup", [])
    return [Polygon(popup["footprint"]) for popup in popups]


def _floor(level: str, features: list[dict], aprons: list[Sequence[Point]], stands: list[Polygon]) -> Floor:
    mine = [(f["properties"], f["geometry"]["coordinates"]) for f in features if f["properties"]["level"] == level]
    rooms = {p["id"]: Polygon(c[0], c[1:]) for p, c in mine
             if p["type"] == "zone" and p["category"] not in CLOSED and p["id"] not in NOT_SIMULATED}
    solid = shapely.union_all([Polygon(c[0]) for p, c in mine if p["type"] == "fixture"] + stands)
    doors = [LineString(c).buffer(2.5 * WALL_M, cap_style="flat") for p, c in mine if p["type"] == "opening" and _between(p, rooms)]
    # a pitch is open on all sides but where its stand is
    parts = [room if room_id.startswith("pitch") else room.buffer(-WALL_M) for room_id, room in rooms.items()]
    parts += [room.buffer(2 * WALL_M) for room_id, room in rooms.items() if room_id.startswith("pitch")]
    whole = shapely.union_all(parts + doors + [Polygon(a) for a in aprons]).difference(solid)
    walkable = _largest(shapely.set_precision(whole, 0.001))
    routable = _largest(walkable.buffer(-CLEARANCE_M, join_style="mitre").simplify(0.02))
    zones = {zone: _largest(room.intersection(routable).buffer(-0.05)) for zone, room in rooms.items() if room.intersects(routable)}
    around = routable
    if "atrium" in zones:
        zones["show"] = _largest(zones["atrium"].intersection(SHOW))
        around = _largest(routable.difference(SHOW.buffer(-0.4)))
    for shape in (routable, around, *zones.values()):
        shapely.prepare(shape)
    return Floor(level, walkable, routable, _largest(routable.buffer(-0.02)), zones, around)


def _between(props: dict, rooms: dict[str, Polygon]) -> bool:
    """Tell whether a door leads from one simulated room into another, or outside through the west or east entrance."""
    ends = [props.get("from"), props.get("to")]
    return all(end in rooms for end in ends) or (ends[1] is None and ends[0] in ("ent-w", "ent-e"))


def _largest(shape: shapely.Geometry) -> Polygon:
    return max(shapely.get_parts(shape), key=lambda part: part.area)
