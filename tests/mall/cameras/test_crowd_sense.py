import numpy as np
import pytest

from mall.cameras.crowd_sense import HOLD_S, CrowdSense, overlapped_share
from vision.detections import Tracks


def row(n, gap, height=100.0):
    """n boxes of 40 px side by side; a gap below 28 px covers 0.3 and more of each."""
    left = np.arange(n) * gap
    boxes = np.column_stack([left, np.zeros(n), left + 40, np.full(n, height)]).astype(np.float32)
    return Tracks(boxes, np.full(n, 0.8, np.float32), np.arange(n), np.ones(n, np.bool_))


def show(sense, tracks, seconds, *, start=0.0, firm=1.0, has_heights=True):
    full = np.arange(len(tracks)) < firm * len(tracks)
    return [sense.update(tracks, full, start + t, has_heights=has_heights) for t in np.arange(0, seconds, 0.2)]


@pytest.mark.parametrize(("n", "gap", "share"), [(0, 0, 0.0), (1, 0, 0.0), (5, 100, 0.0), (5, 29, 0.0), (5, 20, 1.0)])
def test_the_share_of_overlapped_boxes(n, gap, share):
    assert overlapped_share(row(n, gap).xyxy) == share


def test_many_people_apart_from_one_another_are_no_hidden_crowd():
    assert not any(show(CrowdSense(), row(60, 60), 120))


def test_a_few_people_close_together_are_no_crowd():
    assert not any(show(CrowdSense(), row(5, 10), 120))


def test_growing_overlap_is_noticed_and_ends_with_it():
    sense = CrowdSense()
    assert not any(show(sense, row(20, 60), 300))
    said = show(sense, row(20, 20), 60, start=300)
    assert said[-1]
    assert said.index(True) * 0.2 <= 10
    calm = show(sense, row(20, 60), 60, start=360)
    assert calm[0]
    assert not calm[-1]
    assert calm.count(True) * 0.2 >= HOLD_S


def test_a_falling_share_of_full_heights_is_noticed_where_heights_are_known():
    for has_heights in (True, False):
        sense = CrowdSense()
        show(sense, row(20, 60), 300, firm=0.9, has_heights=has_heights)
        assert show(sense, row(20, 60), 60, start=300, firm=0.3, has_heights=has_heights)[-1] == has_heights


def test_while_boxes_vanish_a_suspected_crowd_stays_suspected():
    sense = CrowdSense()
    show(sense, row(30, 60), 60)
    show(sense, row(30, 20), 30, start=60)
    assert all(show(sense, row(9, 20), 1200, start=90)), "half an hour does not make it usual"
    assert not show(sense, row(0, 20), 120, start=1290)[-1], "everybody left"


def test_a_clock_that_steps_back_is_no_trouble():
    sense = CrowdSense()
    show(sense, row(20, 20), 30, start=1000)
    assert not show(sense, row(20, 60), 120, start=0.0)[-1]
