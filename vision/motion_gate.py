"""Tell whether a picture of a scene without people has to be looked at again: cheap, and wrong only towards looking."""

from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector import Image

LEAST_WIDTH = 160  # px of the small picture: of somebody 3 % as wide as the picture, 5 x 12 px are left
BLUR_PX = 3
LEAST_CHANGE, MOST_CHANGE = 4.0, 12.0  # grey levels of 256 between which the limit of a place follows its noise
NOISE_TIMES = 6.0  # mean absolute deviations, 4.8 standard deviations of a normal distribution
NOISE_FIRST = 1.0
LEARN_S = 20.0  # in which the background takes over what does not move
LEARN_EVERY_S = 1.0  # while somebody is there
LIGHT_SHARE = 0.2  # of the picture: where more than this has changed and nobody is found, the light has
AROUND = 0.25  # of a box on every side of it

Floats = NDArray[np.float32]


class MotionGate:
    """Compares the pictures of one camera, made small and grey, with a slow background and with the last one analysed.

    Open, it wants every picture. It closes after a picture in which nobody was found, and opens at the first in which
    any place differs by more than its usual noise: somebody, however slow, but also light, exposure or a shaken camera.
    Whoever is there keeps it open, and is not learnt as background.

    Args:
        longest_s: at least so often a picture is wanted anyway.

    Attributes:
        idle: nobody is there, and nothing has changed since that was seen.

    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._background: Floats | None = None
        self._noise = np.empty((0, 0), np.float32)
        self._wanted: Floats | None = None
        self._empty: Floats | None = None  # the last picture analysed, where nobody was in it
        self._learnt_at = self._due = 0.0
        self._at = 0.0
        self.idle = False

    def reset(self) -> None:
        """Forget everything, as after a cut: the next picture is wanted."""
        self._background = self._wanted = self._empty = None
        self.idle = False

    def wants(self, image: Image, t: float) -> bool:
        """Tell whether a picture has to be analysed; of one that is wanted, ``found`` tells what came of it.

        Args:
            image: (H, W, 3).
            t: seconds, rising.

        """
        self._at = t
        if image.ndim != 3 or not image.size:
            self.reset()
            return True
        if self._empty is None and self._background is not None and t - self._learnt_at < LEARN_EVERY_S:
            self._wanted = None
            return True
        small = _small(image)
        if self._background is None or self._background.shape != small.shape:
            self.reset()
            self._background, self._noise = small.copy(), np.full_like(small, NOISE_FIRST)
            self._learnt_at = t
        elif self._empty is not None:
            self.idle = not (
                self._differing(small, self._background) or self._differing(small, self._empty, noisier=sqrt(2))
            )
        if self.idle and t < self._due:
            self._learn(small, None)
            return False
        self._wanted, self._due = small, t + self._longest_s
        return True

    def found(self, image_size: tuple[int, int], boxes: NDArray[np.float32], *, anybody: bool) -> None:
        """Take note of what the picture last wanted shows.

        Args:
            image_size: (width, height) px.
            boxes: (N, 4) px of those found.
            anybody: somebody is there, or may still be, found in this very picture or not.

        """
        self.idle = self.idle and not anybody
        if self._wanted is not None and self._background is not None:
            if not anybody and self._differing(self._wanted, self._background) > LIGHT_SHARE:
                self._background = self._wanted.copy()  # that was the light: nobody is so large and not found
            self._learn(self._wanted, _elsewhere(self._wanted, image_size, boxes))
        self._empty = None if anybody else self._wanted

    def _differing(self, small: Floats, other: Floats, *, noisier: float = 1.0) -> float:
        """Return the share of places that differ from another picture, so much noisier than the background."""
        limit = np.clip(noisier * NOISE_TIMES * self._noise, LEAST_CHANGE, MOST_CHANGE)
        return float(np.count_nonzero(cv2.absdiff(small, other) > limit)) / small.size

    def _learn(self, small: Floats, where: NDArray[np.uint8] | None) -> None:
        """Let the background and its noise follow, slower than anybody walks in."""
        if self._background is None:
            return
        share = min((self._at - self._learnt_at) / LEARN_S, 1.0)
        apart = np.minimum(cv2.absdiff(small, self._background), 2 * self._noise + 1)
        cv2.accumulateWeighted(small, self._background, share, where)
        cv2.accumulateWeighted(apart, self._noise, share, where)
        self._learnt_at = self._at


def _elsewhere(small: Floats, image_size: tuple[int, int], boxes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return (h, w) 1 where nobody is, nor anybody's shadow or swinging arm."""
    free = np.ones(small.shape, np.uint8)
    scale = np.array(small.shape[::-1]) / image_size
    for corner, opposite in np.asarray(boxes, np.float64).reshape(-1, 2, 2):
        around = AROUND * (opposite - corner)
        x0, y0 = np.maximum(np.floor((corner - around) * scale), 0).astype(int)
        x1, y1 = np.maximum(np.ceil((opposite + around) * scale), 0).astype(int)
        free[y0:y1, x0:x1] = 0
    return free


def _small(image: Image) -> Floats:
    """Return (h, w) grey levels: the picture halved until it is small enough, each place with a little of the next."""
    while image.shape[1] >= 2 * LEAST_WIDTH:  # halving is several times as fast as any other way to average areas
        height, width = max(1, image.shape[0] // 2), image.shape[1] // 2
        half = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        image = np.asarray(half, np.uint8)
    return cv2.blur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (BLUR_PX, BLUR_PX)).astype(np.float32)
