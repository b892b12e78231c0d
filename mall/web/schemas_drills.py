"""The typed bodies and answers of ``/api/v1/drills``."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mall.drills.book import PAST
from mall.web.schemas import Answer
from mall.web.schemas_advisories import Told, console_name

Console = Annotated[str, AfterValidator(console_name)]
Texts = dict[str, str]


class DrillOrder(BaseModel):
    """A drill to play: ``drill`` of the library, ``by`` whom as ``console:`` and a name, and ``why``.

    With ``hour`` (UTC seconds, one of ``hours``) so many ``minutes`` of the mall's past from then on.
    """

    model_config = ConfigDict(extra="forbid")

    drill: Annotated[str, Field(max_length=60)] = PAST
    by: Console
    why: Told
    hour: float | None = None
    minutes: Annotated[int, Field(ge=1, le=60)] = 60

    @model_validator(mode="after")
    def _plays_one(self) -> Self:
        if (self.drill == PAST) != (self.hour is not None):
            raise ValueError("give a drill of the library, or an hour of the past")
        return self


class DrillExpectation(Answer):
    """An advisory that a drill must raise, by any of these rules."""

    rules: list[str]
    place: str
    severity: str
    by_s: float
    absent: bool = False


class DrillRow(Answer):
    """One drill of the library; ``why_not``: why it cannot be played in this mall."""

    id: str
    title: Texts
    teaches: Texts
    asks: Texts
    lasts_s: float
    answers_s: float = 0.0
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
    hour: float | None = None
    minutes: int = 0


class OpenDrill(Answer):
    """The drill that is asked for or runs, null where none is."""

    at: float
    open: DrillRun | None = None


class DrillsAnswer(OpenDrill):
    """The library of this mall, the drill that runs and the last ones, latest first.

    ``hours``: starts (UTC seconds) of the whole hours of the last two days that can be played again, latest first.
    """

    library: list[DrillRow]
    hours: list[float] = Field(default_factory=list)
    past: list[DrillRun]
