"""How many people a minute go from zone to zone, from the last minutes that the engine rolled up."""

from collections.abc import Mapping, Sequence

from gis.borders import Border
from mall.models import LINE_PREFIX, MOVE_PREFIX, MinuteRow
from mall.options.network import RATE_MIN, Pair, Rates

KNOWN_FROM = 0.5  # of a minute that must have been watched
Minutes = Sequence[tuple[int, Sequence[MinuteRow]]]


def rates_of(borders: Sequence[Border], minutes: Minutes) -> dict[Pair, float | None]:
    """Return people a minute both ways over each border of a level; None where the last minutes were not watched.

    Args:
        borders: of the level.
        minutes: (start, rows), oldest first; the last three count.

    """
    found: dict[Pair, float | None] = {}
    last = [{row.zone: row for row in rows} for _, rows in minutes[-RATE_MIN:]]
    for border in borders:
        counts = [pair for rows in last if (pair := _counted(border, rows)) is not None]
        one, other = border.zones
        found[one, other] = sum(pair[0] for pair in counts) / len(counts) if counts else None
        found[other, one] = sum(pair[1] for pair in counts) / len(counts) if counts else None
    return found


def _counted(border: Border, rows: Mapping[str, MinuteRow]) -> tuple[int, int] | None:
    """Return the people of one minute (from the first zone to the second, back): by lines where they cover it all."""
    forth = back = 0
    names = [(f"{LINE_PREFIX}{line}", sign) for line, sign in border.lines.items()]
    for name, sign in names or [(f"{MOVE_PREFIX}{border.zones[0]}>{border.zones[1]}", 1)]:
        row = rows.get(name)
        if row is None or row.coverage < KNOWN_FROM or row.count_in is None or row.count_out is None:
            return None
        pair = (row.count_in, row.count_out)[::sign]
        forth, back = forth + pair[0], back + pair[1]
    return forth, back


def scaled(rates: Rates, place: str, inflow: float | None, outflow: float | None) -> dict[Pair, float | None]:
    """Return the rates with those into and out of a place brought to what the last minute says, where that is known."""
    found = dict(rates)
    for side, wanted in ((1, inflow), (0, outflow)):
        mine = [pair for pair, rate in rates.items() if pair[side] == place and rate is not None]
        total = sum(rates[pair] or 0.0 for pair in mine)
        if wanted is not None and total > 0.0 and all(r is not None for p, r in rates.items() if p[side] == place):
            found |= {pair: (rates[pair] or 0.0) * wanted / total for pair in mine}
    return found
