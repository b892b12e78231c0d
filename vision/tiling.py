"""Look at a crowded picture in magnified parts as well as whole: small people in a crowd are lost at the whole's scale.

``auto`` tiles a camera only where the whole picture shows many small people and the tiles find clearly more sure ones;
it changes its mind slowly. A sparse scene is left alone: there tiles bring little but false boxes.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from threading import RLock
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.detector import Detector, Image
from vision.nms import inside_matrix, non_maximum_suppression

Grid = tuple[int, int]
Tiling = Literal["auto", "off"] | Grid
Box = tuple[int, int, int, int]

AUTO_GRID: Grid = (3, 2)  # along the longer side of the picture, along the shorter
OVERLAP = 0.2
SURENESS = 0.6
"""A person magnified from a crowd scores this much lower than one the detector was made for; confidences of tiled
pictures are divided by it, so that every limit after it means the same. Chosen on half of a labelled crowd."""

MANY, FEW = 12.0, 8.0  # people in the whole picture from which tiles are tried, below which they are given up
SMALL_PX, LARGE_PX = 100.0, 120.0  # median height in the network's picture, likewise
SEEN_CONFIDENCE = 0.15  # of boxes that speak for a crowd
SURE_CONFIDENCE = 0.4
GAIN = 1.15  # sure people of tiles and whole over those of the whole alone, from which tiles are worth their cost
MEMORY = 25  # pictures over which is averaged
TRY_AGAIN = 300  # pictures after which tiles that were not worth it are tried again

LARGE_SHARE = 0.5  # of a tile's height: taller people are taken from the whole picture first
FRAGMENT = 0.85  # a tile's box that lies this much in such a person is a part of them
SEAM = 0.3  # a box cut by a seam counts only where no other box covers this much of it, or it of another,
SEAM_CONFIDENCE = 0.25  # and from this confidence on
_EDGE_PX = 2.0


def tile_boxes(size: tuple[int, int], grid: Grid, *, overlap: float = OVERLAP) -> list[Box]:
    """Return tiles x1 y1 x2 y2 that cover a picture of (width, height) px, neighbours sharing ``overlap`` of a tile."""
    columns, rows = _spans(size[0], grid[0], overlap), _spans(size[1], grid[1], overlap)
    return [(x1, y1, x2, y2) for y1, y2 in rows for x1, x2 in columns]


def _spans(length: int, parts: int, overlap: float) -> list[tuple[int, int]]:
    part: float = length / (parts - (parts - 1) * overlap)
    starts = [index * part * (1 - overlap) for index in range(parts)]
    return [(round(start), max(round(start) + 1, min(length, round(start + part)))) for start in starts]


def merge_tiles(
    whole: Detections, parts: Sequence[tuple[Box, Detections]], *, size: tuple[int, int], iou: float
) -> Detections:
    """Return everybody once.

    Args:
        whole: found in the whole picture.
        parts: tiles with what was found in each, in the tile's own px.
        size: (width, height) of the picture, px.
        iou: boxes that overlap more than this are one person.

    """
    if not parts:
        return whole
    large = whole.xyxy[:, 3] - whole.xyxy[:, 1] >= LARGE_SHARE * max(y2 - y1 for (_, y1, _, y2), _ in parts)
    boxes, confidence, cut = _moved(parts, size)
    fragment = (inside_matrix(boxes, whole.xyxy[large]) >= FRAGMENT).any(axis=1)
    firm = ~cut & ~fragment
    everybody = np.concatenate([whole.xyxy, boxes[firm]])
    surety = np.concatenate([whole.confidence, confidence[firm]])
    rank = surety + np.concatenate([large, np.zeros(firm.sum(), np.bool_)])
    kept = non_maximum_suppression(everybody, rank, iou)
    everybody, surety = everybody[kept], surety[kept]
    rest = np.flatnonzero(cut & ~fragment & (confidence >= SEAM_CONFIDENCE))
    for index in rest[np.argsort(-confidence[rest], kind="stable")]:
        box = boxes[index : index + 1]
        covered = np.concatenate([inside_matrix(box, everybody).ravel(), inside_matrix(everybody, box).ravel()])
        if not (covered >= SEAM).any():
            everybody = np.concatenate([everybody, box])
            surety = np.append(surety, confidence[index])
    return Detections(everybody, surety)


def _moved(
    parts: Sequence[tuple[Box, Detections]], size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Return boxes (N, 4) in the picture's px, confidences (N,), and (N,) whether a seam cuts the box."""
    boxes, cuts = [], []
    for (x1, y1, x2, y2), found in parts:
        moved = found.xyxy + np.array([x1, y1, x1, y1], np.float32)
        near = np.abs(moved - np.array([x1, y1, x2, y2], np.float32)) <= _EDGE_PX
        boxes.append(moved)
        cuts.append((near & np.array([x1 > 0, y1 > 0, x2 < size[0], y2 < size[1]])).any(axis=1))
    return np.concatenate(boxes), np.concatenate([found.confidence for _, found in parts]), np.concatenate(cuts)


class Verdict:
    """Whether a camera is worth tiling, from the pictures it gave so far.

    The first picture decides at once; later ones move averages over about 25 pictures, with a gap between on and off.
    """

    def __init__(self) -> None:
        self.is_on = False
        self._seen = 0
        self._people = self._height = 0.0
        self._tried = 0
        self._gain = 0.0
        self._pause = 0

    def wants_tiles(self, whole: Detections, scale: float) -> bool:
        """Take the next whole picture and tell whether its tiles shall be looked at.

        Args:
            whole: found in it, down to low confidences.
            scale: network px a picture px.

        """
        boxes = whole.xyxy[whole.confidence >= SEEN_CONFIDENCE]
        weight = 1.0 / min(self._seen + 1, MEMORY)
        self._people += weight * (len(boxes) - self._people)
        if len(boxes):
            height = float(np.median(boxes[:, 3] - boxes[:, 1])) * scale
            self._height += (weight if self._height else 1.0) * (height - self._height)
        self._seen += 1
        many, small = (FEW, LARGE_PX) if self.is_on else (MANY, SMALL_PX)
        self.is_on = self._people >= many and self._height <= small
        self._pause = max(0, self._pause - 1)
        return self.is_on and not self._pause

    def are_worth_it(self, whole: Detections, merged: Detections) -> bool:
        """Take what the tiles of the same picture added and tell whether to use it."""
        before = int(np.count_nonzero(whole.confidence >= SURE_CONFIDENCE))
        after = int(np.count_nonzero(merged.confidence >= SURE_CONFIDENCE))
        self._tried += 1
        self._gain += (after / max(before, 1) - self._gain) / min(self._tried, MEMORY)
        if self._gain >= GAIN:
            return True
        self._pause, self._tried = TRY_AGAIN, 0
        return False


@dataclass(slots=True, eq=False)
class _Look:
    """One picture under way."""

    image: Image
    whole: Future[Detections]
    answer: Future[Detections] = field(default_factory=Future)
    parts: list[tuple[Box, Future[Detections]]] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return self.whole.done() and all(part.done() for _, part in self.parts)


class TilingDetector:
    """One camera's detector: a shared one, with tiles where they are wanted. Results do not depend on timing.

    Args:
        base: finds people in pictures and tiles, down to ``SURENESS`` times the confidence wanted.
        tiling: ``auto`` or a grid.
        confidence: lowest confidence of a box.
        iou: boxes that overlap more than this are one person.

    """

    def __init__(self, base: Detector, tiling: Tiling, *, confidence: float, iou: float) -> None:
        self.name, self.digest = base.name, base.digest
        self._base, self._tiling = base, tiling
        self._confidence, self._iou = confidence, iou
        self._network_px = float(getattr(base, "input_size", None) or 640)
        self._verdict = Verdict()
        self._looks: deque[_Look] = deque()
        self._lock = RLock()

    @property
    def at_a_time(self) -> int:
        """Return how many pictures or tiles the shared detector calculates side by side."""
        return self._base.at_a_time

    @property
    def unusable(self) -> int:
        """Return how many boxes the shared detector dropped because they were none."""
        return self._base.unusable

    def submit(self, image: Image) -> Future[Detections]:
        """Start on one picture (H, W, 3) and return at once; pictures are decided on in the order they come."""
        with self._lock:
            look = _Look(image, self._base.submit(image))
            self._looks.append(look)
        look.whole.add_done_callback(self._go_on)
        return look.answer

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """Find the people of several pictures of this camera, in order."""
        return [future.result() for future in [self.submit(image) for image in images]]

    def close(self) -> None:
        """Let the shared detector go."""
        self._base.close()

    def _go_on(self, _done: Future[Detections]) -> None:
        """Answer for as many pictures as are ready, in order; whoever waits hears of it outside the lock."""
        answers: list[tuple[Future[Detections], Detections | BaseException]] = []
        started: list[tuple[Box, Future[Detections]]] = []
        with self._lock:
            while self._looks and self._looks[0].is_ready:
                found = self._step_or_error(self._looks[0])
                if found is None:
                    started += self._looks[0].parts
                    break
                answers.append((self._looks.popleft().answer, found))
        for _, part in started:
            part.add_done_callback(self._go_on)
        for answer, result in answers:
            if isinstance(result, BaseException):
                answer.set_exception(result)
            else:
                answer.set_result(result)

    def _step_or_error(self, look: _Look) -> Detections | BaseException | None:
        try:
            return self._step(look)
        except (Exception, CancelledError) as exc:
            return exc  # whatever the detector raises belongs to that picture

    def _step(self, look: _Look) -> Detections | None:
        """Return what is in the picture; None where its tiles must be looked at first."""
        whole = look.whole.result()
        if look.parts:
            return self._merged(look, whole)
        height, width = look.image.shape[:2]
        scale = self._network_px / max(height, width, 1)
        if self._tiling != "auto" or self._verdict.wants_tiles(whole, scale):
            tiles = tile_boxes((width, height), self._grid(width, height))
            crops = [look.image[y1:y2, x1:x2] for x1, y1, x2, y2 in tiles]
            look.parts = list(zip(tiles, map(self._base.submit, crops), strict=True))
            return None
        return whole.select(whole.confidence > self._confidence)

    def _grid(self, width: int, height: int) -> Grid:
        if isinstance(self._tiling, tuple):
            return self._tiling
        return AUTO_GRID if width >= height else AUTO_GRID[::-1]

    def _merged(self, look: _Look, whole: Detections) -> Detections:
        parts = [(box, part.result()) for box, part in look.parts]
        size = (look.image.shape[1], look.image.shape[0])
        merged = merge_tiles(whole, parts, size=size, iou=self._iou)
        if self._tiling == "auto" and not self._verdict.are_worth_it(whole, merged):
            return whole.select(whole.confidence > self._confidence)
        surer = np.minimum(merged.confidence / np.float32(SURENESS), np.float32(1.0))
        return Detections(merged.xyxy, surer).select(surer > self._confidence)
