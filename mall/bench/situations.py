"""``bench situations``: what judging 300 zones by their rules costs a tick, calm, around a limit, and all crowded.

Milliseconds of processor time a tick at five ticks a second: ``calm_ms`` where nothing is the case, ``around_ms`` where
every zone is above and below its lowest limit in turns, ``crowded_ms`` where every zone is above it for good.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from gis.floorplan import Zone
from mall.advisories.desk import Desk
from mall.bench.layouts import LEVEL, grid_plan
from mall.config import Site
from mall.models import ZoneReading
from mall.reading.level_engine import LevelEngine, Writer
from mall.reading.watch import Watch
from mall.site_file import SiteFile
from mall.store import MemoryStore

ZONES, TICKS, TICK_S = 300, 300, 0.2
TARGET_MS = 2.0
SITE = {"site": {"id": "bench", "name": "Bench"}}
People = Callable[[int, int], float]
"""Persons per m² at a tick and a zone, both by their number."""
CASES: dict[str, People] = {
    "calm": lambda _tick, _zone: 0.2,
    "around": lambda tick, zone: 1.2 if (tick // 5 + zone) % 2 else 1.0,
    "crowded": lambda _tick, _zone: 1.25,
}


def run() -> None:
    """Print a table; its last line is ``calm_ms X around_ms Y crowded_ms Z``."""
    print(f"{ZONES} zones, {TICKS} ticks, {1 / TICK_S:.0f} a second; ms of processor time a tick")
    print(f"{'':<10}{'median':>8}{'mean':>8}{'95 %':>8}{'open':>6}   target {TARGET_MS:.0f} ms")
    found = {}
    for name, people in CASES.items():
        spans, opened = _spans(people)
        found[name] = statistics.mean(spans)
        tail = statistics.quantiles(spans, n=20)[-1]
        print(f"{name:<10}{statistics.median(spans):>8.2f}{found[name]:>8.2f}{tail:>8.2f}{opened:>6}")
    print(" ".join(f"{name}_ms {value:.2f}" for name, value in found.items()))


def _spans(people: People) -> tuple[list[float], int]:
    """Return ms a tick, and the advisories that are open in the end."""
    now = 1_800_000_000.0
    store = MemoryStore(clock=lambda: now)
    site = Site(Path("/nowhere"), SiteFile.model_validate(SITE), grid_plan(ZONES))
    level = LevelEngine(site, LEVEL, Writer(store, None, "bench"))
    desk = Desk(store)
    watch = Watch(site, desk)
    desk.load()
    watch.load()
    spans = []
    for tick in range(TICKS):
        now += TICK_S
        level.state.readings = {
            zone.id: _reading(zone, people(tick, number) * site.plan.area_m2(zone.id), now)
            for number, zone in enumerate(site.plan.zones)
        }
        before = time.thread_time()
        watch.zones({LEVEL: level}, now=now)
        spans.append((time.thread_time() - before) * 1000.0)
    return spans, len(store.advisories(active_only=True))


def _reading(zone: Zone, people: float, at: float) -> ZoneReading:
    n = round(people)
    return ZoneReading(
        zone=zone.id, people=n, band=(n, n), density=None, los=None, crowd=None, trend=0, observed_at=at,
        received_at=at, lag_s=0.0, period_s=1.0, seq=1, epoch="bench", coverage=1.0, source="simulated",
    )  # fmt: skip
