"""A detector that takes pictures and never answers: the worker ends, and the supervisor brings another."""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from mall.child import ChildSpec
from mall.config import load_site
from mall.errors import DetectorHungError
from mall.store import MemoryStore
from mall.supervisor import Supervisor

PATIENCE_S = 0.5

# A worker like any other, but for what OpenVINO calls with an answer: it notes that it was called and hangs.
HANGING = """
import os, sys, threading, time
from pathlib import Path
import mall.worker
from mall.config import load_site
from mall.lifeline import arm_from_environment, leave
from mall.store import MemoryStore
from vision.openvino_detector import OpenVinoDetector

folder = Path({folder!r})

def hang(self, slot):
    if slot.look is not None:
        with (folder / "hung").open("a") as file:
            file.write(f"{{os.getpid()}}\\n")
        time.sleep(3600)

arm_from_environment()
OpenVinoDetector._end = hang
mall.worker.DETECTOR_PATIENCE_S = mall.worker.FIRST_PATIENCE_S = {patience}
try:
    mall.worker.run_worker(load_site(folder), ["v"], MemoryStore(), threading.Event())
except Exception as exc:
    (folder / f"{{os.getpid()}}.end").write_text(f"{{type(exc).__name__}}: {{exc}}")
    leave(1)
leave(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (320, 240))
    for index in range(50):
        writer.write(np.full((240, 320, 3), index * 5, np.uint8))
    writer.release()
    (tmp_path / "site.toml").write_text(
        '[site]\nid = "s"\nname = "S"\n'
        '[[camera]]\nid = "v"\nsource = "film.avi"\nlevel = "0"\nrate = 20\nloop = true\ninput_size = 160\n'
    )
    (tmp_path / "floorplan.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"p","category":"concourse",'
        '"level":"0"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]]]}}]}'
    )
    return tmp_path


def test_the_worker_of_a_hung_detector_ends_and_another_comes(folder: Path) -> None:
    load_site(folder)
    code = HANGING.format(folder=str(folder), patience=PATIENCE_S)
    stack = Supervisor([ChildSpec("worker v", "worker", ("-c", code), ("v",))])
    stack.start()
    only = stack.children[0]
    try:
        until = time.monotonic() + 90
        while only.starts < 2 and time.monotonic() < until:
            stack.poll()
            time.sleep(0.05)
        assert only.starts >= 2, "nobody came in its place"
        hung = [int(line) for line in (folder / "hung").read_text().split()]
        ended = folder / f"{hung[0]}.end"
        assert ended.read_text().startswith("DetectorHungError: camera v: detector person_n has not answered for ")
        assert not Path(f"/proc/{hung[0]}/task").exists() or sys.platform != "linux"
    finally:
        stack.stop()


def test_one_that_answers_late_but_answers_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import mall.worker
    from vision.detections import Detections
    from vision.openvino_detector import OpenVinoDetector

    def slow(self, *raw):
        time.sleep(0.2)
        return Detections.empty()

    monkeypatch.setattr(OpenVinoDetector, "_people", slow)
    monkeypatch.setattr(mall.worker, "DETECTOR_PATIENCE_S", 5.0)
    store, stop = MemoryStore(), threading.Event()
    work = threading.Thread(target=mall.worker.run_worker, args=(load_site(folder), ["v"], store, stop))
    work.start()
    until = time.monotonic() + 30
    while store.last_seq("v") < 5 and work.is_alive() and time.monotonic() < until:
        time.sleep(0.02)
    assert store.last_seq("v") >= 5
    stop.set()
    work.join(10)
    assert not work.is_alive()


def test_a_picture_that_is_never_answered_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    from concurrent.futures import Future

    import mall.worker
    from vision.openvino_detector import OpenVinoDetector

    asked: list[object] = []

    def forget(self, image):
        asked.append(image)
        return Future()

    monkeypatch.setattr(OpenVinoDetector, "submit", forget)
    monkeypatch.setattr(mall.worker, "FIRST_PATIENCE_S", 0.2)
    with pytest.raises(DetectorHungError, match="camera v: detector person_n has not answered"):
        mall.worker.run_worker(load_site(folder), ["v"], MemoryStore(), threading.Event())
    assert len(asked) == 1
