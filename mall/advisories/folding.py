"""One card a danger: of the rules that judge the same at a place the worst leads; of a level full of them one tells.

Pure: it takes what is the case and says what is to be shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mall.advisories.desk import Place
from mall.advisories.rule import Limit, Rule
from mall.advisories.rules import RULES, family_of
from mall.models import SEVERITIES

MOST_NAMED = 12  # zones that a level's advisory tells the figures of
_ORDER = {rule.id: index for index, rule in enumerate(RULES)}

Facts = Callable[[Limit], Mapping[str, Any]]
Spot = tuple[str, str]
"""A family of rules and the id of a place: what has at most one advisory."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that is the case at one place: the limit that is reached, and what tells of it (None: not seen yet)."""

    rule: Rule
    limit: Limit
    place: Place
    facts: Facts | None

    @property
    def rank(self) -> tuple[int, int]:
        """Return how far before others it goes: the worse first, then the more telling."""
        return SEVERITIES.index(self.limit.severity), -_ORDER.get(self.rule.id, len(_ORDER))

    def tell(self) -> dict[str, Any]:
        """Return its facts."""
        return {} if self.facts is None else dict(self.facts(self.limit))


def led(findings: Iterable[Finding]) -> dict[Spot, list[Finding]]:
    """Return the findings of every spot, the leading one first."""
    by_spot: dict[Spot, list[Finding]] = {}
    for finding in findings:
        by_spot.setdefault((family_of(finding.rule), finding.place.id), []).append(finding)
    return {spot: sorted(found, key=lambda each: each.rank, reverse=True) for spot, found in by_spot.items()}


def facts_of(found: Sequence[Finding]) -> dict[str, Any]:
    """Return the facts of a spot's leading finding, and what was folded into it."""
    others = [{"rule": each.rule.id, "severity": each.limit.severity} for each in found[1:]]
    return {**found[0].tell(), "folded": others}


def group_facts(members: Sequence[Finding]) -> dict[str, Any]:
    """Return the facts of a level's advisory: its zones by name, the worst first, and the figures of the worst."""
    ordered = sorted(members, key=lambda each: each.rank, reverse=True)
    worst = [_short(each) for each in ordered[:MOST_NAMED]]
    return {"value": len(members), "zones": [each.place.id for each in ordered], "worst": worst}


def _short(finding: Finding) -> dict[str, Any]:
    facts = finding.tell()
    named: dict[str, Any] = {key: facts[key] for key in ("value", "limit", "unit", "people") if key in facts}
    return {"zone": finding.place.id, "rule": finding.rule.id, "severity": finding.limit.severity, **named}
