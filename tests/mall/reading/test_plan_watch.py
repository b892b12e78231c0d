"""What is reported and how full a level is, from the plan's state to the advisory."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Opening, Zone
from gis.passage import Passage
from mall.advisories.acting import act
from mall.advisories.life import Order
from mall.models import Advisory
from mall.plan_state import PlanState
from mall.plan_state.records import ContactState, Incident, ItemState
from tests.mall.reading.test_crowds_live import STEP, Live
from tests.mall.scene import T0, crowd

SOON = {"limits": {"level-capacity": {"on_delay_s": 2.0}}}
DOORS = (("north", 10.0, 2.0), ("south", 0.0, 1.0), ("west", 5.0, 0.5))


def doors_plan() -> FloorPlan:
    """A hall of 10 x 10 m with doors of 2.0, 1.0 and 0.5 m, all to the outside."""
    openings = tuple(
        Opening(name, "1f", LineString([(4, at), (6, at)]), width, "hall", None) for name, at, width in DOORS
    )
    return FloorPlan(
        (Level("1f", "1F"),), (Zone("hall", "Hall", "concourse", "1f", box(0, 0, 10, 10)),), (), (), openings
    )


def tell(live: Live, **changes: Any) -> None:
    """Change the state of the plan."""
    before = live.store.read_plan_state()
    assert live.store.put_plan_state(replace(before, version=before.version + 1, **changes), before.version)


def run(live: Live, seconds: float, people: int = 3) -> None:
    for _ in range(round(seconds / STEP)):
        live.tick(crowd(people, area=(0.0, 0.0, 10.0, 10.0)))


def spill(**changes: Any) -> Incident:
    base = Incident("i1", "spill", "1f", "hall", (5.0, 5.0), 2.0, "console:mori", "milk, aisle 3", T0)
    return replace(base, **changes)


def only(live: Live, rule: str) -> Advisory:
    (found,) = live.open(rule)
    return found


def test_an_incident_is_an_advisory_until_it_is_cleared() -> None:
    live = Live(doors_plan())
    run(live, 1.0)
    tell(live, incidents={"i1": spill()})
    run(live, STEP)
    found = only(live, "incident")
    assert (found.severity, found.place, found.level, found.facts["zones"]) == ("watch", "i1", "1f", ["hall"])
    assert "milk" not in str(found), "what an operator noted stays with the incident"
    (row,) = live.shown
    assert row["title"] == {"en": "Hall: spill on the floor", "ja": "Hall：液体こぼれ"}
    assert "Keep 2\u00a0m around it free" in row["why"]["en"]
    tell(live, incidents={"i1": spill(cleared_at=T0 + 5.0)})
    run(live, STEP)
    assert live.open() == []


def test_an_incident_that_somebody_ended_is_not_raised_again() -> None:
    live = Live(doors_plan())
    tell(live, incidents={"i1": spill()})
    run(live, 1.0)
    act(live.store, only(live, "incident").id, Order("resolve", "console:mori", text="dry"), live.clock.now)
    live.clock.now += 120.0
    run(live, 1.0)
    assert live.open("incident") == []


def test_a_fire_alarm_that_lasts_comes_back_after_a_minute() -> None:
    live = Live(doors_plan(), {"contact": [{"id": "fire", "kind": "fire_alarm", "level": "1f", "label": "Panel"}]})
    tell(live, contacts={"fire": ContactState("fire", is_active=True, since=T0)})
    run(live, 1.0)
    assert (only(live, "fire-alarm").severity, live.shown[0]["title"]["en"]) == ("clear", "1F: fire alarm")
    assert "Panel" in live.shown[0]["why"]["en"]
    act(live.store, only(live, "fire-alarm").id, Order("resolve", "console:mori", text="test"), live.clock.now)
    live.clock.now += 58.0
    run(live, 1.0)
    assert live.open("fire-alarm") == []
    run(live, 1.5)
    assert len(live.open("fire-alarm")) == 1
    tell(live, contacts={"fire": ContactState("fire", is_active=False, since=live.clock.now)})
    run(live, 1.0)
    assert live.open("fire-alarm") == []


@pytest.mark.parametrize(
    ("source", "mode", "raised"), [("contact", "closed", 1), ("operator", "closed", 0), ("contact", "open", 0)]
)
def test_an_exit_is_closed_where_its_contact_tells_so(source: Any, mode: Any, raised: int) -> None:
    live = Live(doors_plan())
    item = ItemState("north", Passage(mode), f"{source}:x", "", T0, source=source)
    tell(live, items={"north": item, "nothing": replace(item, item="nothing")})
    run(live, 1.0)
    assert len(live.open("exit-closed")) == raised
    if raised:
        assert (only(live, "exit-closed").facts["openings"], live.shown[0]["title"]["en"]) == (
            ["north"],
            "Hall: exit closed",
        )


def test_a_level_is_judged_by_what_leaves_in_time_with_its_largest_exit_blocked() -> None:
    """Without the north door 1.5 m remain: 1.5 x 60 x 2.5 = 225 people leave in time, though 2 p/m² would hold 200."""
    live = Live(doors_plan())
    run(live, 40.0, people=150)
    assert live.open("level-capacity") == []
    run(live, 40.0, people=165)  # 82.5 %
    assert only(live, "level-capacity").severity == "watch"
    assert (only(live, "level-capacity").facts["capacity"], only(live, "level-capacity").facts["exit_capacity"]) == (
        200,
        225,
    )
    assert only(live, "level-capacity").facts["blocked"] == "north"


def test_the_zones_of_a_level_are_told_fullest_first() -> None:
    plan = doors_plan()
    sides = [Zone(name, name, "concourse", "1f", box(x, 0, x + 2, 10)) for name, x in (("before", -2), ("after", 10))]
    live = Live(replace(plan, zones=(sides[0], *plan.zones, sides[1])), SOON)
    run(live, 4.0, people=400)
    assert only(live, "level-capacity").facts["zones"][0] == "hall"


def test_closing_a_door_takes_its_people_from_the_capacity() -> None:
    """With the south door closed too, 0.5 m is left: 75 people."""
    live = Live(doors_plan(), SOON)
    run(live, 4.0, people=80)
    assert live.open("level-capacity") == []
    tell(live, items={"south": ItemState("south", Passage("closed"), "console:mori", "", T0)})
    run(live, 4.0, people=80)
    found = only(live, "level-capacity")
    assert (found.severity, found.facts["capacity"]) == ("warn", 75)
    assert live.shown[0]["title"]["en"] == "1F: fuller than its exits allow"


def test_with_every_door_closed_anybody_is_too_many() -> None:
    live = Live(doors_plan(), SOON)
    shut = {name: ItemState(name, Passage("closed"), "console:mori", "", T0) for name, _, _ in DOORS}
    tell(live, items=shut)
    run(live, 4.0, people=3)
    assert only(live, "level-capacity").severity == "warn"
    assert live.shown[0]["title"]["en"] == "1F: no usable exit"


def test_a_level_of_which_little_is_seen_is_not_judged() -> None:
    live = Live(doors_plan(), SOON)
    for _ in range(round(4.0 / STEP)):
        live.clock.now += STEP
        live.scene.frame(crowd(60, area=(0.0, 0.0, 10.0, 3.0)))
        live.scene.status(footprint=[[0.0, 0.0], [10.0, 0.0], [10.0, 0.3], [0.0, 0.3]])
        live.engine.tick()
    assert live.open("level-capacity") == []


def test_nothing_reported_is_nothing_shown() -> None:
    live = Live(doors_plan())
    assert live.store.read_plan_state() == PlanState()
    for _ in range(4):
        live.tick(np.empty((0, 2)))
    assert live.open() == []
