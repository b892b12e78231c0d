"""What is judged at every tick: zones by density and capacity, cameras and sensors by their health and limits."""

from collections.abc import Mapping
from typing import Any

from gis.capacity import capacity_of
from gis.floorplan import Zone
from mall.advisories.desk import Desk, FactsOf, Place
from mall.advisories.rules import (
    CAMERA_LOST,
    LEVEL_DARK,
    SENSOR_LIMIT,
    SENSOR_SILENT,
    Limit,
    Rule,
    rules_for,
    with_limits,
)
from mall.advisories.situations import STALE, Evidence, zone_evidence
from mall.config import Site
from mall.errors import SiteError
from mall.freshness import stale_limit_s
from mall.models import ZoneReading
from mall.popups.status import SensorStatus
from mall.reading.level_engine import LevelEngine
from mall.states import camera_state, is_live

NEVER_SEEN_AFTER_S = 60.0  # a camera that has not shown itself this long after the start counts as lost
GONE = frozenset({"offline", "unknown", "suspect", "failed"})


class Watch:
    """Feeds the desk with evidence; the rules are checked once, when it is made."""

    def __init__(self, site: Site, desk: Desk) -> None:
        limits = site.file.limits
        try:
            self._zones = [(zone, rules_for(zone, limits)) for zone in site.plan.zones]
            self._camera = with_limits(CAMERA_LOST, limits, CAMERA_LOST.id)
            self._dark = with_limits(LEVEL_DARK, limits, LEVEL_DARK.id)
            self._limit = with_limits(SENSOR_LIMIT, limits, SENSOR_LIMIT.id)
            self._silent = with_limits(SENSOR_SILENT, limits, SENSOR_SILENT.id)
        except ValueError as exc:
            raise SiteError(f"{site.folder / 'site.toml'}: {exc}") from exc
        self._site = site
        self._desk = desk
        self._since: float | None = None

    def zones(self, levels: Mapping[str, LevelEngine], *, now: float) -> None:
        """Judge every zone by its rules."""
        for zone, rules in self._zones:
            level = levels[zone.level]
            reading = level.state.readings.get(zone.id)
            if reading is None:
                continue
            lost = any(camera not in level.state.live for camera in level.coverage.cameras_of(zone.id))
            for rule in rules:
                scale = self._scale(zone, rule)
                if scale > 0.0:
                    evidence = zone_evidence(reading, scale, live=is_live(reading, now), lost_camera=lost)
                    facts = _zone_facts(rule, evidence, reading, scale=scale)
                    self._desk.judge(rule, Place(zone.id, zone.level), evidence, now=now, facts=facts)

    def _scale(self, zone: Zone, rule: Rule) -> float:
        plan = self._site.plan
        return capacity_of(plan, zone) if rule.measure == "utilisation" else plan.area_m2(zone.id)

    def cameras(self, levels: Mapping[str, LevelEngine], statuses: Mapping[str, Any], *, now: float) -> None:
        """Judge every camera of the site: offline, frozen, or never seen since the start."""
        self._since = now if self._since is None else min(self._since, now)
        gone: dict[str, str] = {}
        for camera in self._site.cameras:
            state, _ = camera_state(statuses.get(camera.id), levels[camera.level].state.frames.get(camera.id), now=now)
            if state in GONE and (state != "unknown" or now - self._since >= NEVER_SEEN_AFTER_S):
                gone[camera.id] = state
        for level_id, level in levels.items():
            self._level_cameras(level_id, level, gone, now=now)

    def _level_cameras(self, level_id: str, level: LevelEngine, gone: Mapping[str, str], *, now: float) -> None:
        cameras = [camera.id for camera in self._site.cameras if camera.level == level_id]
        lost = [camera for camera in cameras if camera in gone]
        n = float(len(lost))
        facts = _fixed({"value": n, "cameras": lost})
        self._desk.judge(self._dark, Place(level_id, level_id), Evidence(n, n), now=now, facts=facts)
        inhibited = n >= self._dark.limits[0].value
        zones = self._site.plan.zones_on(level_id)
        for camera in cameras:
            lost_here = float(camera in gone)
            blind = [zone.id for zone in zones if camera in level.coverage.cameras_of(zone.id)]
            facts = _fixed({"state": gone.get(camera), "zones": blind})
            evidence = STALE if inhibited and lost_here else Evidence(lost_here, lost_here)
            self._desk.judge(self._camera, Place(camera, level_id), evidence, now=now, facts=facts)

    def sensors(self, statuses: Mapping[str, Mapping[str, SensorStatus]], *, now: float) -> None:
        """Judge every sensor of the pop-ups that are open: silent, or beyond its limits."""
        for popup in self._site.popups:
            level = self._site.plan.zone(popup.pitch).level
            for sensor_id, status in statuses.get(popup.id, {}).items():
                place = Place(f"{popup.id}/{sensor_id}", level)
                if popup.phase(now) == "open":
                    self._sensor(popup.id, place, status, now=now)
                else:
                    self._desk.forget(self._limit, place)
                    self._desk.forget(self._silent, place)

    def _sensor(self, popup: str, place: Place, status: SensorStatus, *, now: float) -> None:
        beyond = float(status.beyond is not None)
        evidence = Evidence(beyond, beyond) if status.state == "live" else STALE
        self._desk.judge(self._limit, place, evidence, now=now, facts=_limit_facts(popup, status, self._limit))
        silent = float(status.state == "offline")
        self._desk.judge(self._silent, place, Evidence(silent, silent), now=now, facts=_silent_facts(popup, status))


def _fixed(facts: dict[str, Any]) -> FactsOf:
    return lambda limit: facts | {"source": limit.source}


def _zone_facts(rule: Rule, evidence: Evidence, reading: ZoneReading, *, scale: float) -> FactsOf:
    def facts(limit: Limit) -> dict[str, Any]:
        return {
            "value": round(evidence.value, 4), "high": round(evidence.high, 4), "limit": limit.value,
            "unit": rule.unit, "people": reading.people, "band": list(reading.band or (reading.people, None)),
            "coverage": reading.coverage, "on_delay_s": rule.on_delay_s, "source": limit.source,
            "data": reading.source, "saturated": reading.saturated, "unproven": reading.unproven,
        } | ({"capacity": round(scale)} if rule.measure == "utilisation" else {"area_m2": round(scale, 1)})  # fmt: skip

    return facts


def _limit_facts(popup: str, status: SensorStatus, rule: Rule) -> FactsOf:
    return _fixed({
        "popup": popup, "sensor": status.spec.id, "kind": status.spec.kind, "unit": status.spec.unit,
        "value": status.value, "limit": status.limit, "side": status.beyond, "simulated": status.simulated,
        "on_delay_s": rule.on_delay_s,
    })  # fmt: skip


def _silent_facts(popup: str, status: SensorStatus) -> FactsOf:
    return _fixed({
        "popup": popup, "sensor": status.spec.id, "kind": status.spec.kind, "period_s": status.spec.period_s,
        "after_s": stale_limit_s(status.spec.period_s), "simulated": status.simulated,
    })  # fmt: skip
