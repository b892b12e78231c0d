"""What ends, ends: the twin under a clock of the test's own."""

import pytest

from mall.store import MemoryStore
from tests.mall.store_samples import frame, minute_row, reading, snapshot, status


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(clock=clock)


def test_points_end(store: MemoryStore, clock: Clock) -> None:
    store.publish_points(frame(seq=1))
    clock.now += 4.9
    assert len(store.read_points("1f")) == 1
    clock.now += 5.1
    assert store.read_points("1f") == []
    assert not store.publish_points(frame(seq=1))  # the mark stays


def test_points_are_trimmed_by_the_next(store: MemoryStore, clock: Clock) -> None:
    store.publish_points(frame(seq=1))
    clock.now += 5.0
    store.publish_points(frame(seq=2))
    assert [got.seq for _, got in store.read_points("1f")] == [2]


@pytest.mark.parametrize(("age_s", "kept"), [(24 * 3600 - 1, True), (24 * 3600, False)])
def test_a_day(store: MemoryStore, clock: Clock, age_s: float, kept: bool) -> None:
    store.publish_status(status())
    store.write_snapshot(snapshot(), line_delta={"door": (1, 0)}, token=None)
    store.accept_reading(reading())
    store.append_minute("1f", 60, [minute_row()])
    clock.now += age_s
    assert bool(store.read_statuses()) is kept
    assert (store.read_snapshot("1f") is not None) is kept
    assert bool(store.sensor_latest()) is kept
    assert store.line_totals() == {"door": (1, 0)}
    assert len(store.read_minutes("1f", 0, 1000)) == 1


def test_short_lives(store: MemoryStore, clock: Clock) -> None:
    store.write_heat("1f", b"h")
    store.publish_public(b"p")
    store.write_forecast("1f", b"f")
    store.acquire_lead("a", 5)
    clock.now += 5
    assert store.acquire_lead("b", 5)
    clock.now += 25
    assert (store.read_heat("1f"), store.read_public()) == (None, b"p")
    clock.now += 150
    assert (store.read_public(), store.read_forecast("1f")) == (None, b"f")
    clock.now += 1620
    assert store.read_forecast("1f") is None


def test_trail_is_an_hour(store: MemoryStore, clock: Clock) -> None:
    store.accept_reading(reading(value=1.0, seq=1))
    clock.now += 1800
    store.accept_reading(reading(value=2.0, seq=2))
    clock.now += 1800
    assert [value for _, value in store.sensor_trail("kit-1", "co2")] == [2.0]


def test_clock_is_the_stamp(store: MemoryStore, clock: Clock) -> None:
    store.publish_points(frame())
    assert store.read_points("1f")[0][1].received_at == clock.now == store.time()
