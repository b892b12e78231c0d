"""Totals and the usual week against a recount by hand, over files and what is not in them yet."""

from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mall.history.stored import History
from tests.mall.history.scene import DAY, START, Mall, in_zone

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Mall:
    made = Mall(tmp_path_factory.mktemp("summaries"))
    for _ in range(3):
        made.live(DAY // 60)
        made.work.turn()
    made.live(400)
    made.work.turn()
    return made


@pytest.fixture(scope="module")
def history(mall: Mall) -> History:
    return History(mall.root)


def test_totals_are_the_sum_of_the_quarter_hours(history: History) -> None:
    found = {row.zone: row for row in history.totals(START, START + 9 * DAY)}
    assert set(found) == {"hall", "plaza", "books", "upper"}
    rows = history.quarter_hours(["hall"], START, START + 9 * DAY)
    known = [row.people_mean for row in rows if row.people_mean is not None]
    hall = found["hall"]
    assert hall.n == len(rows)
    assert hall.count_in == sum(row.count_in or 0 for row in rows)
    assert hall.people_mean == pytest.approx(sum(known) / len(known), rel=1e-4)
    assert hall.watched_s == pytest.approx(sum(row.watched for row in rows) * 900, rel=1e-4)
    assert hall.origins == ("recorded",)
    assert (found["upper"].people_mean, found["upper"].count_in) == (None, None)  # nobody looked: unknown


def test_the_usual_week_is_by_local_hour(history: History) -> None:
    rows = history.quarter_hours(["hall"], START, START + 9 * DAY)
    by_hour: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        local = datetime.fromtimestamp(row.at, UTC).astimezone(TOKYO)
        if row.people_mean is not None:
            by_hour[local.weekday() * 24 + local.hour].append(row.people_mean)
    week = {row.hour: row for row in history.week(["hall"], START, START + 9 * DAY, TOKYO)}
    assert {hour: row.n for hour, row in week.items() if row.n} == {hour: len(v) for hour, v in by_hour.items()}
    for hour, values in by_hour.items():
        assert week[hour].people_mean == pytest.approx(sum(values) / len(values), rel=1e-4)


def test_a_span_without_rows_is_empty(history: History) -> None:
    assert history.totals(START - 9 * DAY, START - 8 * DAY) == []
    assert history.week(["nobody"], START, START + DAY, TOKYO) == []


def test_minutes_of_every_zone_add_up(mall: Mall, history: History) -> None:
    found = {row.zone: row for row in history.minute_totals(START, START + 9 * DAY)}
    mine = [row for _, row in in_zone(mall.written, "books", START, START + 9 * DAY)]
    means = [row.people_mean for row in mine if row.people_mean is not None]
    assert (found["books"].n, found["books"].count_in) == (len(means), sum(row.count_in or 0 for row in mine))
    assert found["books"].people_mean == pytest.approx(sum(means) / len(means), rel=1e-5)
    assert (found["upper"].n, found["upper"].people_mean) == (0, None)
