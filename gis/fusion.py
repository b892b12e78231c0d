"""One set of people from the ground points of several cameras: nobody twice where views overlap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from gis.agreement import GATE, NOBODYS_PER_M2, best_pairs, likelihoods
from gis.evidence import Bools, Evidence
from gis.motion import Floats, Walkers
from gis.seeing import FOUND, RARELY, SURELY, View

Indices: TypeAlias = NDArray[np.intp]

MAX_DISTANCE_M = 2.5  # no sight is somebody's who is farther away, however unsure both places are
COAST_S = 0.6  # how long someone whom no camera shows any more is believed to be there
KEEP_S = 2.0  # and for how long, unseen, they would be known again
FORESIGHT_S = 1.0  # how far ahead a walker's pace is trusted
HOLD_S = 3.0  # how long a camera's last word stands when it falls silent
CAMERA_BIAS_M = 0.15  # by which two calibrated cameras disagree about the same foot
LOYALTY = 2.0  # log odds by which a camera's own track number is preferred
ESTABLISHED = 0.5  # of someone's log odds of being there, by which they are preferred to a newcomer
DENIED = -2.5  # log odds below which somebody was never there
CERTAIN = 3.0  # log odds, without a camera's own word, from which its misses teach how well it sees
MERGE_M, MERGE_AFTER_S = 0.6, 0.8  # how near, and for how long, two of different cameras stay until they are one
VELOCITY_AFTER_S, VELOCITY_SIGHTS = 0.4, 3


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """What one camera saw at one instant.

    Attributes:
        t: s on the clock that all cameras share; track: (N,) the camera's own track numbers, each once, -1: none.
        xy: (N, 2) m, rows of unknown (NaN) place are passed over; cov: (N, 3) m², xx xy yy; firm: (N,).
        sure: (N,) False where somebody already known may be seen, but nobody new; None: all are sure.

    """

    t: float
    track: NDArray[np.int64]
    xy: Floats
    cov: Floats
    firm: Bools
    sure: Bools | None = None


@dataclass(frozen=True, eq=False, slots=True)
class People:
    """The people there are.

    Attributes:
        id: (N,) rising; a number dies with its person and is never given again by the same fuser.
        xy: (N, 2) m; velocity: (N, 2) m/s, NaN until known; firm: (N,) a camera sees the foot.
        cameras: which cameras show each person now; empty for someone believed there for another moment.

    """

    id: NDArray[np.int64]
    xy: Floats
    velocity: Floats
    firm: Bools
    cameras: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False, slots=True)
class Sights:
    """The sights of one picture with whose they were taken to be.

    Attributes:
        id: (N,) of people; xy: (N, 2) m; noise: (N, 2, 2) m²; ahead: (N, 2) m from where each was expected;
        velocity: (N, 2) m/s as believed before.

    """

    camera: str
    t: float
    id: NDArray[np.int64]
    xy: Floats
    noise: Floats
    ahead: Floats
    velocity: Floats


class Listener(Protocol):
    """Somebody who wants to know whose every sight was."""

    def hear(self, sights: Sights) -> None:
        """Take the sights of one picture."""


class Fuser:
    """Tracks people over all cameras of a level.

    Each picture's sights are matched one to one to people by likelihood, from where a walker at constant velocity is by
    then; so two sights of one camera are two people. Whoever the cameras that should see them deny is not there.
    """

    def __init__(
        self,
        *,
        coast_s: float = COAST_S,
        hold_s: float = HOLD_S,
        views: Mapping[str, View] | None = None,
        listener: Listener | None = None,
    ) -> None:
        """Start with nobody.

        Args:
            coast_s: how long someone no camera shows any more stays; 0 to show only who is seen.
            hold_s: how long a silent camera's last word stands.
            views: what each camera sees; with it a camera's silence counts, and who walks out of all is gone at once.
            listener: is told whose every sight was.

        """
        self._coast_s, self._hold_s, self._listener = coast_s, hold_s, listener
        self.views = dict(views or {})
        self._walkers = Walkers.none()
        self._evidence = Evidence()
        self._id = np.empty(0, np.int64)
        self._born, self._seen = np.empty(0), np.empty(0)
        self._sights = np.empty(0, np.int64)
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
                self._take(camera, seen)
        self._merge(t)
        shown = self._bury(t)
        return self._people(t, shown)

    def cut(self, cameras: Iterable[str]) -> None:
        """Forget what these cameras said: their time jumped or they went dark."""
        gone = list(cameras)
        for camera in gone:
            self._heard.pop(camera, None)
        self._evidence.silence(gone)
        self._keep(np.isfinite(self._evidence.seen_at).any(axis=1))

    def _take(self, camera: str, seen: Observation) -> None:
        known = np.isfinite(seen.xy).all(axis=1) & np.isfinite(seen.cov).all(axis=1)
        xy, firm, track = seen.xy[known], seen.firm[known], seen.track[known]
        noise = seen.cov[known][:, [0, 1, 1, 2]].reshape(-1, 2, 2) + CAMERA_BIAS_M**2 * np.eye(2)
        column = self._evidence.column(camera)
        since = self._evidence.fade(column, seen.t)
        place, cov = self._walkers.position(seen.t)
        chance = self._chance(camera, place)
        score, gain = self._scores(column, track, xy[None] - place[:, None], cov[:, None] + noise[None])
        score += np.log(np.clip(FOUND if chance is None else chance, 0.3, SURELY))[:, None] if chance is not None else 0.0
        who, what = best_pairs(score)
        if self._listener:
            velocity = self._walkers.mean[who, 2:]
            self._listener.hear(
                Sights(camera, seen.t, self._id[who], xy[what], noise[what], xy[what] - place[who], velocity)
            )
        self._vote(camera, column, who, gain[who, what], chance, place, since)
        self._evidence.note(column, who, seen.t, track[what], firm[what])
        self._walkers.see(who, seen.t, xy[what], noise[what])
        self._sights[who] += 1
        self._seen[who] = np.maximum(self._seen[who], seen.t)
        fresh = np.setdiff1d(np.flatnonzero(np.ones(len(xy)) if seen.sure is None else seen.sure[known]), what)
        self._welcome(camera, seen.t, xy[fresh], noise[fresh])
        self._evidence.note(column, np.arange(len(who) * 0 + len(self._id) - len(fresh), len(self._id)), seen.t, track[fresh], firm[fresh])

    def _chance(self, camera: str, place: Floats) -> Floats | None:
        """Return (N,) the chance that a camera finds each person, None where it is not known what it sees."""
        view = self.views.get(camera)
        if view is None:
            return None
        there = place[self._evidence.odds > 0]
        return np.minimum(view.shows(place) * view.unhidden(place, there) * view.rate(place), SURELY)

    def _scores(self, column: int, track: NDArray[np.int64], gap: Floats, cov: Floats) -> tuple[Floats, Floats]:
        """Return (N, M) log odds that a sight is a person's rather than nobody's: with all preferences, and without."""
        n, m = gap.shape[:2]
        score, gain = np.full((n, m), -1.0), np.zeros((n, m))
        i, j = np.nonzero((gap**2).sum(axis=2) <= MAX_DISTANCE_M**2)
        far, density = likelihoods(gap[i, j], cov[i, j])
        near = far <= GATE
        i, j, density = i[near], j[near], density[near]
        gain[i, j] = density - np.log(NOBODYS_PER_M2)
        same = (self._evidence.track[i, column] == track[j]) & (track[j] >= 0)
        known = np.clip(self._evidence.odds[i], -3.0, 6.0)
        score[i, j] = gain[i, j] + ESTABLISHED * known + LOYALTY * same
        return score, gain

    def _vote(self, camera: str, column: int, who: Indices, gain: Floats, chance: Floats | None, place: Floats, since: float) -> None:
        evidence = self._evidence
        if chance is not None:
            view = self.views[camera]
            others = evidence.odds - evidence.votes[:, column]
            found = np.zeros(len(place), np.bool_)
            found[who] = True
            open_ = (others >= CERTAIN) & (view.shows(place) >= 1) & (view.unhidden(place, place[evidence.odds > 0]) >= 1)
            view.learn(place[open_], found[open_])
            missed = np.flatnonzero(~found & (chance > RARELY))
            evidence.count_against(column, missed, chance[missed], since)
        evidence.count_for(column, who, gain)

    def _welcome(self, camera: str, t: float, xy: Floats, noise: Floats) -> None:
        count = len(xy)
        self._walkers = self._walkers.added(xy, noise, t)
        self._evidence.add(count, self._evidence.columns[camera])
        number = np.arange(self._next_id, self._next_id + count)
        self._next_id += count
        self._id = np.concatenate([self._id, number])
        self._born, self._seen = (np.concatenate([each, np.full(count, t)]) for each in (self._born, self._seen))
        self._sights = np.concatenate([self._sights, np.ones(count, np.int64)])
        if self._listener and count:
            self._listener.hear(Sights(camera, t, number, xy, noise, np.zeros((count, 2)), np.zeros((count, 2))))

    def _merge(self, t: float) -> None:
        """Unite people of different cameras who have stayed close together."""
        place = self._walkers.position(t, at_most_s=FORESIGHT_S)[0]
        pairs = KDTree(place).query_pairs(MERGE_M) if len(place) > 1 else set()
        if not pairs:
            self._near = {}
            return
        shown = self._evidence.shown(self._heard)
        near: dict[tuple[int, int], float] = {}
        stays = np.ones(len(place), np.bool_)
        for i, j in sorted(pairs):
            if not shown[i].any() or not shown[j].any() or (shown[i] & shown[j]).any():
                continue
            key = (int(self._id[i]), int(self._id[j]))
            near[key] = self._near.get(key, t)
            if t - near[key] >= MERGE_AFTER_S and stays[i] and stays[j]:
                self._evidence.join(i, j)
                self._seen[i], self._sights[i] = max(self._seen[i], self._seen[j]), self._sights[i] + self._sights[j]
                self._walkers.see(np.array([i]), t, place[j : j + 1], self._walkers.cov[j : j + 1, :2, :2])
                stays[j] = False
        self._near = near
        if not stays.all():
            self._keep(stays)

    def _bury(self, t: float) -> Bools:
        """Forget who is denied or gone for long; return (N,) who of the others is to be shown."""
        silent = [camera for camera, at in self._heard.items() if t - at > self._hold_s]
        self._evidence.silence(silent)
        seen = self._evidence.shown(self._heard).any(axis=1)
        within = np.ones(len(seen), np.bool_)
        if self.views and not seen.all():
            place = self._walkers.position(t, at_most_s=FORESIGHT_S)[0]
            within = np.any([view.shows(place) > 0 for view in self.views.values()], axis=0)
        missed_s = t - self._seen
        odds = self._evidence.odds
        linked = np.isfinite(self._evidence.seen_at).any(axis=1)
        stays = (odds > DENIED) & (seen | (within & (missed_s < KEEP_S))) & linked
        self._keep(stays)
        return ((odds > 0) & (seen | (missed_s < self._coast_s)))[stays]

    def _keep(self, rows: Bools) -> None:
        if rows.all():
            return
        kept = np.flatnonzero(rows)
        self._id, self._born, self._seen, self._sights = (
            each[kept] for each in (self._id, self._born, self._seen, self._sights)
        )
        self._walkers = self._walkers.kept(kept)
        self._evidence.keep(kept)

    def _people(self, t: float, shown: Bools) -> People:
        known = (self._sights >= VELOCITY_SIGHTS) & (self._seen - self._born >= VELOCITY_AFTER_S)
        by = self._evidence.shown(self._heard)[shown]
        names = np.array(list(self._evidence.columns), dtype=object)
        return People(
            id=self._id[shown],
            xy=self._walkers.position(t, at_most_s=FORESIGHT_S)[0][shown],
            velocity=np.where(known[:, None], self._walkers.mean[:, 2:], np.nan)[shown],
            firm=(by & self._evidence.firm[shown]).any(axis=1),
            cameras=[tuple(sorted(names[row])) for row in by],
        )
