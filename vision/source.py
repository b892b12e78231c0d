"""Choose and play a source: a recording replayed against the clock or read frame by frame, or a live stream."""

import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from vision.boxes import BoxRecording
from vision.frames import Frame, SourceRefusedError
from vision.live import Wanted, live_frames
from vision.mailbox import Mailbox
from vision.recording import FolderRecording, Recording, VideoRecording

__all__ = ["Frame", "Mailbox", "SourceRefusedError", "every_frame", "live_frames", "open_recording", "replay"]

ANCHOR_VARIABLE = "MALL_REPLAY_ANCHOR"
_PROCESS_START = time.time()


def open_recording(path: Path, *, fps: float | None = None, camera: str = "") -> Recording:
    """Open a video file, a folder of images or a ``*.jsonl`` of recorded boxes.

    Args:
        path: the file or folder.
        fps: the true frame rate, where the container's is wrong or there is none.
        camera: whose lines to take of recorded boxes.

    Raises:
        SourceRefusedError: if it is missing, empty or unreadable.

    """
    if not path.exists():
        raise SourceRefusedError(f"{path}: no such file or folder")
    if path.is_dir():
        return FolderRecording(path, fps)
    if path.suffix == ".jsonl":
        return BoxRecording(path, camera)
    return VideoRecording(path, fps)


def every_frame(recording: Recording) -> Iterator[Frame]:
    """Yield every frame as fast as it is taken, in order; the first is marked ``cut``.

    Raises:
        SourceRefusedError: after the last that can be read of a recording that should have more.

    """
    index = 0
    while (image := recording.read(index)) is not None:
        yield Frame(index, recording.time_of(index), time.monotonic(), image, cut=index == 0)
        index += 1
    if recording.short_of is not None:
        raise SourceRefusedError(f"{recording.path}: frame {index} of {recording.short_of} cannot be read")


def replay_anchor() -> float:
    """Return the Unix time at which every recording began, common to all processes that share the variable."""
    text = os.environ.get(ANCHOR_VARIABLE, "")
    try:
        anchor = float(text)
    except ValueError:
        return _PROCESS_START
    return anchor if math.isfinite(anchor) else _PROCESS_START


def replay(
    recording: Recording,
    *,
    loop: bool,
    stop: Event,
    anchor: float | None = None,
    wanted: Wanted = lambda _due: True,
) -> Iterator[Frame]:
    """Yield the frames when they are due, so that recordings sharing an anchor stay in step.

    Position = (now - anchor) modulo duration. ``captured_at`` is the instant a frame was due, not read. A late
    reader leaves frames out. The first frame and the first after each wrap are marked ``cut``.

    Args:
        recording: what to play.
        loop: start again at the end, else the iteration ends there.
        stop: ends the iteration.
        anchor: Unix time of its start; None for ``replay_anchor()``.
        wanted: frames that are not are left out unread, when they are due.

    """
    began = time.monotonic() - (time.time() - (replay_anchor() if anchor is None else anchor))
    lap, index, cut = -1 << 62, 0, True
    while not stop.is_set():
        now_lap, now_index = _place(recording, time.monotonic() - began)
        if (now_lap, now_index) > (lap, index):
            cut = cut or now_lap != lap
            lap, index = now_lap, now_index
        if lap > 0 and not loop:
            return
        due = began + lap * recording.duration_s + recording.time_of(index)
        if stop.wait(max(0.0, due - time.monotonic())):
            return
        if not wanted(due):
            index += 1
            if index >= recording.count:
                lap, index, cut = lap + 1, 0, True
            continue
        count, image = recording.count, recording.read(index)
        if recording.count < count:
            # The file ends before it said it would: its laps are shorter, and another frame of it is due.
            lap, index = _place(recording, time.monotonic() - began)
            cut = True
            continue
        if image is not None:
            yield Frame(index, recording.time_of(index), due, image, cut)
            cut = False
        index += 1
        if image is None or index >= recording.count:
            lap, index, cut = lap + 1, 0, True


def _place(recording: Recording, elapsed_s: float) -> tuple[int, int]:
    """Return the lap and the frame that is due now."""
    lap, position = divmod(elapsed_s, recording.duration_s)
    return int(lap), recording.index_at(position)
