"""How old is what the operator sees? Captured → pixels, measured in a real browser on a running stack.

    python scripts/measure_pixels.py [URL] [--seconds 60]

At each state that the page draws, the age of the newest filmed zone (source "recorded" or "camera") is taken after the
frame with it was painted: the browser's clock less the instant of capture. Browser and stack must share one clock, that
is one machine. Needs the dev extra and a chromium on PATH; the last line is ``pixels_p50_s X pixels_p95_s Y``.
"""

import argparse
import itertools
import shutil
import statistics
import sys
import time
from typing import Any

# The page draws in the animation frame after a message. A frame asked for by a listener that was added later runs after
# the page's own, and the task that it posts runs once that frame is painted. Each zone says `observed_at` with every
# change and otherwise its age as of the message's `at`; the newest of both is what the page shows.
LISTEN = """
(() => {
  const Real = window.EventSource, kept = [], zones = {};
  let order = [];
  window.pixels = kept;
  const isFilmed = (row) => row.source === "recorded" || row.source === "camera";
  const isLive = (row) => row.state === "live" || row.state === "saturated";
  function take(message) {
    if (!message.zones) return 0;
    if (message.full) order = Object.keys(message.zones);
    for (const [id, fields] of Object.entries(message.zones)) zones[id] = Object.assign(zones[id] || {}, fields);
    (message.zones_age || []).forEach((age, i) => {
      const row = zones[order[i]];
      if (row && age != null && !(order[i] in message.zones)) row.observed_at = message.at - age;
    });
    const shown = Object.values(zones).filter((row) => isFilmed(row) && isLive(row));
    return Math.max(0, ...shown.map((row) => row.observed_at));
  }
  function painted(observed) {
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => kept.push(Date.now() / 1000 - observed);
      after.port2.postMessage(0);
    });
  }
  window.EventSource = class extends Real {
    constructor(...given) {
      super(...given);
      // after the page's own listener, which is added in the same task, and before anything can arrive
      queueMicrotask(() => this.addEventListener("state", (event) => {
        const observed = take(JSON.parse(event.data));
        if (observed) painted(observed);
      }));
    }
  };
})();
"""


def measure(url: str, seconds: float, chromium: str) -> list[float]:
    """Open the operator page for a while and return the age in seconds of what each drawn state showed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page: Any = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(LISTEN)
        page.goto(url, wait_until="load")
        page.locator("#zone-rows tr.live").first.wait_for(timeout=60_000)
        page.evaluate("pixels.length = 0")  # the first paint is another figure
        time.sleep(seconds)
        ages = [float(age) for age in page.evaluate("pixels")]
        browser.close()
    return ages


def print_table(ages: list[float]) -> None:
    """Print how many states fell into which age, then the two figures."""
    edges = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, float("inf")]
    print(f"{'captured to pixels':>20} {'states':>8}")
    for low, high in itertools.pairwise(edges):
        count = sum(low <= age < high for age in ages)
        print(f"{f'{low:.2f} to {high:.2f} s':>20} {count:8}")
    print(f"{'all':>20} {len(ages):8}")
    cuts = statistics.quantiles(ages, n=100, method="inclusive")
    print(f"pixels_p50_s {cuts[49]:.2f} pixels_p95_s {cuts[94]:.2f}")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Age of what the operator sees, measured in a real browser.")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8050/", help="operator page of a running stack")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("needs a chromium on PATH (Debian: apt-get install chromium)", file=sys.stderr)
        return 1
    ages = measure(given.url, given.seconds, chromium)
    if len(ages) < 2:
        print("the page drew nothing filmed; is the stack running, with a film or a camera?", file=sys.stderr)
        return 1
    print_table(ages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
