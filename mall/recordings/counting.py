"""``count``: a recording through the very path of live work, every frame, one JSON line each, without a store."""

import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from gis.flow import LineCounter
from gis.zones import count_by_zone
from mall.cameras.bands import Trust
from mall.cameras.camera_path import CameraPath, Seen, Size
from mall.cameras.eyesight import detector_of, trust_of
from mall.cameras.trial import naming
from mall.config import Site
from mall.models import pack
from mall.site_file import Camera
from vision.boxes import BoxRecording
from vision.detections import Detections
from vision.detector import Detector
from vision.recording import DEFAULT_FPS, Recording
from vision.source import Frame, SourceRefusedError, every_frame, open_recording

log = logging.getLogger(__name__)

AHEAD = 4
"""Frames under detection at a time."""
UNKNOWN = Trust("unproven")


def run_count(  # noqa: PLR0913  the command's own options
    video: Path, site: Site, camera_id: str, *, weights: str | None = None, still: bool = False, out: TextIO
) -> None:
    """Count the people of a recording, one line for every frame, empty ones too.

    Args:
        video: a file, a folder of images in name order, or recorded boxes.
        site: whose camera's calibration, masks, thresholds and level hold.
        camera_id: that camera.
        weights: instead of the camera's own.
        still: the images have nothing to do with one another: nobody is followed, no crossings.
        out: where the lines go.

    Raises:
        SiteError, WeightsError, SourceRefusedError, WeightsRefusedError: naming what is wrong.

    """
    camera = site.camera(camera_id)
    recording = open_recording(video, fps=camera.fps, camera=camera_id)
    detector: Detector | None = None
    try:
        if not isinstance(recording, BoxRecording):
            detector = loaded_detector(site, camera, weights=weights, still=still)
        trust = trust_of(site, camera, detector, recording=video)
        for row in count_rows(recording, site, camera, detector=detector, still=still, trust=trust):
            out.write(pack(row).decode() + "\n")
    finally:
        recording.close()
        if detector is not None:
            detector.close()


def loaded_detector(site: Site, camera: Camera, *, weights: str | None, still: bool) -> Detector:
    """Return the detector of a camera; what is wrong with the site's own weights names the camera."""
    with contextlib.nullcontext() if weights else naming(site, camera):
        return detector_of(site, camera, weights=weights, still=still)


def count_rows(  # noqa: PLR0913  everything a count depends on
    recording: Recording,
    site: Site,
    camera: Camera,
    *,
    detector: Detector | None,
    still: bool = False,
    trust: Trust = UNKNOWN,
    path: CameraPath | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield one mapping a frame, as ``count`` writes it.

    Args:
        recording: what to count; its boxes are taken as they are.
        site: for the zones and lines of the camera's level.
        camera: its calibration, masks and thresholds.
        detector: None for recorded boxes.
        still: as for ``run_count``.
        trust: what head counts told of the camera; by default nothing: the estimate is what was seen.
        path: of ``path_of``, where the caller wants to ask it afterwards.

    """
    path = path or path_of(site, camera, recording)
    if path.ground is None:
        log.warning("camera %s has no calibration: people are counted in the picture, none is placed", camera.id)
    lines = LineCounter(site.plan.lines_on(camera.level))
    zones = site.plan.zones_on(camera.level)
    is_odd_size = False
    for frame, size, found in _detected(recording, camera, detector):
        seen = path.still(found, size) if still else path.follow(found, frame.t, size)
        if not is_odd_size and (is_odd_size := path.ground is not None and not path.is_placing):
            _warn_of_size(camera, frame, size, path.calibrated_size)
        row = _row(frame, seen)
        row["people"] = trust.estimate(seen.people)
        placed = count_by_zone(seen.ground.xy[seen.placed], zones)
        row["zones"] = {zone: trust.zones[zone].estimate(n) if zone in trust.zones else n for zone, n in placed.items()}
        row["crossings"] = [] if still else _crossings(lines, seen)
        yield row


def path_of(site: Site, camera: Camera, recording: Recording) -> CameraPath:
    """Return a new path for a camera's recording; SiteError names the camera where its calibration is at fault."""
    with naming(site, camera):
        return CameraPath(camera, rate=_rate(recording))


def _warn_of_size(camera: Camera, frame: Frame, size: Size, calibrated: Size | None) -> None:
    log.warning(
        "camera %s: frame %d has %d x %d pixels, the calibration was made for %d x %d: nobody in such frames is placed",
        camera.id, frame.index, *size, *(calibrated or (0, 0)),
    )  # fmt: skip


def _rate(recording: Recording) -> float:
    return recording.count / recording.duration_s if recording.duration_s > 0 else DEFAULT_FPS


def _detected(
    recording: Recording, camera: Camera, detector: Detector | None
) -> Iterator[tuple[Frame, Size, Detections]]:
    """Yield every frame with what was found in it, in order; several are looked at together."""
    under_way: deque[tuple[Frame, Size, Future[Detections]]] = deque()
    frames = every_frame(recording)
    refused: SourceRefusedError | None = None
    while True:
        try:
            frame = next(frames, None)
        except SourceRefusedError as exc:
            refused = exc  # once all that came before it is told
            break
        if frame is None:
            break
        under_way.append(_submitted(frame, recording, camera, detector))
        if detector is None or len(under_way) >= AHEAD:
            yield _first(under_way)
    while under_way:
        yield _first(under_way)
    if refused is not None:
        raise refused


def _submitted(
    frame: Frame, recording: Recording, camera: Camera, detector: Detector | None
) -> tuple[Frame, Size, Future[Detections]]:
    if not isinstance(frame.image, Detections):
        if detector is None:
            raise ValueError("pictures need a detector")
        return frame, (frame.image.shape[1], frame.image.shape[0]), detector.submit(frame.image)
    ready: Future[Detections] = Future()
    ready.set_result(frame.image)
    return frame, camera.size or getattr(recording, "extent", None) or (1, 1), ready


def _first(under_way: deque[tuple[Frame, Size, Future[Detections]]]) -> tuple[Frame, Size, Detections]:
    frame, size, future = under_way.popleft()
    return frame, size, future.result()


def _row(frame: Frame, seen: Seen) -> dict[str, Any]:
    ground = [
        [round(float(x), 3), round(float(y), 3)] if known else None
        for (x, y), known in zip(seen.ground.xy, seen.placed, strict=True)
    ]
    boxes = np.round(seen.tracks.xyxy.astype(np.float64), 2).tolist()
    surety = np.round(seen.tracks.confidence.astype(np.float64), 3).tolist()
    rows = zip(seen.tracks.id.tolist(), boxes, surety, ground, seen.tracks.confirmed.tolist(), strict=True)
    names = ("id", "box", "confidence", "ground", "confirmed")
    return {
        "frame": frame.index,
        "t": round(frame.t, 6),
        "people": seen.people,
        "people_raw": seen.people,
        "tracks": [dict(zip(names, row, strict=True)) for row in rows],
    }


def _crossings(lines: LineCounter, seen: Seen) -> list[dict[str, Any]]:
    crossings = lines.update(seen.tracks.id, seen.ground.xy, seen.ground.firm & seen.placed)
    return [{"line": c.line, "track": c.track, "direction": c.direction} for c in crossings]
