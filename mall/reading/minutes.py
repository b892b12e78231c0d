"""Roll seconds up to minutes: UTC minutes that are never lost, doubled or turned back by a clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mall.models import LINE_PREFIX, MINUTE_S, MinuteRow, RunningMinute, ZoneReading
from mall.states import is_live
from mall.store.keys import MINUTE_AHEAD_S

JUMP_S = 5.0
WAITED_S = MINUTE_AHEAD_S + 3 * MINUTE_S  # beyond it the store, at the next whole minute, finds its last one ahead
COUNTED_FROM = 0.5  # of a minute during which cameras watched a line; below it nobody counted, which is not zero


class SteadyClock:
    """The wall clock made to never turn back: after a step back it runs on, and a step forward pays it off.

    It tells how long ago something was, and no more: after a step back it is ahead.
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._ahead = 0.0

    def read(self, now: float) -> float:
        """Return UTC seconds, never less than before."""
        step = 0.0 if self._last is None else now - self._last
        self._last = now
        if step < 0.0:
            self._ahead -= step
        elif step > JUMP_S:
            self._ahead = max(0.0, self._ahead - step)
        return now + self._ahead


class MinuteClock:
    """The wall clock by which minutes are dated: right at once, and after a step back of up to 5 min when it is over.

    Such a step is waited out, the minute that runs taking in what comes meanwhile. A larger one is followed at once:
    then the clock was ahead, and the minutes of a time to come give way in the store to those that are lived now.
    """

    def __init__(self) -> None:
        self._last: float | None = None

    def read(self, now: float) -> float:
        """Return the UTC seconds by which to date what is at ``now``, less than before only after a large step back."""
        if self._last is None or not 0.0 < self._last - now <= WAITED_S:
            self._last = now
        return self._last


@dataclass(slots=True)
class _Sum:
    weight: float = 0.0
    people: float = 0.0
    highest: int = 0
    coverage: float = 0.0


@dataclass(slots=True)
class Minute:
    """One minute of one level as it grows: people weighted by time, crossings by line.

    ``start`` is UTC seconds; crossings are booked under ``line:<id>`` and under the zone the line leads into.
    ``watched`` tells for how many seconds live cameras watched each line.
    """

    start: int
    zones: dict[str, _Sum] = field(default_factory=dict)
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    watched: dict[str, float] = field(default_factory=dict)
    elapsed: float = 0.0

    @classmethod
    def resumed(cls, running: RunningMinute) -> "Minute":
        """Continue the crossings of a minute that an earlier engine began; who stood where then is lost."""
        return cls(running.start, {}, dict(running.lines), dict(running.watched_s), running.elapsed_s)

    @property
    def running(self) -> RunningMinute:
        """Return the crossings so far, for the next engine."""
        watched = {line: round(seconds, 3) for line, seconds in self.watched.items()}
        return RunningMinute(self.start, round(self.elapsed, 3), dict(self.lines), watched)

    def add(self, readings: Mapping[str, ZoneReading], elapsed_s: float, *, now: float) -> None:
        """Book the time since the last tick with the readings of now; what is not live adds no people."""
        self.elapsed += elapsed_s
        for zone, reading in readings.items():
            total = self.zones.setdefault(zone, _Sum())
            if reading.people is None or not is_live(reading, now):
                continue
            total.weight += elapsed_s
            total.people += reading.people * elapsed_s
            total.highest = max(total.highest, reading.people)
            total.coverage += reading.coverage * elapsed_s

    def cross(self, line: str, count_in: int, count_out: int) -> None:
        """Book crossings of a line."""
        before = self.lines.get(line, (0, 0))
        self.lines[line] = (before[0] + count_in, before[1] + count_out)

    def watch(self, lines: Iterable[str], elapsed_s: float) -> None:
        """Book the time since the last tick for the lines that live cameras watch."""
        for line in lines:
            self.watched[line] = self.watched.get(line, 0.0) + elapsed_s

    def rows(self, line_zones: Mapping[str, str | None]) -> list[MinuteRow]:
        """Return one row a zone, then one a line that was watched; ``line_zones``: the zone each line leads into."""
        shares = {line: min(1.0, self.watched.get(line, 0.0) / MINUTE_S) for line in line_zones}
        counted = {line: self.lines.get(line, (0, 0)) for line, share in shares.items() if share >= COUNTED_FROM}
        flows: dict[str, tuple[int, int] | None] = {}
        for line, zone in line_zones.items():
            if zone is not None:
                flows[zone] = _sum_of(flows.get(zone, (0, 0)), counted.get(line))
        zones = {zone: _Sum() for zone, flow in flows.items() if flow is not None} | self.zones
        rows = [self._zone_row(zone, total, flows.get(zone)) for zone, total in zones.items()]
        for line, pair in counted.items():
            rows.append(MinuteRow(f"{LINE_PREFIX}{line}", None, 0, shares[line], *pair))
        return rows

    def _zone_row(self, zone: str, total: _Sum, flow: tuple[int, int] | None) -> MinuteRow:
        mean = total.people / total.weight if total.weight > 0.0 else None
        coverage = total.coverage / self.elapsed if self.elapsed > 0.0 else 0.0
        count_in, count_out = flow or (None, None)
        return MinuteRow(zone, mean, total.highest, min(1.0, coverage), count_in, count_out)


def _sum_of(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the sum of two flows, unknown where one is."""
    return None if one is None or other is None else (one[0] + other[0], one[1] + other[1])


def minute_of(t: float) -> int:
    """Return the start of the UTC minute of ``t``."""
    return int(t // MINUTE_S) * MINUTE_S
