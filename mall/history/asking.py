"""Asking Parquet files with DuckDB: whatever is damaged is left out and named, the rest is answered."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import structlog

from mall.errors import MallError
from mall.history.files import DamagedFileError, HistoryFolder, read_file

CONFIG: dict[str, Any] = {
    "threads": 2, "memory_limit": "512MB", "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    "allow_community_extensions": False, "temp_directory": "",
}  # fmt: skip
AT_ONCE = 4
TRIES = 3

Find = Callable[[], Sequence[Path]]

log = structlog.get_logger(__name__)


class HistoryError(MallError):
    """The memory cannot be asked just now."""


class Asking:
    """Answers questions over files; safe to share between threads, a few questions at once."""

    def __init__(self, folder: HistoryFolder) -> None:
        self._folder = folder
        self._database = duckdb.connect(":memory:", config=CONFIG)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._unreadable: dict[Path, int] = {}  # with the time of its last change

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()

    def ask(self, select: str, find: Find, where: str, values: Sequence[object], more: pa.Table) -> pa.Table:
        """Return what a statement says of a table named ``history``: those of the files, and more.

        Args:
            select: the statement.
            find: finds the files, again where one went or is damaged meanwhile.
            where: which of their rows; values: for its question marks.
            more: rows beside them; its columns are those of the files.

        Raises:
            HistoryError: it cannot be answered, though every file can be read.

        """
        columns = ", ".join(f'"{name}"' for name in more.schema.names)
        for left in reversed(range(TRIES)):
            files = [path for path in find() if not self._is_unreadable(path)]
            rows = f"SELECT {columns} FROM more"  # noqa: S608
            if files:
                # By name: a file of another release may have other columns, in another order.
                found = f"read_parquet([{_listed(files)}], union_by_name = true)"
                rows += f" UNION ALL SELECT {columns} FROM {found} WHERE {where}"  # noqa: S608
            try:
                return self._run(f"WITH history AS ({rows}) {select}", values if files else (), {"more": more})
            except duckdb.Error as exc:
                if not self._find_damaged(files) and not left:
                    raise HistoryError(f"history cannot be asked: {' '.join(str(exc).split())[:200]}") from exc
        raise HistoryError("history cannot be asked: its files change faster than they can be read")

    def _run(self, statement: str, values: Sequence[object], tables: Mapping[str, pa.Table]) -> pa.Table:
        with self._places, self._database.cursor() as cursor:
            for name, table in tables.items():
                cursor.register(name, table)
            return cursor.sql(statement, params=list(values)).to_arrow_table()

    def _find_damaged(self, files: Sequence[Path]) -> bool:
        found = False
        for path in files:
            try:
                read_file(path)
            except DamagedFileError as exc:
                log.error("history: damaged file left out", file=str(path), reason=str(exc))
                self._unreadable[path] = path.stat().st_mtime_ns
                found = True
            except FileNotFoundError:
                found = True
        return found

    def _is_unreadable(self, path: Path) -> bool:
        """Tell whether a file was found damaged and is still the same."""
        try:
            return path in self._unreadable and path.stat().st_mtime_ns == self._unreadable[path]
        except OSError:
            return False

    @property
    def left_out(self) -> list[str]:
        """Return the names of damaged files: those set aside, and those that were found here and still lie there."""
        here = [path.name for path in self._unreadable if path.is_file() and self._is_unreadable(path)]
        return sorted({*self._folder.set_asides(), *here})


def _listed(files: Sequence[Path]) -> str:
    return ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
