"""What an operator gets of the past: zones, lines and borders by minute, quarter-hour, hour or day, with origin."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from gis.borders import borders
from gis.density import level_of_service, standard_for
from mall.config import Site
from mall.history.rows import HOUR_S, QUARTER_S, HistoryRow, level_of
from mall.models import LINE_PREFIX, MINUTE_S, MOVE_PREFIX

if TYPE_CHECKING:
    from mall.history.joined import JoinedHistory

Step = Literal["1m", "15m", "1h", "1d"]
UNBALANCED = frozenset({"lift", "escalator", "stair"})
SEEN_FROM = 0.05  # of a zone; below it there is no density
STEP_S: dict[Step, int] = {"1m": MINUTE_S, "15m": QUARTER_S, "1h": HOUR_S, "1d": 24 * HOUR_S}
View = dict[str, Any]


def unknown_names(site: Site, names: Sequence[str]) -> list[str]:
    """Return those that name nothing on the plan."""
    return [name for name in names if level_of(site.plan, name) is None]


def history_view(
    site: Site, history: "JoinedHistory", names: Sequence[str], span: tuple[float, float], step: Step
) -> View:
    """Return rows by name and time; unknown is null, and a time nobody knows anything of has no row.

    Args:
        site: the site.
        history: its memory.
        names: zones, ``line:<id>`` or ``move:<zone>><zone>``.
        span: UTC seconds, half-open.
        step: minutes, quarter-hours, or hours and days of the site's time zone.

    Raises:
        StoreError: the store does not answer.
        HistoryError: the memory cannot be asked just now.

    """
    since, until = span
    status = history.status()
    borders_by_zone = borders_of(site, names)
    if step == "1m":
        rows = history.zone_minutes(names, since, until)
        dwell = history.recent_dwell(borders_by_zone, since, until, MINUTE_S)
    elif step == "15m":
        rows = history.quarter_hours(names, since, until)
        dwell = history.recent_dwell(borders_by_zone, since, until, QUARTER_S)
    else:
        rows = history.steps(names, since, until, step, site.timezone)
        dwell = history.dwell(borders_by_zone, since, until, step, site.timezone)
    return {
        "since": since, "until": until, "step": step,
        # Where the engine writes on another machine, only what the store has can be told.
        "archive": "here" if history.is_here(status) else "elsewhere" if status else "absent",
        "left_out": history.left_out,
        "origins": sorted({row.origin for row in rows}),
        "rows": [row_view(site, row, dwell.get((row.zone, row.at))) for row in rows],
    }  # fmt: skip


def borders_of(site: Site, names: Sequence[str]) -> dict[str, list[str]]:
    """Return zone -> the names of the moves over its borders; of zones that people leave for another level none."""
    zones = {zone.id: zone.level for zone in site.plan.zones if zone.category not in UNBALANCED}
    levels = {zones[name] for name in names if name in zones}
    found = {level: _borders(site, level) for level in levels}
    return {
        name: [f"{MOVE_PREFIX}{one}>{other}" for one, other in found[zones[name]] if name in (one, other)]
        for name in names
        if name in zones
    }


@lru_cache(maxsize=64)
def _borders(site: Site, level: str) -> tuple[tuple[str, str], ...]:
    return tuple(border.zones for border in borders(site.plan, level))


def row_view(site: Site, row: HistoryRow, dwell_s: float | None = None) -> View:
    """Return one row with the density of the ground seen, and its Level of Service by category."""
    density = density_of(row)
    los = None
    if density is not None and not row.zone.startswith((LINE_PREFIX, MOVE_PREFIX)):
        category = next((zone.category for zone in site.plan.zones if zone.id == row.zone), None)
        standard = standard_for(category) if category else None
        los = level_of_service(density, standard) if standard else None
    return {
        "zone": row.zone, "at": row.at, "people_mean": row.people_mean, "people_max": row.people_max,
        "density": density, "los": los, "count_in": row.count_in, "count_out": row.count_out,
        "dwell_mean_s": None if dwell_s is None else round(dwell_s, 1),
        "coverage": row.coverage, "watched": row.watched, "origin": row.origin,
    }  # fmt: skip


def density_of(row: HistoryRow) -> float | None:
    """Return the mean people seen / (walkable area x coverage) in p/m², None where too little was seen."""
    if row.people_mean is None or not row.area_m2 or not row.watched:
        return None
    coverage = min(1.0, row.coverage / row.watched)
    return round(row.people_mean / (row.area_m2 * coverage), 4) if coverage >= SEEN_FROM else None
