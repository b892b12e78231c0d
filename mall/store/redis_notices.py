"""What is told outside: messages that wait, what was told of each advisory, how each channel does."""

from collections.abc import Iterable, Mapping

from mall.store import scripts
from mall.store.redis_calls import Calls


class NoticeCalls(Calls):
    """The outbox on the server."""

    def queue_notices(self, advisory_id: str, mark: bytes, messages: Mapping[str, bytes]) -> None:
        """Note what was told of an advisory and queue its messages."""
        keys = [self._keys.of_site("notices"), self._keys.of_site("outbox")]
        rows = [part for entry in messages.items() for part in entry]
        self._link.run(scripts.QUEUE_NOTICES, keys, advisory_id, mark, *rows)

    def notice_marks(self) -> dict[str, bytes]:
        """Return what was told of every advisory."""
        return self._texts("notices")

    def drop_marks(self, advisory_ids: Iterable[str]) -> None:
        """Forget what was told."""
        self._drop("notices", advisory_ids)

    def queued_messages(self) -> dict[str, bytes]:
        """Return the messages that wait."""
        return self._texts("outbox")

    def put_message(self, message_id: str, body: bytes) -> None:
        """Replace a message that waits."""
        self._link.do("HSET", self._keys.of_site("outbox"), message_id, body)

    def drop_messages(self, message_ids: Iterable[str]) -> None:
        """Take messages out of the outbox."""
        self._drop("outbox", message_ids)

    def write_channel(self, channel: str, body: bytes) -> None:
        """Replace how a channel does."""
        self._link.do("HSET", self._keys.of_site("channels"), channel, body)

    def read_channels(self) -> dict[str, bytes]:
        """Return how every channel does."""
        return self._texts("channels")

    def _texts(self, name: str) -> dict[str, bytes]:
        rows: dict[bytes, bytes] = self._link.do("HGETALL", self._keys.of_site(name))
        return {entry.decode(): body for entry, body in rows.items()}

    def _drop(self, name: str, ids: Iterable[str]) -> None:
        if old := list(ids):
            self._link.do("HDEL", self._keys.of_site(name), *old)
