"""One set of people from the ground points of several cameras: nobody twice where views overlap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from gis.motion import Floats, Walkers

Indices: TypeAlias = NDArray[np.intp]

MAX_DISTANCE_M = 1.0
COAST_S = 0.6  # how long someone whom no camera shows any more is believed to be there
FORESIGHT_S = 1.0  # how far ahead a walker's pace is trusted
HOLD_S = 3.0  # how long a camera's last word stands when it falls silent
CAMERA_BIAS_M = 0.15  # by which two calibrated cameras disagree about the same foot
GATE = 9.21  # squared Mahalanobis distance that 1 % of true pairs exceed (chi-square, 2 degrees of freedom)
LOYALTY = 2.0  # by which a known pair is preferred, in the same measure
LOYAL_GATE, LOYAL_DISTANCE = 2.0, 1.5  # how much farther a known pair may drift before it is given up
STRIKES = 3  # contradictions in a row that part two cameras' views of one person
MERGE_SHARE, MERGE_AFTER_S = 0.6, 0.8  # of the distance, and for how long, until two people are one
VELOCITY_AFTER_S, VELOCITY_SIGHTS = 0.4, 3
_NEVER = 1e6


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """What one camera saw at one instant.

    Attributes:
        t: s on the clock that all cameras share; track: (N,) the camera's own track numbers, each once.
        xy: (N, 2) m, rows of unknown (NaN) place are passed over; cov: (N, 3) m², xx xy yy; firm: (N,).

    """

    t: float
    track: NDArray[np.int64]
    xy: Floats
    cov: Floats
    firm: NDArray[np.bool_]


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
    firm: NDArray[np.bool_]
    cameras: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(slots=True)
class _Link:
    """A camera's latest word about a person."""

    track: int
    t: float
    xy: Floats
    firm: bool
    strikes: int = 0


@dataclass(slots=True)
class _Person:
    id: int
    born: float
    seen: float
    sights: int = 1
    links: dict[str, _Link] = field(default_factory=dict)


class Fuser:
    """Tracks people over all cameras of a level.

    Each camera's tracks are matched one to one to people (Hungarian assignment) by Mahalanobis distance from where a
    walker at constant velocity is by then, within ``max_distance_m``; so two tracks of one camera are two people.
    """

    def __init__(
        self,
        *,
        max_distance_m: float = MAX_DISTANCE_M,
        coast_s: float = COAST_S,
        hold_s: float = HOLD_S,
        views: Mapping[str, BaseGeometry] | None = None,
    ) -> None:
        """Start with nobody.

        Args:
            max_distance_m: two sights farther apart are two people.
            coast_s: how long someone no camera shows any more stays; 0 to show only who is seen.
            hold_s: how long a silent camera's last word stands.
            views: ground each camera sees; with it, who walks out of all views is gone at once instead of coasting.

        """
        self._max_m, self._coast_s, self._hold_s = max_distance_m, coast_s, hold_s
        self.views = dict(views or {})
        self._walkers = Walkers.none()
        self._persons: list[_Person] = []
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
        self._bury(t)
        return self._people(t)

    def cut(self, cameras: Iterable[str]) -> None:
        """Forget what these cameras said: their time jumped or they went dark."""
        for camera in cameras:
            self._heard.pop(camera, None)
            for person in self._persons:
                person.links.pop(camera, None)
        self._keep([i for i, person in enumerate(self._persons) if person.links])

    def _take(self, camera: str, seen: Observation) -> None:
        known = np.isfinite(seen.xy).all(axis=1) & np.isfinite(seen.cov).all(axis=1)
        xy, firm, tracks = seen.xy[known], seen.firm[known], seen.track[known].tolist()
        noise = seen.cov[known][:, [0, 1, 1, 2]].reshape(-1, 2, 2) + CAMERA_BIAS_M**2 * np.eye(2)
        who, what = self._match(camera, seen.t, tracks, xy, noise)
        links = [_Link(track, seen.t, xy[j], bool(firm[j])) for j, track in enumerate(tracks)]
        agree = np.array(
            [self._agrees(camera, i, links[j], noise[j]) for i, j in zip(who, what, strict=True)], dtype=bool
        )
        who, what = who[agree], what[agree]
        for person in self._persons:
            person.links.pop(camera, None)
        self._walkers.see(who, seen.t, xy[what], noise[what])
        for i, j in zip(who.tolist(), what.tolist(), strict=True):
            person = self._persons[i]
            person.links[camera], person.sights, person.seen = links[j], person.sights + 1, max(person.seen, seen.t)
        new = np.setdiff1d(np.arange(len(tracks)), what)
        self._walkers = self._walkers.added(xy[new], noise[new], seen.t)
        for j in new:
            self._persons.append(_Person(self._next_id, seen.t, seen.t, links={camera: links[j]}))
            self._next_id += 1

    def _match(self, camera: str, t: float, tracks: list[int], xy: Floats, noise: Floats) -> tuple[Indices, Indices]:
        """Return rows of people and of tracks that belong together."""
        place, cov = self._walkers.position(t)
        linked = [p.links[camera].track if camera in p.links else None for p in self._persons]
        column = {track: j for j, track in enumerate(tracks)}
        gap = xy[None, :, :] - place[:, None, :]
        loyal = np.zeros(gap.shape[:2], dtype=np.bool_)
        for row, mine in enumerate(linked):
            if mine in column:
                loyal[row, column[mine]] = True
        i, j = np.nonzero((gap**2).sum(axis=2) <= (self._max_m * np.where(loyal, LOYAL_DISTANCE, 1.0)) ** 2)
        apart, bound = gap[i, j], loyal[i, j]
        far = np.einsum("nk,nkl,nl->n", apart, np.linalg.inv(cov[i] + noise[j]), apart)
        fits = far <= GATE * np.where(bound, LOYAL_GATE, 1.0)
        cost = np.full(loyal.shape, _NEVER)
        cost[i[fits], j[fits]] = (far - LOYALTY * bound)[fits]
        rows, columns = linear_sum_assignment(cost)
        chosen = cost[rows, columns] < _NEVER
        return rows[chosen], columns[chosen]

    def _agrees(self, camera: str, row: int, link: _Link, noise: Floats) -> bool:
        """Tell whether a camera's sight still fits what the other cameras say about this person."""
        person, velocity = self._persons[row], self._walkers.mean[row, 2:]
        limit = self._max_m + 2 * float(np.sqrt(np.trace(noise) / 2))
        for other, theirs in person.links.items():
            late = link.t - theirs.t
            if other != camera and abs(late) <= FORESIGHT_S:
                apart = np.linalg.norm(link.xy - theirs.xy - velocity * late)
                before = person.links.get(camera)
                link.strikes = (before.strikes if before else 0) + 1 if apart > limit else 0
        return link.strikes < STRIKES

    def _merge(self, t: float) -> None:
        """Unite people of different cameras who have stayed close together."""
        place = self._walkers.position(t, at_most_s=FORESIGHT_S)[0]
        pairs = KDTree(place).query_pairs(MERGE_SHARE * self._max_m) if len(place) > 1 else set()
        near: dict[tuple[int, int], float] = {}
        gone: set[int] = set()
        for i, j in sorted(pairs):
            first, second = self._persons[i], self._persons[j]
            if not first.links or not second.links or first.links.keys() & second.links.keys():
                continue
            key = (first.id, second.id)
            near[key] = self._near.get(key, t)
            if t - near[key] >= MERGE_AFTER_S and not {i, j} & gone:
                first.links |= second.links
                first.seen, first.sights = max(first.seen, second.seen), first.sights + second.sights
                self._walkers.see(np.array([i]), t, place[j : j + 1], self._walkers.cov[j : j + 1, :2, :2])
                gone.add(j)
        self._near = near
        if gone:
            self._keep([i for i in range(len(self._persons)) if i not in gone])

    def _bury(self, t: float) -> None:
        for person in self._persons:
            person.links = {c: link for c, link in person.links.items() if t - self._heard.get(c, t) <= self._hold_s}
        lost = np.array([not person.links for person in self._persons], dtype=bool)
        if not lost.any():
            return
        shown = np.ones(len(lost), dtype=bool)
        if self.views:
            place = self._walkers.position(t, at_most_s=FORESIGHT_S)[0]
            shown = np.any([shapely.contains_xy(view, place) for view in self.views.values()], axis=0)
        fresh = np.array([t - person.seen < self._coast_s for person in self._persons])
        self._keep(np.flatnonzero(~lost | (shown & fresh)).tolist())

    def _keep(self, rows: list[int]) -> None:
        self._persons = [self._persons[i] for i in rows]
        self._walkers = self._walkers.kept(np.array(rows, dtype=np.intp))

    def _people(self, t: float) -> People:
        persons = self._persons
        known = np.array(
            [p.sights >= VELOCITY_SIGHTS and p.seen - p.born >= VELOCITY_AFTER_S for p in persons], dtype=bool
        )
        return People(
            id=np.array([person.id for person in persons], dtype=np.int64),
            xy=self._walkers.position(t, at_most_s=FORESIGHT_S)[0],
            velocity=np.where(known[:, None], self._walkers.mean[:, 2:], np.nan),
            firm=np.array([any(link.firm for link in person.links.values()) for person in persons], dtype=np.bool_),
            cameras=[tuple(sorted(person.links)) for person in persons],
        )
