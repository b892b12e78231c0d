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
        if self.inner != self.picture:
            image = cv2.resize(image, self.inner[::-1], interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        top, left = self.offset
        bottom, right = self.size[0] - self.inner[0] - top, self.size[1] - self.inner[1] - left
        if not (top or left or bottom or right):
            return np.ascontiguousarray(image)
        colour = (GREY, GREY, GREY)
        return np.asarray(
            cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour), np.uint8
        )

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
