"""One signed HTTP request: to the address that was checked, without a redirect, and over within five seconds.

The signature is HMAC-SHA256 (RFC 2104) over time stamp, line feed, message id, line feed and body.
"""

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from typing import Self

from mall.errors import NotifyError
from mall.notify.addresses import Target, reachable

TIMEOUT_S = 5.0
TAKEN = range(200, 300)


class Watchdog:
    """Ends what it watches after a time, for who sends a byte now and then never lets a socket time out."""

    def __init__(self, after_s: float) -> None:
        self.is_late = False
        self._twins: list[socket.socket] = []
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Begin to count."""
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self._timer.cancel()
        for twin in self._twins:
            twin.close()

    def watch(self, link: socket.socket) -> None:
        """Watch a connection from now on, whatever becomes of this socket: TLS takes it over with its handshake."""
        self._twins.append(link.dup())

    def _cut(self) -> None:
        self.is_late = True
        for twin in list(self._twins):
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)


def sign(secret: bytes, stamp: str, message_id: str, body: bytes) -> str:
    """Return the value of the ``X-Mall-Signature`` header, ``sha256=`` and 64 hex digits."""
    return "sha256=" + hmac.new(secret, f"{stamp}\n{message_id}\n".encode() + body, hashlib.sha256).hexdigest()


def post(
    target: Target, body: bytes, headers: Mapping[str, str], hosts: Sequence[str], timeout_s: float = TIMEOUT_S
) -> None:
    """Send a body and return once the receiver has taken it.

    Raises:
        NotifyError: it was not taken: no connection, no answer in time, or a status other than 2xx.

    """
    try:
        link = socket.create_connection((reachable(target, hosts), target.port), timeout_s)
    except (OSError, ValueError) as exc:
        raise NotifyError(f"{target.host}: {exc}") from exc
    with closing(link), Watchdog(timeout_s) as watchdog:
        watchdog.watch(link)
        try:
            with closing(_connection(target, link, timeout_s)) as connection:
                status = _exchange(connection, target, body, headers)
        except (OSError, ValueError, http.client.HTTPException) as exc:
            reason = "no answer in time" if isinstance(exc, TimeoutError) or watchdog.is_late else str(exc)
            raise NotifyError(f"{target.host}: {reason or type(exc).__name__}") from exc
    if status not in TAKEN:
        raise NotifyError(f"{target.host}: answered {status}")


def _connection(target: Target, link: socket.socket, timeout_s: float) -> http.client.HTTPConnection:
    """Return a connection over this very link: the name is not looked up again."""
    if target.scheme == "https":
        link = ssl.create_default_context().wrap_socket(link, server_hostname=target.host)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout_s)
    connection.sock = link
    connection.auto_open = 0  # a lost connection is not made anew, past the check
    return connection


def _exchange(connection: http.client.HTTPConnection, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    fixed = {"Host": target.netloc, "Content-Length": str(len(body)), "Connection": "close", "User-Agent": "mallflow"}
    for name, value in {**fixed, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as answer:
        return answer.status
