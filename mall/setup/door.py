"""Who may set up: whoever holds the one-time token printed at start; then a cookie for an hour.

What the door knows lies in one file in the folder of the setup sockets, so that a web process that is started again
lets the same person go on. It holds digests only; the folder is this user's alone and ends with the stack.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from mall.setup.words import SetupError

SESSION_S = 3600.0
MOST_GUESSES = 10
FILE = "door.json"


def make_door(folder: Path) -> str:
    """Write a closed door into a folder and return its token, which is told to nobody else."""
    token = secrets.token_urlsafe(24)
    _write(folder / FILE, {"token": _digest(token), "wrong": 0, "session": None})
    return token


class Door:
    """Checks tokens and cookies; safe between threads.

    Args:
        folder: in which ``make_door`` was called.
        clock: seconds that never go back, the same for every process of this machine.

    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock, self._lock = folder / FILE, clock, Lock()

    def open(self, token: str, who: str, *, note: Callable[[], object] = lambda: None) -> str:
        """Spend the token and return a cookie.

        Args:
            token: as it was printed; who: opens the session.
            note: writes it down; where that fails the token stays good, for there is no other.

        Raises:
            SetupError: ``token`` where it is wrong or spent, ``closed`` after ten wrong ones.

        """
        with self._lock:
            row = self._read()
            if row["wrong"] >= MOST_GUESSES:
                raise SetupError("closed")
            if row["token"] is None or not hmac.compare_digest(row["token"], _digest(token)):
                _write(self._path, {**row, "wrong": row["wrong"] + 1})
                raise SetupError("token")
            note()
            cookie = secrets.token_urlsafe(32)
            session = {"cookie": _digest(cookie), "who": who, "until": self._clock() + SESSION_S}
            _write(self._path, {**row, "token": None, "session": session})
            return cookie

    def who(self, cookie: str | None) -> str | None:
        """Return who opened the session of a cookie, None where there is no such session or it has ended."""
        with self._lock:
            session = self._read()["session"]
        if cookie is None or session is None or not self._clock() < session["until"]:
            return None
        return str(session["who"]) if hmac.compare_digest(session["cookie"], _digest(cookie)) else None

    def close(self) -> None:
        """End the session."""
        with self._lock:
            _write(self._path, {**self._read(), "session": None})

    def _read(self) -> dict[str, Any]:
        try:
            row: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"token": None, "wrong": MOST_GUESSES, "session": None}  # a door that is gone is closed
        return row


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _write(path: Path, row: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(row), encoding="utf-8")
    fresh.replace(path)
