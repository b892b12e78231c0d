"""Train the student; with ``vision.ultralytics_detector`` the only file that knows Ultralytics."""

import json
import shutil
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vision.detector import WeightsRefusedError, person_class
from vision.distill.shelf import Shelf
from vision.quiet import config_folder, silence_vendors

BACKBONE_LAYERS = 10
"""First layers of a YOLO network of versions 8, 11 and 26: what it sees with, before it decides what it sees."""
DEFAULT_SIZE = 640


@dataclass(frozen=True, slots=True)
class Lesson:
    """How to train.

    Attributes:
        epochs: at most; patience: epochs without gain after which it ends.
        size: longer side of the pictures, px.
        learning_rate: small, so that what was learnt before is adjusted and not replaced.
        freeze: leave the backbone as it is.
        limit_s: seconds after which no further epoch is begun; None for no limit.

    """

    epochs: int
    size: int
    patience: int = 8
    learning_rate: float = 2e-4
    batch: int = 8
    freeze: bool = False
    limit_s: float | None = None


@dataclass(frozen=True, slots=True)
class Student:
    """What weights say of themselves: class names, index of ``person``, the picture size they were trained at."""

    names: dict[int, str]
    person: int
    size: int


def open_student(weights: Path) -> Student:
    """Look at the student's weights.

    Raises:
        WeightsRefusedError: not ``.pt`` weights of a detector of people.

    """
    if weights.suffix != ".pt" or not weights.is_file():
        raise WeightsRefusedError(f"{weights}: only PyTorch weights (.pt) can be trained further")
    model = _open(weights)
    person = person_class({"task": model.task, "names": model.names}, str(weights))
    size = (model.ckpt or {}).get("train_args", {}).get("imgsz") or DEFAULT_SIZE
    return Student({int(key): str(name) for key, name in model.names.items()}, person, int(size))


def train(
    weights: Path, student: Student, shelf: Shelf, lesson: Lesson, report: Callable[[int, int], None]
) -> tuple[Path, int]:
    """Train on the shelf's pictures and return the best weights with the number of epochs that were run.

    A training that was killed goes on after its last whole epoch.

    Args:
        weights: of the student; student: what they say of themselves.
        shelf: labelled pictures; ``stop`` decides which epoch is the best and when to end.
        lesson: how.
        report: called with (epochs done, epochs at most).

    """
    folder = shelf.folder / "training"
    done = folder / "done.json"
    if not done.is_file():
        _run(weights, student, shelf, lesson, report)
        scratch = done.with_suffix(".part")
        scratch.write_text(json.dumps({"epochs": _epochs_run(folder)}), encoding="utf-8")
        scratch.replace(done)
    epochs = int(json.loads(done.read_text(encoding="utf-8"))["epochs"])
    report(lesson.epochs, lesson.epochs)
    return folder / "weights" / "best.pt", epochs


def _run(weights: Path, student: Student, shelf: Shelf, lesson: Lesson, report: Callable[[int, int], None]) -> None:
    last = shelf.folder / "training" / "weights" / "last.pt"
    epochs_before = _epochs_kept(last)
    if epochs_before:
        _mend_best(last)
    report(epochs_before, lesson.epochs)
    if epochs_before >= lesson.epochs:
        return  # killed after its last epoch
    model = _open(last if epochs_before else weights)
    _without_font_download()
    model.add_callback("on_fit_epoch_end", Watch(lesson, report).look)
    options: dict[str, Any] = {"resume": True} if epochs_before else _options(shelf, lesson)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the vendor's own, about its own code
        model.train(data=str(_description(shelf, student)), verbose=False, **options)


def _options(shelf: Shelf, lesson: Lesson) -> dict[str, Any]:
    return {
        "project": str(shelf.folder), "name": "training", "exist_ok": True, "device": "cpu", "workers": 0, "amp": False,
        "epochs": lesson.epochs, "patience": lesson.patience, "imgsz": lesson.size, "batch": lesson.batch,
        # A step a batch: with the few pictures of a site the usual gathering of 64 leaves one step an epoch.
        "nbs": lesson.batch, "optimizer": "AdamW", "lr0": lesson.learning_rate, "lrf": 0.1, "cos_lr": True,
        # The vendor's warm-up begins with a rate of 0.1 for biases, which forgets what was learnt.
        "warmup_epochs": 0.0, "freeze": BACKBONE_LAYERS if lesson.freeze else None, "seed": 0, "deterministic": True,
        "mosaic": 0.5, "close_mosaic": max(1, lesson.epochs // 4), "scale": 0.3, "plots": False, "cache": False,
        # Kept by weights that were trained with it, it would call the class "item".
        "single_cls": False,
    }  # fmt: skip


class Watch:
    """Reports epochs, and ends the training where the next one would pass the time limit."""

    def __init__(self, lesson: Lesson, report: Callable[[int, int], None]) -> None:
        self._lesson, self._report = lesson, report
        self._began = self._epoch_began = time.monotonic()

    def look(self, trainer: Any) -> None:
        """Look after an epoch and its validation."""
        now = time.monotonic()
        took, self._epoch_began = now - self._epoch_began, now
        # It is called once more, with a number beyond the last, for the final look at the best weights.
        self._report(min(int(trainer.epoch) + 1, self._lesson.epochs), self._lesson.epochs)
        limit = self._lesson.limit_s
        if limit is not None and now - self._began + took > limit:
            trainer.stop = True


def _description(shelf: Shelf, student: Student) -> Path:
    """Write what Ultralytics reads about the pictures: with all classes of the student, so that its head stays."""
    path = shelf.folder / "pictures.yaml"
    rows = {"path": str(shelf.folder), "train": "images/train", "val": "images/stop", "names": student.names}
    path.write_text(yaml.safe_dump(rows), encoding="utf-8")
    return path


def _epochs_kept(last: Path) -> int:
    """Return how many epochs a checkpoint holds that can be gone on from; 0 where there is none, or it is damaged."""
    if not last.is_file():
        return 0
    try:
        checkpoint = _open(last).ckpt or {}
    except WeightsRefusedError:
        return 0
    return int(checkpoint.get("epoch", -1)) + 1 if checkpoint.get("optimizer") is not None else 0


def _mend_best(last: Path) -> None:
    """Make the best weights those of the last epoch where the process was killed while it wrote them.

    They are written after each epoch that is the best so far, just after ``last``: damaged, they were that epoch's.
    """
    best = last.with_name("best.pt")
    try:
        _open(best)
    except WeightsRefusedError:
        scratch = best.with_suffix(".part")
        shutil.copyfile(last, scratch)
        scratch.replace(best)


def _epochs_run(folder: Path) -> int:
    return max(0, len((folder / "results.csv").read_text(encoding="utf-8").splitlines()) - 1)


def _without_font_download() -> None:
    """Put a file where Ultralytics looks for a font before it fetches one; nothing is drawn here."""
    silence_vendors()
    (config_folder() / "Ultralytics" / "Arial.ttf").touch()


def _open(weights: Path) -> Any:
    silence_vendors()
    from ultralytics import YOLO

    try:
        return YOLO(str(weights))
    except Exception as exc:  # the vendor raises anything on bad files
        raise WeightsRefusedError(f"{weights}: not usable weights: {str(exc).strip().splitlines()[0][:200]}") from exc
