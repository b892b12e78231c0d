"""Records of another release: more keys, fewer keys; what is damaged is left out by whoever reads the store."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mall.models import Advisory, CameraStatus, LevelSnapshot, PointFrame, SensorReading
from mall.store.embedded import EmbeddedStore
from mall.store.records import readable
from mall.store.redis_store import RedisStore, open_redis_store
from tests.mall.store_samples import advisory, frame, snapshot, status

READERS: list[tuple[Callable[[Any], Any], bytes]] = [
    (lambda text: PointFrame.from_json(text).seq, frame().to_json()),
    (lambda text: CameraStatus.from_json(text, received_at=1.0).seq, status().to_json()),
    (lambda text: LevelSnapshot.from_json(text).seq, snapshot().to_json()),
    (lambda text: Advisory.from_json(text).id, advisory().to_json()),
]


@pytest.mark.parametrize(("read", "text"), READERS)
def test_keys_of_a_newer_release_are_passed_over(read: Callable[[Any], Any], text: bytes) -> None:
    newer = json.dumps(json.loads(text) | {"from_the_future": {"deep": [1]}})
    assert read(newer) == read(text)


def test_zones_with_more_and_with_fewer_columns_are_read() -> None:
    row = json.loads(snapshot().to_json())
    row["zones"]["from_the_future"] = [None] * len(row["zones"]["zone"])
    for missing in ("saturated", "unproven", "cameras"):
        del row["zones"][missing]
    zones = LevelSnapshot.from_json(json.dumps(row)).zones
    assert [z.people for z in zones.values()] == [z.people for z in snapshot().zones.values()]
    assert all(z.cameras == () and not z.saturated for z in zones.values())


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"1", b"null", b"{}", b'{"zones": 1}', b"\xff"])
def test_a_damaged_record_is_none(text: bytes) -> None:
    for read, _ in READERS:
        assert readable("record", "one", lambda read=read: read(text)) is None


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisStore]:
    folder: Path = tmp_path_factory.mktemp("state")
    with EmbeddedStore(folder) as server:
        opened = open_redis_store(server.url, "m1")
        yield opened
        opened.close()


def test_one_damaged_record_hides_no_other_and_stops_nobody(store: RedisStore) -> None:
    store.publish_points(frame("good"))
    store.publish_status(status("good"))
    assert store.put_advisory(advisory(), None)
    assert store.accept_reading(SensorReading("kit", "co2", 500.0, 1, 1000.0, 0.0, simulated=False))
    do = store._link.do
    do("XADD", "mall:{m1:1f}:pts", "*", "at", "1000.5", "frame", '{"camera":"bad"}')
    do("HSET", "mall:{m1}:cameras", "bad", f'{store.time()} {{"id":"bad"}}')
    do("HSET", "mall:{m1}:adv", "bad", '1 {"id":"bad","future":1}')
    do("HSET", "mall:{m1}:sensors", "bad", f"{store.time()} []")
    do("SET", "mall:{m1:1f}:snap", '{"level":"1f"}')
    do("SET", "mall:{m1}:totals", "[1]")
    assert [found.camera for _, found in store.read_points("1f")] == ["good"]
    assert list(store.read_statuses()) == ["good"]
    assert [found.id for found in store.advisories()] == [advisory().id]
    assert list(store.sensor_latest()) == [("kit", "co2")]
    assert store.read_snapshot("1f") is None
    assert store.read_live("1f") == {}
    assert store.read_totals().since == 0.0
