"""Read people out of what a detection network puts out; boxes are in the network's own pixels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.detector import Thresholds, WeightsRefusedError
from vision.nms import non_maximum_suppression

Floats = NDArray[np.float32]
Read = Callable[[Floats], tuple[Floats, Floats]]
MAX_PEOPLE = 300
ROW = 6
"""Numbers of a row x1 y1 x2 y2 score class of a network that picks its boxes itself."""


@dataclass(frozen=True, slots=True)
class Head:
    """How a network's output is read.

    Attributes:
        person: index of the class.
        classes: how many there are.
        thresholds: what to keep.

    """

    person: int
    classes: int
    thresholds: Thresholds

    def reader(self, shape: tuple[int, ...], where: str) -> Read:
        """Return what reads an output of this shape into boxes (N, 4) and confidences (N,), surest first.

        Known are (1, 4 + classes, anchors), as YOLO up to 12 has it, and (1, boxes, 6), as YOLO10 and YOLO26 have it.

        Raises:
            WeightsRefusedError: it is another.

        """
        if len(shape) == 3 and shape[0] == 1 and shape[1] == 4 + self.classes:
            return self.anchors
        if len(shape) == 3 and shape[0] == 1 and shape[2] == ROW:
            return self.rows
        known = f"(1, {4 + self.classes}, N) or (1, N, {ROW})"
        raise WeightsRefusedError(f"{where}: expected output {known} for {self.classes} classes, got {shape}")

    def anchors(self, output: Floats) -> tuple[Floats, Floats]:
        """Read (1, 4 + classes, N): middle, width and height; an anchor counts where ``person`` is its best class."""
        table = output[0]
        person = table[4 + self.person]
        keep = np.flatnonzero(person > self.thresholds.confidence)  # few of thousands, so only they are compared
        if self.classes > 1:
            keep = keep[table[4:, keep].argmax(axis=0) == self.person]
        centre, half = table[:2, keep].T, table[2:4, keep].T / 2
        confidence = person[keep]
        with np.errstate(invalid="ignore", over="ignore"):  # infinities are dropped by whoever takes the boxes
            boxes = np.hstack([centre - half, centre + half]).astype(np.float32)
            kept = non_maximum_suppression(boxes, confidence, self.thresholds.iou)[:MAX_PEOPLE]
        return boxes[kept], confidence[kept]

    def rows(self, output: Floats) -> tuple[Floats, Floats]:
        """Read (1, N, 6): corners, score and class; the network has left one box a person already."""
        table = output[0]
        table = table[(np.rint(table[:, 5]) == self.person) & (table[:, 4] > self.thresholds.confidence)]
        table = table[np.argsort(-table[:, 4], kind="stable")][:MAX_PEOPLE]
        return table[:, :4].copy(), table[:, 4].copy()
