"""What quarter-hours add up to: totals by zone, the usual week."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import pyarrow as pa

from mall.history.rows import ORIGINS, QUARTER_S, Origin
from mall.history.zone_time import offset_spans

HOURS_A_WEEK = 168
MONDAY = 72  # hours from the Monday before to 1 January 1970, a Thursday

# A list of what is distinct takes as long as all the rest of a question.
ORIGIN_BITS = "bit_or(CASE origin WHEN 'recorded' THEN 1 WHEN 'simulated' THEN 2 ELSE 4 END)"

TOTALS = f"""
SELECT zone, count(*) AS n, avg(people_mean) AS people_mean,
  max(people_max) AS people_max, CAST(sum(count_in) AS BIGINT) AS count_in, CAST(sum(count_out) AS BIGINT) AS count_out,
  sum(watched) * {QUARTER_S} AS watched_s, {ORIGIN_BITS} AS origins
FROM history GROUP BY zone ORDER BY zone
"""  # noqa: S608

MINUTE_TOTALS = f"""
SELECT zone, count(people_mean) AS n, avg(people_mean) AS people_mean, max(people_max) AS people_max,
  CAST(sum(count_in) AS BIGINT) AS count_in, CAST(sum(count_out) AS BIGINT) AS count_out,
  {ORIGIN_BITS} AS origins
FROM history GROUP BY zone ORDER BY zone
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ZoneTotal:
    """What the known quarter-hours of a zone, line or border add up to.

    Attributes:
        people_mean: over the known quarter-hours; count_in, count_out: of those that have counts; None for none.
        watched_s: for how long it was watched, seconds; origins: of its rows.

    """

    zone: str
    n: int
    people_mean: float | None
    people_max: int | None
    count_in: int | None
    count_out: int | None
    watched_s: float
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class MinuteTotal:
    """What minutes say of a zone, line or border: ``n`` are those of which people are known; None for none."""

    zone: str
    n: int
    people_mean: float | None
    people_max: int | None
    count_in: int | None
    count_out: int | None
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """A local hour of the usual week: 0 is Monday's first, 167 Sunday's last.

    Attributes:
        people_mean: over ``n`` known quarter-hours; people_p90: what nine in ten stay below.
        count_in: people an hour, from the quarter-hours that have counts; None for none.

    """

    zone: str
    hour: int
    n: int
    people_mean: float | None
    people_p90: float | None
    count_in: float | None
    origins: tuple[Origin, ...]


def totals_of(table: pa.Table) -> list[ZoneTotal]:
    """Return the answer to ``TOTALS``."""
    return [ZoneTotal(**row) for row in _plain(table)]


def minute_totals_of(table: pa.Table) -> list[MinuteTotal]:
    """Return the answer to ``MINUTE_TOTALS``."""
    return [MinuteTotal(**row) for row in _plain(table)]


def week_sql(zone: tzinfo, since: float, until: float) -> str:
    """Return the question after the usual week in a time zone."""
    spans = offset_spans(zone, int(since), int(until))
    cases = " ".join(f'WHEN epoch("at") >= {start} THEN {offset}' for start, offset in reversed(spans))
    hour = f'(floor((epoch("at") + CASE {cases} ELSE {spans[0][1]} END) / 3600) + {MONDAY}) % {HOURS_A_WEEK}'
    return f"""
    SELECT zone, CAST({hour} AS INTEGER) AS hour, count(people_mean) AS n, avg(people_mean) AS people_mean,
      quantile_cont(people_mean, 0.9) AS people_p90, 4 * avg(count_in) AS count_in,
      {ORIGIN_BITS} AS origins
    FROM history GROUP BY zone, hour ORDER BY zone, hour
    """  # noqa: S608


def week_of(table: pa.Table) -> list[HourOfWeek]:
    """Return the answer to ``week_sql``."""
    return [HourOfWeek(**row) for row in _plain(table)]


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    return [row | {"origins": _origins(row["origins"])} for row in table.to_pylist()]


def _origins(bits: int) -> tuple[Origin, ...]:
    return tuple(origin for n, origin in enumerate(ORIGINS) if bits >> n & 1)
