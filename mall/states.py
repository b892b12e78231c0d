"""The state of a camera and of a reading at an instant: one place that tells live from what was."""

from mall.freshness import age_s, live_limit_s, state_of
from mall.models import CameraStatus, ZoneReading

SAID = frozenset({"suspect", "failed"})  # what a worker says of its camera, whatever the age of its picture
USUAL_PERIOD_S = 1.0
FrameStamp = tuple[float, float, float]


def camera_state(status: CameraStatus | None, frame: FrameStamp | None, *, now: float) -> tuple[str, float | None]:
    """Return (state, age in seconds) of a camera from its newest frame, else from its worker's word.

    Args:
        status: what the worker last said, None if it never spoke.
        frame: (received_at, lag_s, period_s) of the newest frame the engine read, None if there was none.
        now: store time in UTC seconds.

    Returns:
        live, stale, offline, unknown (never seen), suspect (a frozen picture) or failed (its process keeps dying),
        and the age.

    """
    age, period_s = picture_age(status, frame, now)
    said = _said(status, now)
    if age is None:
        return ("failed" if said == "failed" else "unknown"), None
    return (said if said in SAID else state_of(age, period_s)), age


def picture_age(status: CameraStatus | None, frame: FrameStamp | None, now: float) -> tuple[float | None, float]:
    """Return (age, period) in seconds of the newest picture."""
    if frame is not None:
        return age_s(now, frame[0], frame[1]), frame[2]
    if status is not None and status.picture_age_s is not None:
        return age_s(now, status.received_at, status.picture_age_s), status.period_s
    return None, USUAL_PERIOD_S


def _said(status: CameraStatus | None, now: float) -> str:
    """Return the condition that was last told of a camera, empty if that is not fresh."""
    if status is None or state_of(age_s(now, status.received_at, 0.0), 1.0) != "live":
        return ""
    return status.condition


def is_live(reading: ZoneReading, now: float) -> bool:
    """Tell whether a reading is live (or saturated) at ``now``."""
    age = age_s(now, reading.received_at, reading.lag_s)
    return age is not None and age <= live_limit_s(reading.period_s)
