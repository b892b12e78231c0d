"""Count who crosses measurement lines, each person once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely import LineString, get_coordinates

Floats: TypeAlias = NDArray[np.float64]

CLEARANCE_M = 0.3
MEMORY_UPDATES = 1000  # an absent track is forgotten after one to two times as many


class HasLine(Protocol):
    """Anything with an id, a line in metres and the side that is in, such as ``gis.floorplan.Line``."""

    @property
    def id(self) -> str:
        """Return the name that crossings are given under."""

    @property
    def line(self) -> LineString:
        """Return the line in metres."""

    @property
    def in_side(self) -> Literal["left", "right"]:
        """Return the side, seen from first to last vertex, onto which a crossing is in."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One person's passage over one line."""

    line: str
    track: int
    direction: Literal["in", "out"]


class LineCounter:
    """Crossings of lines by tracks.

    Somebody belongs to the side of a line on which they were last at least ``clearance_m`` away from it. A crossing
    counts when they are that far off on the other side and their way has passed through the line since (not round its
    end). So somebody who lingers on a line is counted at most once, and never for turning back.
    """

    def __init__(self, lines: Sequence[HasLine], *, clearance_m: float = CLEARANCE_M) -> None:
        """Lay out the segments of the lines; ``clearance_m`` is how far off the line a side is certain."""
        self._lines = tuple(lines)
        self._clearance_m = clearance_m
        chains = [get_coordinates(line.line) for line in self._lines]
        self._start = np.concatenate([np.empty((0, 2)), *[chain[:-1] for chain in chains]])
        self._end = np.concatenate([np.empty((0, 2)), *[chain[1:] for chain in chains]])
        self._owner = np.repeat(np.arange(len(chains)), [len(chain) - 1 for chain in chains])
        self._belongs = (self._owner[:, None] == np.arange(len(chains))).astype(np.int64)
        self._tracks: dict[int, _Track] = {}
        self._updates = 0

    def update(self, ids: ArrayLike, points: ArrayLike, firm: ArrayLike | None = None) -> list[Crossing]:
        """Return the crossings that this instant completes.

        Tracks that are absent are remembered for a while, then forgotten; ``cut`` forgets them all.

        Args:
            ids: (N,) track numbers.
            points: (N, 2) metres; unknown (NaN) ones are passed over.
            firm: (N,) False where the foot was only guessed: such a point triggers nothing and moves nobody.

        """
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        numbers = np.asarray(ids, dtype=np.int64).reshape(-1)
        self._updates += 1
        self._forget_absent()
        usable = np.isfinite(xy).all(axis=1)
        if firm is not None:
            usable &= np.asarray(firm, dtype=np.bool_).reshape(-1)
        numbers, xy = numbers[usable], xy[usable]
        if not self._lines or not len(numbers):
            return []
        sides, last = self._sides(xy), self._last(numbers, xy)
        passed = self._passages(last, xy)
        found = []
        for row, number in enumerate(numbers.tolist()):
            found += self._advance(number, xy[row], sides[row], passed[row])
        return found

    def cut(self) -> None:
        """Forget all tracks: what comes next has no past."""
        self._tracks.clear()

    def _forget_absent(self) -> None:
        if self._updates % MEMORY_UPDATES == 0:
            oldest = self._updates - MEMORY_UPDATES
            self._tracks = {number: track for number, track in self._tracks.items() if track.seen > oldest}

    def _last(self, numbers: NDArray[np.int64], xy: Floats) -> Floats:
        known = [self._tracks.get(number) for number in numbers.tolist()]
        return np.array([xy[i] if track is None else track.at for i, track in enumerate(known)])

    def _advance(self, number: int, at: Floats, sides: NDArray[np.int8], passed: NDArray[np.int8]) -> list[Crossing]:
        track = self._tracks.get(number)
        if track is None:
            self._tracks[number] = _Track(at, sides.copy(), np.zeros_like(sides), self._updates)
            return []
        track.at, track.seen = at, self._updates
        track.through += passed
        found = []
        for index in np.flatnonzero(sides):
            # Having passed leftwards and back again sums to 0, and so does a way round the end of the line.
            if sides[index] * track.side[index] <= 0 and track.through[index] == sides[index]:
                line = self._lines[index]
                inward = (sides[index] > 0) == (line.in_side == "left")
                found.append(Crossing(line.id, number, "in" if inward else "out"))
            track.side[index], track.through[index] = sides[index], 0
        return found

    def _sides(self, xy: Floats) -> NDArray[np.int8]:
        """Return (N, L) +1 left, -1 right, 0 too near to tell; the nearest segment of each line decides."""
        along = self._end - self._start
        offset = xy[:, None, :] - self._start
        share = np.clip((offset * along).sum(axis=2) / (along * along).sum(axis=1), 0, 1)
        distance = np.linalg.norm(offset - share[..., None] * along, axis=2)
        turn = _cross(along, offset)
        sides = np.zeros((len(xy), len(self._lines)), dtype=np.int8)
        for index in range(len(self._lines)):
            mine = np.flatnonzero(self._owner == index)
            near = distance[:, mine].min(axis=1)
            # At a bend two segments are equally near; the one seen less at a slant is right.
            tied = distance[:, mine] <= near[:, None] + 1e-9
            sine = np.where(tied, turn[:, mine] / np.linalg.norm(along[mine], axis=1), 0.0)
            best = np.take_along_axis(sine, np.abs(sine).argmax(axis=1)[:, None], axis=1)[:, 0]
            sides[:, index] = np.where(near >= self._clearance_m, np.sign(best), 0)
        return sides

    def _passages(self, last: Floats, xy: Floats) -> NDArray[np.int8]:
        """Return (N, L) how often the step from last to xy passed each line leftwards minus rightwards.

        A point on a line counts as right of it and the last end of a segment as part of the next, so that a way
        through a joint or a stop on the line is one passage.
        """
        along, step = self._end - self._start, (xy - last)[:, None, :]
        before, after = (_cross(along, p[:, None, :] - self._start) > 0 for p in (last, xy))
        first = _cross(step, self._start - last[:, None, :]) > 0
        second = _cross(step, self._end - last[:, None, :]) > 0
        through = np.where((before != after) & (first != second), np.where(after, 1, -1), 0)
        summed: NDArray[np.int8] = (through @ self._belongs).astype(np.int8)
        return summed


@dataclass(slots=True)
class _Track:
    """Where a track was, on which side of each line (0 unknown), its passages since, and its last update."""

    at: Floats
    side: NDArray[np.int8]
    through: NDArray[np.int8]
    seen: int


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], dtype=np.float64)
