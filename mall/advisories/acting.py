"""People's steps on an advisory: compare-and-set in the store with the audit entry, and the loser is told who won."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from mall.advisories.life import DONE, Order, RefusedStepError, name_of, take
from mall.advisories.policy import DEFAULT, Policy
from mall.errors import Why
from mall.models import Advisory

TRIES = 4
ENGINE = "engine"
UNKNOWN = Why("unknown_advisory", "No advisory of this id.")

Outcome = Literal["done", "taken", "changed", "over", "wrong", "unknown"]


class Ledger(Protocol):
    """What advisories need of the store."""

    def put_advisory(
        self, advisory: Advisory, expected_version: int | None, *, audit: Mapping[str, Any] | None = None
    ) -> bool:
        """Write an advisory and its audit entry if its stored version is the expected one."""

    def advisories(self, *, active_only: bool = False) -> list[Advisory]:
        """Return the advisories."""

    def read_advisory(self, advisory_id: str) -> Advisory | None:
        """Return one advisory."""

    def drop_resolved(self, before: float) -> int:
        """Delete the advisories that ended before."""


@dataclass(frozen=True, slots=True)
class Acted:
    """How a step went: ``done``, or why not, with the advisory as it is now.

    ``taken``: somebody did it before; ``changed``: another version than the person saw; ``over``: resolved or
    expired; ``wrong``: the order lacks something; ``unknown``: no advisory of this id.
    """

    outcome: Outcome
    advisory: Advisory | None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Who changes an advisory (``console:<name>`` or ``engine``) and how: ``chosen`` is told as "advisory chosen".

    ``version`` is the one that the person saw, None takes it as it is; ``more`` goes into the audit entry.
    """

    who: str
    what: str
    version: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def act(store: Ledger, advisory_id: str, order: Order, now: float, policy: Policy = DEFAULT) -> Acted:
    """Take a person's step; of two who try at once one wins, and the other is told who did what."""
    more = {"to": order.to, "text": order.text, "seconds": order.seconds}
    deed = Deed(order.by, DONE[order.step], order.version, {name: value for name, value in more.items() if value})
    return amend(store, advisory_id, lambda found: take(found, order, now, policy), deed)


def amend(store: Ledger, advisory_id: str, change: Callable[[Advisory], Advisory], deed: Deed) -> Acted:
    """Change an advisory as the store has it, and append the deed to the audit, both or neither.

    Args:
        store: where it stands.
        advisory_id: which.
        change: returns the advisory after the change, itself for none, or raises RefusedStepError.
        deed: who changes it, and how.

    """
    found: Advisory | None = None
    for _ in range(TRIES):
        found = store.read_advisory(advisory_id)
        if found is None:
            return Acted("unknown", None, UNKNOWN)
        try:
            changed = change(found)
        except RefusedStepError as exc:
            return Acted(exc.reason, found, exc.why)
        if changed is found:
            return Acted("done", found)
        if deed.version is not None and deed.version != found.version:
            break
        if store.put_advisory(changed, found.version, audit=entry(changed, deed.who, deed.what, **deed.more)):
            return Acted("done", changed)
    return Acted("changed", found, told_meanwhile(found))


def entry(advisory: Advisory, who: str, what: str, **more: Any) -> dict[str, Any]:
    """Return the audit entry of a change that leads to this advisory."""
    drill = {"exercise": True} if advisory.exercise else {}
    return {
        "who": who, "what": f"advisory {what}", "advisory": advisory.id, "rule": advisory.rule,
        "place": advisory.place, "severity": advisory.severity, "status": advisory.status,
        "version": advisory.version,
    } | drill | more  # fmt: skip


def told_meanwhile(advisory: Advisory | None) -> Why:
    """Return what whoever comes second is told: who changed an advisory, and how."""
    if advisory is None or not advisory.changed_by:
        return Why("changing", "This advisory is changing; read it again and retry.")
    name, what = name_of(advisory.changed_by), advisory.changed_what or "changed"
    text = f"This advisory was {what} by {name} meanwhile; look at it again."
    return Why("changed_itself" if advisory.changed_by == ENGINE else "changed", text, {"name": name, "what": what})
