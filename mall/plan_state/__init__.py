"""The state of the plan: what is open, what people report, what contacts say, and what follows from it."""

from mall.plan_state.contacts import ContactStatus, alarm_of, contact_statuses
from mall.plan_state.findings import (
    Finding,
    alarm_findings,
    incident_findings,
    is_silenced,
)
from mall.plan_state.records import (
    INCIDENT_KINDS,
    Alarm,
    ContactState,
    Incident,
    IncidentKind,
    ItemState,
    PlanState,
)

__all__ = [
    "INCIDENT_KINDS", "Alarm", "ContactState", "ContactStatus", "Finding", "Incident", "IncidentKind", "ItemState",
    "PlanState", "alarm_findings", "alarm_of", "contact_statuses", "incident_findings", "is_silenced",
]  # fmt: skip
