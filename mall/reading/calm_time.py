"""When it will be calmest today, for the public: two times of day, never a number of people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from mall.config import Site
from mall.forecast.shape import Forecast
from mall.forecast.uses import best_time, is_fresh, together
from mall.public_levels import PublicZone
from mall.reading.forecast_book import ForecastBook

KNOWN_FROM = 0.5  # of the comfort capacity that the public sees: less says nothing of the mall; our own choice

Told = dict[str, dict[str, str | bool]]


class CalmTime:
    """Looks for the calmest hour of the zones that the public sees, all together.

    Args:
        site: its opening hours; without them no hour is told. Only a site with simulated cameras tells of a sample.
        zones: those that the public sees.
        book: the forecasts.

    """

    def __init__(self, site: Site, zones: Sequence[PublicZone], book: ForecastBook) -> None:
        self._site, self._book, self._hours = site, book, site.file.public.hours
        pairs = (pair for zone in zones for pair in zip(zone.members, zone.parts, strict=True))
        self._comfort: dict[str, float] = dict(pairs)
        self._levels = sorted({site.plan.zone(member).level for member in self._comfort})
        self._allows_sample = any(camera.kind == "simulated" for camera in site.cameras)

    def told(self, now: float) -> Told:
        """Return ``{"best": {"from": "15:00", "to": "16:00", "sample": False}}``, nothing where none can be told."""
        if self._hours is None:
            return {}
        whole = together(self._fresh(now))
        best = None if whole is None else best_time(whole, self._hours, sum(self._comfort.values()))
        if whole is None or best is None:
            return {}
        begins, ends, today = (self._local(t) for t in (best.start, best.end, now))
        if begins.date() != today.date():
            return {}
        return {"best": {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}", "sample": whole.is_sample}}

    def _fresh(self, now: float) -> list[Forecast]:
        """Return the forecasts of the zones, none where they are of too small a part of what the public sees.

        The last value alone says nothing of the day.
        """
        found = [
            forecast
            for level in self._levels
            for forecast in self._book.of_level(level).values()
            if forecast.zone in self._comfort and is_fresh(forecast, now) and forecast.method in ("weekly", "daily")
        ]
        found = [forecast for forecast in found if self._allows_sample or not forecast.is_sample]
        known = sum(self._comfort[forecast.zone] for forecast in found)
        return found if known >= KNOWN_FROM * sum(self._comfort.values()) else []

    def _local(self, t: float) -> datetime:
        return datetime.fromtimestamp(t, UTC).astimezone(self._site.timezone)
