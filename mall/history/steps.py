"""Hours and days made of quarter-hours, without an hour lost or doubled where clocks change."""

from collections.abc import Iterable, Sequence, Set
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

import numpy as np

from mall.history.rows import DAY_S, HOUR_S, KNOWN_FROM, ORIGINS, QUARTER_S, HistoryRow, Origin
from mall.history.zone_time import offsets_at

Step = Literal["1h", "1d"]
EPOCH = date(1970, 1, 1)
_SLACK = 1e-6


def stepped(rows: Iterable[HistoryRow], since: float, until: float, step: Step, zone: tzinfo) -> list[HistoryRow]:
    """Return a row a name and step that has quarter-hours, by name and time.

    A figure is None where less than 80 % of the step, as far as it lies in the span, is known; the mean is weighted by
    the time watched.

    Args:
        rows: quarter-hours by name and time.
        since, until: the span asked for, UTC seconds.
        step: an hour, or a day from midnight to midnight of the time zone.
        zone: the time zone.

    """
    found = list(rows)
    begins = begins_of({row.at for row in found}, step, zone)
    groups: dict[tuple[str, int], list[HistoryRow]] = {}
    for row in found:
        groups.setdefault((row.zone, begins[row.at]), []).append(row)
    made = []
    for (name, start), group in groups.items():
        end = start + HOUR_S if step == "1h" else _next_day(start, zone)
        quarters = max(1.0, (min(end, until) - max(start, since)) // QUARTER_S)
        made.append(_row(name, start, group, quarters))
    return made


def _row(name: str, start: int, group: Sequence[HistoryRow], quarters: float) -> HistoryRow:
    people = [(row.people_mean, row.watched) for row in group if row.people_mean is not None]
    weight = sum(watched for _, watched in people)
    counted = [(row.count_in, row.count_out) for row in group if row.count_in is not None and row.count_out is not None]
    has_people = weight >= KNOWN_FROM * quarters - _SLACK
    has_counts = len(counted) >= KNOWN_FROM * quarters - _SLACK
    return HistoryRow(
        at=start, zone=name,
        people_mean=sum(mean * watched for mean, watched in people) / weight if has_people and weight else None,
        people_max=max((row.people_max or 0 for row in group), default=None) if has_people and weight else None,
        count_in=sum(pair[0] for pair in counted) if has_counts else None,
        count_out=sum(pair[1] for pair in counted) if has_counts else None,
        coverage=sum(row.coverage for row in group) / quarters, watched=sum(row.watched for row in group) / quarters,
        area_m2=group[-1].area_m2, origin=max((row.origin for row in group), key=_realness),
    )  # fmt: skip


def _realness(origin: Origin) -> int:
    return ORIGINS.index(origin)


def begins_of(instants: Set[int], step: Step, zone: tzinfo) -> dict[int, int]:
    """Return the begin of the local hour or day of each instant."""
    at = np.array(sorted(instants), dtype=np.int64)
    offsets = offsets_at(zone, at)
    if step == "1h":
        begins = (at + offsets % HOUR_S) // HOUR_S * HOUR_S - offsets % HOUR_S
        return dict(zip(at.tolist(), begins.tolist(), strict=True))
    days = ((at + offsets) // DAY_S).tolist()
    midnights = {day: _midnight(datetime.combine(EPOCH + timedelta(days=day), time(0), zone)) for day in set(days)}
    return {instant: midnights[day] for instant, day in zip(at.tolist(), days, strict=True)}


def _next_day(start: int, zone: tzinfo) -> int:
    day = datetime.fromtimestamp(start, UTC).astimezone(zone).date() + timedelta(days=1)
    return _midnight(datetime.combine(day, time(0), zone))


def _midnight(local: datetime) -> int:
    return round(local.timestamp())
