"""The folder of the memory: a file a UTC day of minutes, a file a UTC month of quarter-hours; whole or not there.

::

    history/id                          which folder this is: one that shows the same is the same
    history/minutes/2026-11-28.parquet
    history/quarters/2026-11.parquet
    history/sample/minutes/…            invented rows of a sample site, never in a file with others
    history/damaged/minutes-2026-11-27.parquet.1795239127

A file is replaced as a whole: written beside itself, synced, renamed, and the folder synced; whoever reads has the old
or the new one. Who writes holds the folder's lock, which the kernel gives back with the process.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import structlog

from mall.errors import MallError

Kind = Literal["minutes", "quarters"]
SUFFIX = ".parquet"
ROWS_A_GROUP = 65_536
DAYS_KEY = b"mallflow.days"

log = structlog.get_logger(__name__)


class DamagedFileError(MallError):
    """A file of the memory that cannot be read; the text names it."""


class HistoryFolder:
    """One folder of the memory; ``root`` need not exist."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def sample(self) -> "HistoryFolder":
        """Return the part that holds invented rows."""
        return HistoryFolder(self.root / "sample")

    def minutes_file(self, day: date) -> Path:
        """Return the file of a UTC day's minutes."""
        return self.root / "minutes" / f"{day.isoformat()}{SUFFIX}"

    def quarters_file(self, day: date) -> Path:
        """Return the file of the quarter-hours of a day's UTC month."""
        return self.root / "quarters" / f"{day:%Y-%m}{SUFFIX}"

    def files(self, kind: Kind) -> dict[date, Path]:
        """Return first day -> file, oldest first."""
        found = {}
        for path in (self.root / kind).glob(f"*{SUFFIX}"):
            with suppress(ValueError):
                stem = path.stem if kind == "minutes" else f"{path.stem}-01"
                found[date.fromisoformat(stem)] = path
        return dict(sorted(found.items()))

    def id(self) -> str | None:
        """Return which folder this is, None before it was first written to."""
        try:
            return (self.root / "id").read_text(encoding="ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for writing, made where it is not there, and free of what a killed writer left."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for leftover in (*self.root.glob(".*.tmp"), *self.root.glob("*/.*.tmp")):
                leftover.unlink(missing_ok=True)
            if self.id() is None:
                replace_file(self.root / "id", secrets.token_hex(8).encode())
            yield
        finally:
            os.close(handle)

    def set_aside(self, path: Path, now: float) -> Path | None:
        """Move a file that still cannot be read out of the way, for people to look at; None where it can be read."""
        try:
            read_file(path)
        except DamagedFileError as exc:
            target = self.root / "damaged" / f"{path.parent.name}-{path.name}.{int(now)}"
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(target)
            log.error("history: damaged file set aside", file=str(path), moved_to=str(target), reason=str(exc))
            return target
        except FileNotFoundError:
            pass
        return None

    def set_asides(self) -> list[str]:
        """Return the names of the files that were set aside."""
        return sorted(path.name for path in (self.root / "damaged").glob("*"))


def read_file(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return a file's rows, every page checked against its checksum.

    Raises:
        DamagedFileError: it is no whole Parquet file.
        FileNotFoundError: it is not there.

    """
    try:
        return pq.ParquetFile(path, page_checksum_verification=True).read(columns=columns, use_threads=False)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, EOFError) as exc:
        raise DamagedFileError(f"{path}: {' '.join(str(exc).split())[:200]}") from exc


def packed(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=ROWS_A_GROUP, write_page_checksum=True)
    return bytes(sink.getvalue())


def replace_file(path: Path, data: bytes) -> None:
    """Put a file in place whole, synced to the disk with its name; OSError leaves what was there before."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(path.parent.parent)
    beside = path.with_name(f".{path.name}.tmp")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(beside, path)  # noqa: PTH105
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def day_of(at: float) -> date:
    """Return the UTC day of an instant."""
    return datetime.fromtimestamp(at, UTC).date()


def start_of(day: date) -> int:
    """Return the UTC seconds at which a day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def days_between(since: float, until: float) -> list[date]:
    """Return the UTC days of a half-open span."""
    if until <= since:
        return []
    first, last = day_of(since), day_of(until)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if start_of(day) < until]
