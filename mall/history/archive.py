"""Writing the memory: minutes are added once, days that are over become quarter-hours, what is too old is deleted."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog

from mall.history.columns import MINUTES, QUARTERS, joined
from mall.history.files import (
    DAYS_KEY,
    DamagedFileError,
    HistoryFolder,
    Kind,
    day_of,
    packed,
    read_file,
    replace_file,
    start_of,
)
from mall.history.quarters import quarter_table
from mall.history.rows import DAY_S, MINUTES_KEPT_DAYS, QUARTERS_KEPT_MONTHS

WAITED_FOR_S = DAY_S  # for a level that has written no minute of the next day yet

log = structlog.get_logger(__name__)


class Archive:
    """The files of one folder, written by whoever holds it. Every step may be repeated: nothing comes twice."""

    def __init__(self, folder: HistoryFolder) -> None:
        self.folder = folder

    def add(self, minutes: pa.Table) -> int:
        """Add the minutes that are not there yet and return how many (level, minute) these were.

        Raises:
            DamagedFileError: a day's file cannot be read; days before it are written.
            OSError: the disk refuses; every file is whole, as before or with all of its day's minutes.

        """
        added = 0
        days = pc.floor_temporal(minutes["at"], unit="day")
        for day in sorted(pc.unique(days).to_pylist()):
            fresh = minutes.filter(pc.equal(days, pa.scalar(day, days.type)))
            added += self._add_day(day.date(), fresh)
        return added

    def _add_day(self, day: date, fresh: pa.Table) -> int:
        path = self.folder.minutes_file(day)
        parts = [read_file(path)] if path.exists() else []
        for before in parts:
            known = before.select(["level", "at"]).group_by(["level", "at"], use_threads=False).aggregate([])
            fresh = fresh.join(known, ["level", "at"], join_type="left anti", use_threads=False)
        if fresh.num_rows:
            replace_file(path, packed(joined([*parts, fresh], MINUTES)))
        return int(fresh.group_by(["level", "at"], use_threads=False).aggregate([]).num_rows)

    def close_days(self, newest: Mapping[str, int]) -> list[date]:
        """Make quarter-hours of every day that is over, once, and return those days.

        Args:
            newest: level -> start of the newest minute that the store holds of it, in UTC seconds; a day is over where
                every level is beyond it, or one is by a whole day.

        """
        closed: list[date] = []
        if not newest:
            return closed
        over = max(min(newest.values()), max(newest.values()) - WAITED_FOR_S)
        months: dict[date, list[date]] = {}
        for day in self.folder.files("minutes"):
            if start_of(day) + DAY_S <= over:
                months.setdefault(day.replace(day=1), []).append(day)
        for month, days in months.items():
            done = closed_days(self.folder, month)
            due = [day for day in days if day not in done]
            if due:
                self._close(month, due, done)
                closed += due
        return closed

    def _close(self, month: date, due: Iterable[date], done: frozenset[date]) -> None:
        path = self.folder.quarters_file(month)
        parts = [read_file(path)] if path.exists() else []
        parts += [quarter_table(read_file(self.folder.minutes_file(day))) for day in due]
        self.put_quarters(month, joined(parts, QUARTERS), done.union(due))

    def put_quarters(self, month: date, table: pa.Table, days: Iterable[date]) -> None:
        """Replace a month's quarter-hours; ``days`` are those that it tells of as a whole."""
        named = {DAYS_KEY: json.dumps(sorted(day.isoformat() for day in days)).encode()}
        replace_file(self.folder.quarters_file(month), packed(table.replace_schema_metadata(named)))

    @staticmethod
    def rest() -> None:
        """Give memory back to the system until the next pass."""
        pa.default_memory_pool().release_unused()

    def check(self, now: float) -> list[str]:
        """Read every file and set aside the damaged ones; return their names."""
        paths = [path for kind in KINDS for path in self.folder.files(kind).values()]
        return [path.name for path in paths if self.folder.set_aside(path, now)]

    def drop_old(self, now: float) -> int:
        """Delete the minutes of days that ended 30 days ago, once they are quarter-hours, and months of 25 ago."""
        dropped = 0
        for day, path in self.folder.files("minutes").items():
            is_old = start_of(day) + DAY_S <= now - MINUTES_KEPT_DAYS * DAY_S
            if is_old and day in closed_days(self.folder, day):
                path.unlink(missing_ok=True)
                dropped += 1
        oldest = _months_before(day_of(now), QUARTERS_KEPT_MONTHS)
        for month, path in self.folder.files("quarters").items():
            if month < oldest:
                path.unlink(missing_ok=True)
                dropped += 1
        return dropped


KINDS: tuple[Kind, ...] = ("minutes", "quarters")


def closed_days(folder: HistoryFolder, day: date) -> frozenset[date]:
    """Return the days of a day's month whose quarter-hours are kept; a file that cannot be read has none."""
    path = folder.quarters_file(day)
    with suppress(FileNotFoundError, OSError, pa.ArrowException, ValueError):
        metadata = pq.read_metadata(path).metadata or {}
        return frozenset(date.fromisoformat(text) for text in json.loads(metadata.get(DAYS_KEY, b"[]")))
    return frozenset()


def _months_before(day: date, months: int) -> date:
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


__all__ = ["Archive", "DamagedFileError", "closed_days"]
