"""What a rule is: what is measured, its limits, how long they must last, and where each number comes from."""

from dataclasses import dataclass
from typing import Literal

from mall.models import Severity

Measure = Literal[
    "density", "utilisation", "critical", "stalled", "time-to-limit", "blocked-exit", "counter-flow", "queue-wait",
    "residual", "zones", "sensor", "camera-lost", "sensor-silent", "incident", "fire-alarm", "memory", "channel",
    "forecast",
]  # fmt: skip

OWN = "our own choice"
PER_M2, SHARE, SECONDS, PER_M_MIN, PER_MIN, METRES_S = "p/m²", "", "s", "p/m/min", "p/min", "m/s"


@dataclass(frozen=True, slots=True)
class Limit:
    """From ``value`` on, upward or for a falling rule downward, the situation has this severity."""

    severity: Severity
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A number besides the limits on which a rule depends; ``key`` names it in ``site.toml``."""

    key: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of situation; at one place at most one advisory of its family is open, whose severity rises and falls.

    Attributes:
        limits: rising in severity, and rising (falling where ``is_falling``) in value.
        on_delay_s: how long a limit must be reached without a break before it counts.
        off_delay_s: how long the value must stay beyond the limit by ``hysteresis`` (a share of it) before it ends.
        family: rules of one family judge the same danger: the worst leads, the others are folded into it.
        is_falling: the lower the value, the worse, as of a time that is left.
        is_comfort: no danger by itself, so that a fire alarm silences it.
        conditions: what else must be met.

    """

    id: str
    measure: Measure
    unit: str
    limits: tuple[Limit, ...]
    on_delay_s: float
    off_delay_s: float
    hysteresis: float = 0.1
    family: str = ""
    is_falling: bool = False
    is_comfort: bool = False
    conditions: tuple[Condition, ...] = ()

    def __getitem__(self, key: str) -> float:
        """Return the value of a condition; KeyError where the rule has none of that name."""
        for condition in self.conditions:
            if condition.key == key:
                return condition.value
        raise KeyError(key)

    def is_at(self, value: float, limit: Limit) -> bool:
        """Tell whether a value is at a limit or beyond it."""
        return value <= limit.value if self.is_falling else value >= limit.value

    def is_clear_of(self, value: float, limit: Limit) -> bool:
        """Tell whether a value is short of a limit by the hysteresis, so that its delay may begin."""
        if self.is_falling:
            return value > limit.value and value >= limit.value * (1.0 + self.hysteresis)
        return value < limit.value and value <= limit.value * (1.0 - self.hysteresis)

    def units(self) -> dict[str, str]:
        """Return key of ``site.toml`` -> unit of its value; keys of severities that the rule has not are there too."""
        ladder = dict.fromkeys(("watch", "warn", "act", "clear"), self.unit)
        own = {condition.key: condition.unit for condition in self.conditions}
        return ladder | {"on_delay_s": SECONDS, "off_delay_s": SECONDS, "hysteresis": SHARE} | own
