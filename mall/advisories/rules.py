"""The rules of a site: which rule judges which zone, and the limits that the site sets itself.

A site overrides limits in ``site.toml``: ``[limits.density-walkway] warn = 1.5``, for one zone with
``[limits."density-walkway.plaza"]``; the keys are watch, warn, act, clear, on_delay_s, off_delay_s, hysteresis and the
conditions of the rule. A value may name its unit, as in ``warn = "1.5 p/m²"`` or ``on_delay_s = "2 min"``.
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Literal

from gis.capacity import is_utilised
from gis.density import standard_for
from gis.floorplan import Zone
from mall.advisories.rule import OWN, Condition, Limit, Measure, Rule
from mall.advisories.rules_crowd import (
    CRITICAL,
    CRITICAL_WAITING,
    CROWD_RULES,
    DENSITY_ESCALATOR,
    DENSITY_QUEUE,
    DENSITY_STAIR,
    DENSITY_WALKWAY,
    ESCALATOR_LANDING,
    STALLED,
    TIME_TO_LIMIT,
)
from mall.advisories.rules_faults import (
    CAMERA_LOST,
    FAULT_RULES,
    GROUP_OF,
    LEVEL_CROWDED,
    LEVEL_DARK,
    LEVEL_FILLING,
    LEVEL_FULL,
    LEVEL_UNBALANCED,
    SENSOR_DELAYS,
    SENSOR_LIMIT,
    SENSOR_SILENT,
)
from mall.advisories.rules_flow import (
    BALANCE,
    BLOCKED_EXIT,
    COUNTER_FLOW,
    COUNTER_FLOW_STAIR,
    FLOW_RULES,
    LEVEL_CAPACITY,
    QUEUE_WAIT,
    UTILISATION,
)
from mall.advisories.rules_forecast import FORECAST_FULL
from mall.errors import SaidError, Why
from mall.models import SEVERITIES

__all__ = [
    "BALANCE", "BLOCKED_EXIT", "CAMERA_LOST", "COUNTER_FLOW", "COUNTER_FLOW_STAIR", "CRITICAL", "CRITICAL_WAITING",
    "DENSITY_ESCALATOR", "DENSITY_QUEUE", "DENSITY_STAIR", "DENSITY_WALKWAY", "ESCALATOR_LANDING", "FORECAST_FULL",
    "GROUP_OF",
    "LEVEL_CAPACITY", "LEVEL_CROWDED", "LEVEL_DARK", "LEVEL_FILLING", "LEVEL_FULL", "LEVEL_UNBALANCED", "OWN",
    "QUEUE_WAIT", "RULES", "SENSOR_LIMIT", "SENSOR_SILENT", "STALLED", "TIME_TO_LIMIT", "UTILISATION", "Limit",
    "Limits", "Measure", "Role", "Rule", "family_of", "rules_for", "sensor_rule",
    "with_limits",
]  # fmt: skip

Limits = Mapping[str, Mapping[str, float]]
Role = Literal["landing", "exit", "door"]
"""What a zone is besides its category: the landing of an escalator, or before an exit: a ``door`` if no line counts."""

RULES = (*CROWD_RULES, *FLOW_RULES, FORECAST_FULL, *FAULT_RULES, *GROUP_OF.values())
UNBALANCED = frozenset({"lift", "escalator", "stair"})  # people leave these for another level, unseen by any line
_BY_STANDARD = {
    "walkway": (DENSITY_WALKWAY, CRITICAL, STALLED, TIME_TO_LIMIT),
    "queue": (DENSITY_QUEUE, CRITICAL_WAITING, TIME_TO_LIMIT),
    "stair": (DENSITY_STAIR, CRITICAL, STALLED, COUNTER_FLOW_STAIR),
}
_ESCALATOR = (DENSITY_ESCALATOR, STALLED, COUNTER_FLOW_STAIR)
_UTILISED = (DENSITY_QUEUE, CRITICAL_WAITING, UTILISATION)


def family_of(rule: Rule) -> str:
    """Return the family of a rule, which is its own where it has none."""
    return rule.family or rule.id


def rules_for(zone: Zone, limits: Limits, roles: Set[Role] = frozenset()) -> tuple[Rule, ...]:
    """Return the rules of a zone, with the site's own limits."""
    return tuple(
        with_limits(with_limits(rule, limits, rule.id), limits, f"{rule.id}.{zone.id}") for rule in _chosen(zone, roles)
    )


def _chosen(zone: Zone, roles: Set[Role]) -> list[Rule]:
    standard = standard_for(zone.category)
    by_standard = () if standard is None else _BY_STANDARD[standard.name]
    chosen = list(_ESCALATOR if zone.category == "escalator" else by_standard)
    if is_utilised(zone):
        chosen += [rule for rule in _UTILISED if standard is None or rule is UTILISATION]
    if zone.category in UNBALANCED and TIME_TO_LIMIT in chosen:
        chosen.remove(TIME_TO_LIMIT)
    if "landing" in roles:
        chosen = [ESCALATOR_LANDING if rule is TIME_TO_LIMIT else rule for rule in chosen]
    if "exit" in roles:
        chosen += [BLOCKED_EXIT, COUNTER_FLOW]
    elif "door" in roles:
        chosen.append(BLOCKED_EXIT)
    if zone.category == "queue":
        chosen.append(QUEUE_WAIT)
    if chosen and zone.category not in UNBALANCED:
        chosen += [FORECAST_FULL, BALANCE]
    return chosen


def with_limits(rule: Rule, limits: Limits, key: str) -> Rule:
    """Return the rule with what ``limits[key]`` overrides; limits that make no ladder are refused.

    Raises:
        SaidError: a limit of a lower severity does not lie before the next one, or a number is not positive.

    """
    own = limits.get(key)
    if not own:
        return rule
    source = f"site profile, [limits.{key}]"
    return replace(
        rule,
        limits=_ladder(rule, own, key, source),
        on_delay_s=own.get("on_delay_s", rule.on_delay_s),
        off_delay_s=own.get("off_delay_s", rule.off_delay_s),
        hysteresis=own.get("hysteresis", rule.hysteresis),
        conditions=tuple(
            Condition(c.key, own[c.key], c.unit, source) if c.key in own else c for c in rule.conditions
        ),
    )  # fmt: skip


def sensor_rule(kind: str, limits: Limits) -> Rule:
    """Return the rule of a kind of sensor with a site's limits, of which a delay holds for every kind."""
    rule, own = with_limits(SENSOR_LIMIT, limits, SENSOR_LIMIT.id), limits.get(SENSOR_LIMIT.id, {})
    if kind not in SENSOR_DELAYS or "on_delay_s" in own:
        return rule
    return replace(rule, on_delay_s=SENSOR_DELAYS[kind][0])


def _ladder(rule: Rule, own: Mapping[str, float], key: str, source: str) -> tuple[Limit, ...]:
    kept = {limit.severity: limit for limit in rule.limits}
    kept |= {severity: Limit(severity, own[severity], source) for severity in SEVERITIES if severity in own}
    ladder = tuple(kept[severity] for severity in SEVERITIES if severity in kept)
    values = [limit.value for limit in ladder]
    if values != sorted(set(values), reverse=rule.is_falling) or min(values) <= 0.0:
        way = "fall" if rule.is_falling else "rise"
        text = f"[limits.{key}]: limits must be positive and {way} with severity, got {values}"
        raise SaidError(Why(f"limit_ladder_{way}", text, {"place": key, "got": [f"{value:g}" for value in values]}))
    return ladder
