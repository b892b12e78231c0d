"""What every store refuses before it writes, and how an audit entry carries the hash of the one before it."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mall.models import Advisory, SensorReading, pack

AUDIT_NAMES = frozenset({"id", "at", "prev"})
FIRST_PREV = "0" * 64
AuditRow = tuple[str, str, bytes]
AuditHead = tuple[str, str]
"""Id and hash of the entry written last."""


def check_minute(minute_start: int) -> None:
    """Raise ValueError unless this is a whole minute after 1970."""
    if minute_start <= 0 or minute_start % 60:
        raise ValueError(f"a minute starts at a positive multiple of 60 s, not at {minute_start!r}")


def check_delta(line_delta: Mapping[str, tuple[int, int]]) -> None:
    """Raise ValueError where a line would count down."""
    for line, pair in line_delta.items():
        if min(pair) < 0:
            raise ValueError(f"line {line!r} cannot count {pair}: totals never go down")


def check_readings(device: str, readings: Sequence[SensorReading]) -> None:
    """Raise ValueError for a reading of another device or a value that is not finite."""
    for reading in readings:
        if reading.device != device:
            raise ValueError(f"device {device!r} cannot speak for {reading.device!r}")
        if not math.isfinite(reading.value):
            raise ValueError(f"sensor {reading.sensor!r} has no finite value: {reading.value!r}")


def is_settled(advisory: Advisory, before: float) -> bool:
    """Tell whether an advisory was over before a UTC time."""
    return advisory.is_over and (advisory.resolved_at or advisory.updated_at) < before


def audit_body(entry: Mapping[str, Any], at: float) -> bytes:
    """Pack an audit entry with its time; raise ValueError where it uses a reserved name."""
    if taken := AUDIT_NAMES & entry.keys():
        raise ValueError(f"an audit entry cannot have the names {sorted(taken)}")
    return pack({"at": at, **entry})


def audit_digest(prev: str, body: bytes) -> str:
    """Return the SHA-256 (hex) over an entry's own ``prev`` and its body."""
    return hashlib.sha256(prev.encode() + body).hexdigest()


def audit_entry(row: AuditRow) -> dict[str, Any]:
    """Return an audit entry for reading from its (id, prev, body)."""
    entry_id, prev, body = row
    return {"id": entry_id, "prev": prev, **json.loads(body)}


def audit_head(text: bytes | None) -> AuditHead | None:
    """Return the id and the hash of the entry that was written last, None where nobody noted them."""
    entry_id, _, digest = (text or b"").decode().partition(" ")
    return (entry_id, digest) if entry_id and digest else None


def goes_on_from(rows: Sequence[AuditRow], head: AuditHead | None) -> str:
    """Return the hash that the next entry carries: of what was written last, whatever stands at the end by now.

    So an end that was cut off, changed or forged breaks the chain for good.
    """
    if head is not None:
        return head[1]
    return audit_digest(*rows[-1][1:]) if rows else FIRST_PREV


def first_break(rows: Iterable[AuditRow], head: AuditHead | None = None) -> str | None:
    """Return the id of the first entry that is not what it was, or None where all are.

    That is the first which does not carry the hash of the one before it; where the last one written is known, also that
    one where it is gone or another, and the first after it.
    """
    expected, is_past = FIRST_PREV, False
    for entry_id, prev, body in rows:
        if prev != expected or is_past:
            return entry_id
        expected = audit_digest(prev, body)
        if head is not None and entry_id == head[0]:
            if expected != head[1]:
                return entry_id
            is_past = True
    return None if is_past or head is None else head[0]
