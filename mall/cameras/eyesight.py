"""Which detector a camera uses and how far it is trusted there."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from mall.cameras.accuracy_card import UNREADABLE, CameraCalibration, calibration_path, digest_of
from mall.cameras.bands import Trust
from mall.config import Site
from mall.site_file import Camera, parse_tiling
from vision.detector import Detector, Thresholds
from vision.embedded import embedded_card, embedded_folder
from vision.loading import load_detector
from vision.tiling import SURENESS, TilingDetector
from vision.tracker import LOWEST_CONFIDENCE, START_CONFIDENCE
from vision.weights_file import digest_of_weights, inspect_weights, name_of_weights

log = logging.getLogger(__name__)

BOXES_DIGEST = "recorded boxes"  # in place of the weights' digest

USUAL_CONFIDENCE = 0.25  # at which ``confidence`` leaves the tracker's own limits as they are


def detector_of(site: Site, camera: Camera, *, weights: str | None = None, still: bool = False) -> Detector:
    """Load the detector of a camera alone: the weights given, else the camera's, the site's, or the embedded one.

    Raises:
        WeightsRefusedError: if they cannot be used.

    """
    return sight_of(
        camera, load_detector(weights_of(site, camera, weights), base_thresholds(camera, still=still)), still=still
    )


def sight_of(camera: Camera, base: Detector, *, still: bool = False) -> Detector:
    """Return the camera's own detector over one that it may share: with its tiles, if it is to have any.

    Args:
        camera: its ``tiling``.
        base: loaded with ``base_thresholds`` of the camera.
        still: the pictures have nothing to do with one another.

    """
    tiling = parse_tiling(camera.tiling)
    if tiling == "off":
        return base
    wanted = thresholds_of(camera, still=still)
    return TilingDetector(base, tiling, confidence=wanted.confidence, iou=wanted.iou)


def base_thresholds(camera: Camera, *, still: bool = False) -> Thresholds:
    """Return what the loaded detector shall keep: weaker boxes too where tiles may be looked at."""
    wanted = thresholds_of(camera, still=still)
    return wanted if parse_tiling(camera.tiling) == "off" else replace(wanted, confidence=wanted.confidence * SURENESS)


def weights_of(site: Site, camera: Camera, override: str | None = None) -> str | Path | None:
    """Return the path or name of a camera's weights, None for the embedded detector; paths start at the site folder.

    Raises:
        WeightsRefusedError: they are missing, damaged, of another task or without people, as far as a look can tell.

    """
    named = override or camera.weights or site.file.weights
    if named is None:
        return None
    inside = site.folder / named
    found = inside if override is None and inside.exists() else named
    inspect_weights(found)
    return found


@dataclass(frozen=True, slots=True)
class Sight:
    """What a camera will be looked at with: name of the weights, their digest where they are here, and the trust."""

    name: str
    digest: str | None
    trust: Trust


def foreseen_sight(site: Site, camera: Camera) -> Sight:
    """Return what a camera will be looked at with, without loading it.

    Raises:
        WeightsRefusedError: as for ``weights_of``; the embedded detector is damaged.

    """
    recording = None if camera.is_address else site.source_path(camera)
    if camera.is_boxes:
        return Sight(BOXES_DIGEST, BOXES_DIGEST, _trust(site, camera, None, recording))
    weights = weights_of(site, camera) or embedded_folder()
    digest = digest_of_weights(weights)
    return Sight(name_of_weights(weights), digest, _trust(site, camera, digest or "", recording))


def thresholds_of(camera: Camera, *, still: bool = False) -> Thresholds:
    """Return what of the detector's finds shall be kept.

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
    return _trust(site, camera, None if detector is None else detector.digest, recording)


def _trust(site: Site, camera: Camera, digest: str | None, recording: Path | None) -> Trust:
    if digest is None and camera.simulated:
        return Trust("exact")
    proven = _proven(calibration_path(site, camera.id), digest_of(camera, BOXES_DIGEST if digest is None else digest))
    if proven is not None:
        return Trust("proven" if proven.overall else "unproven", heads=proven.overall, zones=proven.zones)
    card = embedded_card()
    if digest == card.digest and recording is not None and card.covers(recording):
        return Trust("demonstration", card.recall, card.precision)
    return Trust("unproven")


def _proven(path: Path, digest: str) -> CameraCalibration | None:
    """Return what head counts told, if they were made with the same weights, thresholds, tiling and masks."""
    if not path.is_file():
        return None
    try:
        calibration = CameraCalibration.from_json(path.read_text(encoding="utf-8"))
    except UNREADABLE as exc:
        log.warning("%s: not a readable head-count calibration, ignored: %s", path, exc)
        return None
    if calibration.digest != digest:
        log.warning("%s: made with other weights, thresholds, tiling or masks: ignored; run calibrate again", path)
        return None
    return calibration
