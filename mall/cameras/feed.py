"""The source of one camera, read in a thread of its own: its newest frame, and whether it flows."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

from mall.cameras.camera_path import Size
from mall.cameras.pace import Pace
from mall.site_file import Camera
from vision.boxes import BoxRecording
from vision.source import Frame, Mailbox, live_frames, open_recording, replay

log = logging.getLogger(__name__)

RETRY_FIRST_S, RETRY_LAST_S = 1.0, 10.0


class Feed:
    """Frames of a camera as they come.

    Args:
        camera: whose source is read.
        pace: is told of every frame that comes, and tells which may be looked at.
        arrived: called in the reading thread when a frame has come or none comes any more.
        fail: called in the reading thread with the reason why the source cannot be read.

    Attributes:
        mailbox: the newest frame not yet looked at.
        period_s: between two frames to look at: of the camera's rate, or of a recording with fewer.
        extent: (width, height) px that recorded boxes lie in, as far as it is known.
        flowing: frames come; None before the first. ended: the recording has no more frames.

    """

    def __init__(self, camera: Camera, pace: Pace, *, arrived: Callable[[], None], fail: Callable[[str], None]) -> None:
        self.mailbox = Mailbox(arrived)
        self.period_s = 1.0 / camera.rate
        self.extent: Size | None = None
        self.flowing: bool | None = None
        self.ended = False
        self._camera, self._pace, self._arrived, self._fail = camera, pace, arrived, fail

    def start(self, source: str | Path, stop: Event) -> None:
        """Read the source until told to stop; whatever goes wrong is tried again."""
        Thread(target=self._read, args=(source, stop), name=f"read-{self._camera.id}", daemon=True).start()

    def _read(self, source: str | Path, stop: Event) -> None:
        pause_s = RETRY_FIRST_S
        while not stop.is_set() and not self.ended:
            try:
                for frame in self._frames(source, stop):
                    pause_s = RETRY_FIRST_S
                    self.flowing = True
                    self.mailbox.put(frame)
                self.ended = not stop.is_set()
            except Exception as exc:  # one camera's trouble, whatever it is, stays its own
                self._fail(f"source: {exc}")
                stop.wait(pause_s)
                pause_s = min(2 * pause_s, RETRY_LAST_S)
        self.flowing = False
        self._arrived()

    def _frames(self, source: str | Path, stop: Event) -> Iterator[Frame]:
        if isinstance(source, str):
            yield from live_frames(source, stop, self._report, wanted=self._wants)
            return
        recording = open_recording(source, fps=self._camera.fps, camera=self._camera.id)
        if isinstance(recording, BoxRecording):
            self.extent = recording.extent
        self.period_s = max(self.period_s, recording.duration_s / recording.count)
        self._pace.expect(1.0 / self.period_s)
        try:
            yield from replay(recording, loop=self._camera.loop, stop=stop, wanted=self._wants)
        finally:
            recording.close()

    def _wants(self, captured_at: float) -> bool:
        """Tell whether a frame may be looked at; one before its turn never will, so its picture is not even made.

        The pace hears of both: an idle machine may have wanted one that this busy one passes over.
        """
        self._pace.offer(captured_at)
        if captured_at >= self._pace.next_due:
            return True
        self.mailbox.pass_over()
        return False

    def _report(self, news: str) -> None:
        """Say once when a stream is lost and once when it is back."""
        flows = news == "back"
        if flows != self.flowing:
            log.warning("camera %s: stream %s", self._camera.id, news)
        self.flowing = flows
