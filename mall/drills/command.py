"""``drill``: play drills in memory, as fast as the machine can or in their own time, and say what they brought."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from mall.drills.cameras import PERIOD_S
from mall.drills.clock import DrillClock
from mall.drills.exercise import Exercise
from mall.drills.places import UnfitError
from mall.drills.reasons import why_not
from mall.drills.report import MARK, report, say
from mall.drills.script import Script, library
from mall.drills.stage import Stage, Staged
from mall.errors import SiteError
from mall.store import MemoryStore
from mall.validation import load_valid_site


def play(stage: Stage, staged: Staged, *, speed: float = 0.0, sleep: Callable[[float], None] = time.sleep) -> Exercise:
    """Play a drill in memory to its end; ``speed`` times its own time, 0 as fast as the machine can."""
    clock = DrillClock()
    exercise = Exercise(stage, staged, MemoryStore(clock=clock))
    try:
        while not exercise.is_over:
            started = time.monotonic()
            clock.now += PERIOD_S
            exercise.step()
            if speed > 0.0:
                sleep(max(0.0, PERIOD_S / speed - (time.monotonic() - started)))
    finally:
        exercise.close()
    return exercise


def drill(site_dir: Path, name: str, *, speed: float = 0.0) -> bool:
    """Play a drill of a site, or all; print what was expected and what was raised, and return whether all is met.

    A drill that this mall has no place for is named and left out; asked for by name it is an error.

    Raises:
        SiteError: there is none of this name, or it cannot be played here.

    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    site = load_valid_site(site_dir)
    scripts = chosen(library(site.folder), name)
    stage = Stage(site)
    passed, played_s, began = [], 0.0, time.process_time()
    for script in scripts.values():
        try:
            staged = stage.put(script)
        except UnfitError as exc:
            if name != "all":
                raise SiteError(f"drill {script.id}: {why_not(exc.code, exc.place)['en']}") from exc
            say(f"{MARK} {script.id}: left out, {why_not(exc.code, exc.place)['en']}")
            continue
        found = play(stage, staged, speed=speed).debrief()
        passed.append(found["passed"] is True)
        played_s += found["lasted_s"]
        for line in report(site, script, found):
            say(line)
    spent_s = time.process_time() - began
    say(f"{sum(passed)} of {len(passed)} drills raised what they must")
    say(f"{played_s:.0f} s played in {spent_s:.1f} s of a processor")
    return bool(passed) and all(passed)


def chosen(scripts: Mapping[str, Script], name: str) -> dict[str, Script]:
    """Return the drills of this name, or all; SiteError names those there are."""
    if name == "all":
        return dict(scripts)
    if name not in scripts:
        raise SiteError(f"no drill {name!r} (there are: {', '.join(scripts)}, all)")
    return {name: scripts[name]}
