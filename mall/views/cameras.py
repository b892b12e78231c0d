"""Health of the cameras as pages show it."""

from collections.abc import Mapping
from typing import Any

from mall.config import Site
from mall.models import CameraStatus
from mall.states import FrameStamp, camera_state, picture_age
from mall.views.rows import row_at


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
        "period_s": picture_age(status, frame, now)[1],
        "people": None if status is None else status.people,
        "rate": None if status is None else round(status.rate_fps, 1),
        "rate_wanted": None if status is None or status.rate_wanted is None else round(status.rate_wanted, 1),
        "behind": None if status is None else status.behind,
        "idle": None if status is None else status.idle,
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
