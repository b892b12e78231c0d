"""The state folder: private, and held by one running stack."""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from mall.errors import StateLockedError


class StateLock:
    """The hold on a state folder; the kernel gives it back when this process ends, however it ends.

    Raises:
        StateLockedError: another stack holds the folder; the text names its process.

    """

    def __init__(self, state_dir: Path, *, port: int | None = None) -> None:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_dir.chmod(0o700)
        self._file = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = os.read(self._file, 200).decode(errors="replace").strip()
            os.close(self._file)
            if exc.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            raise StateLockedError(f"state folder {state_dir} is held by {holder or 'another stack'}") from exc
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, _holder_text(port).encode(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Give the folder back."""
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1


def lock_state(state_dir: Path, *, port: int | None = None) -> StateLock:
    """Make the state folder (mode 0700) and hold it for this process; ``port`` is told to a second stack."""
    return StateLock(state_dir, port=port)


def _holder_text(port: int | None) -> str:
    return f"process {os.getpid()}" + ("" if port is None else f", port {port}")
