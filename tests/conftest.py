"""What tests of several layers share: a real store server."""

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from mall.errors import StoreError
from mall.store.client import Link
from mall.store.embedded import EmbeddedStore, find_server


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """Start a real server once; every test takes a site id of its own."""
    with EmbeddedStore(tmp_path_factory.mktemp("state")) as server:
        yield server


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a cluster of one node: it refuses a script whose keys lie in different slots, as a large one does."""
    folder = tmp_path_factory.mktemp("cluster")
    with socket.socket() as probe, socket.socket() as bus_probe:
        probe.bind(("127.0.0.1", 0))
        bus_probe.bind(("127.0.0.1", 0))
        port, bus = probe.getsockname()[1], bus_probe.getsockname()[1]
    options = {"port": port, "cluster-port": bus, "bind": "127.0.0.1", "dir": folder, "save": "", "loglevel": "warning"}
    options |= {"cluster-enabled": "yes", "cluster-config-file": "nodes.conf", "cluster-announce-ip": "127.0.0.1"}
    command = [str(find_server()), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield _whole_cluster(port)
        process.terminate()


def _whole_cluster(port: int) -> str:
    node = Link(f"redis://127.0.0.1:{port}")
    end = time.monotonic() + 20
    given = False
    while time.monotonic() < end:
        try:
            given = given or bool(node.do("CLUSTER", "ADDSLOTSRANGE", 0, 16383))
            if b"cluster_state:ok" in node.do("CLUSTER", "INFO"):
                node.close()
                return f"redis+cluster://127.0.0.1:{port}"
        except StoreError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the cluster of one node on port {port} never became whole")
