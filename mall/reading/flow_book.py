"""The flow of one level: moves between zones, dwell, waits in queues, and whether the people of a zone add up."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gis.borders import borders
from gis.floorplan import FloorPlan, Zone
from gis.visits import Move, Visit
from mall.doubts import Doubt
from mall.flows import MOVES_MIN, LevelFlow, Residual, Wait, ZoneFlow
from mall.models import MINUTE_S, MinuteRow, RunningMinute, ZoneReading
from mall.reading.conservation import Balance, Count
from mall.reading.coverage import Coverage
from mall.reading.flow_minutes import KNOWN_FROM, Flow, FlowMinute, kept_moves, zone_flow
from mall.reading.line_book import LineBook
from mall.reading.survival import median_stay
from mall.reading.waiting import LONGEST_S, Queue, waiting_time

RATE_MIN = 5
DWELL_S = 3600.0  # visits that began within it tell how long people stay now
FEWEST_VISITS = 5
STORED_EVERY_S = 2.0
UNBALANCED = frozenset({"lift", "escalator", "stair"})  # people leave these for another level, unseen by any line


@dataclass(frozen=True, slots=True)
class Passing:
    """What a tick saw: moves and finished visits since the last one, people by zone.

    ``lost`` are cameras that jumped in time or fell silent since the last tick.
    """

    moves: Mapping[Move, int]
    done: Sequence[Visit]
    counts: Mapping[str, int]
    lost: frozenset[str] = frozenset()


class FlowBook:
    """Keeps one level's flow over the last hour."""

    def __init__(self, plan: FloorPlan, level: str, coverage: Coverage) -> None:
        self._level = level
        self._zones = plan.zones_on(level)
        self._lines = {line.id: line for line in plan.lines_on(level)}
        self._coverage = coverage
        self.borders = borders(plan, level)
        self._around = {zone.id: [b for b in self.borders if zone.id in b.zones] for zone in self._zones}
        self._minute: FlowMinute | None = None
        self._past: deque[FlowMinute] = deque(maxlen=MOVES_MIN - 1)
        self._stays: deque[Visit] = deque()
        self._balances = {zone.id: Balance() for zone in self._zones if zone.category not in UNBALANCED}
        self._stored_at = float("-inf")

    def resume(self, minutes: Sequence[tuple[int, Sequence[MinuteRow]]]) -> None:
        """Continue the moves that an earlier engine left in the store; who stayed how long is lost with it."""
        for start, rows in minutes:
            self._past.append(FlowMinute(start, float(MINUTE_S), kept_moves(rows, self.borders)))

    def roll(
        self, passing: Passing, readings: Mapping[str, ZoneReading], book: LineBook, *, now: float, elapsed_s: float
    ) -> None:
        """Let the time since the last tick pass, after ``book`` did: a minute that it closed gets the moves' rows."""
        running = book.running
        if running is None:
            return
        broken = self.blinded_by(passing.lost)
        if self._minute is not None and running.start < self._minute.start:  # the clock was set back, and the book too
            by = running.start - self._minute.start
            for minute in (*self._past, self._minute):
                minute.start += by
        if self._minute is not None and running.start > self._minute.start:
            self._minute.broken |= broken  # its last count is taken now
            self._close(self._minute, passing, readings, book)
        if self._minute is None or running.start > self._minute.start:
            # What an earlier engine saw of a minute counts as time in which nobody watched, for its moves are lost.
            self._minute = FlowMinute(running.start, max(0.0, running.elapsed_s - elapsed_s))
        self._minute.add(readings, passing.moves, elapsed_s, now)
        self._minute.broken |= broken
        self._stays.extend(passing.done)
        while self._stays and now - self._stays[0].began - self._stays[0].lasted_s > DWELL_S:
            self._stays.popleft()

    def blinded_by(self, lost: frozenset[str]) -> set[str]:
        """Return the zones of whose people these cameras lost sight."""
        if not lost:
            return set()
        return {zone.id for zone in self._zones if not lost.isdisjoint(self._coverage.cameras_of(zone.id))}

    def _close(self, minute: FlowMinute, passing: Passing, readings: Mapping[str, ZoneReading], book: LineBook) -> None:
        if book.closed and book.closed[-1][0] == minute.start:
            book.closed[-1][1].extend(minute.rows(self.borders))
        lines = _by_start(book).get(minute.start)
        for zone, balance in self._balances.items():
            band = readings[zone].band if zone in readings else None
            flow = zone_flow(zone, minute, lines, self._around[zone]) if lines and minute.is_whole(zone) else None
            if flow is None or band is None or band[1] is None:
                balance.cut()
            else:
                balance.close_minute(Count(passing.counts.get(zone, 0), (band[1] - band[0]) / 2.0), flow)
        self._past.append(minute)

    # -- what pages are told ---------------------------------------------------------------------------------------

    def is_due(self, steady: float) -> bool:
        """Tell, once, whether the flow is to be stored again."""
        if steady - self._stored_at < STORED_EVERY_S:
            return False
        self._stored_at = steady
        return True

    def flow(self, book: LineBook, present: Iterable[Visit], now: float) -> LevelFlow:
        """Return the flow of now; ``present`` are the visits that go on."""
        stays: dict[str, list[Visit]] = {zone.id: [] for zone in self._zones}
        for visit in (*self._stays, *present):
            if now - visit.began <= DWELL_S:
                stays[visit.zone].append(visit)
        by_start = _by_start(book)
        past = self._last(LONGEST_S / MINUTE_S)
        spans = [(minute, by_start[minute.start]) for minute in past if minute.start in by_start]
        zones = {}
        for zone in self._zones:
            flows = [(minute, zone_flow(zone.id, minute, lines, self._around[zone.id])) for minute, lines in spans]
            zones[zone.id] = self._zone(zone, flows, stays[zone.id])
        lines = _line_rates(self._lines, book.spans(RATE_MIN))
        return LevelFlow(self._level, now, zones, lines, self._moves())

    def _moves(self) -> tuple[tuple[str, str, int], ...]:
        moves: Counter[Move] = Counter()
        for minute in self._last(MOVES_MIN):
            moves.update(minute.moves)
        ordered = sorted(moves.items(), key=lambda item: (-item[1], item[0]))
        return tuple((one, other, count) for (one, other), count in ordered)

    def doubts(self, live: Iterable[str]) -> dict[str, tuple[Doubt, ...]]:
        """Return camera -> doubts about it: it watches a zone, or a line of it, whose people do not add up.

        Of several zones of a camera, the one that is farthest out tells.
        """
        found: dict[str, dict[str, Doubt]] = {}
        chosen = frozenset(live)
        found_doubts = [(zone, balance.doubt) for zone, balance in self._balances.items() if balance.doubt is not None]
        doubted = sorted(found_doubts, key=lambda row: abs(row[1].value) / row[1].tolerance)
        for zone, residual in doubted:
            lines = self.lines_of(zone)
            code = "exits-missed" if residual.value > 0 else "entries-missed"
            figures = {"zone": zone, "lines": lines, "people": abs(residual.value), "minutes": residual.minutes}
            doubt = Doubt(code, figures | {"tolerance": residual.tolerance})
            watching = {camera for line in lines for camera in self._coverage.watchers(self._lines[line], chosen)}
            for camera in watching or self._coverage.cameras_of(zone):
                found.setdefault(camera, {})[code] = doubt
        return {camera: tuple(doubts.values()) for camera, doubts in found.items()}

    def doubt_of(self, zone: str) -> Residual | None:
        """Return what is left over of a zone's people, None where chance explains it."""
        balance = self._balances.get(zone)
        return None if balance is None else balance.doubt

    def lines_of(self, zone: str) -> list[str]:
        """Return the lines that count who passes a zone's borders."""
        return [line for border in self._around.get(zone, ()) for line in border.lines]

    def _last(self, minutes: float) -> list[FlowMinute]:
        """Return the last minutes, the running one last."""
        if self._minute is None:
            return []
        oldest = self._minute.start - (minutes - 1) * MINUTE_S
        return [minute for minute in self._past if minute.start >= oldest] + [self._minute]

    def _zone(self, zone: Zone, flows: "Flows", stays: Sequence[Visit]) -> ZoneFlow:
        return ZoneFlow(
            *_rates(flows[-RATE_MIN:]),
            dwell=median_stay([(v.lasted_s, v.ended) for v in stays]) if len(stays) >= FEWEST_VISITS else None,
            wait=_wait(zone.id, flows) if zone.category == "queue" else None,
            residual=self._balances[zone.id].residual() if zone.id in self._balances else None,
        )


Flows = Sequence[tuple[FlowMinute, Flow | None]]


def _by_start(book: LineBook) -> dict[int, RunningMinute]:
    return {span.start: span for span in book.spans(MOVES_MIN)}


def _rates(flows: Flows) -> tuple[float | None, float | None]:
    """Return people a minute (in, out) over the minutes in which they were counted; None where too few."""
    known = [(minute.elapsed_s, flow) for minute, flow in flows if flow is not None]
    seconds, all_of = sum(each for each, _ in known), sum(minute.elapsed_s for minute, _ in flows)
    if seconds < MINUTE_S / 2.0 or seconds < KNOWN_FROM * all_of:
        return None, None
    came, left = sum(flow[0] for _, flow in known), sum(flow[1] for _, flow in known)
    return round(came * MINUTE_S / seconds, 2), round(left * MINUTE_S / seconds, 2)


def _line_rates(lines: Iterable[str], spans: Sequence[RunningMinute]) -> dict[str, tuple[float, float]]:
    elapsed, found = sum(span.elapsed_s for span in spans), {}
    for line in lines:
        seconds = sum(span.watched_s.get(line, 0.0) for span in spans)
        if seconds >= max(MINUTE_S / 2.0, KNOWN_FROM * elapsed):
            counts = [sum(span.lines.get(line, (0, 0))[side] for span in spans) for side in (0, 1)]
            found[line] = (round(counts[0] * MINUTE_S / seconds, 2), round(counts[1] * MINUTE_S / seconds, 2))
    return found


def _wait(zone: str, flows: Flows) -> Wait | None:
    """Return the wait from the unbroken minutes up to now."""
    seconds = people = low = 0.0
    high: float | None = 0.0
    departures = 0
    for minute, flow in reversed(flows):
        seen = minute.seen(zone)
        if flow is None or not minute.is_watched(zone):
            break
        seconds, people, low = seconds + minute.elapsed_s, people + seen.people, low + seen.low
        high = None if high is None or seen.high is None else high + seen.high
        departures += flow[1]
    if seconds <= 0.0:
        return None
    top = None if high is None else high / seconds
    return waiting_time(Queue(seconds, people / seconds, low / seconds, top, departures))
