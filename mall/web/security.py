"""The private listener's guard: who may speak to it, and the headers every answer carries."""

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
CALLBACK_PATH = "/_dash-update-component"
CALLBACK_BODY_LIMIT = 65_536
VALUE_DEPTH = 4
OPEN_PREFIX = "/embed/"
ASSETS_PREFIX = "/assets/"

Callbacks = Mapping[str, Sequence[tuple[str, str]]]

FIXED_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
PRIVATE_HEADERS = {
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
BARE_HEADERS = FIXED_HEADERS | {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}


def content_policy(script_hashes: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of the private pages; ``script_hashes`` name Dash's own inline scripts.

    Styles may be inline because charts and the plan place things with them; scripts may not, nor be evaluated.

    """
    scripts = " ".join(["'self'", *script_hashes])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


class Guard:
    """Refuse foreign hosts (421) and foreign origins (403), bad callback bodies (400), and add the headers.

    Args:
        policy: the Content-Security-Policy of the private pages.
        callbacks: output -> its (id, property) inputs of every callback there is; others are refused.
        hosts: host names, without port, that this listener answers to; they stop DNS rebinding.

    """

    def __init__(
        self, app: ASGIApp, *, policy: str, callbacks: Callbacks | None = None, hosts: Iterable[str] = LOOPBACK_HOSTS
    ) -> None:
        self.app = app
        self.policy = policy
        self.callbacks = callbacks or {}
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await _refuse(scope, send, *refused)
            return
        if scope["type"] == "http" and scope["path"] == CALLBACK_PATH:
            body = clean_callback(await _read_body(receive), self.callbacks)
            if body is None:
                await _refuse(scope, send, 400, "not a callback request")
                return
            # What Dash appends to the address names jobs in the background, of which there are none.
            scope, receive = {**scope, "query_string": b""}, replayed(body)
        await self.app(scope, receive, self._with_headers(scope, send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        host = headers.get("host", "")
        if _host_name(host) not in self.hosts:
            return 421, "this address is not served here"
        if scope["path"].startswith(OPEN_PREFIX):
            return None
        origin = headers.get("origin")
        if origin is not None and _netloc(origin) != host.lower():
            return 403, "requests from other sites are refused"
        is_read = scope.get("method") in ("GET", "HEAD")
        if not is_read and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "requests from other sites are refused"
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        extra = dict(FIXED_HEADERS)
        if not scope["path"].startswith(OPEN_PREFIX):
            extra |= PRIVATE_HEADERS | {"content-security-policy": self.policy}
            # An asset's address carries its digest; figures are of now and belong into no cache.
            is_versioned = scope["path"].startswith(ASSETS_PREFIX) and scope.get("query_string", b"").startswith(b"v=")
            extra["cache-control"] = "private, max-age=31536000, immutable" if is_versioned else "no-store"
        return adding(extra, send)


class BareHeaders:
    """Say with every answer of the public listener, but for the widget, that nobody may frame, sniff or keep it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self.app(scope, receive, adding(BARE_HEADERS, send))


def adding(headers: Mapping[str, str], send: Send) -> Send:
    """Return a ``send`` that adds headers to an answer's start where it does not set them itself."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {key.lower() for key, _ in message.get("headers", ())}
            added = [(k.encode(), v.encode()) for k, v in headers.items() if k.encode() not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return send_with


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def clean_callback(body: bytes | None, callbacks: Callbacks) -> bytes | None:
    """Return a callback request with what is known of it and no more; None where it is not one.

    Dash answers anything else with an internal error: an unknown output, inputs in another shape, deep nesting.
    """
    try:
        row = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    output = row.get("output") if isinstance(row, dict) else None
    inputs = callbacks.get(output) if isinstance(output, str) else None
    given = row.get("inputs") if inputs is not None else None
    if output is None or inputs is None or not isinstance(given, list) or len(given) != len(inputs):
        return None
    named = [(part.get("id"), part.get("property")) if isinstance(part, dict) else None for part in given]
    if named != list(inputs) or not all(_is_shallow(part.get("value"), VALUE_DEPTH) for part in given):
        return None
    parts = [{"id": i, "property": p, "value": part.get("value")} for (i, p), part in zip(inputs, given, strict=True)]
    element, _, name = output.rpartition(".")
    clean = {"output": output, "outputs": {"id": element, "property": name}, "inputs": parts, "state": []}
    return json.dumps(clean | {"changedPropIds": [f"{i}.{p}" for i, p in inputs]}).encode()


def _is_shallow(value: object, depth: int) -> bool:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(part, depth - 1) for part in inner)
    return True


async def _read_body(receive: Receive) -> bytes | None:
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > CALLBACK_BODY_LIMIT:
            return None
        if not message.get("more_body", False):
            return b"".join(chunks)


def replayed(body: bytes | None) -> Receive:
    """Return a ``receive`` that gives a body that was read already."""
    messages: list[Message] = [{"type": "http.request", "body": body or b"", "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": text})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
