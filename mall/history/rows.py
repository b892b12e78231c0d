"""What the memory keeps of a zone, a line or a border for a time, and how long it keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gis.floorplan import FloorPlan
from mall.models import LINE_PREFIX, MOVE_PREFIX

DAY_S = 86_400
HOUR_S = 3600
QUARTER_S = 900
MINUTES_KEPT_DAYS = 30
QUARTERS_KEPT_MONTHS = 25
KNOWN_FROM = 0.8  # of a time's minutes that must be known; below it the figure of that time is unknown, which is not 0

Origin = Literal["recorded", "simulated", "sample"]
ORIGINS: tuple[Origin, ...] = ("recorded", "simulated", "sample")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One time of one zone, of a line (``line:<id>``) or of the moves over a border (``move:<zone>><zone>``).

    Attributes:
        at: UTC seconds at which the time begins.
        people_mean, people_max: None where it was not watched long enough, and of lines and moves.
        coverage: share (0…1) of the walkable area seen, mean; of lines and moves the share of time watched.
        watched: share (0…1) of the time for which the figures are known.
        area_m2: walkable area then; None of lines and moves.
        origin: ``recorded`` from cameras, ``simulated`` from simulated ones, ``sample`` invented as a whole.

    """

    at: int
    zone: str
    people_mean: float | None
    people_max: int | None
    count_in: int | None
    count_out: int | None
    coverage: float
    watched: float
    area_m2: float | None
    origin: Origin


def level_of(plan: FloorPlan, name: str) -> str | None:
    """Return the level of a zone, line or border by its name in the minutes; None where the plan has none of it."""
    if name.startswith(LINE_PREFIX):
        wanted = name.removeprefix(LINE_PREFIX)
        return next((line.level for line in plan.lines if line.id == wanted), None)
    levels = {zone.id: zone.level for zone in plan.zones}
    if name.startswith(MOVE_PREFIX):
        ends = name.removeprefix(MOVE_PREFIX).split(">")
        return next((levels[zone] for zone in ends if zone in levels), None)
    return levels.get(name)


def origin_of(plan: FloorPlan, name: str, sources: Mapping[str, str]) -> Origin:
    """Return where a minute's figures come from, by the sources of the zones; of a level's other names by any of them.

    Args:
        plan: the plan.
        name: zone, ``line:`` or ``move:`` name.
        sources: zone -> camera, recorded or simulated, of one level.

    """
    zones: list[str] = [name]
    if name.startswith(LINE_PREFIX):
        wanted = name.removeprefix(LINE_PREFIX)
        zones = [line.zone for line in plan.lines if line.id == wanted and line.zone]
    elif name.startswith(MOVE_PREFIX):
        zones = name.removeprefix(MOVE_PREFIX).split(">")
    found = [sources[zone] for zone in zones if zone in sources] or list(sources.values())
    return "simulated" if "simulated" in found else "recorded"
