"""The typed answers of the interface; the OpenAPI document is made from these."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Point = tuple[float, float]
Ring = list[Point]


class Answer(BaseModel):
    """Base of every answer; a key that is not named here does not get out."""

    model_config = ConfigDict(extra="ignore")


class Problem(Answer):
    """What went wrong, in one sentence."""

    detail: str


class Said(Problem):
    """Why an act was refused: ``refused.<code>`` are the words that pages say it in, filled with ``args``."""

    code: str | None = None
    args: dict[str, str | float | list[str]] = Field(default_factory=dict)


ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (404, 422, 503)}
"""What any route of the interface may answer instead."""


class Level(Answer):
    """One floor."""

    id: str
    label: str


class Zone(Answer):
    """One zone of the plan; polygon and holes in metres, x right, y up."""

    id: str
    label: str
    labels: dict[str, str] = {}
    category: str
    level: str
    polygon: Ring
    holes: list[Ring] = []
    area_m2: float
    capacity: int | None = None
    standard: str | None = None
    parent: str | None = None
    public: bool = False


class Fixture(Answer):
    """Something that stands on the floor and cannot be walked on."""

    id: str
    level: str
    kind: str
    polygon: Ring


class MeasurementLine(Answer):
    """A line whose crossings are counted; ``zone`` is what "in" enters, the clear width what people can walk on."""

    id: str
    label: str
    labels: dict[str, str] = {}
    level: str
    line: Ring
    in_side: str
    zone: str | None = None
    clear_width_m: float


class Opening(Answer):
    """A door or gap between two zones."""

    id: str
    level: str
    line: Ring
    width_m: float | None = None
    from_zone: str | None = None
    to_zone: str | None = None


class SensorSite(Answer):
    """A pop-up's sensor as the site file names it."""

    id: str
    kind: str
    label: str
    labels: dict[str, str] = {}
    unit: str
    low: float | None
    high: float | None
    period_s: float


class PopupSite(Answer):
    """A pop-up space as the site file names it."""

    id: str
    label: str
    labels: dict[str, str] = {}
    pitch: str
    tenant: str
    device: str
    starts: str
    ends: str
    level: str | None
    footprint: Ring
    simulated: bool
    sensors: list[SensorSite]


class StandardLimits(Answer):
    """Upper limits of LoS A to E in persons/m² and where they come from."""

    limits: list[float]
    source: str


class SiteAnswer(Answer):
    """The plan and everything on it that does not move."""

    id: str
    name: str
    timezone: str
    languages: list[str]
    levels: list[Level]
    zones: list[Zone]
    fixtures: list[Fixture]
    lines: list[MeasurementLine]
    openings: list[Opening]
    popups: list[PopupSite]
    standards: dict[str, StandardLimits]
    sources: dict[str, list[str]]


State = Literal["live", "stale", "offline", "unknown", "saturated"]


class LiveZone(Answer):
    """One zone now; ``people`` is null unless the value is live, saturated or stale, and 0 means a live 0."""

    people: int | None
    band: tuple[int, int | None] | None
    density: float | None
    los: Annotated[str, Field(pattern="^[A-F](–[A-F])?$")] | None
    state: State
    age_s: float | None
    observed_at: float | None
    seq: int | None
    epoch: str | None
    coverage: float | None
    source: Literal["camera", "recorded", "simulated"] | None


class AccuracyCard(Answer):
    """How far a camera's counts were from ``n`` head counts: mean absolute error, share within one person, bias."""

    mae: float
    within_1: float
    bias: float
    n: int
    date: str
    method: str


class CameraDoubt(Answer):
    """What of a camera cannot be true: its code, the figures, and words by language."""

    code: str
    figures: dict[str, JsonValue] = {}
    text: dict[str, str] = {}


class LiveCamera(Answer):
    """One camera now: its health, never its picture."""

    state: Literal["live", "stale", "offline", "unknown", "suspect", "failed"]
    rate: float | None = None
    rate_wanted: float | None = None
    behind: bool | None = None
    idle: bool | None = None
    latency_s: float | None = None
    people: int | None = None
    age_s: float | None = None
    source: Literal["camera", "recorded", "simulated"] | None = None
    detector: str | None = None
    fit: Literal["exact", "proven", "demonstration", "unproven"] | None = None
    card: AccuracyCard | None = None
    zone_cards: dict[str, AccuracyCard] = {}
    crowded: bool | None = None
    message: str = ""
    doubts: list[CameraDoubt] = []


class Totals(Answer):
    """Counts over the entrances since the last reset; null where nobody counts, stale with the entrances' cameras."""

    count_in: int | None = Field(alias="in", serialization_alias="in", default=None)
    count_out: int | None = Field(alias="out", serialization_alias="out", default=None)
    inside: int | None = None
    out_factor: Annotated[
        float | None, Field(description="by which exits are corrected in inside; 1 is not at all")
    ] = None
    state: Literal["live", "saturated", "stale", "offline", "unknown"] = "unknown"
    age_s: float | None = None


class LiveAnswer(Answer):
    """The mall now; ``at`` is the store's clock in UTC seconds."""

    at: float
    zones: dict[str, LiveZone]
    cameras: dict[str, LiveCamera]
    totals: Totals


class CameraAnswer(LiveCamera):
    """One camera with its name and place."""

    id: str
    label: str
    level: str


class Minute(Answer):
    """One minute of one zone; people are null where nothing live was seen, in and out where nobody counted."""

    at: float
    people_mean: float | None
    people_max: int | None
    coverage: float
    count_in: int | None = Field(serialization_alias="in")
    count_out: int | None = Field(serialization_alias="out")


class ZoneHistory(Answer):
    """A zone's minutes, oldest first; a minute without a row is a gap, not a zero."""

    zone: str
    since: float
    until: float
    step_s: int = 60
    minutes: list[Minute]


class SensorNow(Answer):
    """One sensor now, with its last hour as [UTC seconds, value] pairs."""

    id: str
    kind: str
    label: str
    unit: str
    low: float | None
    high: float | None
    period_s: float
    value: float | None
    age_s: float | None
    state: State
    simulated: bool
    trail: list[tuple[float, float]]


class PopupNow(Answer):
    """One pop-up space now; outside its dates it is booked or ended, takes no area and is not missed."""

    phase: Literal["booked", "open", "ended"]

    id: str
    label: str
    pitch: str
    tenant: str
    device: str
    starts: str
    ends: str
    simulated: bool
    sensors: list[SensorNow]


class PopupsAnswer(Answer):
    """Every pop-up space; refused messages by reason."""

    at: float
    popups: list[PopupNow]
    refused: dict[str, int]


class Health(Answer):
    """200 while web and store answer; ``degraded`` lists what does not work."""

    status: Literal["ok", "degraded", "down"]
    degraded: list[str]


class SensorMessage(BaseModel):
    """What a device sends; ``at`` in UTC seconds or ISO 8601 with its offset, readings by sensor id."""

    model_config = ConfigDict(extra="forbid")

    at: float | str
    readings: dict[str, float]


class Accepted(Answer):
    """How many readings were taken; ``skewed``: the clock is off by more than 2 s; ``late``: booked as history."""

    accepted: int
    skewed: bool
    late: bool


class Refused(Said):
    """Why a message or a change was refused: ``reason`` in one word; ``by``: who was first, where somebody was."""

    reason: str
    by: str | None = None
