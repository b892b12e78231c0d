"""Judges the zones: every rule by its delays, then one advisory a danger and place, and one a level of many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mall.advisories.desk import Desk, FactsOf, Key, Place, Told
from mall.advisories.folding import Finding, Spot, facts_of, group_facts, led
from mall.advisories.rule import Limit, Rule
from mall.advisories.rules import GROUP_OF, family_of
from mall.advisories.situations import CALM, Evidence, Situation, carried, step
from mall.models import SEVERITIES, Advisory, Severity

SETTLE_EVERY_S = 1.0
NAMED_AGAIN_S = 10.0  # at most so often an advisory is written because other zones or rules are in it


class Judge:
    """Keeps the situations of the zones; the desk keeps their advisories.

    Args:
        desk: where they are shown.
        groups: family -> the rule that tells of a level's zones at once, with the site's limits.

    Attributes:
        standing: what is not calm, or on its way from it; what is calm and stays so needs no judging.

    """

    def __init__(self, desk: Desk, groups: Mapping[str, Rule] = GROUP_OF) -> None:
        self._desk = desk
        self._groups = dict(groups)
        self._rules: dict[Key, tuple[Rule, Place]] = {}
        self._ids: dict[Spot, list[str]] = {}
        self._facts: dict[Key, FactsOf] = {}
        self._levels: dict[Key, Situation] = {}
        self._shown: dict[Spot, Key] = {}
        self._untold: set[Spot] = set()
        self._is_changed, self._settled_at = True, float("-inf")
        self.standing: dict[Key, Situation] = {}

    def expect(self, rule: Rule, place: Place) -> Key:
        """Say that a rule is judged at a place, and return its key; the desk closes what nobody expects."""
        key = (rule.id, place.id)
        self._rules[key] = rule, place
        self._ids.setdefault((family_of(rule), place.id), []).append(rule.id)
        self._desk.expect(key)
        if (group := self._groups.get(family_of(rule))) is not None:
            self._desk.expect((group.id, place.level))
        return key

    def load(self) -> None:
        """Take up what an earlier engine left open."""
        for key, advisory in self._desk.open.items():
            if key in self._rules:
                self.standing[key] = Situation(_index(self._rules[key][0], advisory.severity))
        for family, group in self._groups.items():
            for advisory in self._desk.open.values():
                if advisory.rule == group.id:
                    self._take_up(family, advisory)

    def _take_up(self, family: str, level: Advisory) -> None:
        """Take up the zones that a level's advisory told for: they have none of their own that says how they stand."""
        rows = level.facts.get("worst", ())
        worst = {
            row["zone"]: (row["rule"], row["severity"]) for row in rows if {"zone", "rule", "severity"} <= set(row)
        }
        for zone in level.facts.get("zones", ()):
            ids = self._ids.get((family, zone), [])
            if not ids or any((rule, zone) in self.standing for rule in ids):
                continue
            rule_id, severity = worst.get(zone, (ids[0], None))
            key = (rule_id if rule_id in ids else ids[0], zone)
            self.standing[key] = Situation(0 if severity is None else _index(self._rules[key][0], severity))
        self._levels[family, level.place] = Situation(0)

    def take_over(self, before: "Judge") -> None:
        """Go on where the judge before ends, whose rules had other limits; what is open is told by the new ones."""
        for key, situation in before.standing.items():
            if key in self._rules:
                (old, place), new = before._rules[key], self._rules[key][0]
                self.standing[key] = carried(situation, old, new)
                if old == new and key in before._facts:
                    self._facts[key] = before._facts[key]
                elif old != new:
                    self._untold.add((family_of(new), place.id))
        groups = self._groups
        self._levels = {
            key: carried(each, before._groups[key[0]], groups[key[0]]) for key, each in before._levels.items()
        }
        self._shown = dict(before._shown)

    @property
    def keys(self) -> frozenset[Key]:
        """Return what is judged here: every rule at its place, and those that tell of a level."""
        levels = {(family_of(rule), place.level) for rule, place in self._rules.values()}
        return frozenset([*self._rules, *((self._groups[f].id, level) for f, level in levels if f in self._groups)])

    def judge(self, key: Key, evidence: Evidence, *, now: float, facts: FactsOf) -> None:
        """Take evidence on what ``expect`` gave a key for."""
        rule, before = self._rules[key][0], self.standing.get(key)
        if before is None and not (evidence.fresh and rule.is_at(evidence.high, rule.limits[0])):
            return
        held = rule if before is None or before.severity == CALM else self._held(rule, key)
        situation = step(before or Situation(), held, evidence, now=now)
        if situation.severity == CALM and not situation.reached:
            self._forget(key)
        else:
            self.standing[key], self._facts[key] = situation, facts
        self._is_changed |= situation.severity != (CALM if before is None else before.severity)

    def settle(self, now: float) -> None:
        """Show what stands, once all of a tick is judged; after a StoreError the next call shows it.

        Where no severity changed, there is something new to tell only now and then.
        """
        if not self._is_changed and 0.0 <= now - self._settled_at < SETTLE_EVERY_S:
            return
        self._is_changed = True
        self._begin_anew()
        found = led(self._findings())
        grouped = self._judge_levels(found, now)
        for spot in {**dict.fromkeys(found), **dict.fromkeys(self._open_spots())}:
            self._show(spot, found.get(spot, []), grouped, now)
        self._is_changed, self._settled_at = False, now

    def _held(self, rule: Rule, key: Key) -> Rule:
        """Return a rule as it ends what is told of its place."""
        place = self._rules[key][1]
        return self._desk.held(rule, self._desk.find(self._ids[family_of(rule), place.id], place))

    def _forget(self, key: Key) -> None:
        self.standing.pop(key, None)
        self._facts.pop(key, None)

    def _begin_anew(self) -> None:
        """Judge anew what somebody ended by hand: if it lasts, it is raised after its on-delay."""
        for spot, key in list(self._shown.items()):
            if key not in self._desk.open:
                del self._shown[spot]
                for rule in self._ids.get(spot, ()):
                    self._forget((rule, spot[1]))

    def _findings(self) -> Iterator[Finding]:
        for key, situation in self.standing.items():
            if situation.severity > CALM:
                rule, place = self._rules[key]
                yield Finding(rule, rule.limits[situation.severity], place, self._facts.get(key))

    def _open_spots(self) -> Iterable[Spot]:
        return [(family_of(self._rules[key][0]), key[1]) for key in self._desk.open if key in self._rules]

    def _show(self, spot: Spot, found: Sequence[Finding], grouped: frozenset[Key], now: float) -> None:
        place = self._rules[self._ids[spot][0], spot[1]][1]
        opened = self._desk.find(self._ids[spot], place)
        if not found:
            self._desk.end(opened, now=now)
            self._shown.pop(spot, None)
        elif found[0].facts is not None and (opened is not None or (spot[0], place.level) not in grouped):
            told = Told(found[0].rule, place, found[0].limit, lambda _: facts_of(found))
            again = opened is not None and (spot in self._untold or _folds_others(opened, found, now))
            self._desk.show(opened, told, now=now, again=again)
            self._untold.discard(spot)
            self._note(spot, place)

    def _note(self, spot: Spot, place: Place) -> None:
        opened = self._desk.find(self._ids[spot], place)
        if opened is not None:
            self._shown[spot] = opened.rule, opened.place

    # -- a level of many -------------------------------------------------------------------------------------------

    def _judge_levels(self, found: Mapping[Spot, Sequence[Finding]], now: float) -> frozenset[Key]:
        """Judge how many zones of a level raise the same; return the (family, level) of which one tells for all."""
        members: dict[Key, list[Finding]] = {key: [] for key in self._levels}
        for (family, _), findings in found.items():
            if family in self._groups:
                members.setdefault((family, findings[0].place.level), []).append(findings[0])
        return frozenset([key for key, findings in members.items() if self._judge_level(key, findings, now)])

    def _judge_level(self, key: Key, members: Sequence[Finding], now: float) -> bool:
        rule, place = self._groups[key[0]], Place(key[1], key[1])
        opened = self._desk.find([rule.id], place)
        before = self._levels.get(key) or Situation(CALM if opened is None else 0)
        situation = self._levels[key] = step(before, rule, Evidence(len(members), len(members)), now=now)
        if situation.severity == CALM:
            self._desk.end(opened, now=now)
            return False
        if members:
            worst = max(members, key=lambda each: each.rank).limit.severity
            limit = Limit(worst, rule.limits[0].value, rule.limits[0].source)
            told = Told(rule, place, limit, lambda each: group_facts(members) | _limit(each))
            again = opened is not None and _names_others(opened, members, now)
            self._desk.show(opened, told, now=now, again=again)
        return True


def _folds_others(opened: Advisory, found: Sequence[Finding], now: float) -> bool:
    """Tell whether other rules are folded into an advisory than it says, and it may be written again."""
    if now - opened.updated_at < NAMED_AGAIN_S:
        return False
    return {row.get("rule") for row in opened.facts.get("folded", ())} != {each.rule.id for each in found[1:]}


def _names_others(opened: Advisory, members: Sequence[Finding], now: float) -> bool:
    """Tell whether a level's advisory names other zones than are in it now, and may be written again."""
    if now - opened.updated_at < NAMED_AGAIN_S:
        return False
    return set(opened.facts.get("zones", ())) != {each.place.id for each in members}


def _limit(limit: Limit) -> dict[str, float | str]:
    return {"limit": limit.value, "source": limit.source}


def _index(rule: Rule, severity: Severity) -> int:
    """Return the index of the limit of a severity, else of the next lower one there is."""
    reached = SEVERITIES.index(severity)
    return max(0, sum(SEVERITIES.index(limit.severity) <= reached for limit in rule.limits) - 1)
