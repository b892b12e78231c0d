"""How long people stay, from what is kept of zones and borders: by Little's law, without anybody's identity."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from mall.history.rows import QUARTER_S, HistoryRow
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
    kept: dict[str, dict[int, HistoryRow]] = defaultdict(dict)
    for row in rows:
        kept[row.zone][row.at] = row
    begins = begins_of({at for by_time in kept.values() for at in by_time}, step, zone)
    people_s: dict[tuple[str, int], float] = defaultdict(float)
    arrivals: dict[tuple[str, int], int] = defaultdict(int)
    for name, names in borders.items():
        for at, row in kept[name].items():
            came = _arrivals(name, [kept[border].get(at) for border in names])
            if row.people_mean is not None and came is not None:
                people_s[name, begins[at]] += row.people_mean * QUARTER_S
                arrivals[name, begins[at]] += came
    return {key: people_s[key] / came for key, came in arrivals.items() if came >= FEWEST_ARRIVALS}


def _arrivals(zone: str, moves: Sequence[HistoryRow | None]) -> int | None:
    """Return how many came over all borders, None where one of them is not known, or there is none."""
    came = 0
    for row in moves:
        count = None if row is None else row.count_in if row.zone.endswith(f">{zone}") else row.count_out
        if count is None:
            return None
        came += count
    return came if moves else None
