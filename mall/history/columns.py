"""The columns of the Parquet files, and rows made into them.

Files of minutes have level, at (UTC), zone, people_mean (to 0.1), people_max, count_in, count_out, coverage, area_m2
and origin, as ``HistoryRow`` has them; files of quarter-hours have watched too. Rows lie by zone, then by time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from mall.history.rows import HistoryRow, Origin
from mall.models import MinuteRow

_WORD = pa.string()
_UTC = pa.timestamp("ms", tz="UTC")
MINUTES = pa.schema([
    ("level", _WORD), ("at", _UTC), ("zone", _WORD), ("people_mean", pa.float32()), ("people_max", pa.int32()),
    ("count_in", pa.int32()), ("count_out", pa.int32()), ("coverage", pa.float32()), ("area_m2", pa.float32()),
    ("origin", _WORD),
])  # fmt: skip
QUARTERS = MINUTES.insert(8, pa.field("watched", pa.float32()))
BY_ZONE = [("zone", "ascending"), ("at", "ascending")]

Minute = tuple[int, Sequence[MinuteRow]]
OriginOf = Callable[[str], Origin]


def minute_table(level: str, minutes: Iterable[Minute], areas: Mapping[str, float], origin_of: OriginOf) -> pa.Table:
    """Return minutes of one level as a table.

    Args:
        level: level id.
        minutes: (start in UTC seconds, its rows).
        areas: zone id -> walkable area, m².
        origin_of: name of a row -> where its figures come from.

    """
    origins: dict[str, Origin] = {}
    columns: dict[str, list[Any]] = {name: [] for name in MINUTES.names}
    for start, rows in minutes:
        for row in rows:
            origin = origins.get(row.zone) or origins.setdefault(row.zone, origin_of(row.zone))
            known = row.people_mean is not None
            values = (
                level, start * 1000, row.zone, row.people_mean, row.people_max if known else None, row.count_in,
                row.count_out, row.coverage, areas.get(row.zone), origin,
            )  # fmt: skip
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in MINUTES}, schema=MINUTES)


def rows_of(table: pa.Table, origins: Sequence[Origin]) -> list[HistoryRow]:
    """Return the rows of some origins; a minute is watched as a whole or not, of lines and borders for its share."""
    names = [name for name in QUARTERS.names if name not in {"level", "at", "watched"}]
    columns = [table[name].to_pylist() for name in names]
    starts = table["at"].cast(pa.int64()).to_pylist()
    shares = table["watched"].to_pylist() if "watched" in table.schema.names else None
    found = []
    for at, share, values in zip(starts, shares or [None] * len(starts), zip(*columns, strict=True), strict=True):
        zone, mean, highest, count_in, count_out, coverage, area_m2, origin = values
        if origin not in origins:
            continue
        whole = coverage if area_m2 is None else float(mean is not None)
        found.append(HistoryRow(
            at // 1000, zone, None if mean is None else round(mean, 3), highest, count_in, count_out,
            round(coverage, 4), round(whole if share is None else share, 4), area_m2, origin,
        ))  # fmt: skip
    return found


def joined(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Return all rows of some tables in the order of the files."""
    if not tables:
        return schema.empty_table()
    whole = pa.concat_tables([table.select(schema.names).cast(schema) for table in tables])
    return whole.sort_by(BY_ZONE)
