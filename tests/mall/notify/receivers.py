"""Real receivers for the tests: an HTTP server that can misbehave, and a site whose channels lead there."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from mall.config import Site
from tests.mall.web.small_site import SITE, write_site


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What a server got, and how it answers: a status, or ``drip``, ``hang`` or ``redirect``."""

    port: int = 0
    mode: int | str = 204
    got: list[Received] = field(default_factory=list)
    opened: int = 0
    elsewhere: str = ""
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"


@contextmanager
def http_receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(scheme="http" if tls is None else "https")
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.opened += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Received(self.path, dict(self.headers), body))
            if receiver.mode == "hang":
                ended.wait(20)
            elif receiver.mode == "drip":
                drip(self.wfile.write, self.wfile.flush, ended)
            elif receiver.mode == "redirect":
                self.send_response(307)
                self.send_header("Location", receiver.elsewhere or f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.end_headers()
            else:
                self.send_response(int(receiver.mode))
                self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def drip(write: Callable[[bytes], Any], flush: Callable[[], None], ended: threading.Event) -> None:
    """Send a byte of a status line now and then: no single read ever times out."""
    try:
        for mark in b"HTTP/1.1 200 OK" * 100:
            write(bytes([mark]))
            flush()
            if ended.wait(0.05):
                return
    except OSError:
        return


@contextmanager
def dripping(
    talk: Sequence[bytes] = (), drops: bytes = b"\x16\x03\x03\x40\x00", first: bytes = b""
) -> Iterator[Receiver]:
    """Serve who answers as agreed, and then sends a byte now and then without end.

    Args:
        talk: what is answered to each line.
        drops: what the bytes begin with: by default a TLS record that never ends.
        first: what is said before anybody asks.

    """
    receiver, ended = Receiver(), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    receiver.port = listener.getsockname()[1]

    def serve() -> None:
        with suppress(OSError):
            link, _ = listener.accept()
            receiver.opened += 1
            with link, link.makefile("rwb", buffering=0) as file:
                file.write(first)
                for answer in talk:
                    file.readline()
                    file.write(answer)
                endless = chain(drops, repeat(0))
                while not ended.wait(0.05):
                    file.write(bytes([next(endless)]))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        ended.set()
        listener.close()
        thread.join(5)


def site_with(folder: Path, toml: str) -> Site:
    """Return the small site with tables for its channels."""
    return write_site(folder, toml=SITE + toml)


def webhook(channel: str, url: str, more: str = "", kind: str = "webhook") -> str:
    return f'\n[[notify]]\nid = "{channel}"\nkind = "{kind}"\nurl = "{url}"\nsecret_env = "HOOK_SECRET"\n{more}\n'


ALARMS = '\n[alarms]\nhosts = ["127.0.0.1"]\n'


def until(found: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Return what is found as soon as it is there."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return value
