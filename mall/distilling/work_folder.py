"""Where pictures lie while a distillation runs: a folder of the state, outside the site, that never outlives its use.

It is deleted when the run ends, well or with an error. A run that was killed leaves it; the same command goes on with
it within a day, any other ``distill`` and every ``run`` deletes it first.
"""

import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from mall.errors import SiteError, StateLockedError

HOME = "distill-work"
LIFE_S = 24 * 3600
_LOCK = "in-use"


class WorkFolder:
    """The folder of one run, held by this process while it is open.

    Args:
        state_dir: the state folder, which exists.
        site_dir: the site folder.
        key: the same for the same arguments.

    Raises:
        SiteError: the state folder lies within the site folder, where pictures never lie.
        StateLockedError: the same run is under way in another process.

    """

    def __init__(self, state_dir: Path, site_dir: Path, key: str) -> None:
        home = state_dir.resolve() / HOME
        if home.is_relative_to(site_dir.resolve()):
            raise SiteError(f"MALL_STATE: {state_dir}: lies in the site folder; pictures are kept outside it only")
        drop_leftovers(state_dir, but=key)
        self.path = home / key
        for folder in (home, self.path):
            folder.mkdir(mode=0o700, exist_ok=True)
        held = _hold(self.path)
        if held is None:
            raise StateLockedError(f"{self.path}: the same distillation is under way")
        self._lock = held
        if is_stale := time.time() - _begun(self.path) > LIFE_S:
            _empty(self.path)
        self.is_resumed = not is_stale and len(list(self.path.iterdir())) > 1
        self._mark_begin()

    def _mark_begin(self) -> None:
        begun = self.path / "begun"
        if not begun.exists():
            begun.touch(mode=0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whoever asks to stop may want to go on; whatever else ended this will not get better by itself.
        if not isinstance(error, KeyboardInterrupt):
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def drop_leftovers(state_dir: Path, *, but: str = "") -> int:
    """Delete the folders of runs that were killed, and return how many; those in use stay.

    Args:
        state_dir: the state folder.
        but: key of a run that is about to go on.

    """
    home = state_dir.resolve() / HOME
    dropped = 0
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        if folder.name == but:
            continue
        held = _hold(folder)
        if held is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)
            dropped += 1
    return dropped


def _hold(folder: Path) -> int | None:
    """Return a lock on a folder, or None where another process has it; it ends with this process, however that ends."""
    try:
        file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def _begun(folder: Path) -> float:
    with contextlib.suppress(OSError):
        return (folder / "begun").stat().st_mtime
    return time.time()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != _LOCK:
            entry.unlink()
