"""Options of three hand-built situations equal the hand-computed ones; the arithmetic stands beside each figure."""

import pytest

from gis.passage import Passage
from mall.options.building import build
from mall.options.records import Option, OptionSet
from tests.mall.options.scenes import (
    BOTTLENECK_RATES,
    CORRIDOR_RATES,
    LANDING_RATES,
    bottleneck,
    case_of,
    corridor,
    landing,
)


def of_kind(found: OptionSet, kind: str) -> Option:
    return next(option for option in found.options if option.kind == kind)


def test_a_landing_that_an_escalator_feeds() -> None:
    """40 a minute come, 30 leave by a door that lets no more through: 60 people on 40 m² are 10 more every minute."""
    found = build(case_of(landing(), "landing", {"landing": 60, "hall": 40, "upper": 80}, LANDING_RATES), {}, 0.0)
    none = found.no_action
    assert none is not None
    assert none.likely[0] == pytest.approx(60 / 40)
    assert none.people_5[1] == pytest.approx(60 + 5 * (40 - 30), abs=0.5)
    # Ten minutes at + 10 are 160 people, 4 p/m²; from there on fewer and fewer fit in, none at 5.4 p/m², 216 people.
    assert 160 < none.people_15[1] < 216
    best = found.options[0]
    assert (best.kind, best.key, best.rank) == ("stop_escalator", "A", 1)
    assert best.plan_changes[0].item == "esc"
    assert best.plan_changes[0].passage == Passage("stopped")
    assert best.prediction is not None
    # From minute 1 nobody gets on; those on it, 40 * 0.5 min = 20, still arrive: 60 + 10 (first minute) + 20 = 90. They
    # wait for the door, which goes on letting 30 a minute through: after 3 minutes more, minute 4, nobody is left.
    assert best.prediction.likely[3] == pytest.approx((90 - 2 * 30) / 40, abs=0.05)
    assert best.prediction.people_5[1] == pytest.approx(0.0, abs=0.5)
    # In the high run each stays on as those who come want to, 40 * 1.3 = 52 a minute for 60 people: some are left.
    assert 5.0 < best.prediction.people_5[2] < 60.0
    assert best.prediction.below_limit_min is not None
    upper = next(effect for effect in best.side_effects if effect.zone == "upper")
    # All 40 a minute stay upstairs from minute 1 on: 80 + 14 * 40 = 640 after 15 min.
    assert upper.people_after == pytest.approx(640, rel=0.02)
    assert upper.at_min == 15
    assert upper.los_after == "E"  # 640 / 400 m² = 1.6 p/m²
    assert {option.kind for option in found.options} >= {"stop_escalator", "send_staff"}


def test_a_bottleneck_with_a_second_door() -> None:
    """60 a minute come, 40 leave by the first door; the second one of 1 m is shut: it lets 60 through as planned."""
    shut = {"second": Passage("closed")}
    graph = bottleneck()
    case = case_of(graph, "room", {"room": 70, "before": 40, "beyond": 50}, BOTTLENECK_RATES, passages=shut)
    found = build(case, {}, 0.0)
    none = found.no_action
    assert none is not None
    assert none.people_5[1] == pytest.approx(70 + 5 * 20, rel=0.02)
    option = of_kind(found, "open_opening")
    assert option.items == ("second",)
    assert option.plan_changes[0].passage == Passage("open")
    assert option.prediction is not None
    # One minute more at + 20: 90 people on 60 m². All who come want to go on, 60 / 70 a minute and person, times the
    # speed at 1.5 p/m² over that at 70 / 60: 0.793 / 0.958 = 0.83 -> 90 * 0.857 * 0.83 = 64 a minute, of whom 35 %
    # take the second door: 22; the first one still lets 40 through. 60 - 62 = - 2 a minute: it stays as it is.
    assert option.prediction.people_5[1] == pytest.approx(90 - 4 * 2, abs=6)
    assert option.prediction.moved[1] > 100


def test_a_corridor_with_a_way_round() -> None:
    """60 a minute come into a corridor that 50 leave; a wide one leads from the same fork to the same court."""
    graph = corridor()
    people = {"narrow": 90, "fork": 60, "wide": 20, "court": 60}
    found = build(case_of(graph, "narrow", people, CORRIDOR_RATES), {}, 0.0)
    none = found.no_action
    assert none is not None
    assert none.people_5[1] == pytest.approx(90 + 5 * 10, rel=0.03)
    option = of_kind(found, "guide_route")
    assert option.zones == ("fork", "wide", "court")
    assert option.title["en"] == "Guide people from Fork to Court by Wide corridor"
    assert option.title["ja"] == "分岐から広場へは広い通路経由で誘導"
    assert option.prediction is not None
    # Two minutes at + 10: 110. Then 30 % of 60 go round: 42 come, 50 leave, - 8 a minute: 110 - 3 * 8 = 86 at minute 5.
    assert option.prediction.people_5[1] == pytest.approx(86, abs=3)
    assert option.prediction.after_5[1] == pytest.approx(86 / 60, abs=0.05)
    wide = next(effect for effect in option.side_effects if effect.zone == "wide")
    # 18 a minute more; each stays 20 / 20 = 1 min: 38 people in the steady state on 160 m², LoS A.
    assert wide.people_after == pytest.approx(38, abs=1)
    assert (wide.los_before, wide.los_after) == ("A", "A")
    assert list(option.drawing) == ["1f"]
