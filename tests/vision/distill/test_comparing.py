"""Old and new on the held-out pictures alone; when the new are better, and by how much."""

from pathlib import Path

import numpy as np
import pytest

from tests.vision.distill.test_labelling import Painted, scene
from vision.agreement import Agreement
from vision.distill.comparing import Comparison, compare, interval_of_change
from vision.distill.labelling import Viewpoint
from vision.distill.shelf import Picture, Shelf


def figures(recall: float, mae: float, precision: float = 1.0) -> Agreement:
    return Agreement(10, 20, recall, precision, mae, (0,) * 10)


@pytest.mark.parametrize(
    ("old", "new", "no_worse", "better"),
    [
        (figures(0.8, 1.0), figures(0.9, 0.5), True, True),
        (figures(0.8, 1.0), figures(0.8, 1.0), True, False),  # equal is no gain
        (figures(0.8, 1.0), figures(0.8, 0.9), True, True),
        (figures(0.8, 1.0), figures(0.9, 1.0), True, True),
        (figures(0.8, 1.0), figures(0.9, 1.1), False, False),  # finds more and counts worse
        (figures(0.8, 1.0), figures(0.7, 0.5), False, False),
        (figures(0.8, 1.0, 0.9), figures(0.9, 0.5, 0.8), True, True),  # precision shows in the counts
    ],
)
def test_verdict(old: Agreement, new: Agreement, no_worse: bool, better: bool) -> None:
    one = Comparison("c", True, old, new, (0.0, 0.0))
    assert (one.is_no_worse, one.is_better) == (no_worse, better)


def test_only_held_out_pictures_of_the_camera_are_compared(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for picture in [
        Picture("c", 0, "held"),
        Picture("c", 1, "held"),
        Picture("c", 2, "train"),
        Picture("d", 0, "held"),
    ]:
        shelf.put(picture, scene(10, 110))
        shelf.put_labels(picture, np.array([[10, 20, 30, 80], [110, 20, 130, 80]], np.float32), (200, 100))
    ticks: list[int] = []
    view = Viewpoint("c", "off", confidence=0.5)
    got = compare(shelf, view, (Painted(0.4), Painted(0.9)), learnt=True, tick=lambda: ticks.append(1))
    assert len(ticks) == 2
    assert (got.old.frames, got.old.truth, got.old.recall, got.old.mae) == (2, 4, 0.0, 2.0)
    assert (got.new.recall, got.new.precision, got.new.mae) == (1.0, 1.0, 0.0)
    assert got.mae_change == (-2.0, -2.0)
    row = got.as_row()
    assert row["new"]["recall"] == 1.0
    assert row["no_worse"] is True
    assert "count_errors" not in row["old"]


def test_nothing_held_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        compare(Shelf(tmp_path), Viewpoint("c"), (Painted(), Painted()), learnt=True, tick=lambda: None)


def test_the_interval_is_that_of_the_mean() -> None:
    rng = np.random.default_rng(1)
    old = rng.integers(0, 5, 400).tolist()
    new = rng.integers(0, 4, 400).tolist()
    change = np.array(new) - np.array(old)
    half = 1.96 * change.std() / 20  # of a mean of 400, by the central limit theorem
    low, high = interval_of_change(old, new)
    assert low == pytest.approx(change.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(change.mean() + half, abs=0.1 * half)
