"""The sample mall with an engine and pages on one clock that a test can move, and a camera that says what it must."""

import socket
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn
from numpy.typing import NDArray

from mall.config import Site, load_site
from mall.engine import Engine
from mall.models import CameraStatus, PointFrame
from mall.store import MemoryStore
from mall.web.application import create_app
from tests.stack_process import ROOT

STEP_S = 0.25
LEAP_S = 2.0  # between two pictures while time is moved
START = 1_800_000_000.0
EYE = "landing"  # the camera that stays; it looks down on the foot of the escalators
ARRIVES_EVERY_S, RIDES_FROM_M, LOST_AT_M = 1.5, 56.5, 51.5
ON_DELAY_S = 10.0  # of density on walkways, as docs/rules.md has it


def sample_with_one_camera() -> Site:
    """Return the sample mall as its files say, with the camera of the landing alone: what no camera sees is unknown."""
    found = load_site(ROOT / "sample_footage")
    kept = tuple(camera for camera in found.file.camera if camera.id == EYE)
    file = found.file.model_copy(update={"camera": kept, "popup": (), "contact": ()})
    return Site(Path(found.folder), file, found.plan)


def crowd(n: int, at: float) -> NDArray[np.float64]:
    """Return n places on the landing (6 x 4 m), evenly; all walk in circles of 0.25 m at 0.6 m/s."""
    across = int(np.ceil(np.sqrt(1.5 * max(n, 1))))
    x, y = np.meshgrid(np.linspace(28.4, 33.6, across), np.linspace(49.4, 52.6, -(-max(n, 1) // across)))
    return np.stack([x + 0.25 * np.cos(2.4 * at), y + 0.25 * np.sin(2.4 * at)], axis=-1).reshape(-1, 2)[:n]


def arrivals(at: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return who rides down the escalator and steps off it, one every 1.5 s: lost from sight 1.5 m behind its foot."""
    last = int(at // ARRIVES_EVERY_S)
    numbers = np.arange(max(0, last - 3), last + 1)
    y = RIDES_FROM_M - (at - ARRIVES_EVERY_S * numbers)
    kept = y > LOST_AT_M
    return 1000 + numbers[kept], np.stack([np.full(kept.sum(), 32.9), y[kept]], axis=-1)


class LivedMall:
    """Runs the engine at its own pace in a thread; ``people`` walk about on the landing."""

    def __init__(self) -> None:
        self.now, self.people, self.seq = START, 4, 0
        self.runs = True  # the escalator that feeds the landing
        self.store = MemoryStore(clock=lambda: self.now)
        self.site = sample_with_one_camera()
        self.engine = Engine(self.site, self.store)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = create_app(self.site, self.store, {})
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        self._threads = [
            threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}),
            threading.Thread(target=self._live),
        ]
        self.failure: BaseException | None = None

    def _live(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            with self._lock:
                due = time.monotonic() + STEP_S  # what a move took is not made up for
                try:
                    self._step(STEP_S)
                except BaseException as exc:
                    self.failure = exc
                    return

    def move(self, seconds: float) -> None:
        """Let time pass as fast as it goes, with pictures all the while."""
        with self._lock:
            for _ in range(round(seconds / LEAP_S)):
                self._step(LEAP_S)

    def _step(self, seconds: float) -> None:
        self.now += seconds
        self.seq += 1
        riding, places = arrivals(self.now - START)
        riding, places = (riding, places) if self.runs else (riding[:0], places[:0])
        xy = np.vstack([crowd(self.people, self.now - START), places])
        n, period = len(xy), seconds
        self.store.publish_points(
            PointFrame(
                camera=EYE, level="1f", epoch="w", seq=self.seq, observed_at=self.now - 0.05, lag_s=0.05,
                period_s=period, cut=False, people_raw=n, people=n, band=(n, n), saturated=False,
                track=np.concatenate([np.arange(self.people), riding]), xy=xy, cov=np.tile([0.01, 0.0, 0.01], (n, 1)),
                firm=np.ones(n, dtype=np.bool_),
            )
        )  # fmt: skip
        self.store.publish_status(
            CameraStatus(
                id=EYE, level="1f", source="simulated", condition="running", epoch="w", seq=self.seq,
                period_s=period, rate_fps=1 / period, latency_s=0.05, read=self.seq, processed=self.seq, dropped=0,
                people=n, detector="boxes", fit="exact",
                footprint=[[28, 46], [36, 46], [36, 60], [28, 60]],
            )
        )  # fmt: skip
        self.engine.tick()

    def __enter__(self) -> "LivedMall":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.should_exit = True
        for thread in self._threads:
            thread.join(10)
        self.engine.close()
        self._socket.close()
