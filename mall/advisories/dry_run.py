"""What a rule would have done on the minutes that are kept: how often it had fired with other limits. Pure.

Coarse: a minute counts as if its mean had stood for all of it, so that peaks within a minute are not seen and times are
right to a minute. A minute without people, or of a zone that was not seen, neither raises nor clears.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mall.advisories.rule import Rule
from mall.advisories.situations import CALM, SEEN_FROM, STALE, Evidence, Situation, step
from mall.models import MINUTE_S, SEVERITIES, MinuteRow, Severity

TRIED = frozenset({"density", "utilisation"})
"""Measures that minutes tell of: the others need seconds, lines or speeds."""
WITHIN_S = MINUTE_S - 1.0  # from the first to the last second of a minute


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that a rule would have fired.

    Attributes:
        began, ended: UTC seconds, to the minute; ended None where it had not by the last minute.
        severity: the worst; peak: the highest value of a minute's mean, at ``peak_at``.

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


Minutes = Sequence[tuple[float, MinuteRow | None]]


def dry_run(rule: Rule, zone: str, minutes: Minutes, *, scale: float) -> DryRun:
    """Return what a rule, with limits as they might be, would have done at a zone.

    Args:
        rule: of a measure in ``TRIED``.
        zone: id.
        minutes: (UTC start, row) in order; None and minutes left out were not known.
        scale: what people are divided by: walkable m² for a density, the capacity for utilisation.

    Raises:
        ValueError: the rule is judged by more than minutes tell, or the scale is not positive.

    """
    if rule.measure not in TRIED:
        raise ValueError(f"rule {rule.id!r} is judged by more than minutes tell of; no dry run of it")
    if not scale > 0.0:
        raise ValueError(f"scale must be positive, got {scale}")
    firings: list[Firing] = []
    situation, known = Situation(), 0
    for start, row in minutes:
        value = _value(row, scale)
        known += value is not None
        situation = _minute(situation, rule, value, start)
        _note(firings, situation, rule, value, start)
    return DryRun(zone, tuple(firings), known, len(minutes) - known)


def _value(row: MinuteRow | None, scale: float) -> float | None:
    if row is None or row.people_mean is None or row.coverage < SEEN_FROM:
        return None
    return row.people_mean / row.coverage / scale


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
    severity, peak = rule.limits[situation.severity].severity, value or 0.0
    if not is_on:
        firings.append(Firing(start, None, severity, peak, start))
        return
    last = firings.pop()
    at = (peak, start) if peak > last.peak else (last.peak, last.peak_at)
    firings.append(Firing(last.began, None, _worse(last.severity, severity), *at))


def _worse(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=SEVERITIES.index)


def by_zone(kept: Iterable[tuple[int, Sequence[MinuteRow]]], zones: Iterable[str]) -> dict[str, Minutes]:
    """Return zone -> its minutes, of all that are kept; a minute without a row of a zone is not known there."""
    found: dict[str, list[tuple[float, MinuteRow | None]]] = {zone: [] for zone in zones}
    for start, rows in kept:
        here = {row.zone: row for row in rows}
        for zone, minutes in found.items():
            minutes.append((float(start), here.get(zone)))
    return {zone: tuple(minutes) for zone, minutes in found.items()}


CALM_SITUATION = Situation()
