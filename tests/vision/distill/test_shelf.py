"""Pictures and labels come back as they were put, in order, and readable by their owner alone."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.distill.shelf import Picture, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf", person=3)


def noise(seed: int = 0, size: tuple[int, int] = (30, 40)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def test_a_picture_comes_back_to_the_last_bit(shelf: Shelf) -> None:
    one = Picture("c-1", 7, "train")
    assert not shelf.has(one)
    shelf.put(one, noise())
    assert shelf.has(one)
    assert np.array_equal(shelf.read(one), noise())


def test_order_is_camera_then_time(shelf: Shelf) -> None:
    put = [
        Picture("b", 2, "held"),
        Picture("a.x_y-z", 10, "train"),
        Picture("b", 1, "stop"),
        Picture("a.x_y-z", 9, "train"),
    ]
    for picture in put:
        shelf.put(picture, noise())
    assert [(p.camera, p.number) for p in shelf.pictures()] == [("a.x_y-z", 9), ("a.x_y-z", 10), ("b", 1), ("b", 2)]
    assert shelf.pictures("held") == [put[0]]
    assert shelf.pictures("train", "stop", camera="b") == [put[2]]
    assert shelf.pictures(camera="nobody") == []


@pytest.mark.parametrize("rows", [[], [(0, 0, 40, 30)], [(1.5, 2.25, 11, 29), (-3, -3, 5, 5)]])
def test_labels_are_the_boxes_within_the_picture(shelf: Shelf, rows: list[tuple[float, ...]]) -> None:
    picture = Picture("c", 0, "train")
    shelf.put(picture, noise())
    assert not shelf.has_labels(picture)
    shelf.put_labels(picture, np.array(rows, np.float32).reshape(-1, 4), (40, 30))
    assert shelf.has_labels(picture)
    expected = np.clip(np.array(rows, np.float64).reshape(-1, 4), 0, [40, 30, 40, 30])
    np.testing.assert_allclose(shelf.labels(picture, (40, 30)), expected, atol=1e-3)


def test_labels_are_in_the_form_that_training_reads(shelf: Shelf) -> None:
    picture = Picture("c", 0, "train")
    shelf.put_labels(picture, np.array([[10, 0, 30, 30]], np.float32), (40, 30))
    text = (shelf.folder / "labels" / "train" / "c@00000.txt").read_text()
    assert text == "3 0.500000 0.500000 0.500000 1.000000\n"


def test_nobody_else_can_read(shelf: Shelf) -> None:
    picture = Picture("c", 0, "held")
    shelf.put(picture, noise())
    path = shelf.folder / "images" / "held" / "c@00000.png"
    assert path.stat().st_mode & 0o077 == 0
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in path.parents[:3])


def test_a_damaged_picture_is_named(shelf: Shelf) -> None:
    (shelf.folder / "images" / "train" / "c@00000.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="c@00000"):
        shelf.read(Picture("c", 0, "train"))
