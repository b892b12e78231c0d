"""How long people stay, from what is kept of zones and borders: by Little's law, without anybody's identity."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from mall.history.rows import KNOWN_FROM, QUARTER_S, HistoryRow
from mall.history.steps import Step, begins_of

FEWEST_ARRIVALS = 10  # of a step; with fewer the mean is chance


def mean_dwell(
    rows: Iterable[HistoryRow], borders: Mapping[str, Sequence[str]], step: Step, zone: tzinfo
) -> dict[tuple[str, int], float]:
    """Return (zone, begin of the step) -> mean stay in seconds: people-seconds divided by arrivals (Little, L = λW).

    Only quarter-hours count of which both the people and the moves over every border are known. It holds where stays
    are short beside the step; a zone that people leave unseen, for another level, has none.

    Args:
        rows: quarter-hours of the zones and of their borders.
        borders: zone -> names of the moves over all its borders.
        step: hour or day.
        zone: time zone of the steps.

    """
    kept = _by_name(rows)
    begins = begins_of({at for by_time in kept.values() for at in by_time}, step, zone)
    people_s: dict[tuple[str, int], float] = defaultdict(float)
    arrivals: dict[tuple[str, int], int] = defaultdict(int)
    for name, names in borders.items():
        for at, (people, came) in _known(kept, name, names).items():
            people_s[name, begins[at]] += people * QUARTER_S
            arrivals[name, begins[at]] += came
    return {key: people_s[key] / came for key, came in arrivals.items() if came >= FEWEST_ARRIVALS}


def moving_dwell(
    rows: Iterable[HistoryRow], borders: Mapping[str, Sequence[str]], row_s: int
) -> dict[tuple[str, int], float]:
    """Return (zone, begin of the row) -> mean stay in seconds over the quarter of an hour that ends with this row.

    A minute alone says nothing of stays longer than itself, so it tells of the 15 that end with it. Of these four
    fifths must be known and ten people must have come; a stay beyond the quarter of an hour is not known, for those who
    came before it would make most of it.

    Args:
        rows: minutes or quarter-hours of the zones and of their borders.
        borders: zone -> names of the moves over all its borders.
        row_s: seconds of a row, 60 or 900.

    """
    kept, most = _by_name(rows), QUARTER_S // row_s
    found: dict[tuple[str, int], float] = {}
    for name, names in borders.items():
        known = _known(kept, name, names)
        window: deque[tuple[int, float, int]] = deque()
        for at in sorted(known):
            window.append((at, *known[at]))
            while window[0][0] <= at - QUARTER_S:
                window.popleft()
            came = sum(row[2] for row in window)
            if len(window) < KNOWN_FROM * most or came < FEWEST_ARRIVALS:
                continue
            dwell_s = sum(row[1] for row in window) * row_s / came
            if dwell_s <= QUARTER_S:
                found[name, at] = dwell_s
    return found


def _by_name(rows: Iterable[HistoryRow]) -> dict[str, dict[int, HistoryRow]]:
    kept: dict[str, dict[int, HistoryRow]] = defaultdict(dict)
    for row in rows:
        kept[row.zone][row.at] = row
    return kept


def _known(
    kept: Mapping[str, Mapping[int, HistoryRow]], zone: str, borders: Sequence[str]
) -> dict[int, tuple[float, int]]:
    """Return begin -> (people, arrivals) of the rows of which both are known."""
    found = {}
    for at, row in kept.get(zone, {}).items():
        came = _arrivals(zone, [kept.get(border, {}).get(at) for border in borders])
        if row.people_mean is not None and came is not None:
            found[at] = (row.people_mean, came)
    return found


def _arrivals(zone: str, moves: Sequence[HistoryRow | None]) -> int | None:
    """Return how many came over all borders, None where one of them is not known, or there is none."""
    came = 0
    for row in moves:
        count = None if row is None else row.count_in if row.zone.endswith(f">{zone}") else row.count_out
        if count is None:
            return None
        came += count
    return came if moves else None
