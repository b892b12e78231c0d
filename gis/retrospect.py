"""People of a whole recording in retrospect: who was there, and where, knowing what came after."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from gis.clocks import MOST_S, Clocks
from gis.fusion import VELOCITY_AFTER_S, VELOCITY_SIGHTS, Fuser
from gis.motion import Floats
from gis.seeing import View
from gis.sighting import Observation, People, Sights
from gis.smoothing import Path, between, smooth

SHOWN_SHARE = 0.5  # of the instants of a life at which its sights carried conviction
LEAST_SIGHTS = 2  # a single sight is nobody
ABOUT_S = 0.5  # cameras that saw somebody within this time see them now
CLOCK_ROUNDS, CLOCK_S, CLOCK_GOOD_S = 4, 120.0, 0.03
EXPLORING_M = 0.35


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

    def seen_by(self, t: float) -> list[str]:
        """Return the cameras that saw it about then."""
        first, last = np.searchsorted(self.t, [t - ABOUT_S, t + ABOUT_S])
        return sorted(set(self.cameras[first:last]))

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


def fuse_whole(
    observations: Mapping[str, Sequence[Observation]], views: Mapping[str, View], clocks: Mapping[str, float]
) -> list[Life]:
    """Return the people of a whole recording, by number; their times are those of the common clock.

    Args:
        observations: by camera, in time order.
        views: what each camera sees.
        clocks: s to add to the times of cameras for which that is known; of the others it is found out.

    """
    given = {camera: clocks.get(camera, 0.0) for camera in observations}
    offsets = _set_clocks(observations, views, given, known=clocks.keys())
    chronicle = Chronicle()
    fuser = Fuser(views={c: view.afresh() for c, view in views.items()}, listener=chronicle)
    for t, instant in _instants(observations, offsets):
        chronicle.show(t, fuser.update(t, instant))
    return chronicle.lives()


def _set_clocks(
    observations: Mapping[str, Sequence[Observation]],
    views: Mapping[str, View],
    given: Mapping[str, float],
    known: Collection[str],
) -> dict[str, float]:
    """Return s to add to each camera's times: as given, or found from people seen by several cameras."""
    offsets = dict(given)
    if len(observations) < 2 or len(known) >= len(observations):
        return offsets
    for _ in range(CLOCK_ROUNDS):
        clocks = Clocks()
        fuser = Fuser(views={c: view.afresh() for c, view in views.items()}, listener=clocks, bias_m=EXPLORING_M)
        start = None
        for t, instant in _instants(observations, offsets):
            start = t if start is None else start
            if t > start + CLOCK_S:
                break
            fuser.update(t, instant)
        change = clocks.offsets(known)
        for camera, s in change.items():
            offsets[camera] = float(np.clip(offsets[camera] + s, given[camera] - MOST_S, given[camera] + MOST_S))
        if max((abs(s) for s in change.values()), default=0.0) < CLOCK_GOOD_S:
            break
    right = all(abs(offsets[camera] - given[camera]) < CLOCK_GOOD_S for camera in offsets)
    return dict(given) if right else offsets


def _instants(
    observations: Mapping[str, Sequence[Observation]], offsets: Mapping[str, float]
) -> Iterator[tuple[float, dict[str, Observation]]]:
    """Yield the instants of the common clock with what cameras saw then."""
    rows = [(seen.t + offsets[camera], camera, seen) for camera, mine in observations.items() for seen in mine]
    rows.sort(key=lambda row: row[:2])
    for t, same in groupby(rows, key=lambda row: row[0]):
        yield t, {camera: replace(seen, t=t) for _, camera, seen in same}


def at_instants(lives: Sequence[Life], instants: Floats) -> list[list[tuple[Life, tuple[float, Floats]]]]:
    """Return for each of (T,) rising instants who is there, and the time and state (4,).

    Corrected clocks move sights away from the first and last instants: who was there next to them was there then.
    """
    there: list[list[tuple[Life, tuple[float, Floats]]]] = [[] for _ in instants]
    for life in lives:
        begins = life.t[0] - (MOST_S if life.t[0] <= instants[0] + MOST_S else 1e-6)
        ends = life.t[-1] + (MOST_S if life.t[-1] >= instants[-1] - MOST_S else 1e-6)
        first, last = np.searchsorted(instants, [begins, ends])
        for k, state in zip(range(first, last), life.at(instants[first:last]), strict=True):
            there[k].append((life, (float(instants[k]), state)))
    return there
