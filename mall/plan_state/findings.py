"""What follows from incidents and the fire alarm: situations for the advisories, and which others keep quiet then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mall.models import Severity
from mall.plan_state.contacts import ContactStatus
from mall.plan_state.records import Alarm, Incident, IncidentKind

OWN = "our own choice"


@dataclass(frozen=True, slots=True)
class IncidentTraits:
    """How bad an incident of a kind is, and how far around it (m) nobody should go unless its author says so."""

    severity: Severity
    radius_m: float
    source: str = OWN


INCIDENTS: Mapping[IncidentKind, IncidentTraits] = {
    "spill": IncidentTraits("watch", 2.0),
    "blocked_exit": IncidentTraits("act", 3.0),
    "fight": IncidentTraits("act", 8.0),
    "lost_child": IncidentTraits("warn", 0.0),
    "medical": IncidentTraits("warn", 0.0),
    "other": IncidentTraits("watch", 0.0),
}
FIRE_ALARM: tuple[Severity, str] = ("clear", "fire alarm input of the building")
COMFORT_RULES = frozenset(
    {
        "utilisation", "sensor-limit", "sensor-silent", "queue-wait", "balance", "forecast-full", "level-full",
        "level-filling", "level-unbalanced",
    }
)  # fmt: skip
"""Rules that tell of comfort, kit or figures: nothing that anybody needs while a building is left."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A situation that people or a contact tell of: it is there from the first instant and ends with its cause.

    ``facts`` hold no free text: what an operator noted stays on operator pages.
    """

    rule: str
    place: str
    level: str
    severity: Severity
    source: str
    since: float
    facts: Mapping[str, Any] = field(default_factory=dict)


def incident_findings(incidents: Sequence[Incident]) -> list[Finding]:
    """Return the situation (rule ``incident``, place = its id) of every active incident."""
    return [
        Finding(
            "incident", incident.id, incident.level, traits.severity, traits.source, incident.since, _facts(incident)
        )
        for incident in incidents
        for traits in (INCIDENTS[incident.kind],)
    ]


def _facts(incident: Incident) -> dict[str, Any]:
    return {
        "kind": incident.kind, "zone": incident.zone, "zones": [] if incident.zone is None else [incident.zone],
        "at": None if incident.at is None else list(incident.at), "radius_m": incident.radius_m,
        "since": incident.since,
    }  # fmt: skip


def alarm_findings(statuses: Sequence[ContactStatus], first_level: str) -> list[Finding]:
    """Return a situation (rule ``fire-alarm``, place = the input's id) for every fire alarm input that tells one.

    Args:
        statuses: the contact inputs now.
        first_level: the level of an input that names none.

    """
    severity, source = FIRE_ALARM
    return [
        Finding(
            "fire-alarm", status.contact.id, status.contact.level or first_level, severity, source, status.since or 0.0,
            {"contact": status.contact.id, "since": status.since, "is_silent": not status.is_heard},
        )
        for status in statuses
        if status.contact.kind == "fire_alarm" and status.is_active
    ]  # fmt: skip


def is_silenced(rule: str, severity: Severity, alarm: Alarm) -> bool:
    """Tell whether an advisory keeps quiet while the fire alarm is on: comfort does, danger never."""
    return alarm.is_on and (rule in COMFORT_RULES or severity == "watch")
