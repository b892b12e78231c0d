"""The library is the regression suite: every drill raises in the sample site what it must, as an exercise."""

from pathlib import Path

import pytest

from mall.config import load_site
from mall.drills.command import play
from mall.drills.places import UnfitError
from mall.drills.script import library
from mall.drills.stage import Stage
from tests.mall.drills.hall import stage as small_stage

SAMPLE = Path(__file__).parents[3] / "sample_footage"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage(load_site(SAMPLE))


@pytest.mark.parametrize("name", sorted(library()))
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
