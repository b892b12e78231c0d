"""The memory twin's words on the past and the time to come: how the memory's writer does, and forecasts."""

import threading
from collections.abc import Callable

from mall.store.keys import FORECAST_TTL_S, HISTORY_TTL_S


class MemoryPast:
    """Stamped bytes that end by themselves."""

    time: Callable[[], float]

    def __init__(self) -> None:
        super().__init__()
        self._past_lock = threading.Lock()
        self._said: dict[str, tuple[float, bytes]] = {}

    def write_forecast(self, level: str, text: bytes) -> None:
        """Replace the forecasts of a level's zones."""
        self._say(f"forecast:{level}", text)

    def read_forecast(self, level: str) -> bytes | None:
        """Return the forecasts of a level's zones."""
        return self._heard(f"forecast:{level}", FORECAST_TTL_S)

    def write_history_status(self, status: bytes) -> None:
        """Replace what the memory's writer says of itself."""
        self._say("history", status)

    def read_history_status(self) -> bytes | None:
        """Return what the memory's writer said of itself."""
        return self._heard("history", HISTORY_TTL_S)

    def _say(self, what: str, text: bytes) -> None:
        with self._past_lock:
            self._said[what] = (self.time(), bytes(text))

    def _heard(self, what: str, life_s: float) -> bytes | None:
        with self._past_lock:
            at, text = self._said.get(what, (float("-inf"), b""))
        return text if self.time() - at < life_s else None
