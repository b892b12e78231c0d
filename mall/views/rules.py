"""The rules of a site as people read them, and what one would have done on the minutes that are kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gis.borders import borders
from gis.capacity import capacity_of
from gis.density import standard_for
from mall.advisories.dry_run import DryRun, dry_run
from mall.advisories.limits import with_own
from mall.advisories.minute_values import Spot, why_not
from mall.advisories.roles import roles_of
from mall.advisories.rule import Rule
from mall.advisories.rules import RULES, family_of, rules_for, with_limits
from mall.advisories.sources import in_japanese
from mall.config import Site
from mall.store import Store

View = dict[str, Any]
COARSE = {
    "en": "Judged by minutes: a minute counts as its mean, so peaks within a minute are not seen.",
    "ja": "分単位の試算。各分は平均値で判定、1 分未満のピークは対象外。",
}


def rules_view(site: Site) -> list[View]:
    """Return every rule with its limits, the zones it judges, and those of them with limits of their own."""
    by_rule = zones_by_rule(site)
    limits = site.file.limits
    found = []
    for built_in in RULES:
        rule = with_limits(built_in, limits, built_in.id)
        zones = by_rule.get(rule.id, {})
        own = {zone: _ladder(each) for zone, each in zones.items() if f"{rule.id}.{zone}" in limits}
        more = {"built_in": _numbers(built_in), "version": site.version or None}
        found.append(_row(rule) | {"zones": list(zones), "overrides": own} | more)
    return found


def zones_by_rule(site: Site) -> dict[str, dict[str, Rule]]:
    """Return rule id -> zone id -> the rule as it judges there, with the site's limits."""
    roles, found = roles_of(site.plan), dict[str, dict[str, Rule]]()
    for zone in site.plan.zones:
        for rule in rules_for(zone, site.file.limits, roles.of(zone.id)):
            found.setdefault(rule.id, {})[zone.id] = rule
    return found


def _row(rule: Rule) -> View:
    return {
        "id": rule.id, "measure": rule.measure, "family": family_of(rule), "unit": rule.unit,
        "is_falling": rule.is_falling, "is_comfort": rule.is_comfort, "dry_run": why_not(rule) is None,
        "why_not": why_not(rule),
    } | _ladder(rule)  # fmt: skip


def _ladder(rule: Rule) -> View:
    return {
        "limits": [
            {"severity": limit.severity, "value": limit.value, "source": _told(limit.source)} for limit in rule.limits
        ],
        "on_delay_s": rule.on_delay_s, "off_delay_s": rule.off_delay_s, "hysteresis": rule.hysteresis,
        "conditions": [
            {"key": each.key, "value": each.value, "unit": each.unit, "source": _told(each.source)}
            for each in rule.conditions
        ],
    }  # fmt: skip


def _numbers(rule: Rule) -> dict[str, float]:
    """Return key of ``site.toml`` -> number."""
    limits: dict[str, float] = {limit.severity: limit.value for limit in rule.limits}
    delays = {"on_delay_s": rule.on_delay_s, "off_delay_s": rule.off_delay_s, "hysteresis": rule.hysteresis}
    return {**limits, **delays, **{each.key: each.value for each in rule.conditions}}


def _told(source: str) -> dict[str, str]:
    return {"en": source, "ja": in_japanese(source)}


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a rule, other limits as somebody wrote them, one zone or all (None), over so many hours."""

    rule: str
    limits: Mapping[str, object]
    zone: str | None = None
    hours: float = 24.0


def tried(site: Site, store: Store, trial: Trial) -> View:
    """Return how often a rule would have fired with these limits, and how often with those of now.

    Raises:
        KeyError: no such rule, or it does not judge the zone.
        ValueError: limits that cannot be, or a rule that minutes do not tell of.

    """
    zones = _chosen(site, trial)
    changed = {zone: with_own(rule, trial.limits, trial.rule) for zone, rule in zones.items()}
    until = store.time()
    since = until - 3600.0 * trial.hours
    rows, levels = [], sorted({site.plan.zone(zone).level for zone in zones})
    for level in levels:
        kept = store.read_minutes(level, since, until)
        minutes = [(float(start), {row.zone: row for row in found}) for start, found in kept]
        for spot in _spots(site, level, zones):
            rows.append(_result(*(dry_run(rules[spot.zone], spot, minutes) for rules in (changed, zones))))
    rows.sort(key=lambda row: -len(row["firings"]))
    return {
        "rule": trial.rule, "unit": next(iter(zones.values())).unit, "since": since, "until": until, "resolution_s": 60,
        "coarse": COARSE, "is_simulated": any(camera.simulated for camera in site.cameras if camera.level in levels),
        "fired": sum(len(row["firings"]) for row in rows),
        "fired_now": sum(row["fired_now"] for row in rows), "zones": rows,
    }  # fmt: skip


def _chosen(site: Site, trial: Trial) -> dict[str, Rule]:
    """Return the zones that are tried with the rule as it judges there now."""
    if trial.rule not in {rule.id for rule in RULES}:
        raise KeyError(f"No rule {trial.rule!r}; GET /api/v1/rules lists them.")
    zones = zones_by_rule(site).get(trial.rule, {})
    if trial.zone is not None:
        if trial.zone not in zones:
            raise KeyError(f"Rule {trial.rule!r} judges no zone {trial.zone!r}.")
        zones = {trial.zone: zones[trial.zone]}
    reason = why_not(next(rule for rule in RULES if rule.id == trial.rule))
    if reason is not None:
        raise ValueError(f"rule: {trial.rule!r} cannot be tried on kept minutes. {reason['en']}")
    if not zones:
        raise ValueError(f"rule: {trial.rule!r} judges no zone here")
    return zones


def _spots(site: Site, level: str, zones: Mapping[str, Rule]) -> list[Spot]:
    """Return the zones of a level that are tried, as their minutes are read; those without floor are left out."""
    plan, roles, around = site.plan, roles_of(site.plan), borders(site.plan, level)
    found = []
    for zone in (zone for zone in plan.zones_on(level) if zone.id in zones):
        rule, area, standard = zones[zone.id], plan.area_m2(zone.id), standard_for(zone.category)
        acts = [r.limits for r in rules_for(zone, site.file.limits, roles.of(zone.id)) if r.measure == "density"]
        act = min((limit.value for limits in acts for limit in limits if limit.severity == "act"), default=math.inf)
        named = roles.exits if rule.id == "counter-flow" else roles.stair_lines
        found.append(Spot(
            zone.id, capacity_of(plan, zone) if rule.measure == "utilisation" else area, act * area,
            [border for border in around if zone.id in border.zones],
            {line: roles.widths[line] for line in named.get(zone.id, ())},
            waits=standard is None or standard.name == "queue",
        ))  # fmt: skip
    return [spot for spot in found if spot.scale > 0.0]


def _result(would: DryRun, does: DryRun) -> View:
    firings = [
        {
            "began": each.began, "ended": each.ended, "severity": each.severity, "peak": round(each.peak, 4),
            "peak_at": each.peak_at,
        }
        for each in would.firings
    ]  # fmt: skip
    return {
        "zone": would.zone, "firings": firings, "fired_now": len(does.firings), "minutes": would.minutes,
        "missing": would.missing,
    }  # fmt: skip
