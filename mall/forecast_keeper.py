"""A thread of the engine's process that makes forecasts from the memory while this engine leads.

It works in pieces with pauses between them, so that ticks are never held up; whatever goes wrong holds up itself alone.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from mall.config import Site
from mall.errors import StoreError
from mall.forecast.making import LEAST_DAYS
from mall.forecast.series import DAY_S, Series
from mall.history.keeper import HistoryKeeper
from mall.history.rows import HistoryRow
from mall.reading.forecasting import EVERY_S, Forecasting, Past
from mall.store import Store

FIRST_AFTER_S = 20.0  # the start belongs to the live page
PIECE_PAUSE_S = 0.05
LOOK_EVERY_S = 2.0
RETRY_S = 60.0
CLOSED_WITHIN_S = 0.5

_log = structlog.get_logger(__name__)


class ForecastKeeper:
    """Makes a site's forecasts.

    Args:
        site: the site.
        store: where forecasts are written, and the last minutes come from.
        root: folder of the memory.
        first_after_s: before the first piece.

    """

    def __init__(self, site: Site, store: Store, root: Path, *, first_after_s: float = FIRST_AFTER_S) -> None:
        self._site, self._store, self._root = site, store, root
        self._first_after_s = first_after_s
        self._leads = threading.Event()
        self._stop = threading.Event()
        self._work: Forecasting | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start the thread; it waits until this engine leads."""
        self._thread.start()

    def lead(self, *, leads: bool) -> None:
        """Say whether this engine leads; one that does not makes no forecasts."""
        (self._leads.set if leads else self._leads.clear)()

    def close(self) -> None:
        """End after the piece under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSED_WITHIN_S)

    def _run(self) -> None:
        self._stop.wait(self._first_after_s)
        while not self._stop.is_set():
            self._stop.wait(self._turn() if self._leads.is_set() else LOOK_EVERY_S)

    def _turn(self) -> float:
        """Do a piece and return for how long to pause."""
        try:
            self._work = self._work or self._begun()
            return PIECE_PAUSE_S if self._work.piece(self._store.time()) else LOOK_EVERY_S
        except StoreError as exc:
            _log.info("forecast: waits for the store", reason=str(exc))
            return LOOK_EVERY_S
        except Exception:
            # This thread must not end: nobody would forecast any more, and nobody would be told.
            _log.exception("forecast: a round failed")
            self._work = None
            return RETRY_S

    def _begun(self) -> Forecasting:
        from mall.history.joined import JoinedHistory

        zones = {level.id: [zone.id for zone in self._site.plan.zones_on(level.id)] for level in self._site.plan.levels}
        history = JoinedHistory(self._site, self._store, self._root)
        return Forecasting(zones, self._store, past_of(history.quarter_hours, self._site.file.site.timezone))


@dataclass(frozen=True, slots=True)
class Together:
    """The memory and the forecasts made out of it as one, for the engine that leads."""

    memory: HistoryKeeper
    forecasts: ForecastKeeper

    def start(self) -> None:
        """Start both."""
        self.memory.start()
        self.forecasts.start()

    def lead(self, *, leads: bool) -> None:
        """Say to both whether this engine leads."""
        self.memory.lead(leads=leads)
        self.forecasts.lead(leads=leads)

    def problem(self) -> tuple[str, str]:
        """Return what stops the memory; without forecasts nothing stops."""
        return self.memory.problem()

    def close(self) -> None:
        """End the forecasts, then let the memory be written."""
        self.forecasts.close()
        self.memory.close()


QuarterHours = Callable[[Sequence[str], float, float], Sequence[HistoryRow]]


def past_of(quarter_hours: QuarterHours, timezone: str) -> Past:
    """Return the histories of zones out of the memory's quarter-hours.

    What was recorded goes before what was simulated or invented, once there is enough of it; before that both count and
    the history is a sample.

    Args:
        quarter_hours: names, since, until -> rows of the memory.
        timezone: IANA name of the site's clock.

    """

    def past(zone: str, since: float, until: float) -> Series:
        rows = [row for row in quarter_hours([zone], since, until) if row.people_mean is not None]
        recorded = [row for row in rows if row.origin == "recorded"]
        is_enough = len(recorded) * EVERY_S >= LEAST_DAYS["weekly"] * DAY_S or len(recorded) == len(rows)
        rows = recorded if is_enough else rows
        t = np.array([row.at for row in rows], dtype=np.float64)
        value = np.array([row.people_mean for row in rows], dtype=np.float64)
        return Series(zone, t, value, timezone, int(EVERY_S), is_sample=not is_enough)

    return past
