"""A synchronous client of an ASGI app, without a port; an exception in the app becomes a 500 as on a server."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp


class AppClient:
    """Sends one request at a time, each in an event loop of its own."""

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1") -> None:
        self._app, self._host = app, host

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{self._host}") as client:
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(send())

    def get(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        return self.request("GET", path, headers, **more)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        return self.request("POST", path, headers, **more)
