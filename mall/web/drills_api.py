"""``/api/v1/drills``: the library, the drill that runs and the last ones; start and stop."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from mall.config import Site
from mall.drills.book import Run, ask, ask_to_stop, read_book, settled
from mall.drills.shelf import HourShelf, LibraryShelf
from mall.errors import SiteError
from mall.store import Store
from mall.web.schemas import ERRORS, Problem
from mall.web.schemas_drills import Console, DrillOrder, DrillRun, DrillsAnswer, OpenDrill

BASE = "/api/v1/drills"
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Problem}}


def drills_router(site: Site, store: Store) -> APIRouter:
    """Return the routes; the drill itself is played by a process of its own, which the supervisor starts."""
    router = APIRouter(responses=ERRORS, tags=["drills"])
    shelf, past_hours = LibraryShelf(site), HourShelf(site)

    @router.get(BASE, response_model=DrillsAnswer)
    def read_drills() -> dict[str, Any]:
        """List the drills of this mall, the one that runs and the last ones, each with what it brought."""
        now = store.time()
        book, library = read_book(store), _rows(shelf, store)
        opened = _living(book.open, now)
        past = [settled(run, now) for run in book.runs if run is not opened]
        hours = past_hours.hours(store, now)
        return {"at": now, "library": library, "hours": hours, "open": opened, "past": past}

    @router.get(f"{BASE}/open", response_model=OpenDrill)
    def read_open() -> dict[str, Any]:
        """Tell which drill is asked for or runs."""
        now = store.time()
        return {"at": now, "open": _living(read_book(store).open, now)}

    @router.post(BASE, response_model=DrillRun, status_code=201, responses=CONFLICT)
    def start(order: DrillOrder) -> Run:
        """Ask for a drill. It begins within seconds, beside the mall and apart from all that is real."""
        if order.hour is None:
            return _asked(store, order, _script_s(site, store, shelf, order.drill))
        if order.hour not in past_hours.hours(store, store.time()):
            raise HTTPException(404, "No such hour is kept; GET /api/v1/drills lists them.")
        return _asked(store, order, 60.0 * order.minutes)

    @router.delete(BASE, response_model=DrillRun)
    def stop(by: Annotated[Console, Query(max_length=60)]) -> Run:
        """Stop the drill that runs; what it brought until then is kept."""
        run = ask_to_stop(store, by, store.time())
        if run is None:
            raise HTTPException(404, "No drill runs.")
        return run

    return router


def _living(run: Run | None, now: float) -> Run | None:
    return None if run is None or run.is_lost(now) else run


def _rows(shelf: LibraryShelf, store: Store) -> list[dict[str, Any]]:
    try:
        return shelf.rows(store.read_statuses())
    except SiteError as exc:
        raise HTTPException(422, str(exc)) from exc


def _script_s(site: Site, store: Store, shelf: LibraryShelf, drill: str) -> float:
    """Return how long a drill of the library lasts; it is refused where it cannot be played here."""
    row = next((row for row in _rows(shelf, store) if row["id"] == drill), None)
    if row is None:
        raise HTTPException(404, "No drill of this id; GET /api/v1/drills lists them.")
    if row["why_not"] is not None:
        raise HTTPException(422, f"This drill cannot be played in {site.file.site.name}: {row['why_not']['en']}.")
    return float(row["lasts_s"] + row["answers_s"])


def _asked(store: Store, order: DrillOrder, lasts_s: float) -> Run:
    now = store.time()
    run = Run(
        f"{order.drill}-{secrets.token_hex(4)}", order.drill, order.by, order.why, "asked", now, lasts_s,
        hour=order.hour, minutes=order.minutes if order.hour is not None else 0,
    )  # fmt: skip
    if ask(store, run, now) is None:
        held = read_book(store).open
        who = held.by.removeprefix("console:") if held is not None else "somebody else"
        raise HTTPException(409, f"A drill runs already, started by {who}.")
    return run
