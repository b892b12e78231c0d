"""The flow of the last seconds, counted by hand."""

import random

import pytest

from gis.borders import Border
from mall.models import ZoneReading
from mall.reading.flow_window import FLOW_S, RATE_S, FlowWindow, ZoneRates

BORDERS = (Border(("", "hall"), {"gate": 1}), Border(("hall", "shop")), Border(("", "shop")))
NOW = 1000.0


def reading(zone: str, coverage: float = 1.0, received_at: float = NOW) -> ZoneReading:
    return ZoneReading(
        zone=zone, people=3, band=(3, 3), density=0.1, los="A", crowd="free", trend=0, observed_at=received_at,
        received_at=received_at, lag_s=0.0, period_s=1e6, seq=1, epoch="e", coverage=coverage, source="camera",
    )  # fmt: skip


class Watched:
    """A window that is fed once a second."""

    def __init__(self) -> None:
        self.window, self.at = FlowWindow(("hall", "shop"), BORDERS), 0.0
        self.lines: tuple[str, ...] = ("gate",)
        self.readings = {"hall": reading("hall"), "shop": reading("shop")}

    def second(self, moves: dict[tuple[str, str], int] | None = None, gate: tuple[int, int] = (0, 0)) -> None:
        self.at += 1.0
        self.window.take(moves or {}, {"gate": gate} if any(gate) else {}, self.at)
        self.window.watch(self.readings, self.lines, (), now=NOW, steady=self.at)


def test_rates_come_from_lines_where_they_cover_a_border_and_from_moves_elsewhere() -> None:
    seen = Watched()
    assert seen.window.rates("hall") is None, "not watched for long enough"
    for _ in range(40):
        seen.second({("hall", "shop"): 1, ("", "hall"): 5}, gate=(2, 1))
    # In 30 s: 60 in over the gate, its moves are not counted twice; 30 out over it and 30 into the shop.
    assert seen.window.rates("hall") == ZoneRates(RATE_S, 60, 60)
    assert seen.window.rates("shop") == ZoneRates(RATE_S, 30, 0)
    assert seen.window.between("hall", "shop") == 30
    assert seen.window.crossings("gate") is None, "not watched for a minute yet"
    for _ in range(40):
        seen.second()
    assert seen.window.rates("hall") == ZoneRates(RATE_S, 0, 0)
    assert seen.window.crossings("gate") == (40, 20)  # of the last minute, twenty seconds had crossings


def test_what_is_not_watched_has_no_flow() -> None:
    seen = Watched()
    for _ in range(70):
        seen.second()
    assert seen.window.rates("hall") is not None
    seen.lines = ()
    seen.second()
    assert seen.window.rates("hall") is None, "its line is dark"
    assert seen.window.crossings("gate") is None
    assert seen.window.rates("shop") is not None
    seen.readings["shop"] = reading("shop", coverage=0.5)
    seen.second()
    assert seen.window.rates("shop") is None


def test_a_camera_that_lost_its_people_begins_anew() -> None:
    seen = Watched()
    for _ in range(70):
        seen.second()
    seen.window.watch(seen.readings, seen.lines, ("shop",), now=NOW, steady=seen.at)
    assert seen.window.rates("shop") is None
    assert seen.window.rates("hall") is not None


@pytest.mark.parametrize(("before", "after", "change"), [(20, 10, -0.5), (20, 20, 0.0), (12, 15, 0.25), (9, 0, None)])
def test_the_change_of_flow_compares_two_minutes(before: int, after: int, change: float | None) -> None:
    seen = Watched()
    for _ in range(61):
        seen.second()
    for minute in (before, after):
        for second in range(60):
            seen.second({("hall", "shop"): 1} if second < minute else {})
    found = seen.window.changes().get("hall")
    assert found == (None if change is None else pytest.approx(change))


def test_sums_equal_a_count_of_everything() -> None:
    """Against a list of all events, gone through anew each time."""
    luck, seen, events = random.Random(7), Watched(), []
    for second in range(1, 200):
        moves = {("hall", "shop"): luck.randrange(3), ("shop", "hall"): luck.randrange(2)}
        seen.second(moves)
        events += [(second, move, count) for move, count in moves.items()]
        if second > RATE_S + 1:
            came = sum(n for at, move, n in events if move[1] == "shop" and second - at < RATE_S)
            left = sum(n for at, move, n in events if move[0] == "shop" and second - at < RATE_S)
            assert seen.window.rates("shop") == ZoneRates(RATE_S, came, left)
    assert FLOW_S == 2 * RATE_S
