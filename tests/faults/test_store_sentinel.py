"""The primary dies, Sentinel promotes the replica: the same address goes on, nothing is counted twice."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mall.errors import StoreError
from mall.store import Store, open_store
from mall.store.client import Link
from mall.store.embedded import find_server
from tests.mall.store_samples import snapshot

pytestmark = pytest.mark.fault


class Node:
    """One server on a port of its own."""

    def __init__(self, folder: Path, config: str, *flags: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        path = folder / f"{self.port}.conf"
        path.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n{config}\n")
        self.process = subprocess.Popen([find_server(), path, *flags], stdout=subprocess.DEVNULL)
        self.link = Link(f"redis://127.0.0.1:{self.port}")
        until(lambda: self.link.do("PING"))

    def close(self) -> None:
        self.link.close()
        self.process.kill()
        self.process.wait()


def until(condition: object, timeout_s: float = 30) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            if condition():  # type: ignore[operator]
                return
        except StoreError:
            pass
        time.sleep(0.02)
    raise AssertionError("the awaited condition never came")


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Node, Node, Node]]:
    with ExitStack() as stack:
        primary = Node(tmp_path, 'save ""')
        stack.callback(primary.close)
        replica = Node(tmp_path, f'save ""\nreplicaof 127.0.0.1 {primary.port}')
        stack.callback(replica.close)
        watch = f"sentinel monitor main 127.0.0.1 {primary.port} 1\nsentinel down-after-milliseconds main 500"
        sentinel = Node(tmp_path, f"{watch}\nsentinel failover-timeout main 3000", "--sentinel")
        stack.callback(sentinel.close)
        until(lambda: b"master_link_status:up" in as_bytes(replica.link.do("INFO", "replication")))
        until(lambda: len(sentinel.link.do("SENTINEL", "REPLICAS", "main")) == 1)
        yield primary, replica, sentinel


def as_bytes(reply: object) -> bytes:
    if isinstance(reply, dict):
        return b"\n".join(f"{name}:{value}".encode() for name, value in reply.items())
    assert isinstance(reply, bytes)
    return reply


def test_failover(nodes: tuple[Node, Node, Node]) -> None:
    primary, replica, sentinel = nodes
    store = open_store(f"redis+sentinel://127.0.0.1:{sentinel.port}/main", "m1")
    assert write(store, 1)
    until(lambda: replica.link.do("EXISTS", "mall:{m1:1f}:lines") == 1)
    primary.process.kill()
    primary.process.wait()
    assert primary.process.returncode < 0
    killed = time.monotonic()
    with pytest.raises(StoreError):
        write(store, 2)
    until(lambda: write(store, 2))
    gap_s = time.monotonic() - killed
    assert write(store, 2)
    assert store.line_totals() == {"door": (2, 0)}
    assert gap_s <= 5
    store.close()


def write(store: Store, seq: int) -> bool:
    return store.write_snapshot(snapshot(seq), line_delta={"door": (1, 0)}, token=None)
