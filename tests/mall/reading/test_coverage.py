"""Coverage: shares of walkable area by cameras; and capacity."""

import pytest
import shapely
from shapely import box

from gis.capacity import capacity_of, utilisation
from gis.floorplan import Zone
from mall.cameras.camera_path import CameraPath
from mall.freshness import age_s
from mall.reading.coverage import Coverage, Grounds
from mall.site_file import Camera
from mall.store import MemoryStore
from tests.mall.scene import Clock, Scene, plan
from vision.detections import Detections

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


CALIBRATED = {
    "id": "c", "source": "c.mp4", "level": "1f", "size": [100, 200],
    "calibration": {
        "image_points": [[0, 0], [100, 0], [100, 200], [0, 200]], "plan_points": [[0, 20], [10, 20], [10, 0], [0, 0]],
    },
}  # fmt: skip


def test_a_calibrated_camera_is_known_before_it_has_shown_itself() -> None:
    """The picture of 100 x 200 px is the floor of 10 x 20 m, by hand."""
    grounds = Grounds([Camera.model_validate(CALIBRATED)])
    assert shapely.polygons(grounds.rings["c"]).area == pytest.approx(200.0, rel=0.01)
    assert grounds.unknown == frozenset()
    unsized = Camera.model_validate(CALIBRATED | {"size": None})
    assert Grounds([unsized]).unknown == {"c"}
    assert Grounds([unsized.model_copy(update={"calibration": None})]).unknown == frozenset()


def test_a_camera_over_two_planes_sees_both_and_nothing_between() -> None:
    """100 x 100 px each: the upper half of the picture is 10 x 10 m in the north, the lower 5 x 5 m in the south."""
    upper, lower = ([[0, y], [100, y], [100, y + 100], [0, y + 100]] for y in (0, 100))
    north, south = [[0, 21], [10, 21], [10, 11], [0, 11]], [[0, 6], [5, 6], [5, 1], [0, 1]]
    rows = [
        {"region": pixels, "image_points": pixels, "plan_points": metres}
        for pixels, metres in ((upper, north), (lower, south))
    ]
    split = CALIBRATED | {"calibration": None, "plane": rows}
    grounds = Grounds([Camera.model_validate(split)])
    coverage = Coverage(plan(), "1f")
    coverage.learn(grounds.rings)
    assert coverage.shares(["c"]) == pytest.approx({"plaza": 0.25, "shop": 1.0}, abs=0.01)
    assert coverage.view(["c"]).area == pytest.approx(125, rel=0.01)
    path = CameraPath(Camera.model_validate(split), rate=5)
    path.still(Detections.empty(), (100, 200))
    coverage.learn({"c": path.footprint()})
    assert coverage.shares(["c"]) == pytest.approx({"plaza": 0.25, "shop": 1.0}, abs=0.01), "as the worker says it"
    assert Grounds([Camera.model_validate(split | {"size": None})]).unknown == {"c"}


def test_what_a_camera_saw_is_remembered_while_it_says_nothing() -> None:
    grounds = Grounds([Camera(id="c1", source="c1.mp4", level="1f")])
    scene = Scene(MemoryStore(), Clock())
    for footprint in (WEST, None, []):
        scene.status("c1", footprint=footprint)
        scene.status("stranger", footprint=EAST)
        grounds.hear(scene.store.read_statuses())
        assert grounds.rings == {"c1": WEST}, "and a camera that the site no longer has is none"


def test_a_line_is_watched_where_half_of_it_is_seen() -> None:
    coverage, door = Coverage(plan(), "1f"), plan().lines[0]  # 10 m along y = 1
    sliver = [[0.0, 0.0], [4.0, 0.0], [4.0, 11.0], [0.0, 11.0]]
    coverage.learn({"w": WEST, "e": EAST, "sliver": sliver, "elsewhere": [[0.0, 5.0], [9.0, 5.0], [9.0, 9.0]]})
    assert coverage.watchers(door, ["w", "elsewhere"]) == ("w",)
    assert coverage.watchers(door, ["w", "e"]) == ("e", "w")
    assert coverage.watchers(door, ["sliver"]) == ()
    assert coverage.watchers(door, []) == ()


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


@pytest.mark.parametrize(
    ("north_m", "south_m", "watched"),
    [(2.0, 2.0, True), (0.5, 0.5, True), (2.0, 0.0, False), (0.0, 2.0, False), (0.3, 2.0, True), (0.2, 2.0, False)],
)
def test_a_line_at_the_edge_of_what_is_seen_counts_nobody(north_m: float, south_m: float, watched: bool) -> None:
    """Who comes out of the blind side, or goes into it, is seen on one side of the line only."""
    door = next(line for line in plan().lines if line.id == "door")  # at y = 1, from x = 0 to 10
    coverage = Coverage(plan(), "1f")
    coverage.learn({"c": [[0, 1 - south_m], [10, 1 - south_m], [10, 1 + north_m], [0, 1 + north_m]]})
    assert (coverage.watchers(door, ["c"]) == ("c",)) is watched
