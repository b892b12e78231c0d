"""A small mall's whole web process for the tests in a browser, and a hand that writes into its store."""

import shutil
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from mall.doubts import Doubt
from mall.errors import StoreError
from mall.flows import LevelFlow, ZoneFlow
from mall.models import Advisory, CameraStatus, LevelSnapshot, MinuteRow, SensorReading, Totals, ZoneReading
from mall.store import MemoryStore
from mall.web.application import create_app
from tests.mall.web.small_site import DOOR, SITE, write_site

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS = 20_000
sync_api.expect.set_options(timeout=WAIT_MS)  # the default of 5 s is a matter of luck on a busy machine
FACTS = {
    "value": 1.8, "high": 1.9, "limit": 1.75, "unit": "p/m²", "people": 648, "band": [640, 655], "on_delay_s": 10.0,
    "source": "Weidmann", "coverage": 1.0,
}  # fmt: skip


class FailingStore(MemoryStore):
    """A store that can be told to be silent."""

    is_silent = False

    def read_statuses(self) -> dict[str, CameraStatus]:
        if self.is_silent:
            raise StoreError("silent")
        return super().read_statuses()


class Mall:
    """The whole web process on a port of its own, and a hand that writes into its store."""

    def __init__(self, folder: Path, toml: str = SITE, *, more: Sequence[dict[str, Any]] = ()) -> None:
        self.store, self.seq, self.people = FailingStore(), 0, 24
        self.sensors: dict[tuple[str, str], float] = {}  # (device, sensor) -> value; written at every tick
        self.plaza_at: float | None = None  # when the plaza was seen last
        self.flow_zones: dict[str, ZoneFlow] = {}
        self.moves: tuple[tuple[str, str, int], ...] = ()
        self.more = [feature["properties"]["id"] for feature in more]  # zones with as many people as the hall
        self.message = ""  # what the camera's worker says
        self.card: dict[str, Any] | None = None  # of its head counts
        self.doubts: tuple[Doubt, ...] = ()
        self.is_behind = self.is_idle = False
        self.since = self.store.time() - 3600
        self.paused = threading.Event()
        self.site = write_site(folder, [DOOR, *more], toml=toml)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.exercise = MemoryStore()
        app = create_app(self.site, self.store, {}, exercise=self.exercise)
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        self.stop = threading.Event()
        self.threads = [
            threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}),
            threading.Thread(target=self._write),
        ]

    def _write(self) -> None:
        while not self.stop.wait(0.25):
            if not self.paused.is_set():
                self.tick()

    def tick(self) -> None:
        now = self.store.time()
        self.seq += 1
        area = self.site.plan.area_m2("hall")
        hall = ZoneReading(
            "hall", self.people, (self.people - 1, self.people + 1), self.people / area, "A", "free", 0,
            observed_at=now, received_at=now, lag_s=0.2, period_s=0.2, seq=self.seq, epoch="e", coverage=0.97,
            source="recorded", cameras=("hall-cam",),
        )  # fmt: skip
        zones = {"hall": hall} | {zone: replace(hall, zone=zone) for zone in self.more}
        if self.plaza_at is not None:
            seen = {"zone": "plaza", "observed_at": self.plaza_at, "received_at": self.plaza_at}
            zones["plaza"] = replace(hall, **seen)
        snapshot = LevelSnapshot(
            level="1f", epoch="e", seq=self.seq, at=now, zones=zones, dots=[[5.0, 5.0], [9.0, 6.0]],
            recent={"door": (7, 5)}, frames={"hall-cam": (now, 0.2, 0.2)}, watched={"door": (now, 0.2, 0.2)},
        )  # fmt: skip
        self.store.write_snapshot(snapshot, line_delta={}, token=None)
        self.store.write_flow(LevelFlow("1f", now, self.flow_zones, {"door": (1.5, 0.5)}, self.moves))
        self.store.write_totals(Totals(40, 16, 24, self.since))
        self.store.publish_status(
            CameraStatus(
                "hall-cam", "1f", "recorded", "running", "e", self.seq, 0.2, 5.0, 0.3, self.seq, self.seq, 0,
                self.people, "people-n", "unproven", footprint=[[0, -20], [30, -20], [30, 12], [0, 12]],
                position=[2, 2], message=self.message, card=self.card, doubts=self.doubts, rate_wanted=8.0,
                behind=self.is_behind, idle=self.is_idle,
            )
        )  # fmt: skip
        for device in {device for device, _ in self.sensors}:
            readings = [
                SensorReading(device, sensor, value, self.seq, now, now, simulated=True)
                for (of, sensor), value in self.sensors.items()
                if of == device
            ]
            self.store.accept_readings(device, self.seq, readings)

    def raise_advisory(self, rule: str = "density-walkway", **changes: Any) -> Advisory:
        now = self.store.time()
        values = {"place": "hall", "severity": "act", "facts": FACTS} | changes
        advisory = Advisory(
            id=f"{rule}:{values['place']}:{round(now * 1000)}", rule=rule, level="1f", status="new", raised_at=now,
            updated_at=now, **values,
        )  # fmt: skip
        assert self.store.put_advisory(advisory, None)
        return advisory

    def resolve_all(self) -> None:
        for advisory in self.store.advisories(active_only=True):
            self.store.put_advisory(
                advisory.changed(status="resolved", resolved_at=self.store.time()), advisory.version
            )

    def __enter__(self) -> "Mall":
        start = int(time.time() // 60) * 60
        for minute in range(30, 0, -1):
            self.store.append_minute("1f", start - 60 * minute, [MinuteRow("hall", 20.0, 25, 1.0, 0, 0)])
        self.tick()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.server.should_exit = True
        for thread in self.threads:
            thread.join(10)
        self.socket.close()


def is_ours(url: str, mall: Mall) -> bool:
    """Tell whether a request stays here."""
    return url.startswith((mall.url, "data:", "blob:"))


def row(page: Any, zone: str) -> Any:
    """Return a zone's row of the table."""
    return page.locator(f'#zone-rows tr[data-zone="{zone}"]')


def see(locator: Any, text: str) -> None:
    """Wait until an element says something."""
    sync_api.expect(locator).to_contain_text(text, timeout=WAIT_MS)
