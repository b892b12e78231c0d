"""Read the members of an IMDF archive safely: caps, then json; in memory, nothing is unpacked to disk, never GDAL."""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from gis.plan_file import MAX_FILE_BYTES, MAX_VERTICES, PlanError

MAX_ARCHIVE_BYTES = 50 * 2**20
MAX_UNPACKED_BYTES = 200 * 2**20
MAX_READ_BYTES = 2 * MAX_FILE_BYTES
MAX_RATIO = 100  # of unpacked to packed; map data packs to a tenth
RATIO_FROM_BYTES = 2**20
MAX_MEMBERS = 1000
MAX_COMMAS = 10 * MAX_VERTICES

MANIFEST = "manifest.json"
READ = ("level", "unit", "opening", "anchor", "occupant", "kiosk", "fixture", "detail")
"""Feature types read here; venue, building, footprint, address, amenity, section, geofence, relationship are not."""

_ENTRY = b"PK\x01\x02"  # opens every entry of a zip file's directory
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True, slots=True)
class Feature:
    """One IMDF feature with its id checked; ``place`` names member and id in messages."""

    place: str
    id: str
    geometry: dict[str, Any]
    props: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive says: its manifest, and the features by type."""

    manifest: dict[str, Any]
    features: dict[str, list[Feature]]


def is_imdf(path: Path) -> bool:
    """Tell whether a plan is an IMDF archive by its name: a folder or a zip file."""
    return path.is_dir() or path.suffix.lower() == ".zip"


def read_archive(path: Path) -> Archive:
    """Read a zip file or a folder.

    Raises:
        PlanError: naming the member and the feature: missing, too large, a path that leads out, not JSON, malformed.

    """
    raw: dict[str, bytes] = {}
    for name, text in _from_folder(path) if path.is_dir() else _from_zip(path):
        raw[name] = text
        if sum(map(len, raw.values())) > MAX_READ_BYTES:
            raise PlanError(f"more than {MAX_READ_BYTES} bytes of maps in the archive")
    if MANIFEST not in raw:
        raise PlanError(f"no {MANIFEST} at the top of the archive: not IMDF")
    _refuse_giants(raw)
    manifest = _parse(MANIFEST, raw.pop(MANIFEST))
    if not isinstance(manifest, dict):
        raise PlanError(f"{MANIFEST}: not an object")
    return Archive(manifest, {name.removesuffix(".geojson"): _features(name, text) for name, text in raw.items()})


def _wanted() -> list[str]:
    return [MANIFEST, *(f"{kind}.geojson" for kind in READ)]


def _from_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for name in _wanted():
        try:
            if (folder / name).is_file():
                with (folder / name).open("rb") as file:
                    yield name, _capped(name, file)
        except OSError as exc:
            raise PlanError(f"{name}: cannot be read: {exc.strerror or exc}") from exc


def _from_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        size = path.stat().st_size
        if size > MAX_ARCHIVE_BYTES:
            raise PlanError(f"the archive has {size} bytes; the limit is {MAX_ARCHIVE_BYTES}")
        packed = path.read_bytes()
    except OSError as exc:
        raise PlanError(f"cannot read the archive: {exc.strerror or exc}") from exc
    if packed.count(_ENTRY) > MAX_MEMBERS:
        raise PlanError(f"more than {MAX_MEMBERS} members in the archive")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            members = _checked(archive.infolist())
            for name in _wanted():
                if name in members:
                    with archive.open(members[name]) as file:
                        yield name, _capped(name, file)
    except PlanError:
        raise
    except _FAULTS as exc:
        raise PlanError(f"not a sound zip archive: {exc}") from exc


def _checked(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name; PlanError if any of them, read or not, is not what an archive of maps holds."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.filename
        if ".." in PurePosixPath(name).parts or name.startswith("/") or "\\" in name or ":" in name:
            raise PlanError(f"member {name!r:.80}: its path leads out of the archive")
        if name in found:
            raise PlanError(f"member {name!r:.80} stands twice")
        if member.flag_bits & 0x1:
            raise PlanError(f"member {name!r:.80} is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise PlanError(f"member {name!r:.80}: only stored and deflated members are read")
        if member.file_size > max(RATIO_FROM_BYTES, MAX_RATIO * member.compress_size):
            raise PlanError(f"member {name!r:.80} unpacks to more than {MAX_RATIO} times its size")
        found[name] = member
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise PlanError(f"the archive unpacks to more than {MAX_UNPACKED_BYTES} bytes")
    return found


def _capped(name: str, file: Any) -> bytes:
    """Read a member up to its cap, whatever size the archive's directory gives it."""
    raw: bytes = file.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise PlanError(f"{name}: more than {MAX_FILE_BYTES} bytes")
    return raw


def _refuse_giants(raw: dict[str, bytes]) -> None:
    """Raise PlanError before a giant's brackets and numbers become Python objects."""
    if sum(text.count(b"[") + text.count(b"{") for text in raw.values()) > 2 * MAX_VERTICES:
        raise PlanError(f"more than {MAX_VERTICES} vertices in the archive")
    if sum(text.count(b",") for text in raw.values()) > MAX_COMMAS:
        raise PlanError("more values in the archive than any plan has")


def _parse(name: str, raw: bytes) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise PlanError(f"{name}: {constant} in the file; every number must be finite")

    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=refuse)
    except PlanError:
        raise
    except (ValueError, RecursionError) as exc:
        raise PlanError(f"{name}: not JSON: {exc}") from exc


def _features(name: str, raw: bytes) -> list[Feature]:
    collection = _parse(name, raw)
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        raise PlanError(f"{name}: not a GeoJSON FeatureCollection")
    return [_feature(name, index, feature) for index, feature in enumerate(collection["features"])]


def _feature(name: str, index: int, feature: Any) -> Feature:
    found = feature.get("id") if isinstance(feature, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= 64 or not found.isprintable():
        raise PlanError(
            f"{name}: feature {index}: expected an id of at most 64 printable characters, got {found!r:.60}"
        )
    place = f"{name}: feature {found!r}"
    geometry, props = feature.get("geometry") or {}, feature.get("properties") or {}
    if not isinstance(geometry, dict) or not isinstance(props, dict):
        raise PlanError(f"{place}: geometry and properties must be objects")
    return Feature(place, found, geometry, props)
