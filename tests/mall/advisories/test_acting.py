"""Two operators at once: compare-and-set on a real server, one audit entry a step, and the loser is told."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mall.advisories.acting import Acted, Deed, act, amend
from mall.advisories.desk import Desk, Place
from mall.advisories.escalation import escalate
from mall.advisories.life import DONE, Order
from mall.advisories.rules import DENSITY_WALKWAY, Limit
from mall.advisories.situations import Evidence
from mall.models import Advisory
from mall.store import Store
from tests.mall.store_samples import advisory
from tests.store_kinds import store_of

PLACE = Place("plaza", "1f")


@pytest.fixture(params=["memory", "server"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from store_of(request)


def at_once(work: Callable[[int], Acted], count: int = 8) -> list[Acted]:
    gate = Barrier(count)

    def run(number: int) -> Acted:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_of_eight_at_once_one_acknowledges_and_the_others_are_told_who(store: Store) -> None:
    found = advisory()
    store.put_advisory(found, None)
    done = at_once(lambda n: act(store, found.id, Order("acknowledge", f"console:op{n}", version=1), 10.0 + n))
    (winner,) = [one for one in done if one.outcome == "done"]
    assert winner.advisory is not None
    name = (winner.advisory.acknowledged_by or "").removeprefix("console:")
    losers = [one for one in done if one.outcome != "done"]
    assert {one.outcome for one in losers} <= {"taken", "changed"}
    assert len(losers) == 7
    for loser in losers:
        assert loser.why is not None
        assert name in loser.why.text
        assert (loser.why.code, loser.why.args["name"]) in {("acknowledged", name), ("changed", name)}
        assert loser.advisory == winner.advisory
    (entry,) = store.read_audit(100)
    assert (entry["who"], entry["what"], entry["version"]) == (f"console:{name}", "advisory acknowledged", 2)
    assert store.audit_break() is None


def test_different_steps_at_once_are_all_taken_where_nobody_named_a_version(store: Store) -> None:
    found = advisory()
    store.put_advisory(found, None)
    done = at_once(lambda n: act(store, found.id, Order("note", f"console:op{n}", text=f"note {n}"), 10.0), 4)
    taken = [one for one in done if one.outcome == "done"]
    stored = store.read_advisory(found.id)
    assert stored is not None
    assert len(stored.notes) == len(taken) == len(store.read_audit(100)) == stored.version - 1
    assert store.audit_break() is None


def test_who_saw_an_older_version_is_told_what_happened_since(store: Store) -> None:
    found = advisory()
    store.put_advisory(found, None)
    assert act(store, found.id, Order("assign", "console:mori", version=1, to="abe"), 10.0).outcome == "done"
    late = act(store, found.id, Order("note", "console:sato", version=1, text="on it"), 11.0)
    assert late.why is not None
    assert (late.outcome, "assigned by mori" in late.why.text) == ("changed", True)
    assert (late.why.code, late.why.args) == ("changed", {"name": "mori", "what": "assigned"})
    assert late.advisory is not None
    assert late.advisory.assigned_to == "abe"
    assert len(store.read_audit(10)) == 1
    assert act(store, "nothing", Order("note", "console:sato", text="x"), 11.0).outcome == "unknown"


def test_a_change_and_its_audit_entry_are_written_both_or_neither(store: Store) -> None:
    found = advisory()
    store.put_advisory(found, None)
    with pytest.raises(ValueError, match="prev"):
        store.put_advisory(found.changed(assigned_to="abe"), 1, audit={"prev": "forged"})
    assert store.read_advisory(found.id) == found
    assert not store.put_advisory(found.changed(assigned_to="abe"), 7, audit={"who": "x"})
    assert store.read_audit(10) == []


def test_others_write_what_they_chose_in_the_same_way(store: Store) -> None:
    found = advisory()
    store.put_advisory(found, None)
    deed = Deed("console:mori", "chosen", 1, {"option": "A"})
    done = amend(store, found.id, lambda a: a.changed(chosen={"key": "A"}, changed_by=deed.who), deed)
    assert done.outcome == "done"
    (entry,) = store.read_audit(10)
    assert (entry["what"], entry["option"], entry["advisory"]) == ("advisory chosen", "A", found.id)


def facts(limit: Limit) -> dict[str, Any]:
    return {"value": 2.5, "limit": limit.value}


def feed(desk: Desk, store: Store, density: float, start: float, seconds: float) -> None:
    """Let a density last, second by second, and let the desk see what people did."""
    for i in range(int(seconds) + 1):
        desk.refresh(store.advisories(active_only=True))
        desk.judge(DENSITY_WALKWAY, PLACE, Evidence(density, density), now=start + i, facts=facts)


def only_open(store: Store) -> Advisory:
    (found,) = store.advisories(active_only=True)
    return found


def test_what_is_resolved_by_hand_but_lasts_is_raised_anew_after_its_on_delay(store: Store) -> None:
    desk = Desk(store)
    feed(desk, store, 2.5, 0, 12)
    first = only_open(store)
    assert act(store, first.id, Order("resolve", "console:mori", text="looked, nothing"), 13.0).outcome == "done"
    feed(desk, store, 2.5, 13, 9)
    assert store.advisories(active_only=True) == []
    feed(desk, store, 2.5, 23, 2)
    again = only_open(store)
    assert (again.id != first.id, again.raised_count, again.status) == (True, 2, "new")
    kept = store.read_advisory(first.id)
    assert kept is not None
    assert (kept.status, kept.ended_by) == ("resolved", "console:mori")


def test_what_is_resolved_by_hand_and_over_is_not_raised(store: Store) -> None:
    desk = Desk(store)
    feed(desk, store, 2.5, 0, 12)
    act(store, only_open(store).id, Order("resolve", "console:mori", text="cleared"), 13.0)
    feed(desk, store, 0.2, 13, 100)
    assert store.advisories(active_only=True) == []


@pytest.mark.parametrize(("pause_s", "count"), [(60, 2), (880, 2), (1000, 1)])
def test_what_comes_back_soon_is_marked(store: Store, pause_s: float, count: int) -> None:
    desk = Desk(store)
    feed(desk, store, 2.5, 0, 12)
    feed(desk, store, 0.0, 13, 70)
    (over,) = store.advisories()
    ended = over.resolved_at or 0.0
    act(store, over.id, Order("note", "console:mori", text="a school class"), ended + 1.0)
    second = Desk(store)  # another engine knows it too
    second.load()
    act(store, over.id, Order("note", "console:abe", text="gone"), ended + 2.0)
    feed(second, store, 2.5, ended + pause_s - 10, 10)
    back = only_open(store)
    assert (back.raised_count, back.status, back.raised_at) == (count, "new", ended + pause_s)
    assert (back.id == over.id, len(back.notes), back.resolved_at) == (count > 1, 2 * (count - 1), None)
    assert back.first_raised_at == (over.raised_at if count > 1 else None)
    assert store.read_audit(9)[-1]["what"] == "advisory raised"


@pytest.mark.parametrize(("density", "is_silent"), [(1.2, True), (2.5, False)])
def test_what_comes_back_is_nobodys_yet_but_keeps_its_silence_unless_it_is_worse(
    store: Store, density: float, is_silent: bool
) -> None:
    desk = Desk(store)
    feed(desk, store, 1.2, 0, 12)
    found = only_open(store).id
    for step in (Order("acknowledge", "console:mori"), Order("start", "console:mori")):
        act(store, found, step, 13.0)
    act(store, found, Order("silence", "console:mori", text="a class", seconds=600), 14.0)
    feed(desk, store, 0.2, 15, 61)
    feed(desk, store, density, 80, 12)
    back = only_open(store)
    assert (back.id, back.status, back.acknowledged_at, back.started_at) == (found, "new", None, None)
    assert (back.assigned_to, back.is_silent(92.0)) == ("mori", is_silent)


def test_what_comes_and_goes_is_held_open_longer_every_time_up_to_four(store: Store) -> None:
    desk, now, lasted = Desk(store), 0.0, []
    for _ in range(6):
        feed(desk, store, 1.2, now, 12)
        began = now = now + 13
        while store.advisories(active_only=True):
            feed(desk, store, 0.2, now, 0)
            now += 1
        lasted.append(round((now - began) / 60))
    assert lasted == [1, 2, 3, 4, 4, 4]
    assert len(store.advisories()) == 1


def test_a_rise_breaks_the_silence_and_asks_anew(store: Store) -> None:
    desk = Desk(store)
    feed(desk, store, 1.2, 0, 12)
    act(store, only_open(store).id, Order("acknowledge", "console:mori"), 13.0)
    act(store, only_open(store).id, Order("silence", "console:mori", text="known", seconds=3600), 14.0)
    feed(desk, store, 1.2, 15, 5)
    assert only_open(store).is_silent(20.0)
    feed(desk, store, 2.5, 21, 12)
    found = only_open(store)
    assert (found.severity, found.status, found.silenced_until) == ("act", "new", None)
    assert found.new_since is not None
    assert found.new_since > 20.0


@pytest.mark.parametrize(("severity", "after_s"), [("watch", None), ("warn", 300.0), ("act", 300.0), ("clear", 120.0)])
def test_escalation_on_a_simulated_clock(store: Store, severity: Any, after_s: float | None) -> None:
    found = Advisory("r:p:1", "r", "p", "1f", severity, "new", 100.0, 100.0, {})
    store.put_advisory(found, None)
    told: list[float] = []
    for second in range(100, 1000, 5):
        escalate(store, store.advisories(active_only=True), float(second))
        stored = store.read_advisory(found.id)
        if stored is not None and stored.escalated_at == second:
            told.append(second - 100.0)
    assert told == ([] if after_s is None else [after_s])
    assert [entry["what"] for entry in store.read_audit(9)] == ([] if after_s is None else ["advisory escalated"])


@pytest.mark.parametrize(
    "order",
    [
        Order("acknowledge", "console:mori"),
        Order("start", "console:mori"),
        Order("silence", "console:mori", text="known", seconds=1000.0),
    ],
)
def test_what_somebody_has_seen_or_silenced_is_not_escalated(store: Store, order: Order) -> None:
    found = Advisory("r:p:1", "r", "p", "1f", "act", "new", 100.0, 100.0, {})
    store.put_advisory(found, None)
    stale = store.advisories(active_only=True)
    act(store, found.id, order, 399.0)
    escalate(store, stale, 401.0)  # from a look before the step: the step still counts
    assert [entry["what"] for entry in store.read_audit(9)] == [f"advisory {DONE[order.step]}"]
