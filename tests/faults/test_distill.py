"""The whole command, for real: killed while it trains, gone on with, and nothing left of a picture."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from mall.store.audit import AUDIT_FILE, AuditFile
from tests.contract.test_site_folder import MINIMAL_SITE, write_minimal
from tests.stack_process import APP, ROOT, START_PATIENCE_S, StackProcess, wait_for
from vision.embedded import embedded_folder

pytestmark = pytest.mark.fault
PATIENCE_S = 900


def write_site(folder: Path) -> None:
    """Write a site of one small film, cut out of the sample mall's."""
    folder.mkdir()
    write_minimal(folder, MINIMAL_SITE.replace('"film"', '"film"\ntiling = "off"'))
    (folder / "film").mkdir()
    reader = cv2.VideoCapture(str(ROOT / "sample_footage" / "plaza-west.mp4"))
    for index in range(48):
        grabbed, image = reader.read()
        assert grabbed
        for _ in range(4):
            reader.grab()
        cv2.imwrite(str(folder / "film" / f"{index:03}.png"), cv2.resize(image, (230, 288)))
    reader.release()


def start(tmp_path: Path) -> "subprocess.Popen[str]":
    arguments = ["distill", "--site", str(tmp_path / "site"), "c", "--teacher", str(embedded_folder()), "--no-mix"]
    arguments += ["--frames", "16", "--epochs", "3", "--size", "96", "--who", "森", "--why", "test"]
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("MALL_", "REDIS_"))}
    return subprocess.Popen(
        [sys.executable, str(APP), *arguments], env={**keep, "MALL_STATE": str(tmp_path / "state")}, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def pictures(tmp_path: Path) -> list[Path]:
    """Return every file below the test's folder that begins as a picture does, the site's own film left out.

    Folders go while it looks: those are passed over.
    """
    found = []
    for folder, _, names in os.walk(tmp_path):
        if tmp_path / "site" not in (Path(folder), *Path(folder).parents):
            found += [Path(folder) / name for name in names]
    return [path for path in found if first_bytes(path) in (b"\x89PNG", b"\xff\xd8\xff\xe0")]


def first_bytes(path: Path) -> bytes:
    """Return the first four bytes of a file; none of one that has gone, or of a socket."""
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError:
        return b""


def test_killed_while_training_it_goes_on_and_leaves_no_picture(tmp_path: Path) -> None:
    write_site(tmp_path / "site")
    first = start(tmp_path)
    end = time.monotonic() + PATIENCE_S
    while not list(tmp_path.glob("state/distill-work/*/shelf/training/weights/last.pt")):
        assert first.poll() is None, first.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.05)
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    left = pictures(tmp_path)
    assert len(left) == 16
    written = {path: path.stat().st_mtime_ns for path in left}

    second = start(tmp_path)
    out, err = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 0, err
    assert out.startswith(("Better.", "Not better: kept."))
    assert not pictures(tmp_path)
    assert not list((tmp_path / "state" / "distill-work").iterdir())
    [model] = (tmp_path / "state" / "distilled").glob("person_n-m*/*.xml")
    report = json.loads((tmp_path / "state" / "distilled" / "report.json").read_text())
    assert (report["verdict"] == "better") == (not model.parent.name.endswith(".not-better"))
    assert report["made"]["epochs"] == 3
    assert report["made"]["pictures"] == {"c": {"train": 10, "stop": 2, "held": 4}}
    assert written, "the pictures of the first run were there to go on with"
    book = AuditFile(tmp_path / "state" / AUDIT_FILE)
    assert [(row["what"], row.get("resumed")) for row in book.read_audit(9)] == [
        ("distillation pictures kept", False), ("distillation pictures kept", True),
        ("distillation pictures deleted", None),
    ]  # fmt: skip
    assert book.audit_break() is None


def test_asked_to_stop_it_keeps_the_pictures_and_the_next_run_deletes_them(tmp_path: Path) -> None:
    write_site(tmp_path / "site")
    process = start(tmp_path)
    end = time.monotonic() + PATIENCE_S
    while len(pictures(tmp_path)) < 3:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.05)
    process.terminate()
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert pictures(tmp_path)
    last = AuditFile(tmp_path / "state" / AUDIT_FILE).read_audit(1)[0]
    assert last["what"] == "distillation interrupted, pictures left to go on with"

    stack = StackProcess(tmp_path / "site", tmp_path / "state").start()
    try:
        wait_for(lambda: not pictures(tmp_path), START_PATIENCE_S, "no picture")
    finally:
        stack.stop()
