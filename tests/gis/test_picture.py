"""The plan in the picture: seen straight from above, at a slant with its horizon, and through a lens."""

import numpy as np
import pytest
import shapely
from shapely import LineString, Polygon

from gis.homography import Homography
from gis.picture import floor_in_view, grid_in_picture, horizon, into_picture

SIZE = (1000, 600)
CORNERS = np.array([(0, 0), (10, 0), (10, 6), (0, 6)], dtype=float)


def straight():
    """A hundred pixels a metre, y down."""
    return Homography.from_correspondences(CORNERS * [100, -100] + [0, 600], CORNERS)


def slanted(**lens):
    """The picture's y is 150 + 450 / (1 + y / 5): the horizon lies at 150 px."""

    def pixels(points):
        x, y = np.asarray(points, dtype=float).T
        return np.column_stack([500 + 100 * (x - 5) / (1 + y / 5), 150 + 450 / (1 + y / 5)])

    return Homography.from_correspondences(pixels(CORNERS), CORNERS, **lens), pixels


def test_from_above_a_square_is_a_square_and_there_is_no_horizon():
    ground = straight()
    (ring,) = into_picture(ground, shapely.box(2, 1, 4, 3), floor_in_view(ground, SIZE))
    assert Polygon(ring).symmetric_difference(shapely.box(200, 300, 400, 500)).area < 1e-3
    np.testing.assert_allclose(ring[0], ring[-1])
    assert horizon(ground, SIZE) is None


def test_the_horizon_is_where_far_points_gather():
    ground, _ = slanted()
    np.testing.assert_allclose(horizon(ground, SIZE), [[0, 150], [1000, 150]], atol=1e-6)


def test_what_runs_behind_the_camera_is_cut_and_the_rest_is_in_place():
    ground, pixels = slanted()
    view = floor_in_view(ground, SIZE)
    (line,) = into_picture(ground, LineString([(5, -400), (5, 1e6)]), view)
    np.testing.assert_allclose(line[:, 0], 500, atol=1e-3)
    assert line[:, 1].min() == pytest.approx(151, abs=0.1)  # a pixel short of the horizon
    assert line[:, 1].max() == pytest.approx(900, abs=0.1)  # half a picture below its edge
    (wall,) = into_picture(ground, LineString([(2, 1), (8, 5)]), view)
    np.testing.assert_allclose(sorted(wall.tolist()), sorted(pixels([(2, 1), (8, 5)]).tolist()), atol=1e-6)
    assert into_picture(ground, shapely.box(0, -100, 10, -50), view) == []


def test_a_hole_is_a_ring_of_its_own_and_a_cut_zone_comes_in_parts():
    ground = straight()
    view = floor_in_view(ground, SIZE)
    holed = shapely.box(1, 1, 5, 5).difference(shapely.box(2, 2, 3, 3))
    assert sorted(round(Polygon(ring).area) for ring in into_picture(ground, holed, view)) == [10_000, 160_000]
    # A U whose two arms reach into what is drawn from below.
    u = shapely.box(1, -20, 9, 3).difference(shapely.box(3, -15, 7, 3))
    assert len(into_picture(ground, u, view)) == 2


def test_grid_lines_are_five_metres_apart_and_end_with_the_floor():
    ground = straight()
    lines = grid_in_picture(ground, shapely.box(1, 1, 11, 6), floor_in_view(ground, SIZE))
    found = {tuple(np.round(line[[0, -1]]).astype(int).ravel().tolist()) for line in lines}
    assert found == {(500, 500, 500, 0), (1000, 500, 1000, 0), (100, 100, 1100, 100)}
    assert grid_in_picture(ground, shapely.box(500, 500, 600, 600), floor_in_view(ground, SIZE)) == []


def test_through_a_lens_a_straight_wall_is_bent_as_the_lens_bends_it():
    lens = {"camera_matrix": [[900, 0, 500], [0, 900, 300], [0, 0, 1]], "distortion": [-0.2, 0.02]}
    plain, pixels = slanted()
    raw = Homography.from_correspondences(pixels(CORNERS), CORNERS, **lens).lens.distort(pixels(CORNERS))
    ground = Homography.from_correspondences(raw, CORNERS, **lens)
    (wall,) = into_picture(ground, LineString([(0, 1), (10, 1)]), floor_in_view(ground, SIZE))
    assert len(wall) > 5
    np.testing.assert_allclose(ground.lens.undistort(wall)[:, 1], pixels([(0, 1)])[0, 1], atol=0.05)
    assert np.ptp(wall[:, 1]) > 1
    assert plain.lens is None
