"""A scene played through the whole engine, and when a rule said what of it: for tests with figures found by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gis.floorplan import FloorPlan
from mall.config import Site
from mall.engine import Engine
from mall.site_file import SiteFile
from mall.store import MemoryStore
from tests.mall.scene import T0, Clock, Scene, site

People = Sequence[tuple[int, float, float]]
"""Who is where: track, x, y."""
Turn = tuple[float, str | None]
"""At which second an advisory got this severity; None: it ended."""


@dataclass(frozen=True)
class Walker:
    """Somebody who walks at 1 m/s through these points, one leg after another, and stays at the last until ``leaves``.

    ``starts``: second; before it and from ``leaves`` on they are not there.
    """

    track: int
    starts: float
    points: Sequence[tuple[float, float]]
    leaves: float

    def at(self, t: float) -> tuple[float, float] | None:
        if not self.starts <= t < self.leaves:
            return None
        left = t - self.starts
        for one, other in zip(self.points, self.points[1:], strict=False):
            leg = float(np.hypot(other[0] - one[0], other[1] - one[1]))
            if left < leg:
                share = left / leg
                return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
            left -= leg
        return self.points[-1]


def crosses(track: int, at: float, x: float, y: float, *, before_m: float, after_m: float) -> Walker:
    """Return somebody who crosses height ``y`` northward at a second, seen from so far before it to so far after."""
    return Walker(track, at - before_m, [(x, y - before_m), (x, y + after_m)], at + after_m)


def stand(spots: Any, *, starts: float = 0.0, leaves: float = 1e9, first: int = 0) -> list[Walker]:
    """Return people who stand on these spots."""
    return [Walker(first + n, starts, [(float(x), float(y))], leaves) for n, (x, y) in enumerate(spots)]


class Play:
    """A plan, cameras that see all of it, and an engine; time is in seconds from the first tick's minute.

    Args:
        drawn: the plan.
        extra: more of the site file.
        step_s: between two ticks.
        cameras: c1 sees everybody, the others nobody.

    """

    def __init__(
        self, drawn: FloorPlan, extra: dict[str, Any] | None = None, *, step_s: float = 1.0, cameras: int = 1,
        **engine: Any,
    ) -> None:  # fmt: skip
        self.clock, self.step_s = Clock(), step_s
        self.store = MemoryStore(clock=self.clock)
        base = site(extra, cameras=cameras)
        self.site = Site(Path("/nowhere"), SiteFile.model_validate(base.file.model_dump(by_alias=True)), drawn)
        self.scene, self.engine = Scene(self.store, self.clock), Engine(self.site, self.store, **engine)
        xy = [point for zone in drawn.zones for point in zone.polygon.exterior.coords]
        (x0, y0), (x1, y1) = np.min(xy, axis=0) - 3.0, np.max(xy, axis=0) + 3.0
        self.footprint = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
        self.turns: dict[tuple[str, str], list[Turn]] = {}
        self._open: Mapping[tuple[str, str], str] = {}

    @property
    def t(self) -> float:
        """Return the second."""
        return self.clock.now - T0

    def run(
        self, until: float, people: Sequence[Walker] = (), *, is_seen: Callable[[float], bool] = lambda _: True,
        each: Callable[[float], None] = lambda _: None,
    ) -> "Play":  # fmt: skip
        """Tick until a second: these people are seen while ``is_seen``; ``each`` is called before every tick."""
        while self.t < until - 1e-9:
            self.clock.now += self.step_s
            each(self.t)
            if is_seen(self.t):
                self._see([(w.track, *place) for w in people if (place := w.at(self.t)) is not None])
            self.engine.tick()
            self._note()
        return self

    def _see(self, people: People) -> None:
        for camera in self.site.cameras:
            mine = people if camera.id == "c1" else ()
            tracks, xy = [row[0] for row in mine], [row[1:] for row in mine]
            self.scene.frame(np.array(xy).reshape(-1, 2), camera.id, tracks=tracks, period_s=self.step_s)
            self.scene.status(camera.id, footprint=self.footprint, period_s=self.step_s)

    def _note(self) -> None:
        now = {(a.rule, a.place): str(a.severity) for a in self.store.advisories(active_only=True)}
        for key in {*now, *self._open}:
            if now.get(key) != self._open.get(key):
                self.turns.setdefault(key, []).append((self.t, now.get(key)))
        self._open = now

    def facts(self, rule: str, place: str) -> Mapping[str, Any]:
        """Return what the last advisory of a rule told at a place."""
        return next(a.facts for a in reversed(self.store.advisories()) if (a.rule, a.place) == (rule, place))


def is_when(seen: Sequence[Turn], expected: Sequence[Turn], *, late_s: float = 1.5) -> bool:
    """Tell whether the same happened, none before the second that was worked out, nor ``late_s`` after it."""
    same = [what for _, what in seen] == [what for _, what in expected]
    return same and all(-1e-6 <= at - by <= late_s for (at, _), (by, _) in zip(seen, expected, strict=True))
