"""What contact inputs tell now, by age, and the fire alarm of all of them: silence is unknown, never calm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mall.freshness import State, age_s, state_of
from mall.models import SensorReading
from mall.plan_state.records import Alarm, PlanState
from mall.site_contacts import Contact

Latest = Mapping[tuple[str, str], SensorReading]
HEARD = frozenset({"live", "stale"})


@dataclass(frozen=True, slots=True)
class ContactStatus:
    """One contact input now; ``is_active`` is None where it was never heard of."""

    contact: Contact
    is_active: bool | None
    since: float | None
    age_s: float | None
    state: State

    @property
    def is_heard(self) -> bool:
        """Tell whether it speaks: what a silent one last said may be over."""
        return self.state in HEARD


def contact_statuses(
    contacts: Sequence[Contact], state: PlanState, latest: Latest, *, now: float
) -> tuple[ContactStatus, ...]:
    """Return the status of every contact input of a site.

    Args:
        contacts: the inputs.
        state: what they last changed to.
        latest: (device, sensor) -> its latest reading, which tells how old that is.
        now: store time in UTC seconds.

    """
    return tuple(_status(contact, state, latest, now) for contact in contacts)


def _status(contact: Contact, state: PlanState, latest: Latest, now: float) -> ContactStatus:
    said = state.contacts.get(contact.id)
    reading = latest.get((contact.device_id, contact.sensor[0].id))
    age = None if reading is None else age_s(now, reading.received_at, reading.lag_s)
    if age is None and said is not None:  # silent for longer than readings are kept
        return ContactStatus(contact, said.is_active, said.since, None, "offline")
    active, since = (said.is_active, said.since) if said else (None, None)
    return ContactStatus(contact, active, since, age, state_of(age, contact.period_s))


def alarm_of(statuses: Sequence[ContactStatus]) -> Alarm:
    """Return the fire alarm: on while any input said so last, even if it burned since."""
    inputs = [status for status in statuses if status.contact.kind == "fire_alarm"]
    telling = [status for status in inputs if status.is_active]
    return Alarm(
        bool(telling),
        min((status.since for status in telling if status.since is not None), default=None),
        tuple(status.contact.id for status in telling),
        tuple(status.contact.id for status in inputs if not status.is_heard),
    )
