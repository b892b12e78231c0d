"""Choose a store by its address."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mall.errors import AddressError, StoreError
from mall.store.base import Store
from mall.store.keys import exercise_of
from mall.store.memory import MemoryStore

if TYPE_CHECKING:
    from mall.store.redis_store import RedisStore


def open_store(url: str, site_id: str) -> Store:
    """Open the store of one mall.

    Args:
        url: ``memory://`` for a twin of this process alone, or an address as ``mall.store.client`` lists them.
        site_id: the mall; malls share a server without seeing each other.

    Raises:
        AddressError: nothing usable answers there; one line that names host and port, never the password.

    """
    if url.startswith("memory:"):
        return MemoryStore()
    from mall.store.redis_store import open_redis_store

    return open_redis_store(url, site_id)


def open_exercise(url: str, site_id: str) -> "RedisStore":
    """Open the store of a mall's exercise: on the same server, and apart from all that is real.

    Raises:
        AddressError: as for ``open_store``, and for a store in memory, which no other process would see.

    """
    if url.startswith("memory:"):
        raise AddressError("an exercise of a running mall needs a store that its processes share")
    from mall.store.redis_store import open_redis_store

    return open_redis_store(url, exercise_of(site_id))


@contextmanager
def opened_store(url: str, site_id: str, *, named: str) -> Iterator[Store]:
    """Open the store of one mall once it answers, and close it at the end.

    Args:
        url, site_id: as for ``open_store``.
        named: what an error calls it.

    Raises:
        AddressError: it does not answer.

    """
    try:
        store = open_store(url, site_id)
        store.ping()
    except StoreError as exc:
        raise AddressError(f"{named}: {exc}") from exc
    try:
        yield store
    finally:
        store.close()
