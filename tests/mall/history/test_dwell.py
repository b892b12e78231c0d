"""The mean stay from people and arrivals, against stays that are known one by one."""

import random
from zoneinfo import ZoneInfo

import pytest

from mall.history.dwell import mean_dwell
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
