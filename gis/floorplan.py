"""The plan of a mall: levels, zones, fixtures, measurement lines and openings, in local metres (x right, y up)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import shapely
from shapely import LineString, MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from gis.plan_file import PlanError, RawFeature, as_polygon, read_features, unknown_properties

__all__ = [
    "CATEGORIES", "Fixture", "FloorPlan", "Level", "Line", "Opening", "PlanError",
    "Zone", "load_floorplan", "to_geojson", "zones_frame",
]  # fmt: skip

CATEGORIES = (
    "concourse", "atrium", "walkway", "queue", "stair", "escalator", "lift", "shop", "food_court", "restroom",
    "entrance", "event", "seating", "staff", "popup",
)  # fmt: skip
PRIVATE_CATEGORIES = frozenset({"staff", "restroom"})

Point: TypeAlias = Sequence[float]
LevelRow: TypeAlias = tuple[str, str, float | None]
LevelRows: TypeAlias = Sequence[LevelRow]
Footprints: TypeAlias = Mapping[str, tuple[str, Sequence[Point]]]
Row: TypeAlias = tuple[BaseGeometry, dict[str, Any]]
Side: TypeAlias = Literal["left", "right"]
Direction: TypeAlias = Literal["up", "down", "both"]
DIRECTIONS: Mapping[str, Direction] = {"up": "up", "down": "down", "both": "both"}


@dataclass(frozen=True, slots=True)
class Level:
    """A storey."""

    id: str
    label: str
    elevation_m: float | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """An area in which people are counted. ``labels`` holds the label by language; ``label`` is the default.

    A stair, escalator or lift ``connects`` to zones of other levels; ``direction`` is that in which an escalator
    carries people, None where nothing is said; ``width_m`` is clear.
    """

    id: str
    label: str
    category: str
    level: str
    polygon: Polygon
    capacity: int | None = None
    parent: str | None = None
    public: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    connects: tuple[str, ...] = ()
    direction: Direction | None = None
    width_m: float | None = None


@dataclass(frozen=True, slots=True)
class Fixture:
    """Something nobody can walk on: a planter, a kiosk, the footprint of a pop-up."""

    id: str
    level: str
    polygon: Polygon
    kind: str = "fixture"


@dataclass(frozen=True, slots=True)
class Line:
    """A measurement line; crossings towards ``in_side``, seen from first to last vertex, are in, into ``zone``.

    ``clear_width_m`` is what people have to walk on across it: without handrails and stands.
    """

    id: str
    label: str
    level: str
    line: LineString
    in_side: Side = "right"
    zone: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    clear_width_m: float | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A door or passage of ``width_m`` clear metres between two zones (None: the outside)."""

    id: str
    level: str
    line: LineString
    width_m: float
    from_zone: str | None = None
    to_zone: str | None = None


@dataclass(frozen=True)
class FloorPlan:
    """A validated plan.

    ``footprints`` are the pop-ups on it, which come from the site and not from the plan file; ``unknown`` names the
    properties in the file that mean nothing here.
    """

    levels: tuple[Level, ...]
    zones: tuple[Zone, ...]
    fixtures: tuple[Fixture, ...] = ()
    lines: tuple[Line, ...] = ()
    openings: tuple[Opening, ...] = ()
    footprints: tuple[Fixture, ...] = ()
    unknown: tuple[str, ...] = field(default=(), compare=False)

    def zone(self, zone_id: str) -> Zone:
        """Return one zone; KeyError if there is none of that id."""
        return self._by_id[zone_id]

    def __contains__(self, zone_id: str) -> bool:
        """Tell whether there is a zone of that id."""
        return zone_id in self._by_id

    def zones_on(self, level: str) -> tuple[Zone, ...]:
        """Return the zones of a level in file order."""
        return tuple(zone for zone in self.zones if zone.level == level)

    def lines_on(self, level: str) -> tuple[Line, ...]:
        """Return the measurement lines of a level in file order."""
        return tuple(line for line in self.lines if line.level == level)

    def walkable(self, zone_id: str) -> BaseGeometry:
        """Return where people counted in the zone can stand.

        That is its polygon minus fixtures, pop-up footprints and the smaller zones that lie in it: a person is
        counted in the smallest zone only, so that area belongs to the smaller zone's density.
        """
        return self._walkable[zone_id]

    def area_m2(self, zone_id: str) -> float:
        """Return the walkable area of a zone in m²."""
        return float(self._walkable[zone_id].area)

    @cached_property
    def _by_id(self) -> dict[str, Zone]:
        return {zone.id: zone for zone in self.zones}

    @cached_property
    def _walkable(self) -> dict[str, BaseGeometry]:
        found: dict[str, BaseGeometry] = {}
        for level in self.levels:
            zones = self.zones_on(level.id)
            solid = [f.polygon for f in self.fixtures + self.footprints if f.level == level.id]
            shapes = [zone.polygon for zone in zones] + solid
            tree = STRtree(shapes)
            for index, zone in enumerate(zones):
                taken = [
                    shapes[i]
                    for i in tree.query(zone.polygon, predicate="intersects")
                    if i >= len(zones) or (shapes[i].area, i) < (zone.polygon.area, index)
                ]
                found[zone.id] = _minus(zone.polygon, taken)
        return found


def _minus(polygon: Polygon, taken: Sequence[Polygon]) -> BaseGeometry:
    rest = shapely.difference(polygon, shapely.union_all(list(taken))) if taken else polygon
    parts: list[Polygon] = [part for part in shapely.get_parts(rest) if part.area > 0]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def load_floorplan(path: Path | str, *, levels: LevelRows = (), footprints: Footprints | None = None) -> FloorPlan:
    """Read a GeoJSON FeatureCollection in local metres.

    Args:
        path: the plan file, at most 20 MB and 200 000 vertices.
        levels: (id, label, elevation in m) in order; without them, the ``level`` values in file order.
        footprints: pop-up id -> (zone it stands on, its outline [[x, y], …] in metres); reduces the walkable area.

    Raises:
        PlanError: naming the feature and what is wrong with it.

    """
    return build_floorplan(read_features(Path(path)), levels, footprints or {})


def build_floorplan(features: Sequence[RawFeature], levels: LevelRows, footprints: Footprints) -> FloorPlan:
    """Return the plan that features with checked geometry make; arguments and errors as for ``load_floorplan``."""
    listed = tuple(Level(*level) for level in levels)
    known = [level.id for level in listed] or list(dict.fromkeys(f.level for f in features if f.kind == "zone"))
    if not any(feature.kind == "zone" for feature in features):
        raise PlanError("no zone in the plan; expected at least one Polygon with id, category and level")
    found: dict[str, list[Any]] = {"zone": [], "fixture": [], "line": [], "opening": []}
    for feature in features:
        if feature.level not in known:
            raise PlanError(f"{feature.place}: unknown level {feature.level!r} (levels: {', '.join(known)})")
        found[feature.kind].append(_BUILD[feature.kind](feature))
    for kind, items in found.items():
        _refuse_doubles(kind, [item.id for item in items])
    plan = FloorPlan(listed or tuple(Level(level, level) for level in known), *map(tuple, found.values()))
    return replace(plan, footprints=_footprints(plan, footprints), unknown=unknown_properties(features))


def _refuse_doubles(kind: str, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for item in ids:
        if item in seen:
            raise PlanError(f"{kind} {item!r}: this id stands twice")
        seen.add(item)


def _footprints(plan: FloorPlan, footprints: Footprints) -> tuple[Fixture, ...]:
    built = []
    for popup, (pitch, ring) in footprints.items():
        place = f"footprint of pop-up {popup!r}"
        if pitch not in plan:
            raise PlanError(f"{place}: no zone {pitch!r} in the plan")
        built.append(Fixture(popup, plan.zone(pitch).level, as_polygon([ring], place), "popup"))
    return tuple(built)


def _zone(feature: RawFeature) -> Zone:
    category = feature.text("category")
    if category not in CATEGORIES:
        raise PlanError(f"{feature.place}: unknown category {category!r} (categories: {', '.join(CATEGORIES)})")
    public = feature.props.get("public")
    if not isinstance(public, bool | None):
        raise PlanError(f"{feature.place}: public must be true or false, got {public!r}")
    capacity = feature.number("capacity")
    if capacity is not None and capacity != int(capacity):
        raise PlanError(f"{feature.place}: capacity must be a whole number, got {capacity:g}")
    return Zone(
        id=feature.id,
        label=feature.text("label") or feature.id,
        category=category,
        level=feature.level,
        polygon=feature.geometry,
        capacity=None if capacity is None else int(capacity),
        parent=feature.text("parent"),
        public=category not in PRIVATE_CATEGORIES if public is None else public,
        labels=feature.labels(),
        connects=feature.texts("connects"),
        direction=_direction(feature),
        width_m=feature.number("width_m"),
    )


def _direction(feature: RawFeature) -> Direction | None:
    told = feature.text("direction")
    if told is not None and told not in DIRECTIONS:
        raise PlanError(f"{feature.place}: direction must be up, down or both, got {told!r}")
    return None if told is None else DIRECTIONS[told]


def _fixture(feature: RawFeature) -> Fixture:
    kind = next((feature.props[key] for key in ("kind", "fixture", "category") if key in feature.props), "fixture")
    return Fixture(feature.id, feature.level, feature.geometry, str(kind))


def line_of(feature: RawFeature) -> Line:
    """Return the measurement line that a feature describes; PlanError if it is none."""
    side = feature.text("in_side") or "right"
    if side not in ("left", "right"):
        raise PlanError(f"{feature.place}: in_side must be left or right, got {side!r}")
    return Line(
        id=feature.id,
        label=feature.text("label") or feature.id,
        level=feature.level,
        line=feature.geometry,
        in_side="left" if side == "left" else "right",
        zone=feature.text("zone"),
        labels=feature.labels(),
        clear_width_m=feature.number("clear_width_m"),
    )


def _opening(feature: RawFeature) -> Opening:
    width = feature.number("width_m")
    return Opening(
        id=feature.id,
        level=feature.level,
        line=feature.geometry,
        width_m=feature.geometry.length if width is None else width,
        from_zone=feature.text("from"),
        to_zone=feature.text("to"),
    )


_BUILD = {"zone": _zone, "fixture": _fixture, "line": line_of, "opening": _opening}


def to_geojson(plan: FloorPlan) -> dict[str, Any]:
    """Return the plan as a FeatureCollection that ``load_floorplan`` reads back; pop-up footprints are left out."""
    rows = [*map(_zone_row, plan.zones), *map(_fixture_row, plan.fixtures)]
    rows += [*map(_line_row, plan.lines), *map(_opening_row, plan.openings)]
    features = [
        {
            "type": "Feature",
            "properties": {key: value for key, value in props.items() if value is not None},
            "geometry": {"type": shape.geom_type, "coordinates": _coordinates(shape)},
        }
        for shape, props in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def _zone_row(zone: Zone) -> Row:
    names = ("id", "label", "category", "level", "capacity", "parent", "public", "direction", "width_m")
    row = {"type": "zone", **{name: getattr(zone, name) for name in names}, **_label_props(zone.labels)}
    return zone.polygon, row | {"connects": list(zone.connects) or None}


def _fixture_row(fixture: Fixture) -> Row:
    return fixture.polygon, {"type": "fixture", "id": fixture.id, "level": fixture.level, "kind": fixture.kind}


def _line_row(line: Line) -> Row:
    names = ("id", "label", "level", "in_side", "zone", "clear_width_m")
    return line.line, {"type": "line", **{name: getattr(line, name) for name in names}, **_label_props(line.labels)}


def _opening_row(opening: Opening) -> Row:
    ends = {"from": opening.from_zone, "to": opening.to_zone}
    return opening.line, {
        "type": "opening",
        "id": opening.id,
        "level": opening.level,
        "width_m": opening.width_m,
    } | ends


def _label_props(labels: Mapping[str, str]) -> dict[str, str]:
    return {f"label_{language}": text for language, text in labels.items()}


def _coordinates(shape: BaseGeometry) -> list[Any]:
    if isinstance(shape, Polygon):
        return [shapely.get_coordinates(ring).tolist() for ring in (shape.exterior, *shape.interiors)]
    return shapely.get_coordinates(shape).tolist()  # type: ignore[no-any-return]


def zones_frame(plan: FloorPlan) -> Any:
    """Return the zones as a GeoDataFrame without a CRS (a plan in metres has none), with ``walkable_m2``."""
    import geopandas

    features = [f for f in to_geojson(plan)["features"] if f["properties"]["type"] == "zone"]
    frame = geopandas.GeoDataFrame.from_features(features)
    frame["walkable_m2"] = [plan.area_m2(zone_id) for zone_id in frame["id"]]
    return frame.set_index("id")
