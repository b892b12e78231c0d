"""What a drill brought: expected and raised advisories side by side, how soon people answered and what they chose."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mall.drills.script import Expected, Script
from mall.models import SEVERITIES, Advisory

EVERYWHERE = frozenset({"fire-alarm"})  # rules that are about the whole building


@dataclass(frozen=True, slots=True)
class Raised:
    """One advisory as first seen with a severity by a rule; ``at_s``: played seconds from the beginning."""

    advisory: str
    rule: str
    place: str
    level: str
    severity: str
    at_s: float
    zones: tuple[str, ...] = ()


class Minutes:
    """Notes every advisory of a drill as it is raised, gets worse and is taken over by another rule."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], Raised] = {}
        self.ended_s: dict[str, float] = {}  # of those that ended by themselves
        self.answered: dict[str, Advisory] = {}  # as first acknowledged: what gets worse is asked about anew
        self.latest: dict[str, Advisory] = {}

    def note(self, advisories: Sequence[Advisory], at_s: float) -> None:
        """Take the advisories as the store has them this long after the beginning."""
        for advisory in advisories:
            self.latest[advisory.id] = advisory
            if advisory.acknowledged_at is not None:
                self.answered.setdefault(advisory.id, advisory)
            if advisory.is_over and advisory.ended_by in (None, "engine"):
                self.ended_s.setdefault(advisory.id, at_s)
            key = (advisory.id, advisory.rule, advisory.severity)
            if key not in self._seen and not advisory.is_over:
                self._seen[key] = Raised(
                    advisory.id, advisory.rule, advisory.place, advisory.level, advisory.severity,
                    round(at_s, 1), tuple(advisory.facts.get("zones") or ()),
                )  # fmt: skip

    @property
    def raised(self) -> list[Raised]:
        """Return what was noted, in the order of time."""
        return sorted(self._seen.values(), key=lambda each: each.at_s)


def debrief(script: Script, places: Mapping[str, str], minutes: Minutes, *, lasted_s: float) -> dict[str, Any]:
    """Return what a drill brought, JSON-ready.

    ``expected``: one row an expectation, ``met`` None where the drill was stopped before it was due; ``raised``: one
    row an advisory with ``is_expected``; ``passed``: True where all are met, False where one is not, else None.
    """
    played_s = min(lasted_s, script.lasts_s)
    wanted = [(_absent if each.absent else _judged)(each, places, minutes, played_s) for each in script.expect]
    mets = [row["met"] for row in wanted]
    expected_ids = {row["advisory"] for row in wanted}
    return {
        "lasted_s": round(lasted_s, 1),
        "expected": wanted,
        "raised": told(minutes, expected_ids),
        "passed": False if False in mets else None if None in mets else True,
    }


def told(minutes: Minutes, expected: set[str | None]) -> list[dict[str, Any]]:
    """Return one row an advisory, with what people did about it."""
    return [_told(advisory, minutes, expected) for advisory in minutes.latest.values()]


def _judged(each: Expected, places: Mapping[str, str], minutes: Minutes, lasted_s: float) -> dict[str, Any]:
    zone = places[each.place]
    fitting = [r for r in minutes.raised if r.rule in each.rules and each.is_severe(r.severity) and _is_at(r, zone)]
    first = next(iter(fitting), None)
    met: bool | None = first is not None and first.at_s <= each.by_s
    if met and each.stays:
        met = any(minutes.ended_s.get(r.advisory, math.inf) > lasted_s for r in fitting)
    if not met and first is None and lasted_s < each.by_s:
        met = None
    return _row(each, zone, met, first)


def _absent(each: Expected, places: Mapping[str, str], minutes: Minutes, lasted_s: float) -> dict[str, Any]:
    zone = places[each.place]
    wrong = next(
        (
            r for r in minutes.raised
            if r.rule in each.rules and _is_at(r, zone) and each.from_s <= r.at_s <= each.by_s
        ),
        None,
    )  # fmt: skip
    met = False if wrong is not None else True if lasted_s >= each.by_s else None
    return _row(each, zone, met, wrong)


def _row(each: Expected, zone: str, met: bool | None, came: Raised | None) -> dict[str, Any]:  # noqa: FBT001
    return {
        "rules": list(each.rules), "place": zone, "severity": each.severity, "by_s": each.by_s, "stays": each.stays,
        "absent": each.absent, "met": met, "at_s": None if came is None else came.at_s,
        "rule": None if came is None else came.rule, "advisory": None if came is None else came.advisory,
    }  # fmt: skip


def _is_at(raised: Raised, zone: str) -> bool:
    return raised.place == zone or zone in raised.zones or raised.rule in EVERYWHERE


def _told(advisory: Advisory, minutes: Minutes, expected: set[str | None]) -> dict[str, Any]:
    mine = [each for each in minutes.raised if each.advisory == advisory.id]
    first = mine[0].at_s if mine else None
    worst = max((each.severity for each in mine), key=_rank, default=advisory.severity)
    chosen, first_answer = advisory.chosen or {}, minutes.answered.get(advisory.id, advisory)
    return {
        "advisory": advisory.id, "rule": advisory.rule, "place": advisory.place, "level": advisory.level,
        "severity": worst, "at_s": first, "status": advisory.status, "is_expected": advisory.id in expected,
        "answered_s": _since(first_answer.acknowledged_at, advisory.raised_at),
        "answered_by": first_answer.acknowledged_by,
        "started_s": _since(advisory.started_at, advisory.raised_at),
        "ended_s": _since(advisory.resolved_at, advisory.raised_at),
        "chosen": chosen.get("key"), "chosen_title": chosen.get("title"), "effects": list(advisory.effects),
    }  # fmt: skip


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _since(at: float | None, start: float) -> float | None:
    return None if at is None else round(at - start, 1)
