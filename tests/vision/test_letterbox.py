import cv2
import numpy as np
import pytest

from vision.letterbox import letterbox_for


@pytest.mark.parametrize(
    ("picture", "size", "fixed", "expected"),
    [
        ((576, 768), 640, None, (480, 640)),  # both sides divide by the stride
        ((576, 460), 416, None, (416, 352)),  # 332 wide, padded to the next stride
        ((576, 768), 640, (640, 640), (640, 640)),
        ((100, 100), 640, None, (640, 640)),  # small pictures are enlarged
        ((1, 2000), 640, None, (32, 640)),  # a picture one pixel high
        ((480, 640), 500, None, (384, 512)),  # the side is rounded up to the stride
    ],
)
def test_network_size(picture, size, fixed, expected):
    fit = letterbox_for(picture, size, fixed=fixed)
    assert fit.size == expected
    assert fit.apply(np.zeros((*picture, 3), np.uint8)).shape == (*expected, 3)


def test_boxes_come_back_where_they_were():
    fit = letterbox_for((576, 460), 416)
    top, left = fit.offset
    there = np.float32([[10, 20, 110, 220]]) * np.float32(fit.gain) + np.float32([left, top, left, top])
    assert fit.to_picture(there) == pytest.approx(np.float32([[10, 20, 110, 220]]), abs=0.01)


def test_boxes_never_leave_the_picture():
    assert letterbox_for((100, 200), 640).to_picture(np.float32([[-50, -50, 9999, 9999]])).tolist() == [
        [0, 0, 200, 100]
    ]


def test_padding_is_grey():
    fit = letterbox_for((64, 60), 64)
    padded = fit.apply(np.full((64, 60, 3), 255, np.uint8))
    assert padded[:, 0].tolist() == [[114] * 3] * 64


@pytest.mark.parametrize("picture", [(576, 768), (576, 460), (64, 60), (640, 640), (480, 640), (7, 300)])
def test_a_canvas_filled_again_and_again_equals_opencv_s_own_resize_and_border(picture):
    """Also with what another picture left in it, and from a picture that is a part of a larger one."""
    fit = letterbox_for(picture, 640, fixed=(640, 640))
    canvas = np.full((640, 640, 3), 7, np.uint8)
    for turn in range(3):
        wide = np.random.default_rng(turn).integers(0, 255, (picture[0] + 5, picture[1] + 9, 3), dtype=np.uint8)
        image = wide[5:, 4:-5]
        fit.fill(canvas, image, clean=turn > 0)
        (top, left), (height, width) = fit.offset, fit.inner
        small = cv2.resize(image.copy(), (width, height), interpolation=cv2.INTER_LINEAR)
        borders = (top, 640 - height - top, left, 640 - width - left)
        expected = cv2.copyMakeBorder(small, *borders, cv2.BORDER_CONSTANT, value=(114, 114, 114))
        np.testing.assert_array_equal(canvas, expected)
