"""Read a plan file safely: size cap, then json, then shapely; never GDAL, which opens other files and addresses."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import shapely
from shapely import LineString, Polygon
from shapely.validation import explain_validity

MAX_FILE_BYTES = 20_000_000
MAX_VERTICES = 200_000
MAX_COORDINATE_M = 1_000_000.0  # beyond it areas lose their digits, and no mall is that large
MAX_ID_LENGTH = 100

_KINDS = {"zone": "Polygon", "fixture": "Polygon", "line": "LineString", "opening": "LineString"}
_KIND_KEYS = ("kind", "type", "feature_type", "category")
_LABEL_PREFIX = "label_"
_OF_ALL = frozenset({"id", "level", "label", *_KIND_KEYS})
_OF_KIND = {
    "zone": frozenset({"capacity", "parent", "public", "connects", "direction", "width_m"}),
    "fixture": frozenset({"fixture"}),
    "line": frozenset({"in_side", "zone", "clear_width_m"}),
    "opening": frozenset({"width_m", "from", "to"}),
}


class PlanError(ValueError):
    """A plan that cannot be used; the text names the feature and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class RawFeature:
    """One feature with its geometry checked and its kind told; ``place`` names it in messages."""

    place: str
    id: str
    kind: str
    level: str
    geometry: Any
    props: dict[str, Any]

    def text(self, key: str) -> str | None:
        """Return a text property, None where absent; PlanError on any other type."""
        value = self.props.get(key)
        if value is None or isinstance(value, str):
            return value
        raise PlanError(f"{self.place}: {key} must be text, got {value!r:.60}")

    def number(self, key: str) -> float | None:
        """Return a property that is a positive number, None where absent; PlanError on anything else."""
        value = self.props.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
            raise PlanError(f"{self.place}: {key} must be a positive number, got {value!r:.60}")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a property that is one text or a list of them, empty where absent; PlanError on anything else."""
        value = self.props.get(key)
        found = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(each, str) for each in found):
            raise PlanError(f"{self.place}: {key} must be text or a list of texts, got {value!r:.60}")
        return tuple(found)

    def labels(self) -> dict[str, str]:
        """Return the labels by language from the properties ``label_ja``, ``label_en``…"""
        keys = [key for key in self.props if key.startswith(_LABEL_PREFIX)]
        return {key.removeprefix(_LABEL_PREFIX): text for key in keys if (text := self.text(key)) is not None}


def read_features(path: Path) -> list[RawFeature]:
    """Return the features of a GeoJSON FeatureCollection.

    Raises:
        PlanError: if the file is missing, too large, not JSON, without features, or a feature is wrong.

    """
    collection = _parse(path)
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise PlanError("not a GeoJSON FeatureCollection")
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise PlanError("the plan has no features")
    return [_feature(index, feature) for index, feature in enumerate(features)]


def unknown_properties(features: Sequence[RawFeature]) -> tuple[str, ...]:
    """Return what to say of each property that means nothing here, once however many features have it."""
    places: dict[tuple[str, str], list[str]] = {}
    for feature in features:
        for key in feature.props:
            if key not in _OF_ALL | _OF_KIND[feature.kind] and not key.startswith(_LABEL_PREFIX):
                places.setdefault((feature.kind, key), []).append(feature.place)
    return tuple(
        f"{found[0]}.{key}" + (f" (and {len(found) - 1} more of its kind)" if len(found) > 1 else "")
        for (_, key), found in places.items()
    )


def _parse(path: Path) -> Any:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise PlanError(f"the file has {size} bytes; the limit is {MAX_FILE_BYTES}")
        raw = path.read_bytes()
    except OSError as exc:
        raise PlanError(f"cannot read the plan: {exc.strerror or exc}") from exc
    if not raw.strip():
        raise PlanError("the file is empty")
    # Each vertex opens one bracket, so a giant is refused before its numbers become Python objects.
    if raw.count(b"[") > 2 * MAX_VERTICES:
        raise PlanError(f"more than {MAX_VERTICES} vertices")
    try:
        collection = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except PlanError:
        raise
    except (ValueError, RecursionError) as exc:
        raise PlanError(f"not JSON: {exc}") from exc
    return collection


def _refuse_constant(name: str) -> NoReturn:
    raise PlanError(f"{name} in the file; every number must be finite")


def _feature(index: int, feature: Any) -> RawFeature:
    place = f"feature {index}"
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise PlanError(f"{place}: not a GeoJSON Feature with properties")
    props = feature.get("properties") or {}
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict):
        raise PlanError(f"{place}: no geometry")
    kind = _kind(place, props, geometry.get("type"))
    feature_id = _identifier(place, kind, props.get("id", feature.get("id")), index)
    place = f"{kind} {feature_id!r}"
    level = props.get("level")
    if isinstance(level, bool) or not isinstance(level, str | int) or level == "":
        raise PlanError(f"{place}: no level")
    if geometry.get("type") != _KINDS[kind]:
        raise PlanError(f"{place}: expected a {_KINDS[kind]}, got {geometry.get('type')!r:.60}")
    build = as_polygon if _KINDS[kind] == "Polygon" else _as_line
    return RawFeature(place, feature_id, kind, str(level), build(geometry.get("coordinates"), place), props)


def _kind(place: str, props: dict[str, Any], shape: Any) -> str:
    """Tell the kind of a feature: said by its properties, else a Polygon is a zone and a LineString a line."""
    for key in _KIND_KEYS:
        if isinstance(props.get(key), str) and props[key] in _KINDS:
            return str(props[key])
    if shape in ("Polygon", "MultiPolygon"):
        return "zone"
    if shape == "LineString":
        return "opening" if "width_m" in props else "line"
    raise PlanError(f"{place}: expected a Polygon or a LineString, got {shape!r:.60}")


def _identifier(place: str, kind: str, value: Any, index: int) -> str:
    if value is None and kind in ("fixture", "opening"):
        return f"{kind}-{index}"  # nothing ever refers to these by id
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise PlanError(f"{place} ({kind}): no id")
    name = str(value)
    if len(name) > MAX_ID_LENGTH or not name.isprintable():
        raise PlanError(f"{place} ({kind}): an id has at most {MAX_ID_LENGTH} printable characters")
    return name


def as_polygon(rings: Any, place: str) -> Polygon:
    """Return a valid polygon from GeoJSON rings (an open ring is closed); PlanError naming ``place``."""
    if not isinstance(rings, Sequence) or isinstance(rings, str) or not rings:
        raise PlanError(f"{place}: a polygon needs at least one ring")
    shell, *holes = [_vertices(ring, place, least=3) for ring in rings]
    try:
        polygon = Polygon(shell, holes)
    except ValueError as exc:
        raise PlanError(f"{place}: not a polygon: {exc}") from exc
    if not polygon.is_valid:
        raise PlanError(f"{place}: not a simple polygon: {explain_validity(polygon)}")
    if polygon.area <= 0:
        raise PlanError(f"{place}: the polygon has no area")
    return shapely.orient_polygons(polygon)


def _as_line(points: Any, place: str) -> LineString:
    line = LineString(_vertices(points, place, least=2))
    if line.length <= 0:
        raise PlanError(f"{place}: the line has no length")
    return line


def _vertices(points: Any, place: str, *, least: int) -> list[tuple[float, float]]:
    if not isinstance(points, Sequence) or isinstance(points, str) or len(points) < least:
        raise PlanError(f"{place}: expected at least {least} points")
    found = []
    for point in points:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) < 2:
            raise PlanError(f"{place}: a point must be [x, y], got {point!r:.60}")
        x, y = point[0], point[1]
        if not (_is_metres(x) and _is_metres(y)):
            raise PlanError(f"{place}: a coordinate must be finite metres, got [{x!r:.30}, {y!r:.30}]")
        found.append((float(x), float(y)))
    return found


def _is_metres(value: Any) -> bool:
    # NaN fails the comparison; a whole number of 400 digits is compared without becoming a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_COORDINATE_M
