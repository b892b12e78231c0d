"""What a detector is; no vendor is imported here."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections

Image = NDArray[np.uint8]
"""A picture of shape (H, W, 3), BGR."""


class WeightsRefusedError(ValueError):
    """Weights that are missing, damaged, of another task, or without people among their classes."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What to keep of a detector's output.

    Attributes:
        confidence: lowest confidence of a box, 0 to 1.
        iou: boxes that overlap more than this are one person.
        input_size: longer side of the network's picture in px; None = what the weights were made for.

    """

    confidence: float = 0.1
    iou: float = 0.6
    input_size: int | None = None


DEFAULTS = Thresholds()


class Detector(Protocol):
    """Finds people in pictures. Safe to share between threads.

    Attributes:
        name: short name of the weights.
        digest: sha256 of the weights, first 16 digits.

    """

    name: str
    digest: str

    @property
    def at_a_time(self) -> int:
        """Return how many pictures it calculates side by side; more wait in line."""
        ...

    @property
    def unusable(self) -> int:
        """Return how many boxes were dropped so far because they were not finite numbers, or inside out."""
        ...

    def submit(self, image: Image) -> Future[Detections]:
        """Start on one picture and return at once."""
        ...

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """Find the people of several pictures, in parallel as far as the machine allows."""
        ...

    def close(self) -> None:
        """Finish what is under way and let go of threads and memory."""
        ...


def person_class(metadata: dict[str, Any], where: str) -> int:
    """Return the index of the one class ``person`` among the names that weights declare.

    Raises:
        WeightsRefusedError: another task than detection, or no such class, or several.

    """
    task = metadata.get("task")
    if task != "detect":
        raise WeightsRefusedError(f"{where}: expected weights for detection, got task {task!r}")
    names = metadata.get("names") or {}
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    found = [int(index) for index, name in pairs if str(name).lower() == "person"]
    if len(found) != 1:
        raise WeightsRefusedError(f"{where}: expected one class 'person' among {len(names)}, found {len(found)}")
    return found[0]
