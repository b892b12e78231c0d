"""The door for devices of pop-ups and contacts: one signed message in, checked, counted by reason when refused."""

import asyncio
import re
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from gis.passage import other_ends
from mall.config import Site
from mall.errors import ReadingRefusedError
from mall.plan_state.changing import note_contact
from mall.popups.messages import MAX_BODY_BYTES, parse_message, place_in_time, to_readings
from mall.popups.signing import verify
from mall.site_contacts import Contact
from mall.site_file import Popup
from mall.store import Store
from mall.web.schemas import Accepted, Problem, Refused, SensorMessage

log = structlog.get_logger(__name__)

STATUS = {
    "unsigned": 401,
    "signature": 401,
    "unknown_device": 401,
    "malformed": 400,
    "unknown_sensor": 400,
    "implausible": 400,
    "future": 400,
    "replayed": 409,
    "late": 409,
    "too_large": 413,
    "too_slow": 408,
    "broken_off": 400,
    "guessing": 429,
}
BODY_TIMEOUT_S = 5.0
SEQ_PATTERN = re.compile(r"[0-9]{1,14}")
SIGNATURE_PATTERN = re.compile(r"sha256=[0-9a-f]{64}")
WRONG = frozenset({"signature", "unknown_device"})


class GuessingError(ReadingRefusedError):
    """Too many wrong signatures; ``wait_s`` seconds until the next is looked at."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("guessing", f"too many wrong signatures; wait {wait_s:.0f} s")
        self.wait_s = wait_s


class GuessGuard:
    """Counts wrong signatures by source; beyond ``limit`` in ``window_s`` seconds a further one has to wait.

    A source is an address and a device: kits behind one router share an address, and one that is set up wrongly must
    not shut the others out. Right signatures are never held up.
    """

    def __init__(self, *, limit: int = 10, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._window_s, self._clock = limit, window_s, clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def judge(self, address: str, device: str, refused: ReadingRefusedError) -> ReadingRefusedError:
        """Return what to answer to a refused message: itself, or ``guessing`` after too many wrong signatures."""
        if refused.reason not in WRONG:
            return refused
        source = f"{address} {device if refused.reason == 'signature' else '?'}"
        wait_s = self.wait_s(source)
        if wait_s > 0:
            return GuessingError(wait_s)
        self.note_wrong(source)
        return refused

    def wait_s(self, source: str) -> float:
        """Return how many seconds a source has to wait; 0 when it may try."""
        recent = self._recent(source)
        return recent[0] + self._window_s - self._clock() if len(recent) >= self._limit else 0.0

    def note_wrong(self, source: str) -> None:
        """Remember one wrong signature; the longest-known sources are forgotten beyond 4096."""
        recent = self._recent(source)
        recent.append(self._clock())
        self._wrong[source] = recent
        while len(self._wrong) > 4096:
            self._wrong.popitem(last=False)

    def _recent(self, source: str) -> deque[float]:
        recent = self._wrong.get(source, deque())
        while recent and recent[0] <= self._clock() - self._window_s:
            recent.popleft()
        return recent


class IngestDoor:
    """Takes a device's message: signature first, content after, the store's atomic rising number last."""

    def __init__(self, site: Site, store: Store, keys: Mapping[str, bytes]) -> None:
        senders: tuple[Popup | Contact, ...] = (*site.popups, *site.contacts)
        self._devices = {sender.device_id: sender for sender in senders}
        self._ends = {contact.id: other_ends(site.plan, contact.item or "") for contact in site.contacts}
        self._store, self._keys = store, keys
        self._no_key = secrets.token_bytes(32)

    def take(self, device: str, *, seq: str | None, signature: str | None, body: bytes) -> Accepted:
        """Check and store one message.

        Raises:
            ReadingRefusedError: with a reason of ``STATUS``; nothing of the message was kept.

        """
        number = self._authentic(device, seq, signature, body)
        sender = self._devices[device]
        now, message = self._store.time(), parse_message(body, sender)
        if isinstance(sender, Contact) and not set(message.values.values()) <= {0.0, 1.0}:
            raise ReadingRefusedError("implausible", "contact: expected 0 (open) or 1 (closed)")
        when = place_in_time(message, now)
        readings = to_readings(message, sender, when, seq=number, now=now)
        if not self._store.accept_readings(device, number, readings, late=when.late):
            raise ReadingRefusedError("replayed", "the sequence number does not rise")
        if isinstance(sender, Contact) and not when.late:
            is_active, ends = sender.is_active(readings[0].value), self._ends[sender.id]
            note_contact(self._store, sender, is_active=is_active, now=when.observed_at, ends=ends)
        if when.skewed:
            log.warning("device clock is off", device=device, lag_s=readings[0].lag_s)
        return Accepted(accepted=len(readings), skewed=when.skewed, late=when.late)

    def count(self, reason: str) -> None:
        """Count one refusal by its reason."""
        self._store.count_refusal(reason)

    def _authentic(self, device: str, seq: str | None, signature: str | None, body: bytes) -> int:
        if (
            seq is None
            or signature is None
            or not SEQ_PATTERN.fullmatch(seq)
            or not SIGNATURE_PATTERN.fullmatch(signature)
        ):
            raise ReadingRefusedError("unsigned", "expected the headers X-Mall-Seq and X-Mall-Signature: sha256=<hex>")
        known = device in self._devices and device in self._keys
        # An unknown device takes the same time and gets the same words as a wrong signature.
        key = self._keys[device] if known else self._no_key
        name = device if known else "unknown"
        if not verify(signature, key, device=name, seq=int(seq), body=body) or not known:
            raise ReadingRefusedError("signature" if known else "unknown_device", "wrong device or signature")
        return int(seq)


def _described() -> dict[str, Any]:
    """Return what the OpenAPI document cannot see: the door reads the body itself, for it must not trust its size."""
    number = {"type": "integer", "minimum": 0}
    signature = {"type": "string", "pattern": f"^{SIGNATURE_PATTERN.pattern}$"}
    body = {"application/json": {"schema": SensorMessage.model_json_schema()}}
    return {
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": schema}
            for name, schema in (("X-Mall-Seq", number), ("X-Mall-Signature", signature))
        ],
        "requestBody": {"required": True, "content": body},
    }


def ingest_router(site: Site, store: Store, keys: Mapping[str, bytes], *, guard: GuessGuard | None = None) -> APIRouter:
    """Return the router of ``POST /api/v1/ingest/{device}``."""
    door, guard = IngestDoor(site, store, keys), guard or GuessGuard()
    router = APIRouter(tags=["ingest"])
    answers: dict[int | str, dict[str, Any]] = {status: {"model": Refused} for status in STATUS.values()}
    answers |= {422: {"model": Problem}, 503: {"model": Problem}}

    @router.post("/api/v1/ingest/{device}", response_model=Accepted, responses=answers, openapi_extra=_described())
    async def ingest(device: str, request: Request) -> Response:
        """Take one signed message of a device: `{"at": …, "readings": {sensor: number}}`, at most 8 KiB."""
        address = request.client.host if request.client else ""
        try:
            body = await _limited_body(request)
            seq, signature = request.headers.get("x-mall-seq"), request.headers.get("x-mall-signature")
            accepted = await run_in_threadpool(door.take, device, seq=seq, signature=signature, body=body)
            return JSONResponse(accepted.model_dump())
        except ReadingRefusedError as exc:
            refused = guard.judge(address, device, exc)
            await run_in_threadpool(door.count, refused.reason)
            return _refusal(refused)

    return router


async def _limited_body(request: Request) -> bytes:
    """Read at most 8 KiB; a sender slower than 5 s is let go."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise ReadingRefusedError("too_large", f"more than {MAX_BODY_BYTES} bytes")
    except ClientDisconnect as exc:
        raise ReadingRefusedError("broken_off", "the connection ended before the message did") from exc
    except TimeoutError as exc:
        raise ReadingRefusedError("too_slow", f"no complete message in {BODY_TIMEOUT_S:g} s") from exc
    return bytes(body)


def _refusal(refused: ReadingRefusedError) -> Response:
    """Answer with the reason; whether the device exists stays our own knowledge."""
    reason = "signature" if refused.reason == "unknown_device" else refused.reason
    wait_s = refused.wait_s if isinstance(refused, GuessingError) else None
    headers = None if wait_s is None else {"Retry-After": str(max(1, round(wait_s)))}
    return JSONResponse({"detail": str(refused), "reason": reason}, STATUS[refused.reason], headers)
