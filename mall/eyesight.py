"""Which detector a camera uses and how far it is trusted there."""

import json
import logging
from pathlib import Path

from mall.bands import Trust
from mall.config import Camera, Site
from vision.detector import Detector, Thresholds, load_detector
from vision.embedded import embedded_card
from vision.tracker import LOWEST_CONFIDENCE, START_CONFIDENCE

log = logging.getLogger(__name__)

USUAL_CONFIDENCE = 0.25  # at which ``confidence`` leaves the tracker's own limits as they are


def detector_of(site: Site, camera: Camera, *, weights: str | None = None, still: bool = False) -> Detector:
    """Load the detector of a camera: the weights given, else the camera's, else the site's, else the embedded one.

    Raises:
        WeightsRefusedError: if they cannot be used.

    """
    return load_detector(weights_of(site, camera, weights), thresholds_of(camera, still=still))


def weights_of(site: Site, camera: Camera, override: str | None = None) -> str | Path | None:
    """Return the path or name of a camera's weights, None for the embedded detector; paths start at the site folder."""
    if override is not None:
        return override
    named = camera.weights or site.file.weights
    if named is None:
        return None
    inside = site.folder / named
    return inside if inside.exists() else named


def thresholds_of(camera: Camera, *, still: bool = False) -> Thresholds:
    """Return what the detector shall keep.

    ``confidence`` is the level for unrelated pictures. Tracking takes weaker boxes too, and needs surer ones to begin
    with: both limits move in proportion to it.
    """
    lowest = camera.confidence if still else LOWEST_CONFIDENCE * camera.confidence / USUAL_CONFIDENCE
    size = camera.input_size if "input_size" in camera.model_fields_set else None
    return Thresholds(lowest, camera.iou, size)


def start_confidence(camera: Camera) -> float:
    """Return the confidence from which a box may begin a track."""
    return min(START_CONFIDENCE * camera.confidence / USUAL_CONFIDENCE, 0.95)


def trust_of(site: Site, camera: Camera, detector: Detector | None, *, recording: Path | None = None) -> Trust:
    """Return how far a camera's counts are trusted.

    Args:
        site: where ``calibration/<camera>.json`` may lie.
        camera: the camera.
        detector: None for recorded boxes.
        recording: the file it looks at, if it is one.

    """
    if detector is None:
        return Trust("exact" if camera.simulated else "unproven")
    proven = _accuracy_card(site.folder / "calibration" / f"{camera.id}.json", detector)
    if proven:
        return proven
    card = embedded_card()
    if detector.digest == card.digest and recording is not None and card.covers(recording):
        return Trust("demonstration", card.recall, card.precision)
    return Trust("unproven")


def _accuracy_card(path: Path, detector: Detector) -> Trust | None:
    if not path.is_file():
        return None
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["digest"] != detector.digest:
            log.warning("%s was made with other weights (%s, not %s): ignored", path, row["digest"], detector.digest)
            return None
        return Trust("proven", float(row["recall"]), float(row["precision"]), int(row["most"]))
    except (OSError, ValueError, TypeError, KeyError) as exc:
        log.warning("%s: not a readable accuracy card, ignored: %s", path, exc)
        return None
