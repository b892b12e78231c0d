"""Minutes to quarter-hours: what was not watched long enough is unknown."""

import pyarrow as pa
import pyarrow.compute as pc

from mall.history.columns import BY_ZONE, QUARTERS
from mall.history.rows import KNOWN_FROM, QUARTER_S
from mall.models import LINE_PREFIX, MINUTE_S, MOVE_PREFIX

MINUTES_A_QUARTER = QUARTER_S // MINUTE_S
_ENOUGH = KNOWN_FROM * MINUTES_A_QUARTER - 1e-4


def quarter_table(minutes: pa.Table) -> pa.Table:
    """Return the quarter-hours of minutes: mean, max, in, out, coverage and the share watched.

    A zone is watched in the minutes of which people are known, a line or border for the share that each minute tells.
    The mean is over the known minutes; it and the highest are null where fewer than 80 % of the 15 minutes are known,
    in and out where fewer than 80 % have counts, and of lines and borders where less than 80 % of the time was watched.

    Args:
        minutes: rows of files of minutes, each (level, zone, minute) once.

    """
    start = pc.divide(minutes["at"].cast(pa.int64()), QUARTER_S * 1000)
    is_line = _is_line(minutes["zone"])
    known = pc.if_else(is_line, minutes["coverage"], pc.is_valid(minutes["people_mean"]).cast(pa.float32()))
    table = minutes.append_column("quarter", start).append_column("known", known)
    sums = table.group_by(["level", "zone", "quarter"], use_threads=False).aggregate([
        ("people_mean", "mean"), ("people_max", "max"), ("count_in", "sum"), ("count_out", "sum"),
        ("count_in", "count"), ("coverage", "sum"), ("known", "sum"), ("area_m2", "max"), ("origin", "max"),
    ])  # fmt: skip
    return _rows(sums)


def _rows(sums: pa.Table) -> pa.Table:
    is_line = _is_line(sums["zone"])
    watched = sums["known_sum"]
    has_people = pc.greater_equal(watched, _ENOUGH)
    has_counts = pc.greater_equal(pc.if_else(is_line, watched, sums["count_in_count"].cast(pa.float64())), _ENOUGH)
    nothing = pa.scalar(None, pa.float64())
    columns = {
        "level": sums["level"],
        "at": pc.multiply(sums["quarter"], QUARTER_S * 1000).cast(pa.int64()),
        "zone": sums["zone"],
        "people_mean": pc.if_else(has_people, sums["people_mean_mean"], nothing),
        "people_max": pc.if_else(has_people, sums["people_max_max"], pa.scalar(None, pa.int32())),
        "count_in": pc.if_else(has_counts, sums["count_in_sum"], pa.scalar(None, pa.int64())),
        "count_out": pc.if_else(has_counts, sums["count_out_sum"], pa.scalar(None, pa.int64())),
        "coverage": pc.divide(sums["coverage_sum"], float(MINUTES_A_QUARTER)),
        "watched": pc.divide(watched, float(MINUTES_A_QUARTER)),
        "area_m2": sums["area_m2_max"],
        "origin": sums["origin_max"],  # the least real: recorded < sample < simulated,
    }
    cast = {field.name: columns[field.name].cast(field.type) for field in QUARTERS}
    return pa.table(cast, schema=QUARTERS).sort_by(BY_ZONE)


def _is_line(names: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.or_(pc.starts_with(names, LINE_PREFIX), pc.starts_with(names, MOVE_PREFIX))
