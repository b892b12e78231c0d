"""The public listener: a separate app with nothing but the widget, the devices' door and a bare health answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse

from mall.config import Site
from mall.errors import StoreError
from mall.lifeline import beat
from mall.store import Store
from mall.web.api import install_errors
from mall.web.embed import embed_app
from mall.web.ingest import ingest_router
from mall.web.security import BareHeaders

BEAT_S = 1.0


@asynccontextmanager
async def _beating(_app: FastAPI) -> AsyncIterator[None]:
    """Tell the supervisor that the event loop runs."""
    task = asyncio.create_task(_beat())
    yield
    task.cancel()


async def _beat() -> None:
    while True:
        beat()
        await asyncio.sleep(BEAT_S)


def create_public_app(site: Site, store: Store, keys: Mapping[str, bytes]) -> FastAPI:
    """Return the app for ``[public] bind``; it answers to ``[public] hosts`` alone where they are named."""
    app = FastAPI(title="mallflow public", openapi_url=None, docs_url=None, redoc_url=None, lifespan=_beating)
    install_errors(app)
    app.add_middleware(BareHeaders)
    if site.file.public.hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(site.file.public.hosts), www_redirect=False)
    app.include_router(ingest_router(site, store, keys))
    app.mount("/embed", embed_app(site, store))

    @app.get("/healthz")
    def read_health() -> JSONResponse:
        """Say whether the store answers, and nothing else."""
        try:
            store.ping()
        except StoreError:
            return JSONResponse({"status": "down"}, 503)
        return JSONResponse({"status": "ok"})

    return app
