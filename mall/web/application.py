"""The web process: one FastAPI object with the pages, Dash, the interface and the live stream."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from dash import Dash
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mall import lifeline
from mall.config import Site
from mall.setup.limits import LimitsDesk
from mall.store import Store
from mall.views.operator import read_operator_view
from mall.web.advisories_page import advisories_page_router
from mall.web.api import api_router, install_errors
from mall.web.drills_api import drills_router
from mall.web.drills_page import drills_page_router
from mall.web.embed import embed_app
from mall.web.exercise import add_exercise, exercise_feed
from mall.web.feed import Feed
from mall.web.history_api import NO_HISTORY, history_router
from mall.web.history_page import history_page_router
from mall.web.ingest import ingest_router
from mall.web.live_page import attach_dash, wall_page
from mall.web.popups_page import popups_router
from mall.web.rules_saving import rules_saving_router
from mall.web.security import Guard, content_policy
from mall.web.setup_guard import SetupGate
from mall.web.setup_page import setup_page_router
from mall.web.stream import stream_router
from mall.web.tenant_page import tenant_router

if TYPE_CHECKING:
    from mall.setup.desk import SetupDesk

PACK_FROM_BYTES = 1024

log = structlog.get_logger(__name__)


def create_app(  # noqa: PLR0913  all that a web process may stand beside
    site: Site,
    store: Store,
    keys: Mapping[str, bytes],
    *,
    setup: "SetupDesk | None" = None,
    exercise: Store | None = None,
    history: Path | None = None,
    state: Path | None = None,
) -> FastAPI:
    """Return the private listener's application.

    Args:
        site: the site.
        store: its live state; read by one task, and by requests in threads.
        keys: device id -> signing key of the pop-up kits.
        setup: what the setup page asks, with ``run --setup`` only.
        exercise: the store of a drill beside the mall; None where none can run.
        history: folder of the memory, where it lies on this machine.
        state: the state folder; without it limits can be tried and not saved.

    """
    feed = Feed(lambda: _view(site, store), lambda wait_s: store.wait_tick(wait_s, "snapshots"))
    played = None if exercise is None else exercise_feed(site, exercise)
    app = FastAPI(
        title=f"Mallflow, {site.file.site.name}",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_reading(feed, played),
    )
    install_errors(app)
    _add_routes(app, site, store, feed, keys)
    app.include_router(history_router(site, store, history or site.folder / NO_HISTORY))
    if state is not None:
        app.include_router(rules_saving_router(LimitsDesk(site.folder, state, store)))
    if setup is not None:
        from mall.web.setup_api import setup_router

        app.include_router(setup_router(setup))
    add_exercise(app, site, exercise, played)
    dash = attach_dash(app, site, store)
    _refuse_the_rest(app)
    app.add_middleware(SetupGate, who=None if setup is None else setup.door.who)
    app.add_middleware(GZipMiddleware, minimum_size=PACK_FROM_BYTES)
    app.add_middleware(Branch, prefix="/embed", branch=embed_app(site, store))
    app.add_middleware(Guard, policy=content_policy(dash.csp_hashes()), callbacks=_callbacks(dash))
    return app


def _callbacks(dash: Dash) -> dict[str, list[tuple[str, str]]]:
    return {out: [(part["id"], part["property"]) for part in row["inputs"]] for out, row in dash.callback_map.items()}


def _view(site: Site, store: Store) -> dict[str, Any]:
    # Reached only where the event loop and its threads both still work.
    lifeline.beat()
    return read_operator_view(site, store)


def _reading(feed: Feed, played: Feed | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan during which the feed reads the store; without it the process is of no use and ends."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(feed.run())
        task.add_done_callback(_end_unless_asked)
        tasks = [task, *([] if played is None else [asyncio.create_task(played.run())])]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan


def _end_unless_asked(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        log.critical("the feed has ended", reason=repr(task.exception()))
        lifeline.leave(1)


def _add_routes(app: FastAPI, site: Site, store: Store, feed: Feed, keys: Mapping[str, bytes]) -> None:
    app.include_router(api_router(site, store, feed))
    app.include_router(ingest_router(site, store, keys))
    app.include_router(stream_router(site, store, feed))
    app.include_router(advisories_page_router(site))
    app.include_router(history_page_router(site))
    app.include_router(popups_router(site))
    app.include_router(drills_router(site, store))
    app.include_router(drills_page_router(site))
    app.include_router(tenant_router(site, store, feed))
    app.include_router(setup_page_router(site))
    wall = wall_page(site)

    @app.get("/wall", include_in_schema=False)
    async def read_wall() -> HTMLResponse:
        return HTMLResponse(wall)


def _refuse_the_rest(app: FastAPI) -> None:
    """Answer 404 to unknown addresses; Dash, which adds a route for everything at start, would show its page there."""

    @app.get("/{path:path}", include_in_schema=False)
    async def read_unknown(path: str) -> None:
        raise HTTPException(404, f"nothing is at /{path[:80]}")


class Branch:
    """Serve one prefix by an app of its own, past every middleware below this one."""

    def __init__(self, app: ASGIApp, *, prefix: str, branch: ASGIApp) -> None:
        self.app = app
        self.router = Router(routes=[Mount(prefix, branch)], default=app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; start and end are the main app's."""
        target = self.app if scope["type"] == "lifespan" else self.router
        await target(scope, receive, send)
