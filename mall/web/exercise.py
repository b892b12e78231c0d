"""The exercise as operators see it: the interface and the stream of a drill under ``/drill``, apart from the mall's."""

from typing import Any

from fastapi import FastAPI

from mall.config import Site
from mall.drills.stage import exercised
from mall.store import Store
from mall.views.operator import read_operator_view
from mall.web.api import api_router, install_errors
from mall.web.feed import Feed
from mall.web.stream import stream_router

PREFIX = "/drill"


def exercise_feed(site: Site, store: Store) -> Feed:
    """Return the feed of the exercise's store; where no drill runs it looks once a second."""
    played = exercised(site)
    return Feed(lambda: _view(played, store), lambda wait_s: store.wait_tick(wait_s, "snapshots"))


def _view(site: Site, store: Store) -> dict[str, Any]:
    return read_operator_view(site, store) | {"exercise": True}


def add_exercise(app: FastAPI, site: Site, store: Store | None, feed: Feed | None) -> None:
    """Serve the exercise under ``/drill``, where it has a store and a feed."""
    if store is not None and feed is not None:
        app.mount(PREFIX, _exercise_app(site, store, feed))


def _exercise_app(site: Site, store: Store, feed: Feed) -> FastAPI:
    """Return the same interface and stream as the mall's, on the exercise's store alone."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    install_errors(app)
    played = exercised(site)
    app.include_router(api_router(played, store, feed))
    app.include_router(stream_router(played, store, feed))
    return app
