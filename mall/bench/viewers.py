"""``bench viewers``: what the operator page of 300 zones and 200 people costs a browser, and 200 sessions on one core.

A whole stack plays recorded boxes of walking people. Where there are two cores the web process has one of them for
itself; engine, worker, store, browser and sessions share the rest.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from mall.bench.web import first_live_count, needed, running_stack
from mall.bench.wide_mall import Heard, listen_all, write_wide_site

ZONES, PEOPLE, SESSIONS = 300, 200, 200
LISTEN_S, WATCH_S, SETTLE_S = 30.0, 30.0, 5.0
COUNT = """
(() => {
  const Real = window.EventSource;
  window.messages = 0; window.longest = 0;
  const note = (list) => { for (const task of list.getEntries()) longest = Math.max(longest, task.duration); };
  new PerformanceObserver(note).observe({ type: "longtask" });
  window.EventSource = class extends Real {
    constructor(...given) { super(...given); this.addEventListener("state", () => { window.messages += 1; }); }
  };
})();
"""


def run() -> None:
    """Print what was measured; the last line is ``viewers_p95_s X tick_kb Y browser_ms Z web_cores C``."""
    chromium = needed("viewers")
    with tempfile.TemporaryDirectory(prefix="mall-wide-") as folder:
        write_wide_site(Path(folder), zones=ZONES, people=PEOPLE)
        with running_stack(Path(folder)) as (process, url, began):
            first_live_count(url, process, began)
            web = _web_process(process.pid)
            _keep_apart(process.pid, web.pid)
            time.sleep(SETTLE_S)
            per_message_ms, longest_ms = _browser_work(url, chromium)
            heard, cores = _sessions(url, web)
    p50, p95 = (float(np.percentile(heard.ages_s, q)) if heard.ages_s else float("nan") for q in (50, 95))
    rate = len(heard.sizes) / max(heard.sessions, 1) / LISTEN_S
    print(f"browser: {per_message_ms:.1f} ms of the main thread a message, longest task {longest_ms:.0f} ms")
    print(
        f"{heard.sessions} of {SESSIONS} sessions, {rate:.1f} messages a second each, p50 {p50:.2f} s, p95 {p95:.2f} s"
    )
    print(
        f"viewers_p95_s {p95:.2f} tick_kb {np.mean(heard.sizes or [0]) / 1e3:.1f} browser_ms {per_message_ms:.1f} "
        f"web_cores {cores:.2f}"
    )


def _web_process(pid: int) -> Any:
    import psutil

    return next(child for child in psutil.Process(pid).children(recursive=True) if "web" in child.cmdline())


def _keep_apart(pid: int, web: int) -> None:
    """Give the web process a core of its own, and this process and the rest of the stack the others."""
    import psutil

    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core only: the web process shares it")
        return
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, cores[:1] if process.pid == web else cores[1:])
    os.sched_setaffinity(0, cores[1:])


def _browser_work(url: str, chromium: str) -> tuple[float, float]:
    """Return processor ms of the browser's main thread for a message, and its longest task, once the page stands."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(COUNT)
        page.goto(url, wait_until="load")
        page.locator("#zone-rows tr.live").first.wait_for(timeout=60_000)
        page.wait_for_timeout(SETTLE_S * 1000)
        page.evaluate("window.messages = 0, window.longest = 0")
        before = _main_thread_s()
        page.wait_for_timeout(WATCH_S * 1000)
        spent_s, messages = _main_thread_s() - before, int(page.evaluate("window.messages"))
        longest_ms = float(page.evaluate("window.longest"))
        browser.close()
    return spent_s * 1000 / max(messages, 1), longest_ms


def _main_thread_s() -> float:
    """Return the processor time in s of the page's main thread: of the browser's busiest renderer."""
    import psutil

    ours = psutil.Process().children(recursive=True)
    renderers = [process for process in ours if "--type=renderer" in process.cmdline()]
    mains = [t for process in renderers for t in process.threads() if t.id == process.pid]
    return max(float(thread.user_time + thread.system_time) for thread in mains)


def _sessions(url: str, web: Any) -> tuple[Heard, float]:
    """Return what all sessions heard, and the cores that the web process took meanwhile."""
    before, began = sum(web.cpu_times()[:2]), time.monotonic()
    heard = asyncio.run(listen_all(f"{url}/live/stream", SESSIONS, LISTEN_S))
    return heard, (sum(web.cpu_times()[:2]) - before) / (time.monotonic() - began)
