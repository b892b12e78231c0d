"""Each rule on crowds through the engine: raised and ended at the second that was worked out by hand.

A rule is judged twice a second, one that needs a flow once, so that it may be told up to 1.5 s late and never early.
"""

from typing import Any

import numpy as np
import pytest
from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Line, Opening, Zone
from mall.views.rules import Trial, tried
from tests.mall.reading.played import Play, Turn, Walker, crosses, is_when, stand
from tests.mall.reading.test_crowds_live import landing_plan
from tests.mall.scene import crowd

NO = {"on_delay_s": 3600.0}  # for the rules that are not looked at


def hall_plan(category: str, **more: Any) -> FloorPlan:
    """Return 5 x 5 m of a category with a gate to the south and a shop behind a line to the north."""
    zones = (
        Zone("hall", "Hall", category, "1f", box(0, 1, 5, 6), **more),
        Zone("shop", "Shop", "shop", "1f", box(0, 6, 5, 11), capacity=1000),
    )
    lines = (
        Line("gate", "Gate", "1f", LineString([(5, 1), (0, 1)]), zone=None),
        Line("shop-door", "Shop door", "1f", LineString([(5, 6), (0, 6)]), zone="shop"),
    )
    return FloorPlan((Level("1f", "1F"),), zones, (), lines)


def spots(n: int) -> np.ndarray:
    return crowd(n, area=(0.0, 1.2, 5.0, 6.0))


@pytest.mark.parametrize(
    ("rule", "category", "people", "expected"),
    [
        ("density-walkway", "concourse", 30, (10.0, "watch")),
        ("density-walkway", "concourse", 45, (10.0, "warn")),
        ("density-walkway", "walkway", 90, (10.0, "clear")),
        ("density-queue", "queue", 85, (10.0, "warn")),
        ("density-queue", "shop", 85, (10.0, "warn")),
        ("density-stair", "stair", 28, (10.0, "watch")),
        ("density-stair", "stair", 40, (10.0, "warn")),
        ("density-escalator", "escalator", 84, (10.0, "warn")),
        ("stalled", "concourse", 57, (6.0, "act")),
    ],
)
def test_density(rule: str, category: str, people: int, expected: Turn) -> None:
    """So many stand on 25 m² until second 40: on-delay 10 s, off-delay 60 s; a speed is known after 1 s, then 5 s."""
    others = {other: NO for other in ("stalled", "critical", "density-walkway", "density-stair") if other != rule}
    play = Play(hall_plan(category, capacity=10_000), {"limits": others}, step_s=0.5 if rule == "stalled" else 1.0)
    play.run(105.0, stand(spots(people), leaves=40.0))
    assert is_when(play.turns[rule, "hall"], [expected, (100.0, None)])


FALLS_AT = 148.0
"""Out over the shop's door every 2 s until second 124, then every 4 s. Of the last minute are then
(184 - t) / 2 + (t - 124) / 4 left, of the one before 30: fewer than 24, a fifth less, from second 148 on."""


def leaving(*, until: float) -> list[Walker]:
    times = [*np.arange(4.0, 125.0, 2.0), *np.arange(128.0, until, 4.0)]
    return [crosses(10_000 + n, at, 2.5, 6.0, before_m=4.0, after_m=2.5) for n, at in enumerate(times)]


def test_critical() -> None:
    """1.2 p/m² stand in the hall all the time, which is watch by itself; with the flow that falls it is warn."""
    play = Play(hall_plan("concourse"), {"limits": {"blocked-exit": NO}})
    play.run(250.0, [*stand(spots(30), leaves=180.0), *leaving(until=178.0)])
    assert is_when(play.turns["density-walkway", "hall"], [(10.0, "watch"), (FALLS_AT + 10.0, None)], late_s=5.0)
    assert is_when(play.turns["critical", "hall"], [(FALLS_AT + 10.0, "warn"), (240.0, None)], late_s=5.0)
    facts = play.facts("critical", "hall")
    assert facts["flow_change"] == pytest.approx(-0.3, abs=0.1)
    assert [row["rule"] for row in facts["folded"]] == ["density-walkway"]


def test_critical_where_people_wait() -> None:
    """1.76 p/m² and more in a queue, one more every six seconds: 10 a minute, more than a tenth of them."""
    play = Play(hall_plan("queue"), {"limits": {"queue-wait": NO, "blocked-exit": NO}})
    more = [Walker(500 + n, 60.0 + 6.0 * n, [(0.2 + 0.2 * n, 1.5)], 200.0) for n in range(20)]
    play.run(265.0, [*stand(spots(44), leaves=200.0), *more, *leaving(until=198.0)])
    assert is_when(play.turns["critical-waiting", "hall"], [(FALLS_AT + 10.0, "warn"), (260.0, None)], late_s=5.0)


def test_time_to_limit() -> None:
    """54.25 are too many in the hall and 10 there; one every two seconds comes from second 41 to 79, none leaves.

    Judged by the upper end of the band, one more. After n of them, n < 16, (43.25 - n) x 30 / n seconds are left: 180
    from the 7th on, at 53; 60 from the 15th, at 69. After the 20th 23.25 are missing: 66 s where 10 of the last 30 s
    are left, the last to go at 89, 198 s where 3 are, at 103.
    """
    play = Play(hall_plan("concourse"), {"limits": {"blocked-exit": NO, "density-walkway": NO, "critical": NO}})
    here = stand(crowd(10, area=(0, 4, 5, 6)))
    come = [Walker(100 + n, 41.0 + 2.0 * n - 0.8, [(2.5, 0.2), (0.2 + 0.22 * n, 2.5)], 1e9) for n in range(20)]
    play.run(170.0, [*here, *come])
    expected: list[Turn] = [(63.0, "watch"), (79.0, "warn"), (149.0, "watch"), (163.0, None)]
    assert is_when(play.turns["time-to-limit", "hall"], expected, late_s=2.0)
    facts = play.facts("time-to-limit", "hall")
    assert (facts["limit_people"], facts["outflow"]) == (54, 0.0)


def test_escalator_landing() -> None:
    """43.4 are too many on 20 m²; one a second from second 40 on, none leaves.

    Judged by the upper end of the band, one more: with n there (42.4 - n) x 30 / n s are left: 60 from the 15th on
    (second 54, and 2 s), 20 from the 26th (65, and 2). The 36th is the last, at 75: 6.4 are missing then, 22 s where
    8 of the last 30 s are left, at 97, and 66 s where 3 are, at 102, each for 30 s.
    """
    play = Play(landing_plan(), step_s=0.5)
    crowd_there = crowd(40, area=(2.0, 6.5, 7.0, 10.0))
    come = [Walker(n, 40.0 + n - 3.0, [(5.0, 3.0), (5.0, 6.4), tuple(crowd_there[39 - n])], 1e9) for n in range(36)]
    play.run(140.0, come)
    expected: list[Turn] = [(56.0, "warn"), (67.0, "act"), (127.0, "warn"), (132.0, None)]
    assert is_when(play.turns["escalator-landing", "foot"], expected, late_s=2.0)


def porch(category: str) -> FloorPlan:
    return FloorPlan(
        levels=(Level("1f", "1F"),),
        zones=(Zone("porch", "Porch", category, "1f", box(0, 1, 10, 6)),),
        lines=(Line("gate", "Gate", "1f", LineString([(10, 1), (0, 1)]), zone="porch", clear_width_m=2.0),),
        openings=(Opening("gate-opening", "1f", LineString([(4, 1), (6, 1)]), 2.0, "porch", None),),
    )


def test_blocked_exit() -> None:
    """0.9 p/m² before a gate that nobody passes; what passed is known after a minute, and then 20 s."""
    play = Play(porch("entrance"))
    play.run(165.0, stand(crowd(45, area=(0.0, 1.5, 10.0, 6.0)), leaves=100.0))
    assert is_when(play.turns["blocked-exit", "porch"], [(80.0, "warn"), (160.0, None)], late_s=2.0)


def both_ways(until: int) -> list[Walker]:
    """Return one who comes in at every whole second and one who goes out half a second later, 1 to ``until``."""
    come = [crosses(2 * n, float(n), 3.0, 1.0, before_m=0.9, after_m=3.0) for n in range(1, until + 1)]
    go = [Walker(2 * n + 1, n - 2.5, [(7.0, 4.0), (7.0, 0.1)], n + 1.4) for n in range(1, until + 1)]
    return come + go


@pytest.mark.parametrize(
    ("rule", "category", "over"),
    [
        # 49 x 0.9 x 2 m = 88.2 crossings a minute, 33 x 0.9 x 2 = 59.4: of 120, 32 and 61 must have gone
        ("counter-flow", "entrance", [(100.0 + 16.0 + 60.0, "watch"), (100.0 + 30.5 + 60.0, None)]),
        # 33 x 0.9 x 2 = 59.4, 23 x 0.9 x 2 = 41.4
        ("counter-flow-stair", "stair", [(100.0 + 30.5 + 60.0, "watch"), (100.0 + 39.5 + 60.0, None)]),
    ],
)
def test_counter_flow(rule: str, category: str, over: list[Turn]) -> None:
    """120 crossings a minute over 2 m are 60 p/m/min; what passed is known after a minute, and then 20 s."""
    play = Play(porch(category), step_s=0.5)
    play.run(205.0, both_ways(100))
    assert is_when(play.turns[rule, "porch"], [(80.0, "warn"), *over], late_s=2.5)
    assert play.facts(rule, "porch")["line"] == "gate"
    (kept,) = tried(play.site, play.store, Trial(rule, {}))["zones"]
    (firing,) = kept["firings"]
    assert (firing["severity"], firing["peak"]) == ("warn", pytest.approx(60.0, abs=2.0)), (
        "by the minutes that are kept"
    )
