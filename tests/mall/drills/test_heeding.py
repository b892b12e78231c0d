"""What people of a drill do of what is asked of them: shares counted by hand, and whole drills with and without it.

The hall is 20 x 6 m = 120 m². People come in from the street by the door of 1 m and leave by the back door.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gis.passage import Passage
from mall.drills.clock import DrillClock
from mall.drills.crowd import Crowd, Plan
from mall.drills.detours import Detours
from mall.drills.exercise import Exercise
from mall.drills.heeding import Heeding, Order, orders_of
from mall.drills.script import Script
from mall.drills.ways import way_between, way_in
from mall.models import Advisory
from mall.options.choosing import Choice, choose
from mall.plan_state import ItemState
from mall.plan_state.changing import set_item
from mall.store import MemoryStore, Store
from tests.mall.drills.hall import BACK, DOOR, stage

WORDS = {"en": "x", "ja": "x"}
STAGE = stage()
PEOPLE = 100
NOW = 1_800_000_000.0


def arriving(goal: str = "hall") -> Crowd:
    """Return people who have just come in by the gate and are on their way to the hall."""
    plan = STAGE.site.plan
    steps = (*way_in(plan, "street"), *way_between(STAGE.graph, "street", goal).steps)
    return Crowd(plan, [Plan(0.5, steps, goal, None, last=goal) for _ in range(PEOPLE)])


def standing() -> Crowd:
    return Crowd(STAGE.site.plan, [Plan(0.0, (), "hall", None, is_there=True, last="hall") for _ in range(PEOPLE)])


def in_hall(crowd: Crowd) -> int:
    return int((crowd.people()["1f"][1][:, 0] <= 20.0).sum()) if crowd.people() else 0


def after(crowd: Crowd, order: Order | None, seconds: float, passages: Mapping[str, Passage] | None = None) -> int:
    heeding, detours = Heeding(crowd), Detours(STAGE.graph, passages or {})
    for i in range(int(seconds)):
        heeding.heed([order] if order else [], detours, NOW + i, 1.0)
        crowd.step(1.0, detours.bars)
    return in_hall(crowd)


def order(kind: str, share: float, *, items: tuple[str, ...] = (), zones: tuple[str, ...] = ()) -> Order:
    return Order("a@1", kind, "hall", items, zones, share, NOW)


@pytest.mark.parametrize(
    ("kind", "items", "share"),
    [
        ("message", (), 0.05), ("cordon", (), 0.95), ("bar_entry", (DOOR,), 0.85), ("bar_entry", (BACK,), 0.0),
        ("send_staff", (), 0.1), ("look", (), 0.0), ("guide_route", (), 0.0),
    ],
)  # fmt: skip
def test_a_share_of_those_who_come_stays_out(kind: str, items: tuple[str, ...], share: float) -> None:
    # Standard deviation of a share of 100: at most 0.05; two and a half of them.
    came = after(arriving(), order(kind, share, items=items, zones=("hall",)), 150.0)
    assert came / PEOPLE == pytest.approx(1.0 - share, abs=0.125)
    assert came == after(arriving(), order(kind, share, items=items, zones=("hall",)), 150.0), "the same every time"


@pytest.mark.parametrize(("kind", "share"), [("clear_area", 0.7), ("pause_popup", 0.1), ("move_popup", 0.2)])
def test_those_who_stand_leave_one_after_the_other_over_a_quarter_of_an_hour(kind: str, share: float) -> None:
    half, whole = (after(standing(), order(kind, share), minutes * 60.0) for minutes in (7.5, 17.0))
    assert half / PEOPLE == pytest.approx(1.0 - share / 2.0, abs=0.125)
    assert whole / PEOPLE == pytest.approx(1.0 - share, abs=0.125)


def leaving() -> Crowd:
    """Return people in the hall who leave by the door and the street."""
    plan = STAGE.site.plan
    way = way_between(STAGE.graph, "hall", "street").steps
    return Crowd(plan, [Plan(0.0, way, "street", None, is_there=True, last="street") for _ in range(60)])


@pytest.mark.parametrize(("closed", "expected"), [(None, 0.35), (Passage("closed"), 0.0)])
def test_a_share_of_those_who_leave_takes_the_way_that_was_opened(closed: Passage | None, expected: float) -> None:
    crowd = leaving()
    after(crowd, order("open_opening", 0.35, items=(BACK,)), 120.0, {BACK: closed} if closed else {})
    gone = 60 - len(crowd.people()["1f"][0])  # by the back door outside; the others stand in the street
    assert gone / 60 == pytest.approx(expected, abs=0.19)


def test_a_one_way_order_bars_one_direction_alone() -> None:
    inward = {DOOR: Passage("one_way", "hall")}
    assert after(arriving(), None, 150.0, inward) == PEOPLE
    assert after(arriving(), None, 150.0, {DOOR: Passage("one_way", "street")}) == 0
    crowd = leaving()
    after(crowd, None, 120.0, inward)
    assert in_hall(crowd) == 60


def test_one_direction_does_not_wait_behind_the_other_that_is_barred() -> None:
    plan = STAGE.site.plan
    into, out = (way_between(STAGE.graph, *pair).steps for pair in (("street", "hall"), ("hall", "street")))
    plans = [Plan(0.0, out, "street", None, is_there=True, last="street") for _ in range(9)]
    crowd = Crowd(plan, [*plans, *(Plan(20.0, into, "hall", None, is_there=True, last="hall") for _ in range(9))])
    after(crowd, None, 90.0, {DOOR: Passage("one_way", "hall")})
    assert in_hall(crowd) == 18


def test_orders_are_of_what_was_chosen_and_begin_when_it_is_ready() -> None:
    chosen = {"kind": "message", "place": "hall", "items": [], "zones": ["hall"], "at": NOW}
    rows: list[dict[str, Any] | None] = [None, chosen, {"kind": "unheard-of", "place": "hall"}, {"kind": "message"}]
    found = [
        Advisory(f"a{i}", "r", "hall", "1f", "act", "in_progress", NOW, NOW, {}, chosen=row)
        for i, row in enumerate(rows)
    ]
    assert orders_of(found, NOW + 59.0) == ()
    [only] = orders_of(found, NOW + 60.0)
    assert (only.kind, only.place, only.share, only.works_at) == ("message", "hall", 0.05, NOW + 60.0)


def filling() -> Script:
    """Return a drill in which 40 people a minute come by the door for four minutes and leave by the back door."""
    groups = [
        {"people": 130, "from": "hall", "to": "hall", "within": True, "stays_s": 200, "leaves": True},
        {
            "people": 20, "from": "street", "to": "hall", "enters": True, "over_s": 30, "stays_s": 240,
            "leaves": True, "keeps_coming": True,
        },
    ]  # fmt: skip
    expect = {"rules": ["density-walkway"], "place": "hall", "severity": "watch", "by_s": 60}
    return Script.model_validate(
        {
            "id": "x", "title": WORDS, "teaches": WORDS, "asks": WORDS, "lasts_s": 480, "group": groups,
            "places": {"hall": {"zone": "hall"}, "street": {"zone": "street"}}, "expect": [expect],
        }
    )  # fmt: skip


def played(wanted: frozenset[str]) -> tuple[float, float | None, str | None]:
    """Play it, choosing the first option of a kind; return density after 5.5 min, end of the advisory, choice."""
    clock = DrillClock()
    exercise = Exercise(STAGE, STAGE.put(filling()), MemoryStore(clock=clock))
    _order(exercise.store, BACK, Passage("one_way"), clock.now)  # so that all come in by the door
    began, density, chosen = clock.now, -1.0, None
    while not exercise.is_over:
        clock.now += 0.5
        exercise.step()
        chosen = chosen or _chosen(exercise.store, wanted, clock.now)
        if exercise.at_s == 330.0:
            density = exercise.store.read_live("1f")["hall"].density or 0.0
    exercise.close()
    first = min(exercise.store.advisories(), key=lambda each: each.raised_at)
    ended = None if first.resolved_at is None else first.resolved_at - began
    return density, ended, chosen


def _chosen(store: Store, wanted: frozenset[str], now: float) -> str | None:
    for advisory in store.advisories(active_only=True):
        options = json.loads(store.read_options(advisory.id) or b'{"options": []}')["options"]
        row = next((o for o in options if o["kind"] in wanted), None)
        if row is None:
            continue
        choice = Choice(row["key"], "console:mori", advisory.version)
        if choose(store, advisory.id, choice, now).outcome == "done":
            for change in row["plan_changes"]:
                _order(store, change["item"], Passage(**change["passage"]), now)
            return str(row["kind"])
    return None


def _order(store: Store, item: str, passage: Passage, now: float) -> None:
    set_item(store, ItemState(item, passage, "console:mori", "try", now), expected_version=None, now=now)


def test_the_place_is_less_full_and_the_advisory_ends_sooner_where_people_choose_an_option() -> None:
    without, ended_late, _ = played(frozenset())
    helped, ended_soon, kind = played(frozenset({"clear_area"}))
    assert kind == "clear_area"
    assert helped < 0.8 * without
    assert ended_soon is not None
    assert ended_late is None or ended_soon < ended_late
