"""Choose a store by its address."""

from mall.store.base import Store
from mall.store.memory import MemoryStore


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
