"""A file of lines is whole or as it was: nothing is emptied before all is written, no input is overwritten."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import _explain
from mall.errors import SiteError
from mall.recordings.offline import count_recording, fuse_boxes, measure_trajectories
from mall.recordings.writing import writing
from tests.contract.test_site_folder import MINIMAL_SITE, write_minimal
from tests.stack_process import ROOT

TOP_DOWN = (
    "size = [900, 900]\n[camera.calibration]\nimage_points = [[0, 0], [900, 0], [900, 900], [0, 900]]\n"
    "plan_points = [[0, 9], [9, 9], [9, 0], [0, 0]]\n"
)
BOXES = '{"camera": "c", "frame": 0, "t": 0.0, "boxes": [[400, 300, 440, 400, 0.9]]}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_minimal(tmp_path, MINIMAL_SITE + TOP_DOWN)
    (tmp_path / "boxes.jsonl").write_text(BOXES)
    (tmp_path / "wrong.jsonl").write_text(BOXES + "{\n")
    (tmp_path / "walk.txt").write_text("1 0 2 2\n1 1 3 3\n")
    (tmp_path / "wrong.txt").write_text("1 0 2 2\n1 1 x 3\n")
    return tmp_path


def run(command: str, folder: Path, name: str, out: Path) -> None:
    if command == "count":
        count_recording(folder / name, site=folder, camera="c", weights=None, still=False, out=out)
    elif command == "fuse":
        fuse_boxes([folder / "boxes.jsonl", folder / name], site=folder, out=out)
    else:
        measure_trajectories(folder / name, site=folder, fps=1.0, out=out)


COMMANDS = [("count", "boxes.jsonl", "wrong.jsonl"), ("fuse", "boxes.jsonl", "wrong.jsonl")]
COMMANDS += [("measure", "walk.txt", "wrong.txt")]


@pytest.mark.parametrize(("command", "right", "wrong"), COMMANDS, ids=[row[0] for row in COMMANDS])
def test_a_file_is_replaced_only_when_all_is_written(folder: Path, command: str, right: str, wrong: str) -> None:
    out = folder / "out.jsonl"
    out.write_text("as it was")
    before = sorted(folder.iterdir())
    for name in (wrong, "nowhere.jsonl"):
        with pytest.raises(SiteError, match=name):
            run(command, folder, name, out)
        assert out.read_text() == "as it was"
        assert sorted(folder.iterdir()) == before
    run(command, folder, right, out)
    assert out.read_text().startswith("{")
    assert sorted(folder.iterdir()) == before


INPUTS = [
    ("count", "boxes.jsonl", "boxes.jsonl"),
    ("count", "boxes.jsonl", "site.toml"),
    ("fuse", "boxes.jsonl", "boxes.jsonl"),
    ("fuse", "boxes.jsonl", "floorplan.geojson"),
    ("measure", "walk.txt", "walk.txt"),
    ("measure", "walk.txt", "link"),
    ("count", "pictures", "pictures/0.png"),
]


@pytest.mark.parametrize(("command", "given", "out"), INPUTS, ids=[f"{row[0]} into {row[2]}" for row in INPUTS])
def test_no_input_is_overwritten(folder: Path, command: str, given: str, out: str) -> None:
    (folder / "link").symlink_to(folder / "walk.txt")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "0.png").write_bytes(b"not looked at")
    before = (folder / out).read_bytes()
    with pytest.raises(SiteError, match=f"--out .*{out}.*input"):
        run(command, folder, given, folder / out)
    assert (folder / out).read_bytes() == before


def write_half(out: Path, interruption: type[BaseException]) -> None:
    with writing(out) as file:
        file.write("half of it")
        raise interruption


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interruption_leaves_nothing_behind(tmp_path: Path, interruption: type[BaseException]) -> None:
    with pytest.raises(interruption):
        write_half(tmp_path / "out.jsonl", interruption)
    assert list(tmp_path.iterdir()) == []


HALF = """
import signal, sys, time
from pathlib import Path
from mall.recordings.writing import writing
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
with writing(Path(sys.argv[1])) as file:
    print("half of it", file=file, flush=True)
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_behind(tmp_path: Path, signum: signal.Signals) -> None:
    command = [sys.executable, "-c", HALF, str(tmp_path / "out.jsonl")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(signum)
        assert process.wait(timeout=20) != 0
    assert list(tmp_path.iterdir()) == []


def test_rights_links_and_devices_are_kept(tmp_path: Path) -> None:
    out, link = tmp_path / "out.jsonl", tmp_path / "link.jsonl"
    out.write_text("")
    out.chmod(0o640)
    link.symlink_to(out)
    with writing(link) as file:
        file.write("new")
    assert (out.read_text(), out.stat().st_mode & 0o777, link.is_symlink()) == ("new", 0o640, True)
    with writing(Path(os.devnull)) as file:
        file.write("nothing")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize(("name", "reason"), [("gone/out.jsonl", "No such file"), (".", "folder")])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(SiteError, match=reason) as told, writing(tmp_path / name):
        pass
    assert str(tmp_path / name) in str(told.value)
    assert _explain(told.value) == 2
