"""Look at weights without loading them: are they there, whole, and for people; cheap enough for every start."""

import hashlib
import importlib.util
import json
import re
import zipfile
from pathlib import Path

from vision.detector import WeightsRefusedError, person_class
from vision.model_file import is_model_file, read_model_file, refuse_damaged

ENGINE = ".engine"
FORMATS = (".pt", ".onnx", ENGINE, ".torchscript")
_ZIPPED = frozenset({".pt", ".torchscript"})
# Names of detection models that Ultralytics publishes: yolo11n.pt, yolov8x.pt, yolov5nu.pt, yolo26s.pt, rtdetr-l.pt …
_NAMED = re.compile(r"(yolov?\d{1,2}[a-z]{1,2}\d?u?|rtdetr-[lx])\.pt")


def is_published(weights: str) -> bool:
    """Tell whether this is the bare name of a published detection model, to be fetched on first use."""
    return _NAMED.fullmatch(weights) is not None


def inspect_weights(weights: str | Path) -> None:
    """Refuse weights that are missing, damaged, of another task or without people.

    Args:
        weights: a folder with an OpenVINO model, a file, or the bare name of a published model.

    Raises:
        WeightsRefusedError: with the reason.

    """
    path = Path(weights)
    if path.is_dir() or is_model_file(path):
        refuse_damaged(read_model_file(path))
    elif path.is_file():
        _inspect_file(path)
    elif not (isinstance(weights, str) and is_published(weights)):
        raise WeightsRefusedError(f"{weights}: no such weights")


def digest_of_weights(weights: str | Path) -> str | None:
    """Return what ``Detector.digest`` will be; None for a published model, which may not be here yet."""
    path = Path(weights)
    if path.is_dir() or is_model_file(path):
        return read_model_file(path).digest
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else None


def name_of_weights(weights: str | Path) -> str:
    """Return what ``Detector.name`` will be."""
    path = Path(weights)
    return read_model_file(path).path.stem if path.is_dir() else path.stem


def _inspect_file(path: Path) -> None:
    if path.suffix not in FORMATS:
        raise WeightsRefusedError(f"{path}: expected {', '.join(FORMATS)} or an OpenVINO folder")
    if not path.stat().st_size:
        raise WeightsRefusedError(f"{path}: empty")
    if path.suffix in _ZIPPED and not zipfile.is_zipfile(path):
        raise WeightsRefusedError(f"{path}: not whole PyTorch weights (no zip archive)")
    if path.suffix == ENGINE:
        inspect_engine(path)


def inspect_engine(path: Path) -> None:
    """Refuse a TensorRT engine that this machine cannot run, or that is not one for people.

    Ultralytics writes before it the length of its metadata, four bytes, and the metadata as JSON.

    Raises:
        WeightsRefusedError: with the reason.

    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(4), "little")
        text = file.read(length) if length < path.stat().st_size else b""
    try:
        metadata = json.loads(text)
    except ValueError as exc:  # UnicodeDecodeError is one
        raise WeightsRefusedError(f"{path}: not a TensorRT engine with Ultralytics' metadata") from exc
    if not isinstance(metadata, dict):
        raise WeightsRefusedError(f"{path}: expected a mapping as the engine's metadata")
    person_class(metadata, str(path))
    if importlib.util.find_spec("tensorrt") is None:
        raise WeightsRefusedError(f"{path}: a TensorRT engine needs an NVIDIA processor and the package tensorrt")
