"""Looking as a camera does: threshold, masks, tiles; every picture labelled once."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from vision.detections import Detections
from vision.detector import Image
from vision.distill.labelling import Viewpoint, label, look
from vision.distill.shelf import Picture, Shelf
from vision.letterbox import GREY


class Painted:
    """Finds the white upright rectangles of a picture, each as sure as told."""

    name, digest = "painted", "0"

    def __init__(self, confidence: float = 0.9) -> None:
        self.confidence, self.seen = confidence, list[tuple[int, ...]]()

    def submit(self, image: Image) -> "Future[Detections]":
        self.seen.append(image.shape)
        done: Future[Detections] = Future()
        ys, xs = np.nonzero((image == 255).all(axis=2))
        rows = []
        for x in sorted(set(xs // 50)):
            mine = xs // 50 == x
            rows.append((xs[mine].min(), ys[mine].min(), xs[mine].max() + 1, ys[mine].max() + 1, self.confidence))
        done.set_result(Detections.from_rows(rows))
        return done

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self.submit(image).result() for image in images]

    def close(self) -> None:
        pass


def scene(*lefts: int) -> Image:
    image = np.zeros((100, 200, 3), np.uint8)
    for left in lefts:
        image[20:80, left : left + 20] = 255
    return image


@pytest.mark.parametrize(("confidence", "people"), [(0.3, 2), (0.89, 2), (0.9, 0), (0.95, 0)])
def test_only_the_sure_are_kept(confidence: float, people: int) -> None:
    found = look(Painted(), scene(10, 110), Viewpoint("c", "off"), confidence=confidence, iou=0.6)
    assert len(found) == people


def test_tiles_are_looked_at_where_the_camera_has_them() -> None:
    base = Painted()
    look(base, scene(10), Viewpoint("c", (2, 1)), confidence=0.3, iou=0.6)
    assert len(base.seen) == 3
    assert base.seen[0] == (100, 200, 3)


def test_a_masked_figure_is_neither_found_nor_kept_on_the_picture() -> None:
    view = Viewpoint("c", "off", masks=(((100, 0), (199, 0), (199, 99), (100, 99)),))
    assert len(look(Painted(), scene(10, 110), view, confidence=0.3, iou=0.6)) == 1
    blank = view.blank(scene(10, 110))
    assert (blank[:, 100:] == GREY).all()
    assert np.array_equal(blank[:, :100], scene(10, 110)[:, :100])


def test_two_masks_that_overlap_leave_no_hole_and_the_given_picture_stays() -> None:
    given = scene(10)
    square = ((0, 0), (60, 0), (60, 99), (0, 99))
    blank = Viewpoint("c", "off", masks=(square, square)).blank(given)
    assert (blank[:, :60] == GREY).all()
    assert np.array_equal(given, scene(10))


def test_labelling_goes_on_where_it_was(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    pictures = [Picture("c", n, "train") for n in range(3)]
    for picture, lefts in zip(pictures, [(10,), (), (10, 110)], strict=True):
        shelf.put(picture, scene(*lefts))
    shelf.put_labels(pictures[0], np.array([[1, 1, 9, 9]], np.float32), (200, 100))  # done before
    teacher, ticks = Painted(), list[int]()
    assert label(shelf, {"c": Viewpoint("c", "off")}, teacher, lambda: ticks.append(1)) == 3
    assert len(teacher.seen) == 2
    assert len(ticks) == 3
    np.testing.assert_allclose(shelf.labels(pictures[0], (200, 100)), [[1, 1, 9, 9]], atol=1e-3)
    assert len(shelf.labels(pictures[1], (200, 100))) == 0
    np.testing.assert_allclose(shelf.labels(pictures[2], (200, 100)), [[10, 20, 30, 80], [110, 20, 130, 80]], atol=1e-3)
