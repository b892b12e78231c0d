"""Learn figures that never move, such as a mannequin or a poster, so that they are no longer counted.

A figure is learnt once it was seen at one place for ``LEARN_S`` seconds, in at least ``PRESENT`` of the pictures, by
tracks that never moved. Whoever walked up to the place and stands there has moved, and so has the track that takes over
from theirs. Time and boxes come in as arguments; nothing but boxes is remembered, and only while the process lives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.detections import Tracks
from vision.nms import iou_matrix

LEARN_S = 4 * 3600.0  # nobody stands like a statue for four hours; our own choice
PRESENT = 0.8  # of the pictures in which a thing that never moves is seen
FORGET_S = 1800.0  # a place where nothing was seen for so long is empty again
GRACE_S = 10.0  # the same where a figure was seen for no longer than that
KEEP_S = 24 * 3600.0  # the same for a learnt one: it comes back with the lights
HEIR_S = 60.0  # a track that begins where one that had moved ended so lately is the same person
SAME_PLACE = 0.7  # IoU of boxes of one thing
MOVED = 0.25  # of its own height, by which the centre of a thing that never moves may wander
LONGEST_STEP_S = 60.0  # a longer gap between pictures tells nothing and is not counted


@dataclass(slots=True)
class _Place:
    """A box where something stands; seconds it was watched and seen."""

    box: NDArray[np.float32]
    watched_s: float = 0.0
    seen_s: float = 0.0
    unseen_s: float = 0.0

    @property
    def present(self) -> float:
        return self.seen_s / self.watched_s if self.watched_s > 0 else 0.0


class StaticObjects:
    """Remembers one camera's places; ``update`` is called once a picture."""

    def __init__(self, *, learn_s: float = LEARN_S) -> None:
        self._learn_s = learn_s
        self._places: list[_Place] = []
        self._births: dict[int, NDArray[np.float32]] = {}
        self._moved: set[int] = set()
        self._followed: dict[int, NDArray[np.float32]] = {}
        self._ended: list[tuple[float, NDArray[np.float32]]] = []
        self._last_t: float | None = None

    @property
    def learnt(self) -> NDArray[np.float32]:
        """Return (M, 4) px the boxes of everything learnt."""
        return np.array([p.box for p in self._places if self._is_learnt(p)], dtype=np.float32).reshape(-1, 4)

    def cut(self) -> None:
        """Forget the tracks, which ended; what stands still goes on standing there."""
        for remembered in (self._births, self._moved, self._followed, self._ended):
            remembered.clear()
        self._last_t = None

    def update(self, tracks: Tracks, t: float) -> NDArray[np.bool_]:
        """Take the next picture's people.

        Args:
            tracks: everybody followed.
            t: its time in seconds; a step back or a long gap is not counted.

        Returns:
            (N,) True for those that are learnt things, not people.

        """
        step = 0.0 if self._last_t is None else t - self._last_t
        step = step if 0.0 < step <= LONGEST_STEP_S else 0.0
        self._last_t = t
        self._end_tracks(tracks, t)
        still = self._never_moved(tracks)
        places = np.array([place.box for place in self._places], dtype=np.float32).reshape(-1, 4)
        overlap = iou_matrix(tracks.xyxy, places) * still[:, None]
        self._pass_time(overlap, step)
        known = np.array([self._is_learnt(place) for place in self._places], dtype=np.bool_)
        here = overlap >= SAME_PLACE
        static = np.asarray((here & known).any(axis=1), dtype=np.bool_)
        new = still & ~here.any(axis=1)
        self._places = [place for place in self._places if place.unseen_s <= self._kept_s(place)]
        self._places += [_Place(box.copy()) for box in tracks.xyxy[new]]
        return static

    def _is_learnt(self, place: _Place) -> bool:
        return place.watched_s >= self._learn_s and place.present >= PRESENT

    def _kept_s(self, place: _Place) -> float:
        """Return how long a place is remembered unseen: a learnt one for a day, a passer-by's for some seconds."""
        return KEEP_S if self._is_learnt(place) else min(FORGET_S, max(GRACE_S, place.seen_s))

    def _end_tracks(self, tracks: Tracks, t: float) -> None:
        """Remember for a while where those that had moved were seen last."""
        now = dict(zip(tracks.id.tolist(), tracks.xyxy, strict=True))
        gone = [number for number in self._followed if number not in now and number in self._moved]
        self._ended = [(at, box) for at, box in self._ended if abs(t - at) <= HEIR_S]
        self._ended += [(t, self._followed[number]) for number in gone]
        self._followed = now

    def _never_moved(self, tracks: Tracks) -> NDArray[np.bool_]:
        """Return (N,) whether each track stands where it was first seen; one that moved once has moved for good."""
        numbers = tracks.id.tolist()
        for number, box in zip(numbers, tracks.xyxy, strict=True):
            if number not in self._births and self._is_heir(box):
                self._moved.add(number)
            born = self._births.setdefault(number, box)
            wandered = np.abs((box[:2] + box[2:]) - (born[:2] + born[2:])).max() / 2
            if wandered > MOVED * max(float(born[3] - born[1]), 1.0):
                self._moved.add(number)
        if len(self._births) > 4 * len(numbers) + 64:
            self._births = {number: self._births[number] for number in numbers}
            self._moved &= set(numbers)
        return np.array([number not in self._moved for number in numbers], dtype=np.bool_)

    def _is_heir(self, box: NDArray[np.float32]) -> bool:
        ended = np.array([last for _, last in self._ended], dtype=np.float32).reshape(-1, 4)
        return bool((iou_matrix(box[None], ended) >= SAME_PLACE).any())

    def _pass_time(self, overlap: NDArray[np.float32], step: float) -> None:
        occupied = set(np.flatnonzero((overlap >= SAME_PLACE).any(axis=0)).tolist())
        for index, place in enumerate(self._places):
            here = index in occupied
            place.unseen_s = 0.0 if here else place.unseen_s + step
            if place.unseen_s > FORGET_S:
                continue  # the lights are out, or it was taken away: neither says that it moved
            place.watched_s += step
            place.seen_s += step * here
            if place.watched_s > 2 * self._learn_s:
                place.watched_s, place.seen_s = place.watched_s / 2, place.seen_s / 2  # the past counts less and less
