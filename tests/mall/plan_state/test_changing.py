"""The state of the plan: what makes sense, who was first, what ends by itself, what contacts say."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gis.passage import Passage, items_of, other_ends
from mall.config import Site
from mall.models import SensorReading
from mall.plan_state import Incident, ItemState, PlanState, alarm_of, contact_statuses
from mall.plan_state.changing import (
    ChangeRefusedError,
    checked_passage,
    clear_incident,
    note_contact,
    report_incident,
    set_item,
)
from mall.plan_state.findings import alarm_findings, incident_findings, is_silenced
from mall.site_contacts import Contact
from mall.store import MemoryStore, Store
from mall.views.plan_state import plan_state_view
from tests.gis.plans import box, plan_of
from tests.gis.plans import zone as area
from tests.mall.plan_state.ways_site import ways_site
from tests.store_kinds import store_of

NOW = 1_795_239_127.0


@pytest.fixture(params=["memory", "server", "cluster"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    yield from store_of(request)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return ways_site(tmp_path)


def closed(item: str = "door-w", *, who: str = "console:Mori", until: float | None = None) -> ItemState:
    return ItemState(item, Passage("closed"), who, "spill", NOW, until)


def test_nothing_was_said_yet(store: Store) -> None:
    assert store.read_plan_state() == PlanState()
    assert not store.put_plan_state(PlanState(5), 4)


def test_what_is_written_comes_back(store: Store) -> None:
    made = set_item(store, closed(until=NOW + 60), expected_version=0, now=NOW)
    incident = report_incident(store, lost_child())
    note_contact(store, Contact(id="fire", kind="fire_alarm"), is_active=True, now=NOW)
    found = store.read_plan_state()
    assert (made.version, found.version) == (1, 3)
    assert found.items["door-w"] == made
    assert found.incidents[incident.id] == incident
    assert found.contacts["fire"].is_active
    assert PlanState.from_json(found.to_json()) == found


def lost_child() -> Incident:
    return Incident("", "lost_child", "1f", "hall", (5.0, 5.0), 0.0, "console:Mori", "red coat", NOW)


def test_of_two_people_the_second_is_told_who_was_first(store: Store) -> None:
    set_item(store, closed(), expected_version=0, now=NOW)
    with pytest.raises(ChangeRefusedError, match="Mori has just changed it to closed") as told:
        set_item(store, closed(who="console:Sato"), expected_version=0, now=NOW)
    assert (told.value.code, told.value.by) == ("taken", "Mori")
    assert store.read_plan_state().items["door-w"].who == "console:Mori"


def test_changes_of_different_items_do_not_get_in_each_others_way(store: Store) -> None:
    names = [f"item-{n}" for n in range(4)]
    failed: list[Exception] = []

    def change(name: str) -> None:
        try:
            set_item(store, closed(name), expected_version=0, now=NOW)
        except Exception as exc:  # told below
            failed.append(exc)

    threads = [threading.Thread(target=change, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert set(store.read_plan_state().items) == set(names)
    assert store.read_plan_state().version == 4


def test_a_race_leaves_one_winner_and_a_true_audit() -> None:
    class Meanwhile(MemoryStore):
        """Lets somebody else write between the audit and the write."""

        other: ItemState | None = None

        def put_plan_state(self, state: PlanState, expected_version: int) -> bool:
            if self.other is not None:
                theirs, self.other = self.other, None
                found = self.read_plan_state()
                super().put_plan_state(found.with_item(theirs), found.version)
            return super().put_plan_state(state, expected_version)

    store = Meanwhile()
    store.other = closed(who="console:Sato")
    with pytest.raises(ChangeRefusedError) as told:
        set_item(store, closed(), expected_version=0, now=NOW)
    assert told.value.by == "Sato"
    assert [row["what"] for row in store.read_audit(9)] == ["passage set", "not done: passage set"]


def test_a_state_ends_by_itself(store: Store) -> None:
    set_item(store, closed(until=NOW + 60), expected_version=None, now=NOW)
    found = store.read_plan_state()
    assert found.passages(NOW + 59.9) == {"door-w": Passage("closed")}
    assert found.passages(NOW + 60) == {}
    with pytest.raises(ChangeRefusedError, match="to come"):
        set_item(store, closed(until=NOW), expected_version=None, now=NOW)


@pytest.mark.parametrize(
    ("item", "mode", "towards", "expected"),
    [
        ("door-w", "closed", None, Passage("closed")),
        ("door-w", "open", "hall", Passage("open")),
        ("door-w", "one_way", "outside", Passage("one_way", None)),
        ("door-w", "one_way", "hall", Passage("one_way", "hall")),
        ("gate", "one_way", "shop", Passage("one_way", "shop")),
        ("esc", "stopped", None, Passage("stopped")),
        ("stairs", "one_way", "stairs-2", Passage("one_way", "stairs-2")),
        ("esc", "one_way", "esc-2", Passage("one_way", "esc-2")),
        ("lift", "closed", None, Passage("closed")),
    ],
)
def test_sensible_states(site: Site, item: str, mode: str, towards: str | None, expected: Passage) -> None:
    assert checked_passage(site.plan, item, mode, towards) == expected


@pytest.mark.parametrize(
    ("item", "mode", "towards", "code", "text"),
    [
        ("door-x", "closed", None, "unknown_item", "No opening, stair, escalator or lift 'door-x'"),
        ("hall", "closed", None, "unknown_item", "'hall'"),
        ("door-w", "stopped", None, "wrong_mode", "opening cannot be stopped; expected open, closed, one_way"),
        ("door-w", "ajar", None, "unknown_mode", "No mode 'ajar'"),
        ("esc", "one_way", None, "towards", "one of esc, esc-2"),
        ("lift", "one_way", "lift-2", "wrong_mode", "lift cannot be one_way"),
        ("gate", "one_way", None, "towards", "one of hall, shop"),
        ("gate", "one_way", "stairs", "towards", "one of hall, shop"),
    ],
)
def test_nonsense_is_refused_by_name(
    site: Site, item: str, mode: str, towards: str | None, code: str, text: str
) -> None:
    with pytest.raises(ChangeRefusedError, match=text) as told:
        checked_passage(site.plan, item, mode, towards)
    assert told.value.code == code


def test_a_contact_writes_only_what_changed(store: Store) -> None:
    door = Contact(id="reed-w", kind="door", item="door-w")
    assert note_contact(store, door, is_active=False, now=NOW)
    assert not note_contact(store, door, is_active=False, now=NOW + 10)
    set_item(store, closed(), expected_version=None, now=NOW + 20)
    assert not note_contact(store, door, is_active=False, now=NOW + 30)  # says nothing new: the operator's word stays
    assert store.read_plan_state().items["door-w"].source == "operator"
    assert note_contact(store, door, is_active=True, now=NOW + 40)
    state = store.read_plan_state().items["door-w"]
    assert (state.passage.mode, state.source, state.who, state.since) == (
        "closed",
        "contact",
        "contact:reed-w",
        NOW + 40,
    )
    assert [row["what"] for row in store.read_audit(9)] == ["contact changed", "passage set", "contact changed"]


def test_an_escalator_is_one_machine_whichever_end_is_told(store: Store, site: Site) -> None:
    """Stopped below and started again above, it runs: neither end keeps what was said before."""
    ends = {"esc": other_ends(site.plan, "esc"), "esc-2": other_ends(site.plan, "esc-2")}
    assert ends == {"esc": ("esc-2",), "esc-2": ("esc",)}
    assert other_ends(site.plan, "stairs") == other_ends(site.plan, "door-w") == ()
    for item, mode in (("esc", "stopped"), ("esc-2", "open")):
        state = ItemState(item, Passage(mode), "console:Mori", "", NOW)  # type: ignore[arg-type]
        set_item(store, state, expected_version=0, now=NOW, ends=ends[item])
    found = store.read_plan_state().items
    assert {item: (state.passage.mode, state.version) for item, state in found.items()} == {
        "esc": ("open", 2), "esc-2": ("open", 1),
    }  # fmt: skip
    contact = Contact(id="esc-run", kind="escalator", item="esc")
    assert note_contact(store, contact, is_active=True, now=NOW + 5, ends=ends["esc"])
    found = store.read_plan_state().items
    assert {state.passage.mode for state in found.values()} == {"stopped"}


@pytest.mark.parametrize(
    ("kind", "means", "value", "active"),
    [
        ("fire_alarm", None, 1, True), ("fire_alarm", None, 0, False), ("fire_alarm", "normal", 0, True),
        ("door", None, 1, True), ("door", "open", 1, False), ("escalator", None, 1, False),
        ("escalator", "stopped", 1, True), ("escalator", "running", 0, True),
    ],
)  # fmt: skip
def test_what_a_closed_contact_means(kind: str, means: str | None, value: float, active: bool) -> None:
    item = None if kind == "fire_alarm" else "x"
    row = {"id": "c", "kind": kind, "item": item, "closed_means": means}
    assert Contact.model_validate(row).is_active(value) is active


DOOR = Contact(id="reed-w", kind="door", item="door-w")
MOTOR = Contact(id="esc-run", kind="escalator", item="esc")


@pytest.mark.parametrize(
    ("said", "order", "after"),
    [
        (None, "open", "open"),
        (True, "open", "closed"),
        (True, "closed", "closed"),
        (False, "closed", "open"),
    ],
)
def test_a_word_that_ends_leaves_what_the_contact_said_last(
    store: Store, said: bool | None, order: Any, after: str
) -> None:
    if said is not None:
        note_contact(store, DOOR, is_active=said, now=NOW - 60)
    for until in (NOW + 30, NOW + 60):  # said twice: what lies beneath stays
        state = ItemState("door-w", Passage(order), "console:Mori", "", NOW, until)
        set_item(store, state, expected_version=None, now=NOW)
    found = PlanState.from_json(store.read_plan_state().to_json())
    assert found == store.read_plan_state()
    assert found.passages(NOW + 59)["door-w"].mode == order
    assert found.passages(NOW + 60).get("door-w", Passage()).mode == after


@pytest.mark.parametrize(("age_s", "known"), [(1.0, True), (3600.0, False)])
def test_what_a_silent_contact_said_last_is_told_as_not_known(age_s: float, known: bool) -> None:
    store = MemoryStore(clock=lambda: NOW)
    note_contact(store, DOOR, is_active=True, now=NOW - 7200)
    state = ItemState("door-w", Passage("open"), "console:Mori", "", NOW - 60, NOW)
    set_item(store, state, expected_version=None, now=NOW - 60)
    found = store.read_plan_state()
    for at, source, is_known in ((NOW - 1, "operator", True), (NOW, "contact", known)):
        row = plan_state_view(found, contact_statuses((DOOR,), found, heard(DOOR, at - age_s), now=at), now=at)
        told = row["items"]["door-w"]
        assert (told["source"], told["is_known"], told["version"]) == (source, is_known, 2)
    assert (told["mode"], told["who"], told["since"], told["until"]) == (
        "closed", "contact:reed-w", NOW - 7200, None,
    )  # fmt: skip


UP, DOWN = Passage("one_way", "esc-2"), Passage("one_way", "esc")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["stop", "run"], Passage("open")),  # nothing ordered: as the plan has it
        ([DOWN, "stop"], Passage("stopped")),
        ([DOWN, "stop", "run"], DOWN),
        ([DOWN, "run"], DOWN),
        ([DOWN, "stop", "run", "stop", "run"], DOWN),
        (["stop", DOWN], DOWN),  # the operator's word goes before what was said until then
        (["stop", DOWN, "stop again", "run"], DOWN),
        ([DOWN, UP, "stop", "run"], UP),
        ([DOWN, "stop", Passage("open"), "run"], Passage("open")),  # taken back meanwhile
        ([Passage("closed"), "run"], Passage("open")),  # shut or not is what a contact knows
    ],
)
def test_an_order_which_way_outlives_what_the_contact_says(
    store: Store, site: Site, steps: list[Any], expected: Passage
) -> None:
    ends = other_ends(site.plan, "esc")
    for at, step in enumerate(steps):
        now = NOW + at
        if isinstance(step, Passage):
            state = ItemState("esc-2", step, "console:Mori", "", now)
            set_item(store, state, expected_version=None, now=now, ends=other_ends(site.plan, "esc-2"))
        else:
            note_contact(store, MOTOR, is_active=step.startswith("stop"), now=now, ends=ends)
    found = store.read_plan_state().passages(NOW + 60)
    assert {found.get(end, Passage()) for end in ("esc", "esc-2") if end in found} == {expected}


def test_an_order_that_has_ended_meanwhile_does_not_come_back(store: Store) -> None:
    set_item(store, ItemState("esc", DOWN, "console:Mori", "", NOW, NOW + 60), expected_version=0, now=NOW)
    note_contact(store, MOTOR, is_active=True, now=NOW + 10)
    assert store.read_plan_state().passages(NOW + 61)["esc"].mode == "stopped"
    note_contact(store, MOTOR, is_active=False, now=NOW + 70)
    assert store.read_plan_state().passages(NOW + 71)["esc"] == Passage("open")


def test_a_timed_order_ends_over_a_contact_that_runs(store: Store) -> None:
    set_item(store, ItemState("esc", DOWN, "console:Mori", "", NOW, NOW + 60), expected_version=0, now=NOW)
    for at, active in ((10, True), (20, False)):
        note_contact(store, MOTOR, is_active=active, now=NOW + at)
    found = store.read_plan_state()
    assert (found.passages(NOW + 59)["esc"], found.passages(NOW + 60)["esc"]) == (DOWN, Passage("open"))


def heard(contact: Contact, at: float) -> dict[tuple[str, str], SensorReading]:
    reading = SensorReading(contact.device_id, "contact", 1.0, 1, at, at, simulated=False)
    return {(contact.device_id, "contact"): reading}


def test_silence_is_never_no_alarm(store: Store) -> None:
    fire = Contact(id="fire", kind="fire_alarm", period_s=10)
    never = alarm_of(contact_statuses([fire], store.read_plan_state(), {}, now=NOW))
    assert (never.is_on, never.is_known, never.silent) == (False, False, ("fire",))
    note_contact(store, fire, is_active=False, now=NOW)
    state = store.read_plan_state()
    calm = alarm_of(contact_statuses([fire], state, heard(fire, NOW), now=NOW + 90))
    assert (calm.is_on, calm.is_known) == (False, True)
    gone = alarm_of(contact_statuses([fire], state, heard(fire, NOW), now=NOW + 101))  # 10 periods
    assert (gone.is_on, gone.is_known, gone.silent) == (False, False, ("fire",))


def test_an_alarm_outlives_its_input(store: Store) -> None:
    fire = Contact(id="fire", kind="fire_alarm", period_s=10)
    note_contact(store, fire, is_active=True, now=NOW)
    statuses = contact_statuses([fire], store.read_plan_state(), {}, now=NOW + 90_000)
    alarm = alarm_of(statuses)
    assert (alarm.is_on, alarm.since, alarm.silent) == (True, NOW, ("fire",))
    [finding] = alarm_findings(statuses, "1f")
    assert (finding.rule, finding.severity, finding.facts["is_silent"]) == ("fire-alarm", "clear", True)
    assert is_silenced("utilisation", "warn", alarm)
    assert is_silenced("density-walkway", "watch", alarm)
    assert not is_silenced("density-walkway", "act", alarm)
    assert not is_silenced("utilisation", "warn", alarm_of([]))


def test_an_incident_ends_once_and_its_note_stays_here(store: Store) -> None:
    made = report_incident(store, lost_child())
    [finding] = incident_findings(store.read_plan_state().active_incidents(NOW))
    assert (finding.rule, finding.place, finding.severity) == ("incident", made.id, "warn")
    assert "red coat" not in str(finding)
    assert "red coat" not in str(store.read_audit(9))
    clear_incident(store, made.id, "console:Sato", NOW + 60)
    assert store.read_plan_state().active_incidents(NOW + 60) == ()
    with pytest.raises(ChangeRefusedError, match="Sato has already cleared it"):
        clear_incident(store, made.id, "console:Mori", NOW + 61)
    with pytest.raises(ChangeRefusedError, match="No incident"):
        clear_incident(store, "incident-0", "console:Mori", NOW + 61)


def test_a_record_of_a_newer_release_is_passed_over() -> None:
    text = (
        b'{"version":3,"items":[{"item":"a","passage":{"mode":"half"}},{"item":"b","passage":{"mode":"closed","x":1},'
        b'"who":"w","why":"y","since":1.0,"new":2}],"incidents":[{"kind":"comet"}],"more":1}'
    )
    found = PlanState.from_json(text)
    assert (found.version, set(found.items), found.incidents) == (3, {"b"}, {})


def test_a_way_of_which_one_side_is_known_has_no_one_way() -> None:
    plan = plan_of(area("esc", box(0, 0, 2, 6), category="escalator"), area("hall", box(0, 6, 9, 9)))
    assert items_of(plan)["esc"].modes == ("open", "stopped", "closed")
    with pytest.raises(ChangeRefusedError, match="escalator cannot be one_way"):
        checked_passage(plan, "esc", "one_way", "esc")


def test_a_note_ends_with_its_incident() -> None:
    store, spill = MemoryStore(), replace(lost_child(), kind="spill")
    lasting = report_incident(store, replace(spill, note="by the fountain"))
    short = report_incident(store, replace(spill, note="by the door", until=NOW + 60.0))
    cleared = clear_incident(store, lasting.id, "console:Sato", NOW + 5.0)
    assert cleared.note == ""
    assert store.read_plan_state().incidents[short.id].note == "by the door"
    report_incident(store, replace(spill, since=NOW + 61.0, note=""))
    assert {each.note for each in store.read_plan_state().incidents.values()} == {""}
    assert "fountain" not in str(store.read_audit(9))
