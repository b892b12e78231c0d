"""Judges once a minute which places will likely be full within the hour.

Only by a fresh forecast from a recorded history: an invented past (*sample*) raises nothing. A forecast is no
measurement, so that without a fresh one there is nothing to tell, and what it raised ends after its off-delay.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gis.capacity import capacity_of, is_utilised
from gis.floorplan import FloorPlan, Zone
from mall.advisories.desk import Key, Place
from mall.advisories.judging import Judge
from mall.advisories.roles import Roles, roles_of
from mall.advisories.rule import Rule
from mall.advisories.rules import Limits, rules_for
from mall.advisories.situations import STALE, Evidence, zone_evidence
from mall.forecast.shape import Forecast
from mall.forecast.uses import TimeToLimit, is_fresh, time_to_limit
from mall.public_levels import comfort_capacity
from mall.reading.forecast_book import NOTHING, ForecastBook
from mall.reading.level_engine import LevelEngine
from mall.reading.zone_facts import Ground, Now, zone_facts
from mall.reading.zone_watch import ground_of
from mall.states import is_live

EVERY_S = 60.0
NEAR_S = 3 * 3600.0
NEVER = Evidence(math.inf, math.inf)
"""Nothing says that it will be full."""


@dataclass(frozen=True, slots=True)
class Row:
    """One zone that is judged: its rule, and the people at which it is full."""

    zone: Zone
    rule: Rule
    key: Key
    ground: Ground
    most: float
    is_comfort: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """What a forecast says of a place, in seconds from when it was made."""

    forecast: Forecast
    when: TimeToLimit


class ForecastWatch:
    """Feeds the judge; ValueError where the site's limits make no ladder."""

    def __init__(self, plan: FloorPlan, limits: Limits, judge: Judge, book: ForecastBook) -> None:
        self._judge, self._book = judge, book
        roles = roles_of(plan)
        self._rows: dict[str, list[Row]] = {level.id: [] for level in plan.levels}
        for zone in plan.zones:
            if (row := self._row(plan, zone, limits, roles)) is not None:
                self._rows[zone.level].append(row)
        self._looked: dict[str, float] = {}
        self._read: dict[str, tuple[Mapping[str, Forecast], dict[str, Coming]]] = {}

    def _row(self, plan: FloorPlan, zone: Zone, limits: Limits, roles: Roles) -> Row | None:
        rules = rules_for(zone, limits, roles.of(zone.id))
        rule = next((rule for rule in rules if rule.measure == "forecast"), None)
        most = capacity_of(plan, zone) if is_utilised(zone) else comfort_capacity(plan, zone)
        if rule is None or most < rule["least_people"]:
            return None
        key = self._judge.expect(rule, Place(zone.id, zone.level))
        return Row(zone, rule, key, ground_of(plan, zone, rules, roles), most, not is_utilised(zone))

    def look(self, levels: Mapping[str, LevelEngine], *, now: float, alarm: bool = False) -> None:
        """Judge the zones of at most one level, each level once a minute; under a fire ``alarm`` none is told of."""
        due = (level for level in self._rows if not 0.0 <= now - self._looked.get(level, -math.inf) < EVERY_S)
        level = next(due, None)
        if level is None:
            return
        coming = self._coming(level)
        self._looked[level] = now
        for row in self._rows[level]:
            self._look_at(row, levels[level], coming.get(row.zone.id), now=now, alarm=alarm)

    def _coming(self, level: str) -> dict[str, Coming]:
        """Return zone -> when it will be full, worked out once for each time that forecasts are made."""
        found = self._book.of_level(level)
        kept = self._read.get(level, (NOTHING, {}))
        if kept[0] is not found:
            told = [(row, found[row.zone.id]) for row in self._rows[level] if row.zone.id in found]
            kept = self._read[level] = (
                found,
                {
                    row.zone.id: Coming(forecast, time_to_limit(_near(forecast), row.most))
                    for row, forecast in told
                    if not forecast.is_sample
                },
            )
        return kept[1]

    def _look_at(self, row: Row, level: LevelEngine, coming: Coming | None, *, now: float, alarm: bool) -> None:
        reading = level.state.readings.get(row.zone.id)
        if reading is None:
            return
        people = zone_evidence(reading, 1.0, live=is_live(reading, now), lost_camera=False)
        is_full = people.fresh and people.value >= row.most
        evidence = NEVER if coming is None or is_full else _evidence(coming, now)
        facts = {} if coming is None else _facts(row, coming, now)
        told = zone_facts(row.rule, evidence, reading, row.ground, lambda: _known(row, level, facts))
        self._judge.judge(row.key, STALE if alarm else evidence, now=now, facts=told)


def _near(forecast: Forecast) -> Forecast:
    """Return the forecast of the next hours: what comes later raises nothing within the hour."""
    return replace(forecast, steps=tuple(step for step in forecast.steps if step.t <= forecast.at + NEAR_S))


def _evidence(coming: Coming, now: float) -> Evidence:
    likely = coming.when.likely_s
    if likely is None or not is_fresh(coming.forecast, now):
        return NEVER
    left = max(0.0, likely - (now - coming.forecast.at))
    return Evidence(left, left)


def _facts(row: Row, coming: Coming, now: float) -> dict[str, object]:
    """Return what tells of a forecast: its range, how sure it is, and when it was made."""
    since, when = now - coming.forecast.at, coming.when
    earliest, likely, latest = (
        None if s is None else round(max(0.0, s - since)) for s in (when.earliest_s, when.likely_s, when.latest_s)
    )
    return {
        "value": likely, "high": earliest, "earliest_s": earliest, "latest_s": latest, "range_s": [earliest, latest],
        "time_to_limit_s": likely, "limit_people": int(row.most), "capacity": int(row.most),
        "limit_kind": "comfort" if row.is_comfort else "capacity", "interval": coming.forecast.interval,
        "is_validated": when.is_validated, "made_at": coming.forecast.at, "method": coming.forecast.method,
    }  # fmt: skip


def _known(row: Row, level: LevelEngine, facts: Mapping[str, object]) -> Now:
    return Now(level.window.rates(row.zone.id), more=facts)
