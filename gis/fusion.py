"""One set of people from the ground points of several cameras: nobody twice where views overlap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
from scipy.spatial import cKDTree

from gis.agreement import GATE, NOBODYS_PER_M2, Indices, best_pairs, likelihoods, nearby
from gis.evidence import Evidence
from gis.motion import Walkers
from gis.seeing import FOUND, RARELY, View
from gis.sighting import Bools, Floats, Listener, Numbers, Observation, People, Sights

__all__ = ["Fuser", "Observation", "People"]

MAX_DISTANCE_M = 2.5  # no sight is somebody's who is farther away, however unsure both places are
COAST_S = 0.6  # how long someone whom no camera shows any more is believed to be there
KEEP_S = 2.0  # and for how long, unseen, they would be known again
FORESIGHT_S = 1.0  # how far ahead a walker's pace is trusted
HOLD_S = 3.0  # how long a camera's last word stands when it falls silent
CAMERA_BIAS_M = 0.15  # by which two calibrated cameras disagree about the same foot
LOYALTY = 2.0  # log odds by which a camera's own track number is preferred
ESTABLISHED = 0.5  # of someone's log odds of being there, by which they are preferred to a newcomer
DENIED = -2.5  # log odds below which somebody was never there
CERTAIN = 3.0  # log odds given by other cameras, from which a camera's misses teach how well it sees
SEEN_ANYWAY = 0.3  # a camera's chance to find somebody is no reason to call a sight near them somebody else
PEEPS = 0.5  # of those who stand behind others, found nevertheless
MERGE_M, MERGE_AFTER_S = 0.6, 0.8  # how near, and for how long, two of different cameras stay until they are one
VELOCITY_AFTER_S, VELOCITY_SIGHTS = 0.4, 3


@dataclass(frozen=True, eq=False, slots=True)
class _Outlook:
    """Of each person (N,): the chance that a camera finds them, and whether nothing but its eyesight is in the way."""

    chance: Floats
    open: Bools


@dataclass(eq=False, slots=True)
class _Roll:
    """Number, first and last sight in s, and number of sights of each person."""

    id: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    born: Floats = field(default_factory=lambda: np.empty(0))
    seen: Floats = field(default_factory=lambda: np.empty(0))
    sights: Numbers = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, number: Numbers, t: float) -> None:
        one = np.ones(len(number), np.int64)
        self.id, self.sights = np.concatenate([self.id, number]), np.concatenate([self.sights, one])
        self.born, self.seen = np.concatenate([self.born, one * t]), np.concatenate([self.seen, one * t])

    def keep(self, rows: Indices) -> None:
        self.id, self.born, self.seen, self.sights = self.id[rows], self.born[rows], self.seen[rows], self.sights[rows]


class Fuser:
    """Tracks people over all cameras of a level.

    Each picture's sights are matched one to one to people by likelihood, from where a walker at constant velocity is by
    then; so two sights of one camera are two people. Whoever the cameras that should see them deny is not there.
    """

    def __init__(
        self,
        *,
        coast_s: float = COAST_S,
        views: Mapping[str, View] | None = None,
        listener: Listener | None = None,
        bias_m: float = CAMERA_BIAS_M,
    ) -> None:
        """Start with nobody.

        Args:
            coast_s: how long someone no camera shows any more stays; 0 to show only who is seen.
            views: what each camera sees; with it a camera's silence counts, and who walks out of all is gone at once.
            listener: is told whose every sight was.
            bias_m: by which cameras may disagree about the same foot.

        """
        self.views = dict(views or {})
        self._coast_s, self._listener, self._bias_m = coast_s, listener, bias_m
        self._walkers, self._evidence, self._roll = Walkers.none(), Evidence(), _Roll()
        self._heard: dict[str, float] = {}
        self._near: dict[tuple[int, int], float] = {}
        self._next_id = 1

    def update(self, t: float, observations: Mapping[str, Observation]) -> People:
        """Take in what is new and return the people at ``t``.

        Args:
            t: s, now on the cameras' clock.
            observations: by camera; those no newer than the camera's last one are passed over, so the latest of
                each camera may be given at every call.

        """
        for camera, seen in sorted(observations.items(), key=lambda item: (item[1].t, item[0])):
            if seen.t > self._heard.get(camera, -np.inf):
                self._heard[camera] = seen.t
                self._take(camera, seen.placed())
        self._merge(t)
        return self._people(t, self._bury(t))

    def cut(self, cameras: Iterable[str]) -> None:
        """Forget what these cameras said: their time jumped or they went dark."""
        gone = list(cameras)
        for camera in gone:
            self._heard.pop(camera, None)
        self._evidence.silence(gone)
        self._keep(self._evidence.known)

    def _take(self, camera: str, seen: Observation) -> None:
        evidence, t = self._evidence, seen.t
        noise = seen.cov[:, [0, 1, 1, 2]].reshape(-1, 2, 2) + self._bias_m**2 * np.eye(2)
        column = evidence.column(camera)
        since_s = evidence.fade(column, t)
        place, cov = self._walkers.position(t)
        outlook = self._outlook(camera, column, place)
        who, what = nearby(place, seen.xy, MAX_DISTANCE_M)
        ahead = seen.xy[what] - place[who]
        gain = _gains(ahead, cov[who] + noise[what])
        same = (evidence.track[who, column] == seen.track[what]) & (seen.track[what] >= 0)
        best = best_pairs(who, what, gain + self._preferences(outlook)[who] + LOYALTY * same)
        who, what, ahead, gain = who[best], what[best], ahead[best], gain[best]
        sought = np.flatnonzero(outlook.chance > RARELY) if outlook is not None else np.empty(0, np.intp)
        self._tell(Sights(
            camera, t, self._roll.id[who], seen.xy[what], noise[what], ahead, self._walkers.mean[who, 2:],
            self._roll.id[sought], np.empty(0) if outlook is None else outlook.chance[sought],
        ))  # fmt: skip
        if outlook is not None:
            missed = np.ones(len(place), np.bool_)
            missed[who] = False
            self.views[camera].learn(place[outlook.open], ~missed[outlook.open])
            evidence.count_against(column, np.flatnonzero(missed & (outlook.chance > RARELY)), outlook.chance, since_s)
        evidence.count_for(column, who, gain)
        evidence.note(column, who, seen, what)
        self._walkers.see(who, t, seen.xy[what], noise[what])
        self._roll.sights[who] += 1
        self._roll.seen[who] = np.maximum(self._roll.seen[who], t)
        new = np.ones(len(seen.xy), np.bool_) if seen.sure is None else seen.sure.copy()
        new[what] = False
        self._welcome(camera, seen, np.flatnonzero(new), noise)

    def _outlook(self, camera: str, column: int, place: Floats) -> _Outlook | None:
        """Return what to expect of a camera's picture of people at (N, 2), None where it is not known what it sees."""
        view = self.views.get(camera)
        if view is None:
            return None
        odds = self._evidence.odds
        shows, clear = view.shows(place), view.unhidden(place, place[odds > 0])
        certain = (odds > 0) & (self._evidence.support(column) >= CERTAIN)
        chance = shows * np.maximum(clear, PEEPS) * view.rate(place)
        return _Outlook(chance, certain & (shows >= 1) & (clear >= 1))

    def _preferences(self, outlook: _Outlook | None) -> Floats:
        """Return (N,) log odds that are known before looking where a sight is."""
        known = ESTABLISHED * np.clip(self._evidence.odds, -3.0, 6.0)
        found = FOUND if outlook is None else np.maximum(outlook.chance, SEEN_ANYWAY)
        return np.asarray(known + np.log(found), dtype=np.float64)

    def _welcome(self, camera: str, seen: Observation, new: Indices, noise: Floats) -> None:
        """Add people nobody knew."""
        count = len(new)
        if not count:
            return
        column = self._evidence.columns[camera]
        self._walkers = self._walkers.added(seen.xy[new], noise[new], seen.t)
        self._evidence.note(column, self._evidence.add(count, column), seen, new)
        number = np.arange(self._next_id, self._next_id + count)
        self._next_id += count
        self._roll.add(number, seen.t)
        still = np.zeros((count, 2))
        self._tell(Sights(camera, seen.t, number, seen.xy[new], noise[new], still, still, number[:0], still[:0, 0]))

    def _tell(self, sights: Sights) -> None:
        if self._listener is not None:
            self._listener.hear(sights)

    def _merge(self, t: float) -> None:
        """Unite people of different cameras who have stayed close together."""
        near: dict[tuple[int, int], float] = {}
        stays = np.ones(len(self._roll.id), np.bool_)
        for i, j in self._doubles(t):
            key = (int(self._roll.id[i]), int(self._roll.id[j]))
            near[key] = self._near.get(key, t)
            if t - near[key] >= MERGE_AFTER_S and stays[i] and stays[j]:
                self._join(i, j, t)
                stays[j] = False
        self._near = near
        self._keep(stays)

    def _doubles(self, t: float) -> list[tuple[int, int]]:
        """Return, in order, rows of the pairs who are close together and shown by different cameras."""
        place = self._walkers.place(t, at_most_s=FORESIGHT_S)
        if len(place) < 2:
            return []
        i, j = cKDTree(place).query_pairs(MERGE_M, output_type="ndarray").T
        if not len(i):
            return []
        shown = self._evidence.shown(self._heard)
        some = np.asarray(shown.any(axis=1), dtype=np.bool_)
        apart = some[i] & some[j] & ~(shown[i] & shown[j]).any(axis=1)
        return sorted(zip(i[apart].tolist(), j[apart].tolist(), strict=True))

    def _join(self, row: int, other: int, t: float) -> None:
        self._evidence.join(row, other)
        self._roll.seen[row] = max(self._roll.seen[row], self._roll.seen[other])
        self._roll.sights[row] += self._roll.sights[other]
        place, cov = self._walkers.position(t, at_most_s=FORESIGHT_S)
        self._walkers.see(np.array([row]), t, place[[other]], cov[[other]])

    def _bury(self, t: float) -> Bools:
        """Forget who is denied or gone for long; return (N,) who of the others is to be shown."""
        self._evidence.silence([camera for camera, at in self._heard.items() if t - at > HOLD_S])
        odds, seen = self._evidence.odds, self._evidence.shown(self._heard).any(axis=1)
        within = np.asarray(seen | (not self.views), dtype=np.bool_)
        place = self._walkers.place(t, at_most_s=FORESIGHT_S)
        for view in self.views.values():
            if within.all():
                break
            within[~within] = view.shows(place[~within]) > 0
        missed_s = t - self._roll.seen
        stays = (odds > DENIED) & within & (seen | (missed_s < KEEP_S)) & self._evidence.known
        shown = (odds > 0) & (seen | (missed_s < self._coast_s))
        self._keep(stays)
        return np.asarray(shown[stays], dtype=np.bool_)

    def _keep(self, stays: Bools) -> None:
        if not stays.all():
            rows = np.flatnonzero(stays)
            self._roll.keep(rows)
            self._walkers = self._walkers.kept(rows)
            self._evidence.keep(rows)

    def _people(self, t: float, shown: Bools) -> People:
        roll, rows = self._roll, np.flatnonzero(shown)
        known = (roll.sights[rows] >= VELOCITY_SIGHTS) & (roll.seen[rows] - roll.born[rows] >= VELOCITY_AFTER_S)
        by = self._evidence.shown(self._heard)[rows]
        return People(
            id=roll.id[rows],
            xy=self._walkers.place(t, at_most_s=FORESIGHT_S)[rows],
            velocity=np.where(known[:, None], self._walkers.mean[rows, 2:], np.nan),
            firm=np.asarray((by & self._evidence.firm[rows]).any(axis=1), dtype=np.bool_),
            cameras=_names(by, list(self._evidence.columns)),
        )


def _names(by: Bools, cameras: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the sorted names of the cameras of each of (N, C) rows; most rows are like others."""
    rows = [row.tobytes() for row in by]
    names = {row: tuple(sorted(compress(cameras, row))) for row in set(rows)}
    return [names[row] for row in rows]


def _gains(ahead: Floats, cov: Floats) -> Floats:
    """Return (K,) log odds by place alone that a sight is a person's rather than nobody's; -inf: it cannot be.

    Args:
        ahead: (K, 2) m from where the person is expected; cov: (K, 2, 2) m² of that.

    """
    far, density = likelihoods(ahead, cov)
    return np.where(far <= GATE, density - np.log(NOBODYS_PER_M2), -np.inf)
