"""One real epoch on a few tiny pictures: the student's classes stay, it goes on after a kill, nothing calls home."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from vision.detector import WeightsRefusedError
from vision.distill.shelf import Picture, Shelf
from vision.distill.training import Lesson, Watch, open_student, train
from vision.embedded import embedded_folder, embedded_student


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    made = Shelf(tmp_path_factory.mktemp("work") / "shelf")
    rng = np.random.default_rng(0)
    for number, part in enumerate(("train", "train", "train", "train", "stop", "stop", "held")):
        picture = Picture("c", number, part)  # type: ignore[arg-type]
        made.put(picture, rng.integers(0, 256, (64, 64, 3), np.uint8))
        made.put_labels(picture, np.array([[8, 8, 24, 56]], np.float32), (64, 64))
    return made


def test_it_trains_and_goes_on_after_an_interruption(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **_: asked.append(a) or [])
    student, lesson = open_student(embedded_student()), Lesson(epochs=3, size=64, batch=2)
    told: list[tuple[int, int]] = []

    def interrupt(done: int, most: int) -> None:
        told.append((done, most))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(embedded_student(), student, shelf, lesson, interrupt)
    assert told == [(0, 3), (1, 3), (2, 3)]

    told.clear()
    written = shelf.folder / "training" / "weights" / "best.pt"
    written.write_bytes(written.read_bytes()[:1000])  # as a process leaves it that is killed while it writes
    with pytest.raises(KeyboardInterrupt):
        train(embedded_student(), student, shelf, lesson, interrupt)
    assert open_student(written).names == student.names
    told.clear()
    best, epochs = train(embedded_student(), student, shelf, lesson, lambda *at: told.append(at))
    assert sorted(set(told)) == [(2, 3), (3, 3)], "the two epochs that were done are not done again"
    assert epochs == 3
    assert open_student(best).names == student.names
    assert not asked, "training looked for the network"

    told.clear()
    assert train(embedded_student(), student, shelf, lesson, lambda *at: told.append(at)) == (best, 3)
    assert told == [(3, 3)], "what is done is not done again"


def test_no_epoch_is_begun_that_would_pass_the_limit(shelf: Shelf) -> None:
    trainer = type("Trainer", (), {"epoch": 0, "stop": False})()
    told: list[tuple[int, int]] = []
    watch = Watch(Lesson(epochs=9, size=64, limit_s=3600.0), lambda *at: told.append(at))
    watch.look(trainer)
    assert not trainer.stop
    Watch(Lesson(epochs=9, size=64, limit_s=0.0), lambda *at: told.append(at)).look(trainer)
    assert trainer.stop
    assert told == [(1, 9), (1, 9)]


@pytest.mark.parametrize("content", [b"", b"not weights", None])
def test_what_cannot_be_trained_is_named(tmp_path: Path, content: bytes | None) -> None:
    weights = tmp_path / "student.pt"
    if content is not None:
        weights.write_bytes(content)
    with pytest.raises(WeightsRefusedError, match=r"student\.pt"):
        open_student(weights)


def test_a_folder_of_openvino_is_no_student(tmp_path: Path) -> None:
    shutil.copytree(embedded_folder(), tmp_path / "model.pt")
    with pytest.raises(WeightsRefusedError, match="only PyTorch"):
        open_student(tmp_path / "model.pt")
