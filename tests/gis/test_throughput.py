import numpy as np
import pytest

from gis.passage import Passage
from gis.portals import may_enter, portals_of
from gis.throughput import (
    FREE_SPEED_M_S,
    LEAST_SPEED_M_S,
    PEAK_P_M2,
    specific_flow,
    speed_in,
    throughput,
    walking_speed,
)
from tests.gis.plans import box, door, plan_of, zone

PLAN = plan_of(
    zone("hall", box(0, 0, 20, 10)),
    zone("stair", box(2, 10, 5, 16), category="stair", width_m=1.5),
    zone("steps", box(6, 10, 8, 16), category="stair"),
    zone("narrow", box(9, 10, 9.6, 16), category="escalator"),
    zone("wide", box(10, 10, 11.4, 16), category="escalator"),
    zone("lift", box(13, 10, 15, 12), category="lift"),
    zone("shop", box(20, 0, 30, 10), category="shop"),
    door("in", [[0, 2], [0, 4]], "hall", None),
    door("shop-door", [[20, 2], [20, 6]], "hall", "shop", width_m=3.0),
    door("steps-door", [[6.2, 10], [7.8, 10]], "hall", "steps"),
)


@pytest.mark.parametrize(
    ("density", "speed"),
    [  # 1.34 (1 - exp(-1.913 (1/rho - 1/5.4))), worked out by hand
        (0.0, 1.34),
        (0.5, 1.298),
        (1.0, 1.058),
        (1.75, 0.699),
        (2.17, 0.549),
        (5.4, LEAST_SPEED_M_S),
        (9.0, LEAST_SPEED_M_S),
    ],
)
def test_speeds_are_weidmanns(density: float, speed: float) -> None:
    assert walking_speed(density) == pytest.approx(speed, abs=0.002)


def test_flow_peaks_where_weidmann_has_it() -> None:
    densities = np.arange(0.1, 5.0, 0.01)
    flows = [specific_flow(density) for density in densities]
    assert densities[int(np.argmax(flows))] == pytest.approx(PEAK_P_M2, abs=0.05)
    assert max(flows) == pytest.approx(73.0, abs=1.0)
    with pytest.raises(ValueError, match="0 or more"):
        walking_speed(-0.1)


@pytest.mark.parametrize(
    ("item", "planned", "cap"),
    [
        ("in", 2.0 * 60, 2.0 * 82),
        ("shop-door", 3.0 * 60, 3.0 * 82),
        ("steps-door", 1.6 * 48, 1.6 * 66),
        ("stair", 1.5 * 48, 1.5 * 66),
        ("steps", 1.6 * 48, 1.6 * 66),
        ("narrow", 45.0, 60.0),
        ("wide", 75.0, 100.0),
        ("lift", 10.0, 10.0),
    ],
)
def test_capacity_is_rate_times_clear_width(item: str, planned: float, cap: float) -> None:
    found = throughput(PLAN, item)
    assert found is not None
    assert (found.planned, found.cap) == (pytest.approx(planned), pytest.approx(cap))
    assert found.source


@pytest.mark.parametrize("item", ["hall", "shop", "nowhere"])
def test_what_lets_nobody_through_has_no_capacity(item: str) -> None:
    assert throughput(PLAN, item) is None


def test_speeds_of_stairs_and_escalators_are_their_own() -> None:
    assert speed_in("walkway", 0.0) == FREE_SPEED_M_S
    assert speed_in("stair", 0.0) == pytest.approx(0.65)
    assert speed_in("stair", 2.0) < 0.35
    assert speed_in("escalator", 3.0) == pytest.approx(0.43)


def test_an_order_on_an_opening_holds_for_it_alone() -> None:
    (portal,) = [p for p in portals_of(PLAN) if p.id == "shop-door"]
    assert may_enter(portal, "shop", {})
    assert may_enter(portal, "shop", {"in": Passage("closed")})
    assert not may_enter(portal, "shop", {"shop-door": Passage("closed")})
    assert may_enter(portal, "shop", {"shop-door": Passage("one_way", "shop")})
    assert not may_enter(portal, "hall", {"shop-door": Passage("one_way", "shop")})
