"""What the test of the whole stack needs: a copy of the sample site, a foreign origin, a page that remembers."""

import http.server
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.stack_process import ROOT, StackProcess

SAMPLE = ROOT / "sample_footage"
# A single person on the film is enough, so that the detector itself raises the advisory; the sample never gets there.
LOW_LIMITS = """
[limits."density-walkway.plaza-east"]
watch = 0.0005
warn = 0.001
act = 0.0015
on_delay_s = 2
off_delay_s = 600
"""
HOST_PAGE = """<!doctype html><html lang="en"><head><link rel="icon" href="data:,"></head><body style="margin:0">
<script type="module" src="{mall}/embed/widget.js"></script>
<mall-density src="{mall}/embed/" lang="en" scheme="light"></mall-density>
<iframe src="{mall}/embed/?lang=en" style="width:100%;height:900px;border:0"></iframe></body></html>"""
# Looks at the page ten times a second and keeps what it must never show: a zero of a zone that is not live.
WATCH_ZEROS = """() => {
  window.zeros = [];
  setInterval(() => {
    for (const row of document.querySelectorAll('#zone-rows tr[data-zone]'))
      if (!row.classList.contains('live') && /^0( |$)/.test(row.querySelector('.people').textContent.trim()))
        zeros.push(`table ${row.dataset.zone} ${row.className}`);
    for (const zone of document.querySelectorAll('.zone[data-zone]'))
      if (!zone.classList.contains('live') && /(^|[^0-9.,])0 people/.test(zone.getAttribute('aria-label')))
        zeros.push(`plan ${zone.dataset.zone} ${zone.getAttribute('aria-label')}`);
  }, 100);
}"""
# Collects the different numbers that a zone has shown in the table and on the plan.
WATCH_FIGURES = """(zones) => {
  window.figures = {};
  for (const id of zones) figures[id] = {table: new Set(), plan: new Set()};
  setInterval(() => {
    for (const id of zones) {
      const row = document.querySelector(`#zone-rows tr[data-zone="${id}"]`);
      const zone = document.querySelector(`.zone[data-zone="${id}"]`);
      const told = /(\\d+) people/.exec(zone?.getAttribute('aria-label') || '');
      const cell = row?.classList.contains('live') ? parseInt(row.querySelector('.people').textContent) : NaN;
      if (cell >= 0) figures[id].table.add(cell);
      if (told) figures[id].plan.add(+told[1]);
    }
  }, 100);
}"""


def copy_sample(folder: Path) -> Path:
    """Copy the sample site with low limits; its films and recorded boxes are links."""
    folder.mkdir(parents=True)
    for path in SAMPLE.iterdir():
        if path.suffix in (".mp4", ".jsonl"):
            (folder / path.name).symlink_to(path)
        elif path.is_file():
            shutil.copy(path, folder / path.name)
    toml = folder / "site.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + LOW_LIMITS, encoding="utf-8")
    return folder


def worker_of(stack: StackProcess, camera: str) -> int:
    """Return the pid of the worker that feeds a camera, from this stack's own processes."""
    found = [pid for pid, line in stack.processes().items() if " worker " in line and camera in line.split()]
    assert len(found) == 1, (camera, stack.processes())
    return found[0]


def store_address(stack: StackProcess) -> str:
    """Return the address of the stack's embedded store, as its processes were told."""
    variables = Path(f"/proc/{worker_of(stack, 'plaza-west')}/environ").read_bytes().decode().split("\0")
    return next(v.partition("=")[2] for v in variables if v.startswith("MALL_REDIS_URL="))


@contextmanager
def foreign_origin(folder: Path, mall_url: str) -> Iterator[str]:
    """Serve a page of somebody else that shows the widget as an element and in a frame."""
    (folder / "index.html").write_text(HOST_PAGE.format(mall=mall_url), encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Visit:
    """A page that remembers what the browser complained about and what it asked of others."""

    def __init__(self, browser: Any, url: str, *, ours: tuple[str, ...], timeout_ms: int) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page = self.context.new_page()
        self.page.set_default_timeout(timeout_ms)
        self.ours = (*ours, "data:", "blob:")
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.on("request", self._asked)
        self.page.goto(url, wait_until="load")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(self.ours):
            self.complaints.append(f"asked {request.url}")

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.complaints == []


@contextmanager
def stopped(stack: StackProcess, pids: list[int]) -> Iterator[None]:
    """Stop processes of this stack, and its supervisor, which would take them for hanging and replace them."""
    assert stack.process is not None
    pids = [stack.process.pid, *pids]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
