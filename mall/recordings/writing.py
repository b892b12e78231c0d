"""Write lines so that a file is either whole or as it was before."""

import os
import signal
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mall.errors import SiteError

MOST_TRIES = 100


@contextmanager
def writing(out: Path | None, *, inputs: Iterable[Path] = ()) -> Iterator[TextIO]:
    """Yield where to write lines: standard output, or a file that takes the place of ``out`` once all is written.

    Whatever ends the writing early leaves ``out`` as it was and nothing beside it.

    Args:
        out: None for standard output; a pipe or a device is written to directly.
        inputs: files and folders that the lines are made from.

    Raises:
        SiteError: ``out`` is one of the inputs, or cannot be written.

    """
    if out is None:
        yield sys.stdout
        return
    _refuse_input(out, inputs)
    try:
        target = out.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("w", encoding="utf-8") as stream:
                yield stream
            return
        with _replacing(target) as file:
            yield file
    except OSError as exc:
        if exc.filename not in (None, str(out), str(out.resolve())):
            raise
        raise SiteError(f"{out}: {exc.strerror}") from exc


def _refuse_input(out: Path, inputs: Iterable[Path]) -> None:
    """Raise SiteError where writing would destroy what is read, by whichever name or link."""
    if not out.exists():
        return
    for given in inputs:
        try:
            is_same = any(out.samefile(file) for file in _files_in(given))
        except (OSError, ValueError):
            continue  # whoever reads it says why
        if is_same:
            raise SiteError(f"--out {out}: this is an input of the command ({given}); write to another file")


def _files_in(given: Path) -> list[Path]:
    if given.is_dir():
        from vision.recording import IMAGE_SUFFIXES

        return [file for file in given.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES and file.exists()]
    return [given] if given.exists() else []


@contextmanager
def _replacing(target: Path) -> Iterator[TextIO]:
    fresh, descriptor = _fresh_beside(target)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file, _told_to_end():
            yield file
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the writing as Ctrl-C does, where they would end the process at once."""
    is_ours = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGTERM, signal.SIGHUP) if is_ours else ()
    taken = [signum for signum in signals if signal.getsignal(signum) is signal.SIG_DFL]
    for signum in taken:
        signal.signal(signum, signal.default_int_handler)
    try:
        yield
    finally:
        for signum in taken:
            signal.signal(signum, signal.SIG_DFL)


def _fresh_beside(target: Path) -> tuple[Path, int]:
    """Make a file beside the target, with the rights that the target has or would be given."""
    if target.is_dir():
        raise IsADirectoryError(None, "is a folder", str(target))
    for number in range(MOST_TRIES):
        fresh = target.with_name(f".{target.name[:200]}.{os.getpid()}-{number}")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except FileExistsError:
            continue
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, str(target)) from exc
        if target.exists():
            os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
        return fresh, descriptor
    raise FileExistsError(None, "too many unfinished files beside it", str(target))
