"""The memory with the last minutes of the store: as one, no minute lost or doubled at the seam."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mall.config import Site
from mall.history.columns import MINUTES, joined
from mall.history.rows import level_of
from mall.history.status import HistoryStatus
from mall.history.stored import History
from mall.history.taking import STORE_KEEPS_S, LevelMinutes
from mall.models import MINUTE_S
from mall.store import Store
from mall.store.records import readable

MERGE_GAPS_S = 30 * MINUTE_S
WRITING_S = 5.0  # after a minute's end until it surely lies in the store


class JoinedHistory(History):
    """What web processes ask.

    Args:
        site: the site; its plan tells on which level a name is.
        store: its live state.
        root: the folder of the memory on this machine, where it lies here.

    """

    def __init__(self, site: Site, store: Store, root: Path) -> None:
        super().__init__(root, StoreTail(site, store))
        self._store = store

    def status(self) -> HistoryStatus | None:
        """Return what the engine's side says of the memory; StoreError where the store does not answer."""
        text = self._store.read_history_status()
        return readable("history status", "", lambda: HistoryStatus.from_json(text)) if text else None

    def is_here(self, status: HistoryStatus | None) -> bool:
        """Tell whether the folder that the engine writes is the one asked here; else only the store's 48 h are told."""
        return status is not None and status.folder is not None and status.folder == self.folder.id()


class StoreTail:
    """The minutes of the last 48 hours that are not in the files yet, from the store."""

    def __init__(self, site: Site, store: Store) -> None:
        self._site, self._store = site, store
        self._minutes = LevelMinutes(site, store)

    def now(self) -> float:
        """Return the store's clock, less the time in which a minute is written."""
        return self._store.time() - WRITING_S

    def since(self, now: float) -> float:
        """Return from when on the store keeps minutes."""
        return now - STORE_KEEPS_S

    def minutes(self, names: Sequence[str], since: float, until: float, kept: pa.Table) -> pa.Table:
        """Return minutes of a span that are not among those kept, of all names where none is given."""
        wanted = set(names)
        levels = {level_of(self._site.plan, name) for name in names} if names else self._levels()
        tables = []
        for level in sorted(level for level in levels if level):
            mine = kept.filter(pc.equal(kept["level"], level))
            had = set(pc.unique(mine["at"].cast(pa.int64())).to_pylist()) if mine.num_rows else set()
            for first, end in gaps([at // 1000 for at in had], since, until):
                table = self._minutes.read(level, first, end, wanted)
                tables.append(_without(table, had))
        return joined(tables, MINUTES)

    def _levels(self) -> set[str | None]:
        return {level.id for level in self._site.plan.levels}


def gaps(had: Sequence[int], since: float, until: float) -> Iterator[tuple[float, float]]:
    """Return the spans of a span that hold every minute not had; close ones are one, and may hold some that are had."""
    at = first = -(-since // MINUTE_S) * MINUTE_S
    span: tuple[float, float] | None = None
    for known in [*sorted(start for start in had if first <= start < until), None]:
        end = until if known is None else float(known)
        if end > at:
            if span is not None and at - span[1] > MERGE_GAPS_S:
                yield span
                span = None
            span = (span[0] if span else at, end)
        at = end + MINUTE_S if known is not None else at
    if span is not None:
        yield span


def _without(table: pa.Table, had: set[int]) -> pa.Table:
    if not had or not table.num_rows:
        return table
    return table.filter(pc.invert(pc.is_in(table["at"].cast(pa.int64()), pa.array(sorted(had), pa.int64()))))
