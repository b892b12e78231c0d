"""The typed answer behind a tenant's page."""

from typing import Literal

from pydantic import Field

from mall.web.schemas import Answer, State

Coarse = int | Literal["<10"] | None


class TenantNow(Answer):
    """One of the unit's own zones now."""

    state: State
    age_s: float | None
    period_s: float | None
    source: str | None
    coverage: float | None
    people: Coarse


class TenantStep(Answer):
    """Fifteen minutes at the unit's door; null where it was watched for less than 80 % of them."""

    start: float
    partial: bool = False
    count_in: Coarse = Field(validation_alias="in", serialization_alias="in")
    count_out: Coarse = Field(validation_alias="out", serialization_alias="out")


class TenantToday(Answer):
    """The unit's door since local midnight; partial where the door was not watched all the time."""

    partial: bool = False
    count_in: Coarse = Field(validation_alias="in", serialization_alias="in")
    count_out: Coarse = Field(validation_alias="out", serialization_alias="out")


class TenantAnswer(Answer):
    """What a unit may know: counts below ``k`` only as ``"<10"``, others rounded to ``round_to``."""

    unit: str
    at: float
    k: int
    round_to: int
    step_s: int
    has_door: bool
    zones: dict[str, TenantNow]
    today: TenantToday
    steps: list[TenantStep]
