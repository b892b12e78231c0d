"""An advisory's set of options as it is stored, with those before it: what is on a screen may be chosen a while."""

import json
from collections.abc import Mapping
from typing import Any

KEPT_S = 90.0  # a set is shown for 30 s, then read, confirmed, and held for ten seconds; our own choice
MOST_BEFORE = 4

Row = dict[str, Any]


def with_before(made: Mapping[str, Any], text: bytes | None, now: float) -> Row:
    """Return a set that was made now with those before it that may still be on a screen.

    Args:
        made: the set.
        text: what is stored of the advisory until now, None for nothing.
        now: UTC seconds.

    """
    stored = [] if text is None else _sets(text)
    young = [row for row in stored if 0.0 < now - row["at"] <= KEPT_S]
    return {**made, "before": young[:MOST_BEFORE]}


def newest(text: bytes) -> Row:
    """Return the set that is offered now."""
    return _sets(text)[0]


def looked_at(text: bytes | None, at: float | None, now: float) -> Row | None:
    """Return the set made ``at`` UTC seconds, the newest without a time; None where there is none, or no more."""
    found = [] if text is None else _sets(text)
    if at is None:
        return found[0] if found else None
    kept = (row for place, row in enumerate(found) if place == 0 or now - row["at"] <= KEPT_S)
    return next((row for row in kept if row["at"] == at), None)


def _sets(text: bytes) -> list[Row]:
    """Return the sets that are stored, the newest first."""
    row: Row = json.loads(text)
    before = row.pop("before", [])
    return [row, *before]
