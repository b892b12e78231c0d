"""What a worker publishes about a camera: how it stands, what it reaches of its rate, and how far to trust it."""

import logging
from typing import Any

from mall.cameras.eye import Eye
from mall.models import CameraStatus

log = logging.getLogger(__name__)

FROZEN_AFTER_S = 10.0
_BOXES = "recorded boxes"


def status_of(eye: Eye, now: float) -> CameraStatus:
    """Return what the worker knows of a camera now, seconds of this machine's monotonic clock."""
    condition, message = _condition(eye, now)
    runs, noted = condition == "running", eye.noted
    reached, wanted = _keep_pace(eye, now)
    return CameraStatus(
        **_standing(eye),
        **_trustworthiness(eye),
        condition=condition,
        message=message,
        rate_fps=round(reached, 2),
        rate_wanted=round(wanted, 2),
        idle=eye.is_idle and runs,
        left_out=noted.left_out,
        behind=eye.pace.behind and runs,
        latency_s=None if noted.latency_s is None else round(noted.latency_s, 3),
        inference_s=None if noted.inference_s is None else round(noted.inference_s, 4),
        read=eye.feed.mailbox.read,
        processed=noted.processed,
        dropped=eye.feed.mailbox.dropped,
        people=noted.people if runs else None,
        picture_age_s=None if noted.captured_at is None else round(max(0.0, now - noted.captured_at), 3),
    )


def _standing(eye: Eye) -> dict[str, Any]:
    """Return which camera it is and where it stands."""
    return {
        "id": eye.camera.id,
        "level": eye.camera.level,
        "source": eye.camera.kind,
        "epoch": eye.epoch,
        "seq": eye.seq,
        "period_s": eye.feed.period_s,
        "size": eye.size,
        "footprint": eye.noted.footprint,
        "position": eye.noted.position,
    }


def _trustworthiness(eye: Eye) -> dict[str, Any]:
    """Return what is known of how well it counts."""
    trust, judged = eye.trust, eye.path.judged()
    return {
        "detector": eye.detector.name if eye.detector else _BOXES if eye.camera.is_boxes else "none",
        "fit": trust.fit,
        "recall": trust.recall,
        "precision": trust.precision,
        "card": trust.heads.card.shown() if trust.heads else None,
        "zone_lines": {zone: [line.a, line.b, line.seen[0]] for zone, line in trust.zones.items()},
        "zone_cards": {zone: line.card.shown() for zone, line in trust.zones.items()},
        "crowded": eye.crowd.is_suspect,
        "doubts": () if judged is None else judged.doubts(),
    }


def _keep_pace(eye: Eye, now: float) -> tuple[float, float]:
    """Return the frames a second reached and wanted; say once that the machine is behind, or no longer."""
    before = eye.pace.behind
    reached, wanted = eye.pace.rates(now)
    if eye.pace.behind != before:
        news = "the machine is behind" if eye.pace.behind else "the machine has caught up"
        log.warning("camera %s: %s: %.1f of %.1f frames a second", eye.camera.id, news, reached, wanted)
    return reached, wanted


def _condition(eye: Eye, now: float) -> tuple[str, str]:
    if eye.feed.ended:
        return "failed", "the recording has ended"
    if eye.trouble:
        return "failed", eye.trouble
    if not eye.feed.flowing:
        return "connecting", "no picture yet" if eye.noted.processed == 0 else "stream lost, connecting again"
    shown, since = eye.noted.picture
    if eye.camera.is_address and shown and now - since >= FROZEN_AFTER_S:
        return "suspect", "the picture has not changed for 10 s"
    if eye.path.ground is not None and eye.noted.processed and not eye.path.is_placing:
        return "suspect", "the picture has another size than the calibration was made for: nobody is placed"
    return "running", ""
