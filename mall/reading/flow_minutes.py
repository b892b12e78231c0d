"""One minute of a level's flow: moves between zones, how long each zone was watched, and who came and left."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gis.borders import Border
from gis.visits import Move
from mall.models import MINUTE_S, MOVE_PREFIX, MinuteRow, RunningMinute, ZoneReading
from mall.reading.readings import FULL_FROM
from mall.states import is_live

WATCHED_FROM = 0.8  # coverage of a zone, from which its moves and its queue are seen well enough to be counted
KNOWN_FROM = 0.5  # of a minute during which a zone must have been watched; below it nobody counted, which is not zero
ALL_OF = 0.95  # of a time, less than which is a gap

Flow = tuple[int, int]


@dataclass(slots=True)
class Seen:
    """For how many seconds a zone was watched well, and as a whole; people-seconds, low and high (None: open)."""

    watched_s: float = 0.0
    whole_s: float = 0.0
    people: float = 0.0
    low: float = 0.0
    high: float | None = 0.0

    def add(self, reading: ZoneReading, elapsed_s: float) -> None:
        """Book a time with the reading of a live zone."""
        if reading.people is None or reading.band is None or reading.coverage < WATCHED_FROM:
            return
        self.watched_s += elapsed_s
        self.whole_s += elapsed_s * (reading.coverage >= FULL_FROM)
        self.people += reading.people * elapsed_s
        self.low += reading.band[0] * elapsed_s
        opened = self.high is None or reading.band[1] is None
        self.high = None if opened else (self.high or 0.0) + (reading.band[1] or 0) * elapsed_s


@dataclass(slots=True)
class FlowMinute:
    """One minute as it grows; ``broken`` are zones whose people some camera lost sight of in it."""

    start: int
    elapsed_s: float = 0.0
    moves: Counter[Move] = field(default_factory=Counter)
    zones: dict[str, Seen] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def add(self, readings: Mapping[str, ZoneReading], moves: Mapping[Move, int], elapsed_s: float, now: float) -> None:
        """Book the time since the last tick with what was seen of it."""
        self.elapsed_s += elapsed_s
        self.moves.update(moves)
        for zone, reading in readings.items():
            seen = self.zones.setdefault(zone, Seen())
            if is_live(reading, now):
                seen.add(reading, elapsed_s)

    def seen(self, zone: str) -> Seen:
        """Return how a zone was watched."""
        return self.zones.get(zone, Seen())

    def is_watched(self, zone: str) -> bool:
        """Tell whether a zone was watched all the time."""
        return self.elapsed_s > 0.0 and self.seen(zone).watched_s >= ALL_OF * self.elapsed_s

    def is_whole(self, zone: str) -> bool:
        """Tell whether all of a zone was watched for all of the minute, and nobody there was lost."""
        full = self.elapsed_s >= ALL_OF * MINUTE_S and self.seen(zone).whole_s >= ALL_OF * self.elapsed_s
        return full and zone not in self.broken

    def rows(self, found: Sequence[Border]) -> list[MinuteRow]:
        """Return one row a border, the same every minute: moves there and back, None where nobody looked."""
        return [self._row(border) for border in found]

    def _row(self, border: Border) -> MinuteRow:
        one, other = border.zones
        shares = [min(1.0, self.seen(zone).watched_s / MINUTE_S) for zone in border.zones if zone]
        share = min(shares)
        known = share >= KNOWN_FROM
        counts = (self.moves[one, other], self.moves[other, one]) if known else (None, None)
        return MinuteRow(row_name(border), None, 0, share, *counts)


def row_name(border: Border) -> str:
    """Return the name that the moves over a border are kept under."""
    return f"{MOVE_PREFIX}{border.zones[0]}>{border.zones[1]}"


def kept_moves(rows: Iterable[MinuteRow], found: Sequence[Border]) -> Counter[Move]:
    """Return the moves that a minute's rows tell of."""
    pairs = {row_name(border): border.zones for border in found}
    moves: Counter[Move] = Counter()
    for row in rows:
        if row.zone in pairs:
            one, other = pairs[row.zone]
            moves[one, other] += row.count_in or 0
            moves[other, one] += row.count_out or 0
    return +moves


def zone_flow(zone: str, minute: FlowMinute, lines: RunningMinute, mine: Sequence[Border]) -> Flow | None:
    """Return (in, out) of a zone with these borders in a minute: over lines that count a whole one, else by moves.

    None where a line that it needs, or the zone, was not watched all the time.
    """
    counted = {border.zones for border in mine if border.lines}
    if not minute.is_watched(zone) and len(counted) < len(mine):
        return None
    came = left = 0
    for border in mine:
        for line, sign in border.lines.items():
            if lines.watched_s.get(line, 0.0) < ALL_OF * lines.elapsed_s:
                return None
            inward, outward = lines.lines.get(line, (0, 0))[:: sign if border.zones[1] == zone else -sign]
            came, left = came + inward, left + outward
    for (one, other), count in minute.moves.items():
        if zone in (one, other) and (min(one, other), max(one, other)) not in counted:
            came, left = (came + count, left) if other == zone else (came, left + count)
    return came, left
