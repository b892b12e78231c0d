"""What both peers share: arguments, silence of the vendors, the figures they print."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2

from vision.quiet import silence_vendors

silence_vendors()  # before a peer imports a vendor
PERSON = 0


@dataclass
class Run:
    """Frames of a film until a limit; the clock starts after the first, which warms up."""

    video: Path
    weights: Path
    limit: int
    counts: list[int] = field(default_factory=list)
    began: float = 0.0
    cpu: float = 0.0

    def picture_region(self) -> list[tuple[int, int]]:
        """Return the whole picture as a polygon, so that everybody in it counts."""
        film = cv2.VideoCapture(str(self.video))
        width, height = (int(film.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        film.release()
        return [(0, 0), (width, 0), (width, height), (0, height)]

    def frames(self) -> Iterator[object]:
        """Yield pictures (H, W, 3)."""
        film = cv2.VideoCapture(str(self.video))
        while len(self.counts) < self.limit:
            grabbed, picture = film.read()
            if not grabbed:
                break
            yield picture
        film.release()

    def note(self, count: int) -> None:
        """Book a frame."""
        self.counts.append(int(count))
        if len(self.counts) == 1:
            self.began, self.cpu = time.perf_counter(), time.process_time()

    def tell(self) -> None:
        """Print what ``bench peers`` reads."""
        frames = len(self.counts) - 1
        seconds, cpu = time.perf_counter() - self.began, time.process_time() - self.cpu
        print(json.dumps({"fps": frames / seconds, "cpu_ms": 1000 * cpu / frames, "counts": self.counts}))


def parsed() -> Run:
    """Return the run that the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("limit", type=int)
    given = parser.parse_args()
    return Run(given.video, given.weights, given.limit)
