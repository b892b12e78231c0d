"""``bench store``: what a tick and a kept minute cost on the embedded store."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mall.models import LevelSnapshot, MinuteRow, PointFrame, ZoneReading
from mall.store.embedded import EmbeddedStore
from mall.store.redis_store import RedisStore, open_redis_store

ZONES = 300
PEOPLE = 200
ROUNDS = 300
MINUTES = 720
LEVEL = "1f"


def run() -> None:
    """Print a table; its last line is ``name value …``.

    ``camera_tick_ms`` publishes one camera's frame of 200 people; ``engine_tick_ms`` writes a level of 300 zones;
    both are medians of one round trip, packing included. ``bytes_per_zone_minute`` is the server's own
    figure for the keys that 12 h of minutes fill.
    """
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as folder, EmbeddedStore(Path(folder)) as server:
        store = open_redis_store(server.url, "bench")
        ticks = _ticks(store)
        size = _bytes_per_zone_minute(store)
        store.close()
    rows = {
        **{f"{name}_ms": value for name, (value, _) in ticks.items()},
        **{f"{name}_p95_ms": value for name, (_, value) in ticks.items()},
        "bytes_per_zone_minute": size,
    }
    print(f"{'measure':<26}{'value':>10}   {ZONES} zones, {PEOPLE} people, {ROUNDS} rounds")
    for name, value in rows.items():
        print(f"{name:<26}{value:>10.3f}")
    print(" ".join(f"{name} {value:.3f}" for name, value in rows.items()))


def _ticks(store: RedisStore) -> dict[str, tuple[float, float]]:
    frames = [_frame(seq) for seq in range(1, ROUNDS + 1)]
    snapshots = [_snapshot(seq) for seq in range(1, ROUNDS + 1)]
    change = {f"line-{n}": (1, 0) for n in range(4)}
    store.acquire_lead("bench", 600)
    return {
        "camera_tick": _timed([lambda f=frame: store.publish_points(f) for frame in frames]),  # type: ignore[misc]
        "engine_tick": _timed(
            [lambda s=one: store.write_snapshot(s, line_delta=change, token="bench") for one in snapshots]  # type: ignore[misc]  # noqa: S106
        ),
        "read_snapshot": _timed([lambda: store.read_snapshot(LEVEL)] * ROUNDS),
        "round_trip": _timed([store.ping] * ROUNDS),
    }


def _timed(calls: list[Callable[[], object]]) -> tuple[float, float]:
    """Return median and 95th percentile of the calls in ms."""
    spans = []
    for call in calls:
        before = time.perf_counter()
        call()
        spans.append((time.perf_counter() - before) * 1000)
    return statistics.median(spans), statistics.quantiles(spans, n=20)[-1]


def _bytes_per_zone_minute(store: RedisStore) -> float:
    dice = random.Random(1)  # noqa: S311
    for minute in range(1, MINUTES + 1):
        rows = [
            MinuteRow(
                f"zone-{n}", dice.uniform(0, 80), dice.randrange(120), 0.97, dice.randrange(60), dice.randrange(60)
            )
            for n in range(ZONES)
        ]
        store.append_minute(LEVEL, minute * 60, rows)
    return store.level_bytes(LEVEL, "min", "order") / (MINUTES * ZONES)


def _frame(seq: int) -> PointFrame:
    dice = np.random.default_rng(seq)
    return PointFrame(
        camera="c1", level=LEVEL, epoch="e1", seq=seq, observed_at=1.8e9, lag_s=0.1, period_s=0.2, cut=False,
        people_raw=PEOPLE, people=PEOPLE, band=(PEOPLE - 5, PEOPLE + 5), saturated=False,
        track=np.arange(PEOPLE), xy=dice.uniform(0, 100, (PEOPLE, 2)), cov=dice.uniform(0.01, 0.1, (PEOPLE, 3)),
        firm=np.ones(PEOPLE, dtype=np.bool_),
    )  # fmt: skip


def _snapshot(seq: int) -> LevelSnapshot:
    dice = np.random.default_rng(seq)
    zones = {
        f"zone-{n}": ZoneReading(
            zone=f"zone-{n}", people=n % 40, band=(n % 40, n % 40 + 2), density=0.0123, los="B–C", crowd="free",
            trend=0, observed_at=1.8e9, received_at=1.8e9 + 0.25, lag_s=0.123, period_s=0.2, seq=seq, epoch="e1",
            coverage=0.97, source="camera", cameras=("c1",),
        )
        for n in range(ZONES)
    }  # fmt: skip
    dots = np.round(dice.uniform(0, 100, (PEOPLE, 2)), 2).tolist()
    return LevelSnapshot(LEVEL, "e1", seq, 1.8e9, zones, dots, {"line-0": (1, 0)})


if __name__ == "__main__":
    run()
