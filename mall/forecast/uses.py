"""What a forecast is asked: when a limit is reached, and when it is calm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from mall.forecast.series import HOUR_S
from mall.forecast.shape import Forecast, Step

END_OF_DAY = time(0, 0)
FRESH_S = 1800.0  # made every quarter of an hour: older means that two rounds were missed
CLOCK_SLACK_S = 5.0


@dataclass(frozen=True, slots=True)
class TimeToLimit:
    """Seconds until people reach a limit; None where they do not within the forecast.

    Attributes:
        earliest_s: by the upper end of the interval; likely_s: by what is likely; latest_s: by the lower end.
        is_validated: the step that reaches it is of a kind measured against real counts; False where none does.

    """

    earliest_s: float | None
    likely_s: float | None
    latest_s: float | None
    is_validated: bool = False


@dataclass(frozen=True, slots=True)
class BestTime:
    """The calmest stretch within opening hours: UTC seconds, mean likely people, and whether it stays comfortable.

    ``is_comfortable``: even the upper end of the interval is at most the comfort capacity all the while.
    """

    start: float
    end: float
    likely: float
    is_comfortable: bool


def is_fresh(forecast: Forecast, now: float) -> bool:
    """Tell whether a forecast tells something and was made within the last half-hour."""
    return bool(forecast.steps) and -CLOCK_SLACK_S <= now - forecast.at <= FRESH_S


def time_to_limit(forecast: Forecast, limit: float) -> TimeToLimit:
    """Return when a forecast reaches a limit, between the middles of two steps along a straight line.

    Args:
        forecast: of a zone.
        limit: people.

    Raises:
        ValueError: the limit is not above 0.

    """
    if not limit > 0:
        raise ValueError(f"forecast of {forecast.zone}: the limit must be above 0, got {limit}")
    earliest = _reached(forecast, limit, lambda step: step.high)
    likely = _reached(forecast, limit, lambda step: step.likely)
    latest = _reached(forecast, limit, lambda step: step.low)
    first = next((step for step in forecast.steps if step.high >= limit), None)
    return TimeToLimit(earliest, likely, latest, first is not None and first.is_validated)


def _reached(forecast: Forecast, limit: float, end: Callable[[Step], float]) -> float | None:
    before: tuple[float, float] | None = None
    for step in forecast.steps:
        middle, value = max(forecast.at, step.t + forecast.step_s / 2), end(step)
        if value >= limit:
            if before is None:
                return max(0.0, step.t - forecast.at)
            then, less = before
            return then + (limit - less) / (value - less) * (middle - then) - forecast.at
        before = (middle, value)
    return None


def best_time(
    forecast: Forecast, open_hours: tuple[time, time], comfort: float, length_s: int = HOUR_S
) -> BestTime | None:
    """Return the calmest stretch that lies in the opening hours and in the forecast, the earliest of equals.

    Args:
        forecast: of a zone.
        open_hours: local opening and closing time; 0:00 closes at the end of the day.
        comfort: comfort capacity in people.
        length_s: length of the stretch.

    Returns:
        None where no whole stretch is left.

    """
    count = -(-length_s // forecast.step_s)
    stretches = [
        stretch
        for first in range(len(forecast.steps) - count + 1)
        if _is_open_and_whole(stretch := forecast.steps[first : first + count], forecast, open_hours)
    ]
    if not stretches:
        return None
    calmest = min(stretches, key=_mean_likely)
    is_comfortable = all(step.high <= comfort for step in calmest)
    return BestTime(calmest[0].t, calmest[-1].t + forecast.step_s, _mean_likely(calmest), is_comfortable)


def together(forecasts: Sequence[Forecast]) -> Forecast | None:
    """Return the people of several places together, at the steps that all of them have; None of no place.

    The ends of the interval are sums too, and so further apart than those of the sum.
    """
    if not forecasts:
        return None
    by_time = [{step.t: step for step in forecast.steps} for forecast in forecasts]
    shared = sorted(set(by_time[0]).intersection(*by_time[1:]))
    steps = tuple(_sum([each[t] for each in by_time]) for t in shared)
    oldest = min(forecast.at for forecast in forecasts)
    return replace(forecasts[0], at=oldest, steps=steps, is_sample=any(forecast.is_sample for forecast in forecasts))


def _sum(steps: Sequence[Step]) -> Step:
    low, likely, high = (sum(ends) for ends in zip(*((s.low, s.likely, s.high) for s in steps), strict=True))
    return Step(steps[0].t, low, likely, high, all(step.is_validated for step in steps))


def _mean_likely(stretch: Sequence[Step]) -> float:
    return sum(step.likely for step in stretch) / len(stretch)


def _is_open_and_whole(stretch: Sequence[Step], forecast: Forecast, open_hours: tuple[time, time]) -> bool:
    begins, ends = stretch[0].t, stretch[-1].t + forecast.step_s
    if begins < forecast.at or ends - begins != len(stretch) * forecast.step_s:
        return False
    zone = ZoneInfo(forecast.timezone)
    first, last = (datetime.fromtimestamp(t, UTC).astimezone(zone) for t in (begins, ends))
    opens, closes = open_hours
    end_of_day = last.time() == END_OF_DAY
    is_same_day = first.date() == last.date() or end_of_day
    is_before_close = closes == END_OF_DAY or (not end_of_day and last.time() <= closes)
    return is_same_day and first.time() >= opens and is_before_close
