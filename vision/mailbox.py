"""A slot for one frame, where the newest wins: what cannot be looked at in time is dropped and counted."""

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from vision.frames import Frame


class Mailbox:
    """Passes frames from a reader thread to the analysing one. Safe between threads.

    A dropped frame's ``cut`` mark is handed on to the frame that replaces it, so no discontinuity is missed.

    Attributes:
        read: frames put in; dropped: those never taken out. read = taken + dropped + (1 if one is waiting).

    """

    def __init__(self, notify: Callable[[], None] = lambda: None) -> None:
        self._slot: Frame | None = None
        self._lock = Lock()
        self._notify = notify
        self.read = 0
        self.dropped = 0

    @property
    def waiting(self) -> bool:
        """Tell whether a frame has not been taken yet."""
        return self._slot is not None

    def holds(self, not_before: float = 0.0) -> bool:
        """Tell whether ``take`` would return a frame."""
        frame = self._slot
        return frame is not None and frame.captured_at >= not_before

    def put(self, frame: Frame) -> None:
        """Offer a frame; an older one still waiting is dropped."""
        with self._lock:
            self.read += 1
            if self._slot is not None:
                self.dropped += 1
                if self._slot.cut and not frame.cut:
                    frame = replace(frame, cut=True)
            self._slot = frame
        self._notify()

    def pass_over(self) -> None:
        """Count a frame of which nobody will want the picture: it is dropped before it was made."""
        with self._lock:
            self.read += 1
            self.dropped += 1

    def take(self, not_before: float = 0.0) -> Frame | None:
        """Return the newest frame, or None where none came or it was captured before its turn, monotonic seconds."""
        with self._lock:
            frame = self._slot
            if frame is None or frame.captured_at < not_before:
                return None
            self._slot = None
            return frame
