"""Pixelated stills: colours are counted, which no code under test takes part in."""

import cv2
import numpy as np
import pytest

from vision.detections import Detections
from vision.still import cell_side, find_everybody, pixelate, to_png, widened

MOST_CELLS = 72


@pytest.fixture
def noise():
    """Every pixel has a colour of its own, so that a cell that was not averaged shows at once."""
    numbers = np.arange(480 * 640, dtype=np.uint32)
    np.random.default_rng(1).shuffle(numbers)
    return (
        np.stack([numbers & 255, numbers >> 8 & 255, numbers >> 16 & 255], axis=1).astype(np.uint8).reshape(480, 640, 3)
    )


def colours(image, box):
    x1, y1, x2, y2 = (int(v) for v in box)
    return len(np.unique(image[max(y1, 0) : y2, max(x1, 0) : x2].reshape(-1, 3), axis=0))


@pytest.mark.parametrize(
    "box",
    [
        (100, 100, 140, 200),  # a person
        (0, 0, 30, 90),  # at the corner
        (600, 400, 640, 480),  # at the other
        (-20, 430, 25, 520),  # half outside
        (300, 10, 305, 22),  # tiny
        (0, 0, 640, 480),  # the whole picture
        (50, 200, 350, 230),  # lying down
        (101.5, 99.25, 141.75, 203.5),  # between pixels
    ],
)
def test_nobody_keeps_more_than_72_cells(noise, box):
    shown = pixelate(noise, [box])
    grown = (box[0] - 0.1 * (box[2] - box[0]), box[1] - 0.1 * (box[3] - box[1]), *box[2:])
    assert colours(shown, box) <= MOST_CELLS
    assert colours(shown, grown) <= MOST_CELLS
    x1, y1, x2, y2 = (round(v) for v in np.clip(box, 0, [640, 480, 640, 480]))
    assert (shown[y1:y2, x1:x2] != noise[y1:y2, x1:x2]).any(axis=2).mean() > 0.95


def test_people_who_overlap_do_not_cut_each_other_into_finer_cells(noise):
    rng = np.random.default_rng(7)
    for _ in range(20):
        corner = rng.uniform([200, 150], [320, 250], (12, 2))
        height = rng.uniform(20, 200, (12, 1))
        boxes = np.hstack([corner, corner + np.hstack([height * rng.uniform(0.3, 0.6, (12, 1)), height])])
        shown = pixelate(noise, boxes)
        assert max(colours(shown, box) for box in boxes) <= MOST_CELLS


def test_what_lies_away_from_people_stays_to_the_bit_and_the_original_is_left_alone(noise):
    before = noise.copy()
    shown = pixelate(noise, [(100, 100, 140, 200)])
    np.testing.assert_array_equal(noise, before)
    np.testing.assert_array_equal(shown[:, 180:], noise[:, 180:])
    np.testing.assert_array_equal(shown[250:], noise[250:])


@pytest.mark.parametrize("boxes", [[], np.empty((0, 4), np.float32), [(700, 500, 800, 600)], [(50, 50, 50, 90)]])
def test_a_picture_of_nobody_stays_as_it_is(noise, boxes):
    np.testing.assert_array_equal(pixelate(noise, boxes), noise)


def test_a_cell_is_the_mean_of_what_was_there():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, ::2] = 200
    shown = pixelate(image, [(20, 20, 30, 44)])
    assert cell_side(widened(np.array([[20.0, 20, 30, 44]]), (64, 64))[0]) == 4
    assert np.unique(shown[20:44, 20:30]).tolist() == [100]


class Finder:
    """Finds a white patch wherever it is shown one, as a detector would."""

    name, digest = "finder", "0"

    def __init__(self):
        self.shapes = []

    def submit(self, image):
        raise NotImplementedError

    def detect(self, images):
        self.shapes += [image.shape[:2] for image in images]
        return [self._one(image) for image in images]

    def _one(self, image):
        y, x = np.nonzero(image[..., 0] == 255)
        if not len(x):
            return Detections.empty()
        return Detections.from_rows([[x.min(), y.min(), x.max() + 1, y.max() + 1, 0.03]])

    def close(self):
        pass


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (60, 40)])
def test_everybody_is_looked_for_whole_mirrored_and_in_parts(shape):
    image = np.zeros((*shape, 3), np.uint8)
    image[4:12, 2:7] = 255
    finder = Finder()
    boxes = find_everybody(image, [finder])
    assert {tuple(box) for box in boxes.tolist()} == {(2.0, 4.0, 7.0, 12.0)}
    assert len(boxes) >= 3  # whole, mirrored, a part
    assert len(finder.shapes) == 8
    assert len(find_everybody(image, [finder, finder])) == 2 * len(boxes)


def test_the_bytes_are_a_png_of_the_same_picture(noise):
    read = cv2.imdecode(np.frombuffer(to_png(noise), np.uint8), cv2.IMREAD_COLOR)
    assert to_png(noise).startswith(b"\x89PNG")
    np.testing.assert_array_equal(read, noise)
