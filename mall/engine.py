"""The engine: one per site; reads points, fuses, reads zones, rolls up, advises, and alone writes readings."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from gis.entrances import entrance_lines, outdoor_zones
from mall.advisories.desk import Desk
from mall.advisories.policy import policy_of
from mall.config import Site
from mall.errors import StoreError
from mall.lifeline import beat
from mall.models import Totals, pack
from mall.notify.rounds import Rounds
from mall.options.advisor import Advisor
from mall.plan_state import alarm_of, contact_statuses
from mall.plan_state.ways import passages_now
from mall.popups.status import sensor_statuses
from mall.public_levels import PublicLevels, published, version_of
from mall.reading.calm_time import CalmTime
from mall.reading.forecast_book import ForecastBook
from mall.reading.level_engine import LEAD_TTL_S, LeadLostError, LevelEngine, Moment, Writer
from mall.reading.memory_watch import MemoryWatch, Problem
from mall.reading.minutes import MinuteClock, SteadyClock
from mall.reading.occupancy import Occupancy, last_reset, over_entrances
from mall.reading.watch import Watch
from mall.site_limits import RunningSite
from mall.states import is_live
from mall.store import Store

MIN_TICK_S = 0.2
MAX_TICK_S = 0.4
RETRY_S = 0.5
RENEW_S = 1.0
UNSEEN_WAIT_S = 15.0  # for a camera of which not even its calibration tells what it sees
LOST_AFTER_S = 60.0  # without an engine: who came and went meanwhile is not known
LONGEST_STEP_S = 5.0  # longer between two ticks is a gap or a stepped clock, not time that was watched

_log = structlog.get_logger(__name__)


class Engine:
    """Reads a site at every tick.

    Args:
        site: the site.
        store: where points come from and readings go to.
        clock: returns UTC seconds of the store's clock; the store's own unless given.
        token: the lead's token, checked by the store at every write; None writes without the lead.
        is_exercise: what it advises is part of a drill.
        memory: tells what stops the memory's writer; None where there is none.

    """

    def __init__(  # noqa: PLR0913  clock and lead are for tests, the rest for who starts it
        self, site: Site, store: Store, *, clock: Callable[[], float] | None = None, token: str | None = None,
        is_exercise: bool = False,
        memory: Problem | None = None,
    ) -> None:  # fmt: skip
        self.epoch = secrets.token_hex(4)
        self._site = site
        self._store = store
        self._clock = clock or store.time
        self._steady, self._minutes = SteadyClock(), MinuteClock()
        self._last: float | None = None
        writer = Writer(store, token, self.epoch)
        self.levels = {level.id: LevelEngine(site, level.id, writer) for level in site.plan.levels}
        self._entrances = entrance_lines(site.plan)
        self._outdoors = outdoor_zones(site.plan)
        self._occupancy: Occupancy | None = None
        self._began: float | None = None
        self._written: Totals | None = None
        self._desk = Desk(store, policy_of(site.file.alarms), is_exercise=is_exercise)
        self._rounds = Rounds(site, store, self._desk, last_due=_test_times(site))
        self._forecasts = ForecastBook(store.read_forecast)
        self._watch = Watch(site, self._desk, self._forecasts)
        self._advisor = Advisor(site, store, lambda now: passages_now(site.plan, store.read_plan_state(), now))
        self._memory = None if memory is None else MemoryWatch(self._desk, site.plan.levels[0].id, memory)
        shown = published(site.plan, site.file.limits)
        self._public, self._calm = PublicLevels(shown), CalmTime(site, shown, self._forecasts)
        self._is_alarm = False
        self._loaded = False

    def tick(self) -> None:
        """Do one tick: everything new since the last one; StoreError where the store does not answer."""
        now = self._clock()
        if not self._loaded:
            self._load()
        moment = self._moment(now)
        for level in self.levels.values():
            level.tick(moment)
        self._count_inside(now, moment.elapsed_s)
        self._advise(moment)
        self._tell_public(moment)

    def _load(self) -> None:
        self._desk.load()
        self._watch.load()
        self._public.version = version_of(self._store.read_public())
        self._loaded = True

    def _moment(self, now: float) -> Moment:
        statuses = self._store.read_statuses()
        steady = self._steady.read(now)
        elapsed = 0.0 if self._last is None else min(steady - self._last, LONGEST_STEP_S)
        self._last = steady
        return Moment(now, steady, self._minutes.read(now), elapsed, statuses)

    def _count_inside(self, now: float, elapsed_s: float) -> None:
        occupancy = self._occupancy or self._resume_occupancy(now)
        due = last_reset(now, self._site.file.site.reset_at, self._site.timezone)
        if occupancy.since < due:
            self._store.reset_line_totals(due)
            for level in self.levels.values():
                level.lines.reset()
            occupancy = occupancy.reset(due)
        lines = {line: pair for level in self.levels.values() for line, pair in level.lines.totals.items()}
        occupancy = occupancy.counted(*over_entrances(lines, self._entrances))
        if not self._entrances <= {line for level in self.levels.values() for line in level.lines.watching}:
            occupancy = occupancy.missed(elapsed_s)
        indoor = {level.level: self._indoor_cameras(level) for level in self.levels.values()}
        if any(level.state.wrapped & indoor[level.level] for level in self.levels.values()):
            occupancy = occupancy.cut(now)
        whole = all(indoor[level.level] <= level.state.live for level in self.levels.values()) and self._is_known(now)
        self._occupancy = occupancy.observed(self._seen_inside(now), now, whole=whole)
        if self._occupancy.totals != self._written:
            self._store.write_totals(self._occupancy.totals)
            self._written = self._occupancy.totals

    def _resume_occupancy(self, now: float) -> Occupancy:
        totals = self._store.read_totals()
        if not totals.since:
            return Occupancy(since=now).cut(now)
        left_at = max((level.state.left_at for level in self.levels.values()), default=0.0)
        resumed = Occupancy.resumed(totals)
        return resumed if abs(now - left_at) <= LOST_AFTER_S else replace(resumed, base=None).cut(now)

    def _indoor_cameras(self, level: LevelEngine) -> set[str]:
        """Return the cameras, live or not, that see an indoor zone of a level."""
        indoors = (zone for zone in self._site.plan.zones_on(level.level) if zone.id not in self._outdoors)
        return {camera for zone in indoors for camera in level.coverage.cameras_of(zone.id)}

    def _is_known(self, now: float) -> bool:
        """Tell whether it is known what every calibrated camera sees, or was waited for long enough."""
        self._began = now if self._began is None else min(self._began, now)
        return now - self._began >= UNSEEN_WAIT_S or not any(level.grounds.unknown for level in self.levels.values())

    def _seen_inside(self, now: float) -> int | None:
        rows = [row for level in self.levels.values() for row in level.state.readings.values()]
        indoors = [row for row in rows if row.zone not in self._outdoors]
        live = [row.people for row in indoors if row.people is not None and is_live(row, now)]
        return sum(live) if live else None

    def _advise(self, moment: Moment) -> None:
        self._rounds.go(moment.now)
        file = self._site.file
        latest = self._store.sensor_latest() if file.popup or file.contact else {}
        state = self._store.read_plan_state()
        contacts = contact_statuses(file.contact, state, latest, now=moment.now)
        self._is_alarm = alarm_of(contacts).is_on
        self._watch.plan(state, contacts, self.levels, now=moment.now)
        self._watch.zones(self.levels, now=moment.now)
        self._watch.cameras(self.levels, moment.statuses, now=moment.now)
        self._watch.sensors(sensor_statuses(self._site.popups, latest, now=moment.now), now=moment.now)
        if self._memory is not None:
            self._memory.look(moment.now)
        self._desk.close_unjudged(moment.now)
        self._desk.prune(moment.now)
        readings = {zone: row for level in self.levels.values() for zone, row in level.state.readings.items()}
        self._advisor.tick(readings, now=moment.now)

    def take_limits(self, site: Site) -> None:
        """Judge by the limits of another version of the site from now on; open advisories and delays go on."""
        self._watch = Watch(site, self._desk, self._forecasts, before=self._watch)

    def close(self) -> None:
        """End what this engine started beside itself."""
        self._rounds.close()

    def _tell_public(self, moment: Moment) -> None:
        for level in self.levels.values():
            self._public.add(level.state.readings, moment.elapsed_s, now=moment.now)
        self._public.pass_time(moment.elapsed_s)
        if self._public.due(is_alarm=self._is_alarm):
            best = {} if self._is_alarm else self._calm.told(moment.now)
            self._store.publish_public(pack(self._public.publish(moment.now, is_alarm=self._is_alarm) | best))


def _test_times(site: Site) -> Callable[[float], float] | None:
    at = site.file.alarms.self_test_at
    return None if at is None else lambda now: last_reset(now, at, site.timezone)


class Keeper(Protocol):
    """Keeps the memory on disk while this engine leads; neither call waits for the disk for long."""

    def lead(self, *, leads: bool) -> None:
        """Say whether this engine leads."""

    def problem(self) -> tuple[str, str]:
        """Return what stops it: a code and a line, two empty words where nothing does."""

    def close(self) -> None:
        """Write what there is, and end."""


def run_engine(
    site: Site, store: Store, stop: threading.Event, keeper: Keeper | None = None, *,
    running: RunningSite | None = None,
) -> None:  # fmt: skip
    """Lead the site until told to stop; while another engine leads, wait and take over where it ends.

    Other limits that ``running`` brings are judged by from the next tick on.
    """
    loop = _Loop(running or RunningSite(site), store, keeper)
    while not stop.is_set():
        beat()
        started = time.monotonic()
        if not loop.turn():
            stop.wait(RETRY_S)
            continue
        stop.wait(max(0.0, MIN_TICK_S - (time.monotonic() - started)))
        store.wait_tick(MAX_TICK_S - MIN_TICK_S)
    loop.close()


class _Loop:
    """One turn at a time: hold the lead, tick, and say once when the store goes and comes."""

    def __init__(self, running: RunningSite, store: Store, keeper: Keeper | None) -> None:
        self._running, self._store, self._keeper = running, store, keeper
        self._token = secrets.token_hex(8)
        self._engine: Engine | None = None
        self._renewed = 0.0
        self._down = False

    def turn(self) -> bool:
        """Do one turn; False where there is nothing to do but wait."""
        try:
            leads = self._hold_lead()
            if leads:
                self._lead()
        except LeadLostError as exc:
            self._stand_by(str(exc))
            return False
        except StoreError as exc:
            if not self._down:
                _log.warning("store does not answer", reason=str(exc))
            self._down = True
            return False
        if self._down:
            _log.info("store answers again")
        self._down = False
        return leads

    def _hold_lead(self) -> bool:
        now = time.monotonic()
        if self._engine is not None and now - self._renewed < RENEW_S:
            return True
        leads = self._store.acquire_lead(self._token, LEAD_TTL_S)
        self._renewed = now
        if not leads and self._engine is not None:
            self._stand_by("another engine leads")
        return leads

    def _lead(self) -> None:
        has_changed = self._running.look()
        site = self._running.site
        if self._engine is None:
            memory = None if self._keeper is None else self._keeper.problem
            self._engine = Engine(site, self._store, token=self._token, memory=memory)
            self._renewed = float("-inf")  # making it may have taken longer than the lead lasts
            if not self._hold_lead():
                return
            _log.info("engine leads", site=site.id, epoch=self._engine.epoch)
            self._tell_keeper(leads=True)
        elif has_changed:
            self._engine.take_limits(site)
            _log.info("limits taken up", version=site.version)
        self._engine.tick()

    def _stand_by(self, reason: str) -> None:
        _log.warning("engine stands by", reason=reason)
        self._end_engine()

    def _end_engine(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None
        self._tell_keeper(leads=False)

    def _tell_keeper(self, *, leads: bool) -> None:
        if self._keeper is not None:
            self._keeper.lead(leads=leads)

    def close(self) -> None:
        """Let the memory be written and hand the lead over."""
        if self._keeper is not None:
            self._keeper.close()
        self._end_engine()
        try:
            self._store.release_lead(self._token)
        except StoreError as exc:
            _log.info("lead not given back", reason=str(exc))
