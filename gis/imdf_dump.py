"""Write a plan as an IMDF 1.0 archive, with our own properties beside the standard's so that it comes back whole."""

import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan, to_geojson
from gis.imdf_words import EXTENSION, OWN, UNIT_OF
from gis.local_frame import LocalFrame

DIGITS = 10  # of a degree: a hundredth of a millimetre
MEMBER_OF = {"zone": "unit", "fixture": "fixture", "opening": "opening", "line": "detail"}
_NAMESPACE = uuid.UUID("6d1c0b4e-5f0a-5c1e-9f57-3a6c2b8f4d10")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same plan gives the same bytes


@dataclass(frozen=True, slots=True)
class Venue:
    """What an archive says of the mall as a whole; ``id`` makes the ids of its features its own."""

    id: str
    name: str
    language: str = "en"
    address: str = ""
    locality: str = ""
    country: str = ""


def dump_imdf(plan: FloorPlan, venue: Venue, frame: LocalFrame, *, created: str) -> bytes:
    """Return the bytes of a zip archive that ``load_imdf`` reads back; pop-up footprints are left out.

    Measurement lines, of which IMDF has none, are details. Ids are made from the plan's (UUID version 5), so that they
    stay. Zones that lie in others are units that do, which a strict reader may remark on.

    Args:
        plan: in local metres.
        venue: name, language and address of the whole.
        frame: where the plan's metres lie on the earth.
        created: time of writing, ISO 8601.

    """
    members: dict[str, list[dict[str, Any]]] = {kind: [] for kind in ("level", *MEMBER_OF.values())}
    members |= _around(plan, venue, frame)
    members["level"] = [_level(plan, index, venue, frame) for index in range(len(plan.levels))]
    for feature in to_geojson(plan)["features"]:
        kind = feature["properties"]["type"]
        props = _PROPS[kind](feature["properties"], venue) | {OWN: _kept(feature["properties"])}
        props["level_id"] = _id(venue, "level", feature["properties"]["level"])
        name = _id(venue, kind, feature["properties"]["id"])
        shape = shapely.geometry.shape(feature["geometry"])
        members[MEMBER_OF[kind]].append(_feature(MEMBER_OF[kind], name, _degrees(shape, frame), props))
    manifest = {"version": "1.0.0", "created": created, "generated_by": "Mallflow", "language": venue.language}
    return _zipped(manifest | {"extensions": [EXTENSION]}, members)


def _zipped(manifest: Mapping[str, Any], members: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        collections = {f"{k}.geojson": {"type": "FeatureCollection", "features": v} for k, v in members.items()}
        for name, content in {"manifest.json": manifest, **collections}.items():
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _around(plan: FloorPlan, venue: Venue, frame: LocalFrame) -> dict[str, list[dict[str, Any]]]:
    """Return venue, building, footprint and address, which the levels and one another refer to."""
    outline = _degrees(shapely.union_all([zone.polygon for zone in plan.zones]).convex_hull, frame)
    ids = {kind: _id(venue, kind, venue.id) for kind in ("venue", "building", "footprint", "address")}
    name = {venue.language: venue.name}
    place = {"name": name, "alt_name": None, "restriction": None, "address_id": ids["address"]}
    props: dict[str, dict[str, Any]] = {
        "venue": place | {"category": "shoppingcenter", "hours": None, "phone": None, "website": None},
        "building": place | {"category": "unspecified", "display_point": None},
        "footprint": {"category": "ground", "name": None, "building_ids": [ids["building"]]},
        "address": dict.fromkeys(("unit", "province", "postal_code", "postal_code_ext"))
        | {"address": venue.address or venue.name, "locality": venue.locality, "country": venue.country},
    }
    props["venue"]["display_point"] = _middle(outline)
    shapes = {"venue": outline, "footprint": outline}
    return {kind: [_feature(kind, ids[kind], shapes.get(kind), props[kind])] for kind in ids}


def _level(plan: FloorPlan, index: int, venue: Venue, frame: LocalFrame) -> dict[str, Any]:
    level = plan.levels[index]
    below = sum(other.elevation_m is not None and other.elevation_m < 0 for other in plan.levels)
    zones = plan.zones_on(level.id) or plan.zones
    outline = _degrees(shapely.union_all([zone.polygon for zone in zones]), frame)
    label = {venue.language: level.label or level.id}
    own = {"id": level.id, "label": level.label, "elevation_m": level.elevation_m}
    props: dict[str, Any] = {
        "category": "unspecified",
        "restriction": None,
        "outdoor": False,
        "ordinal": index - below,
        OWN: own,
    }
    props |= {"name": label, "short_name": label, "display_point": _middle(outline), "address_id": None}
    props |= {"building_ids": [_id(venue, "building", venue.id)]}
    return _feature("level", _id(venue, "level", level.id), outline, props)


def _unit(own: Mapping[str, Any], venue: Venue) -> dict[str, Any]:
    names = {key.removeprefix("label_"): text for key, text in own.items() if key.startswith("label_")}
    restriction = "employeesonly" if own["category"] == "staff" else None
    common = {"alt_name": None, "accessibility": None, "display_point": None, "restriction": restriction}
    return common | {"category": UNIT_OF[own["category"]], "name": {venue.language: own["label"]} | names}


def _opening(own: Mapping[str, Any], _: Venue) -> dict[str, Any]:
    outside = "from" not in own or "to" not in own
    empty = dict.fromkeys(("accessibility", "access_control", "door", "name", "alt_name", "display_point"))
    return empty | {"category": "pedestrian.principal" if outside else "pedestrian"}


def _fixture(_: Mapping[str, Any], __: Venue) -> dict[str, Any]:
    return dict.fromkeys(("name", "alt_name", "anchor_id", "display_point")) | {"category": "obstruction"}


def _detail(_: Mapping[str, Any], __: Venue) -> dict[str, Any]:
    return {}


_PROPS = {"zone": _unit, "fixture": _fixture, "opening": _opening, "line": _detail}


def _kept(own: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in own.items() if key not in ("type", "level")}


def _id(venue: Venue, kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{venue.id}\n{kind}\n{name}"))


def _feature(kind: str, name: str, geometry: BaseGeometry | None, props: Mapping[str, Any]) -> dict[str, Any]:
    shape = None if geometry is None else shapely.geometry.mapping(geometry)
    return {"type": "Feature", "id": name, "feature_type": kind, "geometry": shape, "properties": dict(props)}


def _degrees(shape: BaseGeometry, frame: LocalFrame) -> BaseGeometry:
    return shapely.transform(shape, lambda metres: np.round(frame.to_degrees(metres), DIGITS))


def _middle(outline: BaseGeometry) -> dict[str, Any]:
    point = outline.representative_point()
    return {"type": "Point", "coordinates": [round(point.x, DIGITS), round(point.y, DIGITS)]}
