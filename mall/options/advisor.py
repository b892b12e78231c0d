"""The engine's part: options of the open advisories, made anew every 30 s, and the effects of those chosen."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

import structlog

from gis.borders import Border, borders
from gis.routes import WalkGraph
from mall.config import Site
from mall.models import MINUTE_S, SEVERITIES, Advisory, MinuteRow, ZoneReading, pack
from mall.options.building import build
from mall.options.effects import KEPT_S, MEASURED_AFTER_MIN, Tally, due, effect, record_key, records
from mall.options.network import RATE_MIN, Pair
from mall.options.rates import rates_of
from mall.options.sets import with_before
from mall.options.situation import Now, case_of, people_in, zone_of

ANEW_S = 30.0
LOOK_S = 1.0
Orders = Callable[[float], Mapping[str, Any]]

_log = structlog.get_logger(__name__)


class Ledger(Protocol):
    """What the advisor needs of the store."""

    def advisories(self, *, active_only: bool = False) -> list[Advisory]:
        """Return the advisories."""

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory."""

    def put_advisory(
        self, advisory: Advisory, expected_version: int | None, *, audit: Mapping[str, Any] | None = None,
        record: tuple[str, bytes] | None = None,
    ) -> bool:  # fmt: skip
        """Write an advisory, its audit entry and how its option did if its stored version is the expected one."""

    def read_minutes(self, level: str, since: float, until: float) -> list[tuple[int, list[MinuteRow]]]:
        """Return a level's minutes."""

    def read_options(self, advisory_id: str) -> bytes | None:
        """Return an advisory's options."""

    def write_options(self, advisory_id: str, text: bytes) -> None:
        """Replace an advisory's options."""

    def read_option_record(self) -> dict[str, bytes]:
        """Return how options did."""


class Advisor:
    """Makes at most one set of options a tick: the one that waits longest, the worst situation first.

    Args:
        site: the site.
        store: where advisories stand and options go.
        orders: returns what is closed, one way or stopped at a time.

    """

    def __init__(self, site: Site, store: Ledger, orders: Orders = lambda _: {}) -> None:
        self._site, self._store, self._orders = site, store, orders
        self._made: dict[str, float] = {}
        self._versions: dict[str, tuple[str, str]] = {}
        self._chosen: set[str] | None = None
        self._tallies: dict[str, Tally] = {}
        self._open: list[Advisory] = []
        self._looked = float("-inf")

    def tick(self, readings: Mapping[str, ZoneReading], *, now: float) -> None:
        """Do what is due at ``now`` UTC seconds; StoreError where the store does not answer."""
        if self._chosen is None:
            self._load(now)
        if not 0.0 <= now - self._looked < LOOK_S:
            self._looked = now
            self._open = self._store.advisories(active_only=True)
            self._chosen = (self._chosen or set()) | {a.id for a in self._open if a.chosen is not None}
            self._measure(readings, now)
        waiting = self._waiting(now)
        if waiting is not None:
            self._make(waiting, readings, now)

    @cached_property
    def _graph(self) -> WalkGraph:
        return WalkGraph.of(self._site.plan)

    @cached_property
    def _borders(self) -> dict[str, tuple[Border, ...]]:
        return {level.id: borders(self._site.plan, level.id) for level in self._site.plan.levels}

    def _load(self, now: float) -> None:
        self._tallies = self._read_tallies()
        recent = [a for a in self._store.advisories() if a.chosen is not None and now - a.chosen["at"] < KEPT_S]
        self._chosen = {advisory.id for advisory in recent}

    # -- options ---------------------------------------------------------------------------------------------------

    def _waiting(self, now: float) -> Advisory | None:
        """Return the advisory whose options are due: new or worse ones first, then the oldest sets."""
        ids = {advisory.id for advisory in self._open}
        self._made = {key: at for key, at in self._made.items() if key in ids and at <= now}
        fresh = [a for a in self._open if self._made.get(a.id) is None or self._versions.get(a.id) != _look(a)]
        if fresh:
            return max(fresh, key=lambda a: (SEVERITIES.index(a.severity), -a.raised_at))
        stale = [a for a in self._open if now - self._made[a.id] >= ANEW_S]
        return min(stale, key=lambda a: self._made[a.id], default=None)

    def _make(self, advisory: Advisory, readings: Mapping[str, ZoneReading], now: float) -> None:
        self._made[advisory.id], self._versions[advisory.id] = now, _look(advisory)
        try:
            known = Now(now, readings, self._rates(now), dict(self._orders(now)))
            found = build(case_of(self._site, self._graph, advisory, known), records(self._tallies), now)
        except (KeyError, ValueError, ArithmeticError) as exc:
            # One odd situation must not keep the engine from reading the mall.
            _log.error("options could not be made", advisory=advisory.id, reason=repr(exc))
            return
        row = with_before(found.to_row(), self._store.read_options(advisory.id), now)
        self._store.write_options(advisory.id, pack(row))

    def _rates(self, now: float) -> dict[Pair, float | None]:
        since = now - (RATE_MIN + 1) * MINUTE_S
        found: dict[Pair, float | None] = {}
        for level, met in self._borders.items():
            found |= rates_of(met, self._store.read_minutes(level, since, now))
        return found

    # -- effects ---------------------------------------------------------------------------------------------------

    def _measure(self, readings: Mapping[str, ZoneReading], now: float) -> None:
        for advisory_id in sorted(self._chosen or ()):
            advisory = self._store.read_advisory(advisory_id)
            minutes = None if advisory is None else due(advisory, now)
            if advisory is None or len(advisory.effects) >= len(MEASURED_AFTER_MIN):
                self._chosen = (self._chosen or set()) - {advisory_id}
            elif minutes is not None:
                self._book(advisory, minutes, self._density(advisory, readings, now), now)

    def _density(self, advisory: Advisory, readings: Mapping[str, ZoneReading], now: float) -> float | None:
        chosen = advisory.chosen or {}
        place = chosen.get("place") or zone_of(self._site.plan, advisory)
        reading = readings.get(place) if isinstance(place, str) else None
        if reading is None:
            return None
        area = max(self._site.plan.area_m2(reading.zone), 0.1)
        people = people_in(reading, now, (chosen.get("limit") or 0.0) * area)
        return None if people is None else people[1] / area

    def _book(self, advisory: Advisory, minutes: int, density: float | None, now: float) -> None:
        found = effect(advisory, minutes, density, now)
        told = {name: found[name] for name in ("after_min", "measured", "predicted")}
        entry = {"who": "engine", "what": "effect measured", "advisory": advisory.id} | told
        changed = advisory.changed(effects=(*advisory.effects, found), changed_by="engine", changed_what="measured")
        record = self._lesson(advisory, found) if minutes == MEASURED_AFTER_MIN[-1] else None
        # Where somebody changed it meanwhile, nothing is written: the next look measures.
        if self._store.put_advisory(changed, advisory.version, audit=entry, record=record) and record is not None:
            self._tallies = self._read_tallies()

    def _read_tallies(self) -> dict[str, Tally]:
        found = {}
        for key, text in self._store.read_option_record().items():
            try:
                found[key] = Tally.from_json(text)
            except (ValueError, TypeError, AttributeError) as exc:
                _log.warning("record of an option cannot be read", key=key, reason=repr(exc))
        return found

    def _lesson(self, advisory: Advisory, found: Mapping[str, Any]) -> tuple[str, bytes] | None:
        """Return what an effect adds to the tally as the store has it, None where it tells nothing."""
        chosen = advisory.chosen or {}
        place = chosen.get("place")
        plan = self._site.plan
        family = plan.zone(place).category if isinstance(place, str) and place in plan else "device"
        key = record_key(str(chosen.get("kind")), family)
        before = self._read_tallies().get(key, Tally())
        after = before.plus(dict(found), chosen.get("limit"))
        return None if after == before else (key, after.to_json())


def _look(advisory: Advisory) -> tuple[str, str]:
    """Return what of an advisory makes its options new at once."""
    return advisory.severity, advisory.place
