"""Which options are offered, in which order, and what is said where nothing helps."""

import time
from dataclasses import replace

import pytest

from gis.passage import Passage
from mall.options import building, guiding, venue, wording
from mall.options.building import build
from mall.options.case import Case, Stand
from mall.options.kinds import FAMILIES, KINDS, family_of
from mall.options.predict import NOTHING, simulate
from mall.options.records import Record, SideEffect
from tests.mall.options.scenes import (
    BOTTLENECK_RATES,
    CORRIDOR_RATES,
    LANDING_RATES,
    bottleneck,
    case_of,
    corridor,
    landing,
)


def corridor_case(**more: object) -> Case:
    people = {"narrow": 90, "fork": 60, "wide": 20, "court": 60}
    return case_of(corridor(), "narrow", people, CORRIDOR_RATES, **more)


def landing_case(**more: object) -> Case:
    return case_of(landing(), "landing", {"landing": 60, "hall": 40, "upper": 80}, LANDING_RATES, **more)


@pytest.mark.parametrize("case", [corridor_case(), landing_case()])
def test_two_to_four_options_ranked_with_both_languages(case: Case) -> None:
    found = build(case, {}, 100.0)
    assert 2 <= len(found.options) <= 4
    assert [option.key for option in found.options] == list("ABCD"[: len(found.options)])
    milder = [option.score for option in found.options if option.kind != "clear_area"]
    assert milder == sorted(milder, reverse=True)
    assert "clear_area" not in {option.kind for option in found.options[:-1]}
    assert len({option.kind for option in found.options}) == len(found.options)
    for option in found.options:
        assert option.staff == KINDS[option.kind].staff
        assert option.prediction is not None
        for text in (option.title, option.who, *option.steps):
            assert text["en"]
            assert text["ja"]
            assert "{" not in text["en"] + text["ja"]


def test_an_unreachable_way_round_is_not_offered() -> None:
    shut = {"wide-court": Passage("closed")}
    assert "guide_route" in {option.kind for option in build(corridor_case(), {}, 0.0).options}
    assert "guide_route" not in {option.kind for option in build(corridor_case(passages=shut), {}, 0.0).options}


def test_a_stopped_escalator_is_not_stopped_again() -> None:
    shut = {"esc": Passage("stopped"), "esc-2": Passage("stopped")}
    assert "stop_escalator" not in {option.kind for option in build(landing_case(passages=shut), {}, 0.0).options}


@pytest.mark.parametrize("escalator", ["esc", "esc-2"])
def test_an_escalator_that_is_reversed_feeds_the_landing_no_more(escalator: str) -> None:
    away = {escalator: Passage("one_way", "esc-2")}
    kinds = {option.kind for option in build(landing_case(passages=away), {}, 0.0).options}
    assert not kinds & {"stop_escalator", "reverse_escalator"}


def test_a_landing_about_to_fill_has_its_escalator_stopped_first_whatever_is_predicted() -> None:
    """Two a minute come up it, 58 from the hall: barring the hall takes more danger away, and the rule still leads."""
    busy_hall = LANDING_RATES | {("esc", "landing"): 2.0, ("hall", "landing"): 58.0, ("upper", "esc-2"): 2.0}
    people = {"landing": 80, "hall": 40, "upper": 80}
    by_effect, by_rule = (
        build(case_of(landing(), "landing", people, busy_hall, is_stop_first=first), {}, 0.0).options
        for first in (False, True)
    )
    assert by_effect[0].kind != "stop_escalator"
    assert (by_rule[0].kind, by_rule[0].key, by_rule[0].steps[0]) == ("stop_escalator", "A", wording.STOP_FIRST)
    assert by_rule[1].kind == by_effect[0].kind


def test_where_nobody_counts_the_escalator_that_the_situation_names_is_stopped_first() -> None:
    blind = Case(
        "a", "landing", "escalator-landing", "act", "landing", 2.17, landing(), None, {}, {},
        feeding=("hall", "esc"), is_stop_first=True,
    )  # fmt: skip
    best = build(blind, {}, 0.0).options[0]
    assert (best.kind, best.prediction, best.plan_changes[0].item) == ("stop_escalator", None, "esc")


def test_at_a_watch_nobody_is_led_out() -> None:
    """60 people in a room that no order empties: at a watch an eye is kept on it, at a warning it is cleared."""
    people = {"room": 60, "before": 40, "beyond": 50}
    rates = BOTTLENECK_RATES | {("before", "room"): 0.0, ("room", "beyond"): 0.0, ("", "before"): 0.0}
    found = {
        severity: build(case_of(bottleneck(), "room", people, rates, severity=severity, limit=0.5), {}, 0.0)
        for severity in ("watch", "warn")
    }
    assert [found[severity].none_reason for severity in found] == [wording.NOTHING_ENOUGH, wording.NOTHING_HELPS]
    assert ["clear_area" in {option.kind for option in found[severity].options} for severity in found] == [False, True]


def test_where_nothing_helps_the_area_is_cleared() -> None:
    """20 000 people in a room whose only door in use lets 40 out: no order brings them below the limit."""
    people = {"room": 240, "before": 40, "beyond": 50}
    rates = BOTTLENECK_RATES | {("before", "room"): 0.0, ("room", "beyond"): 0.0, ("", "before"): 0.0}
    found = build(case_of(bottleneck(), "room", people, rates, severity="clear"), {}, 0.0)
    assert found.none_reason == wording.NOTHING_HELPS
    assert [option.kind for option in found.options] == ["clear_area"]
    assert found.options[0].title == {"en": "Clear Room", "ja": "前室から退避させる"}
    assert "Beyond" in found.options[0].steps[1]["en"]


def test_what_worked_before_scores_higher() -> None:
    """Beta(1, 1) before anything is known; 200 of 200 is 201 / 202: 20 * 0.495 points more, as many less for 0."""
    case = corridor_case()
    before = {option.kind: option.score for option in build(case, {}, 0.0).options}
    first, *others = before
    record = {(first, "walkway"): Record(200, 0, 0.9)} | {(kind, "walkway"): Record(200, 200, 0.1) for kind in others}
    after = {option.kind: option.score for option in build(case, record, 0.0).options}
    assert after[first] == pytest.approx(before[first] - 9.9, abs=0.11)
    for kind in others:
        assert after[kind] == pytest.approx(before[kind] + 9.9, abs=0.11)


def test_a_popup_that_is_moved_leaves_its_space() -> None:
    stand = Stand("tea", "narrow", 6.0, {"en": "Tea bar", "ja": "茶店"})
    case = replace(corridor_case(), stands=(stand,))
    (paused,), (moved,) = list(venue.pause_popup(case)), list(venue.move_popup(case))
    assert case.net is not None
    place = case.net.index["narrow"]
    assert (paused.change.space_m2, moved.change.space_m2) == ({}, {place: 6.0})  # type: ignore[union-attr]
    runs = simulate(case.net, [NOTHING, paused.change, moved.change])  # type: ignore[list-item]
    density = runs.people[:, 1, 15, place] / runs.area_m2[:, 1, place]
    assert density[2] < density[0]
    assert runs.area_m2[2, 1, place] == 60.0 + 6.0


def test_danger_that_moves_next_door_costs() -> None:
    """The wide corridor is as full as it may be: sending more people there is punished and told."""
    full = {"narrow": 90, "fork": 60, "wide": 262, "court": 60}
    free, crowded = build(corridor_case(), {}, 0.0), build(case_of(corridor(), "narrow", full, CORRIDOR_RATES), {}, 0.0)
    one, other = (
        next((option for option in found.options if option.kind == "guide_route"), None) for found in (free, crowded)
    )
    assert one is not None
    assert other is None or other.score < one.score - 20.0


@pytest.mark.parametrize(
    ("rule", "family"),
    [
        ("density-walkway", "crowd"), ("critical-waiting", "crowd"), ("stalled", "crowd"), ("time-to-limit", "crowd"),
        ("escalator-landing", "landing"), ("utilisation", "capacity"), ("blocked-exit", "exit"),
        ("counter-flow-stair", "exit"), ("queue-wait", "queue"), ("incident", "incident"), ("camera-lost", "device"),
        ("level-dark", "device"), ("level-crowded", "crowd"), ("sensor-limit", "sensor"), ("balance", "device"),
        ("fire-alarm", "alarm"), ("memory-stopped", "memory"), ("self-test", "test"),
        ("channel-failed", "channel"),
    ],
)  # fmt: skip
def test_each_rule_has_its_family(rule: str, family: str) -> None:
    assert family_of(rule) == family


def test_every_kind_can_be_told_and_says_where_its_share_is_from() -> None:
    for kind in {kind for kinds in FAMILIES.values() for kind in kinds}:
        assert KINDS[kind].source
        assert kind in wording._TEMPLATES
    assert set(wording._TEMPLATES) == set(KINDS)


def test_a_lost_camera_has_somebody_look() -> None:
    words = {"place": {"en": "West door camera", "ja": "西口カメラ"}, "zones": {"en": "Atrium", "ja": "アトリウム"}}
    case = Case("a", "device", "camera-lost", "warn", None, 0.0, landing(), None, {}, {}, words=words)
    found = build(case, {}, 0.0)
    assert [option.kind for option in found.options] == ["look", "repair"]
    assert found.no_action is None
    assert found.none_reason is None
    assert found.options[0].steps[0]["ja"] == "データのない場所を確認する：アトリウム。"


def test_a_set_is_made_in_time() -> None:
    """A bound on processor time against slips; what ``bench options`` prints is the measurement."""
    case = landing_case()
    took = []
    for _ in range(5):
        began = time.thread_time()
        build(case, {}, 0.0)
        took.append(time.thread_time() - began)
    assert min(took) < 0.06


def test_under_a_fire_alarm_the_evacuation_plan_holds() -> None:
    found = build(Case("a", "alarm", "fire-alarm", "clear", None, 0.0, landing(), None, {}, {}), {}, 0.0)
    assert found.options == ()
    assert found.none_reason == wording.EVACUATE


def test_where_it_eases_by_itself_nothing_else_is_said() -> None:
    """110 people on 60 m², 5 a minute come and 60 leave by a door for 120: below 105 within the first minute."""
    rates = CORRIDOR_RATES | {("fork", "narrow"): 5.0, ("narrow", "court"): 60.0}
    people = {"narrow": 110, "fork": 60, "wide": 20, "court": 60}
    found = build(case_of(corridor(), "narrow", people, rates), {}, 0.0)
    assert (found.eases_min, found.no_action.likely[0] > 1.75) == (1, True)  # type: ignore[union-attr]
    assert found.none_reason is not None
    assert found.none_reason["en"].startswith("It eases by itself in about 1 min if nothing changes.")
    assert "約 1 分" in found.none_reason["ja"]
    assert "clear_area" not in {option.kind for option in found.options}


def test_it_is_said_where_easing_is_not_sure() -> None:
    sure, unsure = (wording.eases(4, is_sure=is_sure)["en"] for is_sure in (True, False))
    assert unsure.startswith(sure)
    assert "not sure" in unsure


def test_a_few_more_leaving_than_coming_is_no_easing() -> None:
    """The same place, but 58 come and 60 leave: the difference is within chance (Poisson, 3 minutes: 6 a minute)."""
    rates = CORRIDOR_RATES | {("fork", "narrow"): 58.0, ("narrow", "court"): 60.0, ("", "fork"): 78.0}
    people = {"narrow": 106, "fork": 60, "wide": 20, "court": 60}
    found = build(case_of(corridor(), "narrow", people, rates), {}, 0.0)
    assert found.eases_min
    assert found.none_reason == wording.STEADY


def test_nobody_is_guided_out_against_a_stream() -> None:
    """The way to the fork has most room, but 60 a minute come in by it."""
    (draft,) = list(guiding.guide_out(case_of(landing(), "hall", {"hall": 300, "landing": 10}, LANDING_RATES))) or (
        None,
    )
    assert draft is None or "landing" not in draft.zones


def test_nobody_is_guided_onto_an_escalator_that_only_comes_from_there() -> None:
    """The escalator of the landing runs down to it; as long as nobody is counted on it, it looks calm."""
    rates = LANDING_RATES | {("esc", "landing"): 0.0, ("landing", "hall"): 10.0, ("hall", "landing"): 60.0}
    people = {"landing": 90, "hall": 10, "esc": 0}
    drafts = list(guiding.guide_out(case_of(landing(), "landing", people, rates)))
    assert all(draft.zones != ("esc",) for draft in drafts)


@pytest.mark.parametrize(("place", "is_offered"), [("landing", False), ("narrow", False)])
def test_a_place_of_transit_has_no_counter(place: str, is_offered: bool) -> None:
    case = landing_case() if place == "landing" else corridor_case()
    assert bool(list(venue.add_service(case))) is is_offered


HELPS = build(corridor_case(), {}, 0.0).options[0]


@pytest.mark.parametrize(
    ("reliefs", "offered", "expected"),
    [
        ({"message": 0.03, "send_staff": 0.02, "guide_out": 0.04}, set(), ["guide_out", "message"]),
        ({"message": 0.03, "send_staff": 0.02}, {"bar_entry"}, ["message"]),
        ({"bar_entry": 0.03, "message": 0.009}, {"bar_entry"}, []),
        ({"message": 0.03, "clear_area": 0.04}, {"bar_entry", "guide_route"}, []),
        ({"clear_area": 0.04, "message": -0.2}, set(), []),
        ({}, set(), []),
    ],
)
def test_a_choice_of_two_is_filled_up_by_what_helps_a_little(
    reliefs: dict[str, float], offered: set[str], expected: list[str]
) -> None:
    scored = [(replace(HELPS, kind=kind, side_effects=()), relief) for kind, relief in reliefs.items()]
    assert [option.kind for option in building._of_little_help(scored, offered)] == expected


def test_what_fills_another_zone_does_not_fill_up_a_choice() -> None:
    harm = SideEffect("hall", 1.0, 90.0, 2.0, "A", "E", 5, 4, is_over=True)
    assert building._of_little_help([(replace(HELPS, kind="message", side_effects=(harm,)), 0.04)], set()) == []
