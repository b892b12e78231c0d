"""The parts of a model that OpenVINO runs: an OpenVINO folder, or one ONNX file; read without loading it."""

import ast
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vision.detector import WeightsRefusedError, person_class
from vision.onnx_header import NotOnnxError, read_onnx_metadata

USUAL_STRIDE, USUAL_SIZE = 32, 640
_TAIL_BYTES = 256


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A detection model on disk.

    Attributes:
        path: its ``*.xml`` or ``*.onnx``; parts: all its files, whose sum is the digest.
        person: index of the class; classes: how many it knows.
        stride: px; made_for: longer side of the pictures it was made for, px.

    """

    path: Path
    parts: tuple[Path, ...]
    person: int
    classes: int
    stride: int
    made_for: int

    @property
    def digest(self) -> str:
        """Return the first 16 digits of the sha256 of all parts."""
        digest = hashlib.sha256()
        for part in self.parts:
            digest.update(part.read_bytes())
        return digest.hexdigest()[:16]


def is_model_file(path: Path) -> bool:
    """Tell whether a path is a folder holding an OpenVINO model, or an ONNX file."""
    return any(path.glob("*.xml")) if path.is_dir() else path.suffix.lower() == ".onnx" and path.is_file()


def read_model_file(path: Path) -> ModelFile:
    """Return the parts of a model for people.

    Args:
        path: a folder with one ``*.xml``, its ``*.bin`` and Ultralytics' ``metadata.yaml``; or an ``*.onnx`` that holds
            the same metadata as its properties.

    Raises:
        WeightsRefusedError: something is missing, cut off, or the model is for another task.

    """
    parts: tuple[Path, ...]
    if path.is_dir():
        parts = _folder_parts(path)
        metadata = _folder_metadata(path)
    else:
        parts, metadata = (path,), _onnx_metadata(path)
    person = person_class(metadata, str(path))
    try:
        stride, sizes = int(metadata.get("stride") or USUAL_STRIDE), metadata.get("imgsz") or USUAL_SIZE
        made_for = int(max(sizes) if isinstance(sizes, list | tuple) else sizes)
    except (TypeError, ValueError) as exc:
        raise WeightsRefusedError(f"{path}: stride or imgsz in its metadata is no number of pixels") from exc
    if not (0 < stride <= made_for):
        raise WeightsRefusedError(f"{path}: expected 0 < stride <= imgsz in its metadata, got {stride} and {made_for}")
    return ModelFile(parts[0], parts, person, len(metadata["names"]), stride, made_for)


def refuse_damaged(model: ModelFile) -> None:
    """Raise WeightsRefusedError where an OpenVINO model lacks its end; an ONNX was read to its end already."""
    if model.path.suffix != ".xml":
        return
    text = model.path.read_bytes()
    if b"<net" not in text[:_TAIL_BYTES] or not text.rstrip().endswith(b"</net>"):
        raise WeightsRefusedError(f"{model.path}: not a whole OpenVINO model")
    spans = re.findall(rb'offset="(\d+)"[^>]*?size="(\d+)"|size="(\d+)"[^>]*?offset="(\d+)"', text)
    needed = max((int(a or d) + int(b or c) for a, b, c, d in spans), default=0)
    have = model.parts[1].stat().st_size
    if have < needed:
        raise WeightsRefusedError(f"{model.parts[1]}: {have} bytes, the model needs {needed}: truncated")


def folder_metadata_file(folder: Path) -> Path:
    """Return where the metadata of an OpenVINO folder stands."""
    return folder / "metadata.yaml"


def _folder_parts(folder: Path) -> tuple[Path, Path]:
    models = sorted(folder.glob("*.xml"))
    if len(models) != 1 or not models[0].with_suffix(".bin").is_file():
        raise WeightsRefusedError(f"{folder}: expected one *.xml with its *.bin, found {len(models)} *.xml")
    return models[0], models[0].with_suffix(".bin")


def _folder_metadata(folder: Path) -> dict[str, Any]:
    path = folder_metadata_file(folder)
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise WeightsRefusedError(f"{folder}: no readable metadata.yaml beside the model: {exc}") from exc
    if not isinstance(found, dict):
        raise WeightsRefusedError(f"{path}: expected a mapping")
    return found


def _onnx_metadata(path: Path) -> dict[str, Any]:
    try:
        found = read_onnx_metadata(path)
    except (NotOnnxError, OSError) as exc:
        raise WeightsRefusedError(f"{path}: not an ONNX model: {exc}") from exc
    if "names" not in found:
        raise WeightsRefusedError(f"{path}: its metadata names no classes; export it with Ultralytics")
    return {key: _literal(text) for key, text in found.items()}


def _literal(text: str) -> Any:
    """Return the value that Ultralytics wrote as Python text, such as ``{0: 'person'}``; else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
