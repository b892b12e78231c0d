"""A whole stack as real processes, for contract and fault tests: started, watched, and counted out afterwards."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app.py"
MARK = "MALL_TEST_MARK"
START_PATIENCE_S = 90.0


def wait_for(condition: Callable[[], Any], patience_s: float = 15.0, what: str = "it") -> Any:
    """Return the first true value of the condition; fail after the patience."""
    until = time.monotonic() + patience_s
    while not (value := condition()):
        assert time.monotonic() < until, f"waited {patience_s:.0f} s in vain for {what}"
        time.sleep(0.05)
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_zombie(folder: Path) -> bool:
    return (folder / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def write_boxes_site(folder: Path, cameras: Sequence[str] = ("c1",)) -> Path:
    """Write a site of one zone whose cameras are recorded boxes: two people who stand still, for 60 s, looped."""
    ring = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    zone = {
        "type": "Feature",
        "properties": {"id": "plaza", "label": "Plaza", "category": "concourse", "level": "1f"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "floorplan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    tables = []
    for camera in cameras:
        boxes = [[300, 240, 340, 330, 0.9], [380, 260, 420, 356, 0.9]]
        rows = [{"camera": camera, "frame": n, "t": n / 5, "boxes": boxes} for n in range(300)]
        (folder / f"{camera}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        tables.append(
            f'[[camera]]\nid = "{camera}"\nsource = "{camera}.jsonl"\nlevel = "1f"\nrate = 5\nloop = true\n'
            "size = [640, 480]\n[camera.calibration]\n"
            "image_points = [[120, 460], [520, 460], [400, 200], [240, 200]]\n"
            "plan_points = [[0, 0], [10, 0], [10, 10], [0, 10]]\n"
        )
    head = '[site]\nid = "boxes"\nname = "Boxes"\ntimezone = "Asia/Tokyo"\n'
    (folder / "site.toml").write_text(head + "".join(tables))
    return folder


class StackProcess:
    """``app.py run`` of a site. ``prefix`` stands before the command (a make, a network namespace)."""

    def __init__(self, site: Path, state: Path, *, port: int | None = None, log: Path | None = None) -> None:
        self.site, self.state = site, state
        self.port = port or free_port()
        self.mark = uuid.uuid4().hex
        self.log = log or state.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        keep = {key: value for key, value in os.environ.items() if not key.startswith(("MALL_", "REDIS_"))}
        keep.pop("CI", None)
        return {**keep, "MALL_STATE": str(self.state), MARK: self.mark, "PORT": str(self.port)}

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(APP), "run", "--site", str(self.site), "--port", str(self.port)]

    def start(self, command: Sequence[str] | None = None, **more: str) -> "StackProcess":
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command or self.command, env={**self.environment, **more}, cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        return self

    def wait_until_live(self) -> "StackProcess":
        """Return once a zone is live; fail with the log where the stack ends first."""

        def is_live() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                zones = self.get_json("/api/v1/live")["zones"].values()
            except (OSError, ValueError):
                return False
            return any(zone["state"] == "live" and zone["people"] is not None for zone in zones)

        try:
            wait_for(is_live, START_PATIENCE_S, "a live zone")
        except AssertionError as exc:
            raise AssertionError(f"{exc}\n{self.log.read_text()[-3000:]}") from exc
        return self

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as exc:
            return exc.code, exc.read()

    def get_json(self, path: str) -> Any:
        status, body = self.get(path)
        if status != 200:
            raise ValueError(f"{path}: {status}")
        return json.loads(body)

    def processes(self) -> dict[int, str]:
        """Return pid -> command line of every living process of this stack, whoever its parent is.

        They carry a mark in their environment; the store's server overwrites its own, but works in the state folder.
        """
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                is_marked = f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes()
                if (is_marked or (folder / "cwd").readlink().is_relative_to(self.state)) and not is_zombie(folder):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def children(self, word: str) -> list[int]:
        """Return the pids of this stack's processes whose command line holds the word."""
        return [pid for pid, line in self.processes().items() if word in line]

    def stop(self) -> int:
        """Ask to stop, and return the exit code; whatever is left is killed."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=15)
        finally:
            self.kill_rest()

    def kill_rest(self) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self.process is not None:
            self.process.wait(timeout=15)
