import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from vision.masks import Masks, in_polygon

WINDOW = [[100, 100], [200, 100], [200, 300], [100, 300]]


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


@given(st.integers(0, 2**32 - 1))
def test_points_in_polygons_agree_with_shapely(seed):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(20, 100, (len(angle), 1))
    polygon = shapely.Polygon(ring)
    points = rng.uniform(-110, 110, (200, 2))
    away = shapely.distance(polygon.exterior, shapely.points(points)) > 1e-6
    expected = shapely.contains_xy(polygon, points[:, 0], points[:, 1])
    np.testing.assert_array_equal(in_polygon(points, ring)[away], expected[away])


@pytest.mark.parametrize(
    ("box", "ignored"),
    [
        ([120, 150, 160, 290], True),  # a mannequin
        ([120, 150, 160, 350], False),  # somebody who walks past in front of it
        ([120, 60, 160, 290], True),  # foot inside, head above
        ([120, 200, 160, 305], True),  # a poster whose frame is cut a little high
        ([300, 150, 340, 290], False),
    ],
)
def test_who_is_ignored(box, ignored):
    assert Masks([WINDOW]).ignored(boxes(box)).tolist() == [ignored]


def test_no_masks_and_nobody():
    assert not Masks([])
    assert Masks([]).ignored(boxes([0, 0, 1, 1])).tolist() == [False]
    assert Masks([WINDOW]).ignored(boxes()).shape == (0,)


def test_a_mask_drawn_over_itself_does_not_fail():
    bow_tie = [[0, 0], [100, 100], [100, 0], [0, 100]]
    assert Masks([bow_tie]).ignored(boxes([85, 40, 95, 50], [45, 80, 55, 95])).tolist() == [True, False]
