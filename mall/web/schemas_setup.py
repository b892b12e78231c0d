"""The wire form of ``/api/v1/setup``: what the page for placing cameras and drawing the plan asks and is told.

Coordinates are ``[x, y]``: raw camera pixels in a picture, metres (x right, y up) on the plan.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mall.site_base import Slug
from mall.site_file import Finite, Pixels
from mall.site_file import Point as Place
from mall.web.schemas import AccuracyCard, Answer, Level, Point, Problem, Ring

MOST_POINTS = 400
Places = Annotated[tuple[Place, ...], Field(max_length=MOST_POINTS)]
Texts = dict[Literal["en", "ja"], str]
MostPeople = Annotated[int, Field(ge=0, le=100_000)]


class Asked(BaseModel):
    """Base of every request; unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Where(Answer):
    """What of a draft a problem is about; ``pair`` and ``plane`` count from 0."""

    camera: str | None = None
    pair: int | None = None
    plane: int | None = None
    mask: int | None = None
    feature: str | None = None


class DraftProblem(Answer):
    """Something wrong (``error``: it cannot be saved) or odd (``warning``) with a draft."""

    code: str
    severity: Literal["error", "warning"]
    text: Texts
    where: Where = Where()


class SetupProblem(Problem):
    """Why a call was refused: ``detail`` in one sentence, ``code`` for programs, ``text`` for people.

    Codes: off, session, token, closed, shape, unknown, changed, wrong, invalid, none, no-answer, no-picture, lost,
    no-detector, read-only.
    """

    code: str
    text: Texts
    problems: list[DraftProblem] = Field(default_factory=list)


# -- session -----------------------------------------------------------------------------------------------------------


class Opening(Asked):
    """The token printed at the start, and who opens the page with it."""

    token: Annotated[str, Field(min_length=1, max_length=200)]
    who: Annotated[str, Field(min_length=1, max_length=60)]


# -- the site as it is -------------------------------------------------------------------------------------------------


class PairsForm(Asked):
    """Pairs of raw pixels and metres, and the lens; fewer than four pairs are a draft that cannot be saved yet."""

    image_points: Places = ()
    plan_points: Places = ()
    camera_matrix: tuple[tuple[Finite, Finite, Finite], ...] | None = None
    distortion: tuple[Finite, ...] | None = None


class PlaneForm(PairsForm):
    """The pairs of one plane of a camera and the region of its picture (raw pixels) where they hold."""

    region: Places = ()


class SetupCamera(Answer):
    """One camera as the site file says."""

    id: str
    label: str
    label_ja: str
    level: str
    source_kind: Literal["file", "folder", "address", "boxes"]
    size: tuple[int, int] | None
    fps: float | None
    rate: float
    calibration: PairsForm | None
    planes: list[PlaneForm]
    masks: list[Ring]
    tiling: str
    confidence: float | None
    iou: float | None
    card: AccuracyCard | None


class SetupUndo(Answer):
    """How many steps can be taken back, and which would be the next."""

    available: int
    what: str
    at: str
    who: str


class SetupSiteName(Answer):
    """Which site."""

    id: str
    name: str


class SetupSite(Answer):
    """The site as it is on disk; ``version`` is the digest of everything that can be saved here."""

    version: str
    site: SetupSiteName
    levels: list[Level]
    cameras: list[SetupCamera]
    plan: dict[str, JsonValue]
    plan_editable: bool
    undo: SetupUndo | None


# -- setup still -------------------------------------------------------------------------------------------------------


class StillAsked(Asked):
    """Of which camera a pixelated still is wanted, and why; both are written down."""

    camera: Slug
    why: Annotated[str, Field(min_length=1, max_length=200)]


# -- trying a draft ----------------------------------------------------------------------------------------------------


class Draft(Asked):
    """A camera, and the plan, as they would be; ``size`` is that of the still they were placed on."""

    camera: Slug
    size: tuple[Pixels, Pixels]
    calibration: PairsForm | None = None
    planes: Annotated[tuple[PlaneForm, ...], Field(max_length=20)] = ()
    plan: dict[str, JsonValue] | None = None
    masks: Annotated[tuple[Places, ...], Field(max_length=100)] = ()


class Fit(Answer):
    """How far the pairs are from where the map puts them, in metres and in pixels; null in a list: it has no place."""

    rms_m: float
    worst_m: float
    errors_m: list[float | None]
    errors_px: list[float | None]


class DrawnFeature(Answer):
    """A feature of the plan as the picture shows it, cut at the horizon: rings where ``closed``, else lines."""

    id: str
    kind: Literal["zone", "line", "opening", "fixture"]
    closed: bool
    parts: list[Ring]


class TriedPicture(Answer):
    """What the draft puts into the picture, raw pixels; ``grid`` are lines of the floor 5 m apart."""

    horizon: tuple[Point, Point] | None
    plan: list[DrawnFeature]
    grid: list[Ring]


class Uncertain(Answer):
    """How well a place can be told there: standard deviation in its worst direction, metres."""

    at: Point
    sd_m: float


class TriedPlan(Answer):
    """What the draft puts onto the plan, metres; ``zones_seen``: share of each zone's floor that is in view."""

    seen: Ring | None
    pairs: list[Point | None]
    uncertainty: list[Uncertain]
    zones_seen: dict[str, float]


class Tried(Answer):
    """What became of a draft; ``fit`` is null where no map follows from it.

    ``people`` are those of now placed anew; null, which is not nobody, without a map or word from the camera.
    """

    problems: list[DraftProblem]
    fit: Fit | None
    picture: TriedPicture
    plan: TriedPlan
    people: list[Point] | None


# -- saving ------------------------------------------------------------------------------------------------------------


class CameraChangeForm(Asked):
    """What to change of one camera; a key that is not sent stays, null takes a calibration away."""

    camera: Slug
    calibration: PairsForm | None = None
    planes: Annotated[tuple[PlaneForm, ...], Field(max_length=20)] = ()
    masks: Annotated[tuple[Places, ...], Field(max_length=100)] = ()
    label: Annotated[str, Field(max_length=120)] = ""
    label_ja: Annotated[str, Field(max_length=120)] = ""
    size: tuple[Pixels, Pixels] | None = None


class Saving(Asked):
    """Changes to the site of ``version``; refused where it has another by now."""

    version: Annotated[str, Field(max_length=80)]
    what: Annotated[tuple[CameraChangeForm, ...], Field(max_length=100)] = ()
    plan: dict[str, JsonValue] | None = None
    who: Annotated[str, Field(min_length=1, max_length=60)]


class Saved(Answer):
    """The site's version after saving, what could now be undone, and what is odd about the site."""

    version: str
    undo: SetupUndo | None
    problems: list[DraftProblem] = Field(default_factory=list)


class Undoing(Asked):
    """Take the last save of the site of ``version`` back."""

    version: Annotated[str, Field(max_length=80)]


class Undone(Answer):
    """The site's version after a step back, what was taken back, and which step would be the next."""

    version: str
    undone: str
    undo: SetupUndo | None = None


# -- head counts -------------------------------------------------------------------------------------------------------


class HeadCounted(Asked):
    """How many people a person counted on a still: in the picture, and in zones; ``still`` is its X-Still-Id."""

    camera: Slug
    still: Annotated[str, Field(max_length=80)]
    people: MostPeople
    zones: Annotated[dict[str, MostPeople], Field(max_length=200)] = {}


class FitAsked(Asked):
    """Fit the camera's line from its head counts."""

    camera: Slug


class HeadCountRow(Answer):
    """One head count with what the worker saw at that instant; ``zone`` null: the whole picture."""

    id: str
    at: str
    seen: int
    people: int
    zone: str | None


class HeadLine(Answer):
    """people = slope x seen + offset."""

    slope: float
    offset: float


class HeadFit(Answer):
    """The line from a camera's head counts, its accuracy card and the range of head counts it holds for."""

    line: HeadLine
    card: AccuracyCard
    range: tuple[int, int]
    problems: list[DraftProblem] = Field(default_factory=list)


class HeadCounts(Answer):
    """A camera's head counts, and what would come of a fit of them; null below five of the whole picture."""

    counts: list[HeadCountRow]
    fit: HeadFit | None


SETUP_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": SetupProblem} for status in (401, 403, 404, 409, 413, 422, 429, 503)
}
"""What any route of the setup interface may answer instead."""
