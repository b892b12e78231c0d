"""Say how far a long step is: a bar on a terminal, a line at its beginning and end elsewhere."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

log = logging.getLogger(__name__)


class Ticker:
    """Counts one step's units."""

    def __init__(self, bar: Progress, total: int, name: str) -> None:
        self._bar = bar
        self._task = bar.add_task(name, total=total)

    def __call__(self) -> None:
        """Count one."""
        self._bar.advance(self._task)

    def at(self, done: int, total: int) -> None:
        """Say how many are done, of how many."""
        self._bar.update(self._task, completed=done, total=total)


@contextmanager
def step(name: str, total: int) -> Iterator[Ticker]:
    """Show one step.

    Args:
        name: what is done.
        total: units in it.

    """
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    if not console.is_terminal:
        log.info("%s: %d", name, total)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield Ticker(bar, total, name)
