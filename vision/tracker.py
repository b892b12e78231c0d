"""Follow people from picture to picture with roboflow's ByteTrack (doi:10.1007/978-3-031-20047-2_1)."""

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections, Tracks

START_CONFIDENCE = 0.5  # someone new is believed where the detector is surer than not
LOWEST_CONFIDENCE = 0.1  # weaker boxes are not worth having: they prolong nobody's track
LOST_AFTER_S = 2.0  # a track not seen for longer ends
BRIDGE_S = 0.45  # a confirmed person not seen for no longer than this is taken as still there
LEAST_OVERLAP = 0.2
_EDGE_PX = 2.0


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

        self._rate = rate
        self._engine = ByteTrackTracker(
            lost_track_buffer=round(LOST_AFTER_S * 30),  # counted in thirtieths of a second, whatever the rate
            frame_rate=rate,
            track_activation_threshold=start,
            high_conf_det_threshold=start,
            minimum_iou_threshold=LEAST_OVERLAP,
        )
        self._base = first_id
        self._highest = first_id
        self._last_t: float | None = None

    def reset(self) -> None:
        """End every track; numbers go on and are never given twice."""
        self._engine.reset()
        self._base = self._highest
        self._last_t = None

    def update(self, detections: Detections, t: float, *, size: tuple[int, int] | None = None) -> Tracks:
        """Follow on into the next picture.

        Args:
            detections: everybody found in it, down to low confidences.
            t: its time in seconds, rising; a time that does not rise is taken as one picture later.
            size: (width, height) px, if known: whoever was leaving over the edge is not bridged.

        Returns:
            The confirmed people, those seen first; someone missed for an instant stands at the predicted place.

        """
        first = self._last_t is None
        if self._last_t is not None and t <= self._last_t:
            t = self._last_t + 1.0 / self._rate
        if first:
            self._follow(detections, t - 1.0 / self._rate)
        seen = self._follow(detections, t)
        self._last_t = t
        return self._people(seen, size)

    def _follow(self, detections: Detections, t: float) -> dict[int, float]:
        """Return track number -> confidence of those matched to a box."""
        import supervision

        boxes = supervision.Detections(xyxy=detections.xyxy.astype(np.float64), confidence=detections.confidence)
        found = self._engine.update(boxes, timestamp=t)
        if found.tracker_id is None or found.confidence is None:
            return {}
        pairs = zip(found.tracker_id.tolist(), found.confidence.tolist(), strict=True)
        return {number: confidence for number, confidence in pairs if number >= 0}

    def _people(self, seen: dict[int, float], size: tuple[int, int] | None) -> Tracks:
        boxes: list[NDArray[np.float64]] = []
        numbers: list[int] = []
        for track in self._engine.tracks:
            number, box = int(track.tracker_id), track.get_state_bbox()
            missed = number not in seen
            bridged = missed and track.time_since_update_seconds <= BRIDGE_S and not _at_edge(box, size)
            if number >= 0 and np.isfinite(box).all() and (not missed or bridged):
                boxes.append(_upright(box, size))
                numbers.append(number)
        if not numbers:
            return Tracks.empty()
        ids = np.array(numbers, dtype=np.int64) + 1 + self._base
        self._highest = max(self._highest, int(ids.max()))
        confidence = np.array([seen.get(number, 0.0) for number in numbers], dtype=np.float32)
        order = np.lexsort((ids, confidence == 0))
        return Tracks(
            np.array(boxes, dtype=np.float32)[order], confidence[order], ids[order], np.ones(len(ids), np.bool_)
        )


def _upright(box: NDArray[np.float64], size: tuple[int, int] | None) -> NDArray[np.float64]:
    """Return the filter's box with its corners in order, inside the picture."""
    box = np.concatenate([np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])])
    return box if size is None else np.clip(box, 0, [*size, *size])


def _at_edge(box: NDArray[np.float64], size: tuple[int, int] | None) -> bool:
    if size is None:
        return False
    return bool((box[:2] <= _EDGE_PX).any() or box[2] >= size[0] - _EDGE_PX or box[3] >= size[1] - _EDGE_PX)
