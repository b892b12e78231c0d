"""The shapes of options in the interface."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from mall.web.schemas import Answer
from mall.web.schemas_advisories import console_name

Band = tuple[float, float, float]
Text = dict[str, str]
Key = Literal["A", "B", "C", "D"]


class PredictionAnswer(Answer):
    """What becomes of the place, minute by minute; bands are low, likely, high; densities in p/m².

    ``below_limit_min`` are the first minutes from which the low and the high run stay below the limit; null where not
    even the low run does. ``basis`` is ``assumed`` where not every edge of the place was counted.
    """

    minutes: list[int]
    low: list[float]
    likely: list[float]
    high: list[float]
    after_5: Band
    after_15: Band
    people_5: Band
    people_15: Band
    below_limit_min: tuple[int, int | None] | None
    moved: Band
    minutes_gained: int
    basis: Literal["measured", "assumed"]


class SideEffectAnswer(Answer):
    """What an option does to another zone, against no action; ``worse_by`` counts classes of Level of Service."""

    zone: str
    people_before: float | None
    people_after: float
    density_after: float
    los_before: str | None
    los_after: str | None
    at_min: int
    worse_by: int
    is_over: bool


class PassageAnswer(Answer):
    """How an item can be passed; ``towards`` is the zone into which one may still go, null the outside."""

    mode: Literal["open", "closed", "one_way", "stopped"]
    towards: str | None


class PlanChangeAnswer(Answer):
    """A change of the plan's state that an operator has to confirm."""

    item: str
    passage: PassageAnswer


class RecordAnswer(Answer):
    """How options of this kind did at such places before; ``mean_error`` in p/m²."""

    n: int
    worked: int
    mean_error: float | None


class OptionAnswer(Answer):
    """One option; ``drawing`` holds polylines in metres by level."""

    key: Key
    kind: str
    items: list[str]
    zones: list[str]
    title: Text
    steps: list[Text]
    who: Text
    staff: int
    ready_min: int
    prediction: PredictionAnswer | None
    side_effects: list[SideEffectAnswer]
    drawing: dict[str, list[list[tuple[float, float]]]]
    plan_changes: list[PlanChangeAnswer]
    worked_before: RecordAnswer
    rank: int
    score: float
    source: str


class OptionsAnswer(Answer):
    """The options of an advisory, the best first; ``none_reason`` says why none helps, is needed or can be told.

    ``eases_min``: minutes after which the place is likely below the limit with no action, None where it is not above.
    """

    advisory: str
    version: int
    at: float
    age_s: float
    place: str
    limit: float | None
    no_action: PredictionAnswer | None
    options: list[OptionAnswer]
    none_reason: Text | None
    eases_min: int | None = None


class ChoiceBody(BaseModel):
    """Which option, who, and the version of the advisory looked at.

    ``set_at`` is ``at`` of the set looked at, which may be chosen from for 90 s after it was made;
    without it the present set is meant, and ``kind`` guards against its being another one.
    """

    model_config = ConfigDict(extra="forbid")

    option: Key
    by: Annotated[str, AfterValidator(console_name)]
    version: int
    kind: str | None = None
    set_at: float | None = None


class ChoiceAnswer(Answer):
    """The advisory after the choice; ``plan_changes`` are only proposed: an operator confirms each."""

    id: str
    status: str
    version: int
    chosen: dict[str, object]
    plan_changes: list[PlanChangeAnswer]
