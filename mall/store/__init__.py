"""The live state of a mall: Redis or Valkey by address, or a memory twin."""

from mall.store.base import LineDelta, Store, Topic
from mall.store.memory import MemoryStore
from mall.store.opening import open_store, opened_store

__all__ = ["LineDelta", "MemoryStore", "Store", "Topic", "open_store", "opened_store"]
