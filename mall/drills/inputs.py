"""What is told to an exercise besides what cameras see: contact inputs that speak, and what people report."""

from collections.abc import Mapping, Sequence

from mall.config import Site
from mall.drills.places import exit_items
from mall.drills.script import Incident
from mall.models import SensorReading
from mall.plan_state.changing import note_contact, report_incident
from mall.plan_state.records import Incident as Reported
from mall.site_contacts import Contact
from mall.store import Store

REPORTED_BY = "console:exercise"
DOOR = "drill-door"  # an input that the mall need not have


class Inputs:
    """Speaks for the mall's contact inputs, all of them quiet but for what the script says.

    Args:
        site: as the exercise has it.
        incidents: what the script has.
        places: place of the script -> zone id.
        store: of the exercise.

    """

    def __init__(self, site: Site, incidents: Sequence[Incident], places: Mapping[str, str], store: Store) -> None:
        self._site, self._incidents, self._places, self._store = site, incidents, places, store
        self._told: dict[str, tuple[bool, float]] = {}
        self._seq = 0
        self._reported: set[int] = set()

    def tell(self, at_s: float, now: float) -> None:
        """Say everything that is to be said now; StoreError where the store does not answer."""
        on = [incident for incident in self._incidents if incident.is_on(at_s)]
        is_alarm = any(incident.kind == "fire-alarm" for incident in on)
        for contact in self._site.contacts:
            is_active = is_alarm and contact.kind == "fire_alarm"
            self._say(contact, now, is_active=is_active)
        for index, incident in enumerate(self._incidents):
            if incident.kind == "exit-closed":
                self._close(incident, now, is_closed=incident in on)
            elif incident.kind == "reported" and incident in on and index not in self._reported:
                self._reported.add(index)
                self._report(incident, now)

    def _say(self, contact: Contact, now: float, *, is_active: bool) -> None:
        was, at = self._told.get(contact.id, (None, float("-inf")))
        if was == is_active and 0.0 <= now - at < contact.period_s:
            return
        self._told[contact.id] = is_active, now
        self._seq += 1
        value = next(value for value in (0.0, 1.0) if contact.is_active(value) == is_active)
        reading = SensorReading(contact.device_id, contact.sensor[0].id, value, self._seq, now, now, simulated=True)
        self._store.accept_reading(reading)
        note_contact(self._store, contact, is_active=is_active, now=now)

    def _close(self, incident: Incident, now: float, *, is_closed: bool) -> None:
        for number, item in enumerate(exit_items(self._site.plan, self._places[incident.place])):
            contact = Contact(id=f"{DOOR}-{number}", kind="door", item=item, simulated=True)
            if self._told.get(contact.id, (False, 0.0))[0] != is_closed:
                self._told[contact.id] = is_closed, now
                note_contact(self._store, contact, is_active=is_closed, now=now)

    def _report(self, incident: Incident, now: float) -> None:
        zone = self._places[incident.place]
        level = self._site.plan.zone(zone).level
        report_incident(
            self._store, Reported("", incident.report or "other", level, zone, None, 0.0, REPORTED_BY, "", now)
        )
