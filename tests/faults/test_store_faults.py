"""The store's server is killed, stopped and orphaned; what is counted stays counted."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mall.errors import StoreError
from mall.models import Totals
from mall.store import Store, open_store
from mall.store.embedded import EmbeddedStore
from tests.mall.store.test_contract import wait_until
from tests.mall.store_samples import advisory, frame, reading, snapshot

pytestmark = pytest.mark.fault


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path) as started:
        yield started


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def counted(store: Store) -> list[object]:
    return [
        store.line_totals(),
        store.read_totals(),
        store.last_seq("c1"),
        store.read_audit(100),
        store.advisories(),
        store.refusals(),
        store.audit_break(),
    ]


def test_killed_server_keeps_what_was_counted(tmp_path: Path) -> None:
    server = EmbeddedStore(tmp_path)
    store = open_store(server.url, "m1")
    for seq in range(1, 51):
        store.publish_points(frame(seq=seq))
        store.write_snapshot(snapshot(seq), line_delta={"door": (2, 1)}, token=None)
        store.append_audit({"n": seq})
    store.write_totals(Totals(9, 4, 5, 1.0))
    store.put_advisory(advisory(), None)
    store.accept_reading(reading(seq=7))
    store.count_refusal("replay")
    before = counted(store)
    assert before[0] == {"door": (100, 50)}
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(server.pid))
    with pytest.raises(StoreError):
        store.ping()
    store.close()
    server.stop()

    with EmbeddedStore(tmp_path) as again:
        store = open_store(again.url, "m1")
        assert counted(store) == before
        assert not store.publish_points(frame(seq=50))
        assert not store.accept_reading(reading(seq=7))
        assert store.write_snapshot(snapshot(50), line_delta={"door": (2, 1)}, token=None)  # repeated, not added
        assert store.line_totals() == {"door": (100, 50)}
        store.close()


def test_revived_server_is_found_at_the_same_address(server: EmbeddedStore) -> None:
    store = open_store(server.url, "m1")
    store.write_snapshot(snapshot(1), line_delta={"door": (2, 1)}, token=None)
    assert not server.revive()
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not server.is_running())
    assert server.revive()
    assert server.pid != killed
    assert store.line_totals() == {"door": (2, 1)}
    store.close()


def test_stopped_server_is_an_error_soon(server: EmbeddedStore) -> None:
    store = open_store(server.url, "m1")
    store.publish_points(frame(seq=1))
    os.kill(server.pid, signal.SIGSTOP)
    try:
        for call in (store.ping, store.time, store.line_totals, lambda: store.publish_points(frame(seq=2))):
            before = time.monotonic()
            with pytest.raises(StoreError):
                call()
            assert 0.5 < time.monotonic() - before < 1.5
    finally:
        os.kill(server.pid, signal.SIGCONT)
    wait_until(lambda: answers(store))
    # The call that timed out may have been applied after all: its repetition is refused or the first, never a second.
    store.publish_points(frame(seq=2))
    assert [got.seq for _, got in store.read_points("1f")] == [1, 2]
    store.close()


def answers(store: Store) -> bool:
    try:
        store.ping()
    except StoreError:
        return False
    return True


def test_hints_come_back_after_a_lost_connection(server: EmbeddedStore) -> None:
    store = open_store(server.url, "m1")
    assert not store.wait_tick(0.05)
    from mall.store.client import Link

    link = Link(server.url)
    assert link.do("CLIENT", "KILL", "TYPE", "pubsub") == 1
    link.close()
    woken = threading.Event()

    def wait() -> None:
        while not store.wait_tick(0.2):
            pass
        woken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    seqs = iter(range(1, 10_000))
    wait_until(lambda: store.publish_points(frame(seq=next(seqs))) and woken.is_set())
    waiter.join(5)
    store.close()


def test_waiting_for_a_dead_store_does_not_spin(server: EmbeddedStore) -> None:
    store = open_store(server.url, "m1")
    store.wait_tick(0.01)
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(server.pid))
    before = time.monotonic()
    assert [store.wait_tick(0.2) for _ in range(3)] == [False] * 3
    assert time.monotonic() - before > 0.55
    store.close()


def test_killed_starter_takes_the_server_with_it(tmp_path: Path) -> None:
    code = "\n".join(
        (
            "from pathlib import Path",
            "from mall.store.embedded import EmbeddedStore",
            f"server = EmbeddedStore(Path({str(tmp_path)!r}))",
            "print(server.pid, server.url, flush=True)",
            "input()",
        )
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        pid, url = starter.stdout.readline().decode().split()
        store = open_store(url, "m1")
        store.write_snapshot(snapshot(1), line_delta={"door": (1, 0)}, token=None)
        store.close()
        assert is_alive(int(pid))
        starter.kill()
    assert starter.returncode == -signal.SIGKILL
    # The next stack may start at once: it waits for the old server's end, and takes its left socket away.
    with EmbeddedStore(tmp_path) as again:
        assert not is_alive(int(pid))
        assert not Path(url.removeprefix("unix://")).exists()
        store = open_store(again.url, "m1")
        assert store.line_totals() == {"door": (1, 0)}
        store.close()


def test_points_are_gone_after_ten_seconds(server: EmbeddedStore) -> None:
    store = open_store(server.url, "m1")
    store.publish_points(frame("c1", 1))
    written = time.monotonic()
    time.sleep(4.5)  # the worst moment for another camera's last frame
    store.publish_points(frame("c2", 1))
    wait_until(lambda: store.read_points("1f") == [], timeout_s=11)
    assert time.monotonic() - written <= 10.0
    store.close()
