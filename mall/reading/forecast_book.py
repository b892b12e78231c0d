"""The forecasts that stand in the store, read once each time they are made anew."""

import json
from collections.abc import Callable, Mapping

import structlog

from mall.forecast.shape import Forecast

Read = Callable[[str], bytes | None]
NOTHING: Mapping[str, Forecast] = {}

_log = structlog.get_logger(__name__)


class ForecastBook:
    """Returns forecasts by level.

    Args:
        read: level id -> the forecasts of its zones as the store keeps them; StoreError where it does not answer.

    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._kept: dict[str, tuple[bytes, Mapping[str, Forecast]]] = {}

    def of_level(self, level: str) -> Mapping[str, Forecast]:
        """Return zone -> forecast; the same object for as long as none was made anew, an empty one where none is."""
        written = self._read(level)
        if written is None:
            self._kept.pop(level, None)
            return NOTHING
        kept = self._kept.get(level)
        if kept is None or kept[0] != written:
            kept = self._kept[level] = written, _parsed(level, written)
        return kept[1]


def _parsed(level: str, written: bytes) -> Mapping[str, Forecast]:
    try:
        return {zone: Forecast.from_row(row) for zone, row in json.loads(written).items()}
    except (ValueError, TypeError, AttributeError) as exc:
        _log.warning("forecasts that cannot be read are left out", level=level, reason=str(exc))
        return NOTHING
