"""Local time without an hour lost or doubled: UTC offsets of a time zone over a span, found by bisection."""

from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

STEP_S = 86_400


def offset_s(zone: tzinfo, at: float) -> int:
    """Return what to add to UTC seconds for the local clock's reading."""
    found = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset() or timedelta()
    return round(found.total_seconds())


def offset_spans(zone: tzinfo, since: int, until: int) -> list[tuple[int, int]]:
    """Return (from UTC second, offset) of every change of the offset in a span, the first at its beginning."""
    spans = [(since, offset_s(zone, since))]
    at = since
    while at < until:
        ahead = min(at + STEP_S, until)
        if offset_s(zone, ahead) != spans[-1][1]:
            low, high = at, ahead
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_s(zone, middle) == spans[-1][1] else (low, middle)
            spans.append((high, offset_s(zone, high)))
        at = ahead
    return spans


def offsets_at(zone: tzinfo, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offset at each of (N,) rising UTC seconds."""
    if not len(at):
        return np.zeros(0, dtype=np.int64)
    spans = offset_spans(zone, int(at[0]), int(at[-1]) + 1)
    starts = np.array([start for start, _ in spans])
    values = np.array([value for _, value in spans])
    return np.asarray(values[np.searchsorted(starts, at, side="right") - 1], dtype=np.int64)
