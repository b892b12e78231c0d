"""The lines of one level: who crossed them since the reset, in this minute and lately, and whether anybody watched.

A line that no camera watches has no counts. What was counted before a restart goes on: totals come from the store, the
running minute from the last snapshot, earlier minutes from the minutes kept.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import TypeVar

from gis.floorplan import FloorPlan
from gis.flow import Crossing
from mall.models import LINE_PREFIX, MINUTE_S, LevelSnapshot, MinuteRow, PointFrame, RunningMinute, ZoneReading
from mall.reading.coverage import Coverage
from mall.reading.minutes import Minute, minute_of

RECENT_MINUTES = 15
RECENT_FROM = 0.5  # of the recent time during which a line must have been watched to have a recent count
KEPT_UNSENT_MINUTES = 48 * 60
FLOW_WINDOW_S = 60.0
FEWEST_FOR_FLOW = 10  # people who left in the minute before: with fewer a fall by 20 % is chance

Pairs = dict[str, tuple[int, int]]
Stamp = tuple[float, float, float]
T = TypeVar("T")


class LineBook:
    """Keeps one level's crossings and minutes.

    Attributes:
        totals: line id -> (in, out) since the reset; fresh: those not yet in the store.
        watched: line id -> (received_at, lag_s, period_s) of the oldest frame that watched it when it was last watched.
        closed: minutes that are over and not yet in the store, oldest first.

    """

    def __init__(self, plan: FloorPlan, level: str) -> None:
        self._lines = plan.lines_on(level)
        self._zones = {line.id: line.zone for line in self._lines}
        self._minute: Minute | None = None
        self._recent: deque[RunningMinute] = deque(maxlen=RECENT_MINUTES - 1)
        self._exits: deque[tuple[float, str]] = deque()
        self._watched_since: dict[str, float] = {}
        self.totals: Pairs = {}
        self.fresh: Pairs = {}
        self.watched: dict[str, Stamp] = {}
        self.closed: deque[tuple[int, list[MinuteRow]]] = deque(maxlen=KEPT_UNSENT_MINUTES)

    def resume(
        self, last: LevelSnapshot | None, totals: Mapping[str, tuple[int, int]],
        minutes: Sequence[tuple[int, Sequence[MinuteRow]]], *, dated: float,
    ) -> None:  # fmt: skip
        """Continue what an earlier engine left in the store."""
        self.totals = {line: totals.get(line, (0, 0)) for line in self._zones}
        self._recent.extend(_running(start, rows) for start, rows in minutes)
        if last is None:
            return
        self.watched = {line: stamp for line, stamp in last.watched.items() if line in self._zones}
        kept = {start for start, _ in minutes}
        if last.minute is not None and last.minute.start <= minute_of(dated) and last.minute.start not in kept:
            self._minute = Minute.resumed(last.minute)

    def reset(self) -> None:
        """Begin the totals anew, after the store did."""
        self.totals = dict.fromkeys(self._zones, (0, 0))

    def book(self, crossings: Iterable[Crossing], steady: float) -> None:
        """Count crossings."""
        for crossing in crossings:
            step = (1, 0) if crossing.direction == "in" else (0, 1)
            for pairs in (self.fresh, self.totals):
                before = pairs.get(crossing.line, (0, 0))
                pairs[crossing.line] = (before[0] + step[0], before[1] + step[1])
            if crossing.direction == "out":
                self._exits.append((steady, crossing.line))
        while self._exits and steady - self._exits[0][0] > 2 * FLOW_WINDOW_S:
            self._exits.popleft()

    def watch(self, coverage: Coverage, live: Iterable[str], frames: Mapping[str, PointFrame], steady: float) -> None:
        """Note which lines the live cameras watch now."""
        since: dict[str, float] = {}
        chosen = frozenset(live)
        for line in self._lines:
            if cameras := coverage.watchers(line, chosen):
                oldest = min((frames[camera] for camera in cameras), key=lambda f: f.received_at - f.lag_s)
                self.watched[line.id] = (oldest.received_at, oldest.lag_s, oldest.period_s)
                since[line.id] = self._watched_since.get(line.id, steady)
        self._watched_since = since

    @property
    def watching(self) -> Set[str]:
        """Return the lines that live cameras watch now."""
        return self._watched_since.keys()

    def roll(self, readings: Mapping[str, ZoneReading], *, now: float, dated: float, elapsed_s: float) -> None:
        """Let the time since the last tick pass into the minute it belongs to; those of a clock set back go with it."""
        start = minute_of(dated)
        if self._minute is not None and start < self._minute.start:
            by = start - self._minute.start
            self._recent = deque((replace(s, start=s.start + by) for s in self._recent), self._recent.maxlen)
            self._minute.start = start
        if self._minute is not None and start > self._minute.start:
            self.closed.append((self._minute.start, self._minute.rows(self._zones)))
            self._recent.append(self._minute.running)
            self._minute = None
        if self._minute is None:
            self._minute = Minute(start)
        self._minute.add(readings, elapsed_s, now=now)
        self._minute.watch(self._watched_since, elapsed_s)
        for line, pair in self.fresh.items():
            self._minute.cross(line, *pair)

    @property
    def running(self) -> RunningMinute | None:
        """Return the crossings of this minute so far."""
        return None if self._minute is None else self._minute.running

    def ever_watched(self, by_line: Mapping[str, T]) -> dict[str, T]:
        """Return the part of a mapping by line whose lines cameras have watched."""
        return {line: value for line, value in by_line.items() if line in self.watched}

    def spans(self, minutes: int) -> list[RunningMinute]:
        """Return the crossings of the last minutes, at most 15, the running one last."""
        current = self.running
        oldest = (current.start if current else 0) - (minutes - 1) * MINUTE_S
        return [span for span in self._recent if span.start >= oldest] + ([current] if current else [])

    def recent(self) -> Pairs:
        """Return line id -> (in, out) over the last 15 minutes, of lines that were watched for most of them."""
        spans = self.spans(RECENT_MINUTES)
        elapsed = sum(span.elapsed_s for span in spans)
        found: Pairs = {}
        for line in self.ever_watched(self._zones):
            if sum(span.watched_s.get(line, 0.0) for span in spans) >= RECENT_FROM * elapsed:
                pairs = [span.lines.get(line, (0, 0)) for span in spans]
                found[line] = (sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs))
        return found

    def flow_changes(self, steady: float) -> dict[str, float]:
        """Return zone id -> change of the flow out of it over the last 60 s as a share of the 60 s before.

        Only zones all of whose lines were watched all the time, and that enough people left, have one.
        """
        found: dict[str, float] = {}
        for zone in {zone for zone in self._zones.values() if zone is not None}:
            lines = {line for line, into in self._zones.items() if into == zone}
            if any(steady - self._watched_since.get(line, steady) < 2 * FLOW_WINDOW_S for line in lines):
                continue
            ages = [steady - at for at, line in self._exits if line in lines]
            before = sum(FLOW_WINDOW_S < age <= 2 * FLOW_WINDOW_S for age in ages)
            if before >= FEWEST_FOR_FLOW:
                found[zone] = sum(age <= FLOW_WINDOW_S for age in ages) / before - 1.0
        return found


def _running(start: int, rows: Sequence[MinuteRow]) -> RunningMinute:
    """Return the crossings of a minute that was kept."""
    prefix = len(LINE_PREFIX)
    lines = [row for row in rows if row.zone.startswith(LINE_PREFIX)]
    counts = {row.zone[prefix:]: (row.count_in or 0, row.count_out or 0) for row in lines}
    return RunningMinute(start, MINUTE_S, counts, {row.zone[prefix:]: row.coverage * MINUTE_S for row in lines})
