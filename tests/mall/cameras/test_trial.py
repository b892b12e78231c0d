"""A camera that cannot work is told by trying it; one that may work later is none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mall.cameras.trial import try_camera
from mall.check import check_site
from mall.config import Site, load_site
from mall.errors import SiteError
from mall.stack import check_everything
from tests.contract.test_site_folder import MINIMAL_SITE, write_minimal
from tests.stack_process import free_port

LINE = '{"camera": "c", "frame": 0, "t": 0.0, "boxes": []}\n'
PAIRS = "[camera.calibration]\nimage_points = [[0, 0], [9, 0], [9, 9], [0, 9]]\n"
FOLDED = PAIRS + "plan_points = [[0, 9], [9, 9], [0, 0], [9, 0]]\n"
GOOD = PAIRS + "plan_points = [[0, 9], [9, 9], [9, 0], [0, 0]]\n"


def site(folder: Path, source: str, more: str = "") -> Site:
    (folder / "good.jsonl").write_text(LINE)
    (folder / "other.jsonl").write_text(LINE.replace('"c"', '"d"'))
    (folder / "late.jsonl").write_text(LINE + "{\n")
    (folder / "text.avi").write_text("a text")
    (folder / "cut.mp4").write_bytes(b"\x00\x00\x00\x10ftypisom")
    for name in ("hollow", "pictures", "damaged"):
        (folder / name).mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "pictures" / "0.png"), np.zeros((48, 64, 3), np.uint8))
    (folder / "damaged" / "0.png").write_bytes(b"a text")
    return load_site(write_minimal(folder, MINIMAL_SITE.replace('"film"', f'"{source}"') + more))


WRONG = [
    ("nowhere.mp4", "", "source", "no such file"),
    ("hollow", "", "source", "no images"),
    ("damaged", "", "source", "0.png"),
    ("text.avi", "", "source", "not a readable video"),
    ("cut.mp4", "", "source", "not a readable video"),
    ("other.jsonl", "", "source", "no boxes of camera 'c' (cameras: d)"),
    ("late.jsonl", "", "source", "late.jsonl:2"),
    ("ftp://192.0.2.1/1", "", "source", "expected rtsp"),
    ("file:///etc/passwd", "", "source", "expected rtsp"),
    ("rtsp:///1", "", "source", "no host"),
    ("rtsp://u:pa/ss@192.0.2.1/1", "", "source", "%2F"),
    ("good.jsonl", FOLDED, "calibration", "fold"),
    ("rtsp://192.0.2.1/1", 'weights = "nothing.pt"\n', "weights", "nothing.pt"),
]


@pytest.mark.parametrize(("source", "more", "key", "text"), WRONG, ids=[f"{row[2]} {row[0]}" for row in WRONG])
def test_what_cannot_work_stops_the_start_and_is_an_error_of_check(
    tmp_path: Path, source: str, more: str, key: str, text: str
) -> None:
    wrong = site(tmp_path, source, more)
    place = f"{tmp_path / 'site.toml'}: camera (c).{key}"
    with pytest.raises(Exception, match="site") as told:
        check_everything(wrong, free_port())
    assert str(told.value).startswith(f"{place}: ")
    assert text in str(told.value)
    errors = [(p.place, p.text) for p in check_site(wrong) if p.severity == "error"]
    assert [(found, text in said) for found, said in errors] == [(place, True)]
    assert "pa/ss" not in str(told.value)


@pytest.mark.parametrize("source", ["good.jsonl", "pictures", "rtsp://192.0.2.1/1", "http://camera.invalid/m.mjpg"])
@pytest.mark.parametrize("more", ["", GOOD])
def test_what_works_or_may_work_later_is_no_fault(tmp_path: Path, source: str, more: str) -> None:
    right = site(tmp_path, source, more)
    assert list(check_everything(right, free_port())) == ["c"]
    assert [p for p in check_site(right) if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("source", "more", "size"),
    [("pictures", "", (64, 48)), ("pictures", "size = [640, 480]\n", (640, 480)), ("rtsp://192.0.2.1/1", "", None)],
)
def test_the_picture_size_is_that_of_the_site_or_of_the_first_frame(
    tmp_path: Path, source: str, more: str, size: tuple[int, int] | None
) -> None:
    tried = site(tmp_path, source, more)
    assert try_camera(tried, tried.cameras[0]).size == size


def test_one_fault_is_enough_but_check_tells_them_all(tmp_path: Path) -> None:
    wrong = site(tmp_path, "nowhere.mp4", 'weights = "nothing.pt"\n' + FOLDED)
    with pytest.raises(SiteError, match="source"):
        check_everything(wrong, free_port())
    assert list(try_camera(wrong, wrong.cameras[0]).faults) == ["source", "calibration", "weights"]
