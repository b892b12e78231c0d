"""Stills of a worker: who is waiting gets the next picture, pixelated, and nobody else gets any."""

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from mall.cameras import setup_still
from mall.cameras.camera_path import CameraPath
from mall.cameras.setup_still import StillDesk, Watched, Witness
from mall.config import SAMPLE_SITE, load_site
from tests.mall.setup.small_site import TOML, write_site
from vision.detections import Detections
from vision.detector import WeightsRefusedError
from vision.frames import Frame
from vision.loading import load_detector
from vision.still import SENSITIVE, find_everybody, pixelate

PERSON = [480, 400, 520, 490, 0.9]
NOISE = np.random.default_rng(5).integers(0, 256, (1000, 1000, 3)).astype(np.uint8)


class Fixed:
    """A detector that always finds the same."""

    name, digest = "fixed", "d1"

    def __init__(self, rows=(), fails=False):
        self.rows, self.fails, self.closed = list(rows), fails, False

    def submit(self, image):
        raise NotImplementedError

    def detect(self, images):
        if self.fails:
            raise RuntimeError("out of memory")
        whole = [image.shape[:2] == NOISE.shape[:2] for image in images]
        # The mirrored picture comes first; nothing is found in it and in parts.
        return [Detections.from_rows(self.rows if is_whole and i else []) for i, is_whole in enumerate(whole)]

    def close(self):
        self.closed = True


@pytest.fixture
def site(tmp_path):
    write_site(tmp_path)
    (tmp_path / "site.toml").write_text(TOML.replace("boxes.jsonl", "film.mp4", 1))
    return load_site(tmp_path)


@pytest.fixture
def desk(site, monkeypatch):
    def make(loads, live=None, camera="a"):
        monkeypatch.setattr(setup_still, "load_detector", loads)
        monkeypatch.setattr(setup_still, "SHORTEST_WAIT_S", 0.3)
        witness = Witness()
        watched = Watched(site.camera(camera), witness, live or Fixed(), lambda: "stream lost")
        made = StillDesk(site, [watched])
        return made, witness, CameraPath(site.camera(camera), rate=5.0)

    return make


def ask_while_frames_come(desk, witness, path, found=(), image=NOISE):
    stop, t = threading.Event(), [1.0]

    def run():
        while not stop.wait(0.02):
            t[0] += 0.2
            people = Detections.from_rows(found)
            witness.note(Frame(0, t[0], t[0], image), people, path.follow(people, t[0], (1000, 1000)))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        return desk.answer({"op": "still", "camera": "a"})
    finally:
        stop.set()
        thread.join()


def shown(answer):
    return cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)


def is_coarse(image, box):
    x1, y1, x2, y2 = box
    return len(np.unique(image[y1:y2, x1:x2].reshape(-1, 3), axis=0)) <= 72


def test_everybody_any_detector_finds_is_pixelated_and_the_rest_is_as_it_was(desk):
    rows = {"first": [[100, 100, 140, 200, 0.03]]}
    made, witness, path = desk(lambda weights, _t: Fixed(rows["first"]))
    answer = ask_while_frames_come(made, witness, path, [PERSON])
    image = shown(answer)
    assert answer.row["ok"]
    assert is_coarse(image, (100, 100, 140, 200))  # by the sensitive detector
    assert is_coarse(image, (480, 400, 520, 490))  # by the live one
    np.testing.assert_array_equal(image[600:], NOISE[600:])


def test_people_and_zones_are_those_the_worker_counted(desk):
    made, witness, path = desk(lambda *_: Fixed())
    for _ in range(2):  # a person is confirmed after a few pictures
        answer = ask_while_frames_come(made, witness, path, [PERSON])
    assert answer.row["people"] == 1
    assert answer.row["zones"] == {"hall": 0, "far": 1}
    assert answer.row["weights"] == "fixed"
    assert len(answer.row["recipe"]) == 16
    assert made.answer({"op": "boxes", "camera": "a"}).row["boxes"] is None  # captured long ago by this machine's clock


def test_who_was_there_a_moment_ago_is_pixelated_too(desk):
    made, witness, path = desk(lambda *_: Fixed())
    gone = Detections.from_rows([[700, 100, 740, 200, 0.11]])
    witness.note(Frame(0, 0.5, 0.5, NOISE), gone, path.follow(gone, 0.5, (1000, 1000)))
    assert is_coarse(shown(ask_while_frames_come(made, witness, path)), (700, 100, 740, 200))


def refused_weights(*_args):
    raise WeightsRefusedError("damaged")


@pytest.mark.parametrize("loads", [refused_weights, lambda *_: Fixed(fails=True)])
def test_without_a_working_detector_there_is_no_still(desk, loads):
    made, witness, path = desk(loads)
    answer = ask_while_frames_come(made, witness, path, [PERSON])
    assert (answer.row["ok"], answer.row["code"], answer.body) == (False, "no-detector", b"")


def test_a_camera_that_gives_nothing_is_lost_and_boxes_have_no_picture(desk, site):
    made, _, _ = desk(lambda *_: Fixed())
    answer = made.answer({"op": "still", "camera": "a"})
    assert (answer.row["code"], answer.row["reason"], answer.body) == ("lost", "stream lost", b"")
    made, _, _ = desk(lambda *_: Fixed(), camera="b")
    assert made.answer({"op": "still", "camera": "b"}).row["code"] == "no-picture"
    assert made.answer({"op": "still", "camera": "nobody"}).row["code"] == "no-answer"


def test_no_frame_is_held_while_nobody_waits(desk):
    made, witness, path = desk(lambda *_: Fixed())
    ask_while_frames_come(made, witness, path)
    people = Detections.from_rows([PERSON])
    witness.note(Frame(0, 9.0, 9.0, NOISE), people, path.follow(people, 9.0, (1000, 1000)))
    held = [value for value in vars(witness).values() if isinstance(value, np.ndarray) and value.ndim == 3]
    assert held == []
    assert witness._next is None


PETS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "pets" / "gt_frames_0001-0398.txt"
LEFT_EDGE = 308  # of plaza-west in the annotated picture


@pytest.mark.skipif(not PETS.exists(), reason=f"needs the annotation of the scene at {PETS}")
def test_nobody_annotated_on_a_real_frame_keeps_more_than_72_cells():
    film, truth = cv2.VideoCapture(str(SAMPLE_SITE / "plaza-west.mp4")), np.loadtxt(PETS, delimiter=",")
    detector = load_detector(None, SENSITIVE)
    judged = 0
    for index in range(91):
        image = film.read()[1]
        if index % 45:
            continue
        still = pixelate(image, find_everybody(image, [detector]))
        for x, y, w, h in truth[truth[:, 0] == index + 1][:, 2:6] - [LEFT_EDGE, 0, 0, 0]:
            box = [max(0, round(v)) for v in (x, y, x + w, y + h)]
            if x + w / 2 > 0:
                assert is_coarse(still, box), (index, box)
                judged += 1
    detector.close()
    assert judged > 8


def test_boxes_that_are_no_longer_of_now_are_unknown_and_not_nobody(desk):
    _, witness, path = desk(lambda *_: Fixed())
    assert witness.boxes() is None
    nobody = Detections.from_rows([])
    now = time.monotonic()
    witness.note(Frame(0, now, now, NOISE), nobody, path.follow(nobody, now, (1000, 1000)))
    assert witness.boxes() == []
    witness.note(Frame(1, now - 60, now - 60, NOISE), nobody, path.follow(nobody, now, (1000, 1000)))
    assert witness.boxes() is None
