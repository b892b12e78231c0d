"""How a forecast is made from a history and ``now``: learned once a day, made in a moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mall.forecast.model import TRAINED_WEEKS, Fit, Triple, fit, predict, quantiles
from mall.forecast.series import DAY_S, Series, Wall, on_the_wall, wall_steps
from mall.forecast.shape import INTERVAL, Forecast, Method, Reason, Step
from mall.forecast.terms import DAILY, WEEKLY, Terms

# From how many days of values on, and how much wider the interval is than past errors say, while few days were
# seen. Chosen on the year before the one that `bench forecast` tells of.
LEAST_DAYS: Mapping[Method, float] = {"weekly": 21.0, "daily": 3.0, "last": 1.0}
FEW_DAYS, WIDER, WIDER_LAST = 9.0, 1.5, 1.3
USUAL = {"weekly": WEEKLY, "daily": DAILY}
LAST_VALUE_S = 7_200
TOLD_FROM_S = (WEEKLY.periods + 2) * WEEKLY.days * DAY_S
LEARNED_FROM_S = TOLD_FROM_S + TRAINED_WEEKS * 7 * DAY_S
# Nearer steps than this were never measured against a recorded site (docs/forecast.md).
VALIDATED_FROM_S = 3_600


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned of a zone, by steps after the newest value, and from how many weeks of values."""

    method: Method
    fits: Mapping[int, Fit] = field(default_factory=dict)
    weeks: float = 0.0


def forecast(history: Series, now: float, horizons_s: Sequence[int]) -> Forecast:
    """Return the forecast of a zone.

    Args:
        history: what was counted; steps that end after ``now`` are not looked at.
        now: UTC seconds.
        horizons_s: seconds ahead, up to a week; each stands for the step of time that it falls into.

    """
    return forecast_by(learned(history, now, horizons_s), history, now, horizons_s)


def learned(history: Series, now: float, horizons_s: Sequence[int]) -> Model:
    """Return what can be learned at ``now`` for such horizons; a model serves for a day."""
    *_, whole = learning(history, now, horizons_s)
    return whole


def learning(history: Series, now: float, horizons_s: Sequence[int], at_once: int = 8) -> Iterator[Model]:
    """Yield what was learned so far after every few horizons, for who has other things to do; the last one is whole."""
    known = history.until(now)
    method, _ = _method(known, now)
    weeks = round(_days(known) / 7, 1)
    if method not in USUAL:
        yield Model(method, {}, weeks)
        return
    ahead = _ahead(known, now, horizons_s)
    wall, terms = _terms(known, method, 0)
    widen = WIDER if _days(known) < FEW_DAYS else 1.0
    within, fits = _within(ahead.values(), method, wall), {}
    for place in range(0, max(1, len(within)), at_once):
        for horizon in within[place : place + at_once]:
            fitted = fit(terms, wall.first, wall.last_known, horizon, widen)
            if fitted is not None:
                fits[horizon] = fitted
        yield Model(method, dict(fits), weeks)


def forecast_by(model: Model, history: Series, now: float, horizons_s: Sequence[int]) -> Forecast:
    """Return the forecast at ``now`` by a model learned before; it has no steps where nothing can be said.

    The history need not go back further than what is usual is made of: ``TOLD_FROM_S`` before ``now``.
    """
    known = history.until(now)
    method, reason = _method(known, now)
    values: dict[float, Triple] = {}
    if method != "none":
        method = model.method if model.fits else "last"
        tell = _by_terms if model.fits else _by_last_value
        values = tell(model, known, now, horizons_s)
    steps = tuple(
        Step(t, *each, is_validated=t + known.step_s - now > VALIDATED_FROM_S and _is_proven(method, known))
        for t, each in sorted(values.items())
    )
    return Forecast(
        known.zone, now, steps, known.step_s, known.timezone, INTERVAL, method if steps else "none", model.weeks,
        known.is_sample, reason or (None if steps else "gap"),
    )  # fmt: skip


def _is_proven(method: Method, known: Series) -> bool:
    return method == "weekly" and not known.is_sample


def _method(known: Series, now: float) -> tuple[Method, Reason | None]:
    method = next((name for name, least in LEAST_DAYS.items() if _days(known) >= least), None)
    if method is None:
        return "none", "short_history"
    if now - known.t.max() - known.step_s > DAY_S:
        return "none", "no_recent_value"
    return method, None


def _days(known: Series) -> float:
    return len(known.t) * known.step_s / DAY_S


def _terms(known: Series, method: Method, ahead: int) -> tuple[Wall, Terms]:
    """Return the wall up to ``ahead`` steps after the newest value, and its terms."""
    newest = int(wall_steps(known.t, known.timezone, known.step_s).max())
    wall = on_the_wall(known, newest + ahead)
    return wall, Terms.of(wall, USUAL[method])


def _ahead(known: Series, now: float, horizons_s: Iterable[int]) -> dict[float, int]:
    """Return for the beginning of each step that is asked for how many steps after the newest value it lies."""
    begins = np.unique([(now + h) // known.step_s * known.step_s for h in horizons_s])
    newest = int(wall_steps(known.t, known.timezone, known.step_s).max())
    steps = wall_steps(begins, known.timezone, known.step_s) - newest
    return {float(t): int(step) for t, step in zip(begins, steps, strict=True) if step > 0}


def _within(ahead: Iterable[int], method: Method, wall: Wall) -> list[int]:
    """Return the horizons within which the usual value is known from times before."""
    return sorted({h for h in ahead if h <= USUAL[method].days * wall.per_day})


def _by_terms(model: Model, known: Series, now: float, horizons_s: Sequence[int]) -> dict[float, Triple]:
    ahead = _ahead(known, now, horizons_s)
    wall, terms = _terms(known, model.method, max(ahead.values(), default=1))
    within = _within(ahead.values(), model.method, wall)
    origin, fitted = np.array([wall.last_known]), np.array(sorted(model.fits))
    found = {}
    for t, h in ahead.items():
        if h in within and np.isfinite(terms.usual[origin[0] + h]):
            nearest = int(fitted[np.abs(fitted - h).argmin()])
            low, likely, high = predict(terms, model.fits[nearest], wall.first, origin, h)
            found[t] = (float(low[0]), float(likely[0]), float(high[0]))
    return found


def _by_last_value(_model: Model, known: Series, now: float, horizons_s: Sequence[int]) -> dict[float, Triple]:
    """Return the last value with an interval from how much values have differed over so many steps."""
    ahead = {t: h for t, h in _ahead(known, now, horizons_s).items() if t - known.t.max() <= LAST_VALUE_S}
    wall = on_the_wall(known, int(wall_steps(known.t, known.timezone, known.step_s).max()))
    root = np.sqrt(wall.value)
    found = {}
    for t, h in ahead.items():
        moved = root[h:] - root[:-h]
        low, high = quantiles(moved[np.isfinite(moved)])
        likely = root[wall.last_known]
        below, above = max(0.0, likely + low * WIDER_LAST), likely + high * WIDER_LAST
        found[t] = (float(below**2), float(likely**2), float(above**2))
    return found
