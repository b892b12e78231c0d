"""People of a whole recording in retrospect: who was there from first to last sight, and where, knowing what came after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis.fusion import VELOCITY_AFTER_S, VELOCITY_SIGHTS, People, Sights
from gis.motion import Floats
from gis.smoothing import Path, between, smooth

SHOWN_SHARE = 0.5  # of the instants of a life at which its sights carried conviction
LEAST_SIGHTS = 2  # a single sight is nobody


@dataclass(frozen=True, eq=False, slots=True)
class Life:
    """One person: id; t (K,) s of every sight; states (K, 4) x, y, vx, vy; cameras (K,) of the sights."""

    id: int
    t: Floats
    states: Floats
    cameras: tuple[str, ...]

    @property
    def has_pace(self) -> bool:
        """Tell whether it was seen often and long enough to know how fast it went."""
        return len(self.t) >= VELOCITY_SIGHTS and bool(self.t[-1] - self.t[0] >= VELOCITY_AFTER_S)

    def at(self, t: Floats) -> Floats:
        """Return (M, 4) states."""
        return between(self.t, self.states, t)


class Chronicle:
    """Listens to a fuser over a recording and then tells of its people."""

    def __init__(self) -> None:
        self._sights: list[Sights] = []
        self._instants: list[float] = []
        self._shown: dict[int, list[int]] = {}

    def hear(self, sights: Sights) -> None:
        """Take the sights of one picture."""
        self._sights.append(sights)

    def show(self, t: float, people: People) -> None:
        """Take whom the fuser believed in at an instant; times rise."""
        for number in people.id.tolist():
            self._shown.setdefault(number, []).append(len(self._instants))
        self._instants.append(t)

    def lives(self) -> list[Life]:
        """Return the people who were there, by number."""
        ids = np.concatenate([s.id for s in self._sights] or [np.empty(0, np.int64)])
        if not len(ids):
            return []
        t = np.concatenate([np.full(len(s.id), s.t) for s in self._sights])
        xy, noise = (np.concatenate([getattr(s, name) for s in self._sights]) for name in ("xy", "noise"))
        cameras = np.concatenate([np.full(len(s.id), s.camera, dtype=object) for s in self._sights])
        order = np.lexsort((t, ids))
        groups = np.split(order, np.flatnonzero(np.diff(ids[order])) + 1)
        groups = [rows for rows in groups if self._was_there(int(ids[rows[0]]), t[rows])]
        states = smooth([Path(t[rows], xy[rows], noise[rows]) for rows in groups]) if groups else []
        return [
            Life(int(ids[rows[0]]), t[rows], state, tuple(cameras[rows]))
            for rows, state in zip(groups, states, strict=True)
        ]

    def _was_there(self, number: int, t: Floats) -> bool:
        first, last = np.searchsorted(self._instants, [t[0] - 1e-9, t[-1] + 1e-9])
        shown = self._shown.get(number, [])
        inside = np.searchsorted(shown, [first, last])
        enough = inside[1] - inside[0] >= SHOWN_SHARE * (last - first)
        return bool(enough and len(shown) and (len(t) >= LEAST_SIGHTS or len(self._instants) <= LEAST_SIGHTS))


def at_instants(lives: Sequence[Life], instants: Floats) -> list[list[tuple[Life, Floats]]]:
    """Return for each of (T,) rising instants who is there and in which state (4,)."""
    there: list[list[tuple[Life, Floats]]] = [[] for _ in instants]
    for life in lives:
        first, last = np.searchsorted(instants, [life.t[0] - 1e-6, life.t[-1] + 1e-6])
        for k, state in zip(range(first, last), life.at(instants[first:last]), strict=True):
            there[k].append((life, state))
    return there
