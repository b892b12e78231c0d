"""``run --setup`` as real processes: a still arrives pixelated, a save is taken up, and undo gives bytes back."""

import json
import os
import re
import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mall.config import SAMPLE_SITE
from tests.stack_process import StackProcess, wait_for

PETS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "pets" / "gt_frames_0001-0398.txt"
LEFT_EDGE = 308  # of plaza-west in the annotated picture
FRAMES = 150
PATIENCE_S = 240.0  # on a machine that does other things besides; each wait ends at its condition
TOML = """# by hand
[site]
id = "setup-stack"
name = "Plaza"
[[camera]]
id = "plaza-west"
label = "West"  # what people read
source = "film.mp4"
level = "1f"
rate = 3
loop = true
size = [460, 576]
"""
PLAN = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "plaza", "category": "concourse", "level": "1f"},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [50, 0], [50, 40], [0, 40], [0, 0]]]},
        }
    ],
}
IMAGE = [[30, 190], [200, 150], [430, 180], [70, 330], [260, 260], [430, 340], [40, 540], [230, 450], [420, 545]]
GROUND = [
    [20.825, 10.634], [13.656, 12.445], [15.401, 20.453], [30.616, 18.162], [24.863, 19.419], [28.322, 24.148],
    [37.414, 22.029], [33.991, 22.955], [35.39, 26.087],
]  # fmt: skip


def write_film(path: Path) -> list[np.ndarray]:
    """Write the first frames of the sample's film and return them as a player reads them."""
    source = cv2.VideoCapture(str(SAMPLE_SITE / "plaza-west.mp4"))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 7, (460, 576))
    for _ in range(FRAMES):
        writer.write(source.read()[1])
    writer.release()
    film = cv2.VideoCapture(str(path))
    return [film.read()[1] for _ in range(FRAMES)]


class Page:
    def __init__(self, stack: StackProcess) -> None:
        self.stack, self.cookie = stack, ""

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
        headers = {"content-type": "application/json", "cookie": self.cookie}
        text = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.stack.port}/api/v1/setup{path}"
        request = urllib.request.Request(url, text, headers, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=90)
        except urllib.error.HTTPError as exc:
            answer = exc
        except OSError:
            return 0, {}, b""  # the web process is being started again
        with answer:
            return answer.status, answer.headers, answer.read()

    def enter(self) -> None:
        token = wait_for(lambda: re.search(r"/setup#token=(\S+)", self.stack.log.read_text()), PATIENCE_S, "the token")[
            1
        ]
        status, headers, _ = self.call("POST", "/session", {"token": token, "who": "Aiko"})
        assert status == 204
        self.cookie = headers["set-cookie"].split(";")[0]
        assert self.stack.log.read_text().count(token) == 1  # printed once, and in no log

    def json(self, method: str, path: str, body: Any = None) -> Any:
        status, _, text = self.call(method, path, body)
        assert status == 200, text
        return json.loads(text)

    def site(self) -> Any:
        answer = wait_for(lambda: (a := self.call("GET", "/site"))[0] == 200 and a, PATIENCE_S, "the setup page")
        return json.loads(answer[2])

    def still(self) -> tuple[Any, np.ndarray]:
        asked = {"camera": "plaza-west", "why": "test"}
        answer = wait_for(lambda: (a := self.call("POST", "/still", asked))[0] == 200 and a, PATIENCE_S, "a still")
        return answer[1], cv2.imdecode(np.frombuffer(answer[2], np.uint8), cv2.IMREAD_COLOR)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("setup")


@pytest.fixture(scope="module")
def film(folder: Path) -> list[np.ndarray]:
    site = folder / "site"
    site.mkdir()
    (site / "site.toml").write_text(TOML)
    (site / "floorplan.geojson").write_text(json.dumps(PLAN))
    return write_film(site / "film.mp4")


@pytest.fixture(scope="module")
def page(folder: Path, film: list[np.ndarray]) -> Iterator[Page]:
    stack = StackProcess(folder / "site", folder / "state")
    stack.start([*stack.command, "--setup"])
    try:
        page = Page(stack)
        page.enter()
        yield page
        assert stack.stop() == 0
    finally:
        stack.kill_rest()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(not PETS.exists(), reason=f"needs the annotation of the scene at {PETS}")
def test_nobody_in_a_still_keeps_more_than_72_cells(page: Page, film: list[np.ndarray]) -> None:
    headers, still = page.still()
    assert still.shape == (576, 460, 3)
    assert headers["cache-control"] == "no-store"
    index = int(np.argmin([np.median(np.abs(frame.astype(int) - still)) for frame in film]))
    frame = film[index]
    away = (still == frame).all(axis=2)
    assert away.mean() > 0.4  # what shows nobody is of use
    truth = np.loadtxt(PETS, delimiter=",")
    people = truth[truth[:, 0] == index + 1][:, 2:6] - [LEFT_EDGE, 0, 0, 0]
    # Boxes drawn by hand leave some ground around a person.
    inner = [(x + w / 20, y + h / 20, x + w * 0.95, y + h * 0.95) for x, y, w, h in people if x + w / 2 > 0]
    shown = [box for box in inner if box[2] > 8]
    assert shown
    for box in shown:
        x1, y1, x2, y2 = (max(0, round(v)) for v in box)
        assert len(np.unique(still[y1:y2, x1:x2].reshape(-1, 3), axis=0)) <= 72, (index, box)


def test_what_is_saved_is_taken_up_and_undo_gives_every_byte_back(page: Page, folder: Path) -> None:
    before = (folder / "site" / "site.toml").read_bytes()
    version = page.site()["version"]
    supervisor = page.stack.process
    assert supervisor is not None
    change = {"camera": "plaza-west", "calibration": {"image_points": IMAGE, "plan_points": GROUND}, "label": "Plaza W"}
    saved = page.json("POST", "/save", {"version": version, "what": [change], "who": "Aiko"})
    assert '# by hand\n[site]\nid = "setup-stack"' in (folder / "site" / "site.toml").read_text()

    def is_placed() -> bool:
        try:
            cameras = page.stack.get_json("/api/v1/cameras")
            return cameras[0]["label"] == "Plaza W" and page.stack.get_json("/api/v1/live")["zones"]["plaza"]["people"]
        except (OSError, ValueError):
            return False

    wait_for(is_placed, PATIENCE_S, "people in the zone that the camera now sees")
    assert supervisor.poll() is None
    assert page.site()["version"] == saved["version"]  # the session outlived the web process
    page.json("POST", "/undo", {"version": saved["version"]})
    assert (folder / "site" / "site.toml").read_bytes() == before
    label = wait_for(lambda: _label(page.stack) == "West" and "West", PATIENCE_S, "the old label")
    assert label == "West"


def _label(stack: StackProcess) -> str:
    try:
        return str(stack.get_json("/api/v1/cameras")[0]["label"])
    except (OSError, ValueError):
        return ""


def test_an_invalid_change_by_hand_is_said_and_the_stack_goes_on(page: Page, folder: Path) -> None:
    before, leads = page.stack.children(" engine "), page.stack.log.read_text().count("engine leads")
    path = folder / "site" / "site.toml"
    good = path.read_text()
    path.write_text(good.replace('level = "1f"', 'level = "9f"'))
    wait_for(lambda: "unknown level '9f'" in page.stack.log.read_text(), 30, "the refusal")
    assert "site changed, not taken up" in page.stack.log.read_text()
    assert page.stack.children(" engine ") == before
    # A process that dies now comes back on the site that runs, not on the wrong one.
    os.kill(page.stack.children(" engine ")[0], signal.SIGKILL)
    wait_for(lambda: page.stack.log.read_text().count("engine leads") > leads, PATIENCE_S, "an engine that leads")
    path.write_text(good)


def test_no_picture_is_left_on_the_disk_and_no_socket_is_open_to_others(page: Page, folder: Path) -> None:
    _, still = page.still()
    assert still.size
    for path in (folder / "state").rglob("*"):
        if path.is_file():
            assert b"\x89PNG" not in path.read_bytes(), path
    worker = page.stack.children(" worker ")[0]
    environment = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
    link = Path(next(v for v in environment if v.startswith(b"MALL_SETUP_DIR=")).split(b"=", 1)[1].decode())
    assert link.stat().st_mode & 0o077 == 0
    assert not [p for p in link.iterdir() if not p.is_symlink() and p.stat().st_mode & 0o077]
