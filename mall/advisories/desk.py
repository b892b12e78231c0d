"""The open advisories: what the situations say is written by compare-and-set, and every change goes to the audit."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mall.advisories.acting import ENGINE, TRIES, Ledger, entry
from mall.advisories.life import NOT_SILENCED, EngineStep, stepped
from mall.advisories.policy import DEFAULT, Policy
from mall.advisories.rules import RULES, Limit, Rule, family_of
from mall.advisories.situations import CALM, Evidence, Situation, carried, step
from mall.models import SEVERITIES, Advisory

SELF_TEST = "self-test"
UNJUDGED = frozenset({SELF_TEST})
"""Rules of advisories that no situation raises or ends."""
KEPT_RESOLVED_S = 30 * 24 * 3600.0
PRUNE_EVERY_S = 3600.0

_FAMILIES = {rule.id: family_of(rule) for rule in RULES}

Key = tuple[str, str]
FactsOf = Callable[[Limit], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule is judged: the id of a zone, camera or ``popup/sensor``, and its level."""

    id: str
    level: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was judged of a place: the rule that leads, the limit that is reached, and what tells of it."""

    rule: Rule
    place: Place
    limit: Limit
    facts: FactsOf


class Desk:
    """Judges situations and keeps their advisories in the store; one desk a leader.

    Args:
        store: where they stand.
        policy: how soon a situation has come back.
        is_exercise: its advisories are part of a drill.

    """

    def __init__(self, store: Ledger, policy: Policy = DEFAULT, *, is_exercise: bool = False) -> None:
        self._store = store
        self._policy = policy
        self._is_exercise = is_exercise
        self._situations: dict[Key, Situation] = {}
        self._open: dict[Key, Advisory] = {}
        self._expected: set[Key] = set()
        self._ended: dict[Key, Advisory] = {}
        self._loaded = False
        self._pruned_at: float | None = None

    def load(self) -> None:
        """Read the advisories such as an earlier engine left them; StoreError if that fails."""
        if not self._loaded:
            found = [advisory for advisory in self._store.advisories() if advisory.rule not in UNJUDGED]
            over = sorted((advisory for advisory in found if advisory.is_over), key=_ended_at)
            self._ended = {_spot(_key(advisory)): advisory for advisory in over}
            self._open = {_key(advisory): advisory for advisory in found if not advisory.is_over}
            self._loaded = True

    def refresh(self, active: Iterable[Advisory]) -> None:
        """Take the open advisories as the store has them now, with what people did meanwhile.

        A situation whose advisory somebody resolved is judged anew: if it lasts, it is raised after its on-delay.
        """
        found = {_key(advisory): advisory for advisory in active if advisory.rule not in UNJUDGED}
        for key in [key for key in self._open if key not in found]:
            self._ended_by_hand(key)
        self._open |= {key: advisory for key, advisory in found.items() if key in self._open}

    def judge(self, rule: Rule, place: Place, evidence: Evidence, *, now: float, facts: FactsOf) -> None:
        """Take evidence and write what changed; after a StoreError the next call writes it."""
        key = (rule.id, place.id)
        before = self._situations.get(key) or Situation(_index(rule, self._open.get(key)))
        found = self._open.get(key)
        situation = self._situations[key] = step(before, self.held(rule, found), evidence, now=now)
        if situation.severity != _index(rule, found):
            self._write(rule, place, situation.severity, now=now, facts=facts)

    def forget(self, rule: Rule, place: Place) -> None:
        """Judge a place no more: what is open there expires."""
        self._situations.pop((rule.id, place.id), None)

    def exchange(self, old: Rule, new: Rule) -> None:
        """Judge by other limits from now on what was judged by those of ``old``."""
        for key, situation in self._situations.items():
            if key[0] == new.id:
                self._situations[key] = carried(situation, old, new)

    def close_unjudged(self, now: float) -> None:
        """Expire the advisories of rules and places that the site no longer has, or that are judged no more."""
        for key, advisory in list(self._open.items()):
            if key not in self._situations and key not in self._expected:
                self._settle(key, "expire", lambda found: _over(found, "expire", now), advisory)

    # -- what a judge has judged -----------------------------------------------------------------------------------

    @property
    def open(self) -> Mapping[Key, Advisory]:
        """Return (rule, place) -> the advisories that are open."""
        return self._open

    def ended(self, key: Key) -> Advisory | None:
        """Return the last advisory of a (rule, place), or of another rule on the same danger, that is over."""
        return self._ended.get(_spot(key))

    def held(self, rule: Rule, found: Advisory | None) -> Rule:
        """Return a rule as it ends what is open: what came and went before is held open longer."""
        times = 1 if found is None else min(found.raised_count, self._policy.held_most)
        return rule if times == 1 else replace(rule, off_delay_s=rule.off_delay_s * times)

    def expect(self, key: Key) -> None:
        """Say that a (rule, place) is judged elsewhere, so that it is not closed as unjudged."""
        self._expected.add(key)

    def expect_only(self, keys: Iterable[Key]) -> None:
        """Say of all that is judged elsewhere what it is now."""
        self._expected = set(keys)

    def find(self, rules: Iterable[str], place: Place) -> Advisory | None:
        """Return the open advisory of any of these rules at a place."""
        return next((self._open[rule, place.id] for rule in rules if (rule, place.id) in self._open), None)

    def end(self, found: Advisory | None, *, now: float) -> None:
        """Resolve an open advisory, if there is one."""
        if found is not None:
            self._settle((found.rule, found.place), "end", lambda a: _over(a, "end", now), found)

    def show(self, found: Advisory | None, told: Told, *, now: float, again: bool = False) -> None:
        """Have an advisory say what was judged: raise it where none is open, else change it where it says otherwise.

        Args:
            found: the open one, of this rule or of another of its family, which then is told by this rule.
            told: what was judged.
            now: UTC seconds.
            again: write it though rule and severity are the same.

        """
        rule, place, limit = told.rule, told.place, told.limit
        if found is None:
            self._raise(rule, place, limit, now=now, facts=told.facts)
        elif again or (found.rule, found.severity) != (rule.id, limit.severity):
            key, facts = (found.rule, found.place), _plain(told.facts(limit))
            rises = SEVERITIES.index(limit.severity) > SEVERITIES.index(found.severity)
            way: EngineStep = "worsen" if rises else "ease"
            self._settle(key, way, lambda a: replace(_moved(a, way, limit, facts, now), rule=rule.id), found)
            if key in self._open:
                self._open[rule.id, place.id] = self._open.pop(key)

    def prune(self, now: float) -> None:
        """Delete, once an hour, what ended more than 30 days ago; the audit keeps what happened."""
        if self._pruned_at is None or not 0.0 <= now - self._pruned_at < PRUNE_EVERY_S:
            self._store.drop_resolved(now - KEPT_RESOLVED_S)
            self._pruned_at = now

    def _write(self, rule: Rule, place: Place, severity: int, *, now: float, facts: FactsOf) -> None:
        key = (rule.id, place.id)
        found = self._open.get(key)
        if found is None:
            self._raise(rule, place, rule.limits[severity], now=now, facts=facts)
        elif severity == CALM:
            self._settle(key, "end", lambda a: _over(a, "end", now), found)
        else:
            limit = rule.limits[severity]
            way: EngineStep = "worsen" if severity > _index(rule, found) else "ease"
            self._settle(key, way, lambda a: _moved(a, way, limit, _plain(facts(limit)), now), found)

    def _raise(self, rule: Rule, place: Place, limit: Limit, *, now: float, facts: FactsOf) -> None:
        key = (rule.id, place.id)
        if self._raise_again(rule, place, limit, now=now, facts=facts):
            return
        advisory = Advisory(
            id=f"{rule.id}:{place.id}:{round(now * 1000)}", rule=rule.id, place=place.id, level=place.level,
            severity=limit.severity, status="new", raised_at=now, updated_at=now, facts=_plain(facts(limit)),
            exercise=self._is_exercise, raised_count=self._count(key, now), changed_by=ENGINE, changed_what="raised",
        )  # fmt: skip
        if self._store.put_advisory(advisory, None, audit=entry(advisory, ENGINE, "raised")):
            self._open[key] = advisory
        else:
            self._reload(key)

    def _raise_again(self, rule: Rule, place: Place, limit: Limit, *, now: float, facts: FactsOf) -> bool:
        """Raise what the engine has lately resolved once more as the same advisory; False where there is none."""
        key = (rule.id, place.id)
        found = self._lately(key, now)
        for _ in range(TRIES):
            if found is None or (found.status, found.ended_by) != ("resolved", ENGINE):
                return False
            changed = _returned(found, rule, limit, _plain(facts(limit)), now)
            if self._store.put_advisory(changed, found.version, audit=entry(changed, ENGINE, "raised", way="return")):
                self._open[key] = changed
                return True
            found = self._store.read_advisory(found.id)  # somebody wrote a note meanwhile
        return False

    def _lately(self, key: Key, now: float) -> Advisory | None:
        """Return the advisory of this situation that has ended so lately that the situation has come back."""
        last = self.ended(key)
        is_lately = last is not None and 0.0 <= now - _ended_at(last) <= self._policy.again_within_s
        return last if is_lately else None

    def _count(self, key: Key, now: float) -> int:
        """Return how often in a row this situation has come back soon after its end."""
        last = self._lately(key, now)
        return 1 if last is None else last.raised_count + 1

    def _settle(
        self, key: Key, way: EngineStep, change: Callable[[Advisory], Advisory], found: Advisory | None
    ) -> None:
        """Apply a change to the advisory as the store has it, though somebody may act on it meanwhile."""
        for _ in range(TRIES):
            if found is None:
                return
            changed = change(found)
            what = changed.status if changed.is_over else "changed"
            if self._store.put_advisory(changed, found.version, audit=entry(changed, ENGINE, what, way=way)):
                self._keep(key, changed)
                return
            found = self._reload(key)

    def _reload(self, key: Key) -> Advisory | None:
        active = {_key(advisory): advisory for advisory in self._store.advisories(active_only=True)}
        if key in active:
            self._open[key] = active[key]
        elif key in self._open:
            self._ended_by_hand(key)
        return active.get(key)

    def _ended_by_hand(self, key: Key) -> None:
        gone = self._open.pop(key)
        self._ended[_spot(key)] = self._store.read_advisory(gone.id) or gone
        self._situations[key] = Situation()

    def _keep(self, key: Key, advisory: Advisory) -> None:
        if advisory.is_over:
            self._open.pop(key, None)
            self._ended[_spot(key)] = advisory
        else:
            self._open[key] = advisory


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as they can be kept: what is no finite number is not known, for one must not end the engine."""
    return {name: _finite(fact) for name, fact in facts.items()}


def _finite(fact: Any) -> Any:
    if isinstance(fact, float):
        return fact if math.isfinite(fact) else None
    return [_finite(each) for each in fact] if isinstance(fact, list | tuple) else fact


def _key(advisory: Advisory) -> Key:
    return advisory.rule, advisory.place


def _ended_at(advisory: Advisory) -> float:
    return advisory.resolved_at or advisory.updated_at


def _spot(key: Key) -> Key:
    """Return the (family, place) of a (rule, place): rules of one family judge the same danger."""
    return _FAMILIES.get(key[0], key[0]), key[1]


def _index(rule: Rule, advisory: Advisory | None) -> int:
    if advisory is None:
        return CALM
    severities = [limit.severity for limit in rule.limits]
    return severities.index(advisory.severity) if advisory.severity in severities else 0


def _over(advisory: Advisory, way: EngineStep, now: float) -> Advisory:
    status = "resolved" if way == "end" else "expired"
    return stepped(advisory, way, ENGINE, now, status=status, resolved_at=now, ended_by=ENGINE)


def _returned(advisory: Advisory, rule: Rule, limit: Limit, facts: dict[str, Any], now: float) -> Advisory:
    """Return an advisory that is raised once more: nobody has seen it yet, but whose it is and what was noted stays."""
    rises = SEVERITIES.index(limit.severity) > SEVERITIES.index(advisory.severity)
    return stepped(
        advisory, "return", ENGINE, now, status="new", rule=rule.id, severity=limit.severity, facts=facts,
        raised_at=now, first_raised_at=advisory.first_raised_at or advisory.raised_at,
        raised_count=advisory.raised_count + 1, resolved_at=None, ended_by=None, acknowledged_by=None,
        acknowledged_at=None, started_at=None, escalated_at=None, new_since=None, **(NOT_SILENCED if rises else {}),
    )  # fmt: skip


def _moved(advisory: Advisory, way: EngineStep, limit: Limit, facts: dict[str, Any], now: float) -> Advisory:
    changes: dict[str, Any] = {"severity": limit.severity, "facts": facts}
    if way == "worsen":  # what got worse must be seen and heard again
        changes |= {"status": "new", "acknowledged_by": None, "acknowledged_at": None, "escalated_at": None}
        changes |= dict(NOT_SILENCED) if advisory.status == "new" else {**NOT_SILENCED, "new_since": now}
    return stepped(advisory, way, ENGINE, now, **changes)
