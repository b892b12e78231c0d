"""Look at pictures as a camera's own path does, whole and in tiles, and write down what the teacher finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vision.detections import Detections
from vision.detector import Detector, Image, Thresholds
from vision.distill.shelf import Picture, Shelf
from vision.masks import Masks, blanked
from vision.tiling import SURENESS, Tiling, TilingDetector

TEACHER_CONFIDENCE = 0.35
TEACHER_IOU = 0.6
Polygon = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """How one camera is looked at.

    Attributes:
        camera: its id; tiling: as for ``TilingDetector``, or ``off``; masks: polygons in raw px that are no people's.
        confidence, iou: limits of its own detector; input_size: longer side of the network's picture, px.

    """

    camera: str
    tiling: Tiling = "auto"
    masks: tuple[Polygon, ...] = ()
    confidence: float = 0.25
    iou: float = 0.6
    input_size: int | None = None

    def thresholds(self) -> Thresholds:
        """Return what the camera's detector is loaded with: weaker boxes too, of which tiles make surer ones."""
        return Thresholds(self.confidence * SURENESS, self.iou, self.input_size)

    def blank(self, image: Image) -> Image:
        """Return the picture with its masked places grey, so that nobody behind them is kept or learnt."""
        return blanked(image, self.masks)


TEACHER_THRESHOLDS = Thresholds(TEACHER_CONFIDENCE * SURENESS, TEACHER_IOU)


def look(base: Detector, image: Image, view: Viewpoint, *, confidence: float, iou: float) -> Detections:
    """Find the people of one picture that has nothing to do with those before.

    Args:
        base: loaded with ``SURENESS`` times the confidence.
        image: (H, W, 3) BGR.
        view: its tiling and masks.
        confidence: lowest confidence of a box; iou: boxes that overlap more than this are one person.

    """
    if view.tiling == "off":
        found = base.detect([image])[0]
        found = found.select(found.confidence > confidence)
    else:
        # A fresh one each time: what it decides about tiles shall not depend on which pictures came before.
        found = TilingDetector(base, view.tiling, confidence=confidence, iou=iou).detect([image])[0]
    return found.select(~Masks(view.masks).ignored(found.xyxy))


def label(shelf: Shelf, views: dict[str, Viewpoint], teacher: Detector, tick: Callable[[], None]) -> int:
    """Label every picture that is not labelled yet, and return the number of people on all that are now.

    Args:
        shelf: the pictures.
        views: camera -> how it is looked at.
        teacher: loaded with ``TEACHER_THRESHOLDS``.
        tick: called after each picture.

    """
    people = 0
    for picture in shelf.pictures():
        people += _labelled(shelf, picture, views[picture.camera], teacher)
        tick()
    return people


def _labelled(shelf: Shelf, picture: Picture, view: Viewpoint, teacher: Detector) -> int:
    image = shelf.read(picture)
    size = (image.shape[1], image.shape[0])
    if not shelf.has_labels(picture):
        found = look(teacher, image, view, confidence=TEACHER_CONFIDENCE, iou=TEACHER_IOU)
        shelf.put_labels(picture, np.asarray(found.xyxy), size)
    return len(shelf.labels(picture, size))
