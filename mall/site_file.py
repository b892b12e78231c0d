"""What ``site.toml`` may say: one frozen, typed section a table."""

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, PlainValidator, PrivateAttr, field_validator, model_validator

from mall.models import Source
from mall.quantities import quantity
from mall.site_alarms import AlarmsSection, NotifySection, SmtpSection, time_of_day
from mall.site_base import Section, Sensor, Slug
from mall.site_contacts import Contact, EgressSection

Tiling = Literal["auto", "off"] | tuple[int, int]
MOST_TILES = 36
Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.*:\[\]-]+$")]
Point = tuple[Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Limit = Annotated[float, PlainValidator(quantity)]
"""Of a rule: a number, or a text with its unit."""
Pixels = Annotated[int, Field(ge=1, le=100_000)]
YEAR_S = 31_536_000.0
LONGEST_PATH, LONGEST_NAME = 4096, 255  # bytes that Linux takes


def _path_text(text: str) -> str:
    """Return a path or an address; ValueError where no file system takes it."""
    if not text.isprintable():
        raise ValueError(f"expected printable characters only, got {text!r:.60}")
    names = [] if "://" in text else text.split("/")
    if len(text.encode()) > LONGEST_PATH or any(len(name.encode()) > LONGEST_NAME for name in names):
        raise ValueError(f"too long: {text[:40]}…")
    return text


PathText = Annotated[str, AfterValidator(_path_text)]


class SiteSection(Section):
    """``[site]``."""

    id: Slug
    name: str = Field(min_length=1, max_length=120)
    timezone: str = "UTC"
    languages: tuple[Literal["en", "ja"], ...] = ("en",)
    operator: str = ""
    reset_at: Annotated[str, AfterValidator(time_of_day)] = "04:00"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError(f"unknown time zone {value!r}") from exc
        return value


class PlanSection(Section):
    """``[plan]``: a file in local metres, or an IMDF archive; ``lines`` adds measurement lines in local metres."""

    file: PathText = Field(default="floorplan.geojson", min_length=1)
    lines: PathText | None = None
    origin: Point | None = None
    rotation_deg: float = 0.0


class LevelSection(Section):
    """``[[level]]``."""

    id: Slug
    label: str = ""
    elevation_m: float | None = None


class Pairs(Section):
    """At least four pairs of raw pixels and metres, or none; OpenCV's lens model where given."""

    image_points: tuple[Point, ...] = ()
    plan_points: tuple[Point, ...] = ()
    camera_matrix: tuple[tuple[Finite, Finite, Finite], ...] | None = None
    distortion: tuple[Finite, ...] | None = None

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.image_points) != len(self.plan_points):
            raise ValueError(f"{len(self.image_points)} image_points but {len(self.plan_points)} plan_points")
        if 0 < len(self.image_points) < 4:
            raise ValueError(f"expected at least 4 pairs, got {len(self.image_points)}")
        return self


class Calibration(Pairs):
    """``[camera.calibration]``: the pairs of the only plane, or the lens alone beside ``[[camera.plane]]``."""


class Plane(Pairs):
    """``[[camera.plane]]``: the pairs of one plane and the region, in raw pixels, where people stand on it."""

    level: Slug | None = None
    region: tuple[Point, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.image_points:
            raise ValueError("image_points, plan_points: expected at least 4 pairs, got none")
        if len(set(self.region)) < 3:
            raise ValueError("region: expected at least 3 different corners")
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
    source: PathText = Field(min_length=1)
    level: Slug
    rate: float = Field(default=5.0, gt=0, le=60)
    idle_rate: float = Field(default=1.0, ge=0, le=60)
    fps: float | None = Field(default=None, gt=0, le=240)
    weights: PathText | None = None
    confidence: float = Field(default=0.25, gt=0, lt=1)
    iou: float = Field(default=0.6, gt=0, le=1)
    tiling: str = "auto"
    input_size: int = Field(default=640, ge=32, le=2048)
    masks: tuple[tuple[Point, ...], ...] = ()
    loop: bool = False
    simulated: bool = False
    clock_offset_s: float = Field(default=0.0, ge=-YEAR_S, le=YEAR_S)
    size: tuple[Pixels, Pixels] | None = None
    calibration: Calibration | None = None
    plane: tuple[Plane, ...] = ()

    @model_validator(mode="after")
    def _one_kind_of_pairs(self) -> Self:
        has_pairs = self.calibration is not None and bool(self.calibration.image_points)
        if self.plane and has_pairs:
            raise ValueError(
                "calibration.image_points: with [[camera.plane]] the pairs belong there, only the lens here"
            )
        if self.calibration is not None and not self.plane and not has_pairs:
            raise ValueError("calibration.image_points: expected at least 4 pairs, got none")
        for number, plane in enumerate(self.plane, start=1):
            if plane.level not in (None, self.level):
                text = f"plane {number}.level: {plane.level!r} is not the camera's level {self.level!r}"
                raise ValueError(f"{text}; a camera serves one level: give the other a [[camera]] of the same source")
        return self

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
    def is_calibrated(self) -> bool:
        """Tell whether its people can be placed on the floor."""
        return self.calibration is not None or bool(self.plane)

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
    """``[public]``: the second listener, absent unless ``bind`` is set; ``framed_by``: origins, all where none is.

    ``opens``, ``closes``: local hours in which a calm time is looked for; 00:00 closes at the end of the day.
    """

    bind: str | None = None
    hosts: tuple[str, ...] = ()
    framed_by: tuple[Origin, ...] = ()
    opens: Annotated[str, AfterValidator(time_of_day)] | None = None
    closes: Annotated[str, AfterValidator(time_of_day)] | None = None

    @model_validator(mode="after")
    def _hours_of_a_day(self) -> Self:
        if (self.opens is None) != (self.closes is None):
            raise ValueError("opens and closes: give both or neither")
        if self.opens is not None and self.closes not in (None, "00:00") and self.closes <= self.opens:
            raise ValueError(f"closes: must be later than opens on the same day, got {self.opens} to {self.closes}")
        return self

    @property
    def hours(self) -> tuple[time, time] | None:
        """Return the opening hours, None where the site does not tell them."""
        if self.opens is None or self.closes is None:
            return None
        return time.fromisoformat(self.opens), time.fromisoformat(self.closes)


def _refuse_doubles(what: str, ids: Sequence[str]) -> None:
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise ValueError(f"{what} {doubled[0]!r} stands twice")


class SiteFile(Section):
    """The whole of ``site.toml``."""

    site: SiteSection
    plan: PlanSection = PlanSection()
    level: tuple[LevelSection, ...] = ()
    camera: tuple[Camera, ...] = ()
    popup: tuple[Popup, ...] = ()
    contact: tuple[Contact, ...] = ()
    egress: EgressSection = EgressSection()
    public: PublicSection = PublicSection()
    alarms: AlarmsSection = AlarmsSection()
    smtp: SmtpSection | None = None
    notify: tuple[NotifySection, ...] = ()
    limits: dict[str, dict[str, Limit]] = Field(default_factory=dict)
    weights: PathText | None = None

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        named: dict[str, Sequence[LevelSection | Camera | Popup | NotifySection | Contact]] = {
            "level": self.level, "camera": self.camera, "popup": self.popup, "notify": self.notify,
            "contact": self.contact,
        }  # fmt: skip
        for what, tables in named.items():
            _refuse_doubles(f"{what} id", [table.id for table in tables])
        if self.smtp is None and any(channel.kind == "email" for channel in self.notify):
            raise ValueError("smtp: missing; [[notify]] of kind email needs it")
        for popup in self.popup:
            _refuse_doubles(f"popup ({popup.id}).sensor id", [sensor.id for sensor in popup.sensor])
        # A reading names its device only: with one device for two pop-ups nobody could tell whose it is.
        devices = [popup.device_id for popup in self.popup]
        _refuse_doubles("popup.device: device id", devices)
        _refuse_doubles("contact.device: device id", [*devices, *(contact.device_id for contact in self.contact)])
        return self

    @model_validator(mode="after")
    def _dated(self) -> Self:
        for popup in self.popup:
            popup.place_in_time(ZoneInfo(self.site.timezone))
        return self
