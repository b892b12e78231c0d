"""One camera's way from a picture to people on the floor; live work and ``count`` go the same way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.body import GroundPoints, loosen
from gis.outline import ring_of
from mall.cameras.eyesight import start_confidence
from mall.cameras.plausible import Judged, Passers
from mall.cameras.whole_bodies import WholeBodies
from mall.ground import ground_of
from mall.site_file import Camera
from vision.detections import Detections, Tracks
from vision.masks import Masks
from vision.static_objects import StaticObjects
from vision.tracker import Tracker

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The confirmed people of one picture.

    Attributes:
        tracks: (N,) of them; ground: where they stand, NaN where that is not known.

    """

    tracks: Tracks
    ground: GroundPoints

    @property
    def people(self) -> int:
        """Return how many were seen, placed or not."""
        return len(self.tracks)

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Return (N,) True for those whose place on the floor is known."""
        known = np.isfinite(self.ground.xy).all(axis=1) & np.isfinite(self.ground.cov).all(axis=1)
        return np.asarray(known, dtype=np.bool_)


class CameraPath:
    """Detections -> tracks -> ground points of one camera.

    Args:
        camera: its masks and calibration.
        rate: pictures a second, roughly.
        first_id: the number before the first track's.

    Raises:
        CalibrationError: if the calibration's pairs are degenerate, or a plane's region is no polygon.

    """

    def __init__(self, camera: Camera, *, rate: float, first_id: int = 0) -> None:
        self.ground = ground_of(camera)
        self._masks = Masks(camera.masks)
        # A loop shows the same minute over and over: whoever stands there all the minute is not a thing.
        self._things = None if camera.loop else StaticObjects()
        self._iou = camera.iou
        self._confidence = camera.confidence
        self._bodies: WholeBodies | None = None
        self._passers: Passers | None = None
        self._tracker = Tracker(rate, first_id=first_id, start=start_confidence(camera))
        self._calibrated_size: Size | None = camera.size
        self._size: Size | None = None

    @property
    def is_placing(self) -> bool:
        """Tell whether pictures of the present size can be placed on the floor."""
        return self.ground is not None and self._size == self._calibrated_size

    @property
    def calibrated_size(self) -> Size | None:
        """Return (width, height) px of the pictures that can be placed: the site's, else those of the first picture."""
        return self._calibrated_size

    def reset(self) -> None:
        """End every track."""
        self._tracker.reset()
        if self._passers is not None:
            self._passers.cut()
        if self._things is not None:
            self._things.cut()

    def follow(self, found: Detections, t: float, size: Size) -> Seen:
        """Take the next picture's people; a change of its size ends every track.

        Args:
            found: everybody in the picture.
            t: seconds, rising.
            size: (width, height) px.

        """
        if self._size not in (None, size):
            self.reset()
        self._take_size(size)
        found = self._unmasked(found)
        people, hidden = self._whole(found, size)
        tracks = self._tracker.update(people, t, size=size, hidden=hidden)
        if self._passers is not None and self.is_placing:
            self._passers.take(tracks, found.xyxy, t)
        if self._things is not None:
            tracks = tracks.select(~self._things.update(tracks, t))
        return self._placed(tracks, size)

    def is_anybody_there(self, found: Detections) -> bool:
        """Tell whether somebody is in the picture last followed into, or may be: found in it, or lost only just now.

        Args:
            found: what the detector told of it.

        """
        sure = self._unmasked(found).confidence >= self._confidence
        return self._tracker.is_following or bool(sure.any())

    def still(self, found: Detections, size: Size) -> Seen:
        """Take a picture that has nothing to do with the one before: everybody in it counts, numbered from 0."""
        self._take_size(size)
        found = self._unmasked(found)
        everybody = np.ones(len(found), np.bool_)
        return self._placed(Tracks(found.xyxy, found.confidence, np.arange(len(found)), everybody), size)

    def judged(self) -> Judged | None:
        """Return what people who walked by say of the calibration; None before anybody did."""
        return None if self._passers is None else self._passers.judged()

    def footprint(self) -> list[list[float]] | None:
        """Return the ring of the ground in view, metres to the centimetre; None where nothing can be placed."""
        if self.ground is None or self._size is None or not self.is_placing:
            return None
        ring = ring_of(self.ground.footprint(*self._size))
        return None if ring is None else [[round(x, 2), round(y, 2)] for x, y in ring]

    def position(self) -> list[float] | None:
        """Return [x, y] of the camera in metres; None where the calibration does not tell it."""
        if self.ground is None or self._size is None or not self.is_placing:
            return None
        body = self.ground.body(self._size)
        return None if body is None else [round(float(v), 2) for v in body.position[:2]]

    def _take_size(self, size: Size) -> None:
        self._size = size
        self._calibrated_size = self._calibrated_size or size

    def _unmasked(self, found: Detections) -> Detections:
        """Drop whoever stands in a mask, such as a shop window with mannequins."""
        return found.select(~self._masks.ignored(found.xyxy)) if self._masks else found

    def _whole(self, found: Detections, size: Size) -> tuple[Detections, NDArray[np.bool_] | None]:
        """Carry the boxes of people who are seen in part on to their feet, where the calibration tells where."""
        if self.ground is None or not self.is_placing:
            return found, None
        if self._bodies is None:  # placing is done at one size only
            self._bodies, self._passers = WholeBodies(self.ground, size), Passers(self.ground, size)
        return self._bodies.people(found, iou=self._iou)

    def _placed(self, tracks: Tracks, size: Size) -> Seen:
        if self.ground is not None and self.is_placing:
            return Seen(tracks, loosen(self.ground.ground_points(tracks.xyxy, size=size), tracks.hidden))
        count = len(tracks)
        nowhere = GroundPoints(np.full((count, 2), np.nan), np.full((count, 3), np.nan), np.zeros(count, np.bool_))
        return Seen(tracks, nowhere)
