"""Rates from the minutes: lines where they cover a border, else moves; unwatched is not zero."""

import pytest

from gis.borders import Border
from mall.models import MinuteRow
from mall.options.rates import rates_of, scaled

OPEN, COVERED = Border(("a", "b")), Border(("", "a"), {"door": -1, "gate": 1})


def row(name: str, count_in: int | None, count_out: int | None, coverage: float = 1.0) -> MinuteRow:
    return MinuteRow(name, None, 0, coverage, count_in, count_out)


def test_moves_and_lines_are_means_of_the_last_three_minutes() -> None:
    lines = [row("line:door", 1, 7), row("line:gate", 2, 3)]
    minutes = [(60 * n, [row("move:a>b", n or 100, 2 * n), *lines]) for n in range(4)]
    found = rates_of([OPEN, COVERED], minutes)
    assert found["a", "b"] == 2.0
    assert found["b", "a"] == 4.0
    # "In" of the door leads out of a, of the gate into a: 7 + 2 come from outside, 1 + 3 go.
    assert (found["", "a"], found["a", ""]) == (9.0, 4.0)


@pytest.mark.parametrize(
    "rows",
    [[], [row("move:a>b", None, None)], [row("move:a>b", 3, 4, coverage=0.4)]],
)
def test_what_nobody_watched_is_not_known(rows: list[MinuteRow]) -> None:
    assert rates_of([OPEN], [(0, rows)]) == {("a", "b"): None, ("b", "a"): None}


def test_a_line_of_several_that_was_not_watched_hides_the_border() -> None:
    assert rates_of([COVERED], [(0, [row("line:door", 1, 1)])])["", "a"] is None


def test_rates_follow_the_last_minute_where_it_is_known() -> None:
    rates = {("a", "p"): 10.0, ("b", "p"): 30.0, ("p", "a"): 8.0, ("a", "b"): 5.0}
    found = scaled(rates, "p", 80.0, None)
    assert found == {("a", "p"): 20.0, ("b", "p"): 60.0, ("p", "a"): 8.0, ("a", "b"): 5.0}
    assert scaled(rates | {("c", "p"): None}, "p", 80.0, None)["a", "p"] == 10.0
    assert scaled({("a", "p"): 0.0}, "p", 80.0, None) == {("a", "p"): 0.0}
