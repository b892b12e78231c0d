"""Addresses that the operator page reads while it is open: state stream, heat grid, last hour."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, Response, StreamingResponse

from mall.config import Site
from mall.models import LINE_PREFIX, MOVE_PREFIX
from mall.store import Store
from mall.web.feed import Feed

RETRY_MS = 2000
FRESH = {"cache-control": "no-store", "x-accel-buffering": "no"}


def stream_router(site: Site, store: Store, feed: Feed) -> APIRouter:
    """Return the ``/live`` routes."""
    router = APIRouter(prefix="/live", include_in_schema=False)
    levels = [level.id for level in site.plan.levels]

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(_events(feed), media_type="text/event-stream", headers=FRESH)

    @router.get("/heat/{level}")
    async def heat(level: str) -> Response:
        if level not in levels:
            raise HTTPException(404, "No level of this id.")
        grid = await asyncio.to_thread(store.read_heat, level)
        if grid is None:
            return Response(status_code=204, headers=FRESH)
        return Response(grid, media_type="application/json", headers=FRESH)

    @router.get("/minutes")
    async def minutes() -> JSONResponse:
        rows = [await asyncio.to_thread(last_hour, store, level) for level in levels]
        return JSONResponse({key: minutes for row in rows for key, minutes in row.items()})

    return router


def last_hour(store: Store, level: str) -> dict[str, list[list[float | None]]]:
    """Return zone id -> [[minute start, mean people or None, coverage], …] of the last 60 minutes of a level."""
    now = store.time()
    zones: dict[str, list[list[float | None]]] = {}
    for start, rows in store.read_minutes(level, now - 3660, now):
        for row in (row for row in rows if not row.zone.startswith((LINE_PREFIX, MOVE_PREFIX))):
            zones.setdefault(row.zone, []).append([start, row.people_mean, row.coverage])
    return zones


async def _events(feed: Feed) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    async with feed.subscribe() as subscription:
        while (message := await subscription.next()) is not None:
            yield b"event: state\ndata: " + message + b"\n\n"
