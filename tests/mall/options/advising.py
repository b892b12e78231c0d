"""A landing with people, an advisory on it, and the engine's advisor over the memory twin."""

from pathlib import Path
from typing import Any

from gis.passage import Passages
from mall.config import Site
from mall.models import Advisory, MinuteRow, ZoneReading
from mall.options.advisor import Advisor
from mall.store import MemoryStore
from tests.mall.options.scenes import landing
from tests.mall.web.small_site import write_site

MINUTE = 29_920_600 * 60
NOW = MINUTE + 5.0
ADVISORY = Advisory(
    id=f"density-walkway:landing:{MINUTE}", rule="density-walkway", place="landing", level="1f", severity="warn",
    status="new", raised_at=NOW, updated_at=NOW,
    facts={"value": 1.8, "limit": 1.75, "unit": "p/m²", "people": 72, "band": [70, 75]},
)  # fmt: skip
LINES = {"move:esc>landing": (40, 0), "move:hall>landing": (0, 30), "move:>hall": (0, 30)}


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


class Mall:
    """The store, the advisor and a landing whose people the test sets."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        small = write_site(folder)
        self.site = Site(small.folder, small.file, landing().plan)
        self.orders: Passages = {}
        self.advisor = Advisor(self.site, self.store, lambda _: self.orders)
        self.people: int | None = 72
        self.coverage = 1.0

    def raise_advisory(self, **changes: Any) -> Advisory:
        found = ADVISORY if not changes else ADVISORY.changed(**changes)
        assert self.store.put_advisory(found, None)
        return found

    def count_minutes(self) -> None:
        """Book three minutes in which 40 came over the escalator and 30 went on into the hall."""
        for minute in range(3, 0, -1):
            rows = [MinuteRow(name, None, 0, 1.0, *counts) for name, counts in LINES.items()]
            self.store.append_minute("1f", MINUTE - 60 * minute, rows)

    def readings(self) -> dict[str, ZoneReading]:
        if self.people is None:
            return {}
        high = self.people if self.coverage >= 0.5 else None  # as readings open it
        reading = ZoneReading(
            "landing", self.people, (self.people, high), self.people / 40 / self.coverage, "E", "critical", 0,
            self.clock.now, self.clock.now, 0.1, 0.2, 1, "e1", self.coverage, "camera",
        )  # fmt: skip
        return {"landing": reading}

    def tick(self, after_s: float = 0.0) -> None:
        self.clock.now += after_s
        self.advisor.tick(self.readings(), now=self.clock.now)
