"""The drill book of a mall: what is asked for and runs, and the last ones with what they brought.

Written by compare-and-set: of two people who start a drill at once one is told that the other did.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

from mall.models import known_fields, pack

Condition = Literal["asked", "running", "stopping", "ended", "stopped", "failed"]
OPEN: frozenset[str] = frozenset({"asked", "running", "stopping"})
PAST = "past-hour"
KEPT = 20
TRIES = 5
UNTAKEN_AFTER_S = 90.0  # a drill that no process has begun by then is one that none will
SILENT_AFTER_S = 10.0  # a drill whose process has said nothing for so long is over


@dataclass(frozen=True, slots=True)
class Run:
    """One drill of a mall; times are UTC seconds.

    Attributes:
        drill: id of the script; by: ``console:<name>``; why: what it is for, as they said.
        heard_at: when its process last said that it lives; lasts_s: of the script.
        debrief: what it brought, as ``debrief`` returns it; reason: why it failed.
        hour, minutes: of the past that is played, ``drill`` being ``PAST``; None where a script is.

    """

    id: str
    drill: str
    by: str
    why: str
    condition: Condition
    asked_at: float
    lasts_s: float = 0.0
    began_at: float | None = None
    ended_at: float | None = None
    heard_at: float | None = None
    stopped_by: str | None = None
    places: dict[str, str] | None = None
    debrief: dict[str, Any] | None = None
    reason: str = ""
    hour: float | None = None
    minutes: int = 0

    def is_lost(self, now: float) -> bool:
        """Tell whether it is open and no process plays it, or none ever took it."""
        if self.condition not in OPEN:
            return False
        if self.heard_at is None:
            return now - self.asked_at > UNTAKEN_AFTER_S
        return now - self.heard_at > SILENT_AFTER_S


@dataclass(frozen=True, slots=True)
class Book:
    """The runs, the latest first."""

    runs: tuple[Run, ...] = ()

    @property
    def open(self) -> Run | None:
        """Return the one that is asked for or runs."""
        return next((run for run in self.runs if run.condition in OPEN), None)

    def find(self, run_id: str) -> Run | None:
        """Return one run."""
        return next((run for run in self.runs if run.id == run_id), None)

    def with_run(self, run: Run) -> "Book":
        """Return the book with a run in the place of that with its id, else in front."""
        if self.find(run.id) is None:
            return Book((run, *self.runs)[:KEPT])
        return Book(tuple(run if each.id == run.id else each for each in self.runs))


class Shelf(Protocol):
    """What the book needs of the store."""

    def read_drills(self) -> bytes | None:
        """Return the book as written."""

    def swap_drills(self, text: bytes, expected: bytes | None) -> bool:
        """Replace it if it is as expected."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append to the audit."""


def read_book(shelf: Shelf) -> Book:
    """Return the book; an unreadable one is empty."""
    return _unpacked(shelf.read_drills())


def _unpacked(text: bytes | None) -> Book:
    try:
        rows = json.loads(text)["runs"] if text else []
        return Book(tuple(Run(**known_fields(Run, row)) for row in rows))
    except (ValueError, TypeError, KeyError):
        return Book()


def change(shelf: Shelf, step: Callable[[Book], Book | None]) -> Book | None:
    """Apply a step to the book as it is; None, and nothing written, where the step says so or others write too fast."""
    for _ in range(TRIES):
        text = shelf.read_drills()
        changed = step(_unpacked(text))
        if changed is None:
            return None
        if shelf.swap_drills(pack({"runs": [asdict(run) for run in changed.runs]}), text):
            return changed
    return None


def ask(shelf: Shelf, run: Run, now: float) -> Run | None:
    """Ask for a drill; None where one is open. The audit notes who asked and why, and the end of one that is lost."""
    lost: list[Run] = []

    def step(book: Book) -> Book | None:
        waiting = book.open
        lost[:] = [waiting] if waiting is not None else []
        if waiting is not None and not waiting.is_lost(now):
            return None
        return (book if waiting is None else book.with_run(_lost(waiting, now))).with_run(run)

    if change(shelf, step) is None:
        return None
    for each in lost:
        shelf.append_audit(
            {"who": each.by, "what": "drill ended", "drill": each.drill, "run": each.id, "how": "failed"}
        )
    shelf.append_audit({"who": run.by, "what": "drill asked for", "drill": run.drill, "run": run.id, "why": run.why})
    return run


def ask_to_stop(shelf: Shelf, by: str, now: float) -> Run | None:
    """Ask the open drill to stop; None where none is open."""
    told: list[Run] = []

    def step(book: Book) -> Book | None:
        run = book.open
        if run is None:
            return None
        stopped = replace(_lost(run, now) if run.is_lost(now) else replace(run, condition="stopping"), stopped_by=by)
        told[:] = [stopped]
        return book.with_run(stopped)

    if change(shelf, step) is None or not told:
        return None
    shelf.append_audit({"who": by, "what": "drill asked to stop", "drill": told[0].drill, "run": told[0].id})
    return told[0]


def update(shelf: Shelf, run_id: str, **changes: Any) -> Run | None:
    """Change a run; what people asked for meanwhile stays. Returns it as it is now, None where it is gone."""

    def step(book: Book) -> Book | None:
        run = book.find(run_id)
        if run is None:
            return None
        kept = {} if run.condition != "stopping" or changes.get("condition") != "running" else {"condition": "stopping"}
        return book.with_run(replace(run, **(changes | kept)))

    changed = change(shelf, step)
    return None if changed is None else changed.find(run_id)


def settled(run: Run, now: float) -> Run:
    """Return a run as it is told: one that nobody plays any more has failed, whether or not that is written yet."""
    return _lost(run, now) if run.is_lost(now) else run


def _lost(run: Run, now: float) -> Run:
    return replace(run, condition="failed", ended_at=now, reason="no process plays it")
