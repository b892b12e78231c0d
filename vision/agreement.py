"""How far the boxes of one detector agree with those of another, or with hand-made ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from vision.nms import iou_matrix

MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Agreement:
    """How good boxes are against a truth, matched one to one at IoU 0.5.

    Attributes:
        frames: pictures compared; truth: boxes of the truth in them.
        recall: share of the truth that was found, 1 where there is nobody.
        precision: share of the found that is true; where nothing was found, 1 if there is nobody, else 0.
        mae: mean absolute error of the number of people a picture.
        count_errors: (frames,) absolute error of each picture.

    """

    frames: int
    truth: int
    recall: float
    precision: float
    mae: float
    count_errors: tuple[int, ...]


def matched(
    a: NDArray[np.float32], b: NDArray[np.float32], *, iou: float = MATCH_IOU
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the index pairs of boxes (N, 4) and (M, 4), px, that overlap enough, best total overlap first."""
    overlap = iou_matrix(a, b)
    left, right = linear_sum_assignment(np.where(overlap >= iou, overlap, 0.0), maximize=True)
    good = overlap[left, right] >= iou
    return left[good], right[good]


def agreement(found: Iterable[NDArray[np.float32]], truth: Iterable[NDArray[np.float32]]) -> Agreement:
    """Compare picture by picture.

    Args:
        found, truth: boxes (N, 4) x1 y1 x2 y2, px, of each picture.

    Raises:
        ValueError: there are not equally many pictures, or none.

    """
    hits = seen = true = 0
    errors = []
    for boxes, real in zip(found, truth, strict=True):
        hits += len(matched(boxes, real)[0])
        seen, true = seen + len(boxes), true + len(real)
        errors.append(abs(len(boxes) - len(real)))
    if not errors:
        raise ValueError("expected at least one picture to compare")
    recall, precision = (hits / true if true else 1.0), (hits / seen if seen else float(not true))
    return Agreement(len(errors), true, recall, precision, float(np.mean(errors)), tuple(errors))
