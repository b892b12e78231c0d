"""Look at weights without loading them: are they there, whole, and for people; cheap enough for every start."""

import hashlib
import re
import zipfile
from pathlib import Path
from typing import Any

import yaml

from vision.detector import WeightsRefusedError, person_class

FORMATS = (".pt", ".onnx", ".engine", ".torchscript")
_ZIPPED = frozenset({".pt", ".torchscript"})
# Names of detection models that Ultralytics publishes: yolo11n.pt, yolov8x.pt, yolov5nu.pt, yolo26s.pt, rtdetr-l.pt …
_NAMED = re.compile(r"(yolov?\d{1,2}[a-z]{1,2}\d?u?|rtdetr-[lx])\.pt")
_ONNX_FIRST = b"\x08"  # the field ir_version, with which every exporter begins
_TAIL_BYTES = 256


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
    if path.is_dir():
        _inspect_folder(path)
    elif path.is_file():
        _inspect_file(path)
    elif not (isinstance(weights, str) and is_published(weights)):
        raise WeightsRefusedError(f"{weights}: no such weights")


def digest_of_weights(weights: str | Path) -> str | None:
    """Return what ``Detector.digest`` will be; None for a published model, which may not be here yet."""
    path = Path(weights)
    if path.is_dir():
        xml = next(iter(sorted(path.glob("*.xml"))))
        return hashlib.sha256(xml.read_bytes() + xml.with_suffix(".bin").read_bytes()).hexdigest()[:16]
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else None


def name_of_weights(weights: str | Path) -> str:
    """Return what ``Detector.name`` will be."""
    path = Path(weights)
    return next(iter(sorted(path.glob("*.xml")))).stem if path.is_dir() else path.stem


def _inspect_folder(folder: Path) -> None:
    models = sorted(folder.glob("*.xml"))
    if len(models) != 1 or not models[0].with_suffix(".bin").is_file():
        raise WeightsRefusedError(f"{folder}: expected one *.xml with its *.bin, found {len(models)} *.xml")
    person_class(_metadata(folder), str(folder))
    text = models[0].read_bytes()
    if b"<net" not in text[:_TAIL_BYTES] or not text.rstrip().endswith(b"</net>"):
        raise WeightsRefusedError(f"{models[0]}: not a whole OpenVINO model")
    spans = re.findall(rb'offset="(\d+)"[^>]*?size="(\d+)"|size="(\d+)"[^>]*?offset="(\d+)"', text)
    needed = max((int(a or d) + int(b or c) for a, b, c, d in spans), default=0)
    have = models[0].with_suffix(".bin").stat().st_size
    if have < needed:
        raise WeightsRefusedError(f"{models[0].with_suffix('.bin')}: {have} bytes, the model needs {needed}: truncated")


def _metadata(folder: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise WeightsRefusedError(f"{folder}: no readable metadata.yaml beside the model") from exc
    if not isinstance(found, dict):
        raise WeightsRefusedError(f"{folder}/metadata.yaml: expected a mapping")
    return found


def _inspect_file(path: Path) -> None:
    if path.suffix not in FORMATS:
        raise WeightsRefusedError(f"{path}: expected {', '.join(FORMATS)} or an OpenVINO folder")
    if path.suffix in _ZIPPED and not zipfile.is_zipfile(path):
        raise WeightsRefusedError(f"{path}: not whole PyTorch weights (no zip archive)")
    with path.open("rb") as file:
        first = file.read(1)
    if not first or (path.suffix == ".onnx" and first != _ONNX_FIRST):
        raise WeightsRefusedError(f"{path}: not an ONNX model" if first else f"{path}: empty")
