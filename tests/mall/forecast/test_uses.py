"""When a limit is reached, and when it is calm: by hand."""

from datetime import time

import pytest

from mall.forecast.shape import Forecast, Step
from mall.forecast.uses import BestTime, TimeToLimit, best_time, time_to_limit
from tests.mall.forecast.scenes import MONDAY

NINE = MONDAY + 9 * 3600
OPEN = (time(10), time(21))


def told(*likely: float, half: float = 0.0, at: float = NINE, **how: object) -> Forecast:
    steps = tuple(
        Step(at + 900 * n, max(0.0, value - half), value, value + half, is_validated=n >= 3)
        for n, value in enumerate(likely)
    )
    return Forecast("plaza", at, steps, **how)


@pytest.mark.parametrize(
    ("forecast", "limit", "expected"),
    [
        # From 10 at 7.5 min to 20 at 22.5 min: 15 half way, 7.5 + 7.5 min.
        (told(10, 20), 15, TimeToLimit(900, 900, 900)),
        (told(10, 20, half=5), 15, TimeToLimit(0, 900, 1350)),
        (told(10, 20, 30, 40, half=5), 35, TimeToLimit(2250, 2700, 3150)),
        (told(10, 20, 30, 40), 40, TimeToLimit(3150, 3150, 3150, is_validated=True)),
        (told(10, 20, half=1), 21, TimeToLimit(1350, None, None)),
        (told(10, 20), 21, TimeToLimit(None, None, None)),
        (told(30, 20), 25, TimeToLimit(0, 0, 0)),
        (told(), 25, TimeToLimit(None, None, None)),
    ],
)
def test_time_to_limit(forecast: Forecast, limit: float, expected: TimeToLimit) -> None:
    assert time_to_limit(forecast, limit) == expected


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_limit_of_nobody_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="plaza"):
        time_to_limit(told(1), limit)


@pytest.mark.parametrize(
    ("forecast", "comfort", "expected"),
    [
        # The first hour is before opening; then 8 steps of which the last four have 20, 10, 10, 20.
        (told(*[0] * 4, *[40] * 4, 20, 10, 10, 20, half=5), 30, BestTime(NINE + 7200, NINE + 10_800, 15, True)),
        (told(*[0] * 4, *[40] * 4, 20, 10, 10, 20, half=11), 30, BestTime(NINE + 7200, NINE + 10_800, 15, False)),
        (told(*[0] * 4, *[5] * 8), 30, BestTime(NINE + 3600, NINE + 7200, 5, True)),
        (told(*[0] * 7), 30, None),
        (told(), 30, None),
        # Twelve hours on, what is left of the opening hours is less than the stretch.
        (told(*[0] * 8, at=NINE + 11.5 * 3600), 30, None),
    ],
)
def test_best_time(forecast: Forecast, comfort: float, expected: BestTime | None) -> None:
    assert best_time(forecast, OPEN, comfort) == expected


def test_a_stretch_with_a_gap_is_not_one() -> None:
    whole = told(*[0] * 4, 1, 1, 1, 1, 9, 9, 9, 9)
    holed = Forecast("plaza", NINE, whole.steps[:5] + whole.steps[6:])
    best = best_time(holed, OPEN, 10)
    assert best is not None
    assert best.start == NINE + 6 * 900


@pytest.mark.parametrize(
    ("timezone", "open_hours", "expected"),
    [
        ("UTC", (time(22), time(0)), MONDAY + 22 * 3600),
        ("UTC", (time(22), time(23)), MONDAY + 22 * 3600),
        ("Asia/Tokyo", (time(10), time(12)), MONDAY + 25 * 3600),  # 10:00 in Tokyo is 1:00 UTC of the next day
    ],
)
def test_opening_hours_are_those_of_the_place(timezone: str, open_hours: tuple[time, time], expected: float) -> None:
    forecast = told(*[3] * 20, at=MONDAY + 21 * 3600, timezone=timezone)
    best = best_time(forecast, open_hours, 10)
    assert best is not None
    assert best.start == expected
