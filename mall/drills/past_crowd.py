"""The people of an hour of the past: as many in each zone as there were, going from zone to zone as they were counted.

Those whom nobody counted coming or going appear and are gone where they are. In walkways people walk about as fast as
the density of the zone leaves them, elsewhere they stand. Deterministic.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.routes import WalkGraph
from gis.throughput import FREE_SPEED_M_S, walking_speed
from mall.drills.hour import Hour, Pair, Stock
from mall.drills.places import UnfitError
from mall.drills.spots import Spots
from mall.drills.ways import Step, way_between, way_in, way_out
from mall.models import MINUTE_S

SEED = 20_261_129
BALANCE_S = 2.0
WALKED = frozenset({"concourse", "atrium", "walkway", "entrance"})


@dataclass(eq=False, slots=True)
class Passer:
    """One of them: ``zone`` is where it is counted, ``path`` the (level, xy) that it walks to."""

    number: int
    zone: str
    level: str
    xy: tuple[float, float]
    spot: int | None = None
    path: deque[tuple[str, tuple[float, float]]] = field(default_factory=deque)


class PastCrowd:
    """Everybody of an hour of the past; ``step`` lets time pass."""

    def __init__(self, graph: WalkGraph, hour: Hour) -> None:
        self._graph, self._plan, self._hour = graph, graph.plan, hour
        self._rng = np.random.default_rng(SEED)
        self._spots: dict[str, Spots] = {}
        self._ways: dict[Pair, tuple[Step, ...]] = {}
        self._in: dict[str, list[Passer]] = {zone.id: [] for zone in self._plan.zones}
        self._stocks = {zone.id: Stock(hour, zone.id) for zone in self._plan.zones}
        self._moved: Counter[str] = Counter()
        self._gone: list[Passer] = []
        self._due: deque[tuple[float, Pair]] = deque()
        self._minute = -1
        self._at_s = 0.0
        self._balanced_s = -math.inf
        self._next = 0

    def step(self, seconds: float) -> None:
        """Let time pass."""
        self._at_s += seconds
        minute = int(self._at_s // MINUTE_S)
        if minute != self._minute and minute < self._hour.minutes:
            self._minute = minute
            self._due = deque(sorted(self._moves_of(minute)))
        if self._balanced_s < 0.0:
            self._balance()
        while self._due and self._due[0][0] <= self._at_s:
            self._move(*self._due.popleft()[1])
        if self._at_s - self._balanced_s >= BALANCE_S:
            self._balanced_s = self._at_s
            self._balance()
        for zone, people in self._in.items():
            self._walk(zone, people, seconds)
        for passer in self._gone:
            _go(passer, FREE_SPEED_M_S * seconds)
        self._gone = [passer for passer in self._gone if passer.path]

    def people(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Return level -> (N,) numbers and (N, 2) places in metres."""
        found: dict[str, tuple[list[int], list[tuple[float, float]]]] = {}
        for passer in [*(p for people in self._in.values() for p in people), *self._gone]:
            numbers, places = found.setdefault(passer.level, ([], []))
            numbers.append(passer.number)
            places.append(passer.xy)
        return {level: (np.array(n, dtype=np.int64), np.array(xy)) for level, (n, xy) in found.items()}

    # -- coming and going ------------------------------------------------------------------------------------------

    def _moves_of(self, minute: int) -> list[tuple[float, Pair]]:
        begin = minute * MINUTE_S
        return [
            (begin + MINUTE_S * (i + 0.5) / count, pair)
            for pair, count in sorted(self._hour.moves[minute].items())
            for i in range(count)
        ]

    def _balance(self) -> None:
        """Have as many people in every zone as were there; where that is not known nobody is."""
        for zone, people in self._in.items():
            wanted = round(self._stocks[zone].at(self._at_s, self._moved[zone]) or 0.0)
            for _ in range(wanted - len(people)):
                self._appear(zone)
            for passer in people[: max(0, len(people) - wanted)]:
                people.remove(passer)
                self._give(passer)

    def _appear(self, zone: str) -> Passer:
        spots = self._spots_of(zone)
        spot = spots.any()
        point = spots.xy[spot if spot is not None else int(self._rng.integers(len(spots.xy)))]
        passer = Passer(self._next, zone, self._plan.zone(zone).level, (float(point[0]), float(point[1])), spot)
        self._next += 1
        self._in[zone].append(passer)
        return passer

    def _move(self, start: str, goal: str) -> None:
        """Have one person go from zone to zone; who comes from outside begins before the door."""
        self._moved[start] -= 1
        self._moved[goal] += 1
        try:
            steps = self._way(start, goal)
        except UnfitError:
            return  # the balance has it
        points = [(step.level, step.xy) for step in steps]
        if not start:
            passer = self._appear(goal)
            target = (passer.level, passer.xy)
            passer.level, passer.xy = points[0]
            passer.path = deque([*points[1:], target])
            return
        waiting = [passer for passer in self._in[start] if not passer.path] or self._in[start]
        passer = waiting[0] if waiting else self._appear(start)
        self._in[start].remove(passer)
        self._give(passer)
        passer.path = deque(points)
        if goal:
            passer.zone, passer.spot = goal, self._spots_of(goal).any()
            self._in[goal].append(passer)
            passer.path.extend(self._spot_of(passer))
        else:
            self._gone.append(passer)

    def _way(self, start: str, goal: str) -> tuple[Step, ...]:
        pair = (start, goal)
        if pair not in self._ways:
            if not start:
                self._ways[pair] = way_in(self._plan, goal)
            elif not goal:
                self._ways[pair] = way_out(self._plan, start)
            else:
                self._ways[pair] = way_between(self._graph, start, goal).steps[1:]
        return self._ways[pair]

    # -- walking ---------------------------------------------------------------------------------------------------

    def _walk(self, zone: str, people: list[Passer], seconds: float) -> None:
        speed = walking_speed(len(people) / max(self._plan.area_m2(zone), 1.0))
        is_walked = self._plan.zone(zone).category in WALKED
        for passer in people:
            if not passer.path and is_walked:
                points = self._spots_of(zone).xy
                x, y = points[int(self._rng.integers(len(points)))].tolist()
                passer.path.append((self._plan.zone(zone).level, (x, y)))
            _go(passer, speed * seconds)

    def _spot_of(self, passer: Passer) -> list[tuple[str, tuple[float, float]]]:
        if passer.spot is None:
            return []
        point = self._spots_of(passer.zone).xy[passer.spot]
        return [(self._plan.zone(passer.zone).level, (float(point[0]), float(point[1])))]

    def _give(self, passer: Passer) -> None:
        if passer.spot is not None:
            self._spots_of(passer.zone).give(passer.spot)
            passer.spot = None

    def _spots_of(self, zone: str) -> Spots:
        if zone not in self._spots:
            self._spots[zone] = Spots(self._plan, zone, self._rng)
        return self._spots[zone]


def _go(passer: Passer, reach_m: float) -> None:
    """Walk along the path; an escalator or a stair is taken at once."""
    while passer.path and reach_m > 0.0:
        level, target = passer.path[0]
        if level != passer.level:
            passer.level, passer.xy = level, target
        away = math.dist(passer.xy, target)
        if away > reach_m:
            share = reach_m / away
            x, y = passer.xy
            passer.xy = (x + (target[0] - x) * share, y + (target[1] - y) * share)
            return
        reach_m -= away
        passer.xy = target
        passer.path.popleft()
