"""One level's part of a tick: frames to people to readings, minutes, heat and one atomic snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from gis.zones import count_by_zone
from mall.config import Site
from mall.errors import StoreError
from mall.flows import LevelFlow
from mall.models import MINUTE_S, CameraStatus, LevelSnapshot, PointFrame, ZoneReading
from mall.reading.coverage import Coverage, Grounds
from mall.reading.flow_book import FlowBook, Passing
from mall.reading.flow_window import FlowWindow
from mall.reading.fusing import LevelFusion
from mall.reading.heat import HeatMap
from mall.reading.line_book import RECENT_MINUTES, LineBook, Pairs
from mall.reading.readings import Sight, Trends, live_cameras, read_zones
from mall.store import Store

LEAD_TTL_S = 5.0
CLOCK_SLACK_S = 5.0  # a mark further in the future was made before the store's clock stepped back


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
    """One tick: store time, steady time that never turns back, the time by which minutes are dated, seconds since the
    last tick, camera statuses."""

    now: float
    steady: float
    dated: float
    elapsed_s: float
    statuses: Mapping[str, CameraStatus]


@dataclass(slots=True)
class LevelState:
    """What the rest of the engine reads of a level after a tick.

    Attributes:
        live: cameras whose frames are live and that can place people.
        wrapped: looped recordings that began anew since the last tick.
        left_at: when an earlier engine last wrote, 0 where none did.
        speeds: zone -> mean m/s, where known; flow_changes: zone -> change of the flow out over 60 s, as a share.
        flow: rates, stays and waits as last stored.

    """

    readings: dict[str, ZoneReading] = field(default_factory=dict)
    live: frozenset[str] = frozenset()
    frames: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    wrapped: frozenset[str] = frozenset()
    left_at: float = 0.0
    speeds: Mapping[str, float] = field(default_factory=dict)
    flow_changes: Mapping[str, float] = field(default_factory=dict)
    flow: LevelFlow | None = None


class LevelEngine:
    """Reads one level. After a StoreError nothing is lost: the next tick writes what this one could not."""

    def __init__(self, site: Site, level: str, writer: Writer) -> None:
        cameras = [camera for camera in site.cameras if camera.level == level]
        self.level = level
        self.state = LevelState()
        self.coverage = Coverage(site.plan, level)
        self.grounds = Grounds(cameras)
        self.lines = LineBook(site.plan, level)
        self.flow = FlowBook(site.plan, level, self.coverage)
        self.window = FlowWindow((zone.id for zone in site.plan.zones_on(level)), self.flow.borders)
        self._plan = site.plan
        self._writer = writer
        self._fusion = LevelFusion(site.plan, level)
        self._counts: dict[str, int] = {}  # people by zone at this tick
        self._heat = HeatMap(site.plan, level)
        self._trends = Trends()
        self._loops = frozenset(camera.id for camera in cameras if camera.loop and not camera.is_address)
        self._epochs: dict[str, str] = {}
        self._sending: frozenset[str] = frozenset()
        self._unsent: tuple[LevelSnapshot, Pairs] | None = None
        self._after, self._seq = "0", 0
        self._counted_to = self._read_to = 0.0
        self._resumed = False
        self._known: tuple[str, int] | None = None

    def tick(self, moment: Moment) -> None:
        """Do one tick; StoreError where the store does not answer, LeadLostError where another engine leads."""
        if not self._resumed:
            self._resume(moment)
        self._send()
        frames = self._read(moment)
        self._see(moment, frames)
        self.lines.roll(self.state.readings, now=moment.now, dated=moment.dated, elapsed_s=moment.elapsed_s)
        passing = self._passing()
        self.flow.roll(passing, self.state.readings, self.lines, now=moment.now, elapsed_s=moment.elapsed_s)
        self._look_back(moment, passing)
        self._unsent = self._snapshot(), self.lines.fresh
        self.lines.fresh = {}
        self._send()
        self._warm(moment.now)
        if self.flow.is_due(moment.steady):
            self.state.flow = self.flow.flow(self.lines, self._fusion.visits.present(), moment.now)
            self._writer.store.write_flow(self.state.flow)

    # -- continuing what an earlier engine left --------------------------------------------------------------------

    def _resume(self, moment: Moment) -> None:
        store = self._writer.store
        last = store.read_snapshot(self.level)
        self._known = _written(last)
        minutes = store.read_minutes(self.level, moment.dated - RECENT_MINUTES * MINUTE_S, moment.dated)
        self.lines.resume(last, store.line_totals(), minutes, dated=moment.dated)
        self.flow.resume(minutes)
        self.coverage.learn(self.grounds.rings)
        if last is not None:
            zones = {zone.id for zone in self._plan.zones_on(self.level)}
            self.state.readings = {zone: row for zone, row in last.zones.items() if zone in zones}
            self.state.frames = dict(last.frames)
            self.state.left_at = last.at
            self._counted_to = last.at if last.at <= moment.now + CLOCK_SLACK_S else 0.0
        self._resumed = True

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self, moment: Moment) -> list[PointFrame]:
        entries = self._writer.store.read_points(self.level, self._after)
        if entries:
            self._after = entries[-1][0]
        frames = [frame for _, frame in entries]
        newest = max([moment.now, *(frame.received_at for frame in frames)])
        frozen = {key for key, row in moment.statuses.items() if row.condition == "suspect"}
        frames = [frame for frame in frames if frame.camera not in frozen]
        # An earlier engine counted what it had read: those frames only tell where people are.
        old = [frame for frame in frames if frame.received_at <= self._counted_to]
        new = [frame for frame in frames if frame.received_at > self._counted_to]
        self._find_wraps(old)
        self._fusion.take(old)
        if old:
            self._fusion.visits.take()
        self.state.wrapped = self._find_wraps(new)
        self.lines.book(self._fusion.take(new), moment.steady)
        self._counted_to, self._read_to = 0.0, newest
        return frames

    def _find_wraps(self, frames: Iterable[PointFrame]) -> frozenset[str]:
        """Return the looped recordings that began anew; a worker that began anew is none, and is told by its epoch."""
        found = set()
        for frame in frames:
            if frame.cut and frame.camera in self._loops and self._epochs.get(frame.camera) == frame.epoch:
                found.add(frame.camera)
            self._epochs[frame.camera] = frame.epoch
        return frozenset(found)

    def _passing(self) -> Passing:
        moves, done = self._fusion.visits.take()
        return Passing(moves, done, self._counts, self._fusion.take_lost())

    def _look_back(self, moment: Moment, passing: Passing) -> None:
        """Take what passed since the last tick into the flow of the last seconds."""
        self.window.take(passing.moves, self.lines.fresh, moment.steady)
        broken = self.flow.blinded_by(passing.lost)
        readings, watching = self.state.readings, self.lines.watching
        self.window.watch(readings, watching, broken, now=moment.now, steady=moment.steady)

    def _see(self, moment: Moment, frames: list[PointFrame]) -> None:
        here = {key: row for key, row in moment.statuses.items() if row.level == self.level}
        self.grounds.hear(here)
        self.coverage.learn(self.grounds.rings)
        self._fusion.look(self.coverage.footprints)
        sending = live_cameras(self._fusion.frames, here, moment.now)
        self._fusion.lose(self._sending - sending)
        self._sending = sending
        state = self.state
        # Only what a camera says now tells that it can place people; what is remembered tells where it is blind.
        state.live = frozenset(c for c in sending if c in here and here[c].footprint is not None)
        self.lines.watch(self.coverage, state.live, self._fusion.frames, moment.steady)
        self._seq += 1
        sight = self._sight(moment, here)
        state.readings = read_zones(self.coverage, sight, previous=state.readings, trends=self._trends)
        state.speeds, state.flow_changes = sight.speeds, sight.flow_changes
        for frame in frames:
            state.frames[frame.camera] = (frame.received_at, frame.lag_s, frame.period_s)

    def _sight(self, moment: Moment, here: Mapping[str, CameraStatus]) -> Sight:
        zones, live = self._plan.zones_on(self.level), self.state.live
        self._counts = count_by_zone(self._fusion.positions, zones) if live else {}
        return Sight(
            moment.now, self._writer.epoch, self._seq, self._fusion.frames, live, here,
            counts=self._counts,
            speeds=self._fusion.speeds(zones),
            flow_changes=self.lines.flow_changes(moment.steady) | self.window.changes(),
            rising=frozenset(zone for zone, row in self.state.readings.items() if row.trend > 0),
        )  # fmt: skip

    def _snapshot(self) -> LevelSnapshot:
        xy = self._fusion.positions if self.state.live else np.empty((0, 2))
        dots = np.round(xy[np.lexsort(xy.T)], 2).tolist()  # by place: the order says nothing about who is who
        lines = self.lines
        return LevelSnapshot(
            self.level, self._writer.epoch, self._seq, self._read_to, self.state.readings, dots,
            lines.ever_watched(lines.totals), lines.recent(), dict(self.state.frames), dict(lines.watched),
            lines.running, self.flow.doubts(self.state.live),
        )  # fmt: skip

    def _warm(self, now: float) -> None:
        if self._heat.due(now):
            points = self._fusion.positions if self.state.live else np.empty((0, 2))
            self._heat.add(now, points, self.coverage.view(self.state.live))
            self._writer.store.write_heat(self.level, self._heat.to_bytes())

    # -- writing ---------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """Write the minutes that are over, then the snapshot: while it is the old one, it still holds such a minute."""
        closed = self.lines.closed
        while closed:
            self._writer.store.append_minute(self.level, *closed[0])
            closed.popleft()
        if self._unsent is None:
            return
        snapshot, fresh = self._unsent
        if not self._write(snapshot, fresh) and not (self._regain_lead() and self._write(snapshot, fresh)):
            raise LeadLostError(f"level {self.level}: another engine leads this site")
        self._known = (snapshot.epoch, snapshot.seq)
        self._unsent = None

    def _write(self, snapshot: LevelSnapshot, fresh: Pairs) -> bool:
        return self._writer.store.write_snapshot(snapshot, line_delta=fresh, token=self._writer.token)

    def _regain_lead(self) -> bool:
        """Take the lead again after a tick that outlasted it, unless another engine has written meanwhile."""
        store, token = self._writer.store, self._writer.token
        if token is None or not store.acquire_lead(token, LEAD_TTL_S):
            return False
        return _written(store.read_snapshot(self.level)) == self._known


def _written(snapshot: LevelSnapshot | None) -> tuple[str, int] | None:
    return None if snapshot is None else (snapshot.epoch, snapshot.seq)
