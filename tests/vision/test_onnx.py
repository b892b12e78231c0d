"""ONNX models run by OpenVINO: tiny networks whose finds follow from arithmetic."""

import json

import numpy as np
import pytest

from tests.vision.tiny_models import SEEN, SIZE, anchors, rows, write_model
from vision.detector import Thresholds, WeightsRefusedError
from vision.loading import load_detector
from vision.model_file import read_model_file
from vision.onnx_header import NotOnnxError, read_onnx_metadata
from vision.weights_file import digest_of_weights, inspect_weights, name_of_weights

PEOPLE = SEEN[[0, 2]]  # the second box is the first person again, the fourth a dog, the last below the threshold


def red(height, width, share=1.0):
    """A picture (H, W, 3) BGR with nothing but red."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, :, 2] = round(255 * share)
    return picture


def found_in(path, picture, **options):
    detector = load_detector(path, Thresholds(**{"confidence": 0.1, "iou": 0.6, **options}))
    try:
        return detector.detect([picture])[0]
    finally:
        detector.close()


@pytest.mark.parametrize("head", [anchors, rows])
@pytest.mark.parametrize("size", [(SIZE, SIZE), ("height", "width")])
def test_people_of_either_head_and_of_fixed_and_free_sizes(tmp_path, head, size):
    seen = SEEN if head is anchors else SEEN[[0, 2, 3, 4]]  # a network that chooses itself gives nobody twice
    found = found_in(write_model(tmp_path / "tiny.onnx", head(seen), size=size), red(SIZE, SIZE))
    np.testing.assert_allclose(found.xyxy, PEOPLE[:, :4], atol=1e-3)
    np.testing.assert_allclose(found.confidence, PEOPLE[:, 4], atol=1e-3)


def test_colours_arrive_as_red_green_blue_from_0_to_1(tmp_path):
    path = write_model(tmp_path / "tiny.onnx", anchors())
    half = found_in(path, red(SIZE, SIZE, 0.4))
    np.testing.assert_allclose(half.confidence, PEOPLE[:, 4] * round(255 * 0.4) / 255, atol=1e-3)
    blue = red(SIZE, SIZE)[:, :, ::-1]
    assert len(found_in(path, blue)) == 0


def test_boxes_come_back_in_the_pixels_of_a_larger_picture(tmp_path):
    found = found_in(write_model(tmp_path / "tiny.onnx", anchors()), red(3 * SIZE, 3 * SIZE))
    np.testing.assert_allclose(found.xyxy, 3 * PEOPLE[:, :4], atol=1e-2)


@pytest.mark.parametrize(
    ("options", "confidences"),
    [
        ({"confidence": 0.01}, [0.9, 0.7, 0.05]),
        ({"confidence": 0.75}, [0.9]),
        ({"confidence": 0.95}, []),
        ({"iou": 0.95}, [0.9, 0.8, 0.7]),  # 1 px of 16 apart: IoU 15 / 17 = 0.88
        ({"iou": 0.87}, [0.9, 0.7]),
    ],
)
def test_confidence_and_overlap_are_each_cameras_own(tmp_path, options, confidences):
    found = found_in(write_model(tmp_path / "tiny.onnx", anchors()), red(SIZE, SIZE), **options)
    np.testing.assert_allclose(found.confidence, confidences, atol=1e-3)


def test_two_cameras_may_ask_one_file_for_different_confidences(tmp_path):
    path = write_model(tmp_path / "tiny.onnx", anchors())
    strict, lenient = load_detector(path, Thresholds(0.75)), load_detector(path, Thresholds(0.1))
    picture = red(SIZE, SIZE)
    answers = [detector.submit(picture) for detector in (strict, lenient) * 10]
    assert [len(answer.result()) for answer in answers] == [1, 2] * 10
    strict.close()
    lenient.close()


@pytest.mark.parametrize("head", [anchors, rows])
def test_boxes_that_are_no_numbers_are_dropped_and_counted(tmp_path, caplog, head):
    bad = np.array([[np.nan, 8, 24, 56, 0.9, 0], [40, 16, np.inf, 60, 0.7, 0], [30, 5, 20, 50, 0.6, 0]], np.float32)
    good = SEEN[[0]]
    detector = load_detector(write_model(tmp_path / "tiny.onnx", head(np.vstack([bad, good]))), Thresholds(0.1))
    for _ in range(3):
        found = detector.detect([red(SIZE, SIZE)])[0]
        np.testing.assert_allclose(found.xyxy, good[:, :4], atol=1e-3)
    assert detector.unusable == 9
    assert [record.message for record in caplog.records] == [
        "detector tiny: boxes that are not numbers, or inside out, are dropped"
    ]
    detector.close()


def test_a_class_list_with_people_elsewhere(tmp_path):
    names = "{0: 'dog', 1: 'Person'}"
    found = found_in(write_model(tmp_path / "tiny.onnx", anchors(), names=names), red(SIZE, SIZE))
    np.testing.assert_allclose(found.confidence, [0.95], atol=1e-3)


def test_many_pictures_at_once_keep_their_own_answers(tmp_path):
    """More than there are requests: each is served in turn, and none gets another's people."""
    detector = load_detector(write_model(tmp_path / "tiny.onnx", anchors(), size=("h", "w")), Thresholds(0.02))
    shares = np.linspace(0.1, 1.0, 200)
    sizes = [(64, 64), (64, 32), (32, 64)]
    pictures = [red(*sizes[i % 3], share) for i, share in enumerate(shares)]
    for share, found in zip(shares, detector.detect(pictures), strict=True):
        assert found.confidence[0] == pytest.approx(0.9 * round(255 * share) / 255, abs=2e-3)
    detector.close()


def test_a_picture_without_pixels_shows_nobody_and_one_of_another_shape_is_refused(tmp_path):
    detector = load_detector(write_model(tmp_path / "tiny.onnx", anchors()), Thresholds(0.1))
    assert len(detector.detect([np.zeros((0, 0, 3), np.uint8)])[0]) == 0
    for shape in ((5, 5), (5, 5, 1), (5, 5, 4)):
        with pytest.raises(ValueError, match="expected a picture"):
            detector.submit(np.zeros(shape, np.uint8)).result()
    assert len(detector.detect([red(SIZE, SIZE)])[0]) == 2
    detector.close()


def test_what_a_file_says_without_being_loaded(tmp_path):
    path = write_model(tmp_path / "tiny.onnx", anchors())
    inspect_weights(path)
    file = read_model_file(path)
    assert (file.person, file.classes, file.stride, file.made_for) == (0, 2, 32, SIZE)
    detector = load_detector(path)
    assert (detector.digest, detector.name) == (digest_of_weights(path), name_of_weights(path))
    detector.close()


@pytest.mark.parametrize(
    ("meta", "reason"),
    [
        ({"task": "segment"}, "expected weights for detection, got task 'segment'"),
        ({"task": None}, "expected weights for detection"),
        ({"names": "{0: 'cat'}"}, "one class 'person'"),
        ({"names": None}, "names no classes"),
        ({"names": "("}, "one class 'person'"),
        ({"stride": "many"}, "no number of pixels"),
        ({"stride": "0", "imgsz": "-3"}, "stride <= imgsz"),
        ({"names": "{0: 'person', 1: 'dog', 2: 'cat'}"}, r"expected output \(1, 7, N\) or \(1, N, 6\)"),
    ],
)
def test_refuses_models_that_are_not_what_they_should_be(tmp_path, meta, reason):
    path = write_model(tmp_path / "tiny.onnx", anchors(), **meta)
    with pytest.raises(WeightsRefusedError, match=reason) as told:
        load_detector(path)
    assert str(path) in str(told.value)


def test_every_cut_of_a_file_is_refused_without_loading(tmp_path):
    whole = write_model(tmp_path / "tiny.onnx", anchors()).read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        with pytest.raises(WeightsRefusedError, match=r"cut\.onnx"):
            inspect_weights(cut)
    cut.write_bytes(whole)
    inspect_weights(cut)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"PK\x03\x04", b"\x00" * 99, b"\x80\x04\x95" + b"x" * 50, b"\xff" * 64]
)
def test_what_is_no_onnx_is_refused(tmp_path, content):
    path = tmp_path / "no.onnx"
    path.write_bytes(content)
    with pytest.raises(NotOnnxError):
        read_onnx_metadata(path)
    with pytest.raises(WeightsRefusedError, match="not an ONNX model"):
        load_detector(path)


def engine(path, metadata):
    text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    path.write_bytes(len(text).to_bytes(4, "little") + text + b"engine")
    return path


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"task": "detect", "names": {"0": "person"}}, "needs an NVIDIA processor"),
        ({"task": "pose", "names": {"0": "person"}}, "expected weights for detection"),
        ({"task": "detect", "names": {"0": "cat"}}, "one class 'person'"),
        ([1], "expected a mapping"),
        (b"\xff\xfe", "not a TensorRT engine"),
    ],
)
def test_a_tensorrt_engine_without_its_machine_is_one_clear_line(tmp_path, metadata, reason):
    path = engine(tmp_path / "x.engine", metadata)
    for look in (inspect_weights, load_detector):
        with pytest.raises(WeightsRefusedError, match=reason) as told:
            look(path)
        assert "\n" not in str(told.value)
