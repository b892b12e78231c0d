"""What both halves of the Redis store stand on: the connection, the keys, values that carry the server's time."""

from mall.store import scripts
from mall.store.base import Topic
from mall.store.client import Link
from mall.store.keys import Keys


class Calls:
    """A connection and the keys of one mall."""

    def __init__(self, link: Link, site_id: str) -> None:
        self._link = link
        self._keys = Keys(site_id)

    def _now(self) -> float:
        # In a cluster every call asks the node of the mall's own slot, so that times are of one clock.
        return float(self._link.run(scripts.TIME, [self._keys.of_site("lead")]))

    def _channel(self, topic: Topic) -> str:
        return self._keys.of_site("tick", topic)


def unstamp(value: bytes) -> tuple[float, bytes]:
    """Split what a script stamped: UTC seconds, a space, the text."""
    stamp, _, text = value.partition(b" ")
    return float(stamp), text


def pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    """Return the mapping that the server lists as name, value, name, value."""
    return dict(zip(flat[::2], flat[1::2], strict=True))
