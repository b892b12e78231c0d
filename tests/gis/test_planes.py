"""Oracle: a camera 5 m up that looks level along y: by hand, (X, Y, Z) shows at 400 + 400 X/Y, 300 + 400 (5 - Z)/Y."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import Point, Polygon, box

from gis.homography import CalibrationError, Homography
from gis.planes import Planes, planes_of, region_of

SIZE = (800, 800)
MATRIX = [[400, 0, 400], [0, 400, 300], [0, 0, 1]]
# A stage 1 m high, x from -2 to 2, y from 8 to 12. Its front shows from y = 500 to 550 px and is nobody's floor.
STAGE = [[300, 500], [500, 500], [466.6667, 433.3333], [333.3333, 433.3333]]
FLOOR = [[0, 300], [280, 300], [280, 560], [520, 560], [520, 300], [800, 300], [800, 800], [0, 800]]
WHOLE = [[0, 300], [800, 300], [800, 800], [0, 800]]


def see(x: float, y: float, z: float) -> tuple[float, float]:
    return 400 + 400 * x / y, 300 + 400 * (5 - z) / y


def plane(z: float) -> Homography:
    places = [(-2.0, 8.0), (2.0, 8.0), (2.0, 12.0), (-2.0, 12.0), (0.0, 9.0)]
    return Homography.from_correspondences([see(*place, z) for place in places], places, camera_matrix=MATRIX)


def planes(*regions: tuple[float, Sequence[Sequence[float]]]) -> Planes:
    return Planes([plane(z) for z, _ in regions], [region_of(region) for _, region in regions])


SCENE = planes((1.0, STAGE), (0.0, FLOOR))


def person(x: float, y: float, z: float, *, down_to: float | None = None) -> list[float]:
    """The box of somebody 1.7 m tall, of whom nothing is seen below a row of pixels."""
    (across, foot), (_, head) = see(x, y, z), see(x, y, z + 1.7)
    return [across - 0.2 * (foot - head), head, across + 0.2 * (foot - head), min(foot, down_to or foot)]


def places(scene: Planes, *boxes: list[float]) -> NDArray[np.float64]:
    return scene.ground_points(boxes, size=SIZE).xy


def test_each_region_places_by_its_own_plane() -> None:
    # By hand: (1, 10) on the stage shows at (440, 460), on the floor it would at (440, 500); (-4, 8) at (200, 550).
    assert see(1, 10, 1) == (440, 460)
    assert see(-4, 8, 0) == (200, 550)
    found = SCENE.ground_points([person(1, 10, 1), person(-4, 8, 0)], size=SIZE)
    np.testing.assert_allclose(found.xy, [[1, 10], [-4, 8]], atol=1e-6)
    assert found.firm.all()
    # To first order, 2 px across and 4 % of the box's 68 px (2.72) along: the depth of a row is Y²/(400 · 4).
    np.testing.assert_allclose(found.cov[0, 2], (100 / 1600 * 2.72) ** 2, rtol=1e-6)


@pytest.mark.parametrize("pixel", [(400, 530), (400, 400), (400, 100)], ids=["front", "behind", "wall"])
def test_a_pixel_in_no_region_is_seen_and_not_placed(pixel: tuple[float, float]) -> None:
    x, y = pixel
    found = SCENE.ground_points([[x - 10, y - 60, x + 10, y]], size=SIZE)
    assert np.isnan(found.xy).all()
    assert np.isnan(found.cov).all()
    assert not found.firm.any()
    assert np.isnan(SCENE.to_plan([pixel], size=SIZE)).all()


def test_the_edge_of_a_region_belongs_to_it_and_a_pixel_further_does_not() -> None:
    found = SCENE.to_plan([[300, 500], [400, 500], [400, 500.5], [400, 559.5], [400, 560]], size=SIZE)
    np.testing.assert_allclose(found[[0, 1]], [[-2, 8], [0, 8]], atol=1e-6)
    assert np.isnan(found[[2, 3]]).all()
    np.testing.assert_allclose(found[4], [0, 2000 / 260], atol=1e-6)


def test_beyond_the_edge_of_the_picture_the_plane_of_the_edge_goes_on() -> None:
    # (0, 3.8) shows at y = 826, below the picture; the head at 647 says so.
    np.testing.assert_allclose(places(SCENE, person(0, 3.8, 0, down_to=800)), [[0, 3.8]], atol=0.01)


def test_the_first_region_takes_what_two_of_them_hold() -> None:
    pixel = [[440, 460]]
    np.testing.assert_allclose(planes((1.0, STAGE), (0.0, WHOLE)).to_plan(pixel, size=SIZE), [[1, 10]], atol=1e-6)
    np.testing.assert_allclose(planes((0.0, WHOLE), (1.0, STAGE)).to_plan(pixel, size=SIZE), [[1.25, 12.5]], atol=1e-6)


def test_hidden_feet_are_predicted_on_the_plane_of_the_box() -> None:
    found = SCENE.ground_points([person(1, 9, 1, down_to=430 + 10)], size=SIZE)
    np.testing.assert_allclose(found.xy, [[1, 9]], atol=0.01)
    assert not found.firm.any()


def test_feet_that_the_box_s_plane_cannot_hold_are_another_s() -> None:
    # Legs hidden at (0, 7): the box ends over the stage, but a foot on the stage would show at 628, on the floor.
    box_ = person(0, 7, 0, down_to=498)
    np.testing.assert_allclose(places(SCENE, box_), [[0, 7]], atol=0.01)


def test_feet_that_no_plane_can_hold_are_nowhere() -> None:
    # Head at 430: on the stage the foot would show at 526 (its front), on the floor at 497 (the stage): neither.
    assert np.isnan(places(SCENE, [390, 430, 410, 460])).all()


def test_nobody_is_nobody() -> None:
    found = SCENE.ground_points(np.empty((0, 4)), size=SIZE)
    assert found.xy.shape == (0, 2)
    assert found.cov.shape == (0, 3)


def test_the_footprint_is_what_the_regions_show() -> None:
    seen = SCENE.footprint(*SIZE)
    stage, floor = box(-2, 8, 2, 12), Polygon(FLOOR)
    assert seen.intersection(stage).area == pytest.approx(16, abs=0.1)
    rng = np.random.default_rng(3)
    for x, y in rng.uniform((-12, 3.5), (12, 28), (400, 2)):
        px = Point(see(x, y, 0))
        if (
            min(
                stage.boundary.distance(Point(x, y)),
                px.distance(floor.boundary) / 20,
                px.distance(box(0, 0, *SIZE).boundary) / 20,
            )
            < 0.2
        ):
            continue
        shown = stage.contains(Point(x, y)) or floor.contains(px)
        assert seen.contains(Point(x, y)) == shown, (x, y)


def test_what_a_plane_hides_of_a_later_one_is_not_seen() -> None:
    seen = planes((1.0, STAGE), (0.0, WHOLE)).footprint(*SIZE)
    # The floor at (0, 13.5) would show at y = 448, where the stage is.
    assert not seen.contains(Point(0, 13.5))
    assert seen.contains(Point(0, 10))
    assert seen.contains(Point(0, 20))


def test_the_pose_is_that_of_the_camera_above_the_first_plane() -> None:
    body = SCENE.body(SIZE)
    assert body is not None
    np.testing.assert_allclose(body.position, [0, 0, 4], atol=1e-6)


def test_a_single_map_holds_everywhere() -> None:
    (only,) = planes_of(plane(0.0))
    assert only.holds(np.array([[-5.0, 9999.0]]), SIZE).all()


@pytest.mark.parametrize(
    "corners",
    [[[0, 0], [9, 9], [9, 0], [0, 9]], [[0, 0], [5, 5], [9, 9]], [[0, 0], [1, 1]], [[0, 0, 1, 2]], "abc"],
    ids=["bow-tie", "line", "two", "four numbers", "text"],
)
def test_a_region_is_a_simple_polygon(corners: object) -> None:
    with pytest.raises(CalibrationError, match="region: not a"):
        region_of(corners)  # type: ignore[arg-type]
