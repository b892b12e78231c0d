"""What a worker tells the setup page: one pixelated still on request, and where the people of now are in the picture.

No frame is held but the one somebody is waiting for; it leaves this process only after everybody in it was pixelated.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.zones import count_by_zone
from mall.cameras.accuracy_card import digest_of
from mall.cameras.camera_path import Seen
from mall.cameras.eyesight import weights_of
from mall.config import Site
from mall.setup_link import Answer
from mall.site_file import Camera
from vision.detections import Detections
from vision.detector import Detector, Image, WeightsRefusedError
from vision.frames import Frame
from vision.loading import load_detector
from vision.still import SENSITIVE, find_everybody, pixelate, to_png

RECENT_S = 1.0  # whoever was seen within it is pixelated there too
FRESH_S = 3.0  # older boxes are not of now
SHORTEST_WAIT_S, LONGEST_WAIT_S = 8.0, 15.0

log = logging.getLogger(__name__)
Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One analysed picture; ``recent``: (N, 4) px of everybody found in the last second, sure or not."""

    image: Image
    captured_at: float
    seen: Seen
    recent: Boxes


class Witness:
    """Takes part in what a camera sees, and hands the next picture to whoever waits for one; safe between threads."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._waiting = 0
        self._next: Sighting | None = None
        self._recent: deque[tuple[float, Boxes]] = deque()
        self._now: tuple[float, Boxes] = (-FRESH_S, np.empty((0, 4), np.float32))

    def note(self, frame: Frame, found: Detections, seen: Seen) -> None:
        """Take a picture with everybody found in it and the confirmed people; it is held only if somebody waits."""
        with self._condition:
            self._recent.append((frame.captured_at, found.xyxy))
            self._recent.append((frame.captured_at, seen.tracks.xyxy))
            while self._recent[0][0] < frame.captured_at - RECENT_S:
                self._recent.popleft()
            self._now = (frame.captured_at, seen.tracks.xyxy)
            if self._waiting and not isinstance(frame.image, Detections):
                recent = np.concatenate([boxes for _, boxes in self._recent])
                self._next = Sighting(frame.image, frame.captured_at, seen, recent)
                self._condition.notify_all()

    def wait(self, patience_s: float) -> Sighting | None:
        """Return the next picture, None where none comes in time."""
        with self._condition:
            self._next, self._waiting = None, self._waiting + 1
            try:
                self._condition.wait_for(lambda: self._next is not None, patience_s)
                return self._next
            finally:
                self._waiting -= 1
                self._next = None

    def boxes(self) -> list[list[float]] | None:
        """Return boxes px of the people confirmed just now; None where the last picture is no longer of now."""
        with self._condition:
            captured_at, boxes = self._now
        fresh = time.monotonic() - captured_at < FRESH_S
        return np.round(boxes.astype(np.float64), 1).tolist() if fresh else None


@dataclass(frozen=True, slots=True)
class Watched:
    """A camera of the worker: its witness, its live detector, and what is wrong with it now ("": nothing)."""

    camera: Camera
    witness: Witness
    detector: Detector | None
    trouble: Callable[[], str]


class StillDesk:
    """Answers the setup page's questions about some cameras.

    At the first still it loads, once for all cameras with the same weights, detectors that take everything for a person
    that might be one. Stills are made one at a time; where people are is told meanwhile, and no camera is held up.
    """

    def __init__(self, site: Site, watched: Sequence[Watched]) -> None:
        self._site = site
        self._watched = {each.camera.id: each for each in watched}
        self._zones = {each.camera.id: site.plan.zones_on(each.camera.level) for each in watched}
        self._loaded: dict[str | Path | None, Detector] = {}
        self._making = Lock()

    def _detectors(self, camera: Camera) -> list[Detector]:
        """Return the camera's own weights and the embedded ones, for what one overlooks the other may see; none: []."""
        try:
            both = tuple(dict.fromkeys((weights_of(self._site, camera), None)))
            for weights in both:
                if weights not in self._loaded:
                    self._loaded[weights] = load_detector(weights, SENSITIVE)
        except WeightsRefusedError as exc:
            log.error("camera %s: no setup stills: %s", camera.id, exc)
            return []
        return [self._loaded[weights] for weights in both]

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer ``still`` or ``boxes`` of a camera."""
        each = self._watched.get(str(question.get("camera")))
        if each is None:
            return _refused("no-answer", "another worker's camera")
        if question.get("op") == "boxes":
            return Answer({"ok": True, "boxes": each.witness.boxes()})
        if each.camera.is_boxes:
            return _refused("no-picture", "recorded boxes have no picture")
        with self._making:
            sensitive = self._detectors(each.camera)
            if not sensitive or each.detector is None:
                return _refused("no-detector", "without its detector nobody could be pixelated")
            return self._still(each, each.detector, sensitive)

    def _still(self, each: Watched, detector: Detector, sensitive: Sequence[Detector]) -> Answer:
        """Return the next picture with everybody pixelated; no picture leaves where anything of that fails."""
        sighting = each.witness.wait(min(max(SHORTEST_WAIT_S, 3.0 / each.camera.rate), LONGEST_WAIT_S))
        if sighting is None:
            return _refused("lost", each.trouble() or "no picture comes")
        try:
            boxes = np.concatenate([sighting.recent, find_everybody(sighting.image, sensitive)])
            body = to_png(pixelate(sighting.image, boxes))
        except Exception as exc:  # whatever it is: better no still than one with faces
            log.error("camera %s: no setup still: %s", each.camera.id, exc)
            return _refused("no-detector", "the detector failed")
        seen = sighting.seen
        row = {
            "ok": True,
            "captured_at": time.time() - (time.monotonic() - sighting.captured_at),
            "people": seen.people,
            "zones": count_by_zone(seen.ground.xy[seen.placed], self._zones[each.camera.id]),
            "recipe": digest_of(each.camera, detector.digest),
            "weights": detector.name,
        }
        return Answer(row, body)

    def close(self) -> None:
        """Let the detectors go."""
        for detector in list(self._loaded.values()):
            detector.close()


def _refused(code: str, reason: str) -> Answer:
    return Answer({"ok": False, "code": code, "reason": reason})
