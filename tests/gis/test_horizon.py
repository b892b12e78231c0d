"""Horizons of pinhole cameras, whose place is known: never found wrong where the pairs are right."""

import numpy as np
import pytest
import shapely

from gis.homography import Homography
from gis.horizon import ground_in_view, runs_below
from gis.lens import Lens

SIZE = (640, 480)
LENS = [[500.0, 0, 320], [0, 500.0, 240], [0, 0, 1]]
SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
MALL = shapely.box(-40, -40, 60, 60)


def pinhole(eye: tuple[float, float, float], target: tuple[float, float], roll_deg: float = 0.0) -> np.ndarray:
    """Return the (3, 4) matrix of a camera of 640 x 480 px, focal length 500 px, that looks at a point of the floor."""
    forward = np.array([*target, 0.0]) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 1.0, 0] if abs(forward[2]) > 0.999 else [0, 0, 1.0])
    right /= np.linalg.norm(right)
    turn = np.radians(roll_deg)
    roll = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    rotation = roll @ np.array([right, np.cross(forward, right), forward])
    return np.array(LENS) @ np.column_stack([rotation, -rotation @ eye])


def project(camera: np.ndarray, places: np.ndarray) -> np.ndarray:
    seen = np.column_stack([places, np.zeros(len(places)), np.ones(len(places))]) @ camera.T
    return seen[:, :2] / seen[:, 2:]


GOOD = [
    ((5, -8, 6), (5, 5), 0.0),
    ((5, -8, 6), (5, 5), 8.0),
    ((5, -8, 6), (5, 5), -8.0),
    ((5, -3, 3), (5, 8), 0.0),  # low: the horizon is in the picture
    ((5, -3, 3), (5, 30), 5.0),  # nearly level
    ((5, 5, 12), (5, 5), 0.0),  # straight down
    ((5, 5, 12), (5, 5), 137.0),
    ((5, 4, 9), (5, 6), 90.0),  # steeply down and turned: the horizon is far outside
]


@pytest.mark.parametrize(("eye", "target", "roll"), GOOD)
@pytest.mark.parametrize("distortion", [None, [-0.1, 0.01, 0.0, 0.0, 0.0]])
def test_a_right_camera_has_its_horizon_above_all_ground(
    eye: tuple[float, float, float], target: tuple[float, float], roll: float, distortion: list[float] | None
) -> None:
    places = np.array([[x, y] for x in (3.0, 5.0, 7.0) for y in (4.0, 6.0, 8.0)])
    ideal = project(pinhole(eye, target, roll), places)
    seen = Homography.from_correspondences(ideal, places, camera_matrix=LENS)
    if distortion:
        raw = Homography(seen.matrix, Lens.of(LENS, distortion), 0.0).to_image(places)
        seen = Homography.from_correspondences(raw, places, camera_matrix=LENS, distortion=distortion)
    assert not runs_below(seen, seen.to_image(places), SIZE)
    assert not runs_below(seen, ground_in_view(seen, MALL, SIZE), SIZE)


@pytest.mark.parametrize(
    ("who", "metres", "calibrated", "zone"),
    [
        (0, (2, 6), True, True),
        (1, (-2, 6), True, True),
        (2, (0, -6), False, True),
        (3, (2, -6), False, True),
        (0, (0, 0), False, False),
    ],
)
def test_one_misplaced_point_of_four_tilts_the_horizon_into_the_ground(
    who: int, metres: tuple[float, float], calibrated: bool, zone: bool
) -> None:
    pixels = project(pinhole((5, -8, 6), (5, 5)), SQUARE)
    places = SQUARE.copy()
    places[who] += metres
    wrong = Homography.from_correspondences(pixels, places)
    assert wrong.reprojection_error < 1e-6
    floor = ground_in_view(wrong, shapely.box(0, 0, 10, 10), SIZE)
    assert runs_below(wrong, pixels, SIZE) == calibrated
    assert (runs_below(wrong, pixels, SIZE) or runs_below(wrong, floor, SIZE)) == zone


def test_how_far_below_the_horizon_a_pixel_is() -> None:
    # A camera that looks down by a slope of 6 m over 13 m, focal length 500 px, principal row 240.
    camera = Homography.from_correspondences(project(pinhole((5, -8, 6), (5, 5)), SQUARE), SQUARE)
    horizon = 240 - 500 * 6 / 13
    found = camera.below_horizon([[0, 240], [640, 240], [320, 0], [320, horizon]])
    np.testing.assert_allclose(found, [240 - horizon, 240 - horizon, -horizon, 0], atol=1e-6)
    level = Homography(np.diag([0.01, -0.01, 1.0]), None, 0.0)
    assert np.isposinf(level.below_horizon([[3, 4]])).all()


@pytest.mark.parametrize("ground", [shapely.Polygon(), shapely.MultiPolygon(), shapely.box(-9, -50, 9, -40)])
def test_no_ground_in_view_is_no_finding(ground: shapely.Polygon) -> None:
    camera = Homography.from_correspondences(project(pinhole((5, -8, 6), (5, 5)), SQUARE), SQUARE)
    assert len(ground_in_view(camera, ground, SIZE)) == 0
    assert not runs_below(camera, np.empty((0, 2)), SIZE)
