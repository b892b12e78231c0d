"""The frame: what every source yields."""

from dataclasses import dataclass

from vision.detections import Detections
from vision.detector import Image


class SourceRefusedError(ValueError):
    """A source that is missing, unreadable or of a kind that is not allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, or the boxes recorded instead of one.

    Attributes:
        index: counts from 0; in a recording, its place there.
        t: seconds from the start of the recording or stream.
        captured_at: when it was taken, by this machine's monotonic clock, seconds.
        image: (H, W, 3) BGR, or recorded boxes.
        cut: nothing that was followed before can be followed on.

    """

    index: int
    t: float
    captured_at: float
    image: Image | Detections
    cut: bool = False
