"""A picture in which nobody can be recognised: every person in it becomes a few coarse cells."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.detector import Detector, Image, Thresholds
from vision.tiling import AUTO_GRID, Grid, tile_boxes

CELLS = (6, 12)
"""At most so many cells across and down a person: too few to tell who it is, enough to tell that it is one."""
MARGIN = 0.15  # of a box, added on every side: boxes end at the shoulders and at the hair
SMALLEST_PX = 4  # side of a cell
SENSITIVE = Thresholds(confidence=0.02, iou=0.7)
"""Rather a bush too many than a face too few. Chosen on PETS frames 0-198: nobody of 120 left with two detectors."""

Boxes = NDArray[np.float32]


def find_everybody(image: Image, detectors: Sequence[Detector]) -> Boxes:
    """Return boxes (N, 4) px of whoever may be in a picture (H, W, 3): seen whole, mirrored, and in magnified parts.

    Args:
        image: the picture.
        detectors: at least one, loaded with ``SENSITIVE`` thresholds; what one overlooks another may see.

    """
    height, width = image.shape[:2]
    mirrored = np.ascontiguousarray(image[:, ::-1])
    looks = [(0, 0, image), *_parts(image)]
    boxes: list[Boxes] = []
    for detector in detectors:
        first, *found = detector.detect([mirrored, *(part for _, _, part in looks)])
        boxes.append(_unmirrored(first, width))
        boxes += [seen.xyxy + np.array([x, y, x, y], np.float32) for (x, y, _), seen in zip(looks, found, strict=True)]
    return np.concatenate(boxes).clip(0, [width, height, width, height]).astype(np.float32)


def _parts(image: Image) -> Iterator[tuple[int, int, Image]]:
    height, width = image.shape[:2]
    grid: Grid = AUTO_GRID if width >= height else (AUTO_GRID[1], AUTO_GRID[0])
    for x1, y1, x2, y2 in tile_boxes((width, height), grid):
        yield x1, y1, np.ascontiguousarray(image[y1:y2, x1:x2])


def _unmirrored(found: Detections, width: int) -> Boxes:
    return np.column_stack([width - found.xyxy[:, 2], found.xyxy[:, 1], width - found.xyxy[:, 0], found.xyxy[:, 3]])


def pixelate(image: Image, boxes: Boxes | Sequence[Sequence[float]]) -> Image:
    """Return a copy of a picture (H, W, 3) in which each box (N, 4) px has at most 6 x 12 cells, and so has its margin.

    Every cell is the mean of what was there. Cells lie on one lattice whose sides double from level to level, so those
    of boxes that overlap nest in one another and do not cut each other into smaller ones.
    """
    height, width = image.shape[:2]
    shown = image.copy()
    wide = widened(np.asarray(boxes, dtype=np.float64).reshape(-1, 4), (width, height))
    sides = np.array([cell_side(box) for box in wide])
    for side in sorted(set(sides.tolist())):
        _coarsen(shown, image, wide[sides == side], side)
    return shown


def widened(boxes: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.int64]:
    """Return boxes (N, 4) with 15 % more on every side, to whole pixels outwards, cut to (width, height) px."""
    more = MARGIN * (boxes[:, 2:] - boxes[:, :2])
    outer = np.hstack([np.floor(boxes[:, :2] - more), np.ceil(boxes[:, 2:] + more)])
    inside = outer.clip(0, [*size, *size]).astype(np.int64)
    return inside[(inside[:, 2:] > inside[:, :2]).all(axis=1)]


def cell_side(box: NDArray[np.int64]) -> int:
    """Return the side of a box's cells, a power of two in px: however they lie, at most 6 x 12 of them touch it."""
    across, down = CELLS
    least = max((box[2] - box[0]) / (across - 1), (box[3] - box[1]) / (down - 1), SMALLEST_PX)
    return 1 << int(np.ceil(np.log2(least)))


def _coarsen(shown: Image, image: Image, boxes: NDArray[np.int64], side: int) -> None:
    """Write the means of an image's cells that boxes (N, 4) touch into ``shown``."""
    for x1, y1, x2, y2 in boxes.tolist():
        for row in range(y1 // side, -(-y2 // side)):
            for column in range(x1 // side, -(-x2 // side)):
                cell = np.s_[row * side : (row + 1) * side, column * side : (column + 1) * side]
                shown[cell] = image[cell].mean(axis=(0, 1)).round().astype(np.uint8)


def to_png(image: Image) -> bytes:
    """Return a picture (H, W, 3) BGR as the bytes of a PNG file, made in memory.

    Raises:
        ValueError: if it cannot be encoded.

    """
    done, encoded = cv2.imencode(".png", image)
    if not done:
        raise ValueError("the picture cannot be encoded")
    return encoded.tobytes()
