"""Health of the cameras as pages show it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mall.config import Site
from mall.doubts import Doubt, Labels, told
from mall.models import CameraStatus
from mall.states import FrameStamp, camera_state, picture_age
from mall.views.rows import row_at


def cameras_view(
    site: Site,
    statuses: Mapping[str, CameraStatus],
    frames: Mapping[str, FrameStamp],
    found: Mapping[str, Sequence[Doubt]],
    *,
    now: float,
) -> dict[str, dict[str, Any]]:
    """Return camera id -> health of every camera of the site, heard of or not.

    Args:
        site: its cameras.
        statuses: what workers say; frames: of the newest frame the engine read; found: doubts of the engine.
        now: store time in UTC seconds.

    """
    labels = place_labels(site)
    return {
        camera.id: _row(camera.kind, camera.label or camera.id, statuses.get(camera.id))
        | _aged(statuses.get(camera.id), frames.get(camera.id), now=now)
        | {"doubts": _doubts(statuses.get(camera.id), found.get(camera.id, ()), labels)}
        for camera in site.cameras
    }


@lru_cache(maxsize=8)
def place_labels(site: Site) -> Labels:
    """Return kind of place -> id -> label by language, of what doubts may name."""
    return {
        "zone": {zone.id: {"": zone.label, **zone.labels} for zone in site.plan.zones},
        "line": {line.id: {"": line.label, **line.labels} for line in site.plan.lines},
    }


def _doubts(status: CameraStatus | None, found: Sequence[Doubt], labels: Labels) -> list[dict[str, Any]]:
    said = () if status is None else status.doubts
    return [{"code": d.code, "figures": d.figures, "text": told(d, labels)} for d in (*said, *found)]


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
                "card": None, "zone_cards": {}, "crowded": None}  # fmt: skip
    return {
        "label": label, "source": status.source, "condition": status.condition,
        "latency_s": None if status.latency_s is None else round(status.latency_s, 2),
        "detector": status.detector, "fit": status.fit,
        "recall": status.recall, "precision": status.precision, "footprint": status.footprint,
        "position": status.position, "message": status.message,
        "card": status.card, "zone_cards": status.zone_cards, "crowded": status.crowded,
    }  # fmt: skip
