"""Files and store as one: no minute lost or doubled at the seam, wherever the seam and its holes are."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.history.joined import JoinedHistory, gaps
from mall.history.rows import HistoryRow
from mall.history.status import HistoryStatus, trouble
from mall.models import MinuteRow
from tests.mall.history.scene import DAY, START, ZONES, Mall, in_zone
from tests.mall.history.test_archive import highest, quarter_by_hand


@pytest.fixture
def mall(tmp_path: Path) -> Mall:
    return Mall(tmp_path)


def asked(mall: Mall) -> JoinedHistory:
    return JoinedHistory(mall.site, mall.store, mall.root)


def plain(rows: Sequence[HistoryRow]) -> list[tuple[object, ...]]:
    return [(r.at, r.people_mean, r.people_max, r.count_in, r.count_out, r.coverage, r.area_m2) for r in rows]


def by_hand(mall: Mall, zone: str, since: float, until: float) -> list[tuple[object, ...]]:
    area = pytest.approx(mall.site.plan.area_m2(zone), rel=1e-6)
    return [
        (at, r.people_mean, highest(r), r.count_in, r.count_out, round(r.coverage, 4), area)
        for at, r in in_zone(mall.written, zone, since, until)
    ]


@pytest.mark.parametrize("taken_at", [[], [1], [59, 60, 61], [200], [30, 90, 180, 199]])
def test_minutes_come_once_wherever_they_lie(mall: Mall, taken_at: list[int]) -> None:
    for n in range(200):
        mall.live(1)
        if n + 1 in taken_at:
            mall.work.turn()
    mall.clock.pass_s(30)
    history = asked(mall)
    for zone in ZONES:
        assert plain(history.zone_minutes([zone], START, START + DAY)) == by_hand(mall, zone, START, START + DAY)


def test_quarter_hours_of_today_come_from_files_and_store_and_end_with_the_last_that_is_over(mall: Mall) -> None:
    mall.live(100)
    mall.work.turn()
    mall.live(57)
    rows = asked(mall).quarter_hours(["hall"], START, START + DAY)
    by_start: dict[int, list[MinuteRow]] = {}
    for at, row in in_zone(mall.written, "hall", START, START + 150 * 60):
        by_start.setdefault(at // 900 * 900, []).append(row)
    assert [(r.at, r.people_mean, r.people_max, r.count_in, r.count_out, r.coverage, r.watched) for r in rows] == [
        (start, *quarter_by_hand(found)) for start, found in by_start.items()
    ]


def test_a_day_set_aside_is_told_from_the_store(mall: Mall) -> None:
    mall.live(120)
    mall.work.turn()
    for path in mall.folder.files("minutes").values():
        path.write_bytes(b"nothing of use")
    mall.clock.pass_s(30)
    history = asked(mall)
    assert plain(history.zone_minutes(["hall"], START, START + DAY)) == by_hand(mall, "hall", START, START + DAY)
    assert history.left_out == ["2026-11-21.parquet"]


def test_without_the_folder_the_store_answers(mall: Mall) -> None:
    mall.live(50)
    mall.clock.pass_s(30)
    history = JoinedHistory(mall.site, mall.store, mall.root / "elsewhere")
    assert plain(history.zone_minutes(["books"], START, START + DAY)) == by_hand(mall, "books", START, START + DAY)
    mall.store.write_history_status(HistoryStatus("another", mall.clock.now).to_json())
    assert not history.is_here(history.status())


def test_the_engines_own_folder_is_known_by_its_id(mall: Mall) -> None:
    mall.live(5)
    mall.work.turn()
    history = asked(mall)
    assert not history.is_here(history.status())  # nobody says that it is written
    mall.store.write_history_status(HistoryStatus(mall.folder.id(), mall.clock.now).to_json())
    assert history.is_here(history.status())


MINUTES = st.lists(st.integers(0, 200), unique=True, max_size=60)


@settings(max_examples=200, deadline=None)
@given(had=MINUTES, since=st.floats(0, 12_000), length=st.floats(1, 12_000))
def test_gaps_hold_every_minute_not_had_and_never_overlap(had: list[int], since: float, length: float) -> None:
    until = since + length
    starts = [60 * n for n in had]
    spans = list(gaps(starts, since, until))
    missing = [at for at in range(0, 30_000, 60) if since <= at < until and at not in starts]
    assert all(any(first <= at < end for first, end in spans) for at in missing)
    assert all(since <= first < end <= until for first, end in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    if not missing:
        assert spans == []


@settings(max_examples=12, deadline=None)
@given(parts=st.lists(st.integers(1, 40), min_size=1, max_size=6), holes=st.sets(st.integers(0, 5)))
def test_any_sequence_of_passes_and_standstills_tells_every_minute_once(
    tmp_path_factory: pytest.TempPathFactory, parts: list[int], holes: set[int]
) -> None:
    mall = Mall(tmp_path_factory.mktemp("seam"))
    for n, minutes in enumerate(parts):
        mall.live(minutes)
        if n in holes:
            mall.clock.pass_s(17 * 60 + 13)
        else:
            mall.work.turn()
    mall.clock.pass_s(30)
    rows = asked(mall).zone_minutes(["hall", "books"], START, START + DAY)
    assert plain(rows) == by_hand(mall, "books", START, START + DAY) + by_hand(mall, "hall", START, START + DAY)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, []),
        (HistoryStatus("a", 95.0), []),
        (HistoryStatus("a", 70.0), ["history: its writer does not answer; the last 48 h are in the store"]),
        (
            HistoryStatus("a", 95.0, problem="disk-full", reason="No space left on device: /x"),
            ["history: No space left on device: /x; the last 48 h are in the store"],
        ),
        (HistoryStatus("a", 95.0, damaged=("m.parquet",)), ["history: damaged file set aside: m.parquet"]),
    ],
)
def test_what_is_degraded_is_said(status: HistoryStatus | None, said: list[str]) -> None:
    assert trouble(status, 100.0) == said
    if status is not None:
        assert HistoryStatus.from_json(status.to_json()) == status
