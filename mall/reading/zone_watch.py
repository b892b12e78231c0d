"""Judges every zone by its rules: density and use twice a second, what is told by flow once."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from gis.capacity import capacity_of
from gis.density import standard_for
from gis.floorplan import FloorPlan, Zone
from mall.advisories.desk import Key, Place
from mall.advisories.judging import Judge
from mall.advisories.roles import Roles, roles_of
from mall.advisories.rule import Rule
from mall.advisories.rules import Limits, rules_for
from mall.advisories.situations import STALE, Evidence, zone_evidence
from mall.models import ZoneReading
from mall.reading import evidence as found
from mall.reading.filling import Filling, time_to_limit
from mall.reading.flow_window import RATE_S
from mall.reading.level_engine import LevelEngine
from mall.reading.zone_facts import Ground, Now, finite, zone_facts
from mall.states import is_live

PEOPLE_EVERY_S = 0.5
FLOW_EVERY_S = 1.0
OF_PEOPLE = frozenset({"density", "utilisation", "critical", "stalled"})
"""Measures that only people in a zone can raise: an empty one needs no look."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule at one zone; ``scale`` is what the people are divided by."""

    rule: Rule
    key: Key
    scale: float


@dataclass(frozen=True, slots=True)
class Row:
    """One zone with its rules; with fewer people than ``quiet_below`` none of those on people is the case."""

    zone: Zone
    ground: Ground
    of_people: tuple[Judged, ...]
    of_flow: tuple[Judged, ...]
    keys: frozenset[Key]
    quiet_below: float


@dataclass(frozen=True, slots=True)
class Look:
    """One zone at one instant: ``people`` is the evidence on the people in it."""

    row: Row
    reading: ZoneReading
    level: LevelEngine
    people: Evidence
    roles: Roles
    shut: Set[str]


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at all zones: whether the rules on flow are due, a fire alarm, and the exits that are shut."""

    now: float
    is_due: bool
    is_alarm: bool
    shut: Set[str]


Answer = tuple[Evidence, Callable[[], Now]]


class ZoneWatch:
    """Feeds the judge; ValueError where the site's limits make no ladder."""

    def __init__(self, plan: FloorPlan, limits: Limits, judge: Judge) -> None:
        self._judge = judge
        self._roles = roles_of(plan)
        self._rows = [row for zone in plan.zones if (row := self._row(plan, zone, limits)) is not None]
        self._flow_at = float("-inf")

    def _row(self, plan: FloorPlan, zone: Zone, limits: Limits) -> Row | None:
        rules = rules_for(zone, limits, self._roles.of(zone.id))
        ground = ground_of(plan, zone, rules, self._roles)
        judged = [
            Judged(rule, self._judge.expect(rule, Place(zone.id, zone.level)), scale)
            for rule in rules
            if rule.measure in _MEASURES
            and (scale := ground.capacity if rule.measure == "utilisation" else ground.area_m2) > 0.0
        ]
        if not judged:
            return None
        of_people = tuple(each for each in judged if each.rule.measure in OF_PEOPLE)
        of_flow = tuple(each for each in judged if each.rule.measure not in OF_PEOPLE)
        quiet = min((each.rule.limits[0].value * each.scale for each in of_people), default=0.0)
        return Row(zone, ground, of_people, of_flow, frozenset(each.key for each in of_people), quiet)

    def look(
        self, levels: Mapping[str, LevelEngine], *, now: float, alarm: bool = False, shut: Set[str] = frozenset()
    ) -> None:
        """Judge every zone; under a fire ``alarm`` nobody is told of what is no danger by itself.

        ``shut`` are the exits that nobody can pass, as far as people and contacts tell.
        """
        last, self._flow_at = self._flow_at, now
        for index, row in enumerate(self._rows):
            # Each zone twice a second, its flow once, but not all at once.
            phase = index / len(self._rows)
            if not _is_due(last, now, PEOPLE_EVERY_S, phase):
                continue
            is_due = _is_due(last, now, FLOW_EVERY_S, phase)
            level = levels[row.zone.level]
            reading = level.state.readings.get(row.zone.id)
            if reading is not None:
                self._look_at(row, level, reading, Tick(now, is_due, alarm, shut))

    def _look_at(self, row: Row, level: LevelEngine, reading: ZoneReading, tick: Tick) -> None:
        is_quiet = self._judge.standing.keys().isdisjoint(row.keys) and _most(reading) < row.quiet_below
        if is_quiet and not tick.is_due:
            return
        now = tick.now
        lost = any(camera not in level.state.live for camera in level.coverage.cameras_of(row.zone.id))
        people = zone_evidence(reading, 1.0, live=is_live(reading, now), lost_camera=lost)
        look = Look(row, reading, level, people, self._roles, tick.shut)
        crowded = () if is_quiet else [each for each in row.of_people if self._may_be(each, people)]
        for each in (*crowded, *(row.of_flow if tick.is_due else ())):
            evidence, known = _MEASURES[each.rule.measure](each, look)
            if tick.is_alarm and each.rule.is_comfort:
                evidence = STALE
            facts = zone_facts(each.rule, evidence, reading, row.ground, known)
            self._judge.judge(each.key, evidence, now=now, facts=facts)

    def _may_be(self, each: Judged, people: Evidence) -> bool:
        """Tell whether a rule on people is the case, or was: of the others there is nothing to judge."""
        return each.key in self._judge.standing or people.high >= each.rule.limits[0].value * each.scale


def _is_due(last: float, now: float, every_s: float, phase: float) -> bool:
    """Tell whether a time that comes every so often, shifted by ``phase``, has come since the last look."""
    return not 0.0 <= now - last < every_s or (now + phase) // every_s != (last + phase) // every_s


def _most(reading: ZoneReading) -> float:
    """Return the most people there may be on the whole ground; without an upper end, as many as one likes."""
    if reading.people is None or reading.band is None:
        return 0.0
    return float("inf") if reading.band[1] is None or reading.coverage <= 0.0 else max(
        reading.people / reading.coverage, reading.band[1]
    )  # fmt: skip


def ground_of(plan: FloorPlan, zone: Zone, rules: tuple[Rule, ...], roles: Roles) -> Ground:
    """Return what a zone is, for the facts of its advisories."""
    acts = [
        limit.value for rule in rules if rule.measure == "density" for limit in rule.limits if limit.severity == "act"
    ]
    lines = [line.id for line in plan.lines_on(zone.level) if line.zone == zone.id]
    lines += [
        line for line in (*roles.exits.get(zone.id, ()), *roles.stair_lines.get(zone.id, ())) if line not in lines
    ]
    return Ground(
        plan.area_m2(zone.id), capacity_of(plan, zone), min(acts, default=float("inf")), lines,
        roles.openings.get(zone.id, ()),
    )  # fmt: skip


# -- one function a measure ----------------------------------------------------------------------------------------


def _now(look: Look, filling: Filling | None = None, **more: Any) -> Callable[[], Now]:
    """Return what asks for the flow of a zone: it is told only of the few zones that have an advisory."""

    def known() -> Now:
        zone, state = look.row.zone.id, look.level.state
        rates = look.level.window.rates(zone)
        return Now(rates, filling, state.speeds.get(zone), state.flow_changes.get(zone), more)

    return known


def _use(each: Judged, look: Look) -> Answer:
    return found.per(look.people, each.scale), _now(look)


def _critical(each: Judged, look: Look) -> Answer:
    standard = standard_for(look.row.zone.category)
    waits = standard is None or standard.name == "queue"
    change = look.level.state.flow_changes.get(look.row.zone.id)
    density, rises = found.per(look.people, each.scale), look.reading.trend > 0
    return found.critical(each.rule, density, change, must_rise=waits, is_rising=rises), _now(look)


def _stalled(each: Judged, look: Look) -> Answer:
    speed = look.level.state.speeds.get(look.row.zone.id)
    return found.stalled(each.rule, found.per(look.people, each.scale), speed), _now(look)


def _filling(each: Judged, look: Look) -> Answer:
    """Return the time until the zone has the density at which somebody must act."""
    rates, most, people = look.level.window.rates(look.row.zone.id), look.row.ground.most, look.people
    if rates is None or not people.fresh:
        return STALE, _now(look)
    deviations = each.rule["net_deviations"]
    likely = time_to_limit(most - people.value, rates, deviations=deviations)
    soonest = time_to_limit(most - people.high, rates, deviations=deviations)
    low = finite(soonest.low)  # None where it does not fill any more, while the advisory still stands
    told = {"range_s": None if low is None else [low, finite(likely.high)], "limit_people": int(most)}
    evidence = found.filling(likely, soonest, can_clear=people.can_clear)
    return evidence, _now(look, likely, **told, **_feeding(look))


def _feeding(look: Look) -> dict[str, Any]:
    """Name the escalators that feed a landing, those that bring most first; unmeasured, those that the plan has."""
    zone, window = look.row.zone.id, look.level.window
    met = look.roles.escalators.get(zone)
    if not met:
        return {}
    brought = {escalator: window.between(escalator, zone) for escalator in met}
    measured = sorted((e for e in met if brought[e] > 0), key=lambda e: -brought[e])
    feeding = measured or look.roles.feeding.get(zone, ())
    if not feeding:
        return {}
    per_min = round(sum(brought.values()) * 60.0 / RATE_S, 1) if measured else None
    return {"feeding": list(feeding), "feeding_per_min": per_min, "first_option": "stop-escalator"}


def _blocked(each: Judged, look: Look) -> Answer:
    zone = look.row.zone.id
    density, speed = found.per(look.people, each.scale), look.level.state.speeds.get(zone)
    doors = look.roles.doors.get(zone)
    if doors:
        return found.shut_in(each.rule, density, speed, is_shut=look.shut >= set(doors)), _now(look, doors=list(doors))
    exits = {line: look.level.window.crossings(line) for line in look.roles.exits.get(zone, ())}
    evidence = found.blocked(each.rule, density, exits, speed)
    return evidence, _now(look, exits=list(exits))


def _counter_flow(each: Judged, look: Look) -> Answer:
    zone, roles = look.row.zone.id, look.roles
    lines = roles.exits.get(zone, ()) if each.rule.id == "counter-flow" else roles.stair_lines.get(zone, ())
    crossed = {line: look.level.window.crossings(line) for line in lines}
    evidence, told = found.counter_flow(each.rule, crossed, roles.widths)
    return evidence, _now(look, **told)


def _waiting(_each: Judged, look: Look) -> Answer:
    flow = look.level.state.flow
    wait = None if flow is None or look.row.zone.id not in flow.zones else flow.zones[look.row.zone.id].wait
    if not look.people.fresh:
        wait = None
    told: dict[str, Any] = (
        {} if wait is None else {"wait_s": wait.value, "wait_low_s": wait.low, "wait_high_s": wait.high}
    )
    return found.waiting(wait), _now(look, **told)


def _balance(_each: Judged, look: Look) -> Answer:
    zone, flow = look.row.zone.id, look.level.flow
    residual = flow.doubt_of(zone)
    told: dict[str, Any] = {} if residual is None else {
        "residual": residual.value, "tolerance": residual.tolerance, "minutes": residual.minutes,
        "lines": flow.lines_of(zone),
    }  # fmt: skip
    return found.unbalanced(residual), _now(look, **told)


_MEASURES: Mapping[str, Callable[[Judged, Look], Answer]] = {
    "density": _use, "utilisation": _use, "critical": _critical, "stalled": _stalled, "time-to-limit": _filling,
    "blocked-exit": _blocked, "counter-flow": _counter_flow, "queue-wait": _waiting, "residual": _balance,
}  # fmt: skip
