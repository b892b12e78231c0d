"""A store of each kind, for tests that must hold for all of them."""

import uuid
from collections.abc import Iterator

import pytest

from mall.store import MemoryStore, Store, open_store
from mall.store.embedded import EmbeddedStore

SERVERS = {"server": "store_server", "cluster": "cluster_url"}


def store_of(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Yield the store that a fixture's parameter names: ``memory``, ``server`` or ``cluster``; its site is its own."""
    if request.param == "memory":
        opened: Store = MemoryStore()
    else:
        place = request.getfixturevalue(SERVERS[request.param])
        opened = open_store(place.url if isinstance(place, EmbeddedStore) else place, f"t-{uuid.uuid4().hex[:8]}")
    yield opened
    opened.close()
