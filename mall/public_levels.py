"""What the public may know: four words a zone, once a minute, never a number and never one person (domain §6).

Limits 25/50/80 % of comfort capacity (C/D boundary of the zone's standard times walkable area, or the capacity where
the zone has no standard); a mean of 60 s; a level is left 5 % below its limit and at least one person below it.
A zone seen in part is judged by the people on the ground seen, unless that is so little that one person would tell.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gis.capacity import UTILISED, capacity_of
from gis.density import standard_for
from gis.floorplan import FloorPlan, Zone
from mall.models import ZoneReading
from mall.states import is_live

WORDS = ("quiet", "moderate", "busy", "very_busy")
NO_DATA = "no_data"
SHARES = (0.25, 0.50, 0.80)
HYSTERESIS = 0.05
MIN_COMFORT_CAPACITY = 40.0
MAX_ADVANTAGE = 0.05
EVERY_S = 60.0
MIN_LIVE_SHARE = 0.5  # of the 60 s, and of the area: below it the mean says nothing
STALE_S = 90.0
GONE_S = 180.0
HIDDEN = frozenset({"staff", "restroom"})
OPT_IN = frozenset({"shop"})  # a quiet shop is the shop's business: `[limits.<zone>] public = 1` opts in
C_LIMIT = 2  # index of the C/D boundary in a standard's limits

Limits = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class PublicZone:
    """A zone with a public level: the zones whose people it sums, and the comfort capacity of all and of each."""

    id: str
    members: tuple[str, ...]
    comfort: float
    parts: tuple[float, ...]


def comfort_capacity(plan: FloorPlan, zone: Zone) -> float:
    """Return the people up to which a zone is comfortable."""
    standard = None if zone.category in UTILISED else standard_for(zone.category)
    if standard is None:
        return capacity_of(plan, zone)
    return float(standard.limits[C_LIMIT]) * plan.area_m2(zone.id)


def level_index(people: float, comfort: float, previous: int | None) -> int:
    """Return the level (0 quiet … 3 very busy) of a mean count, given the level before (None: none)."""
    index = sum(people >= share * comfort for share in SHARES)
    if previous is None or index >= previous:
        return index
    margin = max(1.0, HYSTERESIS * SHARES[previous - 1] * comfort)
    held = sum(people >= share * comfort - margin for share in SHARES)
    return min(previous, held)


def attack_advantage(comfort: float) -> float:
    """Return how much better than blind somebody who knows everybody else guesses whether one person is there.

    For every count of the others, equally likely up to the comfort capacity, the level with and without that person
    is compared, whatever level was shown before; a level that changes gives the person away.
    """
    counts = range(int(comfort) + 1)
    worst = 0.0
    for before in (None, 0, 1, 2, 3):
        told = sum(level_index(n, comfort, before) != level_index(n + 1, comfort, before) for n in counts)
        worst = max(worst, 0.5 * told / len(counts))
    return worst


_advantage = lru_cache(maxsize=1024)(attack_advantage)


def published(plan: FloorPlan, limits: Limits | None = None) -> tuple[PublicZone, ...]:
    """Return the zones the public gets; a zone too small stands in its parent, or nowhere."""
    allowed = [zone for zone in plan.zones if _may_show(zone, limits or {})]
    comfort = {zone.id: comfort_capacity(plan, zone) for zone in allowed}
    groups: dict[str, list[str]] = {}
    for zone in allowed:
        shown = zone if _safe(comfort[zone.id]) else _parent(zone, allowed)
        if shown is not None:
            groups.setdefault(shown.id, []).append(zone.id)
    found = (
        PublicZone(zone, tuple(ids), sum(comfort[i] for i in ids), tuple(comfort[i] for i in ids))
        for zone, ids in groups.items()
    )
    return tuple(zone for zone in found if _safe(zone.comfort))


def _may_show(zone: Zone, limits: Limits) -> bool:
    opted_in = zone.category not in OPT_IN or limits.get(zone.id, {}).get("public") == 1
    return zone.public and zone.category not in HIDDEN and opted_in


def _safe(comfort: float) -> bool:
    return comfort >= MIN_COMFORT_CAPACITY and _advantage(comfort) <= MAX_ADVANTAGE


def _parent(zone: Zone, allowed: list[Zone]) -> Zone | None:
    return next((other for other in allowed if other.id == zone.parent), None)


def version_of(text: bytes | None) -> int:
    """Return the version of published bytes, 0 where there are none."""
    return int(json.loads(text)["version"]) if text else 0


@dataclass(slots=True)
class _Sum:
    seconds: float = 0.0
    people: float = 0.0
    coverage: float = 0.0


@dataclass(slots=True)
class PublicLevels:
    """The levels as they grow: one word a zone once a minute from the mean of that minute.

    While a fire alarm is on no zone is called quiet or busy: nobody shall choose a way by it.
    """

    zones: tuple[PublicZone, ...]
    version: int = 0
    elapsed: float = 0.0
    is_withheld: bool = False
    levels: dict[str, int | None] = field(default_factory=dict)
    sums: dict[str, _Sum] = field(default_factory=dict)

    def add(self, readings: Mapping[str, ZoneReading], elapsed_s: float, *, now: float) -> None:
        """Book a level's readings for the time since the last tick; what is not live is left out."""
        for zone, reading in readings.items():
            if reading.people is None or not is_live(reading, now):
                continue
            total = self.sums.setdefault(zone, _Sum())
            total.seconds += elapsed_s
            total.people += reading.people * elapsed_s
            total.coverage += reading.coverage * elapsed_s

    def pass_time(self, elapsed_s: float) -> None:
        """Let the time since the last tick pass, once for all levels."""
        self.elapsed += elapsed_s

    def due(self, *, is_alarm: bool = False) -> bool:
        """Tell whether the minute is full; the first words ("no data") and those of an alarm are due at once."""
        return self.elapsed >= EVERY_S or self.version == 0 or (is_alarm and not self.is_withheld)

    def publish(self, now: float, *, is_alarm: bool = False) -> dict[str, Any]:
        """Close the minute and return ``{"version", "at", "zones": {id: word}}``."""
        self.levels = {zone.id: None if is_alarm else self._level(zone) for zone in self.zones}
        self.is_withheld = is_alarm
        self.version += 1
        self.elapsed, self.sums = 0.0, {}
        words = {zone: NO_DATA if level is None else WORDS[level] for zone, level in self.levels.items()}
        return {"version": self.version, "at": round(now, 3), "zones": words}

    def _level(self, zone: PublicZone) -> int | None:
        people = seen = 0.0  # seen: comfort capacity of the ground that is seen
        for member, comfort in zip(zone.members, zone.parts, strict=True):
            total = self.sums.get(member, _Sum())
            enough = self.elapsed > 0.0 and total.seconds >= MIN_LIVE_SHARE * self.elapsed
            if enough and total.coverage >= MIN_LIVE_SHARE * total.seconds:
                people += total.people / total.seconds
                seen += comfort * total.coverage / total.seconds
        if seen < MIN_LIVE_SHARE * zone.comfort or _advantage(round(seen, 2)) > MAX_ADVANTAGE:
            return None
        return level_index(people * zone.comfort / seen, zone.comfort, self.levels.get(zone.id))
