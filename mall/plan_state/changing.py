"""Change the plan's state by compare-and-set, the audit first; of two people at once the second is told."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, TypeVar

from gis.floorplan import FloorPlan
from gis.passage import MODES, OUTSIDE, Item, Passage, items_of
from mall.errors import MallError, Why
from mall.plan_state.records import ContactState, Incident, ItemState, Origin, PlanState
from mall.site_contacts import Contact

TRIES = 8
Made = TypeVar("Made")
Code = Literal[
    "unknown_item", "unknown_mode", "wrong_mode", "towards", "until", "taken", "busy", "unknown_incident", "cleared",
    "unknown_level", "no_place", "too_far",
]  # fmt: skip


class ChangeRefusedError(MallError):
    """A change that was not made; ``code`` says why, ``args`` fill its words, ``by`` is who was first."""

    def __init__(self, code: Code, text: str, *, by: str | None = None, **args: str | float | list[str]) -> None:
        super().__init__(text)
        self.code = code
        self.by = by
        self.why = Why(f"plan_{code}", text, args | ({} if by is None else {"name": by}))


class Ledger(Protocol):
    """What changing needs of the store."""

    def read_plan_state(self) -> PlanState:
        """Return the plan's state."""

    def put_plan_state(self, state: PlanState, expected_version: int) -> bool:
        """Write it if its stored version is the expected one."""

    def append_audit(self, entry: Mapping[str, Any]) -> str:
        """Append to the audit."""


def checked_passage(plan: FloorPlan, item_id: str, mode: str, towards: str | None) -> Passage:
    """Return the passage that is asked for.

    Args:
        plan: whose items there are.
        item_id: id of an opening, or of a stair, escalator or lift zone.
        mode: open, closed, one_way or stopped.
        towards: with one_way the zone one may still enter, ``outside`` (or None at an exit) for the outside.

    Raises:
        ChangeRefusedError: there is no such item, or the mode makes no sense for it.

    """
    item = items_of(plan).get(item_id)
    if item is None:
        text = f"No opening, stair, escalator or lift {item_id!r:.80} in the plan."
        raise ChangeRefusedError("unknown_item", text, item=item_id[:80])
    sensible = item.modes
    found = next((known for known in MODES if known == mode), None)
    if found is None:
        text = f"No mode {mode!r:.40}; expected {', '.join(sensible)}."
        raise ChangeRefusedError("unknown_mode", text, mode=mode, modes=list(sensible))
    if found not in sensible:
        text = f"An item of kind {item.kind} cannot be {found}; expected {', '.join(sensible)}."
        raise ChangeRefusedError("wrong_mode", text, mode=found, modes=list(sensible))
    return Passage(found, _towards(item, towards)) if found == "one_way" else Passage(found)


def _towards(item: Item, towards: str | None) -> str | None:
    wanted = None if towards == OUTSIDE else towards
    if wanted in item.sides:
        return wanted
    sides = [side or OUTSIDE for side in item.sides]
    text = f"one_way needs the zone that one may still enter: towards = one of {', '.join(sides)}."
    raise ChangeRefusedError("towards", text, sides=sides)


def set_item(
    ledger: Ledger, state: ItemState, *, expected_version: int | None, now: float, ends: Sequence[str] = ()
) -> ItemState:
    """Give an item a state and return it with its version.

    Args:
        ledger: the store.
        state: as ``checked_passage`` allows; its ``version`` is replaced.
        expected_version: of the item as its author saw it, 0 where it had no state; None: whatever it is.
        now: UTC seconds.
        ends: ids of its other ends: what was said of them before is replaced as well.

    Raises:
        ChangeRefusedError: ``until`` is over, or somebody changed the item meanwhile.

    """
    if state.until is not None and state.until <= now:
        raise ChangeRefusedError("until", "until: expected a time to come.")

    def step(found: PlanState) -> tuple[PlanState, ItemState]:
        before = found.items.get(state.item)
        version = before.version if before else 0
        if expected_version is not None and version != expected_version:
            who = before.who.removeprefix("console:") if before else ""
            mode = _mode(before)
            raise ChangeRefusedError("taken", f"{who} has just changed it to {mode}.", by=who, mode=mode)
        after = replace(state, version=version + 1, beneath=_said(found, (state.item, *ends), "contact"))
        return found.with_item(after, ends), after

    told = {"item": state.item, "mode": state.passage.mode, "towards": state.passage.towards, "until": state.until}
    return _change(ledger, step, {"who": state.who, "why": state.why, "what": "passage set", **told})


def _said(state: PlanState, ends: Sequence[str], source: Origin) -> ItemState | None:
    """Return the newest that an operator or a contact said of any end of an item, as a state of the first of them."""
    told = [state.items[end].said_by(source) for end in ends if end in state.items]
    newest = max((each for each in told if each is not None), key=lambda each: each.since, default=None)
    return None if newest is None else replace(newest, item=ends[0])


def _mode(state: ItemState | None) -> str:
    return state.passage.mode if state else "open"


def report_incident(ledger: Ledger, incident: Incident) -> Incident:
    """Keep an incident under an id of its own and return it."""
    new = replace(incident, id=f"incident-{secrets.token_hex(5)}", version=1)
    told = {"incident": new.id, "kind": new.kind, "level": new.level, "zone": new.zone}
    entry = {"who": new.who, "why": f"{new.kind} reported", "what": "incident reported", **told}
    return _change(ledger, lambda found: (found.with_incident(new), new), entry)


def clear_incident(ledger: Ledger, incident_id: str, by: str, now: float) -> Incident:
    """Mark an incident as cleared and return it.

    Raises:
        ChangeRefusedError: there is none of this id, or it is over; then it names who cleared it.

    """

    def step(found: PlanState) -> tuple[PlanState, Incident]:
        before = found.incidents.get(incident_id)
        if before is None:
            raise ChangeRefusedError("unknown_incident", "No incident of this id.")
        if before.cleared_at is not None:
            who = (before.cleared_by or "").removeprefix("console:")
            raise ChangeRefusedError("cleared", f"{who} has already cleared it.", by=who)
        after = replace(before, note="", cleared_at=now, cleared_by=by, version=before.version + 1)
        return found.with_incident(after), after

    entry = {"who": by, "why": "over", "what": "incident cleared", "incident": incident_id}
    return _change(ledger, step, entry)


def note_contact(ledger: Ledger, contact: Contact, *, is_active: bool, now: float, ends: Sequence[str] = ()) -> bool:
    """Take what a contact says; only a change of it is written. Return whether it was one.

    A door's contact closes and opens its item, an escalator's stops it and lets it run, and each goes before what an
    operator said until then, of its other ``ends`` too; but which way something is to be passed, no contact knows: such
    an order comes back once it is open or runs again.
    """
    before = ledger.read_plan_state().contacts.get(contact.id)
    if before is not None and before.is_active == is_active:
        return False

    def step(found: PlanState) -> tuple[PlanState, None]:
        after = found.with_contact(ContactState(contact.id, is_active, now))
        if contact.item is not None:
            state = _told(found, contact, is_active=is_active, now=now, ends=ends)
            after = replace(after.with_item(state, ends), version=after.version)
        return after, None

    told = {"contact": contact.id, "kind": contact.kind, "item": contact.item, "is_active": is_active}
    entry = {"who": f"contact:{contact.id}", "why": contact.kind, "what": "contact changed", **told}
    try:
        _change(ledger, step, entry)
    except ChangeRefusedError:
        return False  # others write without end; it says the same again within its period
    return True


def _told(found: PlanState, contact: Contact, *, is_active: bool, now: float, ends: Sequence[str]) -> ItemState:
    """Return the state of a contact's item once it says so, over or under the way that an operator ordered."""
    item = contact.item or ""
    shut: Literal["closed", "stopped"] = "closed" if contact.kind == "door" else "stopped"
    old, passage = found.items.get(item), Passage(shut if is_active else "open")
    version = (old.version if old else 0) + 1
    told = ItemState(item, passage, f"contact:{contact.id}", contact.kind, now, source="contact", version=version)
    order = _said(found, (item, *ends), "operator")
    if order is None or order.passage.mode != "one_way" or not order.is_on(now):
        return told
    return replace(told, beneath=order) if is_active else replace(order, version=version, beneath=told)


def _change(ledger: Ledger, step: Callable[[PlanState], tuple[PlanState, Made]], entry: dict[str, Any]) -> Made:
    """Audit, then write what ``step`` makes of the stored state, again while others write; a refusal audits nothing."""
    found = ledger.read_plan_state()
    after, made = step(found)
    ledger.append_audit(entry)
    for _ in range(TRIES):
        if ledger.put_plan_state(after, found.version):
            return made
        found = ledger.read_plan_state()
        try:
            after, made = step(found)
        except ChangeRefusedError as exc:
            ledger.append_audit({**entry, "what": f"not done: {entry['what']}", "first": exc.by})
            raise
    ledger.append_audit({**entry, "what": f"not done: {entry['what']}"})
    raise ChangeRefusedError("busy", "Others are changing the plan; try again.")
