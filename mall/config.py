"""The site folder and the process settings, read once, typed, with errors that name the key."""

import math
import re
import time
import tomllib
import warnings
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis.floorplan import FloorPlan, PlanError, load_floorplan
from mall.errors import SiteError
from mall.models import Source

PROJECT_DIR = Path(__file__).resolve().parent.parent
SAMPLE_SITE = PROJECT_DIR / "sample_footage"

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Tiling = Literal["auto", "off"] | tuple[int, int]
MOST_TILES = 36
Point = tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]]


class SiteWarning(UserWarning):
    """Something odd but harmless in a site folder, such as an unknown key."""


class Section(BaseModel):
    """A table of ``site.toml``: frozen; unknown keys are kept aside and warned about."""

    model_config = ConfigDict(frozen=True, extra="allow")


class SiteSection(Section):
    """``[site]``."""

    id: Slug
    name: str = Field(min_length=1, max_length=120)
    timezone: str = "UTC"
    languages: tuple[Literal["en", "ja"], ...] = ("en",)
    operator: str = ""
    reset_at: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] = "04:00"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError(f"unknown time zone {value!r}") from exc
        return value


class PlanSection(Section):
    """``[plan]``."""

    file: str = "floorplan.geojson"
    origin: Point | None = None
    rotation_deg: float = 0.0


class LevelSection(Section):
    """``[[level]]``."""

    id: Slug
    label: str = ""
    elevation_m: float | None = None


class Calibration(Section):
    """``[camera.calibration]``: at least four pairs of raw pixels and metres; OpenCV's lens model where given."""

    image_points: tuple[Point, ...]
    plan_points: tuple[Point, ...]
    camera_matrix: tuple[tuple[float, float, float], ...] | None = None
    distortion: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.image_points) != len(self.plan_points):
            raise ValueError(f"{len(self.image_points)} image_points but {len(self.plan_points)} plan_points")
        if len(self.image_points) < 4:
            raise ValueError(f"expected at least 4 pairs, got {len(self.image_points)}")
        return self


def parse_tiling(text: str) -> Tiling:
    """Return what ``auto``, ``off`` or ``3x2`` (columns x rows) means.

    Raises:
        ValueError: anything else, or more than 36 tiles.

    """
    if text in ("auto", "off"):
        return "auto" if text == "auto" else "off"
    found = re.fullmatch(r"([1-9]\d?)x([1-9]\d?)", text)
    if not found or int(found[1]) * int(found[2]) > MOST_TILES:
        raise ValueError(f"expected auto, off, or columns x rows as 3x2 (at most {MOST_TILES} tiles), got {text!r}")
    grid = int(found[1]), int(found[2])
    return "off" if grid == (1, 1) else grid


class Camera(Section):
    """``[[camera]]``. ``source`` is relative to the site folder unless it is an address."""

    id: Slug
    label: str = ""
    label_ja: str = ""
    source: str = Field(min_length=1)
    level: Slug
    rate: float = Field(default=5.0, gt=0, le=60)
    fps: float | None = Field(default=None, gt=0, le=240)
    weights: str | None = None
    confidence: float = Field(default=0.25, gt=0, lt=1)
    iou: float = Field(default=0.6, gt=0, le=1)
    tiling: str = "auto"
    input_size: int = Field(default=640, ge=32, le=2048)
    masks: tuple[tuple[Point, ...], ...] = ()
    loop: bool = False
    simulated: bool = False
    clock_offset_s: float = 0.0
    size: tuple[int, int] | None = None
    calibration: Calibration | None = None

    @field_validator("tiling")
    @classmethod
    def _known_tiling(cls, value: str) -> str:
        parse_tiling(value)
        return value

    @field_validator("masks")
    @classmethod
    def _closed_masks(cls, value: tuple[tuple[Point, ...], ...]) -> tuple[tuple[Point, ...], ...]:
        if any(len(set(mask)) < 3 for mask in value):
            raise ValueError("expected at least 3 different corners in every mask")
        return value

    @property
    def is_address(self) -> bool:
        """Tell whether the source is a network address."""
        return "://" in self.source

    @property
    def is_boxes(self) -> bool:
        """Tell whether the source is recorded boxes."""
        return not self.is_address and self.source.endswith(".jsonl")

    @property
    def kind(self) -> Source:
        """Return what pages label it: a camera, a recording, or a simulation."""
        if self.simulated:
            return "simulated"
        return "camera" if self.is_address else "recorded"


class Sensor(Section):
    """``[[popup.sensor]]``. low and high are the limits of normal; ``period_s`` how often it reports."""

    id: Slug
    kind: Literal["entries", "inside", "co2", "temperature", "humidity", "noise", "power", "door", "battery"]
    unit: str = ""
    label: str = ""
    label_ja: str = ""
    low: float | None = None
    high: float | None = None
    period_s: float = Field(default=10.0, gt=0, le=86_400)


Phase = Literal["booked", "open", "ended"]


class Popup(Section):
    """``[[popup]]``: a pop-up space on a pitch, with its kit's sensors; ``device`` signs their readings.

    ``from`` and ``to`` are days, both included, or times; without an offset they are the site's local ones.
    """

    id: Slug
    label: str = ""
    label_ja: str = ""
    pitch: str
    tenant: str = ""
    device: Slug | None = None
    footprint: tuple[Point, ...] = ()
    from_: str = Field(default="", alias="from")
    to: str = ""
    simulated: bool = False
    sensor: tuple[Sensor, ...] = ()
    _span: tuple[float, float] = PrivateAttr(default=(-math.inf, math.inf))

    @field_validator("from_", "to", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def place_in_time(self, zone: ZoneInfo) -> None:
        """Read ``from`` and ``to`` as times of a place; ValueError where they are none or in the wrong order."""
        begins, ends = _moment(self.from_, zone, "from"), _moment(self.to, zone, "to")
        if begins is not None and ends is not None and begins >= ends:
            raise ValueError(f"popup ({self.id}): from {self.from_!r} is after to {self.to!r}")
        self._span = (
            -math.inf if begins is None else begins.timestamp(),
            math.inf if ends is None else ends.timestamp(),
        )

    def phase(self, now: float) -> Phase:
        """Tell whether the pop-up is yet to come, there, or gone at a time (UTC seconds)."""
        return "booked" if now < self._span[0] else "open" if now < self._span[1] else "ended"

    @property
    def device_id(self) -> str:
        """Return the id that the device signs with; the pop-up's own unless named."""
        return self.device or self.id


def _moment(text: str, zone: ZoneInfo, key: Literal["from", "to"]) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if key == "to" and not {"T", " "} & set(text):
            found += timedelta(days=1)  # the whole of that day
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"popup.{key}: expected a date or time as 2026-11-19T10:00, got {text!r}") from exc
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


class PublicSection(Section):
    """``[public]``: the second listener; absent unless ``bind`` is set."""

    bind: str | None = None
    hosts: tuple[str, ...] = ()


class SiteFile(Section):
    """The whole of ``site.toml``."""

    site: SiteSection
    plan: PlanSection = PlanSection()
    level: tuple[LevelSection, ...] = ()
    camera: tuple[Camera, ...] = ()
    popup: tuple[Popup, ...] = ()
    public: PublicSection = PublicSection()
    limits: dict[str, dict[str, float]] = Field(default_factory=dict)
    weights: str | None = None

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        for what, ids in (("camera", [c.id for c in self.camera]), ("popup", [p.id for p in self.popup])):
            doubled = sorted({i for i in ids if ids.count(i) > 1})
            if doubled:
                raise ValueError(f"{what} id {doubled[0]!r} stands twice")
        return self

    @model_validator(mode="after")
    def _dated(self) -> Self:
        for popup in self.popup:
            popup.place_in_time(ZoneInfo(self.site.timezone))
        return self


class Site:
    """A loaded site: its folder, its file and its plan. Immutable by convention."""

    def __init__(self, folder: Path, file: SiteFile, plan: FloorPlan) -> None:
        self.folder = folder
        self.file = file
        self.plan = plan

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

    def camera(self, camera_id: str) -> Camera:
        """Return one camera; a SiteError names those there are."""
        for camera in self.cameras:
            if camera.id == camera_id:
                return camera
        known = ", ".join(c.id for c in self.cameras) or "none"
        raise SiteError(f"{self.folder / 'site.toml'}: no camera {camera_id!r} (cameras: {known})")

    def source_path(self, camera: Camera) -> Path:
        """Return the path of a camera whose source is a file or folder."""
        return (self.folder / camera.source).resolve()


def load_site(folder: Path, *, now: float | None = None) -> Site:
    """Read a site folder.

    Args:
        folder: holds ``site.toml`` and its plan.
        now: UTC seconds at which it is decided which pop-ups stand on the floor; the present unless given.

    Raises:
        SiteError: with file, key and reason, if anything in it is wrong.

    """
    path = folder / "site.toml"
    file = _parse(path)
    for where, key in _unknown_keys(file):
        warnings.warn(f"{path}: unknown key {where}{key}", SiteWarning, stacklevel=2)
    plan = _load_plan(folder / file.plan.file, file, time.time() if now is None else now)
    _check_references(path, file, plan)
    return Site(folder, file, plan)


def _load_plan(path: Path, file: SiteFile, now: float) -> FloorPlan:
    levels = [(level.id, level.label or level.id, level.elevation_m) for level in file.level]
    standing = [popup for popup in file.popup if popup.footprint and popup.phase(now) == "open"]
    footprints = {popup.id: (popup.pitch, popup.footprint) for popup in standing}
    try:
        return load_floorplan(path, levels=levels, footprints=footprints)
    except PlanError as exc:
        raise SiteError(f"{path}: {exc}") from exc


def _parse(path: Path) -> SiteFile:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise SiteError(f"{path}: no such file; a site is a folder with site.toml and its plan") from exc
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SiteError(f"{path}: {exc}") from exc
    try:
        return SiteFile.model_validate(raw)
    except ValidationError as exc:
        raise SiteError(f"{path}: {_first_error(exc, raw)}") from exc


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


class Settings(BaseSettings):
    """Process settings: command line over environment over default."""

    model_config = SettingsConfigDict(env_prefix="MALL_", extra="ignore", frozen=True)

    state: Path | None = None

    def state_dir(self, site_id: str) -> Path:
        """Return the state folder of a site; ``MALL_STATE`` names it, else ``.state/<site id>``."""
        return (self.state or PROJECT_DIR / ".state" / site_id).resolve()
