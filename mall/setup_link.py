"""The short way between the setup page and a worker: one question, one answer, over a Unix socket of this machine.

It goes past the store on purpose: what is answered is for one person who asked, and is kept nowhere. The folder of the
sockets is this user's alone (0700, the sockets 0600), and the stack makes it only for ``run --setup``.
"""

import contextlib
import hashlib
import json
import os
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import structlog

FOLDER_VARIABLE = "MALL_SETUP_DIR"
LONGEST_QUESTION = 4096  # bytes
LARGEST_ANSWER = 64_000_000  # bytes: a PNG of a 4K picture is a fifth of it
TALK_S = 5.0  # for a question to come, and for an answer to be taken

Answerer = Callable[[dict[str, Any]], "Answer"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker says: a row, and bytes beside it where there are any."""

    row: Mapping[str, Any]
    body: bytes = b""


class NoAnswerError(Exception):
    """No worker answered for the camera."""


def setup_folder() -> Path | None:
    """Return the folder of the sockets, None where the stack was started without setup."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def socket_of(folder: Path, camera: str) -> Path:
    """Return where a camera's worker listens; ids may be too long for the path of a socket, which ends at 108."""
    return folder / f"{hashlib.sha256(camera.encode()).hexdigest()[:16]}.sock"


class LinkServer:
    """Answers questions about some cameras, each in a thread of its own: a slow one holds up no other.

    Args:
        folder: of the sockets.
        cameras: ids; each gets a name in the folder that leads to this process.
        answer: what makes an answer of a question; an error of its own is logged and the asker gets none.

    """

    def __init__(self, folder: Path, cameras: Iterable[str], answer: Answerer) -> None:
        self._answer = answer
        self._path = folder / f"{os.getpid()}.sock"
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(8)
        self._names = [socket_of(folder, camera) for camera in cameras]
        for name in self._names:
            _point(name, self._path)
        Thread(target=self._serve, name="setup-link", daemon=True).start()

    def close(self) -> None:
        """Stop listening and take the names away that still lead here."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with contextlib.suppress(OSError):
            for name in self._names:
                if name.readlink() == self._path:
                    name.unlink()
            self._path.unlink()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._attend, args=(connection,), name="setup-answer", daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._talk(connection)
            except ConnectionError:
                return  # who asked has gone
            except Exception as exc:  # one asker's trouble is not the next one's
                log.warning("setup question not answered", reason=f"{type(exc).__name__}: {exc}")

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(TALK_S)
        if _peer_uid(connection) != os.getuid():
            return
        with connection.makefile("rb") as lines:
            question = json.loads(lines.readline(LONGEST_QUESTION))
        answer = self._answer(question)
        head = json.dumps({**answer.row, "bytes": len(answer.body)}).encode()
        connection.sendall(head + b"\n" + answer.body)


def ask(folder: Path, camera: str, question: Mapping[str, Any], *, patience_s: float) -> Answer:
    """Ask the worker of a camera and return its answer.

    Raises:
        NoAnswerError: nobody listens, or nobody answers in time.

    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(patience_s)
            connection.connect(str(socket_of(folder, camera)))
            connection.sendall(json.dumps({**question, "camera": camera}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                return _read_answer(stream)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as exc:
        raise NoAnswerError(f"the worker of camera {camera} does not answer") from exc


def _read_answer(stream: Any) -> Answer:
    row = json.loads(stream.readline(1_000_000))
    length = int(row.pop("bytes"))
    if not 0 <= length <= LARGEST_ANSWER:
        raise ValueError(f"an answer of {length} bytes")
    body = stream.read(length)
    if len(body) != length:
        raise ValueError("the answer broke off")
    return Answer(row, body)


def _point(name: Path, target: Path) -> None:
    """Let a name lead to a socket, at once even where it led to another."""
    fresh = name.with_suffix(f".{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(name)


def _peer_uid(connection: socket.socket) -> int:
    if not hasattr(socket, "SO_PEERCRED"):
        return os.getuid()  # elsewhere than on Linux the folder's mode has to do
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])
