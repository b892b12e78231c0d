"""Who goes from which zone to which, and how long a visit lasts: moves and visits, from people told apart by a number.

A change of zone that lasts no ``SETTLE_S`` and leads back is a flicker at an edge and no move; who passes through a
zone more quickly moved through it but did not visit it. Numbers of people stay in here: what comes out has none.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.zones import HasPolygon, ZoneIndex

SETTLE_S = 2.0  # inertia of visits, entries and dwell
ABSENT_S = 3.0  # a number that comes back within this time goes on with its visit
EDGE_M = 1.0  # who appears or is lost this near a zone's edge came or went there
OUTSIDE = ""  # of every zone of the level, or out of sight

Move: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in one zone whose beginning was seen.

    Attributes:
        began: s, when it was entered; lasted_s: until it was left, or until it was last seen.
        ended: whether it was seen to end; where not, the stay lasted at least that long (right-censored).

    """

    zone: str
    began: float
    lasted_s: float
    ended: bool


@dataclass(slots=True)
class _Walker:
    """One person's way since the zone where they last settled: zones (-1 none) and when each was entered."""

    path: list[int]
    times: list[float]
    seen: float
    at: NDArray[np.float64]
    born: float
    came_in: bool
    settled: bool = False
    known: bool = False

    def step(self, zone: int, at: NDArray[np.float64], t: float) -> None:
        """Go into a zone; back in one that the way has led through, the loop in between is nothing."""
        self.at = at
        if zone in self.path:
            back = self.path.index(zone) + 1
            del self.path[back:], self.times[back:]
        else:
            self.path.append(zone)
            self.times.append(t)


class Visits:
    """Moves between the zones of one level and visits to them.

    Attributes:
        moves: (from, to) -> how many since the last ``take``; one is ``OUTSIDE`` where somebody came or went.
        done: visits that are over, since the last ``take``.

    """

    def __init__(self, zones: Sequence[HasPolygon], *, settle_s: float = SETTLE_S, absent_s: float = ABSENT_S) -> None:
        """Start with nobody; ``settle_s`` is how long a zone must hold somebody to be visited."""
        self._index = ZoneIndex(zones)
        self._names = [*(zone.id for zone in zones), OUTSIDE]
        self._edges = [zone.polygon.boundary for zone in zones]
        self._settle_s, self._absent_s = settle_s, absent_s
        self._walkers: dict[int, _Walker] = {}
        self.moves: Counter[Move] = Counter()
        self.done: list[Visit] = []

    def update(
        self,
        t: float,
        ids: ArrayLike,
        points: ArrayLike,
        firm: ArrayLike | None = None,
        *,
        there: Collection[int] = frozenset(),
    ) -> None:
        """Take in where everybody is.

        Args:
            t: s, never less than before.
            ids: (N,) numbers of people, each once.
            points: (N, 2) m; who is nowhere known (NaN) stays where they were.
            firm: (N,) False where the foot was only guessed: such a point moves nobody.
            there: numbers of those who were there before anybody looked: they came in nowhere, even near an edge.

        """
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        numbers = np.asarray(ids, dtype=np.int64).reshape(-1).tolist()
        sure = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
        if firm is not None:
            sure &= np.asarray(firm, dtype=np.bool_).reshape(-1)
        places = self._index.assign(xy).tolist()
        for number, place, at, is_sure in zip(numbers, places, xy, sure.tolist(), strict=True):
            if number not in self._walkers and is_sure:
                self._walkers[number] = _Walker(
                    [place], [t], t, at, t, number not in there and self._is_edge(place, at)
                )
            elif is_sure:
                self._walkers[number].step(place, at, t)
        for walker in (self._walkers[number] for number in numbers if number in self._walkers):
            walker.seen = t
            self._settle(walker, t)
        self._part(t)

    def lose(self, ids: Iterable[int]) -> None:
        """Forget people whose camera went dark or jumped in time: how long they stay is not known from here on."""
        for number in ids:
            walker = self._walkers.pop(number, None)
            if walker is not None and walker.seen - walker.born >= self._settle_s:
                self._walk(walker)
                self._book(walker, walker.seen, ended=False)

    def lose_all(self) -> None:
        """Forget everybody, as where numbers begin anew."""
        self.lose(list(self._walkers))

    def take(self) -> tuple[Counter[Move], list[Visit]]:
        """Return the moves and the finished visits since the last call."""
        taken = self.moves, self.done
        self.moves, self.done = Counter(), []
        return taken

    def present(self) -> Iterator[Visit]:
        """Yield the visits that go on, as long as they are by now."""
        for walker in self._walkers.values():
            if walker.settled and walker.came_in and walker.path[0] >= 0:
                began = walker.times[0]
                yield Visit(self._names[walker.path[0]], began, walker.seen - began, ended=False)

    def _settle(self, walker: _Walker, t: float) -> None:
        """Where somebody has stayed long enough, their way there is certain."""
        if t - walker.times[-1] < self._settle_s:
            return
        self._walk(walker)
        walker.settled = True

    def _walk(self, walker: _Walker) -> None:
        """Book the way to the last zone, which begins a new one."""
        if not walker.known and walker.seen - walker.born >= self._settle_s:
            walker.known = True
            if walker.came_in:
                self.moves[OUTSIDE, self._names[walker.path[0]]] += 1
        if len(walker.path) < 2:
            return
        self._book(walker, walker.times[1], ended=True)
        ends = {0, len(walker.path) - 1}
        way = [zone for i, zone in enumerate(walker.path) if zone >= 0 or i in ends]
        for here, there in pairwise(way):
            self.moves[self._names[here], self._names[there]] += 1
        walker.path, walker.times = walker.path[-1:], walker.times[-1:]
        walker.came_in, walker.settled = True, False

    def _book(self, walker: _Walker, until: float, *, ended: bool) -> None:
        zone, began = walker.path[0], walker.times[0]
        if walker.settled and walker.came_in and zone >= 0:
            self.done.append(Visit(self._names[zone], began, until - began, ended))

    def _part(self, t: float) -> None:
        """Take leave of those who have been absent for too long: at an edge they left, elsewhere they were lost."""
        for number in [n for n, walker in self._walkers.items() if t - walker.seen > self._absent_s]:
            walker = self._walkers.pop(number)
            if walker.seen - walker.born < self._settle_s:
                continue
            self._walk(walker)
            left = self._is_edge(walker.path[0], walker.at)
            self._book(walker, walker.seen, ended=left)
            if left:
                self.moves[self._names[walker.path[0]], OUTSIDE] += 1

    def _is_edge(self, place: int, at: NDArray[np.float64]) -> bool:
        return place >= 0 and bool(shapely.distance(self._edges[place], shapely.points(at)) <= EDGE_M)
