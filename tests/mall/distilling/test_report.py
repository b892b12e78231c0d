"""The report says what went in, what came of it, where it is worse, and how much of it may be chance."""

import json
from pathlib import Path

import pytest

from mall.distilling.report import Made, is_better, write_report
from vision.agreement import Agreement
from vision.distill.comparing import Comparison

MADE = Made(
    "m", "large (11)", "small (22)", "small (33)", {"c": {"train": 30, "stop": 5, "held": 12}}, 99, 7, 416, False
)


def compared(camera: str, recall: tuple[float, float], mae: tuple[float, float], **more: object) -> Comparison:
    frames = int(str(more.get("frames", 40)))
    old, new = (Agreement(frames, 99, r, 0.9, m, (0,) * frames) for r, m in zip(recall, mae, strict=True))
    return Comparison(camera, bool(more.get("learnt", True)), old, new, (-0.5, 0.25))


GAIN, EQUAL, LOSS = ((0.8, 0.9), (1.0, 0.5)), ((0.8, 0.8), (1.0, 1.0)), ((0.8, 0.9), (1.0, 1.1))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([GAIN], True), ([GAIN, EQUAL], True), ([EQUAL], False), ([GAIN, LOSS], False), ([EQUAL, EQUAL], False)],
)
def test_better_is_no_camera_worse_and_one_better(rows: list[tuple[tuple[float, float], ...]], expected: bool) -> None:
    assert is_better([compared(f"c{n}", *row) for n, row in enumerate(rows)]) is expected


def test_a_camera_that_was_only_checked_has_a_say() -> None:
    assert not is_better([compared("c", *GAIN), compared("d", *LOSS, learnt=False)])


def test_both_forms_say_the_same(tmp_path: Path) -> None:
    rows = [compared("c", *GAIN), compared("d", *LOSS, learnt=False, frames=8)]
    write_report(tmp_path, MADE, rows, tmp_path / "small-m.not-better")
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["verdict"] == "not better: kept"
    assert told["made"]["pictures"]["c"] == {"train": 30, "stop": 5, "held": 12}
    assert [(row["camera"], row["no_worse"], row["new"]["frames"]) for row in told["cameras"]] == [
        ("c", True, 40), ("d", False, 8),
    ]  # fmt: skip
    text = (tmp_path / "report.md").read_text()
    assert "Not better: kept" in text
    assert "Worse on: d" in text
    assert "| c | 30 | 5 | 12 |" in text
    assert "| c | 40 | 99 | 0.800 → 0.900 | 0.900 → 0.900 | 1.000 → 0.500 | -0.50 … +0.25 |  |" in text
    assert "| d (not learnt) | 8 | 99 |" in text
    assert "under 20): d" in text
    assert "--check" not in text


def test_better_says_what_to_write_and_that_head_counts_are_void(tmp_path: Path) -> None:
    write_report(tmp_path, MADE, [compared("c", *GAIN)], tmp_path / "small-m")
    text = (tmp_path / "report.md").read_text()
    assert f'weights = "{tmp_path / "small-m"}"' in text
    assert "calibrate" in text
    assert "--check CAMERA" in text
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "better"
