"""Roll seconds up to minutes: UTC minutes that are never lost, doubled or turned back by a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mall.freshness import age_s, live_limit_s
from mall.models import MinuteRow, ZoneReading

MINUTE_S = 60
JUMP_S = 5.0
LINE_PREFIX = "line:"


class SteadyClock:
    """The wall clock made to never turn back: after a step back it runs on, and a step forward pays it off."""

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
    """

    start: int
    zones: dict[str, _Sum] = field(default_factory=dict)
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    elapsed: float = 0.0

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

    def rows(self, line_zones: Mapping[str, str | None]) -> list[MinuteRow]:
        """Return one row a zone, then one a line; ``line_zones`` gives the zone each line leads into."""
        flows: dict[str, tuple[int, int]] = {}
        for line, (count_in, count_out) in self.lines.items():
            zone = line_zones.get(line)
            if zone is not None:
                before = flows.get(zone, (0, 0))
                flows[zone] = (before[0] + count_in, before[1] + count_out)
        rows = [self._zone_row(zone, total, flows.get(zone, (0, 0))) for zone, total in self.zones.items()]
        for line in line_zones:
            pair = self.lines.get(line, (0, 0))
            rows.append(MinuteRow(f"{LINE_PREFIX}{line}", None, 0, 0.0, pair[0], pair[1]))
        return rows

    def _zone_row(self, zone: str, total: _Sum, flow: tuple[int, int]) -> MinuteRow:
        mean = total.people / total.weight if total.weight > 0.0 else None
        coverage = total.coverage / self.elapsed if self.elapsed > 0.0 else 0.0
        return MinuteRow(zone, mean, total.highest, min(1.0, coverage), flow[0], flow[1])


def is_live(reading: ZoneReading, now: float) -> bool:
    """Tell whether a reading is live (or saturated) at ``now``."""
    age = age_s(now, reading.received_at, reading.lag_s)
    return age is not None and age <= live_limit_s(reading.period_s)


def minute_of(t: float) -> int:
    """Return the start of the UTC minute of ``t``."""
    return int(t // MINUTE_S) * MINUTE_S
