"""Options of open advisories are made, kept fresh, chosen, measured and learned from."""

import json
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gis.passage import Passage
from mall.errors import StoreError
from mall.interop.cap import instruction
from mall.options.advisor import Advisor
from mall.options.choosing import Choice, choose
from mall.options.effects import Tally, has_worked
from tests.mall.options.advising import ADVISORY, NOW, Mall


@pytest.fixture
def mall(tmp_path: Path) -> Mall:
    return Mall(tmp_path)


def options(mall: Mall) -> dict[str, Any]:
    text = mall.store.read_options(ADVISORY.id)
    assert text is not None
    return json.loads(text)  # type: ignore[no-any-return]


def pick(mall: Mall, kind: str = "stop_escalator", version: int = 1) -> Any:
    key = next(row["key"] for row in options(mall)["options"] if row["kind"] == kind)
    return choose(mall.store, ADVISORY.id, Choice(key, "console:Aiko", version), mall.clock.now)


def test_options_are_made_at_once_and_anew_every_30_s(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    first = options(mall)
    assert first["at"] == NOW
    assert first["options"][0]["kind"] == "stop_escalator"
    assert first["no_action"]["basis"] == "measured"
    assert first["no_action"]["people_5"][1] == pytest.approx(72 + 5 * 10, abs=3)  # 40 come and 30 leave a minute
    mall.tick(29.0)
    assert options(mall)["at"] == NOW
    mall.tick(1.5)
    assert options(mall)["at"] == NOW + 30.5


def test_a_worse_situation_has_new_options_at_once(mall: Mall) -> None:
    found = mall.raise_advisory()
    mall.tick()
    mall.store.put_advisory(found.changed(severity="act"), 1)
    mall.tick(2.0)
    assert options(mall)["at"] == NOW + 2.0


def test_one_set_a_tick_the_worst_first(mall: Mall) -> None:
    mall.raise_advisory()
    worse = ADVISORY.changed(id="density-walkway:hall:1", place="hall", severity="act")
    mall.store.put_advisory(worse, None)
    mall.tick()
    assert mall.store.read_options(worse.id) is not None
    assert mall.store.read_options(ADVISORY.id) is None
    mall.tick(0.2)
    assert mall.store.read_options(ADVISORY.id) is not None


def test_what_nobody_counts_is_assumed_and_said(mall: Mall) -> None:
    mall.raise_advisory()
    mall.tick()
    assert options(mall)["no_action"]["basis"] == "assumed"


def test_where_nobody_sees_the_place_nothing_is_predicted(mall: Mall) -> None:
    mall.people = None
    mall.raise_advisory()
    mall.tick()
    assert options(mall)["no_action"] is None
    assert "Nobody is counted" in options(mall)["none_reason"]["en"]


@pytest.mark.parametrize(
    ("people", "coverage", "density"),
    [(0, 0.2, None), (3, 0.2, None), (15, 0.2, 1.875), (0, 1.0, 0.0), (6, 0.6, 0.25)],  # of 40 m², limit 1.75
)
def test_an_empty_look_at_little_of_a_place_proves_no_calm(
    mall: Mall, people: int, coverage: float, density: float | None
) -> None:
    mall.people, mall.coverage = people, coverage
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    found = options(mall)
    assert (found["no_action"] is None) is (density is None)
    if density is None:
        assert "Nobody is counted" in found["none_reason"]["en"]
    else:
        assert found["no_action"]["likely"][0] == pytest.approx(density, abs=0.001)


def test_an_effect_is_not_measured_by_an_empty_look_at_little(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    pick(mall)
    mall.people, mall.coverage = 0, 0.2
    mall.tick(301.0)
    (first,) = mall.store.read_advisory(ADVISORY.id).effects  # type: ignore[union-attr]
    assert first["measured"] is None


def test_the_state_of_the_plan_is_heeded(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.orders = {"esc": Passage("stopped")}
    mall.tick()
    assert "stop_escalator" not in {row["kind"] for row in options(mall)["options"]}


def test_an_odd_advisory_stops_nothing(mall: Mall) -> None:
    mall.raise_advisory(id="density-walkway:gone:1", place="gone", facts={"limit": "x", "zones": [None, 7]})
    mall.store.put_advisory(ADVISORY, None)
    for _ in range(3):
        mall.tick(0.2)
    assert options(mall)["options"]


def test_a_choice_is_measured_after_5_and_15_min_and_learned_from(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    done = pick(mall)
    assert done.outcome == "done"
    assert instruction(done.advisory, "en").startswith("Bar the entry to esc")  # what receivers of CAP are told to do
    assert (done.advisory.status, done.advisory.started_at) == ("in_progress", NOW)
    assert (done.advisory.acknowledged_by, done.advisory.assigned_to) == ("console:Aiko", "Aiko")
    assert (done.advisory.version, done.advisory.changed_what) == (2, "given an option")
    assert done.plan_changes[0] == {"item": "esc", "passage": {"mode": "stopped", "towards": None}}
    chosen = done.advisory.chosen
    assert (chosen["by"], chosen["kind"], chosen["option"]) == ("console:Aiko", "stop_escalator", "A")
    mall.people = 10
    mall.tick(299.0)
    assert mall.store.read_advisory(ADVISORY.id).effects == ()  # type: ignore[union-attr]
    mall.tick(2.0)
    (first,) = mall.store.read_advisory(ADVISORY.id).effects  # type: ignore[union-attr]
    assert (first["after_min"], first["measured"]) == (5, 0.25)  # 10 people on 40 m²
    assert first["predicted"] == list(chosen["prediction"]["after_5"])
    mall.tick(600.0)
    effects = mall.store.read_advisory(ADVISORY.id).effects  # type: ignore[union-attr]
    assert [effect["after_min"] for effect in effects] == [5, 15]
    tally = Tally.from_json(mall.store.read_option_record()["stop_escalator|walkway"])
    assert (tally.n, tally.worked) == (1, 1)
    assert tally.record.mean_error == pytest.approx(abs(0.25 - chosen["prediction"]["after_15"][1]), abs=0.001)
    assert {"option chosen", "effect measured"} <= {entry["what"] for entry in mall.store.read_audit(20)}
    mall.tick(31.0)
    best = next(row for row in options(mall)["options"] if row["kind"] == "stop_escalator")
    assert best["worked_before"]["n"] == 1


class Dying:
    """A store at which the engine dies, before or after its n-th write."""

    def __init__(self, store: Any, write: int, *, is_before: bool) -> None:
        self._store, self._left, self._is_before = store, write, is_before

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return found if name.startswith("read") or name == "advisories" else partial(self._write, found)

    def _write(self, found: Any, *args: Any, **more: Any) -> Any:
        self._left -= 1
        if self._left == 0 and self._is_before:
            raise StoreError("gone")
        done = found(*args, **more)
        if self._left == 0:
            raise StoreError("gone")
        return done


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("write", range(1, 6))
def test_an_engine_that_dies_at_any_write_has_learned_once(mall: Mall, write: int, is_before: bool) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    assert pick(mall).outcome == "done"
    mall.tick(301.0)
    mall.people = 10
    mall.clock.now += 600.0
    mall.advisor = Advisor(mall.site, Dying(mall.store, write, is_before=is_before), lambda _: mall.orders)
    with suppress(StoreError):
        for _ in range(3):
            mall.tick(1.0)
    mall.advisor = Advisor(mall.site, mall.store, lambda _: mall.orders)
    mall.tick(1.0)
    mall.tick(1.0)
    advisory = mall.store.read_advisory(ADVISORY.id)
    assert advisory is not None
    assert [effect["after_min"] for effect in advisory.effects] == [5, 15]
    tally = Tally.from_json(mall.store.read_option_record()["stop_escalator|walkway"])
    assert (tally.n, tally.worked) == (1, 1)
    whats = [entry["what"] for entry in mall.store.read_audit(50)]
    assert whats.count("effect measured") == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff", b"7"])
def test_a_damaged_record_stops_nobody(mall: Mall, damage: bytes) -> None:
    mall.store.write_option_record("stop_escalator|walkway", damage)
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    assert options(mall)["options"][0]["worked_before"]["n"] == 0


def test_an_effect_is_measured_though_the_advisory_has_ended_and_the_engine_began_anew(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    advisory = pick(mall).advisory
    mall.store.put_advisory(advisory.changed(status="resolved", resolved_at=NOW), advisory.version)
    mall.advisor = Advisor(mall.site, mall.store)
    mall.people = 12
    mall.tick(301.0)
    (first,) = mall.store.read_advisory(ADVISORY.id).effects  # type: ignore[union-attr]
    assert first["measured"] == 0.3


def test_nothing_is_measured_where_nobody_looked_or_too_late(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    pick(mall)
    mall.people = None
    mall.tick(301.0)
    mall.people = 10
    mall.tick(700.0)
    effects = mall.store.read_advisory(ADVISORY.id).effects  # type: ignore[union-attr]
    assert [effect["measured"] for effect in effects] == [None, None]
    assert mall.store.read_option_record() == {}


def test_of_two_who_choose_one_is_told(mall: Mall) -> None:
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    assert pick(mall).outcome == "done"
    second = pick(mall)
    assert second.outcome == "changed"
    assert second.advisory.chosen["by"] == "console:Aiko"


@pytest.mark.parametrize("status", ["acknowledged", "in_progress"])
def test_who_chooses_does_not_become_who_acknowledged(mall: Mall, status: str) -> None:
    mall.raise_advisory(status=status, acknowledged_by="console:Ken", acknowledged_at=NOW - 9.0, assigned_to="Ken")
    mall.tick()
    found = pick(mall, version=2).advisory
    assert (found.status, found.acknowledged_by, found.assigned_to) == ("in_progress", "console:Ken", "Ken")


@pytest.mark.parametrize(
    ("changes", "is_first"),
    [
        ({"rule": "escalator-landing", "severity": "act"}, True),
        ({"rule": "escalator-landing", "severity": "warn"}, False),
        ({"facts": {"folded": [{"rule": "escalator-landing", "severity": "act"}]}}, True),
        ({"rule": "time-to-limit", "severity": "warn"}, False),
    ],
)
def test_the_rule_of_landings_comes_first(mall: Mall, changes: dict[str, Any], is_first: bool) -> None:
    mall.raise_advisory(**changes)
    mall.count_minutes()
    mall.tick()
    first = options(mall)["options"][0]
    assert (first["steps"][0]["en"].startswith("First, whatever is predicted")) is is_first


@pytest.mark.parametrize(
    ("rule", "told"), [("self-test", "A test"), ("memory-stopped", "disk"), ("fire-alarm", "evac")]
)
def test_what_nobody_on_the_floor_can_change_has_no_options(mall: Mall, rule: str, told: str) -> None:
    mall.raise_advisory(rule=rule, place="1f", facts={})
    mall.tick()
    assert options(mall)["options"] == []
    assert told in options(mall)["none_reason"]["en"]


def test_refusals(mall: Mall) -> None:
    assert choose(mall.store, "none", Choice("A", "console:B", 1), NOW).outcome == "unknown"
    found = mall.raise_advisory()
    assert choose(mall.store, found.id, Choice("A", "console:B", 1), NOW).outcome == "gone"
    mall.count_minutes()
    mall.tick()
    assert choose(mall.store, found.id, Choice("A", "console:B", 1, kind="message"), NOW).outcome == "gone"
    mall.store.put_advisory(found.changed(status="resolved", resolved_at=NOW), 1)
    assert choose(mall.store, found.id, Choice("A", "console:B", 2), NOW).outcome == "over"


def test_what_is_on_the_screen_can_be_chosen_for_a_while_after_it_was_made_anew(mall: Mall) -> None:
    """The option as it was seen, with its prediction; what stands under its letter by then is another."""
    mall.raise_advisory()
    mall.count_minutes()
    mall.tick()
    seen = options(mall)
    mall.people = None  # then A is a pop-up to move
    mall.tick(31.0)
    assert options(mall)["options"][0]["kind"] == "move_popup"
    choices = [Choice("A", "console:B", 1, "stop_escalator", at) for at in (None, seen["at"] + 1.0)]
    assert [choose(mall.store, ADVISORY.id, each, mall.clock.now).outcome for each in choices] == ["gone", "gone"]
    mall.tick(31.0)
    late = Choice("A", "console:B", 1, "stop_escalator", seen["at"])
    assert choose(mall.store, ADVISORY.id, late, seen["at"] + 90.5).outcome == "gone"
    done = choose(mall.store, ADVISORY.id, late, seen["at"] + 89.5)
    assert done.outcome == "done"
    assert done.advisory is not None
    chosen = done.advisory.chosen or {}
    assert (chosen["items"], chosen["predicted_at"]) == (seen["options"][0]["items"], seen["at"])
    assert (chosen["prediction"], chosen["no_action"]) == (seen["options"][0]["prediction"], seen["no_action"])


def test_sets_that_nobody_looks_at_any_more_are_not_kept(mall: Mall) -> None:
    mall.raise_advisory()
    for _ in range(6):
        mall.tick(31.0)
    assert [mall.clock.now - row["at"] for row in options(mall)["before"]] == [31.0, 62.0]


@pytest.mark.parametrize(
    ("measured", "worked"), [(1.0, True), (1.74, True), (1.9, True), (2.3, False), (None, None)]
)  # fmt: skip
def test_an_option_worked_below_the_limit_or_within_its_prediction(measured: float | None, worked: bool | None) -> None:
    assert has_worked({"measured": measured, "predicted": [1.6, 1.8, 2.0]}, 1.75) is worked


@pytest.mark.parametrize(("without", "worked"), [(2.4, True), (1.8, False)])
def test_an_option_after_which_it_is_as_without_it_has_not_worked(without: float, worked: bool) -> None:
    found = {"measured": 1.9, "predicted": [1.6, 1.8, 2.0], "no_action": [1.5, without, 2.6]}
    assert has_worked(found, 1.75) is worked
