"""The keeper's threads: they write while this engine leads, say how it is, and never hold anybody up."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mall.history import keeper as keeping
from mall.history.keeper import HistoryKeeper, SteadyFor
from mall.history.status import HistoryStatus
from tests.mall.history.scene import Mall


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mall:
    monkeypatch.setattr(keeping, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(keeping, "WRITE_EVERY_S", 0.1)
    monkeypatch.setattr(keeping, "RETRY_S", 0.05)
    monkeypatch.setattr(keeping, "FIRST_EVERY_S", 0.05)
    return Mall(tmp_path)


def wait_until(is_so: Callable[[], bool], timeout_s: float = 10.0) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def started(mall: Mall) -> HistoryKeeper:
    keeper = HistoryKeeper(mall.site, mall.store, mall.root, first_after_s=0.0)
    keeper.start()
    return keeper


def status(mall: Mall) -> HistoryStatus | None:
    text = mall.store.read_history_status()
    return None if text is None else HistoryStatus.from_json(text)


def test_it_writes_only_while_this_engine_leads(mall: Mall) -> None:
    mall.live(5)
    keeper = started(mall)
    time.sleep(0.3)
    assert not mall.root.exists()
    assert status(mall) is None
    keeper.lead(leads=True)
    wait_until(lambda: bool(mall.folder.files("minutes")))
    wait_until(lambda: (found := status(mall)) is not None and found.newest == max(mall.written))
    keeper.close()


def test_closing_writes_what_there_is(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "WRITE_EVERY_S", 3600.0)
    mall.live(5)
    keeper = started(mall)
    keeper.lead(leads=True)
    wait_until(lambda: bool(mall.folder.files("minutes")))
    mall.live(3)
    keeper.close()
    mall.begin()
    table_minutes = {row.at for row in _minutes(mall)}
    assert table_minutes == set(mall.written)


def _minutes(mall: Mall) -> list:  # type: ignore[type-arg]
    from mall.history.stored import History

    return History(mall.root).zone_minutes(["hall"], min(mall.written), max(mall.written) + 60)


def test_a_full_disk_is_told_and_over_once_there_is_room(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    full = threading.Event()
    full.set()
    real = keeping.os.write

    def write(handle: int, data: bytes) -> int:
        if full.is_set():
            raise OSError(28, "No space left on device")
        return real(handle, data)

    monkeypatch.setattr("mall.history.files.os.write", write)
    mall.live(5)
    keeper = started(mall)
    keeper.lead(leads=True)
    wait_until(lambda: (found := status(mall)) is not None and found.problem == "disk-full")
    full.clear()
    wait_until(lambda: (found := status(mall)) is not None and found.problem == "" and found.newest is not None)
    keeper.close()


def test_a_disk_that_is_nearly_full_is_told_before_anything_fails(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LOW_BYTES", 2**62)
    keeper = started(mall)
    keeper.lead(leads=True)
    wait_until(lambda: (found := status(mall)) is not None and found.problem == "disk-full")
    assert "left on the disk" in (status(mall) or HistoryStatus(None, 0.0)).reason
    keeper.close()


def test_a_hanging_disk_is_told_and_holds_up_nobody(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(keeping, "SLOW_AFTER_S", 0.1)
    monkeypatch.setattr(keeping, "LAST_WRITE_S", 0.1)
    monkeypatch.setattr("mall.history.files.os.fsync", lambda _handle: release.wait(10))
    mall.live(5)
    keeper = started(mall)
    keeper.lead(leads=True)
    wait_until(lambda: (found := status(mall)) is not None and found.problem == "working")
    before = time.monotonic()
    keeper.close()
    assert time.monotonic() - before < 1.0
    release.set()


def test_a_pass_that_fails_for_any_reason_does_not_end_the_thread(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object) -> None:
        raise RuntimeError("never seen before")

    with monkeypatch.context() as patched:
        patched.setattr("mall.history.taking.Taker.take", broken)
        assert mall.work.turn() == keeping.RETRY_S
    assert mall.work.problem == ("write-failed", "RuntimeError: never seen before")
    mall.work.turn()
    assert mall.work.problem == ("", "")


def test_a_clock_is_steady_after_an_hour_without_a_step() -> None:
    steady = SteadyFor(3600.0)
    assert not steady.is_steady(1000.0, 0.0)
    assert not steady.is_steady(4599.0, 3599.0)
    assert steady.is_steady(4602.0, 3600.0)
    assert not steady.is_steady(9000.0, 4000.0)  # a step of more than an hour
    assert not steady.is_steady(12_000.0, 7000.0)
    assert steady.is_steady(12_600.0, 7600.0)


def test_a_clock_that_stood_ahead_and_was_set_right_loses_no_minute_of_the_true_time(mall: Mall) -> None:
    mall.live(5)
    mall.work.turn()
    mall.clock.now += 6 * 3600
    mall.live(5)
    mall.work.turn()
    mall.clock.now -= 6 * 3600
    for _ in range(3):
        mall.live(5)
        mall.work.turn()
    assert len(mall.written) == 25
    assert {row.at for row in _minutes(mall)} == set(mall.written)
