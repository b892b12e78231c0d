"""A small mall whose minutes are drawn by dice and recounted by brute force."""

import random
from collections.abc import Iterable
from pathlib import Path

from mall.config import Site
from mall.history.files import HistoryFolder
from mall.history.keeper import Work
from mall.models import MinuteRow
from mall.store import MemoryStore
from tests.mall.web.small_site import write_site

START = 1_795_219_200  # 2026-11-21 00:00 UTC
DAY = 86_400
ZONES = ("hall", "plaza", "books")
Minutes = dict[int, list[MinuteRow]]


class Clock:
    """UTC and monotonic seconds that a test turns."""

    def __init__(self, now: float = START) -> None:
        self.now = now
        self.monotonic = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds
        self.monotonic += seconds


class Mall:
    """A store that is given minutes, and the memory that takes them."""

    def __init__(self, folder: Path, now: float = START) -> None:
        self.clock = Clock(now)
        (folder / "site").mkdir(exist_ok=True)
        self.site: Site = write_site(folder / "site")
        self.store = MemoryStore(clock=self.clock)
        self.root = folder / "history"
        self.folder = HistoryFolder(self.root)
        self.written: Minutes = {}
        self.begin()

    def begin(self) -> None:
        """Start an engine's side anew, as after a crash."""
        self.work = Work(self.site, self.store, self.folder, clock=lambda: self.clock.monotonic)

    def live(self, minutes: int, seed: int = 0) -> None:
        """Let minutes pass and write them."""
        for _ in range(minutes):
            start = int(self.clock.now // 60) * 60
            rows = drawn_rows(start, seed)
            self.clock.pass_s(60)
            if self.store.append_minute("1f", start, rows):
                self.store.append_minute("2f", start, [MinuteRow("upper", None, 0, 0.0, None, None)])
                self.written[start] = rows


def drawn_rows(start: int, seed: int = 0) -> list[MinuteRow]:
    dice = random.Random(f"{start}/{seed}")
    rows = []
    for zone in ZONES:
        known = dice.random() < 0.9
        counted = dice.random() < 0.9
        rows.append(MinuteRow(
            zone, round(dice.uniform(0, 40), 1) if known else None, dice.randrange(60) if known else 0,
            dice.choice((0.0, 51 / 255, 1.0)) if known else 0.0, dice.randrange(30) if counted else None,
            dice.randrange(30) if counted else None,
        ))  # fmt: skip
    return rows


def in_zone(written: Minutes, zone: str, since: float, until: float) -> list[tuple[int, MinuteRow]]:
    """Recount by brute force: the rows of a zone in a span, by time."""
    return [(at, row) for at in sorted(written) if since <= at < until for row in written[at] if row.zone == zone]


def total(rows: Iterable[int | None]) -> int:
    return sum(row or 0 for row in rows)
