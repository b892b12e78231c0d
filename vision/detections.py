"""Validated arrays that pass from the detector to the tracker and out of this package."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _frozen(values: ArrayLike, dtype: type[np.generic], shape: tuple[int, ...]) -> Any:
    array = np.array(values, dtype=dtype).reshape(shape) if np.size(values) == 0 else np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array


def _checked_boxes(values: ArrayLike) -> NDArray[np.float32]:
    boxes = _frozen(values, np.float32, (0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"expected boxes of shape (N, 4), got {boxes.shape}")
    if not np.isfinite(boxes).all():
        raise ValueError("expected finite boxes, got NaN or infinity")
    if (boxes[:, 2:] < boxes[:, :2]).any():
        raise ValueError("expected boxes x1 y1 x2 y2 with x1 <= x2 and y1 <= y2")
    return boxes  # type: ignore[no-any-return]


def _checked_confidence(values: ArrayLike, count: int) -> NDArray[np.float32]:
    confidence = _frozen(values, np.float32, (0,))
    if confidence.shape != (count,):
        raise ValueError(f"expected {count} confidences, got shape {confidence.shape}")
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("expected confidences from 0 to 1")
    return confidence  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """People found in one picture.

    Attributes:
        xyxy: (N, 4) px, float32, x1 y1 x2 y2.
        confidence: (N,) float32, 0 to 1.

    Raises:
        ValueError: on other shapes, NaN, infinities or boxes inside out.

    """

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "xyxy", _checked_boxes(self.xyxy))
        object.__setattr__(self, "confidence", _checked_confidence(self.confidence, len(self.xyxy)))

    @classmethod
    def empty(cls) -> Self:
        """Return nobody."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32))

    @classmethod
    def from_rows(cls, rows: ArrayLike) -> Self:
        """Build from rows x1 y1 x2 y2 confidence; (0,) stands for nobody."""
        table = np.asarray(rows, dtype=np.float32)
        if table.size == 0:
            return cls.empty()
        if table.ndim != 2 or table.shape[1] != 5:
            raise ValueError(f"expected rows of x1 y1 x2 y2 confidence, got shape {table.shape}")
        return cls(table[:, :4], table[:, 4])

    @classmethod
    def usable(cls, xyxy: NDArray[np.float32], confidence: NDArray[np.float32]) -> tuple[Self, int]:
        """Build from a detector's raw boxes (N, 4) and confidences (N,), and return how many were no boxes.

        Left out are those with NaN or infinities and those inside out; confidences are clipped to 0 … 1.
        """
        good = np.isfinite(xyxy).all(axis=1) & np.isfinite(confidence) & (xyxy[:, 2:] >= xyxy[:, :2]).all(axis=1)
        if good.all():
            return cls(xyxy, np.clip(confidence, 0, 1)), 0
        return cls(xyxy[good], np.clip(confidence[good], 0, 1)), int(np.count_nonzero(~good))

    def __len__(self) -> int:
        return len(self.confidence)

    def select(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return those that a mask or an index names."""
        return type(self)(self.xyxy[keep], self.confidence[keep])


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """People followed over pictures; a row each.

    Attributes:
        xyxy: (N, 4) px; confidence: (N,); id: (N,) int64, random per process, it dies with the track;
        confirmed: (N,) False for one seen too briefly to count;
        hidden: (N,) True where the foot was not seen in this picture; nobody's unless given.

    """

    xyxy: NDArray[np.float32]
    confidence: NDArray[np.float32]
    id: NDArray[np.int64]
    confirmed: NDArray[np.bool_]
    hidden: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    def __post_init__(self) -> None:
        object.__setattr__(self, "xyxy", _checked_boxes(self.xyxy))
        object.__setattr__(self, "confidence", _checked_confidence(self.confidence, len(self.xyxy)))
        object.__setattr__(self, "hidden", self._checked_hidden())
        object.__setattr__(self, "id", _frozen(self.id, np.int64, (0,)))
        object.__setattr__(self, "confirmed", _frozen(self.confirmed, np.bool_, (0,)))
        if self.id.shape != (len(self.xyxy),) or self.confirmed.shape != (len(self.xyxy),):
            raise ValueError("expected one id and one confirmed flag a box")

    @classmethod
    def empty(cls) -> Self:
        """Return nobody."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64), np.empty(0, np.bool_))

    def __len__(self) -> int:
        return len(self.id)

    def _checked_hidden(self) -> NDArray[np.bool_]:
        given = self.hidden if np.size(self.hidden) else np.zeros(len(self.xyxy), np.bool_)
        if np.shape(given) != (len(self.xyxy),):
            raise ValueError(f"expected {len(self.xyxy)} hidden flags, got shape {np.shape(given)}")
        return _frozen(given, np.bool_, (0,))  # type: ignore[no-any-return]

    def select(self, keep: NDArray[np.bool_]) -> Self:
        """Return those that a mask names."""
        return type(self)(
            self.xyxy[keep], self.confidence[keep], self.id[keep], self.confirmed[keep], self.hidden[keep]
        )
