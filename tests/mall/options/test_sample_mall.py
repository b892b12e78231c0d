"""The sample mall: every zone can be the place of a situation, and its options can be told and drawn."""

import pytest

from gis.routes import WalkGraph
from mall.config import SAMPLE_SITE, load_site
from mall.models import Advisory, ZoneReading, pack
from mall.options.building import build
from mall.options.situation import Now, case_of, limit_of, zone_of

SITE = load_site(SAMPLE_SITE)
GRAPH = WalkGraph.of(SITE.plan)
NOW = 1_795_239_127.0


def reading(zone: str, people: int) -> ZoneReading:
    return ZoneReading(
        zone, people, (people, people + 5), 1.9, "E", "critical", 1, NOW, NOW, 0.1, 0.2, 1, "e", 1.0, "simulated"
    )  # fmt: skip


READINGS = {zone.id: reading(zone.id, round(0.2 * SITE.plan.area_m2(zone.id))) for zone in SITE.plan.zones}
RATES = {pair: 4.0 for portal in GRAPH.portals for pair in (portal.zones, portal.zones[::-1])}


def raised(place: str, rule: str = "density-walkway", **facts: object) -> Advisory:
    told = {"value": 1.9, "limit": 1.75, "unit": "p/m²"} | facts
    return Advisory(f"{rule}:{place}:1", rule, place, "1f", "warn", "new", NOW, NOW, told)


@pytest.mark.parametrize("place", sorted(zone.id for zone in SITE.plan.zones))
def test_every_zone_can_be_advised_on(place: str) -> None:
    full = READINGS | {place: reading(place, round(1.9 * SITE.plan.area_m2(place)) + 1)}
    found = build(case_of(SITE, GRAPH, raised(place), Now(NOW, full, RATES)), {}, NOW)
    assert found.no_action is not None
    assert found.options or found.none_reason or found.no_action.high[-1] < found.limit  # type: ignore[operator]
    assert pack(found.to_row())
    levels = {level.id for level in SITE.plan.levels}
    for option in found.options:
        assert set(option.drawing) <= levels
        assert {change.item for change in option.plan_changes} <= set(option.items)
        assert set(option.zones) <= {zone.id for zone in SITE.plan.zones}


def test_the_escalator_landing_is_relieved_by_its_escalator() -> None:
    full = READINGS | {"landing": reading("landing", 45), "head": reading("head", 60)}
    rates = RATES | {("head", "esc-down-2"): 60.0, ("esc-down", "landing"): 60.0, ("landing", "atrium"): 45.0}
    advisory = raised("landing", "escalator-landing", limit=60.0, unit="s", inflow=64.0, outflow=50.0)
    found = build(case_of(SITE, GRAPH, advisory, Now(NOW, full, rates)), {}, NOW)
    assert found.options[0].kind == "stop_escalator"
    assert found.options[0].plan_changes[0].item == "esc-down"
    assert found.options[0].title["ja"] == "エスカレーター前へ流入する下りエスカレーター（1F）を停止"
    assert found.limit == 1.75


@pytest.mark.parametrize(
    ("place", "facts", "zone"),
    [
        ("atrium", {}, "atrium"), ("atrium--landing", {}, "atrium"), ("door-s101", {}, "s101"),
        ("incident-7", {"zone": "food"}, "food"), ("1f", {"zones": ["gone", "conc-w"]}, "conc-w"),
        ("plaza-west-cam", {}, None), ("matcha-bar/co2", {"zones": None}, None),
    ],
)  # fmt: skip
def test_the_zone_of_an_advisory(place: str, facts: dict[str, object], zone: str | None) -> None:
    assert zone_of(SITE.plan, raised(place, **facts)) == zone


@pytest.mark.parametrize(
    ("rule", "place", "facts", "limit"),
    [
        ("density-stair", "stairs-w", {"limit": 2.69}, 2.69),
        ("time-to-limit", "atrium", {"limit": 60.0, "unit": "s"}, 1.75),
        ("queue-wait", "cinema", {"limit": 600.0, "unit": "s"}, 3.33),
        ("incident", "stairs-w", {"limit": None}, 1.54),
        ("utilisation", "food", {"limit": 1.0, "unit": ""}, 110 / SITE.plan.area_m2("food")),
    ],
)
def test_the_limit_is_a_density(rule: str, place: str, facts: dict[str, object], limit: float) -> None:
    assert limit_of(SITE.plan, raised(place, rule, **facts), place) == pytest.approx(limit)
