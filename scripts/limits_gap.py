"""Print for how long the live figure of a small site stands still while limits are saved: real processes, by the wall.

python scripts/limits_gap.py [times]
"""

import json
import sys
import tempfile
import threading
import time
import urllib.request
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.stack_process import StackProcess, wait_for, write_boxes_site

RULE = "density-walkway"
AROUND_S = 8.0


def rule_of(stack: StackProcess) -> dict[str, Any]:
    """Return the rule as the stack tells it now; nothing while it does not answer."""
    try:
        return next(row for row in stack.get_json("/api/v1/rules") if row["id"] == RULE)
    except (OSError, ValueError):
        return {}


def is_in_effect(stack: StackProcess, version: str) -> bool:
    """Tell whether the stack runs on this version of its site file."""
    return bool(rule_of(stack).get("version") == version)


def watch(stack: StackProcess, seen: list[float], stop: threading.Event) -> None:
    """Note when a live figure is another than before."""
    last = None
    while not stop.wait(0.03):
        try:
            zone = stack.get_json("/api/v1/live")["zones"]["plaza"]
        except (OSError, ValueError):
            continue
        if zone["state"] == "live" and (zone["epoch"], zone["seq"]) != last:
            last = zone["epoch"], zone["seq"]
            seen.append(time.monotonic())


def save(stack: StackProcess, watch_at: float) -> str:
    """Save a limit and return the version of the site file with it."""
    body = {"limits": {"watch": watch_at}, "zone": "plaza", "by": "console:gap", "why": "measured"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/api/v1/rules/{RULE}",
        json.dumps({**body, "version": rule_of(stack)["version"]}).encode(),
        {"content-type": "application/json"}, method="PUT",
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  our own stack
        return str(json.load(answer)["version"])


def main(times: int) -> None:
    """Save so often, and print a row each time; the last line is ``longest_gap_s X``."""
    folder, seen, stop = Path(tempfile.mkdtemp()), list[float](), threading.Event()
    stack = StackProcess(write_boxes_site(folder / "site"), folder / "state").start().wait_until_live()
    watcher = threading.Thread(target=watch, args=(stack, seen, stop))
    watcher.start()
    gaps = []
    for n in range(times):
        time.sleep(AROUND_S)
        began = time.monotonic()
        version = save(stack, 0.5 + n / 100)
        wait_for(partial(is_in_effect, stack, version), 120.0, "the limit in effect")
        effect = time.monotonic() - began
        time.sleep(AROUND_S)
        here = [at for at in seen if at > began - 1.0]
        gaps.append(max(after - before for before, after in pairwise(here)))
        print(f"in effect after {effect:.1f} s, longest time without a new live figure {gaps[-1]:.2f} s")
    stop.set()
    watcher.join()
    stack.stop()
    print(f"longest_gap_s {max(gaps):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
