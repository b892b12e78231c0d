"""What a viewer waits for: start, first load, size of a tick, age of what is shown; and what the stack costs."""

import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mall.config import PROJECT_DIR
from mall.errors import MallError

APP = PROJECT_DIR / "app.py"
START_LIMIT_S = 120.0
LISTEN_S = 30.0
SETTLE_S = 3.0
COUNTED = ("live", "saturated")
MODULES = ("psutil", "playwright")


@dataclass
class Stream:
    """What came over the event stream: bytes of each message, and the age of each new reading on arrival in s."""

    sizes: list[int] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)


def run() -> None:
    """Start the sample stack, measure it and print what came out.

    Raises:
        MallError: something that measuring needs is not installed; nothing was started.

    """
    chromium = needed("web")
    with running_stack() as (process, url, began):
        startup_s = first_live_count(url, process, began)
        finish = _costs(process.pid)
        stream = listen(f"{url}/live/stream", LISTEN_S)
        costs = finish()
        loads = {path: _first_load_kb(url + path, chromium) for path in ("/", "/embed/")}
    _print_table(stream, costs)
    p50, p95 = (float(np.percentile(stream.ages_s, q)) if stream.ages_s else float("nan") for q in (50, 95))
    print(f"captured to received: p50 {p50:.2f} s, p95 {p95:.2f} s over {len(stream.ages_s)} readings")
    print(
        f"freshness_p95_s {p95:.2f} first_load_kb {loads['/']:.0f} widget_kb {loads['/embed/']:.1f} "
        f"startup_s {startup_s:.1f}"
    )


def needed(bench: str) -> str:
    """Return the browser's path, once all is there that a benchmark of pages needs."""
    for module in MODULES:
        try:
            importlib.import_module(module)
        except ImportError as exc:
            raise MallError(f"bench {bench} needs the package {module}, which `make dev` installs") from exc
    chromium = shutil.which("chromium")
    if chromium is None:
        raise MallError(f"bench {bench} needs a browser: apt-get install chromium")
    return chromium


@contextmanager
def running_stack(site: Path | None = None) -> Iterator[tuple["subprocess.Popen[bytes]", str, float]]:
    """Yield the process of a whole stack of a site (the sample), its address and the instant it was started."""
    with socket.socket() as probe, tempfile.TemporaryDirectory(prefix="mall-bench-") as state:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "MALL_STATE": state, "MALL_LOG_LEVEL": "WARNING"}
        began = time.monotonic()
        command = [sys.executable, str(APP), "run", "--port", str(port), *(["--site", str(site)] if site else [])]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            yield process, f"http://127.0.0.1:{port}", began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=15)


def first_live_count(url: str, process: "subprocess.Popen[bytes]", began: float) -> float:
    """Wait for the first zone whose people are known, and return the seconds it took since ``began``."""
    while time.monotonic() - began < START_LIMIT_S:
        if process.poll() is not None:
            raise MallError(f"the stack ended with {process.returncode} before it was up")
        try:
            zones = json.loads(_get(f"{url}/api/v1/live"))["zones"].values()
        except (OSError, ValueError, KeyError):
            zones = ()
        if any(zone["state"] in COUNTED and zone["people"] is not None for zone in zones):
            return time.monotonic() - began
        time.sleep(0.1)
    raise MallError(f"no live count within {START_LIMIT_S:.0f} s")


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        return bytes(answer.read())


def listen(url: str, seconds: float) -> Stream:
    """Listen to an event stream; the full state at connect is left out."""
    found, seen = Stream(), dict[str, float]()
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        until, size = time.monotonic() + seconds, 0
        for line in answer:
            size += len(line)
            if line.startswith(b"data:"):
                _note(found, seen, json.loads(line[5:]))
            elif not line.strip():
                found.sizes.append(size)
                size = 0
            if time.monotonic() > until:
                break
    del found.sizes[:1]
    return found


def _note(found: Stream, seen: dict[str, float], state: dict[str, Any]) -> None:
    now = time.time()
    for zone, row in (state.get("zones") or {}).items():
        observed = row.get("observed_at")
        if observed is None or observed <= seen.get(zone, 0.0):
            continue
        if zone in seen and row.get("state", "live") in COUNTED:
            found.ages_s.append(now - observed)
        seen[zone] = observed


def _costs(pid: int) -> Callable[[], list[tuple[str, float, float]]]:
    """Begin to measure a process and all below it; the result says name, CPU cores and resident MB of each."""
    import psutil

    time.sleep(SETTLE_S)
    root = psutil.Process(pid)
    processes = [root, *root.children(recursive=True)]
    before = {p.pid: sum(p.cpu_times()[:2]) for p in processes}
    began = time.monotonic()

    def finish() -> list[tuple[str, float, float]]:
        elapsed = time.monotonic() - began
        rows = []
        for process in processes:
            try:
                spent = sum(process.cpu_times()[:2]) - before[process.pid]
                rows.append((_name(process.cmdline()), spent / elapsed, process.memory_info().rss / 1e6))
            except psutil.NoSuchProcess:
                continue
        return rows

    return finish


def _name(command: list[str]) -> str:
    if str(APP) in command:
        words = command[command.index(str(APP)) + 1 :]
        return " ".join(
            [words[0], *[w for w in words[1:] if not w.startswith("-") and "/" not in w and not w.isdigit()]]
        )
    return Path(command[0]).name if command else "?"


def _first_load_kb(url: str, chromium: str) -> float:
    """Return the kB that a browser with an empty cache fetches for a page, as they came over the wire."""
    from playwright.sync_api import sync_playwright

    received: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        page.goto(url, wait_until="load")
        page.wait_for_timeout(5000)
        browser.close()
    return sum(received) / 1e3


def _print_table(stream: Stream, costs: list[tuple[str, float, float]]) -> None:
    print(f"{'process':44} {'CPU cores':>9} {'RSS MB':>8}")
    for name, cores, resident_mb in costs:
        print(f"{name[:44]:44} {cores:9.2f} {resident_mb:8.0f}")
    print(f"{'all':44} {sum(c for _, c, _ in costs):9.2f} {sum(m for _, _, m in costs):8.0f}")
    mean_b = float(np.mean(stream.sizes)) if stream.sizes else float("nan")
    print(f"event stream: {len(stream.sizes)} messages in {LISTEN_S:.0f} s, mean {mean_b:.0f} B")
