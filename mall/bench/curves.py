"""``bench curves``: how the cost of a second of mall grows with cameras, people and zones, without inference.

Recorded boxes of people who walk go the whole way: tracked and placed by the very path of a worker, written to the
store's twin in memory, fused and read by the engine four times a second, told as the operator's view once a second.
A camera always sees 20 x 20 m of its own. The exponent is the slope of log cost over log size: 1 is linear.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from mall.bench.layouts import Walkers, camera_row, grid_plan
from mall.cameras.camera_path import CameraPath
from mall.cameras.eye import Eye
from mall.cameras.eye_status import status_of
from mall.config import Site
from mall.engine import Engine
from mall.models import pack
from mall.site_file import SiteFile
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from vision.frames import Frame

SECONDS, WARM_UP_S = 4, 1
RATE = 5
TICKS = 4
SIZES: dict[str, tuple[dict[str, int], ...]] = {
    "cameras": tuple({"cameras": n, "people": 20 * n, "zones": 100} for n in (1, 2, 4, 8, 16)),
    "people": tuple({"cameras": 8, "people": n, "zones": 100} for n in (50, 100, 200, 350, 500)),
    "zones": tuple({"cameras": 8, "people": 160, "zones": n} for n in (30, 60, 120, 200, 300)),
}
EPOCH_S = 1_800_000_000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time in ms that one second takes: of the workers, the engine, and telling it."""

    worker: float
    engine: float
    view: float

    @property
    def all(self) -> float:
        """Return the sum."""
        return self.worker + self.engine + self.view


class Mall:
    """Cameras, engine and view of a made-up mall on one clock that is moved by hand."""

    def __init__(self, *, cameras: int, people: int, zones: int) -> None:
        self.now = EPOCH_S
        self._began = time.monotonic()
        self.site = _site(cameras, zones)
        self.store = MemoryStore(clock=lambda: self.now)
        self.eyes = [
            Eye(camera, CameraPath(camera, rate=RATE), epoch="bench", notify=lambda: None)
            for camera in self.site.cameras
        ]
        self.walkers = [Walkers(-(-people // cameras), seed) for seed in range(cameras)]
        self.engine = Engine(self.site, self.store)
        self._frame = 0

    def second(self) -> Cost:
        """Let one second pass and return what it cost."""
        worker = engine = view = 0.0
        for step in range(RATE * TICKS):
            self.now += 1 / (RATE * TICKS)
            if step % TICKS == 0:
                worker += _spent(self._look)
            if step % RATE == 0:
                engine += _spent(self.engine.tick)
        view += _spent(lambda: pack(read_operator_view(self.site, self.store)))
        return Cost(worker * 1000, engine * 1000, view * 1000)

    def _look(self) -> None:
        captured_at = self._began + self.now - EPOCH_S
        for eye, walkers in zip(self.eyes, self.walkers, strict=True):
            eye.feed.mailbox.put(Frame(self._frame, self.now - EPOCH_S, captured_at, walkers.boxes(1 / RATE)))
            eye.look()
            points = eye.finish(EPOCH_S - self._began)
            if points is None:
                raise RuntimeError(f"{eye.camera.id}: {eye.trouble or 'a frame was not looked at'}")
            self.store.publish_points(points)
            if self._frame % RATE == 0:
                self.store.publish_status(status_of(eye, captured_at))
        self._frame += 1


def _spent(call: Any) -> float:
    before = time.thread_time()
    call()
    return time.thread_time() - before


def _site(cameras: int, zones: int) -> Site:
    across = ceil(sqrt(cameras))
    head = {"id": "curves", "name": "Curves"}
    rows = [camera_row(number, across, rate=RATE) for number in range(cameras)]
    return Site(Path("/nowhere"), SiteFile.model_validate({"site": head, "camera": rows}), grid_plan(zones))


def measure(size: dict[str, int]) -> Cost:
    """Return the median second of a mall of a size."""
    mall = Mall(**size)
    seconds = [mall.second() for _ in range(WARM_UP_S + SECONDS)][WARM_UP_S:]
    return sorted(seconds, key=lambda cost: cost.all)[SECONDS // 2]


def exponent(sizes: list[int], costs: list[float]) -> float:
    """Return the slope of log cost over log size by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def run() -> None:
    """Print a table in Markdown; its last line is ``cameras_exponent X people_exponent Y zones_exponent Z``."""
    found = []
    for name, sizes in SIZES.items():
        costs = [measure(size) for size in sizes]
        for line in _table(name, sizes, costs):
            print(line)
        found.append(f"{name}_exponent {exponent([size[name] for size in sizes], [cost.all for cost in costs]):.2f}")
    print(" ".join(found))


def _table(name: str, sizes: tuple[dict[str, int], ...], costs: list[Cost]) -> Iterator[str]:
    fixed = ", ".join(f"{size} {key}" for key, size in sizes[0].items() if len({row[key] for row in sizes}) == 1)
    if name == "cameras":
        fixed += ", 20 people a camera"
    yield f"| {name} ({fixed}) | worker ms | engine ms | view ms | all, ms a second | |"
    yield "|---|---|---|---|---|---|"
    most = max(cost.all for cost in costs)
    for size, cost in zip(sizes, costs, strict=True):
        bar = "█" * max(1, round(24 * cost.all / most))
        yield f"| {size[name]} | {cost.worker:.1f} | {cost.engine:.1f} | {cost.view:.1f} | {cost.all:.1f} | {bar} |"
    yield ""
