"""The typed bodies and answers of ``/api/v1/drills``."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mall.web.schemas import Answer
from mall.web.schemas_advisories import Told, console_name

Console = Annotated[str, AfterValidator(console_name)]
Texts = dict[str, str]


class DrillOrder(BaseModel):
    """A drill to play: ``drill`` of the library, ``by`` whom as ``console:`` and a name, and ``why``."""

    model_config = ConfigDict(extra="forbid")

    drill: Annotated[str, Field(max_length=60)]
    by: Console
    why: Told


class DrillExpectation(Answer):
    """An advisory that a drill must raise, by any of these rules."""

    rules: list[str]
    place: str
    severity: str
    by_s: float


class DrillRow(Answer):
    """One drill of the library; ``why_not``: why it cannot be played in this mall."""

    id: str
    title: Texts
    teaches: Texts
    asks: Texts
    lasts_s: float
    places: dict[str, str]
    people: int | None = None
    expects: list[DrillExpectation] = Field(default_factory=list)
    why_not: Texts | None = None


class DrillRun(Answer):
    """A drill that is asked for, runs or is over; ``debrief``: expected and raised advisories and people's answers."""

    id: str
    drill: str
    by: str
    why: str
    condition: Literal["asked", "running", "stopping", "ended", "stopped", "failed"]
    asked_at: float
    began_at: float | None = None
    ended_at: float | None = None
    lasts_s: float = 0.0
    stopped_by: str | None = None
    debrief: dict[str, Any] | None = None
    reason: str = ""


class OpenDrill(Answer):
    """The drill that is asked for or runs, null where none is."""

    at: float
    open: DrillRun | None = None


class DrillsAnswer(OpenDrill):
    """The library of this mall, the drill that runs and the last ones, latest first."""

    library: list[DrillRow]
    past: list[DrillRun]
