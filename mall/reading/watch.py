"""What is judged at every tick: zones by their rules, cameras and sensors by their health and limits."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from mall.advisories.desk import Desk, FactsOf, Place
from mall.advisories.judging import Judge
from mall.advisories.rules import (
    CAMERA_LOST,
    GROUP_OF,
    LEVEL_DARK,
    SENSOR_LIMIT,
    SENSOR_SILENT,
    Rule,
    sensor_rule,
    with_limits,
)
from mall.advisories.situations import STALE, Evidence
from mall.config import Site
from mall.errors import SiteError
from mall.freshness import stale_limit_s
from mall.plan_state import ContactStatus, PlanState
from mall.popups.status import SensorStatus
from mall.reading.forecast_book import ForecastBook
from mall.reading.forecast_watch import ForecastWatch
from mall.reading.level_engine import LevelEngine
from mall.reading.plan_watch import PlanWatch
from mall.reading.zone_watch import ZoneWatch
from mall.states import camera_state

NEVER_SEEN_AFTER_S = 60.0  # a camera that has not shown itself this long after the start counts as lost
GONE = frozenset({"offline", "unknown", "suspect", "failed"})


class Watch:
    """Feeds the desk with evidence; the rules are checked once, when it is made.

    Args:
        site: the site.
        desk: where advisories are kept.
        book: the forecasts; None where none are made.
        before: the watch that judged by other limits until now, of which this one takes over.

    Raises:
        SiteError: limits that make no ladder; the watch before can go on.

    """

    def __init__(
        self, site: Site, desk: Desk, book: ForecastBook | None = None, *, before: "Watch | None" = None
    ) -> None:
        limits = site.file.limits
        try:
            groups = {family: with_limits(rule, limits, rule.id) for family, rule in GROUP_OF.items()}
            self._judge = Judge(desk, groups)
            self._zones = ZoneWatch(site.plan, limits, self._judge)
            self._forecasts = ForecastWatch(site.plan, limits, self._judge, book or ForecastBook(lambda _: None))
            self._plan = PlanWatch(site, limits, desk, self._judge)
            self._camera = with_limits(CAMERA_LOST, limits, CAMERA_LOST.id)
            self._dark = with_limits(LEVEL_DARK, limits, LEVEL_DARK.id)
            kinds = {sensor.kind for popup in site.popups for sensor in popup.sensor}
            self._limits = {kind: sensor_rule(kind, limits) for kind in kinds}
            self._silent = with_limits(SENSOR_SILENT, limits, SENSOR_SILENT.id)
        except ValueError as exc:
            raise SiteError(f"{site.folder / 'site.toml'}: {exc}") from exc
        self._site = site
        self._desk = desk
        self._since: float | None = None
        self._alarm = False
        self._shut: Set[str] = frozenset()
        if before is not None:
            self._take_over(before)

    def _take_over(self, before: "Watch") -> None:
        self._since, self._alarm = before._since, before._alarm
        self._judge.take_over(before._judge)
        for old, new in zip(before._desk_rules, self._desk_rules, strict=True):
            self._desk.exchange(old, new)
        self._desk.expect_only(self._judge.keys)

    @property
    def _desk_rules(self) -> tuple[Rule, ...]:
        """Return the rules that the desk judges by itself; of sensors one, as they differ in their delays alone."""
        one_of_sensors = [self._limits[kind] for kind in sorted(self._limits)][:1]
        return self._camera, self._dark, *one_of_sensors, self._silent

    def load(self) -> None:
        """Take up what an earlier engine left open, once the desk has read it."""
        self._judge.load()

    def plan(
        self, state: PlanState, contacts: Sequence[ContactStatus], levels: Mapping[str, LevelEngine], *, now: float
    ) -> None:
        """Show what is reported; from now on a fire alarm silences what is mere comfort, and closed exits are known."""
        self._alarm = self._plan.look(state, contacts, levels, now=now).is_on
        self._shut = self._plan.shut(state, now)

    def zones(self, levels: Mapping[str, LevelEngine], *, now: float) -> None:
        """Judge every zone by its rules, and show what stands."""
        self._zones.look(levels, now=now, alarm=self._alarm, shut=self._shut)
        self._forecasts.look(levels, now=now, alarm=self._alarm)
        self._judge.settle(now)

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
                    self._desk.forget(SENSOR_LIMIT, place)
                    self._desk.forget(self._silent, place)

    def _sensor(self, popup: str, place: Place, status: SensorStatus, *, now: float) -> None:
        beyond = float(status.beyond is not None)
        evidence = Evidence(beyond, beyond) if status.state == "live" and not self._alarm else STALE
        rule = self._limits[status.spec.kind]
        self._desk.judge(rule, place, evidence, now=now, facts=_limit_facts(popup, status, rule))
        silent = float(status.state == "offline")
        told = STALE if self._alarm else Evidence(silent, silent)
        self._desk.judge(self._silent, place, told, now=now, facts=_silent_facts(popup, status))


def _fixed(facts: dict[str, Any]) -> FactsOf:
    return lambda limit: facts | {"source": limit.source}


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
