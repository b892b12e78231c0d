"""What is taken from the store into the files: every minute it has that was not taken before."""

from collections.abc import Callable, Iterable, Mapping, Set

import pyarrow as pa

from mall.config import Site
from mall.history.columns import MINUTES, joined, minute_table
from mall.history.rows import HOUR_S, Origin, origin_of
from mall.models import MINUTE_S
from mall.store import Store

STORE_KEEPS_S = 48 * HOUR_S
AHEAD_S = 1.0e8  # minutes of a clock that stood ahead are minutes too


class LevelMinutes:
    """Reads the store's minutes as the files have them: with areas, and where the figures come from."""

    def __init__(self, site: Site, store: Store) -> None:
        self._site, self._store = site, store
        self._areas = {zone.id: site.plan.area_m2(zone.id) for zone in site.plan.zones}

    def read(self, level: str, since: float, until: float, names: Set[str] = frozenset()) -> pa.Table:
        """Return the minutes of a span, of all names where none is given."""
        minutes = self._store.read_minutes(level, since, until)
        if not minutes:
            return MINUTES.empty_table()
        if names:
            minutes = [(start, [row for row in rows if row.zone in names]) for start, rows in minutes]
        return minute_table(level, minutes, self._areas, self._origins(level))

    def _origins(self, level: str) -> Callable[[str], Origin]:
        snapshot = self._store.read_snapshot(level)
        sources: dict[str, str] = {zone: row.source for zone, row in snapshot.zones.items()} if snapshot else {}
        if not sources:
            sources = {camera.id: camera.kind for camera in self._site.cameras if camera.level == level}
        return lambda name: origin_of(self._site.plan, name, sources)


class Taker:
    """Takes the minutes of a site's levels, an hour at a time.

    A minute in the store never changes and none is put before another, so what is beyond the newest one that was taken
    is all there is to take. But where that one is of a time to come, a clock stood ahead and may have been set right:
    then the last hour is looked through as well, of which the files take nothing twice.
    """

    def __init__(self, site: Site, store: Store) -> None:
        self._store = store
        self._levels = [level.id for level in site.plan.levels]
        self._minutes = LevelMinutes(site, store)
        self._taken: dict[str, int] = {}

    def forget(self) -> None:
        """Take everything that the store still has once more."""
        self._taken = {}

    def take(self) -> tuple[pa.Table, dict[str, int]]:
        """Return the minutes not taken yet, and what is the newest of each level with them: for ``taken``."""
        now = self._store.time()
        tables, newest = [], dict(self._taken)
        for level in self._levels:
            for since, until in self._spans(level, now):
                minutes = self._minutes.read(level, since, until)
                if minutes.num_rows:
                    tables.append(minutes)
                    newest[level] = max(newest.get(level, 0), int(minutes["at"][-1].value) // 1000)
        return joined(tables, MINUTES), newest

    def taken(self, newest: Mapping[str, int]) -> None:
        """Note that what ``take`` returned lies in the files."""
        self._taken = dict(newest)

    def _spans(self, level: str, now: float) -> Iterable[tuple[float, float]]:
        kept_from = now - STORE_KEEPS_S - HOUR_S
        since = float(self._taken.get(level, kept_from) + MINUTE_S)
        since = since if since <= now + MINUTE_S else now - HOUR_S
        if since < kept_from:  # a clock that stepped forward: what the store has of the time before
            yield since, kept_from
            since = kept_from
        while since < now:
            yield since, since + HOUR_S
            since += HOUR_S
        yield since, since + AHEAD_S
