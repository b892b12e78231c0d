"""What the state of the plan means: incidents, closed exits, the fire alarm, and how full a level is for its exits."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gis.egress import UNWATCHED, Egress, LevelEgress
from gis.exits import ExitRates
from mall.advisories.desk import Desk, Place
from mall.advisories.judging import Judge
from mall.advisories.reports import Report, Reports
from mall.advisories.rule import Limit, Rule
from mall.advisories.rules import LEVEL_CAPACITY, Limits, with_limits
from mall.advisories.rules_reported import EXIT_CLOSED, FIRE_ALARM, INCIDENT
from mall.advisories.situations import STALE, Evidence, zone_evidence
from mall.config import Site
from mall.models import ZoneReading
from mall.plan_state import Alarm, ContactStatus, PlanState, alarm_findings, alarm_of, incident_findings
from mall.plan_state.findings import Finding
from mall.plan_state.ways import passages_now
from mall.reading.level_engine import LevelEngine
from mall.states import is_live

KNOWN_FROM = 0.5  # of a level's area: with less in sight its people are not known; our own choice
CAPACITY_EVERY_S = 1.0
_RULES = {rule.id: rule for rule in (INCIDENT, FIRE_ALARM)}


@dataclass(frozen=True, slots=True)
class Level:
    """A level that is judged by its safe capacity: its indoor zones with their walkable m²."""

    rule: Rule
    place: Place
    zones: Mapping[str, float]


class PlanWatch:
    """Feeds the judge and the reports; ValueError where the site's limits make no ladder."""

    def __init__(self, site: Site, limits: Limits, desk: Desk, judge: Judge) -> None:
        own = site.file.egress
        self._site, self._judge, self._reports = site, judge, Reports(desk)
        self._egress = Egress(site.plan, ExitRates(own.level_rate, own.stepped_rate), own.limit_min)
        self._doors = {door.id: door for doors in self._egress.exits.now({}).values() for door in doors}
        self._levels = [self._level(level.id, limits) for level in site.plan.levels]
        self._capacities: tuple[dict[str, Any], dict[str, LevelEgress]] | None = None
        self._judged_at = float("-inf")

    def _level(self, level: str, limits: Limits) -> Level:
        rule = with_limits(LEVEL_CAPACITY, limits, LEVEL_CAPACITY.id)
        outdoors, plan = self._egress.exits.outdoors, self._site.plan
        zones = {zone.id: plan.area_m2(zone.id) for zone in plan.zones_on(level) if zone.id not in outdoors}
        place = Place(level, level)
        self._judge.expect(rule, place)
        return Level(rule, place, zones)

    def look(
        self, state: PlanState, contacts: Sequence[ContactStatus], levels: Mapping[str, LevelEngine], *, now: float
    ) -> Alarm:
        """Show what is reported, judge how full the levels are, and return the fire alarm."""
        self._reports.settle(self._reported(state, contacts, now), now)
        if not 0.0 <= now - self._judged_at < CAPACITY_EVERY_S:
            self._judged_at = now
            self._judge_levels(state, levels, now)
        return alarm_of(contacts)

    def shut(self, state: PlanState, now: float) -> frozenset[str]:
        """Return the exits that nobody can pass: closed by an operator, a contact or what lies before them."""
        found = self._egress.exits.now(passages_now(self._site.plan, state, now))
        return frozenset(each.id for exits in found.values() for each in exits if each.width_m <= 0.0)

    # -- reports ---------------------------------------------------------------------------------------------------

    def _reported(self, state: PlanState, contacts: Sequence[ContactStatus], now: float) -> list[Report]:
        found = [
            *incident_findings(state.active_incidents(now)),
            *alarm_findings(contacts, self._site.plan.levels[0].id),
        ]
        silent = {f"contact:{status.contact.id}" for status in contacts if not status.is_heard}
        return [_report(finding) for finding in found] + self._closed(state, silent, now)

    def _closed(self, state: PlanState, silent: Set[str], now: float) -> list[Report]:
        """Return the doors to the outside that a contact tells are closed, or told before it fell silent."""
        found = []
        for each in state.items.values():
            door, item = self._doors.get(each.item), each.holding(now)
            if door is None or door.kind != "door" or item is None or item.source != "contact":
                continue
            if item.passage.mode == "closed":
                limit = EXIT_CLOSED.limits[0]
                facts = {
                    "zone": door.zone, "zones": [door.zone], "openings": [door.id], "since": item.since,
                    "is_silent": item.who in silent,
                }  # fmt: skip
                place = Place(door.id, door.level)
                found.append(Report(EXIT_CLOSED, place, limit.severity, limit.source, item.since, facts))
        return found

    # -- how full a level is ---------------------------------------------------------------------------------------

    def _judge_levels(self, state: PlanState, levels: Mapping[str, LevelEngine], now: float) -> None:
        ways = self._ways(passages_now(self._site.plan, state, now))
        for level in self._levels:
            egress = ways[level.place.id]
            evidence, people = self._evidence(level, levels[level.place.id], egress, now)
            told = _fullest_first(level, levels[level.place.id].state.readings)
            facts = partial(_facts, told, evidence, egress, people)
            self._judge.judge((level.rule.id, level.place.id), evidence, now=now, facts=facts)

    def _ways(self, passages: dict[str, Any]) -> dict[str, LevelEgress]:
        """Return level -> how many it may hold with these ways; laid out anew only where a way has changed."""
        if self._capacities is None or self._capacities[0] != passages:
            found = {level.place.id: self._egress.level(level.place.id, passages, {}) for level in self._levels}
            self._capacities = passages, found
        return self._capacities[1]

    def _evidence(
        self, level: Level, engine: LevelEngine, egress: LevelEgress, now: float
    ) -> tuple[Evidence, list[float]]:
        """Return people / safe capacity, and the people with the upper end of their band."""
        if egress.safe_capacity is None:
            return STALE, []
        known = {zone: seen for zone in level.zones if (seen := self._seen(zone, engine, now)).fresh}
        asked = [z for z in level.zones if z in known or self._site.plan.zone(z).category not in UNWATCHED]
        area = sum(level.zones[zone] for zone in asked)
        if area <= 0.0 or sum(level.zones[zone] for zone in known) < KNOWN_FROM * area:
            return STALE, []
        people, high = sum(each.value for each in known.values()), sum(each.high for each in known.values())
        can_clear = len(known) == len(asked) and all(each.can_clear for each in known.values())
        most = max(egress.safe_capacity, 1e-9)
        return Evidence(people / most, high / most, can_clear=can_clear), [people, high]

    def _seen(self, zone: str, engine: LevelEngine, now: float) -> Evidence:
        reading: ZoneReading | None = engine.state.readings.get(zone)
        if reading is None:
            return STALE
        lost = any(camera not in engine.state.live for camera in engine.coverage.cameras_of(zone))
        return zone_evidence(reading, 1.0, live=is_live(reading, now), lost_camera=lost)


def _facts(
    level: Level, evidence: Evidence, egress: LevelEgress, people: Sequence[float], limit: Limit
) -> dict[str, Any]:
    likely, high = (round(each) for each in people) if people else (None, None)
    safe = egress.safe_capacity or 0.0
    return {
        "value": round(evidence.value, 4) if evidence.fresh and safe > 0.0 else None, "limit": limit.value,
        "unit": level.rule.unit, "people": likely, "band": [likely, high], "capacity": round(safe),
        "exit_capacity": None if egress.exit_capacity is None else round(egress.exit_capacity),
        "holding_capacity": round(egress.holding_capacity), "blocked": egress.blocked, "exits_state": egress.state,
        "openings": [each.exit.id for each in egress.exits], "source": limit.source,
        "on_delay_s": level.rule.on_delay_s, "zones": list(level.zones),
    }  # fmt: skip


def _fullest_first(level: Level, readings: Mapping[str, ZoneReading]) -> Level:
    """Return a level with its zones by density, those not known last: what can be done is looked for at the first."""
    known = {zone: row.density for zone, row in readings.items() if row.density is not None}
    zones = sorted(level.zones, key=lambda zone: -known.get(zone, -1.0))
    return replace(level, zones={zone: level.zones[zone] for zone in zones})


def _report(finding: Finding) -> Report:
    place = Place(finding.place, finding.level)
    return Report(_RULES[finding.rule], place, finding.severity, finding.source, finding.since, finding.facts)
