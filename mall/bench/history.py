"""``bench history``: a tenant's report over 13 months of a large mall, and 30 days of minutes, from files on disk."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa

from mall.history.archive import Archive
from mall.history.columns import MINUTES, QUARTERS
from mall.history.files import HistoryFolder, days_between, packed, replace_file, start_of
from mall.history.rows import DAY_S, MINUTES_KEPT_DAYS, QUARTER_S
from mall.history.stored import History
from mall.models import MINUTE_S

ZONES = 300
DAYS = 395
ROUNDS = 5
END = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
TOKYO = timezone(timedelta(hours=9))


def run() -> None:
    """Print a table; its last line is ``name value …``, medians of five rounds in seconds.

    ``tenant_report_s``: what every zone's 13 months add up to, for the index against the others, with the tenant's
    usual week and its days; ``minutes_30d_s``: mean and highest of every zone over 30 days of minutes;
    ``zone_minutes_s``: 30 days of one zone's minutes as rows; ``zone_year_s``: its year of quarter-hours as rows.
    Where other work has the cores, ``tenant_report_cpu_s``, processor time, says more than the clock.
    """
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as root:
        folder = HistoryFolder(Path(root))
        rows, size = _fill(folder)
        history = History(folder.root)
        since = float(END - DAYS * DAY_S)
        days = float(END - MINUTES_KEPT_DAYS * DAY_S)
        _report(history, since)
        before = time.process_time()
        _report(history, since)
        cpu_s = time.process_time() - before
        timed = {
            "tenant_report_s": _timed(lambda: _report(history, since)),
            "minutes_30d_s": _timed(lambda: history.minute_totals(days, float(END))),
            "zone_minutes_s": _timed(lambda: history.zone_minutes(["zone-7"], days, float(END))),
            "zone_year_s": _timed(lambda: history.quarter_hours(["zone-7"], float(END - 365 * DAY_S), float(END))),
        }
    print(f"{'measure':<20}{'median':>9}   {ZONES} zones, {DAYS} days; {rows / 1e6:.1f} million rows")
    for name, value in timed.items():
        print(f"{name:<20}{value:>9.3f}")
    print(f"{'tenant_report_cpu_s':<20}{cpu_s:>9.3f}")
    named = {**timed, "tenant_report_cpu_s": cpu_s, "bytes_per_zone_minute": size}
    print(f"{'bytes_per_zone_minute':<20}{size:>8.2f}")
    print(" ".join(f"{name} {value:.3f}" for name, value in named.items()))


def _report(history: History, since: float) -> None:
    end = float(END)
    assert len(history.totals(since, end)) == ZONES
    history.week(["zone-7"], since, end, TOKYO)
    history.steps(["zone-7"], since, end, "1d", TOKYO)


def _timed(call: Callable[[], object]) -> float:
    spans = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        call()
        spans.append(time.perf_counter() - before)
    return float(np.median(spans))


def _fill(folder: HistoryFolder) -> tuple[int, float]:
    """Write 30 days of minutes and 13 months of quarter-hours; return the rows and the bytes a zone-minute takes."""
    rows, size = 0, 0
    with folder.held():
        archive = Archive(folder)
        months: dict[object, list[float]] = {}
        for day in days_between(END - DAYS * DAY_S, END):
            months.setdefault(day.replace(day=1), []).append(start_of(day))
        for month, starts in months.items():
            table = _drawn(int(starts[0]), int(starts[-1]) + DAY_S, QUARTER_S, QUARTERS)
            archive.put_quarters(month, table, days_between(starts[0], starts[-1] + DAY_S))  # type: ignore[arg-type]
            rows += table.num_rows
        for day in days_between(END - MINUTES_KEPT_DAYS * DAY_S, END):
            table = _drawn(start_of(day), start_of(day) + DAY_S, MINUTE_S, MINUTES)
            data = packed(table)
            replace_file(folder.minutes_file(day), data)
            rows, size = rows + table.num_rows, size + len(data)
    return rows, size / (MINUTES_KEPT_DAYS * ZONES * DAY_S / MINUTE_S)


def _drawn(since: int, until: int, step_s: int, schema: pa.Schema) -> pa.Table:
    dice = np.random.default_rng(since)
    at = np.arange(since, until, step_s, dtype=np.int64)
    n = len(at) * ZONES
    day = np.clip(np.sin((at % DAY_S) / DAY_S * 2 * np.pi - 1.9), 0.0, 1.0)
    mean = np.tile(day, ZONES) * np.repeat(dice.uniform(3, 60, ZONES), len(at)) * dice.lognormal(0.0, 0.2, n)
    names = pa.array([f"zone-{k}" for k in sorted(range(ZONES), key=lambda k: f"zone-{k}")])
    zones = pa.DictionaryArray.from_arrays(pa.array(np.repeat(np.arange(ZONES, dtype=np.int32), len(at))), names)
    columns = {
        "level": pa.array(np.zeros(n, np.int32)), "at": pa.array(np.tile(at, ZONES) * 1000), "zone": zones,
        "people_mean": pa.array(np.round(mean, 1)), "people_max": pa.array(np.ceil(mean * 1.3).astype(np.int64)),
        "count_in": pa.array(dice.poisson(mean * step_s / 600)),
        "count_out": pa.array(dice.poisson(mean * step_s / 600)),
        "coverage": pa.array(np.round(dice.uniform(0.9, 1.0, n) * 255) / 255), "watched": pa.array(np.ones(n)),
        "area_m2": pa.array(np.full(n, 120.0)), "origin": pa.array(np.zeros(n, np.int32)),
    }  # fmt: skip
    for name, word in (("level", "1f"), ("origin", "recorded")):
        columns[name] = pa.DictionaryArray.from_arrays(columns[name], pa.array([word]))
    return pa.table({field.name: columns[field.name].cast(field.type) for field in schema}, schema=schema)
