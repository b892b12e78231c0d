"""Notice a crowd that hides itself: boxes overlap more and more, or ever fewer are of full height.

A detector loses people in a crowd, so a falling count can mean a growing danger. This needs no accuracy card: the last
seconds are compared with what the camera usually shows. While a crowd is suspected the usual is not learnt anew.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vision.detections import Tracks
from vision.nms import inside_matrix

# Our own choices; shares of the boxes.
NOW_S = 5.0  # time constant of what is shown now
USUAL_S = 600.0  # and of what is usual
ENOUGH = 8.0  # boxes, below which neither says anything
COVERED = 0.3  # of a box, from which it counts as overlapped
USUAL_OVERLAPPED, USUAL_FULL = 0.2, 0.8  # before anything was seen
OVERLAPPED, FULL = 0.5, 0.5  # from which, and up to which, a crowd is suspected at the earliest
RISE, FALL = 0.2, 0.25  # against the usual
EASE = 0.5  # of rise and fall, below which the suspicion ends
HOLD_S = 15.0  # and for how long


class CrowdSense:
    """What one camera's boxes say of the crowd; ``update`` is called once a picture."""

    def __init__(self) -> None:
        self.is_suspect = False
        self._t: float | None = None
        self._boxes = 0.0
        self._now = np.array([USUAL_OVERLAPPED, USUAL_FULL])
        self._usual = self._now.copy()
        self._calm_since: float | None = None

    def update(self, tracks: Tracks, firm: NDArray[np.bool_], t: float, *, has_heights: bool) -> bool:
        """Take the next picture and tell whether a hidden crowd is suspected.

        Args:
            tracks: the people seen.
            firm: (M,) of those whose place is known, whether the box is of full height, where ``has_heights``.
            t: seconds, rising; a step back counts as none.
            has_heights: whether the camera's calibration tells how tall a box should be.

        """
        step = 0.0 if self._t is None else max(0.0, t - self._t)
        weight = 1.0 if self._t is None else 1.0 - math.exp(-step / NOW_S)
        self._t = t
        self._boxes += weight * (len(tracks) - self._boxes)
        if len(tracks) >= ENOUGH / 2:
            full = float(np.mean(firm)) if has_heights and len(firm) >= ENOUGH / 2 else USUAL_FULL
            self._now += weight * (np.array([overlapped_share(tracks.xyxy), full]) - self._now)
        self._judge(t)
        if not self.is_suspect:
            self._usual += (1.0 - math.exp(-step / USUAL_S)) * (self._now - self._usual)
        return self.is_suspect

    def _judge(self, t: float) -> None:
        if self._boxes >= ENOUGH and self._exceeds(1.0):
            self.is_suspect, self._calm_since = True, None
        elif self.is_suspect and (self._boxes < ENOUGH / 2 or not self._exceeds(EASE)):
            self._calm_since = t if self._calm_since is None else min(self._calm_since, t)
            self.is_suspect = t - self._calm_since < HOLD_S
        else:
            self._calm_since = None

    def _exceeds(self, share: float) -> bool:
        """Tell whether overlap or missing height is beyond this share of its limits."""
        overlapped, full = self._now
        usual_overlapped, usual_full = self._usual
        return bool(
            overlapped >= max(OVERLAPPED * share, usual_overlapped + RISE * share)
            or full <= min(1.0 - (1.0 - FULL) * share, usual_full - FALL * share)
        )


def overlapped_share(xyxy: NDArray[np.float32] | Sequence[Sequence[float]]) -> float:
    """Return the share of boxes (N, 4) of which another one covers a good part; 0 where there are none."""
    boxes = np.asarray(xyxy, dtype=np.float32).reshape(-1, 4)
    if len(boxes) < 2:
        return 0.0
    covered = inside_matrix(boxes, boxes)
    np.fill_diagonal(covered, 0.0)
    return float(np.mean(covered.max(axis=1) >= COVERED))
