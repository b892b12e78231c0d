import shutil
import threading

import numpy as np
import pytest
import yaml

from tests.vision.conftest import REFERENCE
from vision.detector import Thresholds, WeightsRefusedError
from vision.embedded import FOLDER, embedded_card, embedded_folder
from vision.loading import load_detector
from vision.nms import iou_matrix


@pytest.fixture
def copied(tmp_path):
    """A copy of the embedded model that may be damaged, in a folder Ultralytics recognises too."""
    folder = tmp_path / "person_n_openvino_model"
    folder.mkdir()
    for name in ("person_n.xml", "person_n.bin", "metadata.yaml"):
        shutil.copy(FOLDER / name, folder)
    return folder


@pytest.fixture(scope="module")
def detector():
    detector = load_detector(None, Thresholds(0.25))
    yield detector
    detector.close()


def by_ultralytics(folder, frames, **options):
    """Let Ultralytics find people, calculating in single precision as our detector does, whatever the processor."""
    from vision.quiet import silence_vendors

    silence_vendors()
    import openvino
    from ultralytics import YOLO

    compile_model = openvino.Core.compile_model

    def compile_single(core, model, device_name=None, config=None):
        return compile_model(core, model, device_name, {**(config or {}), "INFERENCE_PRECISION_HINT": "f32"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openvino.Core, "compile_model", compile_single)
        model = YOLO(str(folder), task="detect")
        found = [
            model.predict(frame, classes=[0], max_det=300, verbose=False, save=False, **options)[0] for frame in frames
        ]
    return [(result.boxes.xyxy.cpu().numpy(), result.boxes.conf.cpu().numpy()) for result in found]


def assert_same(own, theirs):
    assert sum(len(found) for found in own) > 5
    for found, (boxes, confidence) in zip(own, theirs, strict=True):
        assert len(found) == len(boxes)
        pairing = iou_matrix(found.xyxy, boxes).argmax(axis=1)
        np.testing.assert_allclose(found.xyxy, boxes[pairing], atol=1.5)
        np.testing.assert_allclose(found.confidence, confidence[pairing], atol=0.02)


def test_boxes_equal_those_of_ultralytics(copied, film_frames):
    detector = load_detector(copied, Thresholds(0.25, 0.6, 416))
    theirs = by_ultralytics(copied, film_frames, conf=0.25, iou=0.6, imgsz=416, rect=True)
    assert_same(detector.detect(film_frames), theirs)
    detector.close()


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the shared reference weights")
def test_boxes_of_a_fixed_coco_model_equal_those_of_ultralytics(film_frames):
    detector = load_detector(REFERENCE, Thresholds(0.3, 0.6))
    assert_same(detector.detect(film_frames[:3]), by_ultralytics(REFERENCE, film_frames[:3], conf=0.3, iou=0.6))
    detector.close()


def test_no_pictures(detector):
    assert detector.detect([]) == []


@pytest.mark.parametrize("value", [0, 114, 255])
def test_nobody_in_a_blank_picture(detector, value):
    assert len(detector.detect([np.full((300, 400, 3), value, np.uint8)])[0]) == 0


def test_sizes_may_change_from_picture_to_picture(detector, film_frames):
    sizes = [(576, 460), (120, 640), (640, 100), (33, 47), (720, 1280), (96, 96), (200, 200), (576, 460)]
    pictures = [np.resize(film_frames[0], (*size, 3)) for size in sizes]
    for found, (height, width) in zip(detector.detect(pictures), sizes, strict=True):
        assert (found.xyxy <= [width, height, width, height]).all()


def test_may_be_shared_between_threads(detector, film_frames):
    alone = [len(found) for found in detector.detect(film_frames)]
    together: dict[int, list[int]] = {}

    def look(number):
        together[number] = [len(found) for found in detector.detect(film_frames)]

    threads = [threading.Thread(target=look, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(together.values()) == [alone] * 4


def change(folder, **values):
    path = folder / "metadata.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **values}))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: change(f, task="segment"), "expected weights for detection"),
        (lambda f: change(f, task="pose"), "expected weights for detection"),
        (lambda f: change(f, names={0: "cat"}), "one class 'person'"),
        (lambda f: change(f, names={}), "one class 'person'"),
        (lambda f: change(f, names={0: "person", 1: "person"}), "one class 'person'"),
        (lambda f: change(f, names={0: "person", 1: "dog"}), "expected output"),  # the model has one class only
        (lambda f: (f / "metadata.yaml").unlink(), "metadata.yaml"),
        (lambda f: (f / "metadata.yaml").write_text("[1, 2"), "metadata.yaml"),
        (lambda f: (f / "metadata.yaml").write_text("just text"), "mapping"),
        (lambda f: (f / "person_n.bin").unlink(), "with its"),
        (lambda f: (f / "person_n.bin").write_bytes(b""), "not a readable"),
        (lambda f: (f / "person_n.xml").write_text("<net"), "not a readable"),
        (lambda f: shutil.copy(f / "person_n.xml", f / "second.xml"), "expected one"),
    ],
)
def test_refuses_weights_that_are_not_what_they_should_be(copied, damage, reason):
    damage(copied)
    with pytest.raises(WeightsRefusedError, match=reason):
        load_detector(copied)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(WeightsRefusedError, match="no OpenVINO model"):
        load_detector(tmp_path)


@pytest.mark.parametrize("name", ["person_n.xml", "person_n.bin", "metadata.yaml"])
def test_a_changed_embedded_detector_is_not_loaded(copied, monkeypatch, name):
    monkeypatch.setattr("vision.embedded.FOLDER", copied)
    embedded_folder()
    with (copied / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(WeightsRefusedError, match="differs from what was released"):
        load_detector(None)
    (copied / name).unlink()
    with pytest.raises(WeightsRefusedError, match="missing"):
        load_detector(None)


def test_the_card_and_the_code_name_the_same_sums(detector):
    import json

    from vision.embedded import SHA256

    row = json.loads((FOLDER / "embedded.json").read_text())
    assert row["sha256"] == SHA256
    card = embedded_card()
    assert card.digest == detector.digest
    assert 0.5 < card.recall < 1
    assert 0.5 < card.precision < 1


def test_the_first_picture_is_looked_at_before_there_are_threads(monkeypatch):
    """Two threads that meet in OpenVINO's first use of numpy wait for each other for ever."""
    import openvino

    import vision.openvino_detector as module

    happened = []
    infer, pool = openvino.InferRequest.infer, module.ThreadPoolExecutor

    def looking(self, *given, **more):
        happened.append(("infer", threading.current_thread() is threading.main_thread()))
        return infer(self, *given, **more)

    def opening(*given, **more):
        happened.append(("pool", True))
        return pool(*given, **more)

    monkeypatch.setattr(openvino.InferRequest, "infer", looking)
    monkeypatch.setattr(module, "ThreadPoolExecutor", opening)
    load_detector(None, Thresholds(0.25)).close()
    assert happened == [("infer", True), ("pool", True)]
