"""Recorded boxes: JSON lines ``{"camera", "frame", "t", "boxes": [[x1, y1, x2, y2, confidence], …]}``."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from vision.detections import Detections
from vision.frames import SourceRefusedError

LARGEST = 2**53  # number of a frame; beyond it not every whole number has a float of its own


@dataclass(frozen=True, slots=True, eq=False)
class BoxLine:
    """One line: what one camera saw at one instant of the cameras' common clock."""

    camera: str
    frame: int
    t: float
    boxes: Detections


def read_boxes(path: Path) -> Iterator[BoxLine]:
    """Yield the lines of a file of recorded boxes.

    Raises:
        SourceRefusedError: naming the file that cannot be read, or the line that is wrong: not JSON, a key
            missing, NaN, a box inside out.

    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if raw.strip():
                    yield _read_line(raw, f"{path}:{number}")
    except OSError as exc:
        raise SourceRefusedError(f"{path}: {exc.strerror}") from exc


def _read_line(raw: bytes, place: str) -> BoxLine:
    try:
        return _box_line(json.loads(raw.decode("utf-8")))
    except (ValueError, TypeError, OverflowError) as exc:
        raise SourceRefusedError(f"{place}: {exc}") from exc
    except KeyError as exc:
        raise SourceRefusedError(f"{place}: no key {exc}") from exc
    except RecursionError as exc:
        raise SourceRefusedError(f"{place}: too deeply nested") from exc


def _box_line(row: dict[str, Any]) -> BoxLine:
    t, frame = float(row["t"]), row["frame"]
    if not np.isfinite(t):
        raise ValueError("expected a finite t")
    if isinstance(frame, bool) or not isinstance(frame, int | float) or not abs(frame) < LARGEST or frame != int(frame):
        raise ValueError(f"frame: expected a whole number, got {frame!r:.40}")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and that is refused
        return BoxLine(str(row["camera"]), int(frame), t, Detections.from_rows(row["boxes"]))


_reading = Lock()


def _shared_lines(path: Path) -> tuple[BoxLine, ...]:
    """Return a file's lines, read once for all the cameras that it speaks of."""
    status = path.stat()
    with _reading:
        return _remembered_lines(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _remembered_lines(path: Path, _changed_ns: int, _size: int) -> tuple[BoxLine, ...]:
    return tuple(read_boxes(path))


class BoxRecording:
    """The lines of one camera; its time runs on the clock common to every camera of the file.

    Attributes:
        extent: (width, height) px that the boxes reach, at least.

    """

    short_of: int | None = None

    def __init__(self, path: Path, camera: str) -> None:
        self.path = path
        lines = _shared_lines(path)
        mine = sorted((line for line in lines if line.camera == camera), key=lambda line: line.t)
        if not mine:
            known = ", ".join(sorted({line.camera for line in lines})) or "none"
            raise SourceRefusedError(f"{path}: no boxes of camera {camera!r} (cameras: {known})")
        instants = np.unique([line.t for line in lines])
        self._start = float(instants[0])
        period = float(np.median(np.diff(instants))) if len(instants) > 1 else 1.0
        self._times = np.array([line.t for line in mine]) - self._start
        self._boxes = [line.boxes for line in mine]
        self.count = len(mine)
        corners = np.concatenate([boxes.xyxy.reshape(-1, 2) for boxes in self._boxes] + [np.ones((1, 2), np.float32)])
        self.extent = (int(np.ceil(corners[:, 0].max())), int(np.ceil(corners[:, 1].max())))
        self.duration_s = float(instants[-1]) - self._start + period

    def time_of(self, index: int) -> float:
        """Return seconds from the first instant of any camera in the file."""
        return float(self._times[index])

    def index_at(self, t: float) -> int:
        """Return the line that holds at ``t`` seconds; the first, before it."""
        return max(0, int(np.searchsorted(self._times, t + 1e-6, side="right")) - 1)

    def read(self, index: int) -> Detections | None:
        """Return the boxes of a line, or None after the last."""
        return self._boxes[index] if index < self.count else None

    def close(self) -> None:
        """Do nothing: the file was read at once."""
