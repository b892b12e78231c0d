"""Compare two detectors with the teacher on pictures that neither of them learnt from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.agreement import Agreement, agreement
from vision.detector import Detector
from vision.distill.labelling import Viewpoint, look
from vision.distill.shelf import Picture, Shelf

RESAMPLES = 2000
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new weights on the same held-out pictures of one camera, the teacher's boxes being the truth.

    Attributes:
        camera: its id; learnt: False for one that was only checked.
        mae_change: 95 % interval of new minus old mean absolute count error, by paired bootstrap (Efron 1979,
            doi:10.1214/aos/1176344552) over pictures. Pictures of one camera resemble each other, so it is too narrow.

    """

    camera: str
    learnt: bool
    old: Agreement
    new: Agreement
    mae_change: tuple[float, float]

    @property
    def is_no_worse(self) -> bool:
        """Tell whether the new weights are better or equal in count error and in recall."""
        return self.new.mae <= self.old.mae + TOLERANCE and self.new.recall >= self.old.recall - TOLERANCE

    @property
    def is_better(self) -> bool:
        """Tell whether they are no worse, and better in one of the two."""
        gains = self.new.mae < self.old.mae - TOLERANCE or self.new.recall > self.old.recall + TOLERANCE
        return self.is_no_worse and gains

    def as_row(self) -> dict[str, Any]:
        """Return it for a report in JSON, without the errors of single pictures."""
        row = asdict(self)
        for which in ("old", "new"):
            del row[which]["count_errors"]
        return {**row, "no_worse": self.is_no_worse}


def compare(
    shelf: Shelf, view: Viewpoint, detectors: tuple[Detector, Detector], *, learnt: bool, tick: Callable[[], None]
) -> Comparison:
    """Compare on the held-out pictures of one camera.

    Args:
        shelf: labelled pictures.
        view: how the camera is looked at.
        detectors: old and new, loaded with ``view.thresholds()``.
        learnt: whether other pictures of this camera were trained on.
        tick: called after each picture.

    Raises:
        ValueError: none is held out.

    """
    pictures = shelf.pictures("held", camera=view.camera)
    rows = [_look_both(shelf, picture, view, detectors, tick) for picture in pictures]
    before = agreement([row[0] for row in rows], [row[2] for row in rows])
    after = agreement([row[1] for row in rows], [row[2] for row in rows])
    change = interval_of_change(before.count_errors, after.count_errors)
    return Comparison(view.camera, learnt, before, after, change)


def _look_both(
    shelf: Shelf, picture: Picture, view: Viewpoint, detectors: tuple[Detector, Detector], tick: Callable[[], None]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the boxes (N, 4) of old weights, new weights and teacher."""
    image = shelf.read(picture)
    old, new = (look(one, image, view, confidence=view.confidence, iou=view.iou).xyxy for one in detectors)
    tick()
    return old, new, shelf.labels(picture, (image.shape[1], image.shape[0]))


def interval_of_change(old: Sequence[int], new: Sequence[int]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of new - old over resampled pictures."""
    change = np.asarray(new, np.float64) - np.asarray(old, np.float64)
    drawn = np.random.default_rng(0).integers(0, len(change), (RESAMPLES, len(change)))
    low, high = np.quantile(change[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
