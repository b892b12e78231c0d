"""The memory twin's drill book."""

import threading


class MemoryDrills:
    """The drill book as one text; a store in memory is of one process, so an exercise has a store of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._drills_lock = threading.Lock()
        self._drills: bytes | None = None

    def read_drills(self) -> bytes | None:
        """Return the drill book."""
        with self._drills_lock:
            return self._drills

    def swap_drills(self, text: bytes, expected: bytes | None) -> bool:
        """Replace the drill book if it is as expected."""
        with self._drills_lock:
            if self._drills != expected:
                return False
            self._drills = text
            return True
