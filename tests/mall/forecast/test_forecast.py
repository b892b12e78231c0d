"""Forecasts of histories whose future is known."""

import dataclasses
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from mall.forecast.making import TOLD_FROM_S, VALIDATED_FROM_S, forecast, forecast_by, learned
from mall.forecast.series import Series
from mall.forecast.shape import Forecast, day_horizons
from tests.mall.forecast.scenes import DAY, MONDAY, WEEK, history, noisy, weekly_shape

HOURS = tuple(range(3600, DAY + 1, 3600))


@pytest.mark.parametrize("step_s", [900, 3600])
@pytest.mark.parametrize("hour", [0, 9, 13, 23])
def test_a_week_that_repeats_itself_is_told_exactly(step_s: int, hour: int) -> None:
    now = MONDAY + 8 * WEEK + 4 * DAY + hour * 3600
    told = forecast(history(12, step_s), now, day_horizons(now, "UTC", step_s))
    assert told.method == "weekly"
    t = np.array([step.t for step in told.steps])
    assert t[0] == now + step_s
    for end in ("low", "likely", "high"):
        assert np.array([getattr(step, end) for step in told.steps]) == pytest.approx(weekly_shape(t), abs=1e-6)


def test_nothing_after_now_is_looked_at() -> None:
    now, whole = MONDAY + 6 * WEEK + 10 * 3600, noisy(8, seed=1)
    changed = dataclasses.replace(whole, value=np.where(whole.t + 3600 > now, 10_000.0, whole.value))
    assert forecast(whole, now, HOURS) == forecast(changed, now, HOURS)


@pytest.mark.parametrize("weeks", [0.2, 1, 8])
def test_three_times_the_people_are_three_times_the_forecast(weeks: float) -> None:
    now = MONDAY + weeks * WEEK
    one, three = (forecast(noisy(weeks, 2, factor=factor), now, HOURS) for factor in (1.0, 3.0))
    assert one.steps
    for a, b in zip(one.steps, three.steps, strict=True):
        assert (b.low, b.likely, b.high) == pytest.approx((3 * a.low, 3 * a.likely, 3 * a.high), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("days", [1, 2, 3.5, 10, 30])
def test_ends_are_in_order_and_never_below_zero(seed: int, days: float) -> None:
    rng = np.random.default_rng(seed)
    t = MONDAY + 3600.0 * np.arange(int(days * 24))
    wild = rng.choice([0.0, 0.0, 1.0, 30.0, 900.0], len(t))
    told = forecast(Series("plaza", t, wild, step_s=3600), MONDAY + days * DAY, HOURS)
    assert told.steps
    assert all(0 <= step.low <= step.likely <= step.high < np.inf for step in told.steps)


def test_the_interval_holds_four_cases_of_five_on_noise() -> None:
    inside = total = 0
    for seed in range(12):
        whole = noisy(14, seed)
        truth = dict(zip(whole.t, whole.value, strict=True))
        for day in range(10):
            now = MONDAY + 12 * WEEK + day * DAY + 9 * 3600
            steps = forecast(whole, now, (3600, 3 * 3600, 6 * 3600, 9 * 3600)).steps
            total += len(steps)
            inside += sum(step.low <= truth[step.t] <= step.high for step in steps)
    assert total == 480
    # 80 %, a little more since counts are whole; three standard deviations of 480 cases are 5.5 %.
    assert 0.745 <= inside / total <= 0.87


def test_a_day_that_is_half_again_as_full_is_told_so() -> None:
    whole = noisy(10, seed=3)
    today = MONDAY + 9 * WEEK + DAY
    rng = np.random.default_rng(5)
    surges = rng.uniform(0.6, 1.6, 70)  # days differ from one another, so that a day tells of its own evening
    value = whole.value * surges[((whole.t - MONDAY) // DAY).astype(int)]
    value = np.where(whole.t >= today, whole.value * 1.5, value)
    told = forecast(dataclasses.replace(whole, value=value), today + 12 * 3600, (3600, 2 * 3600, 3 * 3600))
    for step in told.steps:
        assert step.likely == pytest.approx(1.5 * (4 + weekly_shape(np.array([step.t]))[0]), rel=0.2)


@pytest.mark.parametrize(
    ("days", "method", "reason", "longest_s"),
    [
        (0, "none", "short_history", 0),
        (0.9, "none", "short_history", 0),
        (1, "last", None, 7200),
        (2.9, "last", None, 7200),
        (3, "daily", None, DAY),
        (13, "daily", None, DAY),
        (21, "weekly", None, DAY),
    ],
)
def test_a_new_site_is_told_what_can_be(days: float, method: str, reason: str | None, longest_s: int) -> None:
    now = MONDAY + days * DAY
    told = forecast(history(days / 7), now, (0, *HOURS))
    assert (told.method, told.none_reason) == (method, reason)
    assert max((step.t + 3600 - now for step in told.steps), default=0) <= longest_s + 3600
    assert bool(told.steps) is (reason is None)


def test_little_history_has_a_wider_interval() -> None:
    def width(days: int) -> float:
        widths = []
        for seed in range(8):
            now = MONDAY + days * DAY + 12 * 3600
            step = forecast(noisy(12, seed), now, (3600,)).steps[0]
            widths.append(step.high - step.low)
        return float(np.mean(widths))

    assert width(70) < width(7) < width(2)


def test_the_last_value_is_told_with_what_changed_in_the_past() -> None:
    """By hand: roots 1, 2, 3, 2 … one step apart differ by +1, +1, -1, -1: the interval is 1.3 about the last root."""
    t = MONDAY + 3600.0 * np.arange(25)
    root = np.array([1.0, 2.0, 3.0, 2.0])[np.arange(25) % 4]
    told = forecast(Series("plaza", t, root**2, step_s=3600), MONDAY + 25 * 3600, (0,))
    assert told.method == "last"
    (step,) = told.steps
    assert (step.likely, step.low, step.high) == pytest.approx((1.0, 0.0, 2.3**2))


def test_gaps_are_neither_zero_nor_the_end_of_it() -> None:
    whole = history(10)
    now = MONDAY + 9 * WEEK + 2 * DAY + 12 * 3600
    rng = np.random.default_rng(0)
    lost = rng.random(len(whole.t)) < 0.3
    lost |= (whole.t >= MONDAY + 5 * WEEK) & (whole.t < MONDAY + 6 * WEEK)
    holed = dataclasses.replace(whole, value=np.where(lost, np.nan, whole.value))
    told = forecast(holed, now, HOURS)
    assert len(told.steps) == 24
    likely = [step.likely for step in told.steps]
    assert likely == pytest.approx(weekly_shape(np.array([step.t for step in told.steps])), abs=1e-6)


def test_a_source_that_fell_silent_is_forecast_for_a_day() -> None:
    now = MONDAY + 8 * WEEK + 12 * 3600
    whole = history(10)
    silent = dataclasses.replace(whole, value=np.where(whole.t >= now - 6 * 3600, np.nan, whole.value))
    told = forecast(silent, now, HOURS)
    assert [step.likely for step in told.steps] == pytest.approx(
        weekly_shape(np.array([step.t for step in told.steps])), abs=1e-6
    )
    gone = dataclasses.replace(whole, value=np.where(whole.t >= now - 26 * 3600, np.nan, whole.value))
    told = forecast(gone, now, HOURS)
    assert (told.steps, told.method, told.none_reason) == ((), "none", "no_recent_value")


def test_a_time_of_the_week_of_which_nothing_is_known_has_no_step() -> None:
    whole = history(8)
    evening = whole.t % DAY >= 20 * 3600
    told = forecast(dataclasses.replace(whole, value=np.where(evening, np.nan, whole.value)), MONDAY + 8 * WEEK, HOURS)
    assert {step.t % DAY // 3600 for step in told.steps} == set(range(20))


@pytest.mark.parametrize("month", [(2026, 3, 29), (2026, 10, 25)])
def test_a_day_on_which_the_clock_changes_keeps_its_hours(month: tuple[int, int, int]) -> None:
    """The shape lives on the wall: the usual hours of the wall are told, whatever UTC says."""
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(*month, tzinfo=berlin).timestamp()
    t = now + 3600.0 * np.arange(-10 * 168, 48)

    def wall(each: float) -> float:
        return datetime.fromtimestamp(each, berlin).replace(tzinfo=UTC).timestamp()

    value = weekly_shape(np.array([wall(each) for each in t]))
    told = forecast(Series("plaza", t, value, "Europe/Berlin", 3600), now, day_horizons(now, "Europe/Berlin", 3600))
    assert len(told.steps) == (22 if month[1] == 3 else 24)  # the day's 23 or 25 hours less the one that begins now
    expected = weekly_shape(np.array([wall(step.t) for step in told.steps]))
    assert [step.likely for step in told.steps] == pytest.approx(expected, abs=1e-6)


def test_a_model_serves_for_a_day() -> None:
    whole, morning = noisy(9, seed=4), MONDAY + 8 * WEEK + 8 * 3600
    model = learned(whole, morning, HOURS)
    later = forecast_by(model, whole, morning + 5 * 3600, HOURS)
    anew = forecast(whole, morning + 5 * 3600, HOURS)
    assert [step.t for step in later.steps] == [step.t for step in anew.steps]
    assert [step.likely for step in later.steps] == pytest.approx([step.likely for step in anew.steps], rel=0.1)


def test_only_what_was_measured_is_marked_so() -> None:
    now = MONDAY + 8 * WEEK + 9 * 3600
    told = forecast(history(10, 900), now, day_horizons(now, "UTC"))
    near = [step.is_validated for step in told.steps if step.t - now < VALIDATED_FROM_S]
    assert near == [False] * 3
    assert all(step.is_validated for step in told.steps[3:])
    assert not told.is_validated
    assert forecast(history(10), now, HOURS).is_validated
    assert not any(step.is_validated for step in forecast(history(10, is_sample=True), now, HOURS).steps)
    assert not any(step.is_validated for step in forecast(history(2), MONDAY + 2 * WEEK, HOURS).steps)


def test_it_goes_through_json_and_a_newer_release_may_say_more() -> None:
    told = forecast(noisy(6, seed=0), MONDAY + 6 * WEEK, HOURS)
    row = told.to_row()
    again = Forecast.from_row(row | {"weather": "rain"})
    assert again.to_row() == row
    assert Forecast.from_row({"zone": "plaza", "at": 0.0}).steps == ()


@pytest.mark.parametrize(
    ("now", "timezone", "count"),
    [
        (MONDAY, "UTC", 95),
        (MONDAY + 23.9 * 3600, "UTC", 4),
        (MONDAY, "Asia/Tokyo", 59),
        (1_774_738_800.0, "Europe/Berlin", 91),  # 2026-03-29 00:00, a day of 23 hours
    ],
)
def test_the_rest_of_the_day_is_that_of_the_wall(now: float, timezone: str, count: int) -> None:
    assert len(day_horizons(now, timezone)) == count


def test_telling_needs_no_longer_a_history_than_it_says() -> None:
    now, whole = MONDAY + 40 * WEEK + 10 * 3600, noisy(41, seed=8)
    model = learned(whole, now, HOURS)
    late = whole.t >= now - TOLD_FROM_S
    short = Series("plaza", whole.t[late], whole.value[late], step_s=3600)
    long, told = forecast_by(model, whole, now, HOURS), forecast_by(model, short, now, HOURS)
    assert [step.likely for step in told.steps] == pytest.approx([step.likely for step in long.steps])
    assert told.trained_on == 40.1


def test_a_cleaner_in_empty_hours_does_not_fill_the_day() -> None:
    rng = np.random.default_rng(11)
    t = MONDAY + 900.0 * np.arange(12 * 672)
    usual = weekly_shape(t)
    value = rng.poisson(usual) * rng.uniform(0.7, 1.3, 85)[((t - MONDAY) // DAY).astype(int)]
    now = MONDAY + 11 * WEEK + 2 * DAY + 8 * 3600
    value[t == now - 2 * WEEK - 3600] = 1.0
    night = (t >= now - 3 * 3600) & (t < now)
    quiet, cleaned = (
        forecast(Series("plaza", t, np.where(night, people, value)), now, day_horizons(now, "UTC")) for people in (0, 1)
    )
    noon = 16
    assert quiet.steps[noon].t == cleaned.steps[noon].t == now + 17 * 900
    assert cleaned.steps[noon].likely < 2 * quiet.steps[noon].likely
