"""When a situation begins, worsens, eases and ends: delays and hysteresis as a pure state machine.

Danger is judged by the worse end of the band and ends only when that end is clear of the limit by the hysteresis.
Stale evidence neither raises nor clears: timers start anew when it is fresh again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mall.advisories.rule import Rule
from mall.models import SEVERITIES, ZoneReading

# A stock detector missed 40 % of a crowd of 31 (domain §4), so a saturated count n may stand for n / 0.6.
MISSED_WHEN_SATURATED = 0.4
MISSED_WHEN_SUSPECT = 0.6  # a crowd that hides itself hides more; our own choice
CALM = -1
SEEN_FROM = 0.05  # coverage below which nobody looks at the zone now
LEAK = 4.0  # seconds at a limit that one second below it undoes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one place at one instant.

    Attributes:
        value: as shown; high: the worse end, by which danger is judged: the lower one of a rule that is falling.
        fresh: False for stale or unknown values.
        can_clear: False where a low value proves nothing: saturated, unproven, or a camera of the place is lost.

    """

    value: float
    high: float
    fresh: bool = True
    can_clear: bool = True


STALE = Evidence(0.0, 0.0, fresh=False)


@dataclass(frozen=True, slots=True)
class Situation:
    """One rule at one place; ``severity`` indexes the rule's limits, -1 is calm.

    ``reached`` holds, by limit, the seconds for which the value was at it, less four for each it was not: noise on top
    of a danger still raises it, flapping around a limit never does. ``left`` holds since when it is clearly below.
    """

    severity: int = CALM
    reached: Mapping[int, float] = field(default_factory=dict)
    left: Mapping[int, float] = field(default_factory=dict)
    seen_at: float = 0.0


def step(situation: Situation, rule: Rule, evidence: Evidence, *, now: float) -> Situation:
    """Return the situation after this evidence."""
    if not evidence.fresh:
        return Situation(situation.severity, seen_at=now)
    if now < situation.seen_at:
        situation = Situation(situation.severity)
    dt = now - situation.seen_at
    reached: dict[int, float] = {}
    left: dict[int, float] = {}
    for index, limit in enumerate(rule.limits):
        held = situation.reached.get(index)
        if rule.is_at(evidence.high, limit):
            reached[index] = 0.0 if held is None else held + dt
        elif held is not None and held > LEAK * dt:
            reached[index] = held - LEAK * dt
        if evidence.can_clear and rule.is_clear_of(evidence.high, limit):
            left[index] = situation.left.get(index, now)
    due = [i for i, held in reached.items() if held >= rule.on_delay_s and rule.is_at(evidence.high, rule.limits[i])]
    severity = max([situation.severity, *due])
    while severity > CALM and severity in left and now - left[severity] >= rule.off_delay_s:
        severity -= 1
    return Situation(severity, reached, left, now)


def carried(situation: Situation, old: Rule, new: Rule) -> Situation:
    """Return a situation as it goes on under other limits of the same rule.

    It keeps its severity, or the next lower one that the rule still has. What was at a limit was at every one that is
    reached sooner too, so its delay runs on; a limit that is reached later must be reached anew. So with those left.
    """
    if old.limits == new.limits and old.hysteresis == new.hysteresis:
        return situation
    limits = {limit.severity: index for index, limit in enumerate(old.limits)}
    reached: dict[int, float] = {}
    left: dict[int, float] = {}
    for index, limit in enumerate(new.limits):
        before = limits.get(limit.severity)
        if before is None:
            continue
        if before in situation.reached and new.is_at(old.limits[before].value, limit):
            reached[index] = situation.reached[before]
        is_farther = not new.is_at(old.limits[before].value, limit) or old.limits[before].value == limit.value
        if before in situation.left and is_farther and new.hysteresis <= old.hysteresis:
            left[index] = situation.left[before]
    return Situation(_kept_severity(situation, old, new), reached, left, situation.seen_at)


def _kept_severity(situation: Situation, old: Rule, new: Rule) -> int:
    if situation.severity <= CALM:
        return CALM
    highest = SEVERITIES.index(old.limits[situation.severity].severity)
    return sum(SEVERITIES.index(limit.severity) <= highest for limit in new.limits) - 1


def zone_evidence(reading: ZoneReading, scale: float, *, live: bool, lost_camera: bool) -> Evidence:
    """Return the evidence of a zone for a rule on people / ``scale`` (m² or capacity), taken from what is seen of it.

    Args:
        reading: the zone now.
        scale: what the people are divided by; must be positive.
        live: whether the reading is live now.
        lost_camera: a camera that sees the zone gives no frames: an empty look proves nothing.

    """
    if reading.people is None or reading.band is None or not live or reading.coverage < SEEN_FROM:
        return STALE
    people, high = reading.people / reading.coverage, reading.band[1]
    if high is None:
        hidden = MISSED_WHEN_SATURATED if reading.saturated else 0.0
        hidden = MISSED_WHEN_SUSPECT if reading.suspect else hidden
        high = round(people / (1.0 - hidden))
    proven = not (reading.saturated or reading.unproven or lost_camera or reading.band[1] is None)
    return Evidence(people / scale, max(people, high) / scale, can_clear=proven)
