"""One level's part of a tick: frames to people to readings, minutes, heat and one atomic snapshot."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from gis.flow import Crossing
from gis.zones import count_by_zone
from mall.config import Site
from mall.coverage import Coverage
from mall.errors import StoreError
from mall.fusing import LevelFusion
from mall.heat import HeatMap
from mall.minutes import LINE_PREFIX, MINUTE_S, Minute, minute_of
from mall.models import CameraStatus, LevelSnapshot, MinuteRow, PointFrame, ZoneReading
from mall.readings import Sight, Trends, live_cameras, read_zones
from mall.store import Store

RECENT_MINUTES = 15
CLOCK_SLACK_S = 5.0  # a mark further in the future was made before the store's clock stepped back
KEPT_UNSENT_MINUTES = 48 * 60

Pairs = dict[str, tuple[int, int]]
T = TypeVar("T")


class LeadLostError(StoreError):
    """Another engine leads this site; this one must stop writing."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: the store, the lead's token (None without a lead) and the epoch of this engine."""

    store: Store
    token: str | None
    epoch: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One tick: store time, steady time that never turns back, seconds since the last tick, camera statuses."""

    now: float
    steady: float
    elapsed_s: float
    statuses: Mapping[str, CameraStatus]


@dataclass(slots=True)
class LevelState:
    """What the rest of the engine reads of a level after a tick."""

    readings: dict[str, ZoneReading] = field(default_factory=dict)
    live: frozenset[str] = frozenset()
    lines: Pairs = field(default_factory=dict)
    frames: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    cut: bool = False


class LevelEngine:
    """Reads one level. After a StoreError nothing is lost: the next tick writes what this one could not."""

    def __init__(self, site: Site, level: str, writer: Writer) -> None:
        self.level = level
        self.state = LevelState()
        self.coverage = Coverage(site.plan, level)
        self._plan = site.plan
        self._writer = writer
        self._fusion = LevelFusion(site.plan, level)
        self._heat = HeatMap(site.plan, level)
        self._trends = Trends()
        self._line_zones = {line.id: line.zone for line in site.plan.lines_on(level)}
        self._watched: set[str] = set()
        self._minute: Minute | None = None
        self._closed: deque[tuple[int, list[MinuteRow]]] = deque(maxlen=KEPT_UNSENT_MINUTES)
        self._recent: deque[tuple[int, Pairs]] = deque(maxlen=RECENT_MINUTES - 1)
        self._delta: Pairs = {}
        self._unsent: tuple[LevelSnapshot, Pairs] | None = None
        self._after, self._seq = "0", 0
        self._counted_to = self._read_to = 0.0
        self._resumed = False

    def tick(self, moment: Moment) -> None:
        """Do one tick; StoreError where the store does not answer, LeadLostError where another engine leads."""
        if not self._resumed:
            self._resume(moment)
        self._send()
        frames = self._read(moment)
        self._see(moment, frames)
        self._roll_up(moment)
        self._unsent = self._snapshot(), self._delta
        self._delta = {}
        self._send()
        self._send_minutes()
        self._warm(moment.now)

    def reset_lines(self) -> None:
        """Begin the lines' counts anew, after the store did."""
        self.state.lines = dict.fromkeys(self._line_zones, (0, 0))

    # -- continuing what an earlier engine left --------------------------------------------------------------------

    def _resume(self, moment: Moment) -> None:
        store = self._writer.store
        last = store.read_snapshot(self.level)
        totals = store.line_totals()
        since = moment.steady - RECENT_MINUTES * MINUTE_S
        for start, rows in store.read_minutes(self.level, since, moment.steady):
            self._recent.append((start, _line_pairs(rows)))
        self.state.lines = {line: totals.get(line, (0, 0)) for line in self._line_zones}
        if last is not None:
            zones = {zone.id for zone in self._plan.zones_on(self.level)}
            self.state.readings = {zone: row for zone, row in last.zones.items() if zone in zones}
            self.state.frames = dict(last.frames)
            self._watched = set(last.lines) & set(self._line_zones)
            self._counted_to = last.at if last.at <= moment.now + CLOCK_SLACK_S else 0.0
        self._resumed = True

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self, moment: Moment) -> list[PointFrame]:
        entries = self._writer.store.read_points(self.level, self._after)
        if entries:
            self._after = entries[-1][0]
        frames = [frame for _, frame in entries]
        newest = max([moment.now, *(frame.received_at for frame in frames)])
        self.state.cut = any(frame.cut for frame in frames)
        frozen = {key for key, row in moment.statuses.items() if row.condition == "suspect"}
        frames = [frame for frame in frames if frame.camera not in frozen]
        # An earlier engine counted what it had read: those frames only tell where people are.
        old = [frame for frame in frames if frame.received_at <= self._counted_to]
        self._fusion.take(old)
        self._book(self._fusion.take(frame for frame in frames if frame.received_at > self._counted_to))
        self._counted_to, self._read_to = 0.0, newest
        return frames

    def _book(self, crossings: list[Crossing]) -> None:
        for crossing in crossings:
            step = (1, 0) if crossing.direction == "in" else (0, 1)
            for pairs in (self._delta, self.state.lines):
                before = pairs.get(crossing.line, (0, 0))
                pairs[crossing.line] = (before[0] + step[0], before[1] + step[1])

    def _see(self, moment: Moment, frames: list[PointFrame]) -> None:
        here = {key: row for key, row in moment.statuses.items() if row.level == self.level}
        self.coverage.learn({key: row.footprint for key, row in here.items()})
        self._fusion.look(self.coverage.footprints)
        live = live_cameras(self._fusion.frames, here, moment.now)
        self._fusion.lose(self.state.live - live)
        self._watch_lines(live)
        self._seq += 1
        counts = count_by_zone(self._fusion.positions, self._plan.zones_on(self.level)) if live else {}
        sight = Sight(moment.now, self._writer.epoch, self._seq, self._fusion.frames, live, here, counts)
        state = self.state
        state.readings = read_zones(self.coverage, sight, previous=state.readings, trends=self._trends)
        state.live = live
        for frame in frames:
            state.frames[frame.camera] = (frame.received_at, frame.lag_s, frame.period_s)

    def _watch_lines(self, live: frozenset[str]) -> None:
        """Note the lines that cameras see: only those have counts, the others are unknown."""
        lines = (line for line in self._plan.lines_on(self.level) if line.id not in self._watched)
        self._watched |= {line.id for line in lines if self.coverage.watches(line.line, live)}

    def _snapshot(self) -> LevelSnapshot:
        xy = self._fusion.positions if self.state.live else np.empty((0, 2))
        dots = np.round(xy[np.lexsort(xy.T)], 2).tolist()  # by place: the order says nothing about who is who
        return LevelSnapshot(
            self.level, self._writer.epoch, self._seq, self._read_to, self.state.readings, dots,
            self._of_watched(self.state.lines), self._of_watched(self._recent_pairs()), dict(self.state.frames),
        )  # fmt: skip

    def _of_watched(self, by_line: Mapping[str, T]) -> dict[str, T]:
        return {line: value for line, value in by_line.items() if line in self._watched}

    # -- minutes and heat ------------------------------------------------------------------------------------------

    def _roll_up(self, moment: Moment) -> None:
        start = minute_of(moment.steady)
        if self._minute is not None and start > self._minute.start:
            self._closed.append((self._minute.start, self._minute.rows(self._of_watched(self._line_zones))))
            self._recent.append((self._minute.start, dict(self._minute.lines)))
            self._minute = None
        if self._minute is None:
            self._minute = Minute(start)
        self._minute.add(self.state.readings, moment.elapsed_s, now=moment.now)
        for line, pair in self._delta.items():
            self._minute.cross(line, *pair)

    def _recent_pairs(self) -> Pairs:
        current = self._minute
        oldest = (current.start if current else 0) - (RECENT_MINUTES - 1) * MINUTE_S
        spans = [pairs for start, pairs in self._recent if start >= oldest] + ([current.lines] if current else [])
        return {
            line: (sum(p.get(line, (0, 0))[0] for p in spans), sum(p.get(line, (0, 0))[1] for p in spans))
            for line in self._line_zones
        }

    def _warm(self, now: float) -> None:
        if self._heat.due(now):
            points = self._fusion.positions if self.state.live else np.empty((0, 2))
            self._heat.add(now, points, self.coverage.view(self.state.live))
            self._writer.store.write_heat(self.level, self._heat.to_bytes())

    # -- writing ---------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        if self._unsent is None:
            return
        snapshot, delta = self._unsent
        if not self._writer.store.write_snapshot(snapshot, line_delta=delta, token=self._writer.token):
            raise LeadLostError(f"level {self.level}: another engine leads this site")
        self._unsent = None

    def _send_minutes(self) -> None:
        while self._closed:
            self._writer.store.append_minute(self.level, *self._closed[0])
            self._closed.popleft()


def _line_pairs(rows: list[MinuteRow]) -> Pairs:
    prefix = len(LINE_PREFIX)
    return {row.zone[prefix:]: (row.count_in, row.count_out) for row in rows if row.zone.startswith(LINE_PREFIX)}
