import cv2
import numpy as np
import pytest

from gis.homography import Homography
from gis.planes import Planes, region_of
from gis.stature import implied_heights

SIZE = (1280, 960)
MATRIX = np.array([[900.0, 0, 640], [0, 900.0, 480], [0, 0, 1]])
LENS = [-0.25, 0.08, 0.001, -0.001, 0.0]
FLOOR = np.array([[x, y, 0] for x in (-4, 0, 4) for y in (7, 12, 18)], float)


def pose(height, tilt_deg, roll_deg=0.0):
    """Rotation and translation of a camera above the origin that looks along y, for OpenCV."""
    tilt, roll = np.radians([tilt_deg, roll_deg])
    down = np.array([[1, 0, 0], [0, -np.sin(tilt), -np.cos(tilt)], [0, np.cos(tilt), -np.sin(tilt)]])
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]) @ down
    return cv2.Rodrigues(turn)[0], -turn @ np.array([0.0, 0.0, height])


def project(points, height, tilt_deg, roll_deg=0.0, lens=None):
    """OpenCV's own projection is the oracle."""
    turn, shift = pose(height, tilt_deg, roll_deg)
    return cv2.projectPoints(np.asarray(points, float), turn, shift, MATRIX, np.array(lens or [0.0] * 5))[0][:, 0]


def boxes(places, heights, **view):
    foot = project(np.column_stack([places, np.zeros(len(places))]), **view)
    head = project(np.column_stack([places, heights]), **view)
    across = (foot[:, 0] + head[:, 0]) / 2
    return np.column_stack([across - 15, head[:, 1], across + 15, foot[:, 1]])


@pytest.mark.parametrize("height", [2.6, 5.0, 9.0])
@pytest.mark.parametrize("tilt_deg", [12, 30])
@pytest.mark.parametrize("lens", [None, LENS])
@pytest.mark.parametrize("factor", [0.7, 1.0, 1.4])
def test_people_look_as_many_times_too_tall_as_points_are_too_far_apart(height, tilt_deg, lens, factor):
    rng = np.random.default_rng(3)
    places = np.column_stack([rng.uniform(-1, 1, 40), rng.uniform(8, 20, 40)])
    tall = rng.uniform(1.2, 2.0, 40)
    view = {"height": height, "tilt_deg": tilt_deg, "lens": lens}
    pixels = project(FLOOR, **view)
    matrix = {"camera_matrix": MATRIX, "distortion": lens} if lens else {}
    ground = Homography.from_correspondences(pixels, factor * FLOOR[:, :2], **matrix)
    xy, found = implied_heights(ground, boxes(places, tall, **view), size=SIZE)
    # Off the middle a body leans in the picture, and its box's middle is not above its foot: hence the tolerances.
    assert np.abs(xy[:, 1] - factor * places[:, 1]).max() <= 0.15 * factor
    assert found == pytest.approx(factor * tall, rel=0.02)


def test_a_camera_that_hangs_askew_is_judged_along_its_own_upright():
    view = {"height": 5.0, "tilt_deg": 30, "roll_deg": 8.0}
    ground = Homography.from_correspondences(project(FLOOR, **view), FLOOR[:, :2])
    places = np.array([[0.0, 9.0], [0.0, 14.0]])
    assert implied_heights(ground, boxes(places, [1.6, 1.8], **view), size=SIZE)[1] == pytest.approx(
        [1.6, 1.8], rel=0.05
    )


def test_each_plane_has_heights_of_its_own():
    view = {"height": 5.0, "tilt_deg": 25}
    low = Homography.from_correspondences(project(FLOOR, **view), FLOOR[:, :2])
    high = Homography.from_correspondences(project(FLOOR + np.array([0, 0, 1.0]), **view), FLOOR[:, :2])
    left, right = [[0, 0], [640, 0], [640, 960], [0, 960]], [[660, 0], [1280, 0], [1280, 960], [660, 960]]
    ground = Planes([low, high], [region_of(left), region_of(right)])
    floor = boxes(np.array([[-2.0, 12.0]]), [1.7], **view)
    stage_foot, stage_head = project([[2, 12, 1.0], [2, 12, 2.7]], **view)
    stage = [[stage_foot[0] - 10, stage_head[1], stage_foot[0] + 10, stage_foot[1]]]
    nowhere = [[645, 300, 655, 400]]
    xy, tall = implied_heights(ground, np.vstack([floor, stage, nowhere]), size=SIZE)
    assert tall[:2] == pytest.approx([1.7, 1.7], rel=0.03)
    assert np.isnan(tall[2])
    assert np.isnan(xy[2]).all()


def test_what_tells_no_height_is_unknown():
    view = {"height": 5.0, "tilt_deg": 20}
    ground = Homography.from_correspondences(project(FLOOR, **view), FLOOR[:, :2])
    beyond = [[600, 0, 620, 40]]
    below = boxes(np.array([[0.0, 2.0]]), [1.7], **view)  # 68° down
    xy, tall = implied_heights(ground, np.vstack([beyond, below]), size=SIZE)
    assert np.isnan(xy[0]).all()
    assert np.isnan(tall).all()
    flat = Homography.from_correspondences(
        [[0, 0], [1280, 0], [1280, 960], [0, 960]], [[0, 9], [12, 9], [12, 0], [0, 0]]
    )
    xy, tall = implied_heights(flat, np.array([[600.0, 300, 640, 400]]), size=SIZE)
    assert np.isfinite(xy).all()
    assert np.isnan(tall).all()
    assert implied_heights(ground, np.empty((0, 4)), size=SIZE)[1].shape == (0,)
