"""Follow people from picture to picture with roboflow's ByteTrack (doi:10.1007/978-3-031-20047-2_1)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections, Tracks

START_CONFIDENCE = 0.5  # someone new is believed where the detector is surer than not
LOWEST_CONFIDENCE = 0.1  # weaker boxes are not worth having: they prolong nobody's track
LOST_AFTER_S = 2.0  # a track not seen for longer ends
BRIDGE_S = 0.45  # a confirmed person not seen for no longer than this is taken as still there
BEHIND_S = 1.0  # and for as long as this where somebody else is seen in front
FOOT_TOLERANCE = 0.05  # of a height: feet this little higher are no farther away
COVERED = 0.5  # of a box: more of it behind others, and the person is hidden by them
LEAST_OVERLAP = 0.2
INSIDE = 0.75  # of somebody's width: with less of it in the picture they are on their way out of it
_EDGE_PX = 2.0


@dataclass(slots=True, eq=False)
class _Boxes:
    """What the engine reads of a picture's boxes; its own type checks every time what ``Detections`` checked once."""

    xyxy: NDArray[np.float64]
    confidence: NDArray[np.float32]
    hidden: NDArray[np.bool_]
    tracker_id: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.confidence)

    def __getitem__(self, rows: NDArray[np.intp] | slice) -> "_Boxes":
        return _Boxes(self.xyxy[rows], self.confidence[rows], self.hidden[rows])


class Tracker:
    """Gives every person a number that lasts as long as the person is followed.

    The first picture after a start or ``reset`` confirms the people it shows at once, later ones need two pictures.

    Args:
        rate: pictures a second, roughly; intervals are taken from the times given.
        first_id: the number before the first track's; a random one tells nobody how many there were.
        start: confidence from which a box may begin a track; weaker ones only prolong it.

    """

    def __init__(self, rate: float, *, first_id: int = 0, start: float = START_CONFIDENCE) -> None:
        from trackers import ByteTrackTracker

        from vision.tracker_motion import BodyMotion

        self._rate = rate
        self._engine = ByteTrackTracker(
            lost_track_buffer=round(LOST_AFTER_S * 30),  # counted in thirtieths of a second, whatever the rate
            frame_rate=rate,
            track_activation_threshold=start,
            high_conf_det_threshold=start,
            minimum_iou_threshold=LEAST_OVERLAP,
            state_estimator_class=BodyMotion,
        )
        self._base = first_id
        self._highest = first_id
        self._last_t: float | None = None

    def reset(self) -> None:
        """End every track; numbers go on and are never given twice."""
        self._engine.reset()
        self._base = self._highest
        self._last_t = None

    @property
    def is_following(self) -> bool:
        """Tell whether there is any track, even one that is lost or not yet believed."""
        return bool(self._engine.tracks)

    def update(
        self,
        detections: Detections,
        t: float,
        *,
        size: tuple[int, int] | None = None,
        hidden: NDArray[np.bool_] | None = None,
    ) -> Tracks:
        """Follow on into the next picture.

        Args:
            detections: everybody found in it, down to low confidences.
            t: its time in seconds, rising; a time that does not rise is taken as one picture later.
            size: (width, height) px, if known: whoever was leaving over the edge is not bridged.
            hidden: (N,) True where a box was carried on to feet that are not seen.

        Returns:
            The confirmed people, those seen first; someone missed for an instant stands at the predicted place.

        """
        first = self._last_t is None
        if self._last_t is not None and t <= self._last_t:
            t = self._last_t + 1.0 / self._rate
        hidden = np.zeros(len(detections), np.bool_) if hidden is None else hidden
        if first:
            self._follow(detections, hidden, t - 1.0 / self._rate)
        seen = self._follow(detections, hidden, t)
        self._last_t = t
        return self._people(seen, size)

    def _follow(self, detections: Detections, hidden: NDArray[np.bool_], t: float) -> dict[int, tuple[float, bool]]:
        """Return track number -> confidence and hidden feet of those matched to a box."""
        boxes = _Boxes(detections.xyxy.astype(np.float64), detections.confidence, hidden)
        found: Any = self._engine.update(boxes, timestamp=t)  # type: ignore[arg-type]  # it looks at no more than this
        if not isinstance(found, _Boxes):
            return {}  # the engine's own type, which it gives where there is nobody
        rows = zip(found.tracker_id.tolist(), found.confidence.tolist(), found.hidden.tolist(), strict=True)
        return {number: (confidence, feet) for number, confidence, feet in rows if number >= 0}

    def _people(self, seen: dict[int, tuple[float, bool]], size: tuple[int, int] | None) -> Tracks:
        known = [track for track in self._engine.tracks if track.tracker_id >= 0]
        raw = np.array([track.get_state_bbox() for track in known], dtype=np.float64).reshape(-1, 4)
        numbers = np.array([track.tracker_id for track in known], dtype=np.int64)
        missed_s = np.array([track.time_since_update_seconds for track in known], dtype=np.float64)
        inside = np.isfinite(raw).all(axis=1) & _are_inside(raw, size)
        raw, numbers, missed_s = raw[inside], numbers[inside], missed_s[inside]
        boxes = _upright(raw, size)
        here = np.array([number in seen for number in numbers.tolist()], dtype=np.bool_)
        front = boxes[here]
        for index in np.flatnonzero(~here).tolist():
            here[index] = _is_bridged(missed_s[index], raw[index], front, size)
        return self._numbered(boxes[here], numbers[here], seen)

    def _numbered(
        self, boxes: NDArray[np.float64], numbers: NDArray[np.int64], seen: dict[int, tuple[float, bool]]
    ) -> Tracks:
        if not len(numbers):
            return Tracks.empty()
        ids = numbers + 1 + self._base
        self._highest = max(self._highest, int(ids.max()))
        looks = [seen.get(number, (0.0, True)) for number in numbers.tolist()]
        confidence = np.array([sure for sure, _ in looks], dtype=np.float32)
        hidden = np.array([feet for _, feet in looks], dtype=np.bool_)
        order = np.lexsort((ids, confidence == 0))
        confirmed = np.ones(len(ids), np.bool_)
        return Tracks(boxes.astype(np.float32)[order], confidence[order], ids[order], confirmed, hidden[order])


def _are_inside(boxes: NDArray[np.float64], size: tuple[int, int] | None) -> NDArray[np.bool_]:
    """Return (N,) whether enough of each box's width is in the picture."""
    if size is None:
        return np.ones(len(boxes), np.bool_)
    shown = np.minimum(boxes[:, 2], size[0]) - np.maximum(boxes[:, 0], 0)
    return np.asarray(shown >= INSIDE * (boxes[:, 2] - boxes[:, 0]), np.bool_)


def _is_bridged(
    missed_s: float, box: NDArray[np.float64], front: NDArray[np.float64], size: tuple[int, int] | None
) -> bool:
    """Tell whether someone missed is still there, given the boxes (N, 4) of all who are seen."""
    if missed_s > BEHIND_S or _at_edge(box, size):
        return False
    return missed_s <= BRIDGE_S or _is_behind(box, front)


def _is_behind(box: NDArray[np.float64], front: NDArray[np.float64]) -> bool:
    """Tell whether one of the boxes covers this one and stands no farther away: its foot is no higher."""
    width, height = np.maximum(box[2:] - box[:2], 1e-6)
    nearer = front[front[:, 3] >= box[3] - FOOT_TOLERANCE * height]
    shared = np.minimum(nearer[:, 2:], box[2:]) - np.maximum(nearer[:, :2], box[:2])
    return bool((np.prod(np.clip(shared, 0, None), axis=1) > COVERED * width * height).any())


def _upright(boxes: NDArray[np.float64], size: tuple[int, int] | None) -> NDArray[np.float64]:
    """Return the filter's boxes (N, 4) with their corners in order, inside the picture."""
    first, second = boxes[:, :2], boxes[:, 2:]
    ordered = np.hstack([np.minimum(first, second), np.maximum(first, second)])
    return ordered if size is None else np.clip(ordered, 0, [*size, *size])


def _at_edge(box: NDArray[np.float64], size: tuple[int, int] | None) -> bool:
    if size is None:
        return False
    return bool((box[:2] <= _EDGE_PX).any() or box[2] >= size[0] - _EDGE_PX or box[3] >= size[1] - _EDGE_PX)
