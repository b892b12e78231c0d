"""Fit a picture into a network's input without distorting it, and bring boxes back (the arithmetic of Ultralytics)."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GREY = 114


@dataclass(frozen=True, slots=True)
class Letterbox:
    """One way of fitting: scale to ``inner``, pad to ``size``; all (height, width) px."""

    picture: tuple[int, int]
    inner: tuple[int, int]
    size: tuple[int, int]
    gain: float

    @property
    def offset(self) -> tuple[int, int]:
        """Return the padding at the top and at the left, px."""
        free_h, free_w = self.size[0] - self.inner[0], self.size[1] - self.inner[1]
        return round(free_h / 2 - 0.1), round(free_w / 2 - 0.1)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture (H, W, 3) scaled and padded with grey."""
        canvas = np.empty((*self.size, 3), np.uint8)
        self.fill(canvas, image, clean=False)
        return canvas

    def fill(self, canvas: NDArray[np.uint8], image: NDArray[np.uint8], *, clean: bool) -> None:
        """Scale the picture (H, W, 3) into the middle of a canvas of ``size``.

        Args:
            canvas: written in place.
            image: the picture.
            clean: the canvas held a picture fitted in the same way: its padding is grey already.

        """
        if not clean and self.inner != self.size:
            canvas[:] = GREY
        (top, left), (height, width) = self.offset, self.inner
        target = canvas[top : top + height, left : left + width]
        if self.inner == self.picture:
            target[:] = image
        else:
            cv2.resize(image, (width, height), dst=target, interpolation=cv2.INTER_LINEAR)

    def to_picture(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring boxes (N, 4) back to the picture's pixels, clipped to it."""
        top, left = self.offset
        moved = (boxes - np.array([left, top, left, top], np.float32)) / np.float32(self.gain)
        height, width = self.picture
        limits = np.array([width, height, width, height], np.float32)
        return np.asarray(np.clip(moved, np.float32(0), limits), np.float32)


def letterbox_for(
    picture: tuple[int, int], input_size: int, *, fixed: tuple[int, int] | None = None, stride: int = 32
) -> Letterbox:
    """Return how a picture (height, width) fits.

    Args:
        picture: height and width in px.
        input_size: longer side of the network's picture, px, where it is not fixed; rounded up to the stride.
        fixed: the network's only (height, width), which is then padded to; else padding reaches the next stride.
        stride: the network's, px.

    """
    height, width = picture
    side = math.ceil(input_size / stride) * stride
    bound = fixed or (side, side)
    gain = min(bound[0] / height, bound[1] / width)
    inner = (max(1, min(round(height * gain), bound[0])), max(1, min(round(width * gain), bound[1])))
    size = fixed or (math.ceil(inner[0] / stride) * stride, math.ceil(inner[1] / stride) * stride)
    return Letterbox((height, width), inner, size, gain)
