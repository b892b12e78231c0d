"""The rules as data: what is measured, its limits, how long it must last, and where each limit comes from.

A site overrides limits in ``site.toml``: ``[limits.density-walkway] warn = 1.5``, for one zone with
``[limits."density-walkway.plaza"]``; the keys are watch, warn, act, clear, on_delay_s, off_delay_s and hysteresis.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gis.capacity import CAPACITY_SOURCE, is_utilised
from gis.density import standard_for
from gis.floorplan import Zone
from mall.models import SEVERITIES, Severity

Measure = Literal["density", "utilisation", "sensor", "camera-lost", "sensor-silent"]
Limits = Mapping[str, Mapping[str, float]]

OWN = "our own choice"


@dataclass(frozen=True, slots=True)
class Limit:
    """From ``value`` upward the situation has this severity."""

    severity: Severity
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A family of situations; at one place at most one advisory of it is open, whose severity rises and falls.

    Attributes:
        limits: rising in value and severity.
        on_delay_s: how long a limit must be reached without a break before it counts.
        off_delay_s: how long the value must stay below the limit less ``hysteresis`` (a share of the limit).

    """

    id: str
    measure: Measure
    unit: str
    limits: tuple[Limit, ...]
    on_delay_s: float
    off_delay_s: float
    hysteresis: float = 0.1


_ACT_DENSITY = "Fruin LoS E/F boundary, 2.17 p/m²; HSG195: 2 p/m²"
_CRITICAL = "Weidmann: flow peaks at about 1.75 p/m²"

DENSITY_WALKWAY = Rule(
    "density-walkway", "density", "p/m²", (
        Limit("watch", 1.08, "Fruin walkway LoS D/E boundary"),
        Limit("warn", 1.75, _CRITICAL),
        Limit("act", 2.17, _ACT_DENSITY),
        Limit("clear", 3.5, "Fruin: involuntary contact from 3.57 p/m²; moving crowd"),
    ), on_delay_s=10.0, off_delay_s=60.0,
)  # fmt: skip
DENSITY_QUEUE = Rule(
    "density-queue", "density", "p/m²", (
        Limit("warn", 3.33, "HCM 2000 queue LoS D/E boundary"),
        Limit("act", 3.57, "Fruin: involuntary contact"),
        Limit("clear", 4.0, "Still: unstable above 4 p/m²; standing crowd"),
    ), on_delay_s=10.0, off_delay_s=60.0,
)  # fmt: skip
DENSITY_STAIR = Rule(
    "density-stair", "density", "p/m²", (
        Limit("watch", 1.08, "Fruin stair LoS C/D boundary"),
        Limit("warn", 1.54, "Fruin stair LoS D/E boundary"),
        Limit("act", 2.69, "Fruin stair LoS E/F boundary"),
        Limit("clear", 3.5, "Fruin: involuntary contact from 3.57 p/m²; moving crowd"),
    ), on_delay_s=10.0, off_delay_s=60.0,
)  # fmt: skip
UTILISATION = Rule(
    "utilisation", "utilisation", "", (Limit("warn", 1.0, f"capacity of the plan, else {CAPACITY_SOURCE}"),),
    on_delay_s=30.0, off_delay_s=120.0, hysteresis=0.05,
)  # fmt: skip
# Excess over the sensor's own limit; the limits themselves stand with the sensor in site.toml.
SENSOR_LIMIT = Rule(
    "sensor-limit", "sensor", "", (Limit("warn", 1.0, "limits of the sensor in site.toml"),),
    on_delay_s=20.0, off_delay_s=60.0, hysteresis=0.0,
)  # fmt: skip
CAMERA_LOST = Rule(
    "camera-lost", "camera-lost", "", (Limit("warn", 1.0, f"offline: no frame for max(20 s, 10 periods); {OWN}"),),
    on_delay_s=5.0, off_delay_s=10.0, hysteresis=0.0,
)  # fmt: skip
# One page for a dark floor instead of one a camera; it silences "camera lost" of that level.
LEVEL_DARK = Rule(
    "level-dark", "camera-lost", "", (Limit("act", 3.0, f"three cameras of a level lost at once; {OWN}"),),
    on_delay_s=5.0, off_delay_s=10.0, hysteresis=0.0,
)  # fmt: skip
SENSOR_SILENT = Rule(
    "sensor-silent", "sensor-silent", "", (Limit("watch", 1.0, f"offline: silent for max(20 s, 10 periods); {OWN}"),),
    on_delay_s=5.0, off_delay_s=10.0, hysteresis=0.0,
)  # fmt: skip

_BY_STANDARD = {"walkway": DENSITY_WALKWAY, "queue": DENSITY_QUEUE, "stair": DENSITY_STAIR}
RULES = (
    DENSITY_WALKWAY,
    DENSITY_QUEUE,
    DENSITY_STAIR,
    UTILISATION,
    SENSOR_LIMIT,
    CAMERA_LOST,
    LEVEL_DARK,
    SENSOR_SILENT,
)


def rules_for(zone: Zone, limits: Limits) -> tuple[Rule, ...]:
    """Return the rules of a zone, with the site's own limits."""
    standard = standard_for(zone.category)
    chosen = [_BY_STANDARD[standard.name]] if standard is not None else []
    if is_utilised(zone):
        chosen.append(UTILISATION)
    return tuple(with_limits(with_limits(rule, limits, rule.id), limits, f"{rule.id}.{zone.id}") for rule in chosen)


def with_limits(rule: Rule, limits: Limits, key: str) -> Rule:
    """Return the rule with what ``limits[key]`` overrides; limits that no longer rise are refused.

    Raises:
        ValueError: a limit of a lower severity is not below the next one, or a number is not positive.

    """
    own = limits.get(key)
    if not own:
        return rule
    kept = {limit.severity: limit for limit in rule.limits}
    for severity in SEVERITIES:
        if severity in own:
            kept[severity] = Limit(severity, own[severity], f"site profile, [limits.{key}]")
    ladder = tuple(kept[severity] for severity in SEVERITIES if severity in kept)
    values = [limit.value for limit in ladder]
    if values != sorted(set(values)) or values[0] <= 0.0:
        raise ValueError(f"[limits.{key}]: limits must be positive and rise with severity, got {values}")
    return replace(
        rule,
        limits=ladder,
        on_delay_s=own.get("on_delay_s", rule.on_delay_s),
        off_delay_s=own.get("off_delay_s", rule.off_delay_s),
        hysteresis=own.get("hysteresis", rule.hysteresis),
    )
