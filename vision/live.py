"""Live streams by RTSP or HTTP: short time-outs, an own judgement of silence, reconnecting for ever."""

import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Literal
from urllib.parse import urlsplit

import numpy as np

from vision.capture import open_stream
from vision.detector import Image
from vision.frames import Frame, SourceRefusedError

OPEN_TIMEOUT_S = 4.0
SILENCE_S = 2.5
BACKOFF_FIRST_S = 0.5
BACKOFF_LAST_S = 4.0
SCHEMES = ("rtsp", "rtsps", "http", "https")

Report = Callable[[Literal["back", "lost"]], None]
Wanted = Callable[[float], bool]
"""Tells whether the picture of a frame captured at this monotonic second may be looked at."""


def without_password(address: str) -> str:
    """Return an address fit for logs: no user, no password, no query."""
    parts = urlsplit(address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def refuse_address(address: str) -> None:
    """Raise SourceRefusedError, without its password, where an address cannot be that of a camera."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        # What urllib says may hold a part of the password.
        text = "not an address that can be read; in its password / is written %2F, @ %40, [ %5B"
        raise SourceRefusedError(text) from None
    if parts.scheme.lower() not in SCHEMES:
        raise SourceRefusedError(f"{without_password(address)}: expected rtsp, rtsps, http or https")
    if not host:
        raise SourceRefusedError(f"{without_password(address)}: no host in this address")


def live_frames(
    address: str, stop: Event, report: Report, *, wanted: Wanted = lambda _captured_at: True
) -> Iterator[Frame]:
    """Yield the frames of a stream until ``stop``; every first frame of a connection is marked ``cut``.

    Args:
        address: rtsp, rtsps, http or https.
        stop: ends the iteration between two frames.
        report: called with "back" when frames flow (again), "lost" when they stopped or would not start.
        wanted: frames that are not are left out; they are decoded, but no picture is made of them.

    Raises:
        SourceRefusedError: on any other scheme, and on what is no address.

    """
    refuse_address(address)
    started, index, pause_s = time.monotonic(), 0, BACKOFF_FIRST_S
    while not stop.is_set():
        fresh = True
        for captured_at, image in _connection(address, stop, wanted):
            if fresh:
                report("back")
            yield Frame(index, captured_at - started, captured_at, image, cut=fresh)
            index, fresh, pause_s = index + 1, False, BACKOFF_FIRST_S
        report("lost")
        stop.wait(pause_s)
        pause_s = min(2 * pause_s, BACKOFF_LAST_S)


def _connection(address: str, stop: Event, wanted: Wanted) -> Iterator[tuple[float, Image]]:
    """Yield what one connection brings. A read that took too long ends it, even if a leftover frame came of it."""
    reader = open_stream(address, open_timeout_s=OPEN_TIMEOUT_S, read_timeout_s=SILENCE_S)
    try:
        while reader.isOpened() and not stop.is_set():
            asked_at = time.monotonic()
            grabbed = reader.grab()
            captured_at = time.monotonic()
            if not grabbed or captured_at - asked_at > SILENCE_S:
                return
            if not wanted(captured_at):
                continue
            made, image = reader.retrieve()
            if not made or image is None:
                return
            yield captured_at, np.asarray(image, dtype=np.uint8)
    finally:
        reader.release()
