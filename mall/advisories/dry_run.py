"""What a rule would have done on the minutes that are kept: how often it had fired with other limits. Pure.

Coarse: a minute counts as if its mean had stood for all of it, so that peaks within a minute are not seen and times are
right to a minute. A minute without people, or of a zone that was not seen, neither raises nor clears.
"""

from dataclasses import dataclass

from mall.advisories.minute_values import Minutes, Spot, Values, values_of
from mall.advisories.rule import Rule
from mall.advisories.situations import CALM, STALE, Evidence, Situation, step
from mall.models import MINUTE_S, SEVERITIES, Severity

WITHIN_S = MINUTE_S - 1.0  # from the first to the last second of a minute
CALM_SITUATION = Situation()


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that a rule would have fired.

    Attributes:
        began, ended: UTC seconds, to the minute; ended None where it had not by the last minute.
        severity: the worst; peak: the worst value of a minute, the lowest of a time that is left, at ``peak_at``.

    """

    began: float
    ended: float | None
    severity: Severity
    peak: float
    peak_at: float


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule would have done at one zone; ``minutes`` were judged, ``missing`` were not known."""

    zone: str
    firings: tuple[Firing, ...]
    minutes: int
    missing: int


def dry_run(rule: Rule, spot: Spot, minutes: Minutes) -> DryRun:
    """Return what a rule, with limits as they might be, would have done at a zone.

    Raises:
        ValueError: the rule is judged by more than minutes tell, or the scale is not positive.

    """
    if not spot.scale > 0.0:
        raise ValueError(f"scale must be positive, got {spot.scale}")
    values = values_of(rule, spot, minutes)
    known = sum(value is not None for _, value in values)
    return DryRun(spot.zone, judged(rule, values), known, len(values) - known)


def judged(rule: Rule, values: Values) -> tuple[Firing, ...]:
    """Return when a rule fires on one value a minute (UTC start, value; None: not known)."""
    firings: list[Firing] = []
    situation = CALM_SITUATION
    for start, value in values:
        situation = _minute(situation, rule, value, start)
        _note(firings, situation, rule, value, start)
    return tuple(firings)


def _minute(situation: Situation, rule: Rule, value: float | None, start: float) -> Situation:
    evidence = STALE if value is None else Evidence(value, value)
    if situation == CALM_SITUATION and (value is None or not rule.is_at(value, rule.limits[0])):
        return situation
    for now in (start, start + WITHIN_S):
        situation = step(situation, rule, evidence, now=now)
    return situation if situation.severity > CALM or situation.reached else CALM_SITUATION


def _note(firings: list[Firing], situation: Situation, rule: Rule, value: float | None, start: float) -> None:
    """Begin, go on with or end the last firing."""
    is_on = bool(firings) and firings[-1].ended is None
    if situation.severity == CALM:
        if is_on:
            last = firings.pop()
            firings.append(Firing(last.began, start + MINUTE_S, last.severity, last.peak, last.peak_at))
        return
    severity = rule.limits[situation.severity].severity
    if not is_on:
        firings.append(Firing(start, None, severity, value or 0.0, start))
        return
    last = firings.pop()
    is_worse = value is not None and (value < last.peak if rule.is_falling else value > last.peak)
    at = (value or 0.0, start) if is_worse else (last.peak, last.peak_at)
    firings.append(Firing(last.began, None, _worse(last.severity, severity), *at))


def _worse(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=SEVERITIES.index)
