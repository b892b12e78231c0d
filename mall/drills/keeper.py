"""Starts the process of a drill when the drill book asks for one: a chore of the supervisor."""

import time
from collections.abc import Callable

import structlog

from mall.child import ChildSpec
from mall.drills.book import read_book
from mall.errors import StoreError
from mall.store import Store

LOOK_EVERY_S = 1.0
ROLE = "drill"

log = structlog.get_logger()


class DrillKeeper:
    """Looks into the drill book once a second.

    Args:
        store: of the mall.
        start: starts a process beside the others, unless one of its name runs.
        argv: the arguments after the interpreter.

    """

    def __init__(self, store: Store, start: Callable[[ChildSpec], bool], argv: tuple[str, ...]) -> None:
        self._store = store
        self._start = start
        self._argv = argv
        self._due = 0.0
        self._started = ""

    def look(self) -> None:
        """Start a process for a drill that is asked for; each is started once."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_EVERY_S
        try:
            run = read_book(self._store).open
        except StoreError:
            return  # said by those who need it
        if run is None or run.condition != "asked" or run.id == self._started:
            return
        if self._start(ChildSpec(ROLE, ROLE, self._argv)):
            self._started = run.id
            log.info("drill asked for", drill=run.drill, by=run.by)
