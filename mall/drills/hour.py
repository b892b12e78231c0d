"""An hour of the mall's past as it can be played again: people per zone and moves between zones, minute by minute.

Positions are kept for ten seconds and no longer, so an hour is made of minute counts: how many people were where, and
how many went from zone to zone. Where within a zone they stood is invented; no person of that hour is in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mall.config import Site
from mall.errors import SiteError
from mall.models import MINUTE_S, MOVE_PREFIX, MinuteRow
from mall.store import Store

HOUR_S = 3600
KEPT_S = 48 * HOUR_S  # as long as the store keeps minutes
SEEN_FROM = 0.2  # of a zone: with less in sight nobody knows how many were in all of it; our own choice
KNOWN_FROM = 0.5  # of the minutes that must be there

Pair = tuple[str, str]
"""(from zone, to zone), an empty name being outside."""


@dataclass(frozen=True, slots=True)
class Hour:
    """Minutes of the past.

    Attributes:
        start: UTC seconds; minutes: how many.
        people: zone -> people in each minute, None where not known.
        moves: how many went from zone to zone, in each minute.

    """

    start: float
    minutes: int
    people: Mapping[str, Sequence[float | None]]
    moves: Sequence[Mapping[Pair, int]]

    def is_known(self, zone: str, at_s: float) -> bool:
        """Tell whether it is known how many were in a zone in the minute that is so long after the start."""
        row = self.people.get(zone)
        return row is not None and row[min(max(int(at_s // MINUTE_S), 0), self.minutes - 1)] is not None

    def net(self, zone: str) -> list[int]:
        """Return by how many a zone gained people in each minute by moves."""
        return [
            sum(count for (_, goal), count in moves.items() if goal == zone)
            - sum(count for (start, _), count in moves.items() if start == zone)
            for moves in self.moves
        ]


class Stock:
    """How many are to be in a zone at an instant, given how many came by moves until then.

    The mean of a minute is taken to be right in its middle. What moves do not explain comes and goes evenly from one
    middle to the next.
    """

    def __init__(self, hour: Hour, zone: str) -> None:
        moved, self._rest = 0.0, list[float | None]()
        for people, net in zip(hour.people[zone], hour.net(zone), strict=True):
            self._rest.append(None if people is None else people - moved - net / 2.0)
            moved += net

    def at(self, at_s: float, moved: int) -> float | None:
        """Return people so long after the start, of whom ``moved`` more came than went; None where not known."""
        last = len(self._rest) - 1
        at = min(max(at_s / MINUTE_S - 0.5, 0.0), float(last))
        here, following = self._rest[int(at)], self._rest[min(int(at) + 1, last)]
        if here is None or following is None:
            rest = self._rest[min(int(at_s // MINUTE_S), last)]
        else:
            rest = here + (following - here) * (at - int(at))
        return None if rest is None else max(0.0, rest + moved)


def read_hour(store: Store, site: Site, shares: Mapping[str, float], start: float, minutes: int) -> Hour:
    """Return minutes of the past as the store has them.

    Args:
        store: of the mall.
        site: the mall.
        shares: zone -> share (0…1) of it that cameras see; counts are of that ground and are scaled to all of it.
        start: UTC seconds of the first minute.
        minutes: how many.

    Raises:
        SiteError: half of these minutes or more are not there.

    """
    people: dict[str, list[float | None]] = {zone.id: [None] * minutes for zone in site.plan.zones}
    moves: list[dict[Pair, int]] = [{} for _ in range(minutes)]
    found: set[int] = set()
    for level in site.plan.levels:
        for at, rows in store.read_minutes(level.id, start, start + minutes * MINUTE_S):
            index = int((at - start) // MINUTE_S)
            if 0 <= index < minutes:
                found.add(index)
                for row in rows:
                    _take(row, index, shares, people, moves)
    if len(found) < KNOWN_FROM * minutes:
        raise SiteError(f"only {len(found)} of the {minutes} minutes of that time are known")
    return Hour(start, minutes, people, moves)


def _take(
    row: MinuteRow, index: int, shares: Mapping[str, float], people: Mapping[str, list[float | None]],
    moves: Sequence[dict[Pair, int]],
) -> None:  # fmt: skip
    if row.zone.startswith(MOVE_PREFIX):
        one, _, other = row.zone.removeprefix(MOVE_PREFIX).partition(">")
        for pair, count in (((one, other), row.count_in), ((other, one), row.count_out)):
            if count and all(not zone or zone in people for zone in pair):
                moves[index][pair] = count
    elif row.zone in people and row.people_mean is not None and shares.get(row.zone, 0.0) >= SEEN_FROM:
        people[row.zone][index] = row.people_mean / shares[row.zone]


def known_hours(store: Store, site: Site, now: float) -> list[float]:
    """Return the starts (UTC seconds) of the whole hours that can be played, the latest first."""
    last = (now // HOUR_S) * HOUR_S
    starts = [last - HOUR_S * i for i in range(1, KEPT_S // HOUR_S)]
    level = site.plan.levels[0].id
    probes = (HOUR_S / 4, HOUR_S / 2, 3 * HOUR_S / 4)
    return [
        start
        for start in starts
        if all(store.read_minutes(level, start + probe, start + probe + MINUTE_S) for probe in probes)
    ]
