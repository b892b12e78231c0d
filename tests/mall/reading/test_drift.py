"""The exits' factor: by hand, bounded, and closing in on a door that misses some in a simulated month."""

import numpy as np
import pytest

from mall.models import Totals
from mall.reading.drift import Day, corrected, learned
from mall.reading.occupancy import SETTLE_S, Occupancy

DAY_S = 86400.0


@pytest.mark.parametrize(
    ("day", "end", "factor"),
    [
        (Day(0, 1000, 1000, DAY_S, 0.0), 0, 1.0),
        (Day(0, 1000, 960, DAY_S, 0.0), 0, 1.0208),  # 40 of 960 missed: 4.17 %, half of it at once
        (Day(5, 1000, 1005, DAY_S, 0.0), 0, 1.0),  # five night staff left too
        (Day(0, 1000, 995, DAY_S, 0.0), 5, 1.0),  # and five came
        (Day(0, 1000, 1050, DAY_S, 0.0), 0, 0.9762),  # counted twice at times
        (Day(0, 1000, 500, DAY_S, 0.0), 0, 1.05),  # a broken door, not a drift: bounded at 1.1
        (Day(0, 100, 1000, DAY_S, 0.0), 0, 0.95),
        (Day(None, 1000, 960, DAY_S, 0.0), 0, 1.0),
        (Day(0, 60, 50, DAY_S, 0.0), 0, 1.0),  # too few
        (Day(0, 1000, 960, DAY_S, 900.0), 0, 1.0),  # an entrance was dark for a quarter of an hour
        (Day(0, 0, 0, DAY_S, 0.0), 0, 1.0),
    ],
)
def test_what_a_day_tells(day: Day, end: int, factor: float) -> None:
    assert learned(1.0, day, end) == pytest.approx(factor, abs=1e-4)


def test_the_factor_never_leaves_a_tenth() -> None:
    high = low = 1.0
    for _ in range(50):
        high, low = learned(high, Day(0, 1000, 500, DAY_S, 0.0), 0), learned(low, Day(0, 100, 1000, DAY_S, 0.0), 0)
    assert (high, low) == (pytest.approx(1.1, abs=2e-4), pytest.approx(0.9, abs=2e-4))
    assert corrected(0, high) == 0


def test_people_inside_stop_drifting_within_a_week_of_days() -> None:
    """Six of a hundred who leave are missed. Without a factor 60 ghosts a thousand guests are left over at night."""
    rng = np.random.default_rng(3)
    occupancy, now = Occupancy(since=0.0).observed(0, 0.0), 0.0
    left_over = []
    for day in range(14):
        guests = int(rng.integers(800, 1200))
        counted = int(rng.binomial(guests, 0.94))
        occupancy = occupancy.counted(guests, counted)
        assert occupancy.totals.inside is not None
        left_over.append(occupancy.totals.inside)
        now = DAY_S * (day + 1)
        occupancy = occupancy.reset(now).observed(0, now).observed(0, now + SETTLE_S + 0.1)
        assert occupancy.totals.inside == 0
    assert left_over[0] > 40
    assert max(left_over[7:]) <= 30
    assert occupancy.out_factor == pytest.approx(1 / 0.94, abs=0.015)


def learn_a_day(occupancy: Occupancy) -> Occupancy:
    """Let a day of 1000 guests pass of whom 50 leave unseen."""
    return occupancy.counted(1000, 950).reset(DAY_S).observed(0, DAY_S + SETTLE_S + 0.1)


def test_a_day_that_was_not_whole_teaches_nothing() -> None:
    fresh = Occupancy(since=0.0).observed(0, 0.0)
    assert learn_a_day(fresh).out_factor > 1.02
    assert learn_a_day(fresh.missed(1000.0)).out_factor == 1.0
    wrapped = fresh.cut(10.0).observed(0, 10.0 + SETTLE_S)
    assert learn_a_day(wrapped).out_factor == 1.0
    resumed = Occupancy.resumed(fresh.missed(1000.0).totals)
    assert learn_a_day(resumed).out_factor == 1.0
    assert learn_a_day(Occupancy.resumed(fresh.totals)).out_factor > 1.02


def test_a_restarted_engine_keeps_the_factor_and_the_people() -> None:
    before = learn_a_day(Occupancy(since=0.0).observed(0, 0.0)).counted(300, 100)
    assert before.out_factor > 1.0
    assert Occupancy.resumed(before.totals).totals == before.totals
    assert before.totals.inside == 300 - corrected(100, before.out_factor)


def test_a_record_of_an_older_release_has_no_factor() -> None:
    assert Totals(9, 4, 5, 1.0).out_factor == 1.0
