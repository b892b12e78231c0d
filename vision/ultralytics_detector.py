"""The only file that knows Ultralytics: weights in its own formats, and models it fetches by name."""

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from vision.detections import Detections
from vision.detector import Image, Thresholds, WeightsRefusedError, person_class
from vision.quiet import download_allowed, silence_vendors
from vision.weights_file import ENGINE, FORMATS, inspect_engine

MAX_PEOPLE = 300
_NAMED = re.compile(r"(yolo|rtdetr)[\w-]*\.pt")


class UltralyticsDetector:
    """Weights that Ultralytics runs: ``.pt``, ``.torchscript``, ``.engine`` on NVIDIA; or a name like ``yolo11n.pt``.

    Args:
        weights: a path; or, where no such file exists, a name that Ultralytics fetches into the current user's cache.
        thresholds: what to keep of the output.

    Raises:
        WeightsRefusedError: missing, unreadable, of another task, without people, or not to be had without internet.

    """

    def __init__(self, weights: str, thresholds: Thresholds) -> None:
        path = _located(weights)
        silence_vendors()
        self._model = _open(path)
        self._person = person_class({"task": self._model.task, "names": self._model.names}, weights)
        self.thresholds = thresholds
        self.name = path.stem
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        self.at_a_time, self.unusable = 1, 0
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="detect")

    def submit(self, image: Image) -> Future[Detections]:
        """Start on one picture (H, W, 3) and return at once; the model runs one at a time."""
        return self._worker.submit(self._detect_one, image)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """Find the people of several pictures, one after another."""
        return [future.result() for future in [self.submit(image) for image in images]]

    def close(self) -> None:
        """Finish what is under way and let the thread go."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _detect_one(self, image: Image) -> Detections:
        if image.ndim == 3 and not image.size:
            return Detections.empty()
        options: dict[str, Any] = {"imgsz": self.thresholds.input_size} if self.thresholds.input_size else {}
        found = self._model.predict(
            image,
            conf=self.thresholds.confidence,
            iou=self.thresholds.iou,
            classes=[self._person],
            max_det=MAX_PEOPLE,
            verbose=False,
            save=False,
            **options,
        )[0].boxes
        usable, dropped = Detections.usable(found.xyxy.cpu().numpy(), found.conf.cpu().numpy())
        self.unusable += dropped
        return usable


def _located(weights: str) -> Path:
    """Return the path of weights, fetching those that are only a name."""
    path = Path(weights)
    if path.is_file():
        if path.suffix not in FORMATS:
            raise WeightsRefusedError(f"{weights}: expected {', '.join(FORMATS)} or an OpenVINO folder")
        return path
    if path.name != weights or not _NAMED.fullmatch(weights):
        raise WeightsRefusedError(f"{weights}: no such weights")
    cached = Path.home() / ".cache" / "mallflow" / weights
    return cached if cached.is_file() else _fetched(weights, cached)


def _fetched(name: str, target: Path) -> Path:
    silence_vendors()
    target.parent.mkdir(parents=True, exist_ok=True)
    from ultralytics.utils.downloads import attempt_download_asset  # first: on import it looks whether it may go online

    with download_allowed():
        try:
            attempt_download_asset(target)
        except Exception as exc:  # the vendor raises whatever its network does
            raise WeightsRefusedError(_how_to_get(name, target)) from exc
    if not target.is_file():
        raise WeightsRefusedError(_how_to_get(name, target))
    return target


def _how_to_get(name: str, target: Path) -> str:
    return (
        f"{name}: not on this machine and it could not be fetched; connect to the internet once, or put the file at "
        f"{target}, or give `weights` the path of a file or OpenVINO folder (without `weights` the built-in one runs)"
    )


def _open(path: Path) -> Any:
    from ultralytics import YOLO

    if path.suffix == ENGINE:
        _refuse_without_cuda(path)
    try:
        model = YOLO(str(path))
        if model.task == "detect":
            model.predict(np.zeros((64, 64, 3), np.uint8), imgsz=64 if path.suffix == ".pt" else None, verbose=False)
    except Exception as exc:  # the vendor raises anything on bad files
        raise WeightsRefusedError(f"{path}: not usable weights: {str(exc).strip().splitlines()[0][:200]}") from exc
    return model


def _refuse_without_cuda(path: Path) -> None:
    import torch

    inspect_engine(path)
    if not torch.cuda.is_available():
        raise WeightsRefusedError(f"{path}: a TensorRT engine needs an NVIDIA processor; none is found here")


def export_openvino(weights: Path, size: int) -> Path:
    """Write the OpenVINO twin of ``.pt`` weights beside them, for pictures of any size, and return its folder."""
    silence_vendors()
    from ultralytics import YOLO

    return Path(YOLO(str(weights)).export(format="openvino", dynamic=True, imgsz=size))
