"""The memory by zone and time: minutes of 30 days, quarter-hours of 25 months, hours and days made of these."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from itertools import zip_longest
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from mall.history.archive import closed_days
from mall.history.asking import Asking
from mall.history.columns import MINUTES, QUARTERS, joined, rows_of
from mall.history.dwell import mean_dwell, moving_dwell
from mall.history.files import HistoryFolder, day_of, days_between, start_of
from mall.history.quarters import quarter_table
from mall.history.rows import DAY_S, ORIGINS, QUARTER_S, HistoryRow, Origin
from mall.history.steps import Step, stepped
from mall.history.summaries import (
    MINUTE_TOTALS,
    TOTALS,
    HourOfWeek,
    MinuteTotal,
    ZoneTotal,
    minute_totals_of,
    totals_of,
    week_of,
    week_sql,
)

Names = Sequence[str]
ALL: Names = ()
EVERYTHING = 'SELECT * FROM history ORDER BY zone, "at"'
FOREVER = 1.0e11


class Tail(Protocol):
    """Minutes that are not in the files yet."""

    def now(self) -> float:
        """Return the present: what ends after it is not over."""

    def since(self, now: float) -> float:
        """Return from when on there may be such minutes."""

    def minutes(self, names: Names, since: float, until: float, kept: pa.Table) -> pa.Table:
        """Return minutes of a span that are not among those kept; of all names where none is given."""


class History:
    """Asks the files of one folder, and a tail where there is one. Times are UTC seconds, spans half-open.

    Args:
        root: the folder, which need not exist.
        tail: what is not in the files yet.

    """

    def __init__(self, root: Path, tail: Tail | None = None) -> None:
        self.folder = HistoryFolder(root)
        self._tail = tail
        self._asking = Asking(self.folder)

    def close(self) -> None:
        """Give the memory back."""
        self._asking.close()

    @property
    def left_out(self) -> list[str]:
        """Return the names of damaged files, whose time is missing from answers."""
        return self._asking.left_out

    def zone_minutes(
        self, names: Names, since: float, until: float, origins: Sequence[Origin] = ORIGINS
    ) -> list[HistoryRow]:
        """Return the minutes of zones, lines (``line:<id>``) or borders, by name and time; a missing one is a gap."""
        return rows_of(self._minutes(EVERYTHING, names, since, until).cast(MINUTES), origins)

    def quarter_hours(
        self, names: Names, since: float, until: float, origins: Sequence[Origin] = ORIGINS
    ) -> list[HistoryRow]:
        """Return the quarter-hours that are over, by name and time; what was not watched for 80 % of one is None."""
        return rows_of(self._quarters(EVERYTHING, names, since, until).cast(QUARTERS), origins)

    def steps(self, names: Names, since: float, until: float, step: Step, zone: tzinfo) -> list[HistoryRow]:
        """Return hours or days of a time zone, the last one as far as it is over; a day may have 23 or 25 hours."""
        table = self._quarters(EVERYTHING, names, since, until).cast(QUARTERS)
        return stepped(rows_of(table, ORIGINS), since, min(until, self._over()), step, zone)

    def dwell(
        self, borders: Mapping[str, Names], since: float, until: float, step: Step, zone: tzinfo
    ) -> dict[tuple[str, int], float]:
        """Return (zone, begin of an hour or day) -> mean stay, seconds; ``borders``: zone -> its ``move:`` names."""
        names = sorted({*borders, *(name for found in borders.values() for name in found)})
        return mean_dwell(self.quarter_hours(names, since, until), borders, step, zone) if names else {}

    def recent_dwell(
        self, borders: Mapping[str, Names], since: float, until: float, row_s: int
    ) -> dict[tuple[str, int], float]:
        """Return (zone, begin of a minute or quarter-hour) -> mean stay of the 15 min that end with it, seconds."""
        names = sorted({*borders, *(name for found in borders.values() for name in found)})
        if not names:
            return {}
        ask = self.zone_minutes if row_s < QUARTER_S else self.quarter_hours
        return moving_dwell(ask(names, since - QUARTER_S, until), borders, row_s)

    def totals(self, since: float, until: float) -> list[ZoneTotal]:
        """Return what quarter-hours add up to for every zone, line and border there is, by name."""
        return totals_of(self._quarters(TOTALS, ALL, since, until))

    def minute_totals(self, since: float, until: float) -> list[MinuteTotal]:
        """Return what the minutes of a span say of every zone, line and border, by name."""
        return minute_totals_of(self._minutes(MINUTE_TOTALS, ALL, since, until))

    def week(self, names: Names, since: float, until: float, zone: tzinfo) -> list[HourOfWeek]:
        """Return the usual week of some names by local hour, 0 being Monday's first."""
        return week_of(self._quarters(week_sql(zone, since, until), names, since, until))

    def _over(self) -> float:
        return self._tail.now() if self._tail else FOREVER

    # -- minutes ---------------------------------------------------------------------------------------------------

    def _minutes(self, select: str, names: Names, since: float, until: float) -> pa.Table:
        """Return what a statement says of the minutes.

        Those of days that may have a tail are read once: what the tail adds is what these very rows do not have.
        """
        more, files_until = MINUTES.empty_table(), until
        if self._tail is not None:
            fresh_from = max(since, self._tail.since(self._tail.now()))
            if fresh_from < until:
                files_until = max(since, float(start_of(day_of(fresh_from))))
                kept = self._ask_minutes(EVERYTHING, names, (files_until, until), more).cast(MINUTES)
                more = joined([kept, self._tail.minutes(names, fresh_from, until, kept)], MINUTES)
        return self._ask_minutes(select, names, (since, files_until), more)

    def _ask_minutes(self, select: str, names: Names, span: tuple[float, float], more: pa.Table) -> pa.Table:
        def find() -> list[Path]:
            kept = [folder.files("minutes") for folder in (self.folder, self.folder.sample)]
            days = set(days_between(*span))
            return [path for files in kept for day, path in files.items() if day in days]

        where, values = _where(names, *span)
        return self._asking.ask(select, find, where, values, more)

    # -- quarter-hours ---------------------------------------------------------------------------------------------

    def _quarters(self, select: str, names: Names, since: float, until: float) -> pa.Table:
        """Return what a statement says of the quarter-hours: of closed days from files, of others from minutes."""
        since, until = -(-since // QUARTER_S) * QUARTER_S, min(until, self._over()) // QUARTER_S * QUARTER_S
        open_days = self._open_days(since, until)
        made = [
            quarter_table(self._minutes(EVERYTHING, names, *span).cast(MINUTES))
            for span in _spans(open_days, since, until)
        ]

        def find() -> list[Path]:
            months = {day.replace(day=1) for day in days_between(since, until)}
            kept = [folder.files("quarters") for folder in (self.folder, self.folder.sample)]
            return [path for files in kept for month, path in files.items() if month in months]

        where, values = _where(names, since, until)
        # A day that is closed between its minutes and this question would come twice.
        for first, end in _spans(open_days, since, until):
            where += f" AND (origin = 'sample' OR NOT ({_between(first, end)}))"
        return self._asking.ask(select, find, where, values, _without_sample(joined(made, QUARTERS)))

    def _open_days(self, since: float, until: float) -> list[date]:
        """Return the days of a span that are not quarter-hours yet, and may have minutes."""
        end = min(until, self._over())
        tail_from = self._tail.since(end) if self._tail else FOREVER
        with_minutes = self.folder.files("minutes").keys()
        days = [day for day in days_between(since, end) if day in with_minutes or start_of(day) + DAY_S > tail_from]
        closed = {month: closed_days(self.folder, month) for month in {day.replace(day=1) for day in days}}
        return [day for day in days if day not in closed[day.replace(day=1)]]


def _where(names: Names, since: float, until: float) -> tuple[str, list[object]]:
    where = _between(since, until)
    return (f"{where} AND zone IN ({', '.join('?' * len(names))})" if names else where), list(names)


def _between(since: float, until: float) -> str:
    return f'"at" >= to_timestamp({since:.3f}) AND "at" < to_timestamp({until:.3f})'


def _spans(days: Sequence[date], since: float, until: float) -> Iterator[tuple[float, float]]:
    """Return the spans that days cover, neighbours together."""
    first: date | None = None
    for day, following in zip_longest(days, days[1:]):
        first = first or day
        if following != day + timedelta(days=1):
            yield max(since, float(start_of(first))), min(until, float(start_of(day) + DAY_S))
            first = None


def _without_sample(table: pa.Table) -> pa.Table:
    """Leave out invented rows: their quarter-hours are all kept."""
    return table.filter(pc.not_equal(table["origin"], "sample"))
