"""The flow of the last seconds: who came into and left each zone, and who crossed each line.

Minutes are too long where a landing fills in twenty seconds. As in ``flow_minutes`` lines count where they cover a
whole border, moves elsewhere; a zone or line that was not watched for all of a time has no flow over it.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gis.borders import Border
from gis.visits import Move
from mall.models import ZoneReading
from mall.reading.flow_minutes import WATCHED_FROM
from mall.states import is_live

RATE_S = 30.0  # over which people a minute are told: shorter is chance, longer is late
FLOW_S = 60.0  # over which a flow is compared with the flow before
FEWEST_FOR_FLOW = 10  # people who left in the minute before: with fewer a fall by 20 % is chance
WATCH_EVERY_S = 1.0

In, Out = "in", "out"
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZoneRates:
    """Who came into and left a zone over the last ``seconds``."""

    seconds: float
    came: int
    left: int

    @property
    def in_per_min(self) -> float:
        """Return people a minute who came."""
        return self.came * 60.0 / self.seconds

    @property
    def out_per_min(self) -> float:
        """Return people a minute who left."""
        return self.left * 60.0 / self.seconds


class _Sliding:
    """Sums of counts over the last ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._held: deque[tuple[float, Mapping[Keys, int]]] = deque()
        self.sums: Counter[Keys] = Counter()

    def add(self, at: float, counts: Mapping[Keys, int]) -> None:
        if counts:
            self._held.append((at, counts))
            self.sums.update(counts)

    def pass_to(self, now: float) -> None:
        while self._held and now - self._held[0][0] >= self._seconds:
            self.sums.subtract(self._held.popleft()[1])
        if not self._held:
            self.sums.clear()


class FlowWindow:
    """Keeps the flow of one level's last two minutes.

    Args:
        zones: ids of the level's zones.
        found: the borders between them.

    """

    def __init__(self, zones: Iterable[str], found: Sequence[Border]) -> None:
        self._signs = {line: (border.zones, sign) for border in found for line, sign in border.lines.items()}
        self._covered = {border.zones for border in found if border.lines}
        self._needs = {
            zone: (
                frozenset(line for border in found if zone in border.zones for line in border.lines),
                any(zone in border.zones and not border.lines for border in found),
            )
            for zone in zones
        }
        self._rate, self._flow, self._both = _Sliding(RATE_S), _Sliding(FLOW_S), _Sliding(2.0 * FLOW_S)
        self._since: dict[str, float] = {}
        self._lines_since: dict[str, float] = {}
        self._watched_at = float("-inf")
        self._steady = 0.0

    def take(self, moves: Mapping[Move, int], lines: Mapping[str, tuple[int, int]], steady: float) -> None:
        """Book the moves and crossings since the last tick; ``steady`` never turns back."""
        self._steady = steady
        counts: Counter[Keys] = Counter()
        for (one, other), count in moves.items():
            if (min(one, other), max(one, other)) not in self._covered:
                _book(counts, one, other, count)
        for line, (inward, outward) in lines.items():
            counts[In, "line", line] += inward
            counts[Out, "line", line] += outward
            if line in self._signs:
                (one, other), sign = self._signs[line]
                there, back = (inward, outward) if sign > 0 else (outward, inward)
                _book(counts, one, other, there)
                _book(counts, other, one, back)
        for sliding in (self._rate, self._flow, self._both):
            sliding.add(steady, counts)
            sliding.pass_to(steady)

    def watch(
        self, readings: Mapping[str, ZoneReading], watching: Iterable[str], broken: Iterable[str], *, now: float,
        steady: float,
    ) -> None:  # fmt: skip
        """Note, once a second, what is watched; ``broken`` are zones whose people some camera has just lost."""
        for zone in broken:
            self._since.pop(zone, None)
        if 0.0 <= steady - self._watched_at < WATCH_EVERY_S:
            return
        self._watched_at = steady
        lines = frozenset(watching)
        self._lines_since = {line: self._lines_since.get(line, steady) for line in lines}
        self._since = {
            zone: self._since.get(zone, steady)
            for zone, (needed, is_open) in self._needs.items()
            if needed <= lines and (not is_open or _is_seen(zone, readings, now))
        }

    def rates(self, zone: str) -> ZoneRates | None:
        """Return a zone's flow over the last 30 s; None where it was not watched for all of them."""
        if self._steady - self._since.get(zone, self._steady) < RATE_S:
            return None
        sums = self._rate.sums
        return ZoneRates(RATE_S, sums[In, "zone", zone], sums[Out, "zone", zone])

    def between(self, one: str, other: str) -> int:
        """Return the people who went from one zone to another over the last 30 s."""
        return self._rate.sums[one, other]

    def changes(self) -> dict[str, float]:
        """Return zone -> change of the flow out of it over the last 60 s as a share of the 60 s before.

        Only zones that were watched all the time, and that enough people left, have one.
        """
        found: dict[str, float] = {}
        for key, both in self._both.sums.items():
            if key[0] == Out and key[1] == "zone" and both >= FEWEST_FOR_FLOW:
                now = self._flow.sums[key]
                if (
                    both - now >= FEWEST_FOR_FLOW
                    and self._steady - self._since.get(key[2], self._steady) >= 2.0 * FLOW_S
                ):
                    found[key[2]] = now / (both - now) - 1.0
        return found

    def crossings(self, line: str) -> tuple[int, int] | None:
        """Return who crossed a line in and out over the last 60 s; None where it was not watched for all of them."""
        if self._steady - self._lines_since.get(line, self._steady) < FLOW_S:
            return None
        return self._flow.sums[In, "line", line], self._flow.sums[Out, "line", line]


def _book(counts: Counter[Keys], one: str, other: str, count: int) -> None:
    if count:
        counts[Out, "zone", one] += count
        counts[In, "zone", other] += count
        counts[one, other] += count


def _is_seen(zone: str, readings: Mapping[str, ZoneReading], now: float) -> bool:
    reading = readings.get(zone)
    return reading is not None and reading.coverage >= WATCHED_FROM and is_live(reading, now)
