"""What people and contacts say of the plan now: frozen records, packed as one JSON document a mall."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from gis.passage import MODES, Mode, Passage
from mall.models import known_fields, pack

Origin = Literal["operator", "contact"]
IncidentKind = Literal["spill", "blocked_exit", "fight", "lost_child", "medical", "other"]
INCIDENT_KINDS: tuple[IncidentKind, ...] = ("spill", "blocked_exit", "fight", "lost_child", "medical", "other")
MOST_CLEARED = 200  # incidents kept after they were cleared, newest first; the audit keeps all


@dataclass(frozen=True, slots=True)
class ItemState:
    """The state an item was given.

    Attributes:
        item: id of an opening, or of a stair, escalator or lift zone.
        who: ``console:<name>`` or ``contact:<id>``; until: UTC seconds at which it ends by itself, None: it does not.
        version: rises with every change of this item.
        beneath: what holds once this is over: under an operator's word what the contact said last, under a contact's
            the way that an operator ordered, of which no contact knows.

    """

    item: str
    passage: Passage
    who: str
    why: str
    since: float
    until: float | None = None
    source: Origin = "operator"
    version: int = 1
    beneath: "ItemState | None" = None

    def is_on(self, now: float) -> bool:
        """Tell whether it still holds."""
        return self.until is None or now < self.until

    def holding(self, now: float) -> "ItemState | None":
        """Return what holds now: this, else what lies beneath it; None where the item is simply open."""
        return next((each for each in (self, self.beneath) if each is not None and each.is_on(now)), None)

    def said_by(self, source: Origin) -> "ItemState | None":
        """Return what an operator or a contact said last, of this and what lies beneath, with nothing beneath it."""
        found = next((each for each in (self, self.beneath) if each is not None and each.source == source), None)
        return None if found is None else replace(found, beneath=None)

    def at(self, item: str) -> "ItemState":
        """Return the same state of another end of a machine."""
        return replace(self, item=item, beneath=None if self.beneath is None else replace(self.beneath, item=item))


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that people saw and no sensor can: where it is, or the whole of a zone where ``at`` is None.

    Attributes:
        at: (x, y) m; radius_m: how far around it nobody should go, 0 where people may pass.
        note: a few words for operators; never shown to others.

    """

    id: str
    kind: IncidentKind
    level: str
    zone: str | None
    at: tuple[float, float] | None
    radius_m: float
    who: str
    note: str
    since: float
    until: float | None = None
    cleared_at: float | None = None
    cleared_by: str | None = None
    version: int = 1

    def is_active(self, now: float) -> bool:
        """Tell whether it is there still."""
        return self.cleared_at is None and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class ContactState:
    """What a signed contact said last: ``is_active`` is the alarm of a fire alarm, else whether the thing is shut."""

    contact: str
    is_active: bool
    since: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """The fire alarm as its inputs tell it.

    Attributes:
        is_on: an input has told an alarm and none has told its end, even if it is silent since.
        since: UTC seconds of the first of them.
        contacts: ids of the inputs that tell it; silent: ids of those not heard of: their state is unknown.

    """

    is_on: bool = False
    since: float | None = None
    contacts: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether "no alarm" could be said: every input speaks."""
        return self.is_on or not self.silent


@dataclass(frozen=True, slots=True)
class PlanState:
    """Everything at once, changed by compare-and-set on ``version``; 0 is a mall of which nothing was ever said."""

    version: int = 0
    items: Mapping[str, ItemState] = field(default_factory=dict)
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    contacts: Mapping[str, ContactState] = field(default_factory=dict)

    def passages(self, now: float) -> dict[str, Passage]:
        """Return what is not simply open, by id."""
        held = {key: state.holding(now) for key, state in self.items.items()}
        return {key: state.passage for key, state in held.items() if state is not None}

    def active_incidents(self, now: float) -> tuple[Incident, ...]:
        """Return the incidents that are there still, oldest first."""
        found = [incident for incident in self.incidents.values() if incident.is_active(now)]
        return tuple(sorted(found, key=lambda incident: (incident.since, incident.id)))

    def with_item(self, state: ItemState, ends: Sequence[str] = ()) -> "PlanState":
        """Return the next version with an item's state, which replaces what was said of its other ends."""
        said = [self.items[end] for end in ends if end in self.items]
        others = {each.item: replace(state.at(each.item), version=each.version + 1) for each in said}
        return replace(self, version=self.version + 1, items={**self.items, **others, state.item: state})

    def with_incident(self, incident: Incident) -> "PlanState":
        """Return the next version with an incident; of those over only the newest 200 stay, and none of their notes."""
        now = incident.since if incident.cleared_at is None else incident.cleared_at
        every = {
            key: each if each.is_active(now) else replace(each, note="")
            for key, each in {**self.incidents, incident.id: incident}.items()
        }
        cleared = sorted((i for i in every.values() if i.cleared_at is not None), key=lambda i: i.cleared_at or 0.0)
        for old in cleared[: max(len(cleared) - MOST_CLEARED, 0)]:
            del every[old.id]
        return replace(self, version=self.version + 1, incidents=every)

    def with_contact(self, contact: ContactState) -> "PlanState":
        """Return the next version with what a contact said."""
        return replace(self, version=self.version + 1, contacts={**self.contacts, contact.contact: contact})

    def to_json(self) -> bytes:
        """Pack."""
        return pack(
            {
                "version": self.version,
                "items": [asdict(state) for state in self.items.values()],
                "incidents": [asdict(incident) for incident in self.incidents.values()],
                "contacts": [asdict(contact) for contact in self.contacts.values()],
            }
        )

    @classmethod
    def from_json(cls, text: bytes | str) -> Self:
        """Unpack; a record of a newer release that means nothing here is left out."""
        row = json.loads(text)
        items = [_item(each) for each in row.get("items", []) if (each.get("passage") or {}).get("mode") in MODES]
        incidents = [_incident(each) for each in row.get("incidents", []) if each.get("kind") in INCIDENT_KINDS]
        contacts = [ContactState(**known_fields(ContactState, each)) for each in row.get("contacts", [])]
        return cls(
            int(row.get("version", 0)),
            {state.item: state for state in items},
            {incident.id: incident for incident in incidents},
            {contact.contact: contact for contact in contacts},
        )


def _item(row: dict[str, Any]) -> ItemState:
    mode: Mode = row["passage"]["mode"]
    passage, below = Passage(mode, row["passage"].get("towards")), row.get("beneath") or {}
    beneath = _item(below) if (below.get("passage") or {}).get("mode") in MODES else None
    return ItemState(**known_fields(ItemState, row) | {"passage": passage, "beneath": beneath})


def _incident(row: dict[str, Any]) -> Incident:
    at = row.get("at")
    return Incident(**known_fields(Incident, row) | {"at": None if at is None else (at[0], at[1])})
