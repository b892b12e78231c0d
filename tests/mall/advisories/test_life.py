"""The life of an advisory: the state table step by step, and what every step writes."""

from dataclasses import replace
from itertools import product

import pytest

from mall.advisories.life import DONE, LIFE, MOST_NOTES, Order, RefusedStepError, Step, take
from mall.advisories.policy import DEFAULT, policy_of
from mall.models import Advisory, Severity, Status
from mall.site_alarms import AlarmsSection
from tests.mall.store_samples import advisory

NOW = 1000.0
MORI = "console:mori"
FIELDS = {
    "assign": {"to": "abe"},
    "note": {"text": "two guards sent"},
    "silence": {"text": "cleaning", "seconds": 60.0},
    "resolve": {"text": "false alarm"},
}
# status: step -> status after, by hand from the description of the life; "-" is refused
TABLE = """
              acknowledge   assign        start        note          silence       unsilence     resolve
new           acknowledged  new           in_progress  new           new           new           resolved
acknowledged  -             acknowledged  in_progress  acknowledged  acknowledged  acknowledged  resolved
in_progress   -             in_progress   -            in_progress   in_progress   in_progress   resolved
resolved      -             -             -            resolved      -             -             -
expired       -             -             -            expired       -             -             -
"""
STEPS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [(row[0], step, after) for row in ROWS for step, after in zip(STEPS, row[1:], strict=True)]


def one(status: Status = "new", severity: Severity = "warn") -> Advisory:
    return replace(advisory(), status=status, severity=severity, version=3)


def order(step: Step, by: str = MORI) -> Order:
    return Order(step, by, **FIELDS.get(step, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "step", "after"), CASES)
def test_every_status_and_step(status: Status, step: Step, after: str) -> None:
    if after == "-":
        with pytest.raises(RefusedStepError) as refused:
            take(one(status), order(step), NOW)
        assert refused.value.reason == ("over" if status in ("resolved", "expired") else "taken")
        return
    changed = take(one(status), order(step), NOW)
    assert (changed.status, changed.version, changed.updated_at) == (after, 4, NOW)
    assert (changed.changed_by, changed.changed_what) == (MORI, DONE[step])


def test_the_table_has_every_case_and_the_code_no_other() -> None:
    assert len(CASES) == 5 * 7 == len(list(product(LIFE, STEPS)))


def test_what_each_step_writes() -> None:
    seen = take(one(), order("acknowledge"), NOW)
    assert (seen.acknowledged_by, seen.acknowledged_at) == (MORI, NOW)
    given = take(seen, Order("assign", MORI, to=" 森 愛 "), NOW)
    assert given.assigned_to == "森 愛"
    begun = take(given, order("start", "console:abe"), NOW + 1)
    assert (begun.started_at, begun.assigned_to, begun.acknowledged_by) == (NOW + 1, "森 愛", MORI)
    noted = take(begun, order("note"), NOW + 2)
    assert noted.notes == ({"at": NOW + 2, "by": MORI, "text": "two guards sent"},)
    quiet = take(noted, order("silence"), NOW + 3)
    assert (quiet.silenced_until, quiet.silenced_by, quiet.silence_reason) == (NOW + 63, MORI, "cleaning")
    assert quiet.is_silent(NOW + 62)
    assert not quiet.is_silent(NOW + 63)
    loud = take(quiet, order("unsilence"), NOW + 4)
    assert (loud.silenced_until, loud.silence_reason) == (None, None)
    done = take(loud, order("resolve"), NOW + 5)
    assert (done.resolved_at, done.ended_by, done.notes[-1]["text"]) == (NOW + 5, MORI, "false alarm")


def test_who_starts_what_nobody_saw_has_seen_it_and_has_it() -> None:
    begun = take(one(), order("start"), NOW)
    assert (begun.acknowledged_by, begun.acknowledged_at, begun.assigned_to) == (MORI, NOW, "mori")


def test_acknowledging_twice_is_one_step_and_by_another_is_refused() -> None:
    seen = take(one(), order("acknowledge"), NOW)
    assert take(seen, order("acknowledge"), NOW + 9) is seen
    with pytest.raises(RefusedStepError, match="already acknowledged by mori"):
        take(seen, order("acknowledge", "console:abe"), NOW)


@pytest.mark.parametrize(
    ("severity", "seconds", "is_taken"),
    [
        ("watch", 28_800, True), ("watch", 28_801, False), ("warn", 7200, True), ("warn", 7201, False),
        ("act", 1800, True), ("act", 1801, False), ("clear", 600, True), ("clear", 601, False),
        ("warn", 0, False), ("warn", -5, False), ("warn", float("nan"), False), ("warn", float("inf"), False),
    ],
)  # fmt: skip
def test_a_silence_has_an_end_that_its_severity_allows(severity: Severity, seconds: float, is_taken: bool) -> None:
    wanted = Order("silence", MORI, text="cleaning", seconds=seconds)
    if is_taken:
        assert take(one(severity=severity), wanted, NOW).silenced_until == NOW + seconds
        return
    with pytest.raises(RefusedStepError) as refused:
        take(one(severity=severity), wanted, NOW)
    assert refused.value.reason == "wrong"


@pytest.mark.parametrize(
    "wrong",
    [
        Order("silence", MORI, seconds=60.0), Order("silence", MORI, text="  ", seconds=60.0), Order("note", MORI),
        Order("note", MORI, text="x" * 501), Order("resolve", MORI), Order("assign", MORI),
        Order("assign", MORI, to="x" * 41), Order("assign", MORI, to="a\u202eb"),
    ],
)  # fmt: skip
def test_a_step_that_lacks_something_says_so(wrong: Order) -> None:
    with pytest.raises(RefusedStepError) as refused:
        take(one(), wrong, NOW)
    assert refused.value.reason == "wrong"


def test_the_newest_notes_stay_in_the_record() -> None:
    found = one()
    for number in range(MOST_NOTES + 3):
        found = take(found, Order("note", MORI, text=str(number)), NOW + number)
    assert [note["text"] for note in found.notes] == [str(n) for n in range(3, MOST_NOTES + 3)]


def test_a_record_of_an_older_release_is_read() -> None:
    text = b'{"id":"a","rule":"r","place":"p","level":"1f","severity":"warn","status":"acknowledged","raised_at":1.0,'
    found = Advisory.from_json(text + b'"updated_at":2.0,"facts":{},"version":2,"unheard_of":[1]}')
    assert (found.notes, found.effects, found.raised_count, found.exercise) == ((), (), 1, False)
    assert Advisory.from_json(take(found, order("note"), NOW).to_json()).notes[0]["text"] == "two guards sent"


def test_a_site_sets_its_own_times() -> None:
    assert policy_of(AlarmsSection()) is DEFAULT
    own = policy_of(AlarmsSection(escalate_after_min={"act": 2}, silence_most_min={"clear": 0}, again_within_min=5))
    assert own.escalate_after_s == {"watch": 0.0, "warn": 300.0, "act": 120.0, "clear": 120.0}
    assert (own.silence_most_s["clear"], own.again_within_s, own.source) == (0.0, 300.0, "site profile, [alarms]")
