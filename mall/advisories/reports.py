"""Keeps the advisories on what people and contacts report in step with what is reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mall.advisories.acting import ENGINE
from mall.advisories.desk import Desk, Place, Told
from mall.advisories.rule import Limit, Rule
from mall.advisories.rules_reported import AGAIN_S, REPORTED_RULES
from mall.models import Severity

_RULES = {rule.id: rule for rule in REPORTED_RULES}


@dataclass(frozen=True, slots=True)
class Report:
    """Something reported: by which rule, where, how severe, since when (UTC seconds)."""

    rule: Rule
    place: Place
    severity: Severity
    source: str
    since: float
    facts: Mapping[str, Any] = field(default_factory=dict)


class Reports:
    """Shows what is reported and ends what is no more."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def settle(self, reports: Sequence[Report], now: float) -> None:
        """Show these reports and no others; after a StoreError the next call shows them."""
        keys = {(report.rule.id, report.place.id) for report in reports}
        for key, advisory in list(self._desk.open.items()):
            if key[0] in _RULES and key not in keys:
                self._desk.end(advisory, now=now)
        for report in reports:
            self._desk.expect((report.rule.id, report.place.id))
            self._show(report, now)

    def _show(self, report: Report, now: float) -> None:
        found = self._desk.find([report.rule.id], report.place)
        if found is None and self._is_ended(report, now):
            return
        limit = Limit(report.severity, 1.0, report.source)
        facts = {"value": 1.0, "limit": 1.0, "unit": "", "source": report.source, **report.facts}
        self._desk.show(found, Told(report.rule, report.place, limit, lambda _: facts), now=now)

    def _is_ended(self, report: Report, now: float) -> bool:
        """Tell whether somebody has ended it by hand since it was reported, and it is not due again."""
        last = self._desk.ended((report.rule.id, report.place.id))
        if last is None or last.resolved_at is None or last.ended_by in (None, ENGINE):
            return False
        again = AGAIN_S.get(report.rule.id)
        return last.resolved_at >= report.since and (again is None or now - last.resolved_at < again)
