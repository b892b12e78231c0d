"""The process of one drill: plays it in its own time beside the mall, and writes down what it brought."""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from mall.config import Site
from mall.drills import book as drill_book
from mall.drills.book import Run
from mall.drills.cameras import PERIOD_S, views_of
from mall.drills.exercise import Exercise
from mall.drills.hour import read_hour
from mall.drills.past import PastExercise
from mall.drills.places import UnfitError
from mall.drills.reasons import why_not
from mall.drills.script import library
from mall.drills.stage import Stage
from mall.errors import AddressError, SiteError, StoreError
from mall.lifeline import beat
from mall.logs import redact
from mall.store import Store
from mall.store.opening import open_exercise, opened_store

TELL_EVERY_S = 1.0

_log = structlog.get_logger(__name__)


def serve_drill(site: Site, redis_url: str | None, stop: threading.Event) -> None:
    """Play the drill that the book asks for, if one is; return when it is over.

    Raises:
        AddressError: the store does not answer.

    """
    if not redis_url:
        raise AddressError("no store address: give --redis URL or set REDIS_URL")
    with opened_store(redis_url, site.id, named=redact(redis_url)) as store:
        run = drill_book.read_book(store).open
        if run is None:
            return
        if run.began_at is not None:
            _end(store, run, "failed", {"reason": "its process ended"})
            return
        exercise_store = open_exercise(redis_url, site.id)
        try:
            exercise_store.forget_exercise()
            Player(site, store, exercise_store, run).play(stop)
        finally:
            exercise_store.close()


class Player:
    """Plays one run.

    Args:
        site: the mall.
        store: of the mall; only its drill book and its audit are written.
        exercise_store: where everything else of the drill is.
        run: as asked for.
        pause: waits so many seconds between two steps; its own time unless given.

    """

    def __init__(
        self, site: Site, store: Store, exercise_store: Store, run: Run, *,
        pause: Callable[[float], object] | None = None,
    ) -> None:  # fmt: skip
        self._pause = pause
        self._site = site
        self._store = store
        self._exercise_store = exercise_store
        self._run = run
        self._told_at = float("-inf")

    def play(self, stop: threading.Event) -> None:
        """Play it to its end, until people or a signal stop it, or it fails; what it brought is written down."""
        beat()
        try:
            exercise = self._staged()
        except (SiteError, StoreError) as exc:
            _end(self._store, self._run, "failed", {"reason": str(exc)})
            return
        self._began(exercise)
        try:
            condition, reason = self._through(exercise, stop), ""
        except Exception as exc:
            _log.exception("drill failed")
            condition, reason = "failed", f"{type(exc).__name__}: {exc}"
        finally:
            exercise.close()
        _end(self._store, self._run, condition, {"debrief": exercise.debrief(), "reason": reason})

    def _staged(self) -> Exercise | PastExercise:
        if self._run.hour is not None:
            return self._past(self._run.hour)
        scripts = library(self._site.folder)
        if self._run.drill not in scripts:
            raise SiteError(f"no drill {self._run.drill!r}")
        stage = Stage(self._site, views_of(self._site, self._store.read_statuses()))
        try:
            staged = stage.put(scripts[self._run.drill])
            return Exercise(stage, staged, self._exercise_store, is_answered=True)
        except UnfitError as exc:
            raise SiteError(why_not(exc.code, exc.place)["en"]) from exc

    def _past(self, start: float) -> PastExercise:
        views = views_of(self._site, self._store.read_statuses())
        hour = read_hour(self._store, self._site, views.shares(self._site.plan), start, self._run.minutes)
        return PastExercise(self._site, views, hour, self._exercise_store, self._store.advisories())

    def _began(self, exercise: Exercise | PastExercise) -> None:
        run = self._run
        self._store.append_audit({"who": run.by, "what": "drill began", "drill": run.drill, "run": run.id})
        now = self._store.time()
        drill_book.update(
            self._store, run.id, condition="running", began_at=now, heard_at=now, lasts_s=exercise.lasts_s,
            places=dict(exercise.places),
        )  # fmt: skip
        _log.info("drill began", drill=run.drill, people=exercise.people)

    def _through(self, exercise: Exercise | PastExercise, stop: threading.Event) -> str:
        due = time.monotonic()
        while not exercise.is_over:
            beat()
            exercise.step()
            if self._is_stopped(exercise) or stop.is_set():
                return "stopped"
            due = max(due + PERIOD_S, time.monotonic() - PERIOD_S)  # late once is not late for ever
            (self._pause or stop.wait)(max(0.0, due - time.monotonic()))
        return "ended"

    def _is_stopped(self, exercise: Exercise | PastExercise) -> bool:
        """Say once a second that it lives and what it has brought, and hear whether it is to stop."""
        now = self._store.time()
        if 0.0 <= now - self._told_at < TELL_EVERY_S:
            return False
        self._told_at = now
        run = drill_book.update(
            self._store, self._run.id, condition="running", heard_at=now, lasts_s=exercise.lasts_s,
            debrief=exercise.debrief(),
        )  # fmt: skip
        return run is None or run.condition != "running"


def _end(store: Store, run: Run, condition: str, changes: dict[str, Any]) -> None:
    now = store.time()
    ended = drill_book.update(store, run.id, condition=condition, ended_at=now, heard_at=now, **changes)
    passed = None if ended is None or ended.debrief is None else ended.debrief["passed"]
    who = (ended.stopped_by if ended is not None else None) or run.by
    entry = {"who": who, "what": "drill ended", "drill": run.drill, "run": run.id, "how": condition, "passed": passed}
    store.append_audit(entry)
    _log.info("drill ended", drill=run.drill, how=condition, passed=passed)
