"""How long it takes to leave a level, with its largest exit blocked, and how many people it may therefore hold.

Exit time = people / (clear width × rate), rates as planned with by ``gis.exits``; everybody takes the nearest exit that
is left, so the slowest exit tells the time of the level. Where people would spread evenly it is shorter, never longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gis.capacity import capacity_of, is_utilised
from gis.escape import EscapeNet, EscapePlan, Terms
from gis.exits import Exit, ExitPlan, ExitRates
from gis.floorplan import FloorPlan, Zone
from gis.passage import Passages

State = Literal["ok", "unknown", "no_exit", "no_usable_exit", "one_exit"]
KNOWN_FROM = 0.5  # of a level's area: with less in sight its people are not known; our own choice
DEFAULT_LIMIT_MIN = 2.5
LIMIT_SOURCE = "2.5 min by default; longer only with the site's fire strategy"
HOLDING_P_M2 = 2.0  # HSG195
UNWATCHED = frozenset({"staff", "restroom", "lift"})
"""Categories that nobody observes on purpose: their people count where they are known, and are not missed else."""


@dataclass(frozen=True, slots=True)
class People:
    """People of a zone or level with the band around them; ``high`` None is open upward."""

    likely: float
    low: float
    high: float | None

    def __add__(self, other: "People") -> "People":
        high = None if self.high is None or other.high is None else self.high + other.high
        return People(self.likely + other.likely, self.low + other.low, high)


NOBODY = People(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Minutes:
    """A time with its range; ``high`` None is open upward."""

    likely: float
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class ExitLoad:
    """One exit: who leaves by it, and how long they take; None where it is blocked or people are unknown."""

    exit: Exit
    is_blocked: bool
    people: People | None
    minutes: Minutes | None


@dataclass(frozen=True, slots=True)
class LevelEgress:
    """How a level is left now, or the whole mall (``level`` None) by its doors.

    Attributes:
        state: ``unknown`` people, ``no_exit`` drawn, ``no_usable_exit``: all closed, ``one_exit`` left, so that none
            remains when it is blocked; else ``ok``.
        coverage: share of the level's area whose people are known.
        blocked: the largest exit, assumed blocked.
        minutes: of the slowest exit; even_min: if people spread over all exits by their capacity.
        open_min: with the largest exit open too, evenly spread.
        exit_capacity: people who leave within the limit with the largest exit blocked; holding_capacity: people for
            whom there is room; the safe capacity is the smaller of the two.

    """

    level: str | None
    state: State
    people: People | None
    coverage: float
    blocked: str | None
    exits: tuple[ExitLoad, ...]
    minutes: Minutes | None
    even_min: Minutes | None
    open_min: Minutes | None
    exit_capacity: float | None
    holding_capacity: float = 0.0

    @property
    def safe_capacity(self) -> float | None:
        """Return how many people may be there at most; None where no exit is drawn."""
        return None if self.exit_capacity is None else min(self.exit_capacity, self.holding_capacity)


Counts = Mapping[str, People | None]
"""Zone id -> its people, None where they are not known; zones that are absent are not asked for."""


class Egress:
    """How the levels of a plan are left.

    Args:
        plan: the plan.
        rates: people a minute and metre of clear width.
        limit_min: minutes in which a level is to be left.

    """

    def __init__(self, plan: FloorPlan, rates: ExitRates, limit_min: float) -> None:
        self.plan, self.rates, self.limit_min = plan, rates, limit_min
        self.exits = ExitPlan(plan)
        self.net = EscapeNet(plan, self.exits.steps)
        inside = [zone for zone in plan.zones if zone.id not in self.exits.outdoors]
        self._inside: dict[str | None, tuple[Zone, ...]] = {None: tuple(inside)} | {
            level.id: tuple(zone for zone in inside if zone.level == level.id) for level in plan.levels
        }
        self._area_m2 = {zone.id: plan.area_m2(zone.id) for zone in inside}
        self._holds = {zone.id: _holding(plan, zone) for zone in inside}
        self._nearest: dict[tuple[str, ...], tuple[Passages, dict[str, str]]] = {}

    def level(self, level: str | None, passages: Passages, counts: Counts) -> LevelEgress:
        """Return how a level, or the whole mall by its doors, is left with these people and what is closed now."""
        found = self._exits(level, passages)
        usable = [each for each in found if each.width_m > 0]
        blocked = max(usable, key=lambda each: (each.capacity(self.rates), each.id), default=None)
        left = tuple(each for each in usable if each is not blocked)
        people, coverage = self._people(level, counts)
        room = sum(self._holds[zone.id] for zone in self._inside[level])
        if not found:
            return LevelEgress(level, "no_exit", people, coverage, None, (), None, None, None, None, room)
        capacity = sum(each.capacity(self.rates) for each in left)
        whole = capacity + (blocked.capacity(self.rates) if blocked else 0.0)
        known = people if coverage >= KNOWN_FROM else None
        loads = self._loads(level, passages, counts, left) if known is not None else {}
        rows = tuple(
            ExitLoad(each, each is blocked, loads.get(each.id), _minutes(loads.get(each.id), each.capacity(self.rates)))
            for each in found
        )
        state: State = "no_usable_exit" if not usable else "one_exit" if not left else "ok" if known else "unknown"
        return LevelEgress(
            level, state, people, coverage, blocked.id if blocked else None, rows, _slowest(rows),
            _minutes(known, capacity), _minutes(known, whole), capacity * self.limit_min, room,
        )  # fmt: skip

    def _exits(self, level: str | None, passages: Passages) -> tuple[Exit, ...]:
        now = self.exits.now(passages)
        if level is not None:
            return now[level]
        doors = [each for found in now.values() for each in found if each.kind == "door"]
        return tuple(sorted(doors, key=lambda each: (-each.drawn_m, each.id)))

    def _people(self, level: str | None, counts: Counts) -> tuple[People | None, float]:
        """Return a level's people, open upward where a zone is not known, and the share of its area that is known."""
        asked = [zone.id for zone in self._inside[level] if zone.id in counts]
        known = [(zone, found) for zone in asked if (found := counts[zone]) is not None]
        area = sum(self._area_m2[zone] for zone in asked)
        if not known or area <= 0:
            return None, 0.0
        total = sum((found for _, found in known), NOBODY)
        if len(known) < len(asked):
            total = People(total.likely, total.low, None)
        return total, sum(self._area_m2[zone] for zone, _ in known) / area

    def _loads(
        self, level: str | None, passages: Passages, counts: Counts, left: tuple[Exit, ...]
    ) -> dict[str, People]:
        """Return exit id -> who goes there: the nearest exit, or by width where no way is known."""
        nearest = self._nearest_exits(level, passages, left)
        loads = {each.id: NOBODY for each in left}
        wide = sum(each.width_m for each in left)
        for zone in (zone.id for zone in self._inside[level] if zone.id in counts):
            found = counts[zone] or People(0.0, 0.0, None)
            for each in left:
                share = each.width_m / wide if zone not in nearest else float(nearest[zone] == each.id)
                if share:
                    loads[each.id] += _part(found, share)
        return loads

    def _nearest_exits(self, level: str | None, passages: Passages, left: tuple[Exit, ...]) -> dict[str, str]:
        key = (level or "", *(each.id for each in left))
        kept = self._nearest.get(key)
        if kept is None or kept[0] != passages:
            ways = EscapePlan(self.net, passages, left, Terms(level=level))
            found = {zone.id: way.exit for zone in self._inside[level] if (way := ways.way(zone.id))}
            kept = self._nearest[key] = (dict(passages), found)
        return kept[1]


def _holding(plan: FloorPlan, zone: Zone) -> float:
    """Return the people for whom there is room in a zone; none are meant to be where nobody looks."""
    if zone.category in UNWATCHED:
        return 0.0
    return capacity_of(plan, zone) if is_utilised(zone) else HOLDING_P_M2 * plan.area_m2(zone.id)


def _part(people: People, share: float) -> People:
    return People(people.likely * share, people.low * share, None if people.high is None else people.high * share)


def _minutes(people: People | None, capacity: float) -> Minutes | None:
    if people is None or capacity <= 0:
        return None
    high = None if people.high is None else people.high / capacity
    return Minutes(people.likely / capacity, people.low / capacity, high)


def _slowest(rows: Sequence[ExitLoad]) -> Minutes | None:
    times = [row.minutes for row in rows if row.minutes is not None]
    if not times:
        return None
    highs = [time.high for time in times]
    return Minutes(
        max(time.likely for time in times),
        max(time.low for time in times),
        None if None in highs else max(high for high in highs if high is not None),
    )
