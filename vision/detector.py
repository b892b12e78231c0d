"""What a detector is, and how one is chosen from the name of its weights; no vendor is imported here."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
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


class Detector(Protocol):
    """Finds people in pictures. Safe to share between threads.

    Attributes:
        name: short name of the weights.
        digest: sha256 of the weights, first 16 digits.

    """

    name: str
    digest: str

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


def is_openvino(path: Path) -> bool:
    """Tell whether a path is a folder holding an OpenVINO model."""
    return path.is_dir() and any(path.glob("*.xml"))


def load_detector(weights: str | Path | None, thresholds: Thresholds = Thresholds()) -> Detector:
    """Load a detector.

    Args:
        weights: None for the embedded detector; a folder with an OpenVINO model; a ``.pt`` or ``.onnx`` file; or a name
            that Ultralytics knows, such as ``yolo11n.pt``, which it fetches on first use.
        thresholds: what to keep of its output.

    Raises:
        WeightsRefusedError: with the reason and what to do.

    """
    if weights is None:
        from vision.embedded import embedded_folder

        weights = embedded_folder()
    path = Path(weights)
    if is_openvino(path):
        from vision.openvino_detector import OpenVinoDetector

        return OpenVinoDetector(path, thresholds)
    if path.is_dir():
        raise WeightsRefusedError(f"{path}: no OpenVINO model (*.xml) in this folder")
    from vision.ultralytics_detector import UltralyticsDetector

    return UltralyticsDetector(str(weights), thresholds)
