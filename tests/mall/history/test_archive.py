"""Minutes into files and back: each once, whatever happens between."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from mall.history.archive import closed_days
from mall.history.files import start_of
from mall.history.rows import HistoryRow
from mall.history.stored import History
from mall.models import MinuteRow
from tests.mall.history.scene import DAY, START, ZONES, Mall, drawn_rows, in_zone

LATER = START + 100 * DAY
Plain = tuple[object, ...]


@pytest.fixture
def mall(tmp_path: Path) -> Mall:
    return Mall(tmp_path)


def plain(rows: Sequence[HistoryRow]) -> list[Plain]:
    return [(r.at, r.people_mean, r.people_max, r.count_in, r.count_out, r.coverage) for r in rows]


def kept(mall: Mall, zone: str) -> list[Plain]:
    return plain(History(mall.root).zone_minutes([zone], START - 10 * DAY, LATER))


def written(mall: Mall, zone: str) -> list[Plain]:
    return [
        (at, r.people_mean, highest(r), r.count_in, r.count_out, round(r.coverage, 4))
        for at, r in in_zone(mall.written, zone, START - 10 * DAY, LATER)
    ]


def highest(row: MinuteRow) -> int | None:
    return None if row.people_mean is None else row.people_max


def assert_whole(mall: Mall) -> None:
    for zone in ZONES:
        assert kept(mall, zone) == written(mall, zone)


def quarter_by_hand(rows: Sequence[MinuteRow]) -> Plain:
    people = [row.people_mean for row in rows if row.people_mean is not None]
    counts = [(row.count_in, row.count_out) for row in rows if row.count_in is not None and row.count_out is not None]
    known, counted = len(people) >= 12, len(counts) >= 12  # 80 % of 15
    return (
        pytest.approx(sum(people) / len(people), abs=0.002) if known else None,
        max(row.people_max for row in rows if row.people_mean is not None) if known else None,
        sum(pair[0] for pair in counts) if counted else None,
        sum(pair[1] for pair in counts) if counted else None,
        pytest.approx(sum(row.coverage for row in rows) / 15, abs=1e-3),
        pytest.approx(len(people) / 15, abs=1e-3),
    )


def quarters_by_hand(mall: Mall, zone: str) -> list[Plain]:
    by_start: dict[int, list[MinuteRow]] = {}
    for at, row in in_zone(mall.written, zone, 0, LATER):
        by_start.setdefault(at // 900 * 900, []).append(row)
    return [(start, *quarter_by_hand(rows)) for start, rows in by_start.items()]


def quarters_kept(mall: Mall, zone: str) -> list[Plain]:
    rows = History(mall.root).quarter_hours([zone], START - 10 * DAY, LATER)
    return [(r.at, r.people_mean, r.people_max, r.count_in, r.count_out, r.coverage, r.watched) for r in rows]


def test_every_minute_is_kept_once_however_often_it_is_taken(mall: Mall) -> None:
    for _ in range(6):
        mall.live(50)
        mall.work.turn()
        mall.begin()
        mall.work.turn()
    assert len(mall.written) == 300
    assert_whole(mall)


def test_nothing_was_ever_kept(tmp_path: Path) -> None:
    history = History(tmp_path / "nowhere")
    assert history.zone_minutes(["hall"], START, LATER) == []
    assert history.quarter_hours(["hall"], START, LATER) == []
    assert history.totals(START, LATER) == []
    assert history.left_out == []


def test_an_empty_store_makes_no_file(mall: Mall) -> None:
    mall.work.turn()
    assert mall.work.problem == ("", "")
    assert mall.folder.files("minutes") == {}


def test_quarter_hours_are_the_recount_of_the_minutes_before_and_after_a_day_is_closed(mall: Mall) -> None:
    mall.live(23 * 60 + 17)
    mall.work.turn()
    assert closed_days(mall.folder, date(2026, 11, 21)) == frozenset()
    for zone in ZONES:
        assert quarters_kept(mall, zone) == quarters_by_hand(mall, zone)
    mall.live(120)
    mall.work.turn()
    assert closed_days(mall.folder, date(2026, 11, 21)) == {date(2026, 11, 21)}
    for zone in ZONES:
        assert quarters_kept(mall, zone) == quarters_by_hand(mall, zone)


def test_a_closed_day_stays_as_it_is_however_often_it_is_closed(mall: Mall) -> None:
    mall.live(25 * 60)
    mall.work.turn()
    before = mall.folder.quarters_file(date(2026, 11, 21)).read_bytes()
    mall.begin()
    mall.work.turn()
    assert mall.folder.quarters_file(date(2026, 11, 21)).read_bytes() == before


def test_what_two_engines_take_of_the_same_store_is_taken_once(mall: Mall) -> None:
    mall.live(90)
    first = mall.work
    mall.begin()
    first.turn()
    mall.work.turn()
    mall.live(30)
    mall.work.turn()
    first.turn()
    assert_whole(mall)


@pytest.mark.parametrize("step_s", [-3600, -90, 90, 3600, 90_000])
def test_a_stepped_clock_neither_loses_nor_doubles_a_minute(mall: Mall, step_s: int) -> None:
    mall.live(100)
    mall.work.turn()
    mall.clock.now += step_s
    mall.live(100)
    mall.begin()
    mall.work.turn()
    mall.live(100)
    mall.work.turn()
    assert_whole(mall)


def test_minutes_that_the_store_got_late_are_taken(mall: Mall) -> None:
    mall.live(10)
    mall.work.turn()
    mall.clock.pass_s(50 * 60)  # the store was away; then all of it is written at once
    for n in range(50):
        start = START + 600 + 60 * n
        mall.written[start] = drawn_rows(start)
        mall.store.append_minute("1f", start, mall.written[start])
    mall.work.turn()
    assert_whole(mall)


def test_what_is_too_old_is_deleted_only_by_a_clock_that_ran_true_for_an_hour(mall: Mall) -> None:
    mall.live(26 * 60)
    mall.work.turn()
    assert set(mall.folder.files("minutes")) == {date(2026, 11, 21), date(2026, 11, 22)}
    mall.clock.now += 40 * DAY
    mall.work.turn()
    assert len(mall.folder.files("minutes")) == 2
    mall.clock.pass_s(3599)
    mall.work.turn()
    assert len(mall.folder.files("minutes")) == 2
    mall.clock.pass_s(2)
    mall.work.turn()
    # The first day is quarter-hours; the second is not over, for no later minute is known.
    assert set(mall.folder.files("minutes")) == {date(2026, 11, 22)}
    mall.clock.now += 800 * DAY
    mall.work.turn()
    mall.clock.pass_s(3601)
    mall.work.turn()
    assert mall.folder.files("quarters") == {}


def test_a_month_of_quarter_hours_is_kept_for_25_months(mall: Mall) -> None:
    mall.live(25 * 60)
    mall.work.turn()
    for day, is_kept in [(date(2028, 12, 31), True), (date(2029, 1, 1), False)]:
        mall.clock.now = start_of(day) + 3600
        mall.work.turn()
        mall.clock.pass_s(3601)
        mall.work.turn()
        assert (mall.folder.files("quarters") != {}) == is_kept


def test_a_damaged_day_is_set_aside_and_made_again_from_the_store(mall: Mall) -> None:
    mall.live(90)
    mall.work.turn()
    path = mall.folder.minutes_file(date(2026, 11, 21))
    path.write_bytes(path.read_bytes()[:-100])
    mall.live(10)
    mall.work.turn()  # finds it
    assert mall.work.problem[0] == "write-failed"
    assert path.name in mall.work.problem[1]
    mall.work.turn()
    assert mall.work.problem == ("", "")
    assert_whole(mall)
    assert len(mall.folder.set_asides()) == 1


def test_a_flipped_byte_is_found_by_the_daily_check(mall: Mall) -> None:
    mall.live(200)
    mall.work.turn()
    path = mall.folder.minutes_file(date(2026, 11, 21))
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x10
    path.write_bytes(bytes(data))
    mall.clock.pass_s(DAY + 60)
    mall.work.turn()
    assert len(mall.folder.set_asides()) == 1
    assert_whole(mall)


def test_a_damaged_file_is_named_and_the_rest_is_answered(mall: Mall) -> None:
    for _ in range(3):
        mall.live(DAY // 60)
        mall.work.turn()
    path = mall.folder.minutes_file(date(2026, 11, 22))
    path.write_bytes(b"PAR1 this is none PAR1")
    history = History(mall.root)
    rows = plain(history.zone_minutes(["hall"], START, LATER))
    second = START + DAY
    assert rows == [row for row in written(mall, "hall") if not second <= row[0] < second + DAY]  # type: ignore[operator]
    assert history.left_out == [path.name]


def test_a_damaged_month_is_made_again_of_the_minutes_there_are(mall: Mall) -> None:
    mall.live(2 * DAY // 60 + 5)
    mall.work.turn()
    before = quarters_kept(mall, "hall")
    mall.folder.quarters_file(date(2026, 11, 21)).write_bytes(b"")
    mall.begin()
    mall.work.turn()
    assert quarters_kept(mall, "hall") == before


def test_a_failing_writer_leaves_every_file_as_it_was_and_recovers(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    mall.live(60)
    mall.work.turn()
    before = {path: path.read_bytes() for path in mall.folder.files("minutes").values()}
    mall.live(60)
    with monkeypatch.context() as patched:
        patched.setattr("mall.history.files.os.write", full_disk)
        assert mall.work.turn() <= 10
        assert mall.work.problem[0] == "disk-full"
    assert {path: path.read_bytes() for path in mall.folder.files("minutes").values()} == before
    assert list(mall.root.glob("**/*.tmp")) == []
    mall.work.turn()
    assert mall.work.problem == ("", "")
    assert_whole(mall)


def full_disk(_handle: int, _data: bytes) -> int:
    raise OSError(28, "No space left on device")


def test_a_gap_of_days_is_a_gap(mall: Mall) -> None:
    mall.live(30)
    mall.work.turn()
    mall.clock.pass_s(4 * DAY)
    mall.begin()
    mall.live(30)
    mall.work.turn()
    assert_whole(mall)
    assert {date(2026, 11, 21) + timedelta(days=n) for n in (0, 4)} == set(mall.folder.files("minutes"))
