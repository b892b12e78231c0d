"""The memory twin's outbox."""

import threading
from collections.abc import Iterable, Mapping


class MemoryNotices:
    """Messages that wait, what was told of each advisory, and how each channel does, as plain dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._notices_lock = threading.Lock()
        self._marks_told: dict[str, bytes] = {}
        self._outbox: dict[str, bytes] = {}
        self._channels: dict[str, bytes] = {}

    def queue_notices(self, advisory_id: str, mark: bytes, messages: Mapping[str, bytes]) -> None:
        """Note what was told of an advisory and queue its messages."""
        with self._notices_lock:
            self._marks_told[advisory_id] = mark
            self._outbox = {**messages, **self._outbox}

    def notice_marks(self) -> dict[str, bytes]:
        """Return what was told of every advisory."""
        with self._notices_lock:
            return dict(self._marks_told)

    def drop_marks(self, advisory_ids: Iterable[str]) -> None:
        """Forget what was told."""
        with self._notices_lock:
            for advisory_id in advisory_ids:
                self._marks_told.pop(advisory_id, None)

    def queued_messages(self) -> dict[str, bytes]:
        """Return the messages that wait."""
        with self._notices_lock:
            return dict(self._outbox)

    def put_message(self, message_id: str, body: bytes) -> None:
        """Replace a message that waits."""
        with self._notices_lock:
            self._outbox[message_id] = body

    def drop_messages(self, message_ids: Iterable[str]) -> None:
        """Take messages out of the outbox."""
        with self._notices_lock:
            for message_id in message_ids:
                self._outbox.pop(message_id, None)

    def write_channel(self, channel: str, body: bytes) -> None:
        """Replace how a channel does."""
        with self._notices_lock:
            self._channels[channel] = body

    def read_channels(self) -> dict[str, bytes]:
        """Return how every channel does."""
        with self._notices_lock:
            return dict(self._channels)
