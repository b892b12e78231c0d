"""Health of the cameras as pages show it."""

from collections.abc import Mapping
from typing import Any

from mall.config import Site
from mall.freshness import age_s, state_of
from mall.models import CameraStatus
from mall.view_rows import SAID, USUAL_PERIOD_S, row_at

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
    age, period_s = _seen(status, frame, now)
    said = _said(status, now)
    if age is None:
        return ("failed" if said == "failed" else "unknown"), None
    return (said if said in SAID else state_of(age, period_s)), age


def _seen(status: CameraStatus | None, frame: FrameStamp | None, now: float) -> tuple[float | None, float]:
    """Return (age, period) in seconds of the newest picture."""
    if frame is not None:
        return age_s(now, frame[0], frame[1]), frame[2]
    if status is not None and status.processed > 0:
        return age_s(now, status.received_at, status.latency_s or 0.0), status.period_s
    return None, USUAL_PERIOD_S


def _said(status: CameraStatus | None, now: float) -> str:
    """Return the condition that was last told of a camera, empty if that is not fresh."""
    if status is None or state_of(age_s(now, status.received_at, 0.0), 1.0) != "live":
        return ""
    return status.condition


def cameras_view(
    site: Site, statuses: Mapping[str, CameraStatus], frames: Mapping[str, FrameStamp], *, now: float
) -> dict[str, dict[str, Any]]:
    """Return camera id -> health of every camera of the site, heard of or not."""
    return {
        camera.id: _row(camera.kind, camera.label or camera.id, statuses.get(camera.id))
        | _aged(statuses.get(camera.id), frames.get(camera.id), now=now)
        for camera in site.cameras
    }


def _aged(status: CameraStatus | None, frame: FrameStamp | None, *, now: float) -> dict[str, Any]:
    state, age = camera_state(status, frame, now=now)
    row = {
        "state": state,
        "period_s": _seen(status, frame, now)[1],
        "people": None if status is None else status.people,
        "rate": None if status is None else round(status.rate_fps, 1),
    }
    return row_at(row, age)


def _row(source: str, label: str, status: CameraStatus | None) -> dict[str, Any]:
    if status is None:
        return {"label": label, "source": source, "condition": None, "latency_s": None, "detector": None, "fit": None,
                "recall": None, "precision": None, "footprint": None, "position": None, "message": "",
                "card": None, "crowded": None}  # fmt: skip
    return {
        "label": label, "source": status.source, "condition": status.condition,
        "latency_s": None if status.latency_s is None else round(status.latency_s, 2),
        "detector": status.detector, "fit": status.fit,
        "recall": status.recall, "precision": status.precision, "footprint": status.footprint,
        "position": status.position, "message": status.message,
        "card": status.card, "crowded": status.crowded,
    }  # fmt: skip
