import random
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from mall.config import Site
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


def test_co2_passes_its_limit_now_and_then_long_enough_for_a_rule() -> None:
    sensor = Sensor(id="co2", kind="co2", high=1000)
    above = [plausible_value(sensor, float(second), random.Random(second)) > 1000 for second in range(420)]
    first, count = above.index(True), sum(above)
    assert 30 < first < 120
    assert 60 <= count <= 120
    assert not any(above[250:])


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
