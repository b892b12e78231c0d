"""The invented past: shaped by real counts, called a sample, and nowhere mixed with what cameras saw."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from mall.config import SAMPLE_SITE, load_site
from mall.history.archive import Archive
from mall.history.columns import minute_table
from mall.history.files import HistoryFolder
from mall.history.sample import COUNTS_FILE, SampleHistory
from mall.history.stored import History
from mall.models import MinuteRow

FIRST = 1_795_900_020  # 2026-11-28 21:07 UTC
QUARTER = FIRST // 900 * 900
DAY = 86_400
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> HistoryFolder:
    made = HistoryFolder(tmp_path_factory.mktemp("sample") / "history")
    site = load_site(SAMPLE_SITE)
    with made.held():
        assert not SampleHistory(site, made).make_once()  # nothing real yet: it would not know where to end
        real = [(FIRST + 60 * n, [MinuteRow("food", 7.0, 9, 1.0, 2, 1)]) for n in range(30)]
        Archive(made).add(minute_table("2f", real, {"food": 180.0}, lambda _name: "simulated"))
        assert SampleHistory(site, made).make_once()
        assert not SampleHistory(site, made).make_once()
    return made


@pytest.fixture(scope="module")
def history(folder: HistoryFolder) -> History:
    return History(folder.root)


def test_it_ends_where_the_first_real_quarter_hour_begins(history: History) -> None:
    rows = history.quarter_hours(["food"], QUARTER - 400 * DAY, QUARTER + DAY)
    assert {row.origin for row in rows if row.at < QUARTER} == {"sample"}
    assert {row.origin for row in rows if row.at >= QUARTER} == {"simulated"}
    times = [row.at for row in rows]
    assert times == list(range(QUARTER - 396 * DAY, QUARTER + 1801, 900))


def test_minutes_of_the_last_days_are_there_and_add_up_to_the_quarter_hours(history: History) -> None:
    since, until = QUARTER - DAY, QUARTER
    minutes = history.zone_minutes(["line:gate-w"], since, until)
    assert [row.at for row in minutes] == list(range(since, until, 60))
    sums: dict[int, int] = defaultdict(int)
    for row in minutes:
        sums[row.at // 900 * 900] += row.count_in or 0
    assert {row.at: row.count_in for row in history.quarter_hours(["line:gate-w"], since, until)} == sums


def test_asking_for_what_was_recorded_yields_nothing_invented(history: History) -> None:
    assert history.quarter_hours(["food"], QUARTER - 400 * DAY, QUARTER + DAY, origins=["recorded"]) == []
    assert history.zone_minutes(["food"], QUARTER - DAY, QUARTER + DAY, origins=["recorded"]) == []


def test_every_invented_row_says_so_in_files_of_its_own(folder: HistoryFolder) -> None:
    for path in folder.sample.root.glob("*/*.parquet"):
        assert pq.read_table(path)["origin"].unique().to_pylist() == ["sample"]
    for path in [*folder.files("minutes").values(), *folder.files("quarters").values()]:
        assert "sample" not in pq.read_table(path)["origin"].unique().to_pylist()


def test_lines_add_up_to_their_zone(history: History) -> None:
    span = (QUARTER - 5 * DAY, QUARTER - 4 * DAY)
    zone = history.quarter_hours(["food"], *span)
    east, south = (history.quarter_hours([f"line:door-food-{side}"], *span) for side in ("east", "south"))
    assert [row.count_in for row in zone] == [
        (a.count_in or 0) + (b.count_in or 0) for a, b in zip(east, south, strict=True)
    ]


def test_indoors_is_empty_at_night_and_shaped_by_the_counted_week(history: History) -> None:
    rows = history.quarter_hours(["food"], QUARTER - 364 * DAY, QUARTER)
    by_hour: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        by_hour[datetime.fromtimestamp(row.at, UTC).astimezone(TOKYO).hour].append(row.people_mean or 0.0)
    mean = {hour: sum(values) / len(values) for hour, values in by_hour.items()}
    assert all(mean[hour] == 0.0 for hour in (0, 3, 6, 8, 22, 23))
    counted = pq.read_table(SAMPLE_SITE / COUNTS_FILE)
    hours = [hour.hour for hour in counted["local_hour"].to_pylist()]
    street = [
        sum(values) for values in zip(*(counted[name].to_pylist() for name in counted.column_names[1:]), strict=True)
    ]
    shape = {hour: sum(v for h, v in zip(hours, street, strict=True) if h == hour) for hour in range(10, 20)}
    assert correlation([mean[hour] for hour in shape], list(shape.values())) > 0.8


def correlation(a: list[float], b: list[float]) -> float:
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    top = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return float(top / (sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)) ** 0.5)


def test_the_counts_name_their_source_and_licence() -> None:
    about = pq.read_schema(SAMPLE_SITE / COUNTS_FILE).metadata
    assert about[b"licence"].startswith(b"CC-BY-4.0")
    assert b"Heart of the City Auckland" in about[b"source"]
    assert pq.read_metadata(SAMPLE_SITE / COUNTS_FILE).num_rows == 364 * 24


def test_a_site_that_does_not_ask_for_it_gets_none(tmp_path: Path) -> None:
    from tests.mall.history.scene import Mall

    mall = Mall(tmp_path)
    mall.live(20)
    mall.work.turn()
    assert not mall.folder.sample.root.exists()


def test_the_counts_it_is_shaped_by_are_dated_as_they_were_counted() -> None:
    """A day of the counters' file runs from 6:00 to 5:59: the hours after midnight belong to the day that follows."""
    table = pq.read_table(SAMPLE_SITE / COUNTS_FILE)
    assert table.num_rows == 52 * 7 * 24
    hours = table["local_hour"].to_pylist()
    assert hours[-1] == datetime(2026, 1, 1, 5)
    counts = [sum(row) for row in zip(*(table[name].to_pylist() for name in table.column_names[1:]), strict=True)]
    small = {
        day: [n for t, n in zip(hours, counts, strict=True) if t.hour == 1 and t.weekday() == day] for day in (5, 6, 0)
    }
    friday_night, saturday_night, sunday_night = (sum(small[day]) / len(small[day]) for day in (5, 6, 0))
    assert min(friday_night, saturday_night) > 2 * sunday_night
