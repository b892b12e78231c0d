"""What a tenant gets: the own zones and the own door, in steps of 15 minutes, coarse enough to name nobody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from mall.config import Site
from mall.models import LINE_PREFIX, MINUTE_S, MinuteRow

UNIT_CATEGORIES = frozenset({"shop", "food_court", "event", "seating", "popup"})
"""What can be a tenant's; a rest room or a stair within a unit is nobody's own."""
K_ANONYMITY = 10
ROUND_TO = 5
STEP_S = 15 * 60
KNOWN_FROM = 0.8  # of a step's time during which cameras watched the door; below it the step is unknown
WHOLE_FROM = 0.98


@dataclass(frozen=True, slots=True)
class Step:
    """Fifteen minutes at a door: in and out, None where unknown, and for which share (0…1) of it cameras watched."""

    start: int
    count_in: int | None
    count_out: int | None
    watched: float

    @property
    def is_partial(self) -> bool:
        """Tell whether the door was watched, but not all the time."""
        return 0.0 < self.watched < WHOLE_FROM


Minutes = Sequence[tuple[int, Sequence[MinuteRow]]]
View = dict[str, Any]


def coarse(count: int | None) -> int | str | None:
    """Return a count rounded to 5; below k = 10 only that, and None where nothing is known."""
    if count is None:
        return None
    return f"<{K_ANONYMITY}" if count < K_ANONYMITY else round(count / ROUND_TO) * ROUND_TO


def own_zones(site: Site, unit: str) -> tuple[str, ...]:
    """Return the unit's zone and the units within it; empty where the plan has no such zone."""
    within = (z for z in site.plan.zones if z.id == unit or (z.parent == unit and z.category in UNIT_CATEGORIES))
    return tuple(zone.id for zone in within)


def tenant_view(site: Site, unit: str, minutes: Minutes, live: Mapping[str, Any], *, now: float) -> View:
    """Return a unit's now and today; nothing of any other zone.

    Args:
        site: the site.
        unit: id of the unit's zone.
        minutes: the minutes of the unit's level since local midnight.
        live: zone id -> its row of the operator's view.
        now: store time in UTC seconds.

    """
    zones = own_zones(site, unit)
    lines = [line.id for line in site.plan.lines if line.zone in zones]
    midnight = datetime.combine(datetime.fromtimestamp(now, site.timezone).date(), time(0), site.timezone)
    steps = _steps(minutes, lines, since=midnight.timestamp(), now=now)
    return {
        "unit": unit,
        "at": round(now, 3),
        "k": K_ANONYMITY,
        "round_to": ROUND_TO,
        "step_s": STEP_S,
        "zones": {zone: _now_row(live[zone]) for zone in zones if zone in live},
        "has_door": bool(lines),
        "today": _today(steps),
        "steps": [
            {"start": s.start, "in": coarse(s.count_in), "out": coarse(s.count_out), "partial": s.is_partial}
            for s in steps
        ],
    }


def _today(steps: Sequence[Step]) -> View:
    known = [(s.count_in, s.count_out) for s in steps if s.count_in is not None and s.count_out is not None]
    if not known:
        return {"in": None, "out": None, "partial": False}
    count_in, count_out = sum(pair[0] for pair in known), sum(pair[1] for pair in known)
    partial = any(step.watched < WHOLE_FROM for step in steps)
    return {"in": coarse(count_in), "out": coarse(count_out), "partial": partial}


def _now_row(row: Mapping[str, Any]) -> View:
    """Keep state and age; the people of now only coarsely."""
    kept = {key: row.get(key) for key in ("state", "age_s", "period_s", "source", "coverage")}
    return kept | {"people": coarse(row.get("people"))}


def _steps(minutes: Minutes, lines: Sequence[str], *, since: float, now: float) -> list[Step]:
    """Return every whole 15 minutes since ``since``; unknown where a line was watched for too little of them."""
    names = {f"{LINE_PREFIX}{line}" for line in lines}
    found: defaultdict[int, list[MinuteRow]] = defaultdict(list)
    for start, rows in minutes:
        found[start // STEP_S * STEP_S] += [row for row in rows if row.zone in names]
    starts = range(-int(-since // STEP_S) * STEP_S, int(now // STEP_S) * STEP_S, STEP_S)
    return [_step(start, found.get(start, []), names) for start in starts]


def _step(start: int, rows: Sequence[MinuteRow], names: Set[str]) -> Step:
    watched = dict.fromkeys(names, 0.0)
    count_in = count_out = 0
    for row in rows:
        watched[row.zone] += row.coverage * MINUTE_S / STEP_S
        count_in, count_out = count_in + (row.count_in or 0), count_out + (row.count_out or 0)
    share = min(watched.values(), default=0.0)
    if share < KNOWN_FROM - 1e-6:
        return Step(start, None, None, share)
    return Step(start, count_in, count_out, share)
