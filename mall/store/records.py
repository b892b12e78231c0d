"""Records as they lie in the store: one that cannot be read is told once and left out, whoever wrote it."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import structlog

Record = TypeVar("Record")
# What broken JSON, a missing or a wrong value raises when a record is built from it.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError)
MOST_TOLD = 256

log = structlog.get_logger(__name__)
_told: OrderedDict[tuple[str, str], None] = OrderedDict()


def readable(kind: str, name: str, unpack: Callable[[], Record]) -> Record | None:
    """Return what ``unpack`` makes of a record, or None where it cannot be read, logging each one once.

    Args:
        kind: what it is, such as "camera status"; name: which one.
        unpack: makes the record.

    """
    try:
        return unpack()
    except UNREADABLE as exc:
        if (kind, name) not in _told:
            log.error("unreadable record left out", kind=kind, name=name, reason=f"{type(exc).__name__}: {exc}"[:200])
            _told[kind, name] = None
            while len(_told) > MOST_TOLD:
                _told.popitem(last=False)
        return None
