"""The lines that tell what a drill brought."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from mall.config import Site
from mall.drills.script import Script

MARK = "EXERCISE"
_SIGN = {True: "met", False: "MISSED", None: "not due"}


def report(site: Site, script: Script, found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that tell what a drill brought."""
    verdict = {True: "ok", False: "NOT AS EXPECTED", None: "stopped early"}[found["passed"]]
    yield f"{MARK} {script.id}: {script.title.en}: {verdict}"
    for row in found["expected"]:
        label = site.plan.zone(row["place"]).label
        if row["absent"]:
            yield f"  {_SIGN[row['met']]:8} {label}: no {' or '.join(row['rules'])} by {row['by_s']:g} s"
            continue
        said = "not raised" if row["at_s"] is None else f"{row['rule']} at {row['at_s']:g} s"
        stays = ", and stays" if row["stays"] else ""
        wanted = f"{' or '.join(row['rules'])}, {row['severity']} by {row['by_s']:g} s{stays}"
        yield f"  {_SIGN[row['met']]:8} {label}: {wanted}: {said}"
    for row in found["raised"]:
        if not row["is_expected"]:
            at = "?" if row["at_s"] is None else f"{row['at_s']:g}"
            yield f"  also     {row['place']}: {row['rule']}, {row['severity']} at {at} s"


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
