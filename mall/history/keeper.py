"""The engine's side of the memory: a thread that writes while this engine leads, and says every few seconds how it is.

A disk that is slow, full or broken holds up this thread and nothing else; minutes wait in the store for 48 hours.
"""

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from mall.config import Site
from mall.errors import StoreError
from mall.history.files import DamagedFileError, HistoryFolder
from mall.history.status import HistoryStatus
from mall.store import Store

LOOK_EVERY_S = 3.0
WRITE_EVERY_S = 300.0
FIRST_EVERY_S = 20.0  # until there is a first minute
RETRY_S = 6.0
CHECK_EVERY_S = 24 * 3600.0
SLOW_AFTER_S = 30.0
LOW_BYTES = 32 * 2**20
STEADY_FOR_S = 3600.0  # of a clock before anything is deleted by it: a stepped clock would delete everything
STEADY_WITHIN_S = 5.0
BREATH_S = 0.3  # for the engine, between two months of an invented past
LAST_WRITE_S = 1.0  # the supervisor waits for 1.6 s

log = structlog.get_logger(__name__)


class HistoryKeeper:
    """Keeps one site's memory.

    Args:
        site: the site.
        store: where the minutes come from.
        root: folder of the memory.
        first_after_s: before the first pass; the start belongs to the live page.
        clock: monotonic seconds.

    """

    def __init__(
        self, site: Site, store: Store, root: Path, *, first_after_s: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._site, self._store, self._folder = site, store, HistoryFolder(root)
        self._clock = clock
        self._first_after_s = first_after_s
        self._leads = threading.Event()
        self._stop = threading.Event()
        self._work: Work | None = None
        self._problem = ("", "")
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._write, self._tell)]

    def start(self) -> None:
        """Start the threads; they wait until this engine leads."""
        for thread in self._threads:
            thread.start()

    def lead(self, *, leads: bool) -> None:
        """Say whether this engine leads; one that does not writes nothing."""
        (self._leads.set if leads else self._leads.clear)()

    def problem(self) -> tuple[str, str]:
        """Return what stops the writer: a code and a line, two empty words where nothing does."""
        return self._problem

    def close(self) -> None:
        """Write what there is for the last time and end, after at most a few seconds."""
        self._stop.set()
        self._threads[0].join(LAST_WRITE_S)

    def _write(self) -> None:
        self._stop.wait(self._first_after_s)
        while not self._stop.is_set():
            pause = LOOK_EVERY_S
            if self._leads.is_set():
                self._work = self._work or Work(self._site, self._store, self._folder, clock=self._clock)
                pause = self._work.turn()
            self._stop.wait(pause)
        if self._leads.is_set() and self._work is not None:
            self._work.turn()

    def _tell(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            if not self._leads.is_set():
                continue
            self._problem = self._found()
            try:
                self._store.write_history_status(self._status().to_json())
            except StoreError:
                continue  # said by those who need it

    def _found(self) -> tuple[str, str]:
        work = self._work
        if work is not None and work.began is not None and self._clock() - work.began > SLOW_AFTER_S:
            return "working", f"one write has taken {self._clock() - work.began:.0f} s"
        if work is not None and work.problem[0]:
            return work.problem
        free = free_bytes(self._folder.root)
        if free is not None and free < LOW_BYTES:
            return "disk-full", f"{free / 2**20:.0f} MiB left on the disk of {self._folder.root}"
        return "", ""

    def _status(self) -> HistoryStatus:
        newest = None if self._work is None else self._work.newest
        damaged = tuple(self._folder.set_asides())
        return HistoryStatus(self._folder.id(), self._store.time(), newest, *self._problem, damaged)


class Work:
    """One pass at a time: take, add, close days, delete.

    Attributes:
        problem: (code, reason) of the last pass, two empty words where it went well.
        newest: start of the newest minute in the files; began: when the pass that goes on began, None between passes.

    """

    def __init__(
        self, site: Site, store: Store, folder: HistoryFolder, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        from mall.history.archive import Archive
        from mall.history.sample import SampleHistory
        from mall.history.taking import Taker

        self._store, self._folder, self._clock = store, folder, clock
        self._archive = Archive(folder)
        self._taker = Taker(site, store)
        self._sample = SampleHistory(site, folder)
        self._steady = SteadyFor(STEADY_FOR_S)
        self._checked: float | None = None
        self.problem = ("", "")
        self.newest: int | None = None
        self.began: float | None = None

    def turn(self) -> float:
        """Do a pass and return for how many seconds to wait for the next."""
        self.began = self._clock()
        before = self.problem
        try:
            self._pass(self._store.time())
            self.problem, self.began = ("", ""), None
            self._sample.make_once(lambda: time.sleep(BREATH_S))
            self._archive.rest()
        except DamagedFileError as exc:
            self._checked = None  # the next pass sets it aside and takes what the store still has of its time
            self.problem = ("write-failed", str(exc))
        except StoreError as exc:
            log.info("history: waits for the store", reason=str(exc))
        except OSError as exc:  # ENOSPC and all else a disk says
            code = "disk-full" if exc.errno in DISK_FULL else "write-failed"
            self.problem = (code, f"{exc.strerror or exc}: {self._folder.root}")
        except Exception as exc:
            # This thread must not end: nobody would write any more, and nobody would be told.
            log.exception("history: a pass failed")
            self.problem = ("write-failed", f"{type(exc).__name__}: {exc}"[:200])
        finally:
            self.began = None
        if self.problem != before:
            said = log.error if self.problem[0] else log.info
            said("history: cannot be written" if self.problem[0] else "history: written again", reason=self.problem[1])
        if self.problem[0]:
            return RETRY_S
        return WRITE_EVERY_S if self.newest is not None else FIRST_EVERY_S

    def _pass(self, now: float) -> None:
        monotonic = self._clock()
        with self._folder.held():
            if self._checked is None or monotonic - self._checked > CHECK_EVERY_S:
                self._archive.check(now)
                self._taker.forget()
                self._checked = monotonic
            table, newest = self._taker.take()
            self._archive.add(table)
            self._taker.taken(newest)
            self.newest = max(newest.values(), default=None)
            self._archive.close_days(newest)
            if self._steady.is_steady(now, monotonic):
                self._archive.drop_old(now)
                self._sample.drop_old(now)


DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class SteadyFor:
    """Tells whether a clock has run true beside the monotonic one for long enough; pure."""

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._began: tuple[float, float] | None = None

    def is_steady(self, now: float, monotonic: float) -> bool:
        """Take both clocks; a step begins the wait anew."""
        if self._began is None or abs((now - self._began[0]) - (monotonic - self._began[1])) > STEADY_WITHIN_S:
            self._began = (now, monotonic)
        return monotonic - self._began[1] >= self._for_s


def free_bytes(folder: Path) -> int | None:
    """Return the bytes that may still be written to the disk of a folder, None where that is not known."""
    try:
        found = os.statvfs(folder if folder.exists() else folder.parent)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
