"""What tables of ``site.toml`` share: ids, frozen sections, and the sensors of pop-ups and contacts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class SiteWarning(UserWarning):
    """Something odd but harmless in a site folder, such as an unknown key."""


class Section(BaseModel):
    """A table of ``site.toml``: frozen; unknown keys are kept aside and warned about."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)


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
