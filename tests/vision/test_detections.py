import numpy as np
import pytest

from vision.detections import Detections, Tracks

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("xyxy", "confidence", "reason"),
    [
        ([[0, 0, 10, NAN]], [0.5], "finite"),
        ([[0, 0, INF, 10]], [0.5], "finite"),
        ([[10, 0, 0, 10]], [0.5], "x1 <= x2"),
        ([[0, 0, 10]], [0.5], "shape"),
        ([[0, 0, 10, 10]], [0.5, 0.5], "1 confidences"),
        ([[0, 0, 10, 10]], [1.5], "0 to 1"),
        ([[0, 0, 10, 10]], [NAN], "0 to 1"),
        ([[0, 0, 10, 10]], [-0.1], "0 to 1"),
    ],
)
def test_refuses_what_no_detector_may_say(xyxy, confidence, reason):
    with pytest.raises(ValueError, match=reason):
        Detections(np.array(xyxy), np.array(confidence))


@pytest.mark.parametrize("rows", [[], np.empty((0, 5)), np.empty((0,))])
def test_nobody_is_ordinary(rows):
    nobody = Detections.from_rows(rows)
    assert len(nobody) == 0
    assert nobody.xyxy.shape == (0, 4)


def test_a_box_without_area_is_legal():
    assert len(Detections.from_rows([[5, 5, 5, 5, 0.1]])) == 1


def test_is_frozen_and_independent_of_its_source():
    source = np.array([[0.0, 0, 10, 10]], np.float32)
    found = Detections(source, np.array([0.5]))
    source[0, 0] = 9
    assert found.xyxy[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        found.xyxy[0, 0] = 1


def test_select_keeps_order():
    found = Detections.from_rows([[0, 0, 1, 1, 0.1], [0, 0, 2, 2, 0.2], [0, 0, 3, 3, 0.3]])
    assert found.select(np.array([True, False, True])).confidence.tolist() == pytest.approx([0.1, 0.3])


@pytest.mark.parametrize(("ids", "confirmed"), [([1], [True, False]), ([1, 2], [True]), ([], [])])
def test_tracks_need_one_id_a_box(ids, confirmed):
    boxes = np.zeros((2, 4), np.float32)
    with pytest.raises(ValueError, match="one id"):
        Tracks(boxes, np.zeros(2), np.array(ids), np.array(confirmed))
