"""What a camera would see, worked out by hand."""

import numpy as np
import pytest
from shapely import Polygon, box

from gis.seeing import CELL_WEIGHT, FOUND, MOST_LOOKS, View


@pytest.mark.parametrize(
    ("x", "y", "shown"),
    [(5, 5, 1.0), (-0.1, 5, 0.0), (30, 5, 0.0), (5, 10.3, 0.0), (0.625, 5, 1.0), (0.1, 5, 0.25)],
)
def test_the_rim_is_seen_less_surely(x: float, y: float, shown: float) -> None:
    """A raster cell of 0.25 m at the rim has its middle 0.125 m inside, a quarter of EDGE_M."""
    assert View(box(0, 0, 10, 10)).shows(np.array([[x, y]]))[0] == pytest.approx(shown)


def test_a_camera_that_shows_no_ground_sees_nobody() -> None:
    view = View(Polygon())
    assert view.shows(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("height", "behind", "clear"),
    [
        # Somebody 4 m away hides from a camera h m high, of somebody d m behind, all but (h - 1.7) d / (4 x 1.7).
        (3.7, 0.5, 0.0),  # 15 % in sight
        (3.7, 1.445, 0.5),  # 42.5 %, half way from a quarter to 60 %
        (3.7, 3.0, 1.0),
        (1.6, 5.0, 0.0),  # a camera at eye level never looks over a head
        (8.5, 1.0, 1.0),
    ],
)
def test_who_stands_behind_somebody_is_hidden_by_geometry(height: float, behind: float, clear: float) -> None:
    view = View(box(-20, -20, 20, 20), (0.0, 0.0, height))
    person, other = np.array([[4.0 + behind, 0.0]]), np.array([[4.0, 0.0]])
    assert view.unhidden(person, np.vstack([person, other]))[0] == pytest.approx(clear, abs=0.01)
    assert view.unhidden(other, np.vstack([person, other]))[0] == 1
    assert view.unhidden(person + np.array([0, 1.0]), other)[0] == 1  # a metre aside
    assert view.unhidden(-person, other)[0] == 1  # on the other side of the camera


def test_of_a_crowd_everybody_is_hidden_by_whoever_hides_them_most() -> None:
    """One by one against each other person, all round a camera in their midst, some right below it."""
    rng = np.random.default_rng(3)
    view, crowd = View(box(-20, -20, 20, 20), (0.1, 0.2, 3.5)), rng.normal(0, 4, (80, 2))
    crowd[:3] = [[0.1, 0.2], [0.2, 0.2], [-9.9, 0.2]]
    alone = [min(view.unhidden(one[None], other[None])[0] for other in crowd) for one in crowd]
    assert view.unhidden(crowd, crowd).tolist() == pytest.approx(alone)
    assert 0 < sum(clear < 1 for clear in alone) < 80


def test_without_a_pose_nobody_is_known_to_be_hidden() -> None:
    view = View(box(0, 0, 9, 9))
    assert view.unhidden(np.array([[5.0, 5.0]]), np.array([[4.0, 5.0]])).tolist() == [1]
    assert view.unhidden(np.empty((0, 2)), np.empty((0, 2))).shape == (0,)


def test_a_blind_place_is_learned_and_forgotten_afresh() -> None:
    view = View(box(0, 0, 9, 9))
    pillar, open_floor = np.array([[2.5, 2.5]]), np.array([[7.5, 7.5]])
    assert view.rate(pillar)[0] == pytest.approx(FOUND)
    for _ in range(100):
        view.learn(np.vstack([pillar, open_floor]), np.array([False, True]))
    usual = (0.85 * 20 + 100) / (20 + 200)
    assert view.rate(pillar)[0] == pytest.approx(CELL_WEIGHT * usual / (100 + CELL_WEIGHT))
    assert view.rate(open_floor)[0] == pytest.approx((100 + CELL_WEIGHT * usual) / (100 + CELL_WEIGHT))
    assert view.afresh().rate(pillar)[0] == pytest.approx(FOUND)
    assert view.rate(np.empty((0, 2))).shape == (0,)


def test_what_was_learned_long_ago_gives_way_to_what_is_seen_now() -> None:
    """After ever so many finds a lens grows dirty: the share follows within as many looks as are remembered."""
    view, here = View(box(0, 0, 10, 10)), np.array([[5.5, 5.5]])
    many = np.repeat(here, int(MOST_LOOKS), axis=0)
    for _ in range(20):
        view.learn(many, np.ones(len(many), dtype=np.bool_))
    assert view.rate(here)[0] > 0.99
    for _ in range(4):
        view.learn(many, np.zeros(len(many), dtype=np.bool_))
    assert view.rate(here)[0] < 0.1
