"""Turn trained weights into what cameras load: OpenVINO, int8, its ranges taken from the site's own pictures."""

import contextlib
import importlib.util
import io
import logging
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vision.detector import WeightsRefusedError
from vision.distill.shelf import Shelf
from vision.quantise import quantise
from vision.ultralytics_detector import export_openvino

MOST_PICTURES = 60
"""From which the ranges are taken; more change nothing that could be measured."""


def require_quantiser() -> None:
    """Refuse to begin what could not be finished.

    Raises:
        WeightsRefusedError: NNCF, which only distilling needs, is not installed.

    """
    if importlib.util.find_spec("nncf") is None:
        raise WeightsRefusedError("distill needs the package nncf: .venv/bin/pip install 'nncf>=3,<4'")


def export_int8(weights: Path, shelf: Shelf, target: Path, *, name: str, size: int) -> None:
    """Write ``NAME.pt`` and the int8 model ``NAME.xml``, ``NAME.bin``, ``metadata.yaml`` into a folder.

    Args:
        weights: trained, ``.pt``.
        shelf: pictures of the site; those trained on give the ranges.
        target: folder, replaced where it is there.
        name: of the model.
        size: longer side of the network's picture, px.

    """
    copy = shelf.folder / f"{name}.pt"
    shutil.copyfile(weights, copy)
    pictures = shelf.pictures("train")
    chosen = np.linspace(0, len(pictures) - 1, min(MOST_PICTURES, len(pictures))).astype(int)
    shutil.rmtree(target, ignore_errors=True)
    with _quiet():
        exact = export_openvino(copy, size)
        quantise(exact, [shelf.read(pictures[index]) for index in chosen], target)
    shutil.copyfile(copy, target / copy.name)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the vendors' bars, words on every layer and warnings about their own code from people."""
    for name in ("nncf", "torch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
