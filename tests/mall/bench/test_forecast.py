"""The back-test: what it reads, what it compares with, and whom it believes."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from mall.bench.forecast import _parts, back_test
from mall.bench.pedestrians import last_value, read_counters, step_of, weekly_median
from mall.forecast.making import forecast
from mall.forecast.series import Series, Wall


def test_the_rows_of_the_file_are_whole_hours_in_order() -> None:
    """Read by hand in the file: the first row, New Year's night of 2025, the rows with wrong dates, the last row."""
    walls = read_counters()
    assert len(walls) == 21
    queen = walls["45 Queen Street"]
    assert len(queen.value) == 24 * (date(2026, 1, 1) - date(2019, 1, 1)).days + 6
    assert np.flatnonzero(np.isfinite(queen.value))[0] == 6
    assert queen.value[6] == 151
    night = step_of(queen, date(2025, 1, 1))
    assert queen.value[night - 1 : night + 2].tolist() == [1906, 2358, 1208]
    assert queen.value[night + 24 + 3 : night + 24 + 8].tolist() == [12, 9, 15, 70, 162]
    assert queen.value[-1] == 153
    spring = step_of(queen, date(2024, 9, 29))
    assert np.isnan(queen.value[spring + 2])
    assert queen.value[spring + 6 : spring + 9].tolist()[1:] == [94, 180]
    assert np.isnan(walls["188 Quay Street Lower Albert (EW)"].value[: step_of(queen, date(2022, 1, 1))]).all()


@pytest.mark.parametrize("weeks", [1, 4, 8])
def test_the_median_of_past_weeks(weeks: int) -> None:
    rng = np.random.default_rng(weeks)
    value = np.where(rng.random(168 * 10) < 0.3, np.nan, rng.poisson(30, 168 * 10))
    told = weekly_median(value, weeks)
    for at in rng.integers(0, len(value), 300):
        past = [value[at - 168 * ago] for ago in range(1, weeks + 1) if at >= 168 * ago]
        known = [each for each in past if np.isfinite(each)]
        assert told[at] == pytest.approx(np.median(known) if known else np.nan, nan_ok=True)


def test_the_last_value() -> None:
    assert last_value(np.array([1.0, 2.0, 3.0]), 2).tolist()[2] == 1.0


@pytest.mark.parametrize(
    ("now", "horizon", "parts"),
    [
        ((1, 0), 1, {"1 h", "rest of day"}),
        ((1, 23), 1, {"1 h", "rest of day"}),
        ((1, 23), 2, {"2 h", "next day"}),
        ((1, 0), 24, {"rest of day"}),
        ((1, 0), 25, {"next day"}),
        ((1, 0), 48, {"next day"}),
        ((1, 0), 49, set()),
        ((1, 10), 39, set()),
        ((1, 10), 38, {"next day"}),
    ],
)
def test_what_is_the_rest_of_the_day(now: tuple[int, int], horizon: int, parts: set[str]) -> None:
    chosen = _parts(np.array([now[0] * 24 + now[1]]), horizon)
    assert {part for part, each in chosen.items() if each.all()} == parts


def test_the_back_test_judges_what_the_product_tells() -> None:
    """One week by the public function, forecast by forecast, learned at the week's beginning from no later hour."""
    first = (date(2026, 1, 5) - date(1970, 1, 1)).days * 24
    rng = np.random.default_rng(7)
    hours = np.arange(13 * 168)
    value = rng.poisson(20 + 15 * np.sin(hours * 2 * np.pi / 24)).astype(float)
    wall = Wall(first, value, 24)
    since = date(2026, 1, 5) + timedelta(weeks=12)
    score = back_test(wall, since, since + timedelta(days=1))["1 h"]
    series = Series("street", (first + hours) * 3600.0, value, step_s=3600)
    begin = int(datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp())
    steps = forecast(series, begin, (0,)).steps
    assert len(steps) == 1
    alone = back_test(Wall(first, value[: 12 * 168 + 1], 24), since, since + timedelta(hours=24))
    assert score.n == 24
    assert alone["1 h"].mae == pytest.approx(abs(steps[0].likely - value[12 * 168]))
    assert 0.5 < score.coverage <= 1
