"""Health of a pop-up's sensors: value, age and state of each, and whether it is beyond its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mall.freshness import State, age_s, state_of
from mall.models import SensorReading
from mall.site_base import Sensor
from mall.site_file import Popup

COUNTED = frozenset({"entries", "inside"})
"""Kinds whose value is a number of people: 0 is told only while it is live."""
Latest = Mapping[tuple[str, str], SensorReading]


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """One sensor now; ``beyond`` tells which of its limits the value passes, None within limits."""

    spec: Sensor
    value: float | None
    age_s: float | None
    state: State
    beyond: Literal["low", "high"] | None
    simulated: bool

    @property
    def limit(self) -> float | None:
        """Return the limit that is passed."""
        return {"low": self.spec.low, "high": self.spec.high, None: None}[self.beyond]

    def to_row(self) -> dict[str, Any]:
        """Return a JSON-ready row; an offline or never seen sensor has no value."""
        shown = self.value if self.state in ("live", "stale") else None
        if self.state == "stale" and shown == 0 and self.spec.kind in COUNTED:
            shown = None  # nobody is known to be there no more
        return {
            "kind": self.spec.kind, "label": self.spec.label, "value": shown, "unit": self.spec.unit,
            "age_s": None if self.age_s is None else round(self.age_s, 1), "state": self.state,
            "low": self.spec.low, "high": self.spec.high, "period_s": self.spec.period_s,
            "beyond": self.beyond if shown is not None else None, "simulated": self.simulated,
        }  # fmt: skip


def sensor_statuses(popups: Sequence[Popup], latest: Latest, *, now: float) -> dict[str, dict[str, SensorStatus]]:
    """Return popup id -> sensor id -> status of every sensor of the site: unknown where not heard of or not due."""
    return {
        popup.id: {
            spec.id: status_of(spec, _heard(popup, spec, latest, now), now=now, simulated=popup.simulated)
            for spec in popup.sensor
        }
        for popup in popups
    }


def _heard(popup: Popup, spec: Sensor, latest: Latest, now: float) -> SensorReading | None:
    """Return the latest reading of a sensor; before and after the pop-up's dates nobody listens."""
    return latest.get((popup.device_id, spec.id)) if popup.phase(now) == "open" else None


def status_of(spec: Sensor, reading: SensorReading | None, *, now: float, simulated: bool = False) -> SensorStatus:
    """Return one sensor's status; a reading's age counts by the store's clock."""
    if reading is None:
        return SensorStatus(spec, None, None, "unknown", None, simulated)
    age = age_s(now, reading.received_at, reading.lag_s)
    beyond = beyond_limit(spec, reading.value)
    return SensorStatus(spec, reading.value, age, state_of(age, spec.period_s), beyond, simulated or reading.simulated)


def beyond_limit(spec: Sensor, value: float) -> Literal["low", "high"] | None:
    """Tell which limit of normal a value passes; the limits themselves are normal."""
    if spec.high is not None and value > spec.high:
        return "high"
    if spec.low is not None and value < spec.low:
        return "low"
    return None
