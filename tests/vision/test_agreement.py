"""Matching of two detectors' boxes, against a search through every way of pairing."""

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.agreement import MATCH_IOU, agreement, matched


def boxes(*rows: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 4)


def iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return float(width * height / union) if union else 0.0


def best_total(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    totals = [0.0]
    for order in permutations(range(len(large)), len(small)):
        pairs = [iou(small[i], large[j]) for i, j in enumerate(order)]
        totals.append(sum(value for value in pairs if value >= MATCH_IOU))
    return max(totals)


PERSON = (0.0, 0.0, 10.0, 20.0)
CASES = [
    (boxes(), boxes(), 0),
    (boxes(PERSON), boxes(), 0),
    (boxes(), boxes(PERSON), 0),
    (boxes(PERSON), boxes(PERSON), 1),
    (boxes(PERSON, PERSON), boxes(PERSON), 1),  # one of two alike is false
    (boxes(PERSON), boxes((0, 0, 10, 10.0)), 1),  # exactly a half overlaps
    (boxes(PERSON), boxes((0, 0, 10, 9.9)), 0),  # a little less
    (boxes((5, 5, 5, 5)), boxes((5, 5, 5, 5)), 0),  # nothing has an area
]


@pytest.mark.parametrize(("a", "b", "pairs"), CASES)
def test_pairs(a: NDArray[np.float32], b: NDArray[np.float32], pairs: int) -> None:
    left, right = matched(a, b)
    assert len(left) == len(right) == pairs


def test_no_other_pairing_overlaps_more() -> None:
    rng = np.random.default_rng(3)
    for _ in range(60):
        corner = rng.uniform(0, 8, (2, 5, 2))
        a, b = (np.hstack([c, c + rng.uniform(5, 12, (5, 2))]).astype(np.float32)[: rng.integers(0, 6)] for c in corner)
        left, right = matched(a, b)
        pairs = [iou(a[i], b[j]) for i, j in zip(left, right, strict=True)]
        assert all(value >= MATCH_IOU - 1e-6 for value in pairs)
        assert len(set(left.tolist())) == len(left)
        assert len(set(right.tolist())) == len(right)
        assert sum(pairs) == pytest.approx(best_total(a, b), abs=1e-4)


def test_figures_by_hand() -> None:
    far = (100.0, 0.0, 110.0, 20.0)
    found = [boxes(PERSON), boxes(PERSON, far), boxes()]
    truth = [boxes(PERSON, far), boxes(PERSON), boxes(far)]
    got = agreement(found, truth)
    assert (got.frames, got.truth) == (3, 4)
    assert got.recall == pytest.approx(2 / 4)
    assert got.precision == pytest.approx(2 / 3)
    assert got.count_errors == (1, 1, 1)
    assert got.mae == 1.0


def test_nobody_anywhere_is_full_agreement() -> None:
    got = agreement([boxes(), boxes()], [boxes(), boxes()])
    assert (got.recall, got.precision, got.mae) == (1.0, 1.0, 0.0)


def test_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        agreement([], [])
    with pytest.raises(ValueError, match="shorter"):
        agreement([boxes()], [])
