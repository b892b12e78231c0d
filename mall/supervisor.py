"""Starts, restarts with back-off, and stops the processes of one stack; one bad camera never stops another.

Every child beats over a pipe of its own (``mall.lifeline.beat``); one that lives but hangs is killed and started again.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from mall.child import FAILED_AFTER_DEATHS, Child, ChildSpec
from mall.lifeline import PARENT_VARIABLE, PULSE_VARIABLE

# 0.5, 1, 2, 4, 8, 16, 32, 60 s: a child that dies at once is started 8 times in its first 2 minutes.
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 60.0
SPLIT_AFTER_DEATHS = 2
# A child that lives and says nothing for so long hangs; until its first word it may still be loading a large detector.
SILENT_AFTER_S = 20.0
SILENT_AT_START_S = 180.0
SLEPT_S = 5.0
# A child whose site has changed may take so long to stop.
RETIRE_S = 2.0
# Order of stopping and how long each group may take; what is left after that is killed.
STOP_GROUPS: tuple[tuple[frozenset[str], float], ...] = (
    (frozenset({"devices", "drill", "worker"}), 1.2),
    (frozenset({"engine", "web"}), 1.6),
)

log = structlog.get_logger()


def restart_delay_s(deaths: int) -> float:
    """Return how long to wait before the start that follows this many deaths in a row."""
    return min(FIRST_DELAY_S * 2.0 ** min(max(deaths - 1, 0), 16), LONGEST_DELAY_S)


@dataclass
class Supervisor:
    """Keeps children alive. Call everything from the main thread: a child's life hangs on the thread that started it.

    Attributes:
        environment: added to this process's own for every child.
        clock: seconds that never go back; tests give their own.
        silent_after_s, silent_at_start_s: how long a child may say nothing, after and before its first word.

    """

    specs: Iterable[ChildSpec]
    environment: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    children: list[Child] = field(default_factory=list)
    silent_after_s: float = SILENT_AFTER_S
    silent_at_start_s: float = SILENT_AT_START_S
    looked_at: float = 0.0

    def start(self) -> None:
        """Start every child."""
        self.children = [Child(spec) for spec in self.specs]
        for child in self.children:
            self._launch(child)

    def poll(self) -> None:
        """Notice deaths, kill what hangs and start again what is due; never blocks."""
        now = self.clock()
        # Nobody hangs because this process slept: what was said meanwhile may still be on its way.
        slept, self.looked_at = now - self.looked_at > SLEPT_S, now
        for child in list(self.children):
            if child.retiring_at is not None:
                self._see_off(child, now)
                continue
            child.listen(now)
            if slept and child.heard_at is not None:
                child.heard_at = now
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            elif child.process is None and not child.finished and now >= child.start_after:
                self._launch_in_turn(child)
            elif child.process is not None:
                self._watch(child, now)

    def adopt(self, specs: Iterable[ChildSpec]) -> list[str]:
        """Exchange, in the next polls, the children whose spec is another now; return the names of those that start.

        A child that goes is asked to stop and killed if it does not; its successor starts once it is gone, at once and
        without back-off, for nobody died.
        """
        wanted = {spec.name: spec for spec in specs}
        now, kept = self.clock(), set()
        for child in [child for child in self.children if child.retiring_at is None]:
            place = child.spec.place
            if place in wanted and child.spec.is_part_of(wanted[place]):
                kept.add(place)
                continue
            child.retiring_at = now
            _signal(child, signal.SIGTERM)
        fresh = [spec for name, spec in wanted.items() if name not in kept]
        self.children += [Child(spec) for spec in fresh]
        return [spec.name for spec in fresh]

    def start_beside(self, spec: ChildSpec) -> bool:
        """Start a process that runs once and is not started again; False where one of its name still runs."""
        if any(child.spec.name == spec.name for child in self.children):
            return False
        self.children.append(Child(spec))
        self._launch(self.children[-1])
        return True

    def failed_cameras(self) -> list[str]:
        """Return the cameras whose process is down after dying again and again."""
        down = (c for c in self.children if c.has_failed and not c.is_running and c.retiring_at is None)
        return [camera for child in down for camera in child.spec.cameras]

    def failed_roles(self) -> list[str]:
        """Return the roles without cameras that keep dying."""
        return [child.spec.role for child in self.children if child.has_failed and not child.spec.cameras]

    def stop(self) -> None:
        """Ask every child to stop, group by group, and kill what does not; returns when none is left."""
        for roles, patience_s in STOP_GROUPS:
            group = [child for child in self.children if child.spec.role in roles]
            for child in group:
                _signal(child, signal.SIGTERM)
            _wait(group, patience_s)
        for child in self.children:
            if child.is_running:
                log.warning("killed", child=child.spec.name)
            _signal(child, signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
            child.hush()

    def _see_off(self, child: Child, now: float) -> None:
        """Forget a child that goes once it is gone; kill it where it takes too long."""
        if not child.is_running:
            child.hush()
            self.children.remove(child)
            log.info("retired", child=child.spec.name)
        elif child.retiring_at is not None and now - child.retiring_at > RETIRE_S:
            _signal(child, signal.SIGKILL)

    def _launch_in_turn(self, child: Child) -> None:
        """Start a child unless the one before it still holds its port or its cameras."""
        leaving = (other for other in self.children if other.retiring_at is not None)
        if not any(other.spec.place == child.spec.place for other in leaving):
            self._launch(child)

    def _watch(self, child: Child, now: float) -> None:
        """Forget the deaths of a healthy child; kill one that hangs: its death is then one like any other."""
        if child.is_healthy(now):
            child.deaths = 0
        began = child.heard_at is not None
        silent_s = now - (child.heard_at if child.heard_at is not None else child.started_at)
        if not child.hung and silent_s > (self.silent_after_s if began else self.silent_at_start_s):
            log.error("hangs", child=child.spec.name, silent_s=round(silent_s, 1))
            child.hung = True
            _signal(child, signal.SIGKILL)

    def _launch(self, child: Child) -> None:
        child.hush()
        child.hung = False
        child.pulse, theirs = os.pipe()
        os.set_blocking(child.pulse, False)
        os.set_blocking(theirs, False)
        mine = {PARENT_VARIABLE: str(os.getpid()), PULSE_VARIABLE: str(theirs)}
        try:
            # Its own process group: Ctrl-C reaches the supervisor alone, which stops the others in order.
            child.process = subprocess.Popen(  # noqa: S603
                child.spec.command, env={**os.environ, **self.environment, **mine}, stdin=subprocess.DEVNULL,
                process_group=0, pass_fds=(theirs,),
            )  # fmt: skip
        finally:
            os.close(theirs)
        child.started_at = self.clock()
        child.starts += 1
        log.info("started", child=child.spec.name, pid=child.process.pid, start=child.starts)

    def _bury(self, child: Child, now: float) -> None:
        code = child.process.returncode if child.process is not None else 0
        was_healthy = child.is_healthy(now)
        child.process = None
        child.hush()
        if child.spec.role == "drill":
            self.children.remove(child)
            log.info("finished", child=child.spec.name, code=code)
            return
        if code == 0 and child.spec.role == "worker":
            child.finished = True
            log.info("finished", child=child.spec.name)
            return
        child.deaths = 1 if was_healthy else child.deaths + 1
        delay_s = restart_delay_s(child.deaths)
        child.start_after = now + delay_s
        log.warning("died", child=child.spec.name, code=code, deaths=child.deaths, restart_in_s=delay_s)
        if child.deaths == FAILED_AFTER_DEATHS:
            log.error("failed", child=child.spec.name, deaths=child.deaths)
        if child.deaths >= SPLIT_AFTER_DEATHS and len(child.spec.cameras) > 1:
            self._split(child)

    def _split(self, child: Child) -> None:
        at = self.children.index(child)
        parts = [Child(spec, start_after=child.start_after, deaths=child.deaths) for spec in child.spec.split()]
        self.children[at : at + 1] = parts
        log.warning("split", child=child.spec.name, into=[part.spec.name for part in parts])


def _signal(child: Child, signum: signal.Signals) -> None:
    if child.process is not None and child.process.poll() is None:
        child.process.send_signal(signum)


def _wait(children: list[Child], patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while any(child.is_running for child in children) and time.monotonic() < until:
        time.sleep(0.02)
