import random
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from mall.advisories.rules import SENSOR_LIMIT
from mall.config import SAMPLE_SITE, Site, load_site
from mall.errors import AddressError
from mall.popups.kit_simulator import DIGITS, plausible_value, run_kit_simulator
from mall.popups.messages import PLAUSIBLE
from mall.site_base import Sensor
from mall.store import MemoryStore
from mall.web.ingest import ingest_router
from tests.mall.web.small_site import write_site

KEYS = {"kit-07": b"7" * 32, "kit-03": b"3" * 32}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return write_site(tmp_path)


@pytest.mark.parametrize("kind", sorted(PLAUSIBLE))
@pytest.mark.parametrize("limits", [(None, None), (10.0, 20.0), (0.0, None), (None, 1.0)])
def test_values_pass_the_door_and_keep_their_digits(kind: str, limits: tuple[float | None, float | None]) -> None:
    sensor = Sensor.model_validate({"id": "s", "kind": kind, "low": limits[0], "high": limits[1]})
    low, high = PLAUSIBLE[kind]
    for second in range(0, 2000, 7):
        value = plausible_value(sensor, float(second), random.Random(second))
        assert low <= value <= high
        assert round(value, DIGITS[kind]) == value


SENSORS = [sensor for popup in load_site(SAMPLE_SITE).popups for sensor in popup.sensor]


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda sensor: f"{sensor.kind}-{sensor.high}")
def test_nothing_of_the_sample_is_beyond_its_limits_for_as_long_as_the_rule_waits(sensor: Sensor) -> None:
    rng, seconds = random.Random(sensor.id), np.arange(0.0, 7200.0, sensor.period_s)
    values = np.array([plausible_value(sensor, at, rng) for at in seconds])
    low, high = (-np.inf if sensor.low is None else sensor.low), (np.inf if sensor.high is None else sensor.high)
    beyond = [len(run) for run in "".join("x" if not low <= v <= high else " " for v in values).split()]
    assert max(beyond, default=0) * sensor.period_s < SENSOR_LIMIT.on_delay_s
    assert bool(beyond) == (sensor.kind == "door")


class Server:
    def __init__(self, site: Site) -> None:
        self.store = MemoryStore()
        app = FastAPI()
        app.include_router(ingest_router(site, self.store, KEYS))
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})


def test_simulated_kits_come_through_the_same_door_and_real_ones_are_left_alone(site: Site) -> None:
    server, stop = Server(site), threading.Event()
    kits = threading.Thread(target=run_kit_simulator, args=(site, server.url, KEYS, stop))
    server.thread.start()
    kits.start()
    try:
        until = time.monotonic() + 15
        while len(server.store.sensor_latest()) < 3 and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        stop.set()
        kits.join(10)
        server.server.should_exit = True
        server.thread.join(10)
        server.socket.close()
    latest = server.store.sensor_latest()
    assert set(latest) == {("kit-07", "co2"), ("kit-07", "temp"), ("kit-07", "door")}
    assert all(reading.simulated for reading in latest.values())
    assert server.store.refusals() == {}
    assert not kits.is_alive()


def test_a_door_that_is_shut_does_not_stop_the_kits(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    stop = threading.Event()
    kits = threading.Thread(target=run_kit_simulator, args=(site, f"http://127.0.0.1:{port}", KEYS, stop))
    kits.start()
    kits.join(0.3)
    assert kits.is_alive()
    stop.set()
    kits.join(10)
    assert not kits.is_alive()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1", "127.0.0.1:8050", ""])
def test_only_http_addresses_are_posted_to(site: Site, address: str) -> None:
    with pytest.raises(AddressError):
        run_kit_simulator(site, address, KEYS, threading.Event())


def test_without_a_simulated_kit_it_ends_at_once(site: Site) -> None:
    file = site.file.model_copy(update={"popup": tuple(p for p in site.popups if not p.simulated)})
    run_kit_simulator(Site(site.folder, file, site.plan), "http://127.0.0.1:9", {}, threading.Event())
