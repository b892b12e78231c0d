"""What a drill brought: expected and raised advisories side by side, how soon people answered and what they chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mall.drills.script import Expected, Script
from mall.models import SEVERITIES, Advisory


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
        self.latest: dict[str, Advisory] = {}

    def note(self, advisories: Sequence[Advisory], at_s: float) -> None:
        """Take the advisories as the store has them this long after the beginning."""
        for advisory in advisories:
            self.latest[advisory.id] = advisory
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
    wanted = [_judged(each, places, minutes, lasted_s) for each in script.expect]
    mets = [row["met"] for row in wanted]
    expected_ids = {row["advisory"] for row in wanted}
    return {
        "lasted_s": round(lasted_s, 1),
        "expected": wanted,
        "raised": [_told(advisory, minutes, expected_ids) for advisory in minutes.latest.values()],
        "passed": False if False in mets else None if None in mets else True,
    }


def _judged(each: Expected, places: Mapping[str, str], minutes: Minutes, lasted_s: float) -> dict[str, Any]:
    zone = places[each.place]
    fitting = [r for r in minutes.raised if r.rule in each.rules and each.is_severe(r.severity) and _is_at(r, zone)]
    first = next(iter(fitting), None)
    met: bool | None = first is not None and first.at_s <= each.by_s
    if met and first is not None and each.stays:
        met = any(not minutes.latest[r.advisory].is_over for r in fitting)
    if not met and first is None and lasted_s < each.by_s:
        met = None
    return {
        "rules": list(each.rules), "place": zone, "severity": each.severity, "by_s": each.by_s, "stays": each.stays,
        "met": met, "at_s": None if first is None else first.at_s,
        "rule": None if first is None else first.rule, "advisory": None if first is None else first.advisory,
    }  # fmt: skip


def _is_at(raised: Raised, zone: str) -> bool:
    return raised.place == zone or zone in raised.zones


def _told(advisory: Advisory, minutes: Minutes, expected: set[str | None]) -> dict[str, Any]:
    mine = [each for each in minutes.raised if each.advisory == advisory.id]
    first = mine[0].at_s if mine else None
    worst = max((each.severity for each in mine), key=_rank, default=advisory.severity)
    chosen = advisory.chosen or {}
    return {
        "advisory": advisory.id, "rule": advisory.rule, "place": advisory.place, "level": advisory.level,
        "severity": worst, "at_s": first, "status": advisory.status, "is_expected": advisory.id in expected,
        "answered_s": _since(advisory.acknowledged_at, advisory.raised_at), "answered_by": advisory.acknowledged_by,
        "started_s": _since(advisory.started_at, advisory.raised_at),
        "ended_s": _since(advisory.resolved_at, advisory.raised_at),
        "chosen": chosen.get("key"), "chosen_title": chosen.get("title"),
    }  # fmt: skip


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _since(at: float | None, start: float) -> float | None:
    return None if at is None else round(at - start, 1)
