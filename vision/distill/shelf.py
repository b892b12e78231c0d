"""The pictures of a run on disk, in the layout that training reads: ``images/PART/…`` with ``labels/PART/…`` beside.

The folder is private (0700), belongs to the run alone and goes with it. Every file is written whole or not at all, so
that a run that was killed goes on where it was.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector import Image

Part = Literal["train", "stop", "held"]
PARTS: tuple[Part, ...] = ("train", "stop", "held")
"""Trained on; watched to end the training; compared on, and seen by neither."""
Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True, order=True)
class Picture:
    """One picture of a camera: its part, its number within the camera, in time order."""

    camera: str
    number: int
    part: Part

    @property
    def name(self) -> str:
        """Return its file name without a suffix."""
        return f"{self.camera}@{self.number:05d}"


class Shelf:
    """Pictures and labels below a folder.

    Args:
        folder: made where it is not there.
        person: index of the class ``person`` in the labels.

    """

    def __init__(self, folder: Path, *, person: int = 0) -> None:
        self.folder = folder
        self._person = person
        kinds = [folder / kind for kind in ("images", "labels")]
        for made in (folder, *kinds, *(kind / part for kind in kinds for part in PARTS)):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)  # with parents alone, these would be anybody's

    def put(self, picture: Picture, image: Image) -> None:
        """Write a picture (H, W, 3) BGR without loss."""
        done, png = cv2.imencode(".png", image)
        if not done:
            raise ValueError(f"{picture.name}: cannot be written as a picture")
        _write(self._image(picture), png.tobytes())

    def has(self, picture: Picture) -> bool:
        """Tell whether a picture is there."""
        return self._image(picture).is_file()

    def pictures(self, *parts: Part, camera: str | None = None) -> list[Picture]:
        """Return the pictures of some parts (all where none is named), by camera and time."""
        found = []
        for part in parts or PARTS:
            for path in (self.folder / "images" / part).glob("*.png"):
                owner, _, number = path.stem.rpartition("@")
                if camera in (None, owner):
                    found.append(Picture(owner, int(number), part))
        return sorted(found)

    def read(self, picture: Picture) -> Image:
        """Return a picture (H, W, 3) BGR.

        Raises:
            ValueError: it is damaged.

        """
        image = cv2.imread(str(self._image(picture)), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"{self._image(picture)}: not a readable picture")
        return np.asarray(image, dtype=np.uint8)

    def put_labels(self, picture: Picture, boxes: Boxes, size: tuple[int, int]) -> None:
        """Write the boxes (N, 4) x1 y1 x2 y2, px, of a picture of (width, height)."""
        scale = np.array([*size, *size], np.float64)
        share = np.clip(boxes / scale, 0.0, 1.0)
        centre, extent = (share[:, :2] + share[:, 2:]) / 2, share[:, 2:] - share[:, :2]
        rows = np.hstack([centre, extent])
        lines = (f"{self._person} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for x, y, w, h in rows)
        _write(self._label(picture), "".join(lines).encode())

    def has_labels(self, picture: Picture) -> bool:
        """Tell whether a picture is labelled, with nobody or with somebody."""
        return self._label(picture).is_file()

    def labels(self, picture: Picture, size: tuple[int, int]) -> Boxes:
        """Return the boxes (N, 4) of a picture of (width, height), px."""
        text = self._label(picture).read_text(encoding="ascii")
        rows = np.array([line.split() for line in text.splitlines()], np.float64).reshape(-1, 5)[:, 1:]
        centre, half = rows[:, :2], rows[:, 2:] / 2
        return np.asarray(np.hstack([centre - half, centre + half]) * [*size, *size], np.float32)

    def _image(self, picture: Picture) -> Path:
        return self.folder / "images" / picture.part / f"{picture.name}.png"

    def _label(self, picture: Picture) -> Path:
        return self.folder / "labels" / picture.part / f"{picture.name}.txt"


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, readable by its owner alone."""
    scratch = path.with_suffix(".part")
    file = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(content)
    scratch.replace(path)
