"""Coverage: shares of walkable area by cameras; and capacity."""

import pytest
from shapely import box

from gis.floorplan import Zone
from mall.capacity import capacity_of, utilisation
from mall.coverage import Coverage
from mall.freshness import age_s
from tests.mall.scene import plan

WEST = [[0.0, 0.0], [6.0, 0.0], [6.0, 11.0], [0.0, 11.0]]
EAST = [[4.0, 0.0], [10.0, 0.0], [10.0, 11.0], [4.0, 11.0]]


def test_overlap_counts_once() -> None:
    coverage = Coverage(plan(), "1f")
    coverage.learn({"w": WEST, "e": EAST, "blind": None})
    assert coverage.shares(["w"]) == pytest.approx({"plaza": 0.6, "shop": 0.0})
    assert coverage.shares(["w", "e", "blind", "stranger"]) == pytest.approx({"plaza": 1.0, "shop": 0.0})
    assert coverage.shares([]) == {"plaza": 0.0, "shop": 0.0}
    assert coverage.cameras_of("plaza") == ("e", "w")
    assert coverage.cameras_of("shop") == ()
    assert coverage.part_of_view("plaza", "w") == pytest.approx(10 / 11)
    assert coverage.view(["w", "e"]).area == pytest.approx(110.0)


def test_a_camera_that_moves_is_learned_anew() -> None:
    coverage = Coverage(plan(), "1f")
    coverage.learn({"w": WEST})
    before = coverage.view(["w"])
    coverage.learn({"w": WEST})
    assert coverage.view(["w"]) is before
    coverage.learn({"w": EAST})
    assert coverage.view(["w"]).bounds[0] == 4.0
    coverage.learn({})
    assert coverage.shares(["w"])["plaza"] == 0.0


def test_a_level_without_zones() -> None:
    coverage = Coverage(plan(), "9f")
    coverage.learn({"w": WEST})
    assert coverage.shares(["w"]) == {}


@pytest.mark.parametrize(
    ("category", "capacity", "people", "expected"),
    [
        ("shop", 40, 10, 0.25),
        ("shop", None, 10, 0.2),
        ("concourse", None, 10, None),
        ("concourse", 50, 10, 0.2),
        ("shop", 40, None, None),
    ],
)
def test_utilisation(category: str, capacity: int | None, people: int | None, expected: float | None) -> None:
    zone = Zone("z", "Z", category, "1f", box(0, 0, 10, 10), capacity=capacity)
    place = type(plan())(levels=plan().levels, zones=(zone,))
    assert utilisation(place, zone, people) == expected
    assert capacity_of(place, zone) == (capacity or (25.0 if category == "concourse" else 50.0))


@pytest.mark.parametrize(("now", "received", "expected"), [(10.0, 0.0, None), (10.0, 8.0, 2.5), (10.0, 12.0, 2.5)])
def test_age(now: float, received: float, expected: float | None) -> None:
    assert age_s(now, received, 0.5) == expected
