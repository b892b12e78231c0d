"""The typed bodies and answers about advisories, the audit and the hand-over."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from mall.advisories.life import LONGEST_NOTE
from mall.web.schemas import Answer, Said

Severity = Literal["watch", "warn", "act", "clear"]
Status = Literal["new", "acknowledged", "in_progress", "resolved", "expired"]
CONSOLE_NAME = re.compile(r"console:.{1,40}", re.DOTALL)


def console_name(by: str) -> str:
    """Return who acts: ``console:`` and a name; ValueError for anything else."""
    name = by.removeprefix("console:")
    if not CONSOLE_NAME.fullmatch(by) or not name.strip() or not name.isprintable():
        raise ValueError('expected "console:" and a name of 1 to 40 printable characters')
    return by


def _told(text: str) -> str:
    if not text.strip() or not text.replace("\n", "").isprintable():
        raise ValueError("expected printable characters")
    return text


Told = Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(_told)]


class SituationNow(Answer):
    """What is at an advisory's place now, ``value`` in the unit of its rule; null where unknown or of no meaning."""

    value: float | None = None
    people: int | None = None
    band: tuple[int, int | None] | None = None
    state: str = "unknown"


class Note(Answer):
    """What somebody noted."""

    at: float
    by: str
    text: str


class AdvisoryState(Answer):
    """Where an advisory stands in its life; ``raised_count`` above 1: it came back soon after it had ended."""

    id: str
    status: Status
    severity: Severity
    version: int
    raised_at: float
    updated_at: float
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    assigned_to: str | None = None
    started_at: float | None = None
    escalated_at: float | None = None
    silenced_until: float | None = None
    silenced_by: str | None = None
    silence_reason: str | None = None
    resolved_at: float | None = None
    ended_by: str | None = None
    notes: list[Note] = Field(default_factory=list)
    chosen: dict[str, JsonValue] | None = None
    effects: list[dict[str, JsonValue]] = Field(default_factory=list)
    exercise: bool = False
    raised_count: int = 1


class AdvisoryAnswer(AdvisoryState):
    """One situation at one place, with its text in the site's languages."""

    rule: str
    place: str
    level: str
    title: dict[str, str]
    why: dict[str, str]
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    now: SituationNow = SituationNow()


class Conflict(Said):
    """Somebody was faster: what happened meanwhile, and the advisory as it is now."""

    advisory: AdvisoryState | None = None
    changed_by: str | None = None
    changed_what: str | None = None


class StepBody(BaseModel):
    """Who takes a step; ``version`` of the advisory as the person saw it: where it has another, the step is refused."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[str, AfterValidator(console_name)]
    version: Annotated[int, Field(ge=1)] | None = None


class Assignment(StepBody):
    """Who is to see to it."""

    to: Annotated[str, Field(min_length=1, max_length=40)]


class NoteBody(StepBody):
    """What to note."""

    text: Told


class Silence(StepBody):
    """Why it makes neither sound nor page, and for how long; the longest time depends on its severity."""

    reason: Told
    minutes: Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)]


class Resolution(StepBody):
    """Why it is over, though its situation may not have ended by itself."""

    why: Told


class AuditEntry(Answer):
    """Who did what, when; every entry carries the hash of the one before it."""

    id: str
    at: float
    who: str | None = None
    what: str | None = None
    more: dict[str, JsonValue] = Field(default_factory=dict)


class AuditAnswer(Answer):
    """The end of the audit, oldest first; ``broken_at`` is the first entry whose hash is wrong, null where none is."""

    is_whole: bool | None
    broken_at: str | None
    entries: list[AuditEntry]


class ChannelAnswer(Answer):
    """One way to tell people or systems, and how it does; never its address's secrets. ``names``: who acts."""

    id: str
    kind: str
    severities: list[str]
    escalation: bool
    names: bool = False
    waiting: int
    ok_at: float | None = None
    failed_at: float | None = None
    error: str = ""
    failures: int = 0
    lost: int = 0
    tested_at: float | None = None
    test_error: str = ""


class HandoverAnswer(Answer):
    """What the next shift must know."""

    since: float
    until: float
    open: list[dict[str, Any]]
    closed: list[dict[str, Any]]
    acknowledged: int
    unacknowledged: int
    median_acknowledge_s: float | None
    lost: list[dict[str, Any]]
    plan: list[dict[str, Any]]
