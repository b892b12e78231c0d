"""The desk: one advisory a place, compare-and-set, and an audit of every change."""

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from mall.advisories.acting import Acted, act
from mall.advisories.desk import Desk, Place
from mall.advisories.life import Order
from mall.advisories.rules import (
    CAMERA_LOST,
    DENSITY_WALKWAY,
    OWN,
    RULES,
    SENSOR_LIMIT,
    SENSOR_SILENT,
    UTILISATION,
    Limit,
    family_of,
)
from mall.advisories.situations import Evidence
from mall.advisories.sources import in_japanese
from mall.advisories.wording import lower_first, text
from mall.errors import StoreError
from mall.models import Advisory
from mall.store import MemoryStore

PLACE = Place("plaza", "1f")


def acknowledge(store: MemoryStore, advisory_id: str, by: str, now: float) -> Acted:
    return act(store, advisory_id, Order("acknowledge", by), now)


def facts(limit: Limit) -> dict[str, Any]:
    return {"value": 2.5, "limit": limit.value, "source": limit.source}


def feed(desk: Desk, density: float, start: float, seconds: float, rule: Any = DENSITY_WALKWAY) -> None:
    for i in range(int(seconds) + 1):
        desk.judge(rule, PLACE, Evidence(density, density), now=start + i, facts=facts)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def only(store: MemoryStore) -> Advisory:
    (found,) = store.advisories()
    return found


def test_raise_worsen_ease_resolve_is_one_advisory_with_an_audit(store: MemoryStore) -> None:
    desk = Desk(store)
    feed(desk, 1.2, 0, 20)
    assert only(store).severity == "watch"
    feed(desk, 2.5, 30, 20)
    assert only(store).severity == "act"
    feed(desk, 1.2, 60, 90)
    assert only(store).severity == "watch"
    feed(desk, 0.0, 200, 90)
    assert only(store).status == "resolved"
    assert only(store).version == 4
    whats = [row["what"] for row in store.read_audit(10)]
    assert whats == ["advisory raised", "advisory changed", "advisory changed", "advisory resolved"]
    feed(desk, 1.2, 290 + 900, 20)
    assert len(store.advisories()) == 2, "a new situation is a new advisory"


def test_acknowledged_then_resolved(store: MemoryStore) -> None:
    desk = Desk(store)
    feed(desk, 1.2, 0, 20)
    done = acknowledge(store, only(store).id, "console:mori", 25.0)
    assert done.outcome == "done"
    assert only(store).acknowledged_by == "console:mori"
    feed(desk, 0.0, 30, 90)  # the desk does not know of the acknowledgement and must find it
    assert only(store).status == "resolved"
    assert only(store).acknowledged_by == "console:mori"


def test_the_second_of_two_is_told_who_was_first(store: MemoryStore) -> None:
    feed(Desk(store), 1.2, 0, 20)
    assert acknowledge(store, only(store).id, "console:mori", 25.0).outcome == "done"
    second = acknowledge(store, only(store).id, "console:abe", 26.0)
    assert second.outcome == "taken"
    assert second.advisory is not None
    assert second.advisory.acknowledged_by == "console:mori"
    assert acknowledge(store, "nothing", "console:abe", 26.0).outcome == "unknown"


def test_who_loses_the_race_itself_is_told(store: MemoryStore) -> None:
    feed(Desk(store), 1.2, 0, 20)

    class Rival(MemoryStore):
        """Somebody else acknowledges between the read and the write."""

        raced = False

        def put_advisory(self, advisory: Advisory, expected_version: int | None, **more: Any) -> bool:
            if not self.raced:
                self.raced = True
                found = store.advisories()[0]
                assert store.put_advisory(replace(advisory, acknowledged_by="console:rival"), found.version)
            return store.put_advisory(advisory, expected_version, **more)

        def read_advisory(self, advisory_id: str) -> Advisory | None:
            return store.read_advisory(advisory_id)

    lost = acknowledge(Rival(), only(store).id, "console:mori", 25.0)
    assert lost.outcome == "taken"
    assert only(store).acknowledged_by == "console:rival"


def test_what_worsens_must_be_seen_again(store: MemoryStore) -> None:
    desk = Desk(store)
    feed(desk, 1.2, 0, 20)
    acknowledge(store, only(store).id, "console:mori", 25.0)
    feed(desk, 3.6, 30, 20)
    assert (only(store).severity, only(store).status, only(store).acknowledged_by) == ("clear", "new", None)


def test_a_new_engine_takes_over_open_advisories(store: MemoryStore) -> None:
    feed(Desk(store), 1.2, 0, 20)
    second = Desk(store)
    second.load()
    feed(second, 1.2, 30, 20)
    assert len(store.advisories()) == 1
    feed(second, 0.0, 60, 90)
    assert only(store).status == "resolved"


def test_of_two_rules_on_one_danger_a_new_engine_knows_which_ended_last(store: MemoryStore) -> None:
    """What was raised first may end last; the engine before it remembered the one that ended last."""
    rules = {family: [rule.id for rule in RULES if family_of(rule) == family] for family in map(family_of, RULES)}
    first, second = next(ids for ids in rules.values() if len(ids) > 1)[:2]
    for rule, raised_at, ended_at in ((first, 1.0, 100.0), (second, 5.0, 10.0)):
        over = Advisory(
            f"{rule}:plaza:1", rule, "plaza", "1f", "warn", "resolved", raised_at, ended_at, {}, resolved_at=ended_at
        )
        assert store.put_advisory(over, None)
    desk = Desk(store)
    desk.load()
    last = desk.ended((second, "plaza"))
    assert last is not None
    assert last.rule == first


def test_advisories_of_places_that_are_gone_expire(store: MemoryStore) -> None:
    feed(Desk(store), 1.2, 0, 20)
    second = Desk(store)
    second.load()
    second.close_unjudged(50.0)
    assert (only(store).status, only(store).ended_by) == ("expired", "engine")


def test_resolved_advisories_are_kept_for_30_days(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, day = Desk(store), 24 * 3600.0
    feed(desk, 1.2, 0, 20)
    feed(desk, 0.0, 30, 90)
    resolved_at = only(store).resolved_at or 0.0
    calls = []
    drop = store.drop_resolved
    monkeypatch.setattr(store, "drop_resolved", lambda before: calls.append(before) or drop(before))
    for now in (resolved_at + 30 * day, resolved_at + 30 * day + 10.0, resolved_at + 30 * day + 3599.0):
        desk.prune(now)
    assert (len(calls), len(store.advisories())) == (1, 1)
    desk.prune(resolved_at + 30 * day + 3600.0)
    assert (len(calls), store.advisories()) == (2, [])


def test_acknowledging_reads_one_advisory_and_not_the_history(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(Desk(store), 1.2, 0, 20)
    found = only(store)

    def refuse(**_: object) -> list[Advisory]:
        raise AssertionError("the whole history was read")

    monkeypatch.setattr(store, "advisories", refuse)
    assert acknowledge(store, found.id, "console:mori", 25.0).outcome == "done"


def test_a_store_that_fails_loses_nothing(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(store)
    feed(desk, 1.2, 0, 9)

    def refuse(*_: object, **__: object) -> bool:
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(store, "put_advisory", refuse)
        with pytest.raises(StoreError):
            feed(desk, 1.2, 10, 1)
    assert store.advisories() == []
    feed(desk, 1.2, 12, 1)
    assert only(store).severity == "watch"


ZONE_FACTS = {
    "value": 2.5,
    "limit": 2.17,
    "people": 250,
    "band": [230, 270],
    "on_delay_s": 10.0,
    "source": "Fruin",
    "capacity": 200,
}
SENSOR_FACTS = {
    "kind": "co2",
    "unit": "ppm",
    "value": 1200.0,
    "limit": 1000.0,
    "side": "high",
    "source": "site",
    "period_s": 10.0,
    "after_s": 100.0,
}


DOOR_FACTS = SENSOR_FACTS | {"kind": "door", "unit": "", "value": 1.0, "limit": 0.5, "on_delay_s": 20.0}


@pytest.mark.parametrize(
    ("rule", "severity", "values", "title", "why"),
    [
        (
            "density-walkway",
            "act",
            ZONE_FACTS,
            "Plaza: too dense",
            "2.50 p/m² (250 people, band 230–270), limit 2.17 p/m² for 10 s: Fruin",
        ),
        ("density-walkway", "act", ZONE_FACTS | {"band": [230, None]}, "Plaza: too dense", "≥ 250 people"),
        ("density-stair", "warn", ZONE_FACTS | {"value": 2.0}, "Plaza: crowded", "Judged by the upper end"),
        (UTILISATION.id, "warn", ZONE_FACTS | {"value": 1.25, "limit": 1.0}, "Plaza: full", "125 % of 200 people"),
        (SENSOR_LIMIT.id, "warn", SENSOR_FACTS, "Plaza: above the limit", "1,200 ppm, limit 1,000 ppm"),
        (SENSOR_LIMIT.id, "warn", SENSOR_FACTS | {"side": "low"}, "Plaza: below the limit", "1,200 ppm"),
        (SENSOR_LIMIT.id, "warn", DOOR_FACTS, "Plaza: open", "open for more than 20 s"),
        ("density-walkway", "act", ZONE_FACTS | {"people": 1, "band": [1, 1]}, "Plaza: too dense", "(1 person)"),
        (SENSOR_SILENT.id, "watch", SENSOR_FACTS, "Plaza: sensor silent", "more than 100 s"),
        (CAMERA_LOST.id, "warn", {"state": "offline", "zones": ["plaza"]}, "Plaza: camera lost", "No data in Plaza."),
    ],
)
def test_words(rule: str, severity: Any, values: dict[str, Any], title: str, why: str) -> None:
    advisory = Advisory("i", rule, "plaza", "1f", severity, "new", 0.0, 0.0, values)
    names = {"plaza": {"": "Plaza", "ja": "広場"}}
    words = text(advisory, dict.fromkeys(("zone", "camera", "level", "sensor"), names))
    assert words["title"]["en"].startswith(title)
    assert why in words["why"]["en"].replace("\u00a0", " ")
    assert words["title"]["ja"].startswith("広場：")
    assert words["why"]["ja"]


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    advisory = Advisory("i", "density-walkway", "plaza", "1f", "act", "new", 0.0, 0.0, ZONE_FACTS)
    why = text(advisory, {})["why"]
    assert "2.50\u00a0p/m²" in why["en"]
    assert "for 10\u00a0s" in why["en"]
    assert "10\u00a0秒" in why["ja"]


@pytest.mark.parametrize("source", sorted({limit.source for rule in RULES for limit in rule.limits}))
def test_every_source_of_a_limit_is_told_in_japanese(source: str) -> None:
    if not source.endswith(OWN):  # camera and sensor faults tell no source
        assert re.search("[ぁ-んァ-ン一-龥]", in_japanese(source))


def test_a_sites_own_limit_is_told_in_japanese_and_an_unknown_source_stays() -> None:
    assert in_japanese("site profile, [limits.density-walkway]") == "サイト設定 [limits.density-walkway]"
    assert in_japanese("our engineer") == "our engineer"


@pytest.mark.parametrize(
    ("words", "told"), [("Milk fridge", "milk fridge"), ("CO₂", "CO₂"), ("PM10", "PM10"), ("", "")]
)
def test_a_label_within_a_sentence(words: str, told: str) -> None:
    assert lower_first(words) == told


def test_a_figure_that_is_no_number_is_not_known_and_ends_nothing(store: MemoryStore) -> None:
    def odd(limit: Limit) -> dict[str, Any]:
        return facts(limit) | {"range_s": (math.nan, 3.0), "share": math.inf, "zones": ["a"]}

    desk = Desk(store)
    for now in range(20):
        desk.judge(DENSITY_WALKWAY, PLACE, Evidence(1.2, 1.2), now=float(now), facts=odd)
    found = only(store).facts
    assert (found["range_s"], found["share"], found["zones"]) == ([None, 3.0], None, ["a"])
