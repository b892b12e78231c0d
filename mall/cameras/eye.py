"""One camera of a worker: its frames are looked at, followed and told."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from mall.cameras.bands import Trust
from mall.cameras.camera_path import CameraPath, Seen, Size
from mall.cameras.crowd_sense import CrowdSense
from mall.cameras.feed import Feed
from mall.cameras.pace import Pace
from mall.cameras.setup_still import Witness
from mall.models import PointFrame
from mall.site_file import Camera
from vision.detections import Detections
from vision.detector import Detector, Image
from vision.motion_gate import MotionGate
from vision.source import Frame

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Noted:
    """What is remembered of the frames looked at.

    Attributes:
        processed: frames; left_out: those of them that the motion gate kept from the detector.
        people: in the last one; latency_s: its capture to now known; captured_at: when, monotonic s.
        inference_s: of the last answer of the detector; None before the first.
        size: (width, height) px of the last picture; footprint, position: of the ground seen and the camera then, m.
        picture: some of its pixels, and since when they have been the same to the last bit.

    """

    size: Size | None
    processed: int = 0
    left_out: int = 0
    people: int | None = None
    latency_s: float | None = None
    captured_at: float | None = None
    inference_s: float | None = None
    footprint: list[list[float]] | None = None
    position: list[float] | None = None
    picture: tuple[bytes, float] = (b"", 0.0)

    def watch_for_freezing(self, image: Image, now: float) -> None:
        """Remember since when the picture has been the same to the last bit, on a grid of points."""
        shown = image[::16, ::16].tobytes()
        if shown != self.picture[0]:
            self.picture = (shown, now)


class Eye:
    """A camera under analysis: what its feed brings is looked at, followed and told.

    Attributes:
        seq: of the last frame published; feed: what comes of its source; pending: a frame being looked at.
        trouble: why it failed, "" where it did not.

    """

    def __init__(self, camera: Camera, path: CameraPath, *, epoch: str, notify: Callable[[], None]) -> None:
        self.camera = camera
        self.path = path
        self.epoch = epoch
        self.pace = Pace(camera.rate)
        self.feed = Feed(camera, self.pace, arrived=self._arrived, fail=self.fail)
        self.detector: Detector | None = None
        self.trust = Trust("unproven")
        self.crowd = CrowdSense()
        self.witness: Witness | None = None
        self.pending: tuple[Frame, Size, Future[Detections]] | None = None
        self.noted = Noted(camera.size)
        self.seq = 0
        self.trouble = ""
        self._gate = MotionGate(1.0 / camera.idle_rate) if 0 < camera.idle_rate < camera.rate else None
        self._is_left_out = False
        self._asked_at = 0.0
        self._notify = notify

    def _arrived(self) -> None:
        """Wake the analysing thread for a new frame, unless it will look for one anyway when the last is finished."""
        if self.pending is None:
            self._notify()

    def fail(self, trouble: str) -> None:
        """Mark as failed, logging each new reason once."""
        if trouble != self.trouble:
            log.error("camera %s: %s", self.camera.id, trouble)
        self.trouble = trouble

    def look(self) -> None:
        """Start on the newest frame if none is being looked at and one is due."""
        if self.pending is not None:
            return
        frame = self.feed.mailbox.take(self.pace.next_due)
        if frame is None:
            return
        self.pace.take(frame.captured_at)
        self._asked_at = time.monotonic()
        self.pending = (frame, *self._submit(frame))

    @property
    def has_looked(self) -> bool:
        """Tell whether the detector has ever answered."""
        return self.noted.inference_s is not None

    @property
    def waiting_s(self) -> float:
        """Return for how long the detector has been asked about a picture without an answer; 0 where it was not."""
        return time.monotonic() - self._asked_at if self.is_busy else 0.0

    @property
    def is_waiting(self) -> bool:
        """Tell whether a frame is due and none is being looked at."""
        return self.pending is None and self.feed.mailbox.holds(self.pace.next_due)

    @property
    def is_busy(self) -> bool:
        """Tell whether a picture is under detection."""
        return self.pending is not None and not self.pending[2].done()

    @property
    def is_ready(self) -> bool:
        """Tell whether what was looked at is only waiting for ``finish``."""
        return self.pending is not None and self.pending[2].done()

    @property
    def is_free(self) -> bool:
        """Tell whether looking costs nothing: the boxes are recorded."""
        return self.camera.is_boxes

    @property
    def is_idle(self) -> bool:
        """Tell whether nobody is there and nothing moves."""
        return self._gate is not None and self._gate.idle

    @property
    def size(self) -> Size | None:
        """Return (width, height) px of its pictures as far as it is known."""
        return self.noted.size or self.feed.extent

    def _submit(self, frame: Frame) -> tuple[Size, Future[Detections]]:
        future: Future[Detections] = Future()
        if isinstance(frame.image, Detections):
            future.set_result(frame.image)
            return self.size or (1, 1), future
        self.noted.watch_for_freezing(frame.image, frame.captured_at)
        self._is_left_out = not self._is_wanted(frame.image, frame)
        if self._is_left_out:
            self.noted.left_out += 1
            future.set_result(Detections.empty())
        elif self.detector is None:
            future.set_exception(RuntimeError("no detector"))
        else:
            submitted_at = time.monotonic()
            future = self.detector.submit(frame.image)
            future.add_done_callback(lambda _done: self._looked(submitted_at))
        return (frame.image.shape[1], frame.image.shape[0]), future

    def _is_wanted(self, image: Image, frame: Frame) -> bool:
        """Tell whether a picture has to be analysed: always, but where nobody is there and nothing has changed."""
        if self._gate is None:
            return True
        if frame.cut:
            self._gate.reset()
        return self._gate.wants(image, frame.captured_at)

    def _looked(self, submitted_at: float) -> None:
        self.noted.inference_s = time.monotonic() - submitted_at
        self._notify()

    def finish(self, clock_offset_s: float) -> PointFrame | None:
        """Return the frame to publish if one is done.

        Args:
            clock_offset_s: UTC of the store minus this machine's monotonic clock.

        """
        if self.pending is None or not self.pending[2].done():
            return None
        (frame, size, future), self.pending = self.pending, None
        try:
            if frame.cut:
                self.path.reset()
            found = future.result()
            seen = self.path.follow(found, frame.captured_at, size)
            if self._gate is not None and not self._is_left_out:
                self._gate.found(size, found.xyxy, anybody=self.path.is_anybody_there(found))
            if self.witness is not None:
                self.witness.note(frame, found, seen)
            if self.trust.fit != "exact":  # known positions hide nobody, however dense the crowd
                placed = self.noted.position is not None
                self.crowd.update(seen.tracks, seen.ground.firm[seen.placed], frame.captured_at, has_heights=placed)
        except Exception as exc:  # one camera's trouble, whatever it is, stays its own
            self.fail(f"analysis: {exc}")
            self.path.reset()
            if self._gate is not None:
                self._gate.reset()
            return None
        self.trouble = ""
        self._note(seen, size, frame.captured_at)
        return self._point_frame(frame, seen, clock_offset_s)

    def _note(self, seen: Seen, size: Size, captured_at: float) -> None:
        noted = self.noted
        if size != noted.size or noted.processed == 0:
            noted.size, noted.footprint, noted.position = size, self.path.footprint(), self.path.position()
        noted.processed += 1
        noted.people = self.trust.estimate(seen.people)
        noted.latency_s = time.monotonic() - captured_at
        noted.captured_at = captured_at

    def _point_frame(self, frame: Frame, seen: Seen, clock_offset_s: float) -> PointFrame:
        self.seq += 1
        placed = seen.placed
        return PointFrame(
            camera=self.camera.id,
            level=self.camera.level,
            epoch=self.epoch,
            seq=self.seq,
            observed_at=frame.captured_at + clock_offset_s + self.camera.clock_offset_s,
            lag_s=max(0.0, self.noted.latency_s or 0.0),
            period_s=self.feed.period_s,
            cut=frame.cut,
            people_raw=seen.people,
            people=self.trust.estimate(seen.people),
            band=self.trust.band(seen.people),
            saturated=self.crowd.is_suspect or self.trust.saturated(seen.people),
            suspect=self.crowd.is_suspect,
            track=seen.tracks.id[placed],
            xy=seen.ground.xy[placed],
            cov=seen.ground.cov[placed],
            firm=seen.ground.firm[placed],
        )
