"""``[[contact]]`` and ``[egress]`` of ``site.toml``: signed contact inputs, and the time in which a level is left."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mall.site_base import Section, Sensor, Slug

Meaning = Literal["alarm", "normal", "closed", "open", "stopped", "running"]
# by kind: what a closed contact means unless told, and what it may mean
_MEANINGS: dict[str, tuple[Meaning, Meaning]] = {
    "fire_alarm": ("alarm", "normal"),
    "door": ("closed", "open"),
    "escalator": ("running", "stopped"),
}


class Contact(Section):
    """``[[contact]]``: a signed contact input, value 1 = contact closed, 0 = contact open.

    ``item`` is the opening or escalator it watches; ``closed_means`` what the closed contact says: alarm or normal,
    closed or open, running or stopped; ``period_s`` how often it repeats itself, so that its silence is noticed.
    """

    id: Slug
    kind: Literal["fire_alarm", "door", "escalator"]
    item: str | None = None
    level: Slug | None = None
    label: str = ""
    label_ja: str = ""
    closed_means: Meaning | None = None
    device: Slug | None = None
    simulated: bool = False
    period_s: float = Field(default=10.0, gt=0, le=86_400)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        known = _MEANINGS[self.kind]
        if self.closed_means not in (None, *known):
            raise ValueError(f"closed_means: a {self.kind} is {known[0]} or {known[1]}, got {self.closed_means!r}")
        if (self.item is None) != (self.kind == "fire_alarm"):
            raise ValueError("item: " + ("a fire alarm watches none" if self.item else f"a {self.kind} needs one"))
        return self

    @property
    def device_id(self) -> str:
        """Return the id that the device signs with; the contact's own unless named."""
        return self.device or self.id

    @property
    def sensor(self) -> tuple[Sensor, ...]:
        """Return what its messages may hold: ``contact``, 0 or 1."""
        return (Sensor(id="contact", kind="door", period_s=self.period_s),)

    def is_active(self, value: float) -> bool:
        """Tell whether a value means alarm, shut or standing still."""
        means = self.closed_means or _MEANINGS[self.kind][0]
        return (value == 1) == (means in ("alarm", "closed", "stopped"))


class EgressSection(Section):
    """``[egress]``: the time in which a level must be left, and the fire strategy that allows more than 2.5 min.

    ``level_rate`` and ``stepped_rate``: people a minute and metre to plan with, at most those of the Green Guide.
    """

    limit_min: float = Field(default=2.5, gt=0, le=60)
    reference: str = Field(default="", max_length=200)
    level_rate: float = Field(default=60.0, gt=0, le=82)
    stepped_rate: float = Field(default=48.0, gt=0, le=66)

    @model_validator(mode="after")
    def _justified(self) -> Self:
        if self.limit_min > 2.5 and not self.reference.strip():
            raise ValueError("reference: more than 2.5 min needs the fire strategy that says so")
        return self
