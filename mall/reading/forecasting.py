"""Forecasts of every zone each quarter of an hour, in small pieces, so that whoever makes them can do other things."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import structlog

from mall.errors import MallError, StoreError
from mall.forecast.making import LEARNED_FROM_S, TOLD_FROM_S, Model, forecast_by, learning
from mall.forecast.series import DAY_S, Series
from mall.forecast.shape import Forecast, day_horizons, learned_horizons
from mall.models import pack
from mall.store import Store

EVERY_S = 900.0
# The last quarter of an hour is in the history by then.
AFTER_S = 75.0
RENEWED_AT_ONCE = 8  # models of a level that are learned anew in one round, the oldest first
FITS_AT_ONCE = 4

Past = Callable[[str, float, float], Series]
"""Zone id, since and until (UTC seconds) -> what was counted by quarter of an hour; MallError if it is unreadable."""

_log = structlog.get_logger(__name__)


class Forecasting:
    """Learns and tells, one piece at a time: the largest takes some ten milliseconds.

    Args:
        zones: level id -> ids of its zones.
        store: where forecasts are written.
        past: where histories come from.

    """

    def __init__(self, zones: Mapping[str, Sequence[str]], store: Store, past: Past) -> None:
        self._zones, self._store, self._past = zones, store, past
        self._models: dict[str, tuple[float, Model]] = {}
        self._unreadable: set[str] = set()
        self._due = float("-inf")
        self._work: Iterator[None] = iter(())

    def piece(self, now: float) -> bool:
        """Do the next piece of a round, or begin one that is due; False where there is nothing to do.

        Raises:
            StoreError: the store does not answer; the round begins anew at the next call.

        """
        try:
            next(self._work)
        except StopIteration:
            if now >= self._due or now < self._due - 2 * EVERY_S:
                self._due = (now - AFTER_S) // EVERY_S * EVERY_S + EVERY_S + AFTER_S
                self._work = self._round(now)
                return True
            return False
        except StoreError:
            self._due = float("-inf")  # the round is lost; begin it again once the store answers
            raise
        return True

    def _round(self, now: float) -> Iterator[None]:
        for level, zones in self._zones.items():
            told: dict[str, object] = {}
            renewed = self._to_renew(zones, now)
            for zone in zones:
                forecast = Forecast(zone, now, none_reason="unreadable")
                for found in self._of_zone(zone, now, renew=zone in renewed):
                    forecast = found or forecast
                    yield
                told[zone] = forecast.to_row()
            if told:
                self._store.write_forecast(level, pack(told))
            yield

    def _to_renew(self, zones: Sequence[str], now: float) -> set[str]:
        """Return the zones without a model, and of those with one older than a day the oldest."""
        none = {zone for zone in zones if zone not in self._models}
        old = sorted((self._models[zone][0], zone) for zone in zones if zone not in none)
        return none | {zone for made, zone in old[:RENEWED_AT_ONCE] if abs(now - made) >= DAY_S}

    def _of_zone(self, zone: str, now: float, *, renew: bool) -> Iterator[Forecast | None]:
        """Yield None after each piece and the forecast at the end; nothing of it where the history cannot be read."""
        learns = renew or not self._models[zone][1].fits
        try:
            series = self._past(zone, now - (LEARNED_FROM_S if learns else TOLD_FROM_S), now)
        except StoreError:
            raise
        except (MallError, ValueError) as exc:
            if zone not in self._unreadable:
                _log.warning("no forecast", zone=zone, reason=str(exc))
            self._unreadable.add(zone)
            return
        self._unreadable.discard(zone)
        yield None
        if learns:
            for model in learning(series, now, learned_horizons(series.step_s), FITS_AT_ONCE):
                learned = model
                yield None
            self._models[zone] = (now, learned)
        yield forecast_by(self._models[zone][1], series, now, day_horizons(now, series.timezone, series.step_s))
