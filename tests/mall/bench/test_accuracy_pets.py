import numpy as np
import pytest

from mall.bench.accuracy import PARTS, score_boxes, within_annotated


def row(*places):
    return {"frame": 0, "tracks": [{"id": i, "box": [0, 0, 1, 1], "ground": at} for i, at in enumerate(places)]}


def test_only_the_annotated_floor_is_kept():
    kept = within_annotated(row([0, 0], [7.6, 16.0], None, [-20.8, 8.3], [-21, 0]))
    assert [track["id"] for track in kept["tracks"]] == [0, 2, 3]


def test_the_parts_are_apart_and_make_up_the_whole():
    chosen, reported, everything = (set(range(*part)) for part in PARTS)
    assert not chosen & reported
    assert chosen | reported == everything


@pytest.mark.parametrize(("found", "recall", "precision", "mae"), [(0, 0, 0, 2), (1, 0.5, 1, 1), (3, 1, 2 / 3, 1)])
def test_scores_of_boxes(found, recall, precision, mae):
    boxes = np.array([[100 * i, 0, 100 * i + 50, 100] for i in range(3)], float)
    score = score_boxes([boxes[:found]], [boxes[:2]])
    assert (score.recall, score.precision, score.mae) == pytest.approx((recall, precision, mae))
