"""The gate before the setup interface: off, without a session or too large, a request goes no further."""

import http.cookies
import json
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mall.setup.words import SetupError
from mall.web.security import replayed

PREFIX = "/api/v1/setup"
SESSION_PATH = f"{PREFIX}/session"
COOKIE = "mall_setup"
MOST_BYTES = 2_000_000
STATUS: Mapping[str, int] = {
    "off": 404, "session": 401, "token": 401, "closed": 403, "shape": 422, "size": 413, "unknown": 404, "changed": 409,
    "invalid": 422, "read-only": 422, "none": 404, "few-counts": 422, "still": 404, "no-answer": 503,
    "no-picture": 503, "no-detector": 503, "lost": 503, "store": 503,
    "disk": 503, "damaged": 503,
}  # fmt: skip

Who = Callable[[str | None], str | None]


class SetupGate:
    """Let through to the setup interface only requests of a session, and of at most 2 MB.

    Args:
        who: who opened the session of a cookie; None where setup is off.

    """

    def __init__(self, app: ASGIApp, *, who: Who | None) -> None:
        self.app, self._who = app, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == PREFIX or path.startswith(f"{PREFIX}/")):
            await self.app(scope, receive, send)
            return
        if self._who is None:
            await refuse(scope, send, SetupError("off"))
            return
        who = self._who(cookie_of(scope))
        if who is None and not (path == SESSION_PATH and scope["method"] == "POST"):
            await refuse(scope, send, SetupError("session"))
            return
        body = await _read(receive)
        if body is None:
            await refuse(scope, send, SetupError("size"))
            return
        scope.setdefault("state", {})["setup_who"] = who
        await self.app(scope, replayed(body), send)


def cookie_of(scope: Scope) -> str | None:
    """Return the session's cookie of a request."""
    header = "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie")
    try:
        found = http.cookies.SimpleCookie(header).get(COOKIE)
    except http.cookies.CookieError:
        return None
    return None if found is None else found.value


def error_row(exc: SetupError) -> dict[str, object]:
    """Return a refusal for an answer."""
    problems = [problem.row() for problem in exc.problems]
    row: dict[str, object] = {"detail": str(exc), "code": exc.code, "text": exc.text, "problems": problems}
    if exc.why is not None:
        row["why"] = {"code": exc.why.code, "args": dict(exc.why.args)}
    return row


async def refuse(scope: Scope, send: Send, exc: SetupError) -> None:
    """Answer with a refusal."""
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": STATUS[exc.code], "headers": headers})
    body = b"" if scope["method"] == "HEAD" else json.dumps(error_row(exc), ensure_ascii=False).encode()
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None where it is too large or breaks off."""
    body = bytearray()
    while True:
        message: Message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)
