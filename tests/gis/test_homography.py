"""Oracles: OpenCV for lens and map, a pinhole camera written out here, and PETS2009's own truth."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Point

from gis.homography import CalibrationError, Homography
from gis.lens import Lens

Floats = NDArray[np.float64]
SHARED = Path(__file__).parents[2].parent / "shared"
SIZE = (768, 576)
FLOOR = np.array([[0, 2], [6, 2], [8, 14], [-3, 12], [2, 7], [4, 10]], dtype=float)


class Pinhole(NamedTuple):
    """A camera at (2, -6, 5) looking north and down, written out independently of the code under test."""

    tilt: float = 0.45
    focal: float = 700.0
    height: float = 5.0
    distortion: tuple[float, ...] = (0.0,) * 5

    @property
    def matrix(self) -> Floats:
        return np.array([[self.focal, 0, 384], [0, self.focal, 288], [0, 0, 1]])

    def see(self, xyz: Floats) -> Floats:
        down, along = np.sin(self.tilt), np.cos(self.tilt)
        rotation = np.array([[1, 0, 0], [0, -down, -along], [0, along, -down]])
        centre = np.array([2.0, -6.0, self.height])
        rvec = cv2.Rodrigues(rotation)[0]
        seen, _ = cv2.projectPoints(xyz, rvec, -rotation @ centre, self.matrix, np.array(self.distortion))
        return np.asarray(seen.reshape(-1, 2), dtype=np.float64)

    def floor(self, xy: Floats, height: float = 0.0) -> Floats:
        return self.see(np.column_stack([xy, np.full(len(xy), height)]))

    def calibrated(self, *, known: bool = True) -> Homography:
        if not known:
            return Homography.from_correspondences(self.floor(FLOOR), FLOOR)
        return Homography.from_correspondences(
            self.floor(FLOOR), FLOOR, camera_matrix=self.matrix, distortion=self.distortion
        )

    def boxes(self, xy: Floats, height: float = 1.7) -> Floats:
        feet, heads = self.floor(xy), self.floor(xy, height)
        half = 0.2 * (feet[:, 1] - heads[:, 1])
        middle = (feet[:, 0] + heads[:, 0]) / 2
        return np.column_stack([middle - half, heads[:, 1], middle + half, feet[:, 1]])


CAMERA = Pinhole()
FISHY = Pinhole(distortion=(-0.28, 0.07, 0.001, -0.002, 0.01))
PLACES = np.array([[1.0, 4.0], [3.0, 6.0], [2.0, 9.0], [5.0, 12.0]])


@pytest.mark.parametrize("camera", [CAMERA, FISHY], ids=["pinhole", "fishy"])
def test_floor_points_come_back(camera: Pinhole) -> None:
    homography = camera.calibrated()
    assert homography.reprojection_error < 1e-6
    assert not homography.mirrored
    np.testing.assert_allclose(homography.to_plan(camera.floor(PLACES)), PLACES, atol=1e-6)
    np.testing.assert_allclose(homography.to_image(PLACES), camera.floor(PLACES), atol=1e-4)


def test_the_fit_of_noisy_clicks_is_opencvs() -> None:
    rng = np.random.default_rng(1)
    clicks = CAMERA.floor(FLOOR) + rng.normal(0, 2, FLOOR.shape)
    theirs, _ = cv2.findHomography(FLOOR, clicks, 0)
    expected = cv2.perspectiveTransform(PLACES[None], theirs)[0]
    ours = Homography.from_correspondences(clicks, FLOOR)
    np.testing.assert_allclose(ours.to_image(PLACES), expected, atol=0.01)
    assert 0.001 < ours.reprojection_error < 0.5


def test_four_pairs_fit_exactly() -> None:
    homography = Homography.from_correspondences([[0, 100], [100, 100], [70, 20], [30, 20]], FLOOR[:4])
    np.testing.assert_allclose(homography.to_plan([[0, 100], [30, 20]]), FLOOR[[0, 3]], atol=1e-9)
    assert homography.reprojection_error < 1e-9


def test_undistortion_is_opencvs() -> None:
    grid = np.stack(np.meshgrid(np.linspace(0, 767, 9), np.linspace(0, 575, 7)), axis=-1).reshape(-1, 2)
    lens = Lens.of(FISHY.matrix, FISHY.distortion)
    exact = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 100, 1e-12)
    theirs = cv2.undistortPoints(
        grid.reshape(-1, 1, 2), FISHY.matrix, np.array(FISHY.distortion), R=np.eye(3), P=FISHY.matrix, criteria=exact
    ).reshape(-1, 2)
    ours = lens.undistort(grid)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_allclose(lens.distort(ours), grid, atol=1e-5)


def test_the_slope_of_a_lens_is_its_difference_quotient() -> None:
    lens = Lens.of(FISHY.matrix, FISHY.distortion)
    raw = np.array([[10.0, 20.0], [384.0, 288.0], [700.0, 500.0]])
    steps = [(lens.undistort(raw + d) - lens.undistort(raw - d)) / 0.02 for d in np.eye(2) * 0.01]
    np.testing.assert_allclose(lens.slope(lens.undistort(raw)), np.stack(steps, axis=2), atol=1e-4)


def test_pixels_outside_the_lens_model_are_unknown() -> None:
    """A strong barrel folds back: no ideal ray reaches these pixels."""
    lens = Lens.of(FISHY.matrix, (-0.4,))
    assert np.isnan(lens.undistort(np.array([[5000.0, 5000.0]]))).all()
    assert np.isnan(lens.distort(np.array([[5000.0, 5000.0]]))).all()


def test_beyond_the_horizon_is_unknown_never_clamped() -> None:
    homography = CAMERA.calibrated()
    horizon = 288 - 700 * np.tan(0.45)
    ground = homography.to_plan([[384, horizon - 1], [384, horizon - 200], [384, horizon + 1], [np.nan, 5]])
    assert np.isnan(ground).all(axis=1).tolist() == [True, True, False, True]
    assert ground[2, 1] > 1000
    assert np.isnan(homography.covariance([[384, horizon - 1]])).all()
    assert np.isnan(homography.to_image([[2, -30]])).all()  # behind the camera


SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]
PIXELS = [[100.0, 400.0], [500.0, 410.0], [400.0, 200.0], [180.0, 190.0]]


@pytest.mark.parametrize(
    ("image", "plan", "message"),
    [
        (PIXELS[:3], SQUARE[:3], "at least 4"),
        (PIXELS, SQUARE[:3], "4 image points but 3"),
        ([[0, 0]] * 4, SQUARE, "line"),
        ([[0, 0], [1, 1], [2, 2], [3, 3]], SQUARE, "line"),
        (PIXELS, [[0, 0], [1, 0], [2, 0], [3, 0]], "line"),
        ([[0, 0], [100, 0], [200, 0], [50, 90]], SQUARE, "line"),  # three of four
        ([[0, 0], [50, 0], [100, 0], [50, 90]], [[0, 0], [2, 0], [4, 0], [2, 5]], "line"),
        ([PIXELS[i] for i in (0, 2, 1, 3)], SQUARE, "fold"),  # two points change places
        ([[np.nan, 0], *PIXELS[1:]], SQUARE, "finite"),
        (["a", "b", "c", "d"], SQUARE, "lists"),
        ([[1, 2, 3]] * 4, SQUARE, "lists"),
    ],
)
def test_useless_pairs_are_refused(image: list[list[float]], plan: list[list[float]], message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        Homography.from_correspondences(image, plan)


@pytest.mark.parametrize(
    ("matrix", "distortion", "message"),
    [
        (None, [0.1], "needs a camera_matrix"),
        ([[1, 0], [0, 1]], None, "3 x 3"),
        ([[-1, 0, 0], [0, 1, 0], [0, 0, 1]], None, "positive"),
        ([[1, 0, 0], [0, 1, 0], [0, 1, 1]], None, "fx, skew"),
        (np.eye(3), [1, 2, 3, 4, 5, 6], "up to 5"),
        (np.eye(3), [np.inf], "finite"),
        (FISHY.matrix, [-5.0], "reach"),
    ],
)
def test_useless_lenses_are_refused(matrix: object, distortion: list[float] | None, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        Homography.from_correspondences(PIXELS, SQUARE, camera_matrix=matrix, distortion=distortion)  # type: ignore[arg-type]


def test_a_mirrored_plan_is_told() -> None:
    flipped = FLOOR * [1, -1]
    assert Homography.from_correspondences(CAMERA.floor(FLOOR), flipped).mirrored


@pytest.mark.parametrize("camera", [CAMERA, FISHY], ids=["pinhole", "fishy"])
def test_covariance_is_what_shaken_pixels_show(camera: Pinhole) -> None:
    rng = np.random.default_rng(2)
    homography = camera.calibrated()
    pixel = camera.floor(PLACES[1:2])
    shaken = homography.to_plan(pixel + rng.normal(0, 1, (40_000, 2)))
    xx, xy, yy = homography.covariance(pixel, sigma_px=1.0)[0]
    np.testing.assert_allclose([[xx, xy], [xy, yy]], np.cov(shaken.T), rtol=0.05, atol=2e-6)


def test_covariance_grows_with_distance() -> None:
    cov = CAMERA.calibrated().covariance(CAMERA.floor(np.array([[2.0, y] for y in range(0, 40, 4)])))
    assert (np.diff(cov[:, 0]) > 0).all()
    assert (np.diff(cov[:, 2]) > 0).all()


def test_nobody_gives_nobody() -> None:
    homography = FISHY.calibrated()
    assert homography.to_plan([]).shape == (0, 2)
    assert homography.to_image(np.empty((0, 2))).shape == (0, 2)
    assert homography.covariance([]).shape == (0, 3)
    found = homography.ground_points(np.empty((0, 4)), size=SIZE)
    assert (found.xy.shape, found.cov.shape, found.firm.shape) == ((0, 2), (0, 3), (0,))


@given(st.floats(0.25, 0.9), st.floats(400, 1500), st.floats(3, 12), st.booleans())
@settings(max_examples=40, deadline=None)
def test_bodies_of_any_camera(tilt: float, focal: float, height: float, known: bool) -> None:
    """Pose known, or solved from the ground alone: the head of 1.7 m is found where it is."""
    camera = Pinhole(tilt, focal, height)
    assume(np.isfinite(camera.floor(PLACES)).all())
    body = camera.calibrated(known=known).body(SIZE)
    assert body is not None
    np.testing.assert_allclose(body.position, [2, -6, height], atol=1e-3)
    np.testing.assert_allclose(body.heads(PLACES), camera.floor(PLACES, 1.7), atol=0.1)


@pytest.mark.parametrize("camera", [CAMERA, FISHY], ids=["pinhole", "fishy"])
def test_seen_feet_are_taken_as_they_are(camera: Pinhole) -> None:
    found = camera.calibrated().ground_points(camera.boxes(PLACES), size=SIZE)
    assert found.firm.all()
    assert np.linalg.norm(found.xy - PLACES, axis=1).max() < 0.25  # a box is centred between head and foot


@pytest.mark.parametrize("known", [True, False])
def test_hidden_legs_are_replaced_by_the_head(known: bool) -> None:
    boxes = CAMERA.boxes(PLACES)
    boxes[:, 3] -= 0.45 * (boxes[:, 3] - boxes[:, 1])
    homography = CAMERA.calibrated(known=known)
    found = homography.ground_points(boxes, size=SIZE)
    naive = homography.to_plan(np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]]))
    assert not found.firm.any()
    assert np.linalg.norm(naive - PLACES, axis=1).min() > 1
    assert np.linalg.norm(found.xy - PLACES, axis=1).max() < 0.3
    sigma = np.sqrt(found.cov[:, 2])
    assert (sigma > 0.1 * (PLACES[:, 1] + 6) / 5 * 0.9).all()  # 0.1 m of height is that much along the floor


def test_a_box_cut_by_the_frame_is_not_firm() -> None:
    place = np.array([[2.0, 0.2]])
    whole = CAMERA.boxes(place)[0]
    size = (768, int(whole[3]) - 40)
    cut = np.array([[whole[0], whole[1], whole[2], size[1]]])
    found = CAMERA.calibrated().ground_points(cut, size=size)
    assert not found.firm[0]
    assert np.linalg.norm(found.xy - place) < 0.3
    side = CAMERA.calibrated().ground_points([[0.0, *whole[1:]]], size=SIZE)
    assert not side.firm[0]


def test_a_body_cut_at_the_top_keeps_its_visible_feet() -> None:
    box = CAMERA.boxes(PLACES[:1])
    box[0, 1] = 0.0
    assert CAMERA.calibrated().ground_points(box, size=SIZE).firm.all()


def test_a_flat_overhead_view_has_no_height_rule() -> None:
    homography = Homography.from_correspondences(
        [[0, 500], [500, 500], [500, 0], [0, 0]], [[0, 0], [5, 0], [5, 5], [0, 5]]
    )
    assert homography.body(SIZE) is None
    found = homography.ground_points([[100, 100, 130, 110], [700, 100, 768, 110]], size=SIZE)
    np.testing.assert_allclose(found.xy[0], [1.15, 3.9])
    assert found.firm.tolist() == [True, False]


def test_a_box_above_the_horizon_is_unknown() -> None:
    found = CAMERA.calibrated().ground_points([[300, -300, 340, -200]], size=SIZE)
    assert np.isnan(found.xy).all()
    assert not found.firm[0]


def test_the_footprint_holds_what_is_seen_well() -> None:
    homography = CAMERA.calibrated()
    seen = homography.footprint(*SIZE, max_sigma_m=0.3)
    assert seen.is_valid
    far = [0.0 + y for y in range(1, 60)]
    for y in far:
        pixel = CAMERA.floor(np.array([[2.0, y]]))
        inside = 0 <= pixel[0, 1] <= SIZE[1]
        xx, xy, yy = homography.covariance(pixel)[0]
        sigma = np.sqrt(max(np.linalg.eigvalsh([[xx, xy], [xy, yy]])))
        if abs(sigma - 0.3) > 0.04:
            assert seen.contains(Point(2, y)) == (inside and sigma < 0.3), y
    assert homography.footprint(*SIZE, max_sigma_m=1e-6).is_empty
    assert homography.footprint(*SIZE, max_sigma_m=1.0).area > seen.area


def tsai(path: Path) -> tuple[Floats, list[float], Floats, Floats]:
    """Return camera matrix, OpenCV's distortion, rotation and shift (m) of a Tsai calibration."""
    root = ET.parse(path).getroot()
    values = {k: float(v) for part in root for k, v in part.attrib.items()}
    f, kappa = values["focal"], values["kappa1"]
    matrix = np.array(
        [[f * values["sx"] / values["dpx"], 0, values["cx"]], [0, f / values["dpy"], values["cy"]], [0, 0, 1]]
    )
    turns = [np.eye(3)]
    for axis, angle in zip(np.eye(3), (values["rx"], values["ry"], values["rz"]), strict=True):
        turns.append(cv2.Rodrigues(axis * angle)[0])
    seen = np.linspace(1e-3, 3.2, 400)  # sensor mm; Tsai gives ideal from seen, OpenCV seen from ideal
    ideal = seen * (1 + kappa * seen**2)
    r = ideal / f
    k = np.linalg.lstsq(np.column_stack([r**3, r**5, r**7]), (seen / ideal - 1) * r, rcond=None)[0]
    shift = np.array([values["tx"], values["ty"], values["tz"]]) / 1000
    return matrix, [k[0], k[1], 0.0, 0.0, k[2]], turns[3] @ turns[2] @ turns[1], shift


@pytest.mark.skipif(not (SHARED / "data" / "pets").is_dir(), reason="needs PETS2009's truth in ../shared/data/pets")
def test_pets2009_feet_and_heights() -> None:
    matrix, distortion, rotation, shift = tsai(SHARED / "data" / "pets" / "View_001.xml")
    x, y = np.meshgrid(np.linspace(-19, 6, 6), np.linspace(-16, 7, 6))
    floor = np.column_stack([x.ravel(), y.ravel(), np.zeros(36)])
    seen = cv2.projectPoints(floor, cv2.Rodrigues(rotation)[0], shift, matrix, np.array(distortion))[0].reshape(-1, 2)
    shown = ((seen > 0) & (seen < SIZE)).all(axis=1)
    homography = Homography.from_correspondences(
        seen[shown], floor[shown, :2], camera_matrix=matrix, distortion=distortion
    )
    truth = np.loadtxt(SHARED / "data" / "pets" / "gt_frames_0001-0398.txt", delimiter=",")
    boxes = np.hstack([truth[:, 2:4], truth[:, 2:4] + truth[:, 4:6]])
    found = homography.ground_points(boxes, size=SIZE)
    assert np.median(np.linalg.norm(found.xy - truth[:, 7:9], axis=1)) < 0.005
    body = homography.body(SIZE)
    assert body is not None
    assert body.position[2] == pytest.approx(7.07, abs=0.01)
    heights = np.arange(1.0, 2.6, 0.01)
    tops = np.array([body.heads(truth[:, 7:9], height_m=h)[:, 1] for h in heights])
    implied = heights[np.abs(tops - boxes[:, 1]).argmin(axis=0)]
    assert np.median(implied) == pytest.approx(1.75, abs=0.02)
    cut = boxes - [0, 0, 0, 1] * (0.45 * truth[:, 5:6])
    guessed = homography.ground_points(cut, size=SIZE)
    assert not guessed.firm.any()
    assert np.median(np.linalg.norm(guessed.xy - truth[:, 7:9], axis=1)) < 0.4
