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

from mall.errors import NotifyError
from mall.notify.addresses import Target, reachable

TIMEOUT_S = 5.0
TAKEN = range(200, 300)


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
        connection = _connect(target, reachable(target, hosts), timeout_s)
    except (OSError, ValueError) as exc:
        raise NotifyError(f"{target.host}: {exc}") from exc
    with closing(connection):
        # A receiver that sends a byte now and then never lets a socket time out: the whole has an end too.
        is_late = threading.Event()
        watchdog = threading.Timer(timeout_s, _cut, [connection, is_late])
        watchdog.daemon = True
        watchdog.start()
        try:
            status = _exchange(connection, target, body, headers)
        except (OSError, http.client.HTTPException) as exc:
            reason = "no answer in time" if isinstance(exc, TimeoutError) or is_late.is_set() else str(exc)
            raise NotifyError(f"{target.host}: {reason or type(exc).__name__}") from exc
        finally:
            watchdog.cancel()
    if status not in TAKEN:
        raise NotifyError(f"{target.host}: answered {status}")


def _connect(target: Target, address: str, timeout_s: float) -> http.client.HTTPConnection:
    """Return a connection to the very address that was checked: the name is not looked up again."""
    link = socket.create_connection((address, target.port), timeout_s)
    try:
        if target.scheme == "https":
            link = ssl.create_default_context().wrap_socket(link, server_hostname=target.host)
    except (OSError, ValueError):
        link.close()
        raise
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


def _cut(connection: http.client.HTTPConnection, is_late: threading.Event) -> None:
    is_late.set()
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
