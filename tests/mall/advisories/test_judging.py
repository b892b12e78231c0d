"""One card a danger and place, one a level of many, and nothing cleared by silence."""

from typing import Any

import pytest

from mall.advisories.acting import act
from mall.advisories.desk import Desk, Place
from mall.advisories.judging import Judge
from mall.advisories.life import Order
from mall.advisories.rule import Rule
from mall.advisories.rules import (
    CRITICAL,
    DENSITY_WALKWAY,
    ESCALATOR_LANDING,
    STALLED,
    TIME_TO_LIMIT,
    UTILISATION,
    rules_for,
    with_limits,
)
from mall.advisories.situations import CALM, STALE, Evidence, Situation, step
from mall.models import SEVERITIES, Advisory
from mall.store import MemoryStore
from tests.mall.scene import plan

ZONE = Place("z0", "1f")


class Hall:
    """Zones of one level, a judge and a store, on seconds that pass when told."""

    def __init__(self, zones: int = 1, rules: tuple[Rule, ...] = (DENSITY_WALKWAY,)) -> None:
        self.store, self.at = MemoryStore(), 0.0
        self.zones, self.rules = [Place(f"z{n}", "1f") for n in range(zones)], rules
        self.take_over()

    def take_over(self) -> None:
        """Let a new engine begin."""
        self.desk = Desk(self.store)
        self.judge = Judge(self.desk)
        self.keys = {(rule.id, zone.id): self.judge.expect(rule, zone) for zone in self.zones for rule in self.rules}
        self.desk.load()
        self.judge.load()

    def second(self, seen: dict[tuple[str, str], Evidence]) -> None:
        self.at += 1.0
        for (rule, zone), evidence in seen.items():
            told = {"value": evidence.value, "rule": rule}
            self.judge.judge(
                self.keys[rule, zone],
                evidence,
                now=self.at,
                facts=lambda limit, told=told: told | {"limit": limit.value},
            )
        self.judge.settle(self.at)
        self.desk.close_unjudged(self.at)

    def run(self, seconds: int, **values: float) -> None:
        """Let time pass with rules of zone z0 at values; an underscore stands for a dash."""
        for _ in range(seconds):
            self.second({(name.replace("_", "-"), "z0"): Evidence(v, v) for name, v in values.items()})

    def density(self, seconds: int, value: float, zones: int) -> None:
        for _ in range(seconds):
            self.second({("density-walkway", zone.id): Evidence(value, value) for zone in self.zones[:zones]})

    @property
    def open(self) -> list[Advisory]:
        return self.store.advisories(active_only=True)

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        return [(a.rule, a.place, a.severity) for a in self.open]


CROWD = (STALLED, CRITICAL, DENSITY_WALKWAY, TIME_TO_LIMIT)


def test_rules_on_the_same_danger_share_one_advisory_that_the_worst_leads() -> None:
    hall = Hall(rules=CROWD)
    hall.run(11, density_walkway=1.2)
    (first,) = hall.open
    assert (first.rule, first.severity, first.facts["folded"]) == ("density-walkway", "watch", [])
    hall.run(12, density_walkway=1.2, critical=1.2)
    (found,) = hall.open
    assert (found.id, found.rule, found.severity) == (first.id, "critical", "warn")
    assert found.facts["folded"] == [{"rule": "density-walkway", "severity": "watch"}]
    hall.run(12, density_walkway=2.3, critical=2.3, stalled=2.3)
    (found,) = hall.open
    assert (found.id, found.rule, found.severity) == (first.id, "stalled", "act"), "of equals the more telling leads"
    assert {row["rule"] for row in found.facts["folded"]} == {"critical", "density-walkway"}


def test_a_lead_that_ends_hands_over_and_the_last_one_resolves() -> None:
    hall = Hall(rules=CROWD)
    hall.run(12, density_walkway=1.2, critical=1.2)
    hall.run(62, density_walkway=1.2, critical=0.0)
    (found,) = hall.open
    assert (found.rule, found.severity) == ("density-walkway", "watch")
    hall.run(62, density_walkway=0.0, critical=0.0)
    assert hall.open == []
    assert [a.status for a in hall.store.advisories()] == ["resolved"]


def test_what_another_rule_makes_worse_must_be_seen_again() -> None:
    hall = Hall(rules=CROWD)
    hall.run(12, density_walkway=1.2)
    act(hall.store, hall.open[0].id, Order("acknowledge", "console:mori"), hall.at)
    hall.run(12, density_walkway=1.2, critical=1.2)
    (found,) = hall.open
    assert (found.status, found.acknowledged_by) == ("new", None)


def test_different_dangers_are_different_cards() -> None:
    hall = Hall(rules=(*CROWD, UTILISATION))
    hall.run(31, density_walkway=1.2, utilisation=1.1)
    assert hall.shown == [("density-walkway", "z0", "watch"), ("utilisation", "z0", "warn")]


def test_a_new_engine_takes_over_what_is_open() -> None:
    hall = Hall(rules=CROWD)
    hall.run(12, density_walkway=2.3, stalled=2.3)
    kept = hall.open[0].id
    hall.take_over()
    hall.at += 5.0
    hall.second({})
    assert [a.id for a in hall.open] == [kept], "nothing was seen yet"
    hall.run(30, density_walkway=2.3, stalled=2.3)
    assert [(a.id, a.rule) for a in hall.open] == [(kept, "stalled")]
    hall.run(62, density_walkway=0.0, stalled=0.0)
    assert hall.open == []


def test_what_is_judged_no_more_is_closed() -> None:
    hall = Hall(rules=CROWD)
    hall.run(12, density_walkway=1.2)
    hall.rules = (UTILISATION,)
    hall.take_over()
    hall.second({})
    assert hall.open == []


def test_stale_evidence_neither_raises_nor_clears() -> None:
    hall = Hall()
    hall.run(8, density_walkway=2.3)
    for _ in range(100):
        hall.second({("density-walkway", "z0"): STALE})
    assert hall.open == []
    hall.run(12, density_walkway=2.3)
    for _ in range(1000):
        hall.second({("density-walkway", "z0"): STALE})
    assert hall.shown == [("density-walkway", "z0", "act")]


# -- a level of many -------------------------------------------------------------------------------------------------


def test_five_zones_of_a_level_are_one_advisory_and_the_others_are_held_back() -> None:
    hall = Hall(zones=20)
    hall.density(12, 1.2, zones=4)
    assert len(hall.open) == 4
    hall.density(12, 1.2, zones=20)
    level = [a for a in hall.open if a.rule == "level-crowded"]
    assert len(hall.open) == 5, "the four stay, sixteen are held back"
    assert (level[0].place, level[0].severity, level[0].facts["value"]) == ("1f", "watch", 20)
    assert set(level[0].facts["zones"]) == {zone.id for zone in hall.zones}
    hall.density(12, 2.3, zones=20)
    assert {a.severity for a in hall.open} == {"act"}


def test_a_level_that_calms_down_gives_its_last_zones_back() -> None:
    hall = Hall(zones=8)
    hall.density(12, 1.2, zones=8)
    assert hall.shown == [("level-crowded", "1f", "watch")]
    for _ in range(130):
        hall.second({("density-walkway", z.id): Evidence(1.2 if z.id in ("z0", "z1") else 0.0, 0.0) for z in hall.zones}
                    | {("density-walkway", z): Evidence(1.2, 1.2) for z in ("z0", "z1")})  # fmt: skip
    assert hall.shown == [("density-walkway", "z0", "watch"), ("density-walkway", "z1", "watch")]


def test_a_level_that_an_earlier_engine_left_open_ends_once_its_zones_are_seen_calm() -> None:
    """They calmed down while nobody judged: the 60 s of each and its own 60 s, from when they are seen again."""
    hall = Hall(zones=20)
    hall.density(12, 1.2, zones=18)
    hall.take_over()
    for _ in range(300):
        hall.second({("density-walkway", zone.id): STALE for zone in hall.zones})
    assert hall.shown == [("level-crowded", "1f", "watch")], "no danger is cleared by silence"
    hall.density(119, 0.2, zones=20)
    assert hall.shown == [("level-crowded", "1f", "watch")]
    hall.density(3, 0.2, zones=20)
    assert hall.shown == []


def test_a_level_that_is_still_crowded_goes_on_under_another_engine() -> None:
    hall = Hall(zones=20)
    hall.density(12, 2.3, zones=18)
    (before,) = hall.open
    hall.take_over()
    hall.density(30, 2.3, zones=18)
    assert [(a.id, a.version) for a in hall.open] == [(before.id, before.version)]


def test_a_level_names_the_zones_that_join_it() -> None:
    hall = Hall(zones=9)
    hall.density(12, 1.2, zones=5)
    assert hall.open[0].facts["value"] == 5
    hall.density(30, 1.2, zones=9)
    (level,) = hall.open
    assert level.facts["value"] == 9
    assert set(level.facts["zones"]) == {zone.id for zone in hall.zones}


def test_what_somebody_ends_is_raised_anew_only_after_its_delay() -> None:
    hall = Hall()
    hall.run(12, density_walkway=1.2)
    ended = hall.open[0].id
    assert act(hall.store, ended, Order("resolve", "console:mori", text="a school class"), hall.at).outcome == "done"
    for _ in range(10):
        hall.desk.refresh(hall.open)
        hall.run(1, density_walkway=1.2)
    assert hall.open == []
    hall.run(5, density_walkway=1.2)
    (again,) = hall.open
    assert (again.raised_count, again.id != ended) == (2, True)


def test_one_danger_that_comes_back_as_another_rule_is_the_same_advisory() -> None:
    hall = Hall(rules=(ESCALATOR_LANDING, DENSITY_WALKWAY))
    hall.run(3, escalator_landing=50.0, density_walkway=0.5)
    first = hall.open[0]
    hall.run(40, escalator_landing=900.0, density_walkway=0.5)
    assert hall.open == []
    hall.run(12, escalator_landing=900.0, density_walkway=1.2)
    (back,) = hall.open
    assert (back.id, back.rule, back.severity, back.raised_count) == (first.id, "density-walkway", "watch", 2)
    hall.run(100, escalator_landing=900.0, density_walkway=0.5)
    assert len(hall.open) == 1, "held twice as long"
    hall.run(25, escalator_landing=900.0, density_walkway=0.5)
    assert hall.open == []


# -- falling rules, data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "severity"), [(61.0, None), (60.0, "warn"), (21.0, "warn"), (20.0, "act"), (0.0, "act")]
)
def test_a_time_that_is_left_is_worse_the_shorter_it_is(seconds: float, severity: str | None) -> None:
    situation = Situation()
    for tick in range(10):
        situation = step(situation, ESCALATOR_LANDING, Evidence(seconds, seconds), now=tick * 0.5)
    found = None if situation.severity == CALM else ESCALATOR_LANDING.limits[situation.severity].severity
    assert found == severity


def test_a_time_that_grows_ends_by_a_tenth_more_for_its_delay() -> None:
    situation = Situation(0)
    for tick in range(100):
        situation = step(situation, ESCALATOR_LANDING, Evidence(65.0, 65.0), now=float(tick))
    assert situation.severity == 0, "65 s is not clear of 60 s by a tenth"
    for tick in range(100, 131):
        situation = step(situation, ESCALATOR_LANDING, Evidence(66.0, 66.0), now=float(tick))
    assert situation.severity == CALM


def test_conditions_and_falling_ladders_are_the_sites_too() -> None:
    own = with_limits(CRITICAL, {"critical": {"falling_share": 0.3}}, "critical")
    assert own["falling_share"] == 0.3
    assert CRITICAL["falling_share"] == 0.2
    with pytest.raises(ValueError, match="fall with severity"):
        with_limits(ESCALATOR_LANDING, {"escalator-landing": {"act": 70.0}}, "escalator-landing")
    with pytest.raises(KeyError):
        own["nothing"]


def test_roles_choose_rules() -> None:
    plaza = plan().zones[0]
    landing = [rule.id for rule in rules_for(plaza, {}, {"landing"})]
    assert "escalator-landing" in landing
    assert "time-to-limit" not in landing
    assert {"blocked-exit", "counter-flow"} <= {rule.id for rule in rules_for(plaza, {}, {"exit"})}


# -- 200 zones around a limit, then a dark floor ----------------------------------------------------------------------


def pages(audit: list[dict[str, Any]]) -> int:
    """Return the most times within ten minutes that somebody was called: raised, or worse than before."""
    called: list[float] = []
    severity: dict[str, int] = {}
    for row in audit:
        if "advisory" in row:
            now = SEVERITIES.index(row["severity"])
            if now > severity.get(row["advisory"], -1):
                called.append(float(row["called_at"]))
            severity[row["advisory"]] = now
    return max((sum(0.0 <= each - start < 600.0 for each in called) for start in called), default=0)


class Timed(MemoryStore):
    """Notes in the audit when by the simulated clock something was written."""

    now = 0.0

    def append_audit(self, entry: Any) -> str:
        return super().append_audit({**entry, "called_at": self.now})


@pytest.mark.parametrize("above_s", [1, 3, 7, 9])
def test_two_hundred_zones_flap_for_ten_minutes_and_then_their_cameras_are_lost(above_s: int) -> None:
    """Each is above its limit for ``above_s`` of ten seconds, each beginning at another one."""
    hall = Hall(zones=200)
    store = Timed()
    hall.store, hall.desk._store = store, store
    flapping = {True: Evidence(1.25, 1.25), False: Evidence(1.0, 1.0)}
    for second in range(600):
        store.now = hall.at + 1.0
        hall.second({("density-walkway", f"z{n}"): flapping[(second + n) % 10 < above_s] for n in range(200)})
    before = {a.id for a in hall.open}
    for _ in range(600):
        store.now = hall.at + 1.0
        hall.second({("density-walkway", f"z{n}"): STALE for n in range(200)})
    raised = [a.place for a in store.advisories()]
    assert len(raised) == len(set(raised)), "at most one a zone"
    assert pages(store.read_audit(10_000)) <= 10
    assert {a.id for a in hall.open} == before, "no danger is cleared by stale data, and none raised"
    assert bool(before) == (above_s == 9)


def test_a_danger_among_two_hundred_is_told_within_two_seconds_of_its_delay() -> None:
    hall = Hall(zones=200)
    for second in range(120):
        hall.second(
            {("density-walkway", f"z{n}"): Evidence(v := 1.25 if (second + n) % 2 else 1.0, v) for n in range(199)}
        )
    begun = hall.at
    for second in range(20):
        seen = {("density-walkway", f"z{n}"): Evidence(v := 1.25 if (second + n) % 2 else 1.0, v) for n in range(199)}
        hall.second(seen | {("density-walkway", "z199"): Evidence(2.4, 2.4)})
        if hall.open:
            break
    assert hall.shown == [("density-walkway", "z199", "act")]
    assert hall.at - begun - DENSITY_WALKWAY.on_delay_s <= 2.0
