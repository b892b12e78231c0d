"""Keep one box a person."""

import numpy as np
from numpy.typing import NDArray

MAX_CANDIDATES = 2000


def iou_matrix(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return intersection over union of boxes (N, 4) and (M, 4) as (N, M); empty boxes give 0."""
    corner = np.maximum(a[:, None, :2], b[None, :, :2])
    opposite = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(opposite - corner, 0, None), axis=2)
    area_a, area_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    union = area_a[:, None] + area_b[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)  # type: ignore[no-any-return]


def inside_matrix(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share (N, M) of each box of (N, 4) that lies in each of (M, 4); empty boxes give 0."""
    corner = np.maximum(a[:, None, :2], b[None, :, :2])
    opposite = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(opposite - corner, 0, None), axis=2)
    area = np.broadcast_to(np.prod(a[:, 2:] - a[:, :2], axis=1)[:, None], shared.shape)
    return np.divide(shared, area, out=np.zeros_like(shared), where=area > 0)  # type: ignore[no-any-return]


def non_maximum_suppression(
    boxes: NDArray[np.float32], confidence: NDArray[np.float32], iou: float
) -> NDArray[np.intp]:
    """Return indices of the boxes (N, 4) to keep, best first: greedy, none overlapping a kept one by more than iou."""
    order = np.argsort(-confidence, kind="stable")[:MAX_CANDIDATES]
    overlaps = iou_matrix(boxes[order], boxes[order]) > iou
    alive = np.ones(len(order), dtype=np.bool_)
    for index in range(len(order)):
        if alive[index]:
            alive[index + 1 :] &= ~overlaps[index, index + 1 :]
    return order[alive]
