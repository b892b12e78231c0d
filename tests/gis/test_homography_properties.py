"""What holds for every map of a floor: random cameras, and random projective maps without a camera behind them."""

import cv2
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.homography import Homography

SIZE = (768, 576)
FLOOR = np.array([[-4.0, 4.0], [4.0, 4.0], [5.0, 16.0], [-5.0, 16.0], [0.0, 9.0]])
cameras = st.tuples(st.floats(0.1, 1.0), st.floats(2.2, 12.0), st.floats(400.0, 1500.0), st.floats(-0.1, 0.1))
places = st.lists(st.tuples(st.floats(-6, 6), st.floats(4, 25)), min_size=1, max_size=20)


def see(xy, camera):
    """OpenCV's projection of floor points by a camera above the origin: (tilt, height, focal, roll)."""
    tilt, height, focal, roll = camera
    upright = np.array([[1, 0, 0], [0, -np.sin(tilt), -np.cos(tilt)], [0, np.cos(tilt), -np.sin(tilt)]])
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]) @ upright
    points = np.column_stack([xy, np.zeros(len(xy))])
    matrix = np.array([[focal, 0, 384], [0, focal, 288], [0, 0, 1]])
    shift = -turn @ np.array([0.0, 0.0, height])
    return cv2.projectPoints(points, cv2.Rodrigues(turn)[0], shift, matrix, np.zeros(5))[0][:, 0]


@given(cameras, places)
@settings(max_examples=60, deadline=None)
def test_floor_and_picture_lead_back_to_one_another(camera, found):
    xy = np.array(found)
    homography = Homography.from_correspondences(see(FLOOR, camera), FLOOR)
    pixels = homography.to_image(xy)
    np.testing.assert_allclose(pixels, see(xy, camera), atol=1e-3)
    np.testing.assert_allclose(homography.to_plan(pixels), xy, atol=1e-4)


@given(cameras, st.floats(0, 767), st.floats(2, 500))
@settings(max_examples=60, deadline=None)
def test_beyond_the_horizon_is_always_unknown(camera, x, above):
    homography = Homography.from_correspondences(see(FLOOR, camera), FLOOR)
    tilt, _, focal, roll = camera
    # Level rays of this camera, from its own angles: the horizon is where they come to lie.
    rise = -focal * np.tan(tilt)
    on = np.array([384, 288]) + np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) @ [
        x - 384,
        rise,
    ]
    up = np.array([np.sin(roll), -np.cos(roll)])
    over, under = on + above * up, on - above * up
    assert np.isnan(homography.to_plan([over])).all()
    assert np.isnan(homography.covariance([over])).all()
    assert np.isfinite(homography.to_plan([under])).all()


@given(cameras)
@settings(max_examples=60, deadline=None)
def test_the_error_grows_with_the_distance(camera):
    homography = Homography.from_correspondences(see(FLOOR, camera), FLOOR)
    away = np.array([[0.0, y] for y in range(5, 60, 5)])
    xx, xy, yy = homography.covariance(homography.to_image(away)).T
    assert (np.diff(xx + yy) > 0).all()
    assert (xx * yy - xy * xy > 0).all(), "a covariance is positive definite"


corner = st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))


@given(st.tuples(corner, corner, corner, corner), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_convex_picture_of_a_rectangle_is_a_map_that_can_be_reversed(moved, shares):
    image = np.array([[100, 500], [600, 500], [600, 100], [100, 100]]) + 500 * np.array(moved) * [1, 0.8]
    turns = [
        np.cross(np.append(image[i] - image[i - 1], 0), np.append(image[i - 3] - image[i], 0))[2] for i in range(4)
    ]
    assume(max(turns) < -2000)  # convex, and no corner nearly straight
    floor = np.array([[0.0, 0.0], [8.0, 0.0], [8.0, 6.0], [0.0, 6.0]])
    homography = Homography.from_correspondences(image, floor)
    expected = cv2.getPerspectiveTransform(floor.astype(np.float32), image.astype(np.float32))
    inside = np.array(shares).reshape(-1, 2) * [8, 6]
    pixels = homography.to_image(inside)
    if len(inside):
        np.testing.assert_allclose(pixels, cv2.perspectiveTransform(inside[None], expected)[0], atol=0.1)
    np.testing.assert_allclose(homography.to_plan(pixels), inside, atol=1e-5)
