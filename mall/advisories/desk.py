"""The open advisories: what the situations say is written by compare-and-set, and every change goes to the audit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from mall.advisories.rules import Limit, Rule
from mall.advisories.situations import CALM, Evidence, Situation, step
from mall.models import Advisory

ENGINE = "engine"
TRIES = 4
KEPT_RESOLVED_S = 30 * 24 * 3600.0
PRUNE_EVERY_S = 3600.0

Key = tuple[str, str]
FactsOf = Callable[[Limit], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule is judged: the id of a zone, camera or ``popup/sensor``, and its level."""

    id: str
    level: str


class Ledger(Protocol):
    """What the desk needs of the store."""

    def put_advisory(self, advisory: Advisory, expected_version: int | None) -> bool:
        """Write an advisory if its stored version is the expected one."""

    def advisories(self, *, active_only: bool = False) -> list[Advisory]:
        """Return the advisories."""

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory."""

    def drop_resolved(self, before: float) -> int:
        """Delete the advisories resolved before."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append to the audit."""


class Desk:
    """Judges situations and keeps their advisories in the store; one desk a leader."""

    def __init__(self, store: Ledger) -> None:
        self._store = store
        self._situations: dict[Key, Situation] = {}
        self._open: dict[Key, Advisory] = {}
        self._loaded = False
        self._pruned_at: float | None = None

    def load(self) -> None:
        """Read the open advisories, such as an earlier engine left them; StoreError if that fails."""
        if not self._loaded:
            self._open = {(a.rule, a.place): a for a in self._store.advisories(active_only=True)}
            self._loaded = True

    def judge(self, rule: Rule, place: Place, evidence: Evidence, *, now: float, facts: FactsOf) -> None:
        """Take evidence and write what changed; after a StoreError the next call writes it."""
        key = (rule.id, place.id)
        before = self._situations.get(key) or Situation(_index(rule, self._open.get(key)))
        situation = self._situations[key] = step(before, rule, evidence, now=now)
        found = self._open.get(key)
        if situation.severity != _index(rule, found):
            self._write(rule, place, situation.severity, now=now, facts=facts)

    def forget(self, rule: Rule, place: Place) -> None:
        """Judge a place no more: what is open there is resolved as unjudged."""
        self._situations.pop((rule.id, place.id), None)

    def close_unjudged(self, now: float) -> None:
        """Resolve the advisories of rules and places that the site no longer has, or that are judged no more."""
        for key, advisory in list(self._open.items()):
            if key not in self._situations:
                self._settle(key, lambda found: _resolved(found, now), advisory)

    def prune(self, now: float) -> None:
        """Delete, once an hour, what was resolved more than 30 days ago; the audit keeps what happened."""
        if self._pruned_at is None or not 0.0 <= now - self._pruned_at < PRUNE_EVERY_S:
            self._store.drop_resolved(now - KEPT_RESOLVED_S)
            self._pruned_at = now

    def _write(self, rule: Rule, place: Place, severity: int, *, now: float, facts: FactsOf) -> None:
        key = (rule.id, place.id)
        found = self._open.get(key)
        if found is None:
            self._raise(rule, place, rule.limits[severity], now=now, facts=facts)
        elif severity == CALM:
            self._settle(key, lambda a: _resolved(a, now), found)
        else:
            limit = rule.limits[severity]
            rises = severity > _index(rule, found)
            self._settle(key, lambda a: _moved(a, limit, dict(facts(limit)), rises=rises, now=now), found)

    def _raise(self, rule: Rule, place: Place, limit: Limit, *, now: float, facts: FactsOf) -> None:
        advisory = Advisory(
            id=f"{rule.id}:{place.id}:{round(now * 1000)}", rule=rule.id, place=place.id, level=place.level,
            severity=limit.severity, status="new", raised_at=now, updated_at=now, facts=dict(facts(limit)),
        )  # fmt: skip
        if self._store.put_advisory(advisory, None):
            self._audit("advisory raised", advisory)
            self._open[rule.id, place.id] = advisory
        else:
            self._reload((rule.id, place.id))

    def _settle(self, key: Key, change: Callable[[Advisory], Advisory], found: Advisory | None) -> None:
        """Apply a change to the advisory as the store has it, though somebody may acknowledge it meanwhile."""
        for _ in range(TRIES):
            if found is None:
                return
            changed = change(found)
            if self._store.put_advisory(changed, found.version):
                self._audit(f"advisory {'resolved' if changed.status == 'resolved' else 'changed'}", changed)
                self._keep(key, changed)
                return
            found = self._reload(key)

    def _reload(self, key: Key) -> Advisory | None:
        active = {(a.rule, a.place): a for a in self._store.advisories(active_only=True)}
        self._keep(key, active.get(key))
        return active.get(key)

    def _keep(self, key: Key, advisory: Advisory | None) -> None:
        if advisory is None or advisory.status == "resolved":
            self._open.pop(key, None)
        else:
            self._open[key] = advisory

    def _audit(self, what: str, advisory: Advisory) -> None:
        self._store.append_audit({"who": ENGINE, "what": what, **_named(advisory)})


def _index(rule: Rule, advisory: Advisory | None) -> int:
    if advisory is None:
        return CALM
    severities = [limit.severity for limit in rule.limits]
    return severities.index(advisory.severity) if advisory.severity in severities else 0


def _resolved(advisory: Advisory, now: float) -> Advisory:
    return advisory.changed(status="resolved", resolved_at=now, updated_at=now)


def _moved(advisory: Advisory, limit: Limit, facts: dict[str, Any], *, rises: bool, now: float) -> Advisory:
    changes: dict[str, Any] = {"severity": limit.severity, "facts": facts, "updated_at": now}
    if rises:  # what got worse must be seen again
        changes |= {"status": "new", "acknowledged_by": None, "acknowledged_at": None}
    return advisory.changed(**changes)


def _named(advisory: Advisory) -> dict[str, Any]:
    return {
        "advisory": advisory.id, "rule": advisory.rule, "place": advisory.place, "severity": advisory.severity,
        "version": advisory.version,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How an acknowledgement went: ``done``, ``taken`` by somebody before, ``resolved`` by itself, or ``unknown``."""

    outcome: Literal["done", "taken", "resolved", "unknown"]
    advisory: Advisory | None


def acknowledge(store: Ledger, advisory_id: str, by: str, now: float) -> Acknowledged:
    """Acknowledge an advisory; of two who try at once one wins and the other is told who did."""
    for _ in range(TRIES):
        found = store.read_advisory(advisory_id)
        if found is None:
            return Acknowledged("unknown", None)
        if found.status == "resolved":
            return Acknowledged("resolved", found)
        if found.status == "acknowledged":
            return Acknowledged("done" if found.acknowledged_by == by else "taken", found)
        changed = found.changed(status="acknowledged", acknowledged_by=by, acknowledged_at=now, updated_at=now)
        if store.put_advisory(changed, found.version):
            store.append_audit({"who": by, "what": "advisory acknowledged", **_named(changed)})
            return Acknowledged("done", changed)
    return Acknowledged("taken", found)
