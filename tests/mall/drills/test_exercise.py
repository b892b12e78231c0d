"""An exercise: its crowd heeds what people close in it, and its engine sees only what cameras see."""

import pytest

from gis.passage import Passage
from mall.drills.clock import DrillClock
from mall.drills.exercise import Exercise
from mall.drills.script import Script
from mall.plan_state import ItemState
from mall.plan_state.changing import set_item
from mall.store import MemoryStore
from tests.mall.drills.hall import BACK, DOOR, GATE, stage

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


def played(*closed: str) -> Exercise:
    here, clock = stage(), DrillClock()
    exercise = Exercise(here, here.put(leaving(12)), MemoryStore(clock=clock))
    for item in closed:
        state = ItemState(item, Passage("closed"), "console:mori", "try", clock.now)
        set_item(exercise.store, state, expected_version=None, now=clock.now)
    while not exercise.is_over:
        clock.now += 0.5
        exercise.step()
    exercise.close()
    return exercise


@pytest.mark.parametrize(
    ("closed", "left", "over_the_gate"),
    [((), 0, 12), ((DOOR,), 0, 0), ((GATE,), 0, 0), ((BACK,), 0, 12), ((DOOR, BACK), 12, 0)],
)
def test_the_crowd_goes_another_way_where_people_close_one_and_waits_where_there_is_none(
    closed: tuple[str, ...], left: int, over_the_gate: int
) -> None:
    exercise = played(*closed)
    assert exercise.store.read_live("1f")["hall"].people == left
    assert sum(exercise.store.line_totals().get("gate-line", (0, 0))) == over_the_gate
