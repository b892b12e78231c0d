"""Simulated people against what can be reckoned by hand: speeds, what a door lets through, where they wait."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from scipy.spatial.distance import pdist

from gis.routes import WalkGraph
from mall.drills.crowd import Crowd, Plan
from mall.drills.spots import SPACING_M
from mall.drills.ways import Step, way_between, way_out
from tests.mall.drills.hall import DOOR, crowd, plan

STEP_S = 0.5


def line_to(x: float, *, starts: float = 1.0) -> tuple[Step, ...]:
    return tuple(Step((at, 3.0), "1f", "hall", (0.0, 1.0), (0.0, 0.0)) for at in (starts, x))


def through_the_door() -> tuple[Step, ...]:
    return (*way_between(WalkGraph.of(plan()), "hall", "street").steps, *way_out(plan(), "street"))


def test_one_person_alone_walks_at_a_free_speed() -> None:
    people = crowd(Plan(0.0, line_to(19.0), "hall", None))
    people.step(STEP_S)
    start = people.people()["1f"][1][0]
    for _ in range(10):
        people.step(STEP_S)
    walked = float(np.linalg.norm(people.people()["1f"][1][0] - start))
    assert 5.0 * 1.0 <= walked <= 5.0 * 1.7  # Weidmann: 1.34 m/s, and people differ


def test_who_is_before_one_slows_and_who_is_behind_does_not() -> None:
    # Two walk the same line: the second starts half a metre behind the first.
    pair = crowd(Plan(0.0, line_to(19.0, starts=1.5), "hall", None), Plan(0.0, line_to(19.0), "hall", None))
    alone = crowd(Plan(0.0, line_to(19.0, starts=1.5), "hall", None), Plan(99.0, line_to(19.0), "hall", None))
    for people in (pair, alone):
        people.step(STEP_S)
        people.step(STEP_S)
    first, second = pair.people()["1f"][1]
    assert first == pytest.approx(alone.people()["1f"][1][0])
    assert second[0] < first[0]


def test_a_door_of_one_metre_lets_through_what_it_takes_and_no_more() -> None:
    steps = through_the_door()
    people = Crowd(plan(), [Plan(0.0, steps, None, None, is_there=True)] * 150)
    beyond = set()
    for _ in range(round(60.0 / STEP_S)):
        people.step(STEP_S)
        numbers, xy = people.people().get("1f", (np.empty(0, dtype=np.int64), np.empty((0, 2))))
        beyond |= set(numbers[xy[:, 0] > 20.05].tolist())
    assert 40 <= len(beyond) <= 82 + 4  # Green Guide: 82 p/m/min at most; two seconds' worth may go in a burst


def test_before_a_shut_door_people_stand_apart_and_nobody_passes() -> None:
    people = Crowd(plan(), [Plan(0.0, through_the_door(), None, None, is_there=True)] * 40)
    for _ in range(round(300.0 / STEP_S)):
        people.step(STEP_S, lambda gate: gate.id == DOOR)
    _, xy = people.people()["1f"]
    assert len(xy) == 40
    assert xy[:, 0].max() <= 20.0
    assert pdist(xy).min() >= SPACING_M - 1e-6
    assert xy[:, 0].mean() > 15.0, "they press towards the door"


def test_the_door_that_opens_again_lets_them_go() -> None:
    people = Crowd(plan(), [Plan(0.0, through_the_door(), None, None, is_there=True)] * 20)
    for shut in (DOOR, ""):
        for _ in range(round(60.0 / STEP_S)):
            people.step(STEP_S, lambda gate, shut=shut: gate.id == shut)
    assert people.people() == {}


def test_people_stay_where_they_were_told_to_and_leave_in_time() -> None:
    stays = Plan(0.0, line_to(10.0), "hall", 20.0, through_the_door()[1:])
    people = Crowd(plan(), [stays])
    for _ in range(round(15.0 / STEP_S)):
        people.step(STEP_S)
    assert shapely.contains_xy(plan().zone("hall").polygon, *people.people()["1f"][1][0])
    for _ in range(round(60.0 / STEP_S)):
        people.step(STEP_S)
    assert people.people() == {}


def test_the_same_script_gives_the_same_places() -> None:
    plans = [Plan(0.2 * i, through_the_door(), None, None, is_there=True) for i in range(30)]
    places = []
    for _ in range(2):
        people = Crowd(plan(), [replace(each) for each in plans])
        for _ in range(20):
            people.step(STEP_S)
        places.append(people.people()["1f"][1])
    np.testing.assert_array_equal(*places)


def test_nobody_is_a_crowd_too() -> None:
    people = crowd()
    people.step(STEP_S)
    assert people.people() == {}
