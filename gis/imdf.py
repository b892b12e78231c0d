"""Plans as archives of the Indoor Mapping Data Format 1.0 (OGC 20-094): zipped GeoJSON in degrees."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Point, Polygon, STRtree

from gis.floorplan import FloorPlan, Footprints, LevelRow, LevelRows, build_floorplan
from gis.imdf_archive import Archive, Feature, is_imdf, read_archive
from gis.imdf_dump import Venue, dump_imdf
from gis.imdf_words import EXTENSION, OWN, SOLID, category_of
from gis.local_frame import FARTHEST_M, Floats, LocalFrame
from gis.plan_file import MAX_ID_LENGTH, PlanError, RawFeature, as_polygon

__all__ = ["LocalFrame", "Venue", "dump_imdf", "is_imdf", "load_imdf"]

MAX_LEVELS = 1000
BESIDE_M = 0.25  # from the middle of an opening, where the units on its two sides are looked for


def load_imdf(
    path: Path | str, frame: LocalFrame, *, levels: LevelRows = (), footprints: Footprints | None = None
) -> FloorPlan:
    """Read an archive, a zip file or a folder, into local metres.

    Levels stand in the order of their ordinals, ids are those of the features, labels come in every language there is.
    Units are zones by ``gis.imdf_words``, named by themselves, by their occupant or by their category; walls, columns
    and voids among them, kiosks and fixtures are fixtures; openings are as wide as they are long.

    Args:
        path: the archive.
        frame: where the plan's metres lie on the earth.
        levels: (id, label, elevation in m) in order, instead of the archive's.
        footprints: as for ``load_floorplan``.

    Raises:
        PlanError: naming member and feature and what is wrong.

    """
    reader = _Reader(read_archive(Path(path)), frame)
    features = list(reader.features())
    return build_floorplan(features, levels or reader.level_rows(), footprints or {})


class _Reader:
    """Translates the features of one archive into those of our own plan files."""

    def __init__(self, archive: Archive, frame: LocalFrame) -> None:
        self._frame = frame
        self._of = {kind: archive.features.get(kind, []) for kind in ("level", "unit", "opening", "fixture", "kiosk")}
        self._details = archive.features.get("detail", [])
        self._language = _primary(str(archive.manifest.get("language") or "en"))
        extensions = archive.manifest.get("extensions")
        self._extended = isinstance(extensions, list) and EXTENSION in extensions
        self._levels = {level.id: self._id(level) for level in self._of["level"]}
        self._occupants = _occupants(archive)
        if not self._levels:
            raise PlanError("level.geojson: no level in the archive")
        if len(set(self._levels.values())) < len(self._of["level"]):
            raise PlanError("level.geojson: an id stands twice")

    def level_rows(self) -> list[LevelRow]:
        """Return (id, label, elevation) of the levels from the lowest ordinal up."""
        return [self._level_row(level) for level in sorted(self._of["level"], key=_ordinal)]

    def _level_row(self, level: Feature) -> LevelRow:
        own = RawFeature(level.place, level.id, "level", level.id, None, self._own(level))
        names = _names(level, "short_name") or _names(level, "name")
        label = own.text("label") or names.get(self._language) or next(iter(names.values()), self._levels[level.id])
        elevation = own.props.get("elevation_m")
        if elevation is None:
            return self._levels[level.id], label, None
        if isinstance(elevation, bool) or not isinstance(elevation, int | float) or not abs(elevation) <= FARTHEST_M:
            raise PlanError(f"{level.place}: elevation_m must be metres, got {elevation!r:.60}")
        return self._levels[level.id], label, float(elevation)

    def features(self) -> Iterator[RawFeature]:
        """Yield zones, fixtures, openings and measurement lines."""
        areas = []
        for unit in self._of["unit"]:
            areas += self._unit(unit)
        yield from areas
        for kind in ("fixture", "kiosk"):
            for solid in self._of[kind]:
                props = {"kind": str(solid.props.get("category") or kind)}
                yield from self._areas(solid, "fixture", self._own(solid) or props)
        yield from self._openings([area for area in areas if area.kind == "zone"])
        for detail in self._details:
            if own := self._own(detail):
                yield self._raw(detail, "line", self._line(detail), own)

    def _unit(self, unit: Feature) -> list[RawFeature]:
        if own := self._own(unit):
            return self._areas(unit, "zone", own)
        word = str(unit.props.get("category") or "unspecified")
        if word in SOLID:
            return self._areas(unit, "fixture", {"kind": SOLID[word]})
        occupant = self._occupants.get(unit.id)
        category = category_of(word, occupied=occupant is not None)
        if category is None:
            raise PlanError(f"{unit.place}: unknown category {word!r:.60}")
        names = _names(unit, "name") or (_names(occupant, "name") if occupant else {})
        props: dict[str, Any] = {f"label_{language}": text for language, text in names.items()}
        props |= {"category": category, "label": names.get(self._language) or next(iter(names.values()), word)}
        if unit.props.get("restriction") or category == "shop":
            props["public"] = False
        return self._areas(unit, "zone", props)

    def _openings(self, zones: list[RawFeature]) -> Iterator[RawFeature]:
        tree = STRtree([zone.geometry for zone in zones])
        for opening in self._of["opening"]:
            line, own = self._line(opening), self._own(opening)
            raw = self._raw(opening, "opening", line, own)
            yield raw if own else self._raw(opening, "opening", line, _sides(line, raw.level, zones, tree))

    def _own(self, feature: Feature) -> dict[str, Any]:
        """Return our own properties of a feature, where the manifest says that there are any."""
        own = feature.props.get(OWN) if self._extended else None
        return own if isinstance(own, dict) else {}

    def _id(self, feature: Feature) -> str:
        own = self._own(feature).get("id", feature.id)
        if not isinstance(own, str) or not 0 < len(own) <= MAX_ID_LENGTH or not own.isprintable():
            raise PlanError(f"{feature.place}: an id has at most {MAX_ID_LENGTH} printable characters, got {own!r:.60}")
        return own

    def _raw(self, feature: Feature, kind: str, geometry: Any, props: dict[str, Any]) -> RawFeature:
        level = feature.props.get("level_id")
        if not isinstance(level, str) or level not in self._levels:
            raise PlanError(f"{feature.place}: no level {level!r:.60} in the archive")
        return RawFeature(feature.place, self._id(feature), kind, self._levels[level], geometry, props)

    def _areas(self, feature: Feature, kind: str, props: dict[str, Any]) -> list[RawFeature]:
        """Return an area for each polygon of a feature; the second one's id ends in -2."""
        shape, rings = feature.geometry.get("type"), feature.geometry.get("coordinates")
        if shape not in ("Polygon", "MultiPolygon") or not isinstance(rings, list) or not rings:
            raise PlanError(f"{feature.place}: expected a Polygon or MultiPolygon, got {shape!r:.60}")
        parts = [self._polygon(feature, part) for part in (rings if shape == "MultiPolygon" else [rings])]
        whole = [self._raw(feature, kind, part, props) for part in parts]
        for number, area in enumerate(whole[1:], start=2):
            whole[number - 1] = RawFeature(area.place, f"{area.id}-{number}", kind, area.level, area.geometry, props)
        return whole

    def _polygon(self, feature: Feature, rings: Any) -> Polygon:
        if not isinstance(rings, list):
            raise PlanError(f"{feature.place}: a polygon needs at least one ring")
        return as_polygon([self._metres(feature, ring).tolist() for ring in rings], feature.place)

    def _line(self, feature: Feature) -> LineString:
        if feature.geometry.get("type") != "LineString":
            raise PlanError(f"{feature.place}: expected a LineString, got {feature.geometry.get('type')!r:.60}")
        points = self._metres(feature, feature.geometry.get("coordinates"))
        if len(points) < 2 or not LineString(points).length > 0:
            raise PlanError(f"{feature.place}: the line has no length")
        return LineString(points)

    def _metres(self, feature: Feature, points: Any) -> Floats:
        try:
            degrees = np.asarray(points)
        except ValueError as exc:
            raise PlanError(f"{feature.place}: expected [longitude, latitude] points") from exc
        if degrees.ndim != 2 or degrees.shape[1] < 2 or degrees.dtype.kind not in "fiu":
            raise PlanError(f"{feature.place}: expected [longitude, latitude] points")
        metres = self._frame.to_metres(degrees[:, :2].astype(np.float64))
        if not (np.abs(metres) <= FARTHEST_M).all():
            lon, lat = degrees[0, :2]
            raise PlanError(
                f"{feature.place}: [{lon:.6g}, {lat:.6g}] lies more than {FARTHEST_M / 1000:.0f} km from plan.origin; "
                "both are [longitude, latitude]"
            )
        return metres


def _occupants(archive: Archive) -> dict[str, Feature]:
    """Return unit id -> who occupies it, the first named."""
    anchored = {anchor.id: anchor.props.get("unit_id") for anchor in archive.features.get("anchor", [])}
    found: dict[str, Feature] = {}
    for occupant in archive.features.get("occupant", []):
        anchor = occupant.props.get("anchor_id")
        unit = anchored.get(anchor) if isinstance(anchor, str) else None
        if isinstance(unit, str):
            found.setdefault(unit, occupant)
    return found


def _names(feature: Feature, key: str) -> dict[str, str]:
    """Return the names by language, "en" for "en-US"."""
    names = feature.props.get(key) or {}
    if not isinstance(names, Mapping) or not all(isinstance(text, str) for text in names.values()):
        raise PlanError(f"{feature.place}: {key} must be text by language, got {names!r:.60}")
    return {_primary(language): text for language, text in names.items() if text.strip()}


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _ordinal(level: Feature) -> float:
    ordinal = level.props.get("ordinal")
    if isinstance(ordinal, bool) or not isinstance(ordinal, int | float) or not abs(ordinal) <= MAX_LEVELS:
        raise PlanError(f"{level.place}: ordinal must be a number of storeys, got {ordinal!r:.60}")
    return float(ordinal)


def _sides(line: LineString, level: str, zones: list[RawFeature], tree: STRtree) -> dict[str, Any]:
    """Return the smallest zones to the left and right of the middle of an opening, as its ends."""
    middle = np.array(line.interpolate(0.5, normalized=True).coords[0])
    along = shapely.get_coordinates(line)[-1] - shapely.get_coordinates(line)[0]
    across = np.array([-along[1], along[0]]) * BESIDE_M / max(float(np.hypot(*along)), 1e-9)
    ends: dict[str, Any] = {}
    for end, place in (("from", middle + across), ("to", middle - across)):
        met = [zones[i] for i in tree.query(Point(place), predicate="intersects") if zones[i].level == level]
        if met:
            ends[end] = min(met, key=lambda zone: float(zone.geometry.area)).id
    return ends
