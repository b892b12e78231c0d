"""Recordings of pictures: a video file, or a folder of images in name order."""

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from vision.capture import open_file
from vision.container import counts_frames
from vision.detections import Detections
from vision.detector import Image
from vision.frames import SourceRefusedError

DEFAULT_FPS = 10.0
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
TOLERATED_SHARE = 0.01  # of the stated frames, and one in any case: containers count a little wrongly
_SEEK_BEYOND = 300


class Recording(Protocol):
    """Something that can be read from its start, forwards, leaving frames out.

    Attributes:
        path: the file or folder.
        count: frames in it, as far as is known; what turns out to be less while it is read, becomes less.
        short_of: the frames that its container promises, where reading ended well before them; else None.

    """

    path: Path
    count: int
    short_of: int | None

    @property
    def duration_s(self) -> float:
        """Return how long it lasts when replayed."""
        ...

    def time_of(self, index: int) -> float:
        """Return seconds from the start."""
        ...

    def index_at(self, t: float) -> int:
        """Return the frame shown at ``t`` seconds."""
        ...

    def read(self, index: int) -> Image | Detections | None:
        """Return a frame; None where it turns out that there is none. Going back starts anew."""
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


class _Regular:
    """Recordings of a constant rate."""

    short_of: int | None = None

    def __init__(self, path: Path, count: int, fps: float) -> None:
        self.path = path
        self.count = count
        self.fps = fps

    @property
    def duration_s(self) -> float:
        """Return how long it lasts when replayed."""
        return self.count / self.fps

    def time_of(self, index: int) -> float:
        """Return seconds from the start."""
        return index / self.fps

    def index_at(self, t: float) -> int:
        """Return the frame shown at ``t`` seconds."""
        return min(int(t * self.fps + 1e-6), self.count - 1)

    def close(self) -> None:
        """Let the file go."""


class FolderRecording(_Regular):
    """The images of a folder in name order; unreadable ones are refused by name."""

    def __init__(self, folder: Path, fps: float | None) -> None:
        self._paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        if not self._paths:
            raise SourceRefusedError(f"{folder}: no images in this folder")
        super().__init__(folder, len(self._paths), fps or DEFAULT_FPS)

    def read(self, index: int) -> Image | None:
        """Return a frame (H, W, 3), or None after the last."""
        if index >= self.count:
            return None
        image = cv2.imread(str(self._paths[index]), cv2.IMREAD_COLOR)
        if image is None:
            raise SourceRefusedError(f"{self._paths[index]}: not a readable image")
        return np.asarray(image, dtype=np.uint8)


class VideoRecording(_Regular):
    """A video file; its own frame rate may be overruled, containers are often wrong."""

    def __init__(self, path: Path, fps: float | None) -> None:
        self._path = path
        self._reader = self._open()
        own = self._reader.get(cv2.CAP_PROP_FPS)
        self._own_fps = own if 0 < own <= 240 else DEFAULT_FPS
        stated = int(self._reader.get(cv2.CAP_PROP_FRAME_COUNT))
        self._next = 0
        self._at_s = 0.0
        super().__init__(path, stated if stated > 0 else self._counted(), fps or self._own_fps)

    def _open(self) -> cv2.VideoCapture:
        reader = open_file(self._path)
        if not reader.isOpened():
            raise SourceRefusedError(f"{self._path}: not a readable video")
        return reader

    def _restart(self) -> None:
        if not self._reader.set(cv2.CAP_PROP_POS_FRAMES, 0):
            self._reader.release()
            self._reader = self._open()
        self._next = 0

    def _counted(self) -> int:
        """Count the frames that can be read."""
        self._restart()
        count = 0
        while self._reader.grab():
            self._at_s = self._reader.get(cv2.CAP_PROP_POS_MSEC) / 1000
            count += 1
        self._restart()
        if not count:
            raise SourceRefusedError(f"{self._path}: no frame could be read")
        return count

    def read(self, index: int) -> Image | None:
        """Return a frame (H, W, 3), or None after the last; frames left out are not converted."""
        if index < self._next:
            self._restart()
        if index - self._next > _SEEK_BEYOND and self._reader.set(cv2.CAP_PROP_POS_FRAMES, index):
            self._next = index
        while self._next < index:
            if not self._reader.grab():
                self._end_at(index)
                return None
            self._next += 1
        grabbed, image = self._reader.read()
        if not grabbed or image is None:
            self._end_at(index)
            return None
        self._next += 1
        self._at_s = self._reader.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return np.asarray(image, dtype=np.uint8)

    def _end_at(self, index: int) -> None:
        """Take note that there are fewer frames than stated: from now on the recording is as long as it can be read."""
        stated = self.count
        if index >= stated:
            return
        tolerance = max(1, int(TOLERATED_SHARE * stated))
        if stated - index <= tolerance:
            self.count = max(1, index)
            return
        self.count = self._counted()
        if stated - self.count > tolerance and (counts_frames(self._path) or not self._reaches_the_end(stated)):
            self.short_of = stated

    def _reaches_the_end(self, stated: int) -> bool:
        lasts_s = stated / self._own_fps
        return self._at_s + 1 / self._own_fps >= lasts_s - max(1.0, TOLERATED_SHARE * lasts_s)

    def close(self) -> None:
        """Let the file go."""
        self._reader.release()
