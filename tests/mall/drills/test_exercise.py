"""An exercise: its crowd heeds what people close in it, and its engine sees only what cameras see."""

import pytest

from gis.passage import Passage
from mall.drills.clock import DrillClock
from mall.drills.exercise import Exercise
from mall.drills.script import Script
from mall.plan_state import ItemState
from mall.plan_state.changing import set_item
from mall.store import MemoryStore
from tests.mall.drills.hall import DOOR, stage

WORDS = {"en": "x", "ja": "x"}


def leaving(people: int) -> Script:
    """Return a drill in which people leave the hall by its door and the street by its gate."""
    group = {"people": people, "from": "hall", "to": "street", "within": True, "leaves": True, "stays_s": 0}
    expect = {"rules": ["stalled"], "place": "hall", "by_s": 60}
    return Script.model_validate(
        {
            "id": "x", "title": WORDS, "teaches": WORDS, "asks": WORDS, "lasts_s": 60, "group": [group],
            "places": {"hall": {"zone": "hall"}, "street": {"zone": "street"}}, "expect": [expect],
        }
    )  # fmt: skip


def played(*, closed: bool) -> Exercise:
    here, clock = stage(), DrillClock()
    exercise = Exercise(here, here.put(leaving(12)), MemoryStore(clock=clock))
    if closed:
        state = ItemState(DOOR, Passage("closed"), "console:mori", "try", clock.now)
        set_item(exercise.store, state, expected_version=None, now=clock.now)
    while not exercise.is_over:
        clock.now += 0.5
        exercise.step()
    exercise.close()
    return exercise


@pytest.mark.parametrize(("closed", "left"), [(False, 0), (True, 12)])
def test_the_crowd_heeds_a_door_that_people_close(closed: bool, left: int) -> None:
    exercise = played(closed=closed)
    assert exercise.store.read_live("1f")["hall"].people == left


def test_those_who_leave_are_counted_over_the_gate() -> None:
    totals = played(closed=False).store.line_totals()
    assert totals["gate-line"] in {(0, 12), (12, 0)}
