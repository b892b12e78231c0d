"""What the cameras say for and against each person's being there."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gis.sighting import Bools, Floats, Numbers, Observation

Indices: TypeAlias = NDArray[np.intp]

PRIOR = -1.0
"""Log odds that a sight is of somebody, before any camera has spoken."""
FIRST = 1.3  # what the first sight of somebody adds: one camera alone is believed until others deny
LEAST, MOST = 0.5, 2.0  # what each later sight adds
FOR, AGAINST = 4.0, 1.8
"""One camera's say, at most: it repeats itself, so its sights are not independent."""
AGAINST_ALL = 2.8
"""The silence of all cameras, at most: a wall may stand before them. It outweighs a few sights, not many."""
FADES_S = 3.0
SURELY = 0.98  # no camera finds everybody
APART_S, LEAST_APART = 0.4, 0.25  # pictures this far apart miss people independently


class Evidence:
    """Log odds of existence per person, kept per camera.

    A camera that finds somebody adds, one that should and does not takes away (Bernoulli filter, Ristic et al. 2013,
    doi:10.1109/TSP.2013.2257765), each within bounds.

    Attributes:
        columns: camera -> column of the tables.
        votes: (N, C) log odds; seen_at: (N, C) s when a camera last showed somebody, -inf: never.
        track: (N, C) the camera's own number then, -1: none; firm: (N, C) whether the foot was seen.

    """

    def __init__(self) -> None:
        self.columns: dict[str, int] = {}
        self._spoke = np.empty(0)
        self.votes: Floats = np.empty((0, 0))
        self.seen_at: Floats = np.empty((0, 0))
        self.track: Numbers = np.empty((0, 0), np.int64)
        self.firm: Bools = np.empty((0, 0), np.bool_)

    def __len__(self) -> int:
        return len(self.votes)

    @property
    def odds(self) -> Floats:
        """Return (N,) log odds that each person is there."""
        against = np.maximum(np.minimum(self.votes, 0.0).sum(axis=1), -AGAINST_ALL)
        return np.asarray(PRIOR + np.maximum(self.votes, 0.0).sum(axis=1) + against, dtype=np.float64)

    def support(self, column: int) -> Floats:
        """Return (N,) log odds that cameras other than this one give in favour of each person."""
        votes = np.maximum(self.votes, 0.0)
        return np.asarray(votes.sum(axis=1) - votes[:, column], dtype=np.float64)

    @property
    def known(self) -> Bools:
        """Return (N,) whether any camera's word about each person still stands."""
        return np.asarray(np.isfinite(self.seen_at).any(axis=1), dtype=np.bool_)

    def column(self, camera: str) -> int:
        """Return a camera's column, a new one for a camera not heard of before."""
        if camera not in self.columns:
            self.columns[camera] = len(self.columns)
            self._grow((len(self), 1), axis=1)
            self._spoke = np.append(self._spoke, -np.inf)
        return self.columns[camera]

    def fade(self, column: int, t: float) -> float:
        """Let a camera's earlier votes fade before it speaks again; return s since it spoke."""
        since = max(t - self._spoke[column], 0.0)
        self.votes[:, column] *= np.exp(-since / FADES_S)
        self._spoke[column] = t
        return float(since)

    def count_for(self, column: int, rows: Indices, gain: Floats) -> None:
        """Take that a camera sees these people."""
        self.votes[rows, column] = np.minimum(self.votes[rows, column] + np.clip(gain, LEAST, MOST), FOR)

    def count_against(self, column: int, rows: Indices, chance: Floats, since_s: float) -> None:
        """Take that a camera does not see these people though it would have with this chance, (N,) of all people.

        Pictures that follow one another fast miss the same people for the same reason: they count for less.
        """
        loss = np.log1p(-np.minimum(chance[rows], SURELY)) * min(max(since_s / APART_S, LEAST_APART), 1.0)
        self.votes[rows, column] = np.maximum(self.votes[rows, column] + loss, -AGAINST)

    def note(self, column: int, rows: Indices, seen: Observation, what: Indices) -> None:
        """Write down when and as what a camera saw these people, of whom these were the sights."""
        self.seen_at[rows, column] = seen.t
        self.track[rows, column], self.firm[rows, column] = seen.track[what], seen.firm[what]

    def add(self, count: int, column: int) -> Indices:
        """Return rows of new people whom one camera sees for the first time."""
        rows = np.arange(len(self), len(self) + count)
        self._grow((count, len(self.columns)), axis=0)
        self.votes[rows, column] = FIRST
        return rows

    def _grow(self, shape: tuple[int, int], axis: int) -> None:
        """Add people (axis 0) or cameras (axis 1) of whom nothing is known."""
        self.votes = np.concatenate([self.votes, np.zeros(shape)], axis=axis)
        self.seen_at = np.concatenate([self.seen_at, np.full(shape, -np.inf)], axis=axis)
        self.track = np.concatenate([self.track, np.full(shape, -1)], axis=axis)
        self.firm = np.concatenate([self.firm, np.zeros(shape, np.bool_)], axis=axis)

    def keep(self, rows: Indices) -> None:
        """Forget everybody else."""
        self.votes, self.seen_at = self.votes[rows], self.seen_at[rows]
        self.track, self.firm = self.track[rows], self.firm[rows]

    def join(self, row: int, other: int) -> None:
        """Give one person the word that cameras gave for another."""
        later = self.seen_at[other] > self.seen_at[row]
        tables = (self.votes, self.seen_at, self.track, self.firm)
        for table in tables:
            table[row, later] = table[other, later]

    def silence(self, cameras: Sequence[str]) -> None:
        """Forget what these cameras said."""
        gone = [self.columns[camera] for camera in cameras if camera in self.columns]
        if gone:
            self.votes[:, gone], self.seen_at[:, gone], self.track[:, gone] = 0.0, -np.inf, -1

    def shown(self, heard: Mapping[str, float]) -> Bools:
        """Return (N, C) whether a camera's latest picture, of those heard, shows somebody."""
        latest = np.array([heard.get(camera, np.nan) for camera in self.columns])
        return np.asarray(self.seen_at == latest, dtype=np.bool_)
