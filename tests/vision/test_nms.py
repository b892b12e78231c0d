import numpy as np
import pytest

from vision.nms import iou_matrix, non_maximum_suppression


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 2, 2), (0, 0, 2, 2), 1.0),
        ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),  # 2 shared of 4 + 4 - 2
        ((0, 0, 2, 2), (2, 0, 4, 2), 0.0),  # they only touch
        ((0, 0, 2, 2), (9, 9, 10, 10), 0.0),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),  # no area at all
        ((0, 0, 4, 4), (1, 1, 2, 2), 1 / 16),  # one inside the other
    ],
)
def test_overlap_of_two(a, b, expected):
    assert iou_matrix(np.float32([a]), np.float32([b]))[0, 0] == pytest.approx(expected)


def test_empty_sides():
    assert iou_matrix(np.empty((0, 4), np.float32), np.zeros((3, 4), np.float32)).shape == (0, 3)
    assert non_maximum_suppression(np.empty((0, 4), np.float32), np.empty(0, np.float32), 0.5).tolist() == []


def test_keeps_the_best_of_each_heap():
    boxes = np.float32([[0, 0, 10, 10], [1, 0, 11, 10], [50, 0, 60, 10], [0, 1, 10, 11]])
    kept = non_maximum_suppression(boxes, np.float32([0.6, 0.9, 0.3, 0.7]), 0.5)
    assert kept.tolist() == [1, 2]


def test_equals_a_plain_greedy_loop():
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 80, (120, 2))
    boxes = np.hstack([corner, corner + rng.uniform(5, 30, (120, 2))]).astype(np.float32)
    confidence = rng.uniform(0, 1, 120).astype(np.float32)
    kept: list[int] = []
    for index in sorted(range(120), key=lambda i: -confidence[i]):
        if all(_overlap(boxes[index], boxes[other]) <= 0.45 for other in kept):
            kept.append(index)
    assert non_maximum_suppression(boxes, confidence, 0.45).tolist() == kept


def _overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
