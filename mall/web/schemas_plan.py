"""Typed requests and answers of the plan's state, incidents, exit times and the ways out."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mall.plan_state import IncidentKind
from mall.web.schemas import Answer, State
from mall.web.schemas_advisories import console_name

By = Annotated[str, AfterValidator(console_name)]
LONGEST_NOTE = 120
LONGEST_WHY = 200
MINUTES_OF_A_WEEK = 7 * 24 * 60
Metres = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]


class PassageAsked(BaseModel):
    """The state to give an item.

    ``version`` is that of the item as its author saw it (0: it had none), so that nobody overwrites what he has not
    seen; without it the state is set whatever it is now.
    """

    model_config = ConfigDict(extra="forbid")

    mode: str = Field(max_length=40)
    towards: str | None = Field(default=None, max_length=100)
    by: By
    why: str = Field(default="changed on the plan", min_length=1, max_length=LONGEST_WHY)
    for_min: float | None = Field(default=None, gt=0, le=MINUTES_OF_A_WEEK)
    version: int | None = Field(default=None, ge=0)


class ItemAnswer(Answer):
    """One opening, stair, escalator or lift; who and since are null where nobody ever said anything of it."""

    id: str
    kind: Literal["opening", "stair", "escalator", "lift"]
    level: str
    sides: list[str | None]
    modes: list[str]
    mode: Literal["open", "closed", "one_way", "stopped"] = "open"
    towards: str | None = None
    who: str | None = None
    why: str | None = None
    since: float | None = None
    until: float | None = None
    source: Literal["operator", "contact"] | None = None
    version: int = 0
    is_known: bool = True


class IncidentAnswer(Answer):
    """Something that people saw; for operators only."""

    id: str
    kind: IncidentKind
    level: str
    zone: str | None
    at: tuple[float, float] | None
    radius_m: float
    who: str
    note: str
    since: float
    until: float | None
    version: int


class ContactAnswer(Answer):
    """One contact input; ``is_active`` is an alarm, a shut door or a standing escalator, null before it spoke."""

    kind: str
    item: str | None
    is_active: bool | None
    since: float | None
    state: State
    simulated: bool


class AlarmAnswer(Answer):
    """The fire alarm; without ``is_known`` an input is silent, and "no alarm" cannot be said."""

    is_on: bool
    is_known: bool
    since: float | None
    contacts: list[str]
    silent: list[str]


class PlanStateAnswer(Answer):
    """Everything that is said of the plan now."""

    at: float
    version: int
    items: list[ItemAnswer]
    incidents: list[IncidentAnswer]
    contacts: dict[str, ContactAnswer]
    alarm: AlarmAnswer


class IncidentReported(BaseModel):
    """An incident at a place of a level, or in the whole of a zone; ``radius_m``: the kind's own unless given."""

    model_config = ConfigDict(extra="forbid")

    kind: IncidentKind
    level: str = Field(max_length=64)
    at: tuple[Metres, Metres] | None = None
    zone: str | None = Field(default=None, max_length=100)
    radius_m: float | None = Field(default=None, ge=0, le=100)
    note: str = Field(default="", max_length=LONGEST_NOTE)
    for_min: float | None = Field(default=None, gt=0, le=MINUTES_OF_A_WEEK)
    by: By


class ClearedBy(BaseModel):
    """Who says that an incident is over."""

    model_config = ConfigDict(extra="forbid")

    by: By


class ExitAnswer(Answer):
    """One exit of a level: its clear width now and as drawn, who is to leave by it, and how long they take."""

    id: str
    kind: Literal["door", "stair", "escalator"]
    level: str
    zone: str
    width_m: float
    drawn_m: float
    is_usable: bool
    is_blocked: bool
    people: int | None
    minutes: float | None
    range: tuple[float, float | None] | None


class PlaceEgress(Answer):
    """How a level (or ``site``: everybody by the doors) is left with its largest exit blocked; minutes null: unknown.

    ``minutes`` are those of the slowest exit, everybody by the nearest; ``even_min``: people spread by capacity;
    ``open_min``: with the largest exit open too.
    """

    place: str
    state: Literal["ok", "unknown", "no_exit", "no_usable_exit", "one_exit"]
    coverage: float
    people: int | None
    band: tuple[int, int | None] | None
    blocked: str | None
    minutes: float | None
    range: tuple[float, float | None] | None
    even_min: float | None
    open_min: float | None
    is_over: bool
    exit_capacity: int | None
    holding_capacity: int | None
    safe_capacity: int | None
    is_stale: bool
    age_s: float | None
    exits: list[ExitAnswer]


class EgressAnswer(Answer):
    """Exit times against the site's limit; ``source`` is the fire strategy or rule that the limit comes from."""

    limit_min: float
    source: str
    worst: str | None
    places: list[PlaceEgress]


class WayAnswer(Answer):
    """The way out of a zone: polylines in metres by level, in walking order."""

    exit: str
    length_m: float
    zones: list[str]
    items: list[str]
    lines: list[dict[str, Any]]


class ZoneEvacuation(Answer):
    """A zone with its last known people and its way out, null where none is left."""

    zone: str
    level: str
    people: int | None
    band: tuple[int, int | None] | None
    state: str | None
    age_s: float | None
    coverage: float | None
    way: WayAnswer | None


class EvacuationAnswer(Answer):
    """The ways out of every indoor zone, past what is closed and around hazards."""

    at: float
    step_free: bool
    zones: list[ZoneEvacuation]
    exits: list[dict[str, Any]]
