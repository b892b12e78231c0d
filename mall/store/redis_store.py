"""The store on Redis or Valkey: every method is one atomic command or script, most of them one round trip."""

from mall.errors import AddressError, StoreError
from mall.store.base import Topic
from mall.store.client import Link
from mall.store.redis_drills import DrillCalls
from mall.store.redis_levels import LevelCalls
from mall.store.redis_mall import MallCalls
from mall.store.redis_notices import NoticeCalls
from mall.store.redis_options import OptionCalls


class RedisStore(LevelCalls, MallCalls, NoticeCalls, OptionCalls, DrillCalls):
    """The store of one mall on a Redis or Valkey server ≥ 7, or a cluster of them."""

    def __init__(self, link: Link, site_id: str) -> None:
        super().__init__(link, site_id)
        topics: tuple[Topic, ...] = ("points", "snapshots")
        self._hints = {topic: link.subscribe(self._channel(topic)) for topic in topics}

    def time(self) -> float:
        """Return the server's clock."""
        return self._now()

    def ping(self) -> None:
        """Return when the server answers."""
        self._link.do("EXISTS", self._keys.of_site("lead"))

    def memory_share(self) -> float | None:
        """Return the used share of the fullest server."""
        shares = [part["used_memory"] / part["maxmemory"] for part in self._link.memory() if part["maxmemory"]]
        return max(shares, default=None)

    def wait_tick(self, timeout_s: float, topic: Topic = "points") -> bool:
        """Wait for a hint."""
        return self._hints[topic].wait(timeout_s)

    def level_bytes(self, level: str, *names: str) -> int:
        """Return the server's memory for these keys of a level, in bytes."""
        keys = self._of_level(level, *names)
        return sum(self._link.do("MEMORY", "USAGE", key, "SAMPLES", 0) or 0 for key in keys)

    def release_lead(self, token: str) -> bool:
        """Give the lead back, its copies first."""
        self._drop_lead_copies(token)
        return super().release_lead(token)

    def close(self) -> None:
        """Close every connection."""
        for hint in self._hints.values():
            hint.close()
        self._link.close()


def open_redis_store(url: str, site_id: str) -> RedisStore:
    """Open a store by its address.

    Raises:
        AddressError: nothing answers there, it refuses the login, or it throws away keys when its memory is full.

    """
    link = Link(url)
    try:
        policies = {part["maxmemory_policy"] for part in link.memory()}
    except StoreError as exc:
        reason = str(exc.__cause__).splitlines()[0] if exc.__cause__ else "no answer"
        raise AddressError(f"store at {link.place}: {reason}") from exc
    if evicting := sorted(policy for policy in policies if policy.startswith("allkeys")):
        raise AddressError(
            f"store at {link.place}: maxmemory-policy {evicting[0]} would throw away totals; set it to noeviction"
        )
    return RedisStore(link, site_id)
