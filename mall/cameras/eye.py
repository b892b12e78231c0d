"""One camera of a worker: a thread that reads it, and what is known and published about it."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread

from mall.cameras.bands import Trust
from mall.cameras.camera_path import CameraPath, Seen, Size
from mall.cameras.crowd_sense import CrowdSense
from mall.cameras.pace import Pace
from mall.cameras.setup_still import Witness
from mall.models import CameraStatus, PointFrame
from mall.site_file import Camera
from vision.boxes import BoxRecording
from vision.detections import Detections
from vision.detector import Detector, Image
from vision.motion_gate import MotionGate
from vision.source import Frame, Mailbox, live_frames, open_recording, replay

log = logging.getLogger(__name__)

RETRY_FIRST_S, RETRY_LAST_S = 1.0, 10.0
FROZEN_AFTER_S = 10.0
SILENT_AFTER_S = 3.0
_BOXES = "recorded boxes"


class Eye:
    """A camera under analysis.

    Attributes:
        seq: of the last frame published; mailbox: the newest frame not yet looked at; pending: one being looked at.
        ended: the recording has no more frames; trouble: why it failed, "" where it did not.

    """

    def __init__(self, camera: Camera, path: CameraPath, *, epoch: str, notify: Callable[[], None]) -> None:
        self.camera = camera
        self.path = path
        self.epoch = epoch
        self.mailbox = Mailbox(self._arrived)
        self.detector: Detector | None = None
        self.trust = Trust("unproven")
        self.crowd = CrowdSense()
        self.pace = Pace(camera.rate)
        self._gate = MotionGate(1.0 / camera.idle_rate) if 0 < camera.idle_rate < camera.rate else None
        self._is_left_out = False
        self._left_out = 0
        self.witness: Witness | None = None
        self.pending: tuple[Frame, Size, Future[Detections]] | None = None
        self.seq = 0
        self.period_s = 1.0 / camera.rate
        self.ended = False
        self.trouble = ""
        self._notify = notify
        self._asked_at = 0.0
        self._flowing: bool | None = None
        self._processed = 0
        self._people: int | None = None
        self._latency_s: float | None = None
        self._captured_at: float | None = None
        self._inference_s: float | None = None
        self._size: Size | None = camera.size
        self._footprint: list[list[float]] | None = None
        self._position: list[float] | None = None
        self._picture: tuple[bytes, float] = (b"", 0.0)

    # -- the reader's thread ---------------------------------------------------------------------------------------

    def start(self, source: str | Path, stop: Event) -> None:
        """Read the source in a thread of its own until told to stop; whatever goes wrong is tried again."""
        Thread(target=self._read, args=(source, stop), name=f"read-{self.camera.id}", daemon=True).start()

    def _read(self, source: str | Path, stop: Event) -> None:
        pause_s = RETRY_FIRST_S
        while not stop.is_set() and not self.ended:
            try:
                for frame in self._frames(source, stop):
                    pause_s = RETRY_FIRST_S
                    self._flowing = True
                    self.pace.offer(frame.captured_at)
                    self.mailbox.put(frame)
                self.ended = not stop.is_set()
            except Exception as exc:  # one camera's trouble, whatever it is, stays its own
                self.fail(f"source: {exc}")
                stop.wait(pause_s)
                pause_s = min(2 * pause_s, RETRY_LAST_S)
        self._flowing = False
        self._notify()

    def _frames(self, source: str | Path, stop: Event) -> Iterator[Frame]:
        if isinstance(source, str):
            yield from live_frames(source, stop, self._report, wanted=self._wants)
            return
        recording = open_recording(source, fps=self.camera.fps, camera=self.camera.id)
        if isinstance(recording, BoxRecording):
            self._size = self._size or recording.extent
        self.period_s = max(self.period_s, recording.duration_s / recording.count)
        self.pace.expect(1.0 / self.period_s)
        try:
            yield from replay(recording, loop=self.camera.loop, stop=stop, wanted=self._wants)
        finally:
            recording.close()

    def _arrived(self) -> None:
        """Wake the analysing thread for a new frame, unless it will look for one anyway when the last is finished."""
        if self.pending is None:
            self._notify()

    def _wants(self, captured_at: float) -> bool:
        """Tell whether a frame may be looked at; one before its turn never will, so its picture is not even made."""
        if captured_at >= self.pace.next_due:
            return True
        self.mailbox.pass_over()
        return False

    def _report(self, news: str) -> None:
        """Say once when a stream is lost and once when it is back."""
        flows = news == "back"
        if flows != self._flowing:
            log.warning("camera %s: stream %s", self.camera.id, news)
        self._flowing = flows

    # -- the analysing thread --------------------------------------------------------------------------------------

    def fail(self, trouble: str) -> None:
        """Mark as failed, logging each new reason once."""
        if trouble != self.trouble:
            log.error("camera %s: %s", self.camera.id, trouble)
        self.trouble = trouble

    def look(self) -> None:
        """Start on the newest frame if none is being looked at and one is due."""
        if self.pending is not None:
            return
        frame = self.mailbox.take(self.pace.next_due)
        if frame is None:
            return
        self.pace.take(frame.captured_at)
        self._asked_at = time.monotonic()
        self.pending = (frame, *self._submit(frame))

    @property
    def has_looked(self) -> bool:
        """Tell whether the detector has ever answered."""
        return self._inference_s is not None

    @property
    def waiting_s(self) -> float:
        """Return for how long the detector has been asked about a picture without an answer; 0 where it was not."""
        return 0.0 if self.pending is None or self.pending[2].done() else time.monotonic() - self._asked_at

    @property
    def is_waiting(self) -> bool:
        """Tell whether a frame is due and none is being looked at."""
        return self.pending is None and self.mailbox.holds(self.pace.next_due)

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

    def _submit(self, frame: Frame) -> tuple[Size, Future[Detections]]:
        future: Future[Detections] = Future()
        if isinstance(frame.image, Detections):
            future.set_result(frame.image)
            return self._size or (1, 1), future
        self._watch_for_freezing(frame.image, frame.captured_at)
        self._is_left_out = not self._is_wanted(frame.image, frame)
        if self._is_left_out:
            self._left_out += 1
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
        self._inference_s = time.monotonic() - submitted_at
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
                placed = self._position is not None
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
        now = time.monotonic()
        if size != self._size or self._processed == 0:
            self._size, self._footprint, self._position = size, self.path.footprint(), self.path.position()
        self._processed += 1
        self._people = self.trust.estimate(seen.people)
        self._latency_s = now - captured_at
        self._captured_at = captured_at

    def _point_frame(self, frame: Frame, seen: Seen, clock_offset_s: float) -> PointFrame:
        self.seq += 1
        placed = seen.placed
        return PointFrame(
            camera=self.camera.id,
            level=self.camera.level,
            epoch=self.epoch,
            seq=self.seq,
            observed_at=frame.captured_at + clock_offset_s + self.camera.clock_offset_s,
            lag_s=max(0.0, self._latency_s or 0.0),
            period_s=self.period_s,
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

    def _watch_for_freezing(self, image: Image, now: float) -> None:
        """Remember since when the picture has been the same to the last bit, on a grid of points."""
        shown = image[::16, ::16].tobytes()
        if shown != self._picture[0]:
            self._picture = (shown, now)

    def status(self) -> CameraStatus:
        """Return what the worker knows of the camera now."""
        now = time.monotonic()
        condition, message = self._condition(now)
        judged = self.path.judged()
        reached, wanted = self._keep_pace(now)
        return CameraStatus(
            id=self.camera.id,
            level=self.camera.level,
            source=self.camera.kind,
            condition=condition,
            epoch=self.epoch,
            seq=self.seq,
            period_s=self.period_s,
            rate_fps=round(reached, 2),
            rate_wanted=round(wanted, 2),
            idle=self._gate is not None and self._gate.idle and condition == "running",
            left_out=self._left_out,
            behind=self.pace.behind and condition == "running",
            latency_s=None if self._latency_s is None else round(self._latency_s, 3),
            inference_s=None if self._inference_s is None else round(self._inference_s, 4),
            read=self.mailbox.read,
            processed=self._processed,
            dropped=self.mailbox.dropped,
            people=self._people if condition == "running" else None,
            detector=self.detector.name if self.detector else _BOXES if self.camera.is_boxes else "none",
            fit=self.trust.fit,
            recall=self.trust.recall,
            precision=self.trust.precision,
            size=self._size,
            footprint=self._footprint,
            message=message,
            position=self._position,
            card=self.trust.heads.card.shown() if self.trust.heads else None,
            zone_lines={zone: [line.a, line.b, line.seen[0]] for zone, line in self.trust.zones.items()},
            zone_cards={zone: line.card.shown() for zone, line in self.trust.zones.items()},
            crowded=self.crowd.is_suspect,
            picture_age_s=None if self._captured_at is None else round(max(0.0, now - self._captured_at), 3),
            doubts=() if judged is None else judged.doubts(),
        )

    def _keep_pace(self, now: float) -> tuple[float, float]:
        """Return the frames a second reached and wanted; say once that the machine is behind, or no longer."""
        before = self.pace.behind
        reached, wanted = self.pace.rates(now)
        if self.pace.behind != before:
            news = "the machine is behind" if self.pace.behind else "the machine has caught up"
            log.warning("camera %s: %s: %.1f of %.1f frames a second", self.camera.id, news, reached, wanted)
        return reached, wanted

    def _condition(self, now: float) -> tuple[str, str]:
        if self.ended:
            return "failed", "the recording has ended"
        if self.trouble:
            return "failed", self.trouble
        if not self._flowing:
            return "connecting", "no picture yet" if self._processed == 0 else "stream lost, connecting again"
        if self.camera.is_address and now - self._picture[1] >= FROZEN_AFTER_S and self._picture[0]:
            return "suspect", "the picture has not changed for 10 s"
        if self.path.ground is not None and self._processed and not self.path.is_placing:
            return "suspect", "the picture has another size than the calibration was made for: nobody is placed"
        return "running", ""
