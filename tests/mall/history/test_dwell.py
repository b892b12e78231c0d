"""The mean stay from people and arrivals, against stays that are known one by one."""

import random
from zoneinfo import ZoneInfo

import pytest

from mall.history.dwell import mean_dwell, moving_dwell
from mall.history.rows import HistoryRow

UTC = ZoneInfo("UTC")
DAY = 86_400
START = 1_795_219_200
BORDERS = {"hall": ["move:>hall", "move:hall>shop"]}


def row(
    at: int, name: str, mean: float | None = None, count_in: int | None = 0, count_out: int | None = 0
) -> HistoryRow:
    return HistoryRow(at, name, mean, None, count_in, count_out, 1.0, 1.0, 10.0, "recorded")


def scene(stays: list[tuple[float, float]]) -> list[HistoryRow]:
    """Return the quarter-hours of people who come at a second of the day and stay so long; every third by the shop."""
    rows = []
    for quarter in range(96):
        begin, end = quarter * 900, quarter * 900 + 900
        inside_s = sum(max(0.0, min(end, came + stay) - max(begin, came)) for came, stay in stays)
        came = [n for n, (at, _) in enumerate(stays) if begin <= at < end]
        by_shop = sum(n % 3 == 0 for n in came)
        at = START + begin
        rows += [
            row(at, "hall", inside_s / 900), row(at, "move:>hall", None, len(came) - by_shop, 5),
            row(at, "move:hall>shop", None, 7, by_shop),
        ]  # fmt: skip
    return rows


def test_it_is_the_mean_of_stays_known_one_by_one() -> None:
    dice = random.Random(1)
    stays = [(dice.uniform(0, DAY - 4000), dice.expovariate(1 / 600)) for _ in range(800)]
    assert max(at + stay for at, stay in stays) < DAY + 3000
    found = mean_dwell(scene(stays), BORDERS, "1d", UTC)
    inside = sum(min(stay, DAY - at) for at, stay in stays) / len(stays)
    assert found == {("hall", START): pytest.approx(inside, rel=1e-6)}


def test_quarter_hours_with_a_border_unknown_are_left_out_of_both_sides() -> None:
    rows = scene([(n * 60.0, 300.0) for n in range(1200)])
    lost = [r for r in rows if not (r.zone == "move:hall>shop" and r.at < START + 4 * 3600)]
    whole, part = (mean_dwell(found, BORDERS, "1d", UTC)["hall", START] for found in (rows, lost))
    assert part == pytest.approx(whole, rel=0.02)


@pytest.mark.parametrize("stays", [[], [(100.0 * n, 60.0) for n in range(9)]])
def test_few_arrivals_say_nothing(stays: list[tuple[float, float]]) -> None:
    assert mean_dwell(scene(stays), BORDERS, "1d", UTC) == {}


def test_a_zone_without_borders_has_none() -> None:
    assert mean_dwell([row(START, "hall", 5.0, 50, 50)], {"hall": []}, "1h", UTC) == {}


def minutes(stays: list[tuple[float, float]], count: int = 120) -> list[HistoryRow]:
    """Return the minutes of people who come at a second and stay so long, all over one border."""
    rows = []
    for minute in range(count):
        begin, end = minute * 60, minute * 60 + 60
        inside_s = sum(max(0.0, min(end, came + stay) - max(begin, came)) for came, stay in stays)
        came = sum(begin <= at < end for at, _ in stays)
        rows += [row(START + begin, "hall", inside_s / 60), row(START + begin, "move:>hall", None, came, 3)]
    return rows


ONE = {"hall": ["move:>hall"]}


def test_a_minute_tells_the_stay_of_the_fifteen_that_end_with_it() -> None:
    """Somebody comes every 10 s and stays 240 s, from a time on 480 s: each window by hand, second by second."""
    stays = [(10.0 * n, 240.0 if n < 360 else 480.0) for n in range(720)]
    found = moving_dwell(minutes(stays), ONE, 60)
    for minute in (11, 30, 59, 70, 119):  # the first has 12 of its 15 minutes
        end = 60 * (minute + 1)
        begin = max(0, end - 900)
        seconds = sum(sum(at <= second + 0.5 < at + stay for at, stay in stays) for second in range(begin, end))
        came = sum(begin <= at < end for at, _ in stays)
        assert found["hall", START + 60 * minute] == pytest.approx(seconds / came, rel=1e-3), minute
    assert found["hall", START + 60 * 45] == pytest.approx(240.0)
    assert found["hall", START + 60 * 119] == pytest.approx(480.0)
    assert ("hall", START + 60 * 10) not in found


@pytest.mark.parametrize("stay_s", [30.0, 300.0, 880.0])
def test_a_quarter_hour_tells_its_own(stay_s: float) -> None:
    rows = scene([(20.0 * n, stay_s) for n in range(DAY // 20)])
    found = moving_dwell(rows, BORDERS, 900)
    assert found["hall", START + 900 * 40] == pytest.approx(stay_s, rel=1e-6)
    assert {at % 900 for _, at in found} == {0}


def lost(rows: list[HistoryRow], name: str, at: range) -> list[HistoryRow]:
    return [r for r in rows if not (r.zone == name and (r.at - START) // 60 in at)]


CAME = [(5.0 * n, 100.0) for n in range(1440)]


@pytest.mark.parametrize(
    ("rows", "is_known"),
    [
        (minutes(CAME), True),
        (lost(minutes(CAME), "move:>hall", range(50, 53)), True),  # 12 of 15 are left
        (lost(minutes(CAME), "move:>hall", range(50, 54)), False),
        (lost(minutes(CAME), "hall", range(50, 54)), False),
        (minutes([(600.0 * n, 100.0) for n in range(12)]), False),  # two came in a quarter of an hour
        (minutes([(5.0 * n, 4000.0) for n in range(1440)]), False),  # they stay longer than can be told
        ([row(START + 60 * n, "hall", None) for n in range(120)], False),
        ([], False),
    ],
)
def test_what_a_minute_cannot_know_is_unknown(rows: list[HistoryRow], is_known: bool) -> None:
    assert (("hall", START + 60 * 60) in moving_dwell(rows, ONE, 60)) is is_known
