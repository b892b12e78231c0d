"""People judge the calibration: how tall those who walk by look, and how fast they go.

A map to the floor of the wrong scale passes every test of its own points: they agree with one another. But nobody is
2.4 m tall. Boxes are taken as they were found, before anything is made whole by the very calibration that is judged.
"""

import math
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.body import BODY_HEIGHT_M, EDGE_PX
from gis.planes import Ground
from gis.stature import implied_heights
from mall.doubts import Doubt
from vision.detections import Tracks
from vision.nms import inside_matrix

# Our own choices. Heights of adults and children mixed, shoes on, boxes a little loose or tight.
HEIGHTS_M = (1.45, 1.95)
SPEEDS_M_S = (0.5, 1.9)  # free walking is 1.34 m/s (Weidmann 1993, doi:10.3929/ethz-a-000687810), strolling half
ENOUGH_PEOPLE, MOST_PEOPLE = 30, 300
FEW_PEOPLE, ENOUGH_SAMPLES = 10, 150  # fewer people speak too where each was looked at for long: a minute of walking
SAMPLE_S, SPAN_S, LONGEST_S = 0.4, 2.0, 4.0  # between two looks; over which, at least and at most, a speed is taken
GONE_S = 3.0
MOVING = 0.2  # of their own height a second: of no scale, so it lets a wrong one through
FEWEST_HEIGHTS, MOST_SAMPLES = 3, 100  # of one person
LEAST_PX = 30.0  # of a box: smaller ones are mostly noise
OVERLAPPED = 0.1  # of a box, from which its feet may be somebody else's
SAME_BOX = 0.5  # overlap of a box found with that of its track
ROBUST = 1.4826  # median absolute deviation to standard deviation of a normal distribution
MEDIAN_ERROR = 1.2533  # standard error of a median over that of a mean, normal distribution

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """What people who walked by say of a camera's calibration.

    Attributes:
        people: how many; samples: how often they were looked at.
        height_m, height_mad_m: median of how tall they look and median deviation from it, None where the camera's pose
        is not known; speed_m_s, speed_mad_m_s: the same of how fast they walk.

    """

    people: int
    samples: int
    height_m: float | None
    height_mad_m: float | None
    speed_m_s: float
    speed_mad_m_s: float

    def doubts(self) -> tuple[Doubt, ...]:
        """Return what cannot be true; nothing before enough people walked by."""
        if self.people < ENOUGH_PEOPLE and (self.people < FEW_PEOPLE or self.samples < ENOUGH_SAMPLES):
            return ()
        fast = _outside(self.speed_m_s, self.speed_mad_m_s, self.people, SPEEDS_M_S)
        tall = 0
        if self.height_m is not None and self.height_mad_m is not None:
            tall = _outside(self.height_m, self.height_mad_m, self.people, HEIGHTS_M)
        if tall and self.height_m is not None:
            factor = round(self.height_m / BODY_HEIGHT_M, 2)
            code = "scale-sure" if fast == tall else "scale"
            figures = {"height_m": self.height_m, "factor": factor}
        elif fast:
            code, figures = "speed", {}
        else:
            return ()
        return (Doubt(code, {"people": self.people, "speed_m_s": self.speed_m_s} | figures),)

    def to_row(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return asdict(self)

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "Judged":
        """Read what ``to_row`` made; ValueError, KeyError or TypeError where it is something else."""
        names = ("height_m", "height_mad_m", "speed_m_s", "speed_mad_m_s")
        figures = {name: None if row[name] is None else float(row[name]) for name in names}
        if any(value is not None and not math.isfinite(value) for value in figures.values()):
            raise ValueError("expected finite numbers")
        return cls(people=int(row["people"]), samples=int(row["samples"]), **figures)  # type: ignore[arg-type]


def _outside(median: float, deviation: float, n: int, limits: tuple[float, float]) -> int:
    """Return -1 or 1 where a median lies below or above its limits by more than its own standard error, else 0."""
    error = MEDIAN_ERROR * ROBUST * deviation / math.sqrt(n)
    return int(median - error > limits[1]) - int(median + error < limits[0])


@dataclass(slots=True)
class _Walk:
    """One track so far: when and where its speed began to be taken, when it was seen last, and what it showed."""

    since: float
    at: Floats
    seen: float
    heights: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)

    def take(self, at: Floats, height: float, t: float) -> None:
        """Take where somebody stands (2,) m and how tall they look."""
        self.seen = t
        if math.isfinite(height) and len(self.heights) < MOST_SAMPLES:
            self.heights.append(height)
        elapsed = t - self.since
        if elapsed < SPAN_S:
            return
        speed = float(np.hypot(*(at - self.at))) / elapsed
        slowest = MOVING * (float(np.median(self.heights)) if self.heights else BODY_HEIGHT_M)
        if elapsed <= LONGEST_S and speed >= slowest and len(self.speeds) < MOST_SAMPLES:
            self.speeds.append(speed)
        self.since, self.at = t, at

    def told(self) -> tuple[float, float, int] | None:
        """Return height, speed and samples; None of who did not walk: a sitting or standing body says little."""
        if not self.speeds:
            return None
        height = float(np.median(self.heights)) if len(self.heights) >= FEWEST_HEIGHTS else math.nan
        return height, float(np.median(self.speeds)), max(len(self.heights), len(self.speeds))


class Passers:
    """Collects how tall and how fast the people of one calibrated camera look.

    Args:
        ground: the camera's map to the floor.
        size: (width, height) px of its pictures.

    """

    def __init__(self, ground: Ground, size: tuple[int, int]) -> None:
        self._ground, self._size = ground, size
        self._walks: dict[int, _Walk] = {}
        self._people: deque[tuple[float, float, int]] = deque(maxlen=MOST_PEOPLE)
        self._due = -math.inf

    def cut(self) -> None:
        """End every track: what comes next has no past."""
        self._end(list(self._walks))
        self._due = -math.inf

    def take(self, tracks: Tracks, boxes: NDArray[np.float32], t: float) -> None:
        """Look at the people of a picture, now and then.

        Args:
            tracks: those followed; boxes: (N, 4) px as the detector found them; t: seconds, rising.

        """
        if t < self._due:
            return
        self._due = t + SAMPLE_S
        numbers, whole = _of_whole_people(tracks, boxes, self._size)
        if len(numbers):
            xy, tall = implied_heights(self._ground, whole, size=self._size)
            for number, at, height in zip(numbers.tolist(), xy, tall.tolist(), strict=True):
                if np.isfinite(at).all():
                    self._walks.setdefault(number, _Walk(t, at, t)).take(at, height, t)
        self._end([number for number, walk in self._walks.items() if t - walk.seen > GONE_S])

    def _end(self, numbers: list[int]) -> None:
        ended = (self._walks.pop(number).told() for number in numbers)
        self._people.extend(walk for walk in ended if walk is not None)

    def judged(self) -> Judged | None:
        """Return what was seen so far, of those still in view too; None before anybody walked by."""
        in_view = (walk.told() for walk in self._walks.values())
        people = [*self._people, *(walk for walk in in_view if walk is not None)]
        if not people:
            return None
        heights, speeds, samples = np.array(people, dtype=np.float64).T
        known = heights[np.isfinite(heights)]
        height, height_mad = _median(known) if len(known) >= len(speeds) / 2 else (None, None)
        speed, speed_mad = _median(speeds)
        return Judged(len(people), int(samples.sum()), height, height_mad, speed, speed_mad)


def _median(values: Floats) -> tuple[float, float]:
    """Return the median and the median absolute deviation from it, to the centimetre."""
    middle = float(np.median(values))
    return round(middle, 2), round(float(np.median(np.abs(values - middle))), 2)


def _of_whole_people(
    tracks: Tracks, boxes: NDArray[np.float32], size: tuple[int, int]
) -> tuple[NDArray[np.int64], Floats]:
    """Return the numbers (M,) of tracks whose own box was found in the open, inside the picture, and those (M, 4)."""
    seen = np.flatnonzero(tracks.confidence > 0)
    if not len(seen) or not len(boxes):
        return np.empty(0, np.int64), np.empty((0, 4))
    overlap = _upper_overlap(tracks.xyxy[seen], boxes)
    best = overlap.argmax(axis=1)
    shared = inside_matrix(boxes, boxes)
    np.fill_diagonal(shared, 0.0)
    inside = (boxes[:, :2] > EDGE_PX).all(axis=1) & (boxes[:, 2:] < np.array(size) - EDGE_PX).all(axis=1)
    open_ = inside & (shared.max(axis=1) < OVERLAPPED) & (boxes[:, 3] - boxes[:, 1] >= LEAST_PX)
    mutual = overlap.argmax(axis=0)[best] == np.arange(len(seen))
    good = mutual & open_[best] & (overlap.max(axis=1) >= SAME_BOX)
    return tracks.id[seen[good]], boxes[best[good]].astype(np.float64)


def _upper_overlap(whole: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (N, M) intersection over union of tracks (N, 4) and boxes (M, 4), each track down to the box's bottom.

    A wrong scale makes everybody look half hidden, and their tracks are carried on far below their feet.
    """
    corner = np.maximum(whole[:, None, :2], boxes[None, :, :2])
    opposite = np.minimum(whole[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.clip(opposite - corner, 0, None), axis=2)
    upper = (whole[:, 2] - whole[:, 0])[:, None] * np.clip(opposite[..., 1] - whole[:, None, 1], 0, None)
    union = upper + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)  # type: ignore[no-any-return]
