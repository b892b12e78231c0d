"""What a tenant gets: the own zones and the own door, in steps of 15 minutes, coarse enough to name nobody."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from mall.config import Site
from mall.minutes import LINE_PREFIX
from mall.models import MinuteRow

K_ANONYMITY = 10
ROUND_TO = 5
STEP_S = 15 * 60

Minutes = Sequence[tuple[int, Sequence[MinuteRow]]]
View = dict[str, Any]


def coarse(count: int | None) -> int | str | None:
    """Return a count rounded to 5; below k = 10 only that, and None where nothing is known."""
    if count is None:
        return None
    return f"<{K_ANONYMITY}" if count < K_ANONYMITY else round(count / ROUND_TO) * ROUND_TO


def own_zones(site: Site, unit: str) -> tuple[str, ...]:
    """Return the unit's zone and the zones within it; empty where the plan has no such zone."""
    return tuple(zone.id for zone in site.plan.zones if unit in (zone.id, zone.parent))


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
        "steps": [{"start": start, "in": coarse(c_in), "out": coarse(c_out)} for start, c_in, c_out in steps],
    }


def _today(steps: Sequence[tuple[int, int | None, int | None]]) -> View:
    known = [(c_in, c_out) for _, c_in, c_out in steps if c_in is not None and c_out is not None]
    if not known:
        return {"in": None, "out": None}
    return {"in": coarse(sum(pair[0] for pair in known)), "out": coarse(sum(pair[1] for pair in known))}


def _now_row(row: Mapping[str, Any]) -> View:
    """Keep state and age; the people of now only coarsely."""
    kept = {key: row.get(key) for key in ("state", "age_s", "source", "coverage")}
    return kept | {"people": coarse(row.get("people"))}


def _steps(
    minutes: Minutes, lines: Sequence[str], *, since: float, now: float
) -> list[tuple[int, int | None, int | None]]:
    """Return (start, in, out) of every whole 15 minutes since ``since``; None where no minute was kept."""
    names = {f"{LINE_PREFIX}{line}" for line in lines}
    sums: dict[int, tuple[int, int]] = {}
    for start, rows in minutes:
        for row in rows:
            if row.zone in names:
                step = start // STEP_S * STEP_S
                before = sums.get(step, (0, 0))
                sums[step] = (before[0] + row.count_in, before[1] + row.count_out)
    starts = range(-int(-since // STEP_S) * STEP_S, int(now // STEP_S) * STEP_S, STEP_S)
    return [(start, *sums.get(start, (None, None))) for start in starts]
