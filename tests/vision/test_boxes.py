import json

import pytest

from vision.boxes import BoxRecording, read_boxes
from vision.frames import SourceRefusedError
from vision.source import every_frame

GOOD = {"camera": "a", "frame": 0, "t": 10.0, "boxes": [[0, 0, 5, 9.5, 0.9]]}


def written(tmp_path, *rows):
    path = tmp_path / "boxes.jsonl"
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n"
    path.write_bytes(text.encode(errors="surrogateescape"))
    return path


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "Expecting"),
        ('{"camera": "a", "frame": 0, "t": NaN, "boxes": []}', "finite t"),
        ({"camera": "a", "frame": 0, "boxes": []}, "no key 't'"),
        ({**GOOD, "boxes": [[0, 0, 5, 9]]}, "x1 y1 x2 y2 confidence"),
        ({**GOOD, "boxes": [[9, 0, 5, 9, 0.5]]}, "x1 <= x2"),
        ('{"camera": "a", "frame": 0, "t": 1, "boxes": [[0, 0, NaN, 1, 0.5]]}', "finite"),
        ("[]", "list indices"),
        ("\udcff\udcfe\x00", "utf-8"),
        ("[" * 100_000, "nested"),
        ('{"camera": "a", "frame": 1e400, "t": 1, "boxes": []}', "frame: expected a whole number"),
        ('{"camera": "a", "frame": 1e30, "t": 1, "boxes": []}', "frame: expected a whole number"),
        ('{"camera": "a", "frame": 1.5, "t": 1, "boxes": []}', "frame: expected a whole number"),
        ('{"camera": "a", "frame": true, "t": 1, "boxes": []}', "frame: expected a whole number"),
        ('{"camera": "a", "frame": "x", "t": 1, "boxes": []}', "frame: expected a whole number"),
        ('{"camera": "a", "frame": 0, "t": 1' + "0" * 400 + ', "boxes": []}', "too large"),
        ('{"camera": "a", "frame": 0, "t": 1, "boxes": [[0, 0, 1e39, 1, 0.5]]}', "finite"),
        ('{"camera": "a", "frame": 0, "t": 1, "boxes": [[0, 0, 1, 1' + "0" * 400 + ", 0.5]]}", "int"),
    ],
)
def test_refuses_naming_the_line(tmp_path, row, reason):
    path = written(tmp_path, GOOD, row)
    with pytest.raises(SourceRefusedError, match=reason) as refusal:
        list(read_boxes(path))
    assert f"{path}:2" in str(refusal.value)


def test_one_camera_of_many_on_their_common_clock(tmp_path):
    path = written(
        tmp_path,
        {**GOOD, "t": 10.0},
        {**GOOD, "camera": "b", "t": 9.5, "boxes": []},
        {**GOOD, "camera": "b", "t": 10.5, "boxes": [[1, 2, 3, 40, 0.5]]},
        "",
    )
    recording = BoxRecording(path, "b")
    assert [(frame.t, len(frame.image)) for frame in every_frame(recording)] == [(0.0, 0), (1.0, 1)]
    assert recording.duration_s == pytest.approx(1.5)
    assert recording.extent == (3, 40)


@pytest.mark.parametrize(("t", "index"), [(-1.0, 0), (0.0, 0), (0.9, 0), (1.0, 1), (99.0, 1)])
def test_the_line_that_holds(tmp_path, t, index):
    assert BoxRecording(written(tmp_path, GOOD, {**GOOD, "t": 11.0}), "a").index_at(t) == index


@pytest.mark.parametrize("rows", [[], [GOOD]])
def test_an_unknown_camera_is_refused(tmp_path, rows):
    with pytest.raises(SourceRefusedError, match="no boxes of camera 'z'"):
        BoxRecording(written(tmp_path, *rows), "z")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(SourceRefusedError, match=r"folder\.jsonl: Is a directory"):
        list(read_boxes(tmp_path / "folder.jsonl"))
