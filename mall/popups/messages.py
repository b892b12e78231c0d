"""Check a device's message before anything believes it: size, shape, sensors, ranges and clock. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from mall.errors import ReadingRefusedError
from mall.models import SensorReading
from mall.site_base import Sensor
from mall.site_contacts import Contact
from mall.site_file import Popup

MAX_BODY_BYTES = 8 * 1024
SKEW_S = 2.0
FUTURE_S = 30.0
LATE_S = 60.0
HISTORY_S = 24 * 3600.0

# What a sensor of each kind can possibly say; own choice, from the ranges of common devices, wide on purpose.
PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "entries": (0, 100_000),
    "inside": (0, 10_000),
    "co2": (0, 40_000),
    "temperature": (-40, 85),
    "humidity": (0, 100),
    "noise": (0, 150),
    "power": (0, 100_000),
    "door": (0, 1),
    "battery": (0, 100),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message: when the device says it measured (UTC seconds), and its values by sensor id."""

    at: float
    values: Mapping[str, float]


def parse_message(body: bytes, popup: Popup | Contact) -> Message:
    """Parse one message of a pop-up's device; all of it is good or all of it is refused.

    Args:
        body: JSON ``{"at": unix seconds or ISO 8601 with offset, "readings": {sensor id: number}}``, at most 8 KiB.
        popup: whose device sent it; a contact is a device of one sensor.

    Raises:
        ReadingRefusedError: ``too_large``, ``malformed``, ``unknown_sensor`` or ``implausible``.

    """
    if len(body) > MAX_BODY_BYTES:
        raise ReadingRefusedError("too_large", f"more than {MAX_BODY_BYTES} bytes")
    content = _load(body)
    if not isinstance(content, dict) or set(content) != {"at", "readings"}:
        raise ReadingRefusedError("malformed", 'expected an object with "at" and "readings"')
    readings = content["readings"]
    if not isinstance(readings, dict) or not readings:
        raise ReadingRefusedError("malformed", '"readings": expected an object of sensor id: number')
    sensors = {sensor.id: sensor for sensor in popup.sensor}
    return Message(
        _instant(content["at"]), {name: _value(sensors.get(name), value) for name, value in readings.items()}
    )


@dataclass(frozen=True, slots=True)
class When:
    """When a message was measured (UTC seconds) and how old it is; ``late`` is history and changes no live value."""

    observed_at: float
    lag_s: float
    skewed: bool = False
    late: bool = False


def place_in_time(message: Message, now: float) -> When:
    """Place a message against the store's clock.

    A device up to 2 s off is believed. Beyond that ours replaces its time and the message is flagged; what it
    says is old keeps that age as lag, because a slow clock and a late message look alike, and old must never look new.
    Older than 60 s it is history, at its own time.

    Raises:
        ReadingRefusedError: ``future`` beyond 30 s ahead, ``late`` beyond 24 h behind.

    """
    behind = now - message.at
    if behind < -FUTURE_S:
        raise ReadingRefusedError("future", f"more than {FUTURE_S:g} s in the future; set the device's clock")
    if behind > HISTORY_S:
        raise ReadingRefusedError("late", f"older than {HISTORY_S / 3600:g} h")
    if behind > LATE_S:
        return When(message.at, behind, late=True)
    if abs(behind) <= SKEW_S:
        return When(message.at, max(0.0, behind))
    return When(now, max(0.0, behind), skewed=True)


def to_readings(message: Message, popup: Popup | Contact, when: When, *, seq: int, now: float) -> list[SensorReading]:
    """Return the message's readings."""
    return [
        SensorReading(
            device=popup.device_id,
            sensor=sensor,
            value=value,
            seq=seq,
            observed_at=round(when.observed_at, 3),
            received_at=now,
            simulated=popup.simulated,
            lag_s=round(when.lag_s, 3),
        )
        for sensor, value in message.values.items()
    ]


def _load(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise ReadingRefusedError("malformed", "not a JSON text in UTF-8") from exc


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _instant(at: object) -> float:
    """Return UTC seconds; a time without an offset is refused, because nobody can know where the device stands."""
    if isinstance(at, int | float) and not isinstance(at, bool):
        return _finite(at, '"at"')
    if isinstance(at, str) and len(at) <= 40:
        try:
            instant = datetime.fromisoformat(at)
            if instant.tzinfo is not None:
                return instant.timestamp()
        except (ValueError, OverflowError):
            pass
    raise ReadingRefusedError("malformed", '"at": expected UTC seconds or ISO 8601 with an offset')


def _value(sensor: Sensor | None, value: object) -> float:
    if sensor is None:
        raise ReadingRefusedError("unknown_sensor", "a sensor that this device does not have")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReadingRefusedError("malformed", f"{sensor.id}: expected a number")
    number = _finite(value, sensor.id)
    low, high = PLAUSIBLE[sensor.kind]
    if not low <= number <= high:
        raise ReadingRefusedError("implausible", f"{sensor.id}: expected {low:g} to {high:g}")
    return number


def _finite(value: float, name: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ReadingRefusedError("malformed", f"{name}: expected a finite number")
    return number
