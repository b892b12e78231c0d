"""The site folder and the process settings, read once, typed, with errors that name the key."""

import hashlib
import os
import re
import time
import tomllib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis.floorplan import FloorPlan, PlanError, load_floorplan
from gis.imdf import is_imdf, load_imdf
from gis.local_frame import LocalFrame
from gis.passage import items_of
from gis.plan_file import read_features
from gis.plan_lines import with_lines
from mall.errors import SiteError
from mall.site_base import Section, SiteWarning
from mall.site_contacts import Contact
from mall.site_file import Camera, Popup, SiteFile

PROJECT_DIR = Path(__file__).resolve().parent.parent
SAMPLE_SITE = PROJECT_DIR / "sample_footage"
MOST_M2 = 500_000.0  # of the rectangle around a level: what its density raster can hold


class Site:
    """A loaded site: its folder, its file and its plan. Immutable by convention.

    ``version`` is that of its file as it was read, "" for a site that was made otherwise.
    """

    def __init__(self, folder: Path, file: SiteFile, plan: FloorPlan, version: str = "") -> None:
        self.folder = folder
        self.file = file
        self.plan = plan
        self.version = version

    @property
    def id(self) -> str:
        """Return the site id, which names its keys in the store."""
        return self.file.site.id

    @property
    def timezone(self) -> ZoneInfo:
        """Return the site's time zone."""
        return ZoneInfo(self.file.site.timezone)

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """Return the cameras in file order."""
        return self.file.camera

    @property
    def popups(self) -> tuple[Popup, ...]:
        """Return the pop-up spaces in file order."""
        return self.file.popup

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Return the contact inputs in file order."""
        return self.file.contact

    def camera(self, camera_id: str) -> Camera:
        """Return one camera; a SiteError names those there are."""
        for camera in self.cameras:
            if camera.id == camera_id:
                return camera
        known = ", ".join(c.id for c in self.cameras) or "none"
        raise SiteError(f"{self.folder / 'site.toml'}: no camera {camera_id!r} (cameras: {known})")

    def place(self, camera: Camera, key: str = "") -> str:
        """Return what messages call a camera's table, or a key in it: file, table, id."""
        return f"{self.folder / 'site.toml'}: camera ({camera.id}){'.' * bool(key)}{key}"

    def plan_file_of(self, place: str) -> Path:
        """Return the file that a feature of the plan stands in: the plan's own, or that of ``[plan] lines``."""
        plan = self.file.plan
        if plan.lines is not None and place.startswith("line "):
            path = self.folder / plan.lines
            if any(place.startswith(feature.place) for feature in read_features(path)):
                return path
        return self.folder / plan.file

    def source_path(self, camera: Camera) -> Path:
        """Return the path of a camera whose source is a file or folder."""
        return (self.folder / camera.source).resolve()


Drafts = Mapping[Path, Path]


def load_site(folder: Path, *, now: float | None = None, drafts: Drafts | None = None) -> Site:
    """Read a site folder.

    Args:
        folder: holds ``site.toml`` and its plan.
        now: UTC seconds at which it is decided which pop-ups stand on the floor; the present unless given.
        drafts: file of the folder -> the file to read in its place, to see whether the site would be right with it.

    Raises:
        SiteError: with file, key and reason, if anything in it is wrong.

    """
    path, drafts = folder / "site.toml", drafts or {}
    file, version = read_site_file(path, drafts)
    for where, key in _unknown_keys(file):
        warnings.warn(f"{path}: unknown key {where}{key}", SiteWarning, stacklevel=2)
    plan = _load_plan(folder, file, time.time() if now is None else now, drafts)
    site = Site(folder, file, plan, version)
    for place in plan.unknown:
        warnings.warn(f"{site.plan_file_of(place)}: unknown property {place}", SiteWarning, stacklevel=2)
    _check_references(path, file, plan)
    _check_extents(folder / file.plan.file, plan)
    return site


def _check_extents(path: Path, plan: FloorPlan) -> None:
    """Refuse a level that no raster fits on: one mistyped vertex is enough to draw it kilometres wide."""
    for level in plan.levels:
        zones = [zone.polygon for zone in plan.zones_on(level.id)]
        if not zones:
            continue
        x0, y0, x1, y1 = shapely.total_bounds(zones)
        if (x1 - x0) * (y1 - y0) > MOST_M2:
            raise SiteError(
                f"{path}: level {level.id!r} spans {x1 - x0:.0f} x {y1 - y0:.0f} m, more than {MOST_M2:.0f} m²: "
                "is a vertex mistyped, or is the plan not in metres?"
            )


def _load_plan(folder: Path, file: SiteFile, now: float, drafts: Drafts) -> FloorPlan:
    levels = [(level.id, level.label or level.id, level.elevation_m) for level in file.level]
    standing = [popup for popup in file.popup if popup.footprint and popup.phase(now) == "open"]
    footprints = {popup.id: (popup.pitch, popup.footprint) for popup in standing}
    path = folder / file.plan.file
    try:
        if is_imdf(path):
            plan = load_imdf(path, _frame(folder, file), levels=levels, footprints=footprints)
        else:
            plan = load_floorplan(drafts.get(path, path), levels=levels, footprints=footprints)
        if file.plan.lines is None:
            return plan
        path = folder / file.plan.lines
        return with_lines(plan, path)
    except PlanError as exc:
        raise SiteError(f"{path}: {exc}") from exc


def _frame(folder: Path, file: SiteFile) -> LocalFrame:
    place = f"{folder / 'site.toml'}: plan.origin"
    if file.plan.origin is None:
        raise SiteError(f"{place}: missing; {file.plan.file} is in degrees: expected [lon, lat] of the plan's (0, 0)")
    try:
        return LocalFrame(file.plan.origin, file.plan.rotation_deg)
    except ValueError as exc:
        raise SiteError(f"{place}: {exc}") from exc


def file_version(content: bytes) -> str:
    """Return the version of a site file: a digest of what it holds, 16 digits."""
    return hashlib.sha256(content).hexdigest()[:16]


def read_site_file(path: Path, drafts: Drafts) -> tuple[SiteFile, str]:
    """Return a site file and its version; SiteError with file, key and reason where it cannot be one."""
    try:
        content = drafts.get(path, path).read_bytes()
        raw = tomllib.loads(content.decode())
    except FileNotFoundError as exc:
        raise SiteError(f"{path}: no such file; a site is a folder with site.toml and its plan") from exc
    except RecursionError as exc:
        raise SiteError(f"{path}: too deeply nested") from exc
    except tomllib.TOMLDecodeError as exc:
        raise SiteError(f"{path}: {exc}{_doubled(content.decode(), str(exc))}") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise SiteError(f"{path}: {exc}") from exc
    try:
        return SiteFile.model_validate(raw), file_version(content)
    except ValidationError as exc:
        raise SiteError(f"{path}: {_first_error(exc, raw)}") from exc


def _doubled(text: str, reason: str) -> str:
    """Name the table and the key that stands twice, where that is the reason; never what it holds."""
    at = re.search(r"overwrite a value \(at line ([0-9]+)", reason)
    if at is None:
        return ""
    lines = [line.strip() for line in text.splitlines()[: int(at[1])]]
    table = next((line for line in reversed(lines) if line.startswith("[")), "the file")
    return f": {lines[-1].partition('=')[0].strip()} stands twice in {table.partition('#')[0].strip()}"


def _first_error(exc: ValidationError, raw: dict[str, Any]) -> str:
    """Name the place of the first error, with the id of the table it is in where there is one."""
    error = exc.errors(include_url=False)[0]
    place, node = "", raw
    for step in error["loc"]:
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else str(step)
        try:
            node = node[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            node = {}
        if isinstance(step, int) and isinstance(node, dict) and "id" in node:
            place += f" ({node['id']})"
    more = exc.error_count() - 1
    return f"{place or 'file'}: {error['msg'].removeprefix('Value error, ')}" + (f" (and {more} more)" if more else "")


def _unknown_keys(section: Section, where: str = "") -> list[tuple[str, str]]:
    found = [(where, key) for key in section.model_extra or {}]
    for name in type(section).model_fields:
        value = getattr(section, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Section):
                label = f" ({item.id})" if hasattr(item, "id") and name != "site" else ""
                found += _unknown_keys(item, f"{where}{name}{label}.")
    return found


def _check_references(path: Path, file: SiteFile, plan: FloorPlan) -> None:
    levels = {level.id for level in plan.levels}
    for camera in file.camera:
        if camera.level not in levels:
            known = ", ".join(sorted(levels))
            raise SiteError(f"{path}: camera ({camera.id}).level: unknown level {camera.level!r} (levels: {known})")
    zones = {zone.id for zone in plan.zones}
    for popup in file.popup:
        if popup.pitch not in zones:
            raise SiteError(f"{path}: popup ({popup.id}).pitch: no zone {popup.pitch!r} in the plan")
    _check_contacts(path, file, plan)


def _check_contacts(path: Path, file: SiteFile, plan: FloorPlan) -> None:
    levels, items = {level.id for level in plan.levels}, items_of(plan)
    for contact in file.contact:
        place = f"{path}: contact ({contact.id})"
        if contact.level is not None and contact.level not in levels:
            raise SiteError(f"{place}.level: unknown level {contact.level!r} (levels: {', '.join(sorted(levels))})")
        item = items.get(contact.item or "")
        kinds = {"door": "opening", "escalator": "escalator"}
        if contact.item is not None and (item is None or item.kind != kinds[contact.kind]):
            raise SiteError(f"{place}.item: no {kinds[contact.kind]} {contact.item!r} in the plan")


class Settings(BaseSettings):
    """Process settings: command line over environment over default."""

    model_config = SettingsConfigDict(env_prefix="MALL_", env_ignore_empty=True, extra="ignore", frozen=True)

    state: Path | None = None

    def state_dir(self, site_id: str) -> Path:
        """Return the state folder of a site; ``MALL_STATE`` names it, else ``.state/<site id>``."""
        return (self.state or PROJECT_DIR / ".state" / site_id).resolve()

    def history_dir(self, site_id: str) -> Path:
        """Return where a site's minutes are kept beyond the store's 48 hours; it need not exist."""
        return self.state_dir(site_id) / "history"

    def made_state_dir(self, site_id: str) -> Path:
        """Return the state folder, made with mode 0700 where it is not there.

        Raises:
            SiteError: naming MALL_STATE and the folder, if it cannot be made or written to.

        """
        try:
            folder = self.state_dir(site_id)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            reason = "" if os.access(folder, os.W_OK | os.X_OK) else "it cannot be written to"
        except OSError as exc:
            reason = exc.strerror or str(exc)
        if reason:
            named = self.state or PROJECT_DIR / ".state" / site_id
            raise SiteError(f"MALL_STATE: {named!s:.300}: cannot be the state folder: {reason}")
        return folder
