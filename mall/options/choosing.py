"""A person chooses an option: compare-and-set on the advisory, written to the audit; the loser is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from mall.advisories.life import Order, take
from mall.models import Advisory
from mall.options.sets import looked_at

OVER = frozenset({"resolved", "expired"})


class Ledger(Protocol):
    """What choosing needs of the store."""

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory."""

    def put_advisory(
        self, advisory: Advisory, expected_version: int | None, *, audit: Mapping[str, Any] | None = None
    ) -> bool:
        """Write an advisory and its audit entry if its stored version is the expected one."""

    def read_options(self, advisory_id: str) -> bytes | None:
        """Return an advisory's options."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a choice went, with the advisory as it stands now.

    ``changed``: it is no longer the version that was looked at; ``gone``: the option is not offered any more.
    """

    outcome: Literal["done", "changed", "over", "gone", "unknown"]
    advisory: Advisory | None = None
    plan_changes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: key of the option, ``console:<name>``, version of the advisory as looked at.

    ``set_at`` is when the set looked at was made, None for the present one: sets are made anew every 30 s, and a letter
    means another option in each. ``kind``, where given, must be that of the option.
    """

    option: str
    by: str
    version: int
    kind: str | None = None
    set_at: float | None = None


def choose(store: Ledger, advisory_id: str, choice: Choice, now: float) -> Chosen:
    """Choose an option of the set that the person looked at, for an advisory at the version that they looked at.

    Who chooses has seen it and begins: the advisory is in progress from then on.
    """
    found = store.read_advisory(advisory_id)
    if found is None:
        return Chosen("unknown")
    if found.status in OVER:
        return Chosen("over", found)
    if found.version != choice.version:
        return Chosen("changed", found)
    row = _option(looked_at(store.read_options(advisory_id), choice.set_at, now), choice.option)
    if row is None or choice.kind not in (None, row["kind"]):
        return Chosen("gone", found)
    row |= {"by": choice.by, "at": now}
    begun = found if found.status == "in_progress" else take(found, Order("start", choice.by), now)
    changed = replace(
        begun, version=found.version + 1, chosen=row, effects=(), updated_at=now, changed_by=choice.by,
        changed_what="given an option",
    )  # fmt: skip
    entry: dict[str, Any] = {"who": choice.by, "what": "option chosen", "advisory": found.id, "option": choice.option}
    entry |= {"exercise": True} if found.exercise else {}
    entry |= {"kind": row["kind"], "version": changed.version, "status": changed.status, "title": row["title"]["en"]}
    if not store.put_advisory(changed, choice.version, audit=entry):
        return Chosen("changed", store.read_advisory(advisory_id))
    return Chosen("done", changed, tuple(row["plan_changes"]))


def _option(found: Mapping[str, Any] | None, key: str) -> dict[str, Any] | None:
    """Return what an advisory keeps of an option of a set, None where that has none of this key."""
    if found is None:
        return None
    option = next((row for row in found["options"] if row["key"] == key), None)
    if option is None:
        return None
    kept = {name: value for name, value in option.items() if name not in ("drawing", "worked_before")}
    told = {"option": key, "predicted_at": found["at"], "place": found["place"], "limit": found["limit"]}
    return kept | told | {"no_action": found["no_action"]}
