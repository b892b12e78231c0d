"""The library is the regression suite: every drill raises in the sample site what it must, as an exercise."""

from pathlib import Path

import pytest
from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Opening, Zone
from mall.config import Site, load_site
from mall.drills.command import play
from mall.drills.places import UnfitError
from mall.drills.script import library
from mall.drills.stage import Stage
from tests.mall.drills.hall import site
from tests.mall.drills.hall import stage as small_stage

SAMPLE = Path(__file__).parents[3] / "sample_footage"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(load_site(SAMPLE))


UNFIT = {"long-queue"}  # the sample site has no queue


@pytest.mark.parametrize("name", sorted(set(library()) - UNFIT))
def test_a_drill_raises_what_it_must(stage: Stage, name: str) -> None:
    exercise = play(stage, stage.put(library()[name]))
    found = exercise.debrief()
    assert found["passed"] is True, found["expected"]
    advisories = exercise.store.advisories()
    assert advisories
    assert all(advisory.exercise for advisory in advisories)


def test_a_mall_without_such_a_place_is_told_so() -> None:
    with pytest.raises(UnfitError) as error:
        small_stage().put(library()["crowd-at-landing"])
    assert (error.value.code, error.value.place) == ("no-place", "landing")


def test_without_the_alarm_comfort_is_told(stage: Stage) -> None:
    script = library()["fire-alarm"]
    exercise = play(stage, stage.put(script.model_copy(update={"incident": ()})))
    assert [row["met"] for row in exercise.debrief()["expected"]] == [False, False]


def test_a_queue_is_long_before_it_is_dense() -> None:
    plan = FloorPlan(
        (Level("1f", "1F"),),
        (
            Zone("hall", "Hall", "concourse", "1f", box(0, 0, 20, 6)),
            Zone("queue", "Queue", "queue", "1f", box(20, 0, 30, 6)),
        ),
        openings=(Opening("mouth", "1f", LineString([(20, 1), (20, 5)]), 4.0, "hall", "queue"),),
    )
    small = site()
    queue = Stage(Site(small.folder, small.file, plan))
    found = play(queue, queue.put(library()["long-queue"])).debrief()
    assert found["passed"] is True, found["expected"]
