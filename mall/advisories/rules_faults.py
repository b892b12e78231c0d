"""Rules on sensors and cameras, and on levels of which many zones raise the same."""

from collections.abc import Mapping

from mall.advisories.rule import OWN, SHARE, Limit, Rule

# Excess over the sensor's own limit; the limits themselves stand with the sensor in site.toml.
SENSOR_LIMIT = Rule(
    "sensor-limit", "sensor", SHARE, (Limit("warn", 1.0, "limits of the sensor in site.toml"),),
    on_delay_s=20.0, off_delay_s=60.0, hysteresis=0.0, is_comfort=True,
)  # fmt: skip
_ISA = "ISA-18.2: 60 s for temperatures"
_PASSING = f"longer than somebody needs to pass or to shout; {OWN}"
SENSOR_DELAYS: Mapping[str, tuple[float, str]] = {
    "temperature": (60.0, _ISA), "humidity": (60.0, f"as temperatures; {OWN}"),
    "co2": (120.0, f"air of a room changes within minutes, a breath at the sensor is none; {OWN}"),
    "noise": (60.0, _PASSING), "door": (60.0, _PASSING), "power": (60.0, f"longer than a motor starts; {OWN}"),
}  # fmt: skip
"""Kind of sensor -> how long it must be beyond its limit, with the source; the rule's own time for all others."""


CAMERA_LOST = Rule(
    "camera-lost", "camera-lost", SHARE, (Limit("warn", 1.0, f"offline: no frame for max(20 s, 10 periods); {OWN}"),),
    on_delay_s=5.0, off_delay_s=10.0, hysteresis=0.0,
)  # fmt: skip
# One page for a dark floor instead of one a camera; it silences "camera lost" of that level.
LEVEL_DARK = Rule(
    "level-dark", "camera-lost", SHARE, (Limit("act", 3.0, f"three cameras of a level lost at once; {OWN}"),),
    on_delay_s=5.0, off_delay_s=10.0, hysteresis=0.0,
)  # fmt: skip
SENSOR_SILENT = Rule(
    "sensor-silent", "sensor-silent", SHARE,
    (Limit("watch", 1.0, f"offline: silent for max(20 s, 10 periods); {OWN}"),),
    on_delay_s=5.0, off_delay_s=10.0, hysteresis=0.0, is_comfort=True,
)  # fmt: skip


def _group(rule_id: str, *, is_comfort: bool = False) -> Rule:
    """Return a rule on the zones of a level that raise the same; it ends when fewer than three do."""
    limits = (Limit("watch", 5.0, f"five zones of a level at once; {OWN}"),)
    return Rule(rule_id, "zones", SHARE, limits, 0.0, 60.0, hysteresis=0.5, is_comfort=is_comfort)


LEVEL_CROWDED = _group("level-crowded")
LEVEL_FULL = _group("level-full", is_comfort=True)
LEVEL_FILLING = _group("level-filling", is_comfort=True)
LEVEL_UNBALANCED = _group("level-unbalanced", is_comfort=True)

FAULT_RULES = (SENSOR_LIMIT, CAMERA_LOST, LEVEL_DARK, SENSOR_SILENT)
GROUP_OF = {
    "crowd": LEVEL_CROWDED, "utilisation": LEVEL_FULL, "forecast-full": LEVEL_FILLING, "balance": LEVEL_UNBALANCED,
}  # fmt: skip
"""Family -> the rule that tells of many of its zones at once."""
