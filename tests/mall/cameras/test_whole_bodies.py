import numpy as np
import pytest

from gis.homography import Homography
from gis.planes import Planes, region_of
from mall.cameras.whole_bodies import WholeBodies
from vision.detections import Detections

SIZE = (800, 600)
FOCAL, CAMERA_HEIGHT, TILT = 700.0, 5.0, np.radians(25)


def project(points):
    """Return pixels of (N, 3) metres: a pin-hole camera above the origin that looks along y, TILT below the level."""
    x, y, z = np.asarray(points, float).T
    z = z - CAMERA_HEIGHT
    depth = y * np.cos(TILT) - z * np.sin(TILT)
    down = -y * np.sin(TILT) - z * np.cos(TILT)
    return np.column_stack([FOCAL * x / depth + SIZE[0] / 2, FOCAL * down / depth + SIZE[1] / 2])


def camera(height=0.0):
    floor = np.array([[x, y, height] for x in (-4, 0, 4) for y in (6, 10, 16)])
    matrix = [[FOCAL, 0, SIZE[0] / 2], [0, FOCAL, SIZE[1] / 2], [0, 0, 1]]
    return Homography.from_correspondences(project(floor), floor[:, :2], camera_matrix=matrix)


def box_of(x, y, *, share=1.0, height=1.7):
    """Return the box of somebody at (x, y) of whom the upper ``share`` is seen."""
    (_, top), (across, foot) = project([[x, y, height], [x, y, 0]])
    half = 0.2 * (foot - top)
    return [across - half, top, across + half, top + share * (foot - top)]


BODIES = WholeBodies(camera(), SIZE)
PLACES = [(x, y) for x in (-3, 0, 3) for y in (8, 12, 16)]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_the_upper_part_is_carried_on_to_the_feet(share):
    parts = np.array([box_of(*place, share=share) for place in PLACES], np.float32)
    whole, hidden = BODIES.boxes(parts)
    assert hidden.all()
    assert whole == pytest.approx(np.array([box_of(*place) for place in PLACES]), abs=1.5)


@pytest.mark.parametrize("height", [1.5, 1.7, 1.95])
def test_whole_people_stay_as_they_are(height):
    boxes = np.array([box_of(*place, height=height) for place in PLACES], np.float32)
    whole, hidden = BODIES.boxes(boxes)
    assert not hidden.any()
    assert (whole == boxes).all()


@pytest.mark.parametrize("box", [[390, 0, 420, 30], [380, 560, 420, 598]])
def test_boxes_at_the_edge_stay_as_they_are(box):
    boxes = np.array([box], np.float32)
    assert not BODIES.boxes(boxes)[1].any()


def test_nobody_is_nobody():
    found, hidden = BODIES.people(Detections.empty(), iou=0.6)
    assert len(found) == len(hidden) == 0


def test_without_a_pose_nothing_is_made_up():
    flat = [[0, 0], [800, 0], [800, 600], [0, 600]]
    overhead = Homography.from_correspondences(flat, [[0, 6], [8, 6], [8, 0], [0, 0]])
    boxes = np.array([box_of(0, 10, share=0.4)], np.float32)
    whole, hidden = WholeBodies(overhead, SIZE).boxes(boxes)
    assert not hidden.any()
    assert (whole == boxes).all()


def test_each_plane_carries_on_what_stands_on_it():
    left = [[0, 0], [400, 0], [400, 600], [0, 600]]
    right = [[500, 0], [800, 0], [800, 600], [500, 600]]
    bodies = WholeBodies(Planes([camera(), camera(1.0)], [region_of(left), region_of(right)]), SIZE)
    stage = project([[3, 12, 2.7], [3, 12, 1.0]])
    half = 0.2 * (stage[1, 1] - stage[0, 1])
    on_stage = [stage[0, 0] - half, stage[0, 1], stage[0, 0] + half, stage[1, 1]]
    upper = [*on_stage[:3], (stage[0, 1] + stage[1, 1]) / 2]
    between = np.add(box_of(0.5, 12, share=0.5), [20, 0, 20, 0])  # its foot is in neither region
    boxes = np.array([box_of(-3, 12, share=0.5), upper, between], np.float32)
    whole, hidden = bodies.boxes(boxes)
    assert hidden.tolist() == [True, True, False]
    assert whole == pytest.approx(np.array([box_of(-3, 12), on_stage, between]), abs=1.5)


@pytest.mark.parametrize(("part", "stays"), [(0.3, False), (0.9, True)])
def test_a_weaker_part_of_somebody_found_whole_is_left_out(part, stays):
    rows = [[*box_of(0, 10), 0.6], [*box_of(0, 10, share=0.5), part]]
    found, hidden = BODIES.people(Detections.from_rows(rows), iou=0.6)
    assert len(found) == (2 if stays else 1)
    assert found.confidence[0] == pytest.approx(0.6)
    assert not hidden[0]


def test_somebody_half_hidden_behind_another_is_kept():
    rows = [[*box_of(0, 9), 0.9], [*box_of(0.3, 11, share=0.4), 0.3]]
    found, hidden = BODIES.people(Detections.from_rows(rows), iou=0.6)
    assert hidden.tolist() == [False, True]
    assert found.xyxy[1] == pytest.approx(np.array(box_of(0.3, 11)), abs=1.5)
