"""A memory that is not written is an advisory within seconds, and ends by itself."""

import threading

from mall.engine import Engine, run_engine
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from tests.mall.scene import Clock, site

FULL = ("disk-full", "No space left on device: /state/history")


def test_a_full_disk_is_an_advisory_within_seconds_and_ends_with_room() -> None:
    clock = Clock()
    store, mall, said = MemoryStore(clock=clock), site(), [("", "")]
    engine = Engine(mall, store, memory=lambda: said[-1])

    def run(seconds: float) -> list[dict[str, object]]:
        for _ in range(round(seconds * 4)):
            clock.now += 0.25
            engine.tick()
        return [row for row in read_operator_view(mall, store)["advisories"] if row["rule"] == "memory-stopped"]

    assert run(5) == []
    said.append(FULL)
    [advisory] = run(3)
    assert advisory["severity"] == "warn"
    assert advisory["title"] == {"en": "History: not written", "ja": "履歴：記録停止"}
    assert advisory["why"]["en"].startswith("The disk is full: No space left on device")  # type: ignore[index]
    said.append(("", ""))
    assert run(12) == []


def test_an_engine_without_a_memory_says_nothing_of_it() -> None:
    clock = Clock()
    store, mall = MemoryStore(clock=clock), site()
    engine = Engine(mall, store)
    for _ in range(40):
        clock.now += 0.25
        engine.tick()
    assert store.advisories() == []


class Recorder:
    """Stands where the keeper does, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_leading = threading.Event()

    def lead(self, *, leads: bool) -> None:
        self.told.append(f"leads {leads}")
        self.is_leading.set()

    def problem(self) -> tuple[str, str]:
        return "", ""

    def close(self) -> None:
        self.told.append("closed")


def test_the_memory_is_written_by_the_engine_that_leads_and_closed_before_it_hands_over() -> None:
    store, stop = MemoryStore(), threading.Event()
    second, first = Recorder(), Recorder()
    store.acquire_lead("another", 60.0)
    waiting = threading.Thread(target=run_engine, args=(site(), store, stop, second))
    waiting.start()
    assert not second.is_leading.wait(0.3)
    stop.set()
    waiting.join(5)
    assert "leads True" not in second.told

    store.release_lead("another")
    stop = threading.Event()
    leading = threading.Thread(target=run_engine, args=(site(), store, stop, first))
    leading.start()
    assert first.is_leading.wait(5)
    stop.set()
    leading.join(5)
    assert first.told[:2] == ["leads True", "closed"]
