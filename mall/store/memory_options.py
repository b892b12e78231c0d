"""The memory twin's options."""

import threading
from collections.abc import Callable

from mall.store.keys import OPTIONS_TTL_S


class MemoryOptions:
    """Options of advisories and how those chosen did, as plain dictionaries."""

    time: Callable[[], float]

    def __init__(self) -> None:
        super().__init__()
        self._options_lock = threading.Lock()
        self._options: dict[str, tuple[float, bytes]] = {}
        self._option_record: dict[str, bytes] = {}

    def write_options(self, advisory_id: str, text: bytes) -> None:
        """Replace an advisory's options."""
        now = self.time()
        with self._options_lock:
            young = {key: row for key, row in self._options.items() if now - row[0] < OPTIONS_TTL_S}
            self._options = young | {advisory_id: (now, text)}

    def read_options(self, advisory_id: str) -> bytes | None:
        """Return an advisory's options."""
        with self._options_lock:
            at, text = self._options.get(advisory_id, (float("-inf"), b""))
        return text if self.time() - at < OPTIONS_TTL_S else None

    def write_option_record(self, key: str, text: bytes) -> None:
        """Replace how options of a kind did."""
        with self._options_lock:
            self._option_record[key] = text

    def read_option_record(self) -> dict[str, bytes]:
        """Return how options did."""
        with self._options_lock:
            return dict(self._option_record)
