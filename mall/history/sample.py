"""The invented past of the sample site: shaped by real hourly counts of another place, called ``sample`` everywhere.

``pedestrians.parquet`` beside a site file, 52 weeks of hourly counts as ``scripts/sample_pedestrians.py`` writes it,
asks for it. It ends where the quarter-hour of the first real minute begins, stands in files of its own, and is made
once.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gis.capacity import capacity_of
from gis.entrances import outdoor_zones
from mall.config import Site
from mall.history.archive import KINDS, Archive
from mall.history.columns import BY_ZONE, MINUTES, QUARTERS
from mall.history.files import HistoryFolder, days_between, read_file, replace_file
from mall.history.quarters import quarter_table
from mall.history.rows import DAY_S, HOUR_S, QUARTER_S
from mall.history.zone_time import offsets_at
from mall.models import LINE_PREFIX, MINUTE_S

COUNTS_FILE = "pedestrians.parquet"
DAYS = 396
MINUTE_DAYS = 2
WEEKS_S = 52 * 7 * DAY_S
UNSEEN = frozenset({"restroom", "staff"})
OPEN_FROM_H, OPEN_TO_H, RAMP_H = 10.0, 21.0, 0.5
# How full at the busiest hours (share of what a zone is made for) and how long people stay: our own choice.
PEAK_SHARE = {"shop": 0.35, "food_court": 0.8, "event": 0.5, "popup": 0.5, "escalator": 0.4, "stair": 0.1}
STAY_MIN = {"shop": 12.0, "food_court": 35.0, "event": 45.0, "popup": 4.0, "entrance": 0.3, "escalator": 0.5}
USUAL_PEAK, USUAL_STAY_MIN = 0.6, 1.5
NOISE = 0.15
MOST_SHARE = 1.4  # of the usual busy hours: a street has parades, a mall's zone has walls

Floats = NDArray[np.float64]
Pair = tuple[NDArray[Any], NDArray[Any]] | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A zone with the lines that lead into it, and the two counters whose shape it takes."""

    name: str
    level: str
    peak: float
    stay_min: float
    area_m2: float
    counts: tuple[int, int]
    is_outdoors: bool
    lines: tuple[str, ...]


class SampleHistory:
    """Makes the invented past of a site, once, where the site asks for it."""

    def __init__(self, site: Site, folder: HistoryFolder) -> None:
        self._site, self._real, self._folder = site, folder, folder.sample
        self._archive = Archive(folder.sample)
        self._source = site.folder / COUNTS_FILE

    def make_once(self, breathe: Callable[[], None] = lambda: None) -> bool:
        """Make it; False where it is not asked for, is made already, or no real minute is there to end it.

        Killed on its way it is made anew, with the same figures. ``breathe`` is called between two months.
        """
        mark = self._folder.root / "made"
        if mark.exists() or not self._source.is_file():
            return False
        until = _first_minute(self._real)
        if until is None:
            return False
        with self._folder.held():
            self._make(until // QUARTER_S * QUARTER_S, breathe)
            replace_file(mark, str(until).encode())
        return True

    def _make(self, until: int, breathe: Callable[[], None]) -> None:
        makes = _Maker(self._site, _HourlyCounts(self._source))
        split = (until // DAY_S - MINUTE_DAYS) * DAY_S
        minutes = makes.table(split, until, MINUTE_S)
        self._archive.add(minutes)
        for month, days in _by_month(until - DAYS * DAY_S, until):
            since, end = max(days[0], until - DAYS * DAY_S), min(days[-1] + DAY_S, until)
            parts = [makes.table(since, min(end, split), QUARTER_S)] if since < split else []
            own = minutes.filter(_within(minutes["at"], max(since, split), end))
            parts += [quarter_table(own).cast(QUARTERS)] if own.num_rows else []
            table = pa.concat_tables(parts).sort_by(BY_ZONE)
            self._archive.put_quarters(month, table, days_between(since, end))
            breathe()

    def drop_old(self, now: float) -> None:
        """Let it end as a real past does."""
        self._archive.drop_old(now)


class _HourlyCounts:
    """52 weeks of hourly counts, one counter a column, each as a share of its own busy hours."""

    def __init__(self, path: Path) -> None:
        table = pq.read_table(path, use_threads=False)
        self._start = int(table["local_hour"][0].cast(pa.timestamp("s")).cast(pa.int64()).as_py())
        columns = [name for name in table.column_names if name != "local_hour"]
        raw = np.column_stack([table[name].to_numpy() for name in columns]).astype(float)
        self._shares: Floats = raw / np.percentile(raw, 99, axis=0)
        self.counters = len(columns)

    def at(self, local_s: Floats, counters: tuple[int, int]) -> Floats:
        """Return shares at local seconds: those counted at the same weekday and hour, in the same week of the year."""
        hours = ((local_s - self._start) % WEEKS_S) / HOUR_S - 0.5
        low = np.floor(hours).astype(int)
        rest = hours - low
        n = len(self._shares)
        own, other = (self._shares[low % n, c] * (1 - rest) + self._shares[(low + 1) % n, c] * rest for c in counters)
        return np.asarray(0.7 * own + 0.3 * other)


class _Maker:
    def __init__(self, site: Site, counts: _HourlyCounts) -> None:
        self._site, self._counts = site, counts
        self._places = list(_places(site, counts.counters))

    def table(self, since: int, until: int, step_s: int) -> pa.Table:
        """Return invented rows of a span by quarter-hours or minutes."""
        starts = np.arange(since, until, step_s, dtype=np.int64)
        local = (starts + offsets_at(self._site.timezone, starts)).astype(np.float64) + step_s / 2
        tables = [self._rows(place, starts, local, step_s) for place in self._places]
        return pa.concat_tables(tables).sort_by(BY_ZONE)

    def _rows(self, place: _Place, starts: NDArray[np.int64], local: Floats, step_s: int) -> pa.Table:
        """Return the rows of a zone and of its lines, which add up to its own counts."""
        dice = np.random.default_rng([_seed(place.name), int(starts[0]), step_s])
        shares = np.minimum(self._counts.at(local, place.counts), MOST_SHARE)
        if not place.is_outdoors:
            shares = shares * _open(local % DAY_S / HOUR_S)
        mean = place.peak * shares * dice.lognormal(-(NOISE**2) / 2, NOISE, len(starts))
        rate = mean * step_s / 60.0 / place.stay_min / max(len(place.lines), 1)
        counts = [(dice.poisson(rate), dice.poisson(rate)) for _ in place.lines]
        total = (np.sum([pair[0] for pair in counts], axis=0), np.sum([pair[1] for pair in counts], axis=0))
        people = (np.round(mean, 1), np.ceil(mean + 1.6 * np.sqrt(mean)).astype(np.int64))
        schema = MINUTES if step_s == MINUTE_S else QUARTERS
        tables = [_table(schema, place, place.name, starts, (people, total if counts else None))]
        for line, pair in zip(place.lines, counts, strict=True):
            tables.append(_table(schema, place, f"{LINE_PREFIX}{line}", starts, (None, pair)))
        return pa.concat_tables(tables)


def _table(
    schema: pa.Schema, place: _Place, name: str, starts: NDArray[np.int64], figures: tuple[Pair, Pair]
) -> pa.Table:
    """Return rows with (mean, highest) people and (in, out) counts, of which either may be None."""
    people, counts = figures
    n, nothing = len(starts), pa.nulls(len(starts))
    columns = {
        "level": _word(place.level, n), "at": pa.array(starts * 1000), "zone": _word(name, n),
        "people_mean": nothing if people is None else pa.array(people[0]),
        "people_max": nothing if people is None else pa.array(people[1]),
        "count_in": nothing if counts is None else pa.array(counts[0]),
        "count_out": nothing if counts is None else pa.array(counts[1]),
        "coverage": pa.array(np.ones(n)), "watched": pa.array(np.ones(n)),
        "area_m2": nothing if people is None else pa.array(np.full(n, place.area_m2)), "origin": _word("sample", n),
    }  # fmt: skip
    return pa.table({field.name: columns[field.name].cast(field.type) for field in schema}, schema=schema)


def _places(site: Site, counters: int) -> Iterator[_Place]:
    plan = site.plan
    outdoors = outdoor_zones(plan)
    into: dict[str, list[str]] = {}
    for door in plan.lines:
        into.setdefault(door.zone or "", []).append(door.id)
    for zone in plan.zones:
        if zone.category in UNSEEN:
            continue
        seed = _seed(zone.id)
        yield _Place(
            zone.id, zone.level, capacity_of(plan, zone) * PEAK_SHARE.get(zone.category, USUAL_PEAK),
            STAY_MIN.get(zone.category, USUAL_STAY_MIN), plan.area_m2(zone.id),
            (seed % counters, seed // counters % counters), zone.id in outdoors, tuple(into.get(zone.id, ())),
        )  # fmt: skip


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _open(hour: Floats) -> Floats:
    """Return 0 while closed, 1 while open and a ramp between."""
    return np.asarray(np.clip(np.minimum(hour - (OPEN_FROM_H - RAMP_H), OPEN_TO_H + RAMP_H - hour) / RAMP_H, 0.0, 1.0))


def _word(value: str, n: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value])).cast(pa.string())


def _first_minute(folder: HistoryFolder) -> int | None:
    """Return the start of the first real row there is, in UTC seconds."""
    first = [path for kind in KINDS for path in list(folder.files(kind).values())[:1]]
    starts = [pc.min(read_file(path, ["at"])["at"].cast(pa.int64())).as_py() for path in first]
    return min((start // 1000 for start in starts if start is not None), default=None)


def _by_month(since: int, until: int) -> list[tuple[date, list[int]]]:
    months: dict[date, list[int]] = {}
    for day in days_between(since, until):
        start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        months.setdefault(day.replace(day=1), []).append(start)
    return list(months.items())


def _within(at: pa.ChunkedArray, since: int, until: int) -> pa.ChunkedArray:
    seconds = at.cast(pa.int64())
    return pc.and_(pc.greater_equal(seconds, since * 1000), pc.less(seconds, until * 1000))
