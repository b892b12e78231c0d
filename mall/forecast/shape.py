"""The shape of a forecast, as it passes from the engine to pages and interfaces."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from mall.models import known_fields

Method = Literal["weekly", "daily", "last", "none"]
Reason = Literal["short_history", "no_recent_value", "gap", "unreadable"]
INTERVAL = 0.8


@dataclass(frozen=True, slots=True)
class Step:
    """People in the step of time that begins at ``t`` (UTC seconds), with the 80 % interval.

    ``is_validated``: forecasts this far ahead were measured against real counts (``bench forecast``).
    """

    t: float
    low: float
    likely: float
    high: float
    is_validated: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of one zone.

    Attributes:
        at: when it was made, UTC seconds; step_s: length of a step; timezone: the clock of the place.
        steps: in order of time; one is missing where nothing is known of its time of the week.
        interval: share of cases that should fall between low and high.
        method: *weekly* (usual for weekday and time, moved by the last hours), *daily* (usual for the time of day,
        moved), *last* (the last value, for two hours at most), *none*.
        trained_on: weeks of values behind it; is_sample: made from an invented history.
        none_reason: less than a day of history, no value of the last day, nothing known of those times of the week, a
        history that cannot be read.

    """

    zone: str
    at: float
    steps: tuple[Step, ...] = ()
    step_s: int = 900
    timezone: str = "UTC"
    interval: float = INTERVAL
    method: Method = "none"
    trained_on: float = 0.0
    is_sample: bool = False
    none_reason: Reason | None = None

    @property
    def is_validated(self) -> bool:
        """Tell whether every step is of a kind that was measured against real counts."""
        return bool(self.steps) and all(step.is_validated for step in self.steps)

    def to_row(self) -> dict[str, Any]:
        """Return what JSON takes: steps as [t, low, likely, high, is_validated], people to the hundredth."""
        row = asdict(self) | {"is_validated": self.is_validated}
        row["steps"] = [
            [step.t, round(step.low, 2), round(step.likely, 2), round(step.high, 2), step.is_validated]
            for step in self.steps
        ]
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Forecast":
        """Return what ``to_row`` wrote; unknown keys are passed over, missing ones take their default."""
        known = known_fields(cls, dict(row))
        return cls(**known | {"steps": tuple(Step(*step[:5]) for step in known.get("steps", ()))})


def learned_horizons(step_s: int = 900) -> tuple[int, ...]:
    """Return the seconds ahead that are learned for a day: every step of two hours, later ones further apart."""
    near, far = 2 * 3_600 // step_s, 25 * 3_600 // step_s
    wide = max(1, 3_600 // step_s)
    return tuple(step * step_s for step in (*range(near), *range(near, far, wide)))


def day_horizons(now: float, timezone: str, step_s: int = 900) -> tuple[int, ...]:
    """Return the seconds ahead of the steps that begin later on the local day; the next hour at least."""
    local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(timezone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    last = max(3_600, math.ceil(midnight.timestamp() - now) - 1)
    return tuple(range(step_s, last + 1, step_s))
