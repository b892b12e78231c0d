"""The plan's state for the operator: items, incidents, contacts and the fire alarm, JSON-ready."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from mall.plan_state import ContactStatus, Incident, ItemState, PlanState, alarm_of

Row = dict[str, Any]


def plan_state_view(state: PlanState, contacts: Sequence[ContactStatus], *, now: float) -> Row:
    """Return what people and contacts say of the plan; an item whose state is over is open, with its version."""
    alarm = alarm_of(contacts)
    return {
        "version": state.version,
        "items": {key: item_row(each, contacts, now=now) for key, each in state.items.items()},
        "incidents": [incident_row(each) for each in state.active_incidents(now)],
        "contacts": {status.contact.id: _contact(status) for status in contacts},
        "alarm": {"is_on": alarm.is_on, "is_known": alarm.is_known, "since": alarm.since,
                  "contacts": list(alarm.contacts), "silent": list(alarm.silent)},
    }  # fmt: skip


def item_row(state: ItemState, contacts: Sequence[ContactStatus] = (), *, now: float) -> Row:
    """Return an item; ``is_known`` is False where the contact that told its state is silent."""
    held = state.holding(now)
    told = held or state
    silent = any(
        state.item == status.contact.item or told.who == f"contact:{status.contact.id}"
        for status in contacts
        if not status.is_heard
    )
    return {
        "mode": held.passage.mode if held else "open", "towards": held.passage.towards if held else None,
        "who": told.who, "why": told.why, "since": told.since, "until": held.until if held else None,
        "source": told.source, "version": state.version,
        "is_known": not (told.source == "contact" and silent),
    }  # fmt: skip


def incident_row(incident: Incident) -> Row:
    """Return an incident for operators; nobody else gets to see its note."""
    row = asdict(incident)
    return {key: row[key] for key in row if key not in ("cleared_at", "cleared_by")}


def _contact(status: ContactStatus) -> Row:
    contact = status.contact
    return {
        "kind": contact.kind, "item": contact.item, "level": contact.level, "label": contact.label or contact.id,
        "labels": {"ja": contact.label_ja} if contact.label_ja else {}, "is_active": status.is_active,
        "since": status.since, "state": status.state, "simulated": contact.simulated,
    }  # fmt: skip
