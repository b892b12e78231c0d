"""Flow through the whole engine: points in the store, moves, rates and stays out, and nothing that tells who."""

import json

import numpy as np

from mall.engine import Engine
from mall.models import pack
from mall.views.flow import read_flow_view
from tests.mall.scene import T0
from tests.mall.test_engine import Mall, line_of

SHOPPING = np.vstack(
    [line_of((5.0, 0.2), (5.0, 15.0), 46), np.tile((5.0, 15.0), (40, 1)), line_of((5.0, 15.0), (5.0, 0.2), 46)]
)
"""Through the door over the plaza into the shop, ten seconds there, and back; 1.3 m/s."""


def shoppers(mall: Mall, n: int) -> None:
    for track in range(n):
        mall.walk(SHOPPING, track=track)
        mall.run(2.0, [])


def test_shoppers_are_moves_rates_and_stays() -> None:
    mall = Mall()
    shoppers(mall, 6)
    mall.run(3.0, [])
    told = read_flow_view(mall.site, mall.store)
    moves = {(row["from"], row["to"]): row["count"] for row in told["moves"]}
    assert moves == {("plaza", "shop"): 6, ("shop", "plaza"): 6, (None, "plaza"): 6, ("plaza", None): 6}
    shop = told["zones"]["shop"]
    inside_s = 10.0 + 2 * 4.0 / (14.8 / 45 / 0.25)
    assert shop["state"] == "live"
    assert shop["dwell"]["n"] == 6
    assert abs(shop["dwell"]["median_s"] - inside_s) < 1.5
    minutes = (mall.clock.now - T0) / 60.0
    assert abs(shop["in_per_min"] - 6 / minutes) < 0.3
    assert told["lines"]["shop-door"]["in_per_min"] == shop["in_per_min"]
    assert told["lines"]["shop-door"]["specific_flow"] == round(12 / minutes / 10.0, 2)
    assert told["zones"]["gallery"]["in_per_min"] is None
    assert told["zones"]["gallery"]["state"] == "unknown"


def test_moves_are_kept_by_the_minute_and_the_next_engine_goes_on_with_them() -> None:
    mall = Mall()
    shoppers(mall, 3)
    mall.run(61.0, [])
    kept = {
        row.zone: (row.count_in, row.count_out)
        for _, rows in mall.store.read_minutes("1f", 0, 1e12)
        for row in rows
        if row.zone.startswith("move:") and row.count_in
    }
    assert set(kept) == {"move:>plaza", "move:plaza>shop"}
    mall.engine = Engine(mall.site, mall.store)
    mall.run(3.0, [])
    moves = {(row["from"], row["to"]): row["count"] for row in read_flow_view(mall.site, mall.store)["moves"]}
    assert moves["plaza", "shop"] == moves["shop", "plaza"] == 3


def test_a_stay_that_a_cut_ends_is_not_seen_to_end() -> None:
    mall = Mall()
    for track in range(6):
        mall.walk(SHOPPING[:70], track=track)
        mall.run(0.5, [], cut=True)
    mall.run(3.0, [])
    dwell = read_flow_view(mall.site, mall.store)["zones"]["shop"]["dwell"]
    assert (dwell["n"], dwell["censored"], dwell["median_s"]) == (6, 6, None)
    assert dwell["over_s"] is not None


def test_nothing_that_is_stored_tells_one_person_from_another() -> None:
    mall = Mall()
    mall.walk(SHOPPING[:80], track=987_654_321)
    mall.run(3.0, [SHOPPING[79]], tracks=[987_654_321])
    flow = mall.store.read_flow("1f")
    assert flow is not None
    stored = json.dumps(json.loads(flow.to_json())) + pack(read_flow_view(mall.site, mall.store)).decode()
    assert "987654321" not in stored
    assert flow.zones["shop"].dwell is None, "a single visit is nobody's business"


AT_THE_DOOR = np.column_stack([np.linspace(1.0, 9.0, 8), np.full(8, 1.5)])
"""Half a metre inside of the plaza's edge."""


def moves_told(mall: Mall) -> dict[tuple[str | None, str | None], int]:
    return {(row["from"], row["to"]): row["count"] for row in read_flow_view(mall.site, mall.store)["moves"]}


def test_who_stands_near_an_edge_when_a_camera_begins_did_not_come_in() -> None:
    mall = Mall()
    mall.run(6.0, AT_THE_DOOR)
    assert moves_told(mall) == {}
    assert read_flow_view(mall.site, mall.store)["zones"]["plaza"]["dwell"]["n"] is None
    mall.run(6.0, AT_THE_DOOR + 0.1, cut=True)  # a loop begins anew
    mall.run(5.0)  # silence
    mall.run(6.0, AT_THE_DOOR)
    mall.engine = Engine(mall.site, mall.store)  # another engine takes over
    mall.run(6.0, AT_THE_DOOR)
    assert moves_told(mall) == {}
    mall.walk(line_of((5.0, 0.2), (5.0, 6.0), 20), track=7, others=AT_THE_DOOR)
    mall.run(3.0, np.vstack([AT_THE_DOOR, (5.0, 6.0)]), tracks=[*range(100, 108), 7])
    assert moves_told(mall) == {(None, "plaza"): 1}


def test_a_minute_that_two_engines_share_tells_no_rate_of_the_first_ones_crossings_in_the_second_ones_time() -> None:
    mall = Mall()
    mall.run(3.0, [])
    for track in range(4):
        mall.walk(line_of((5.0, 8.0), (5.0, 15.0), 20), track=track)
    told = mall.view["lines"]["shop-door"]
    assert told["in"] == 4
    mall.engine = Engine(mall.site, mall.store)
    mall.run(32.0, [])
    assert mall.clock.now // 60 == (T0 + 1) // 60, "still the same minute"
    flow = read_flow_view(mall.site, mall.store)
    assert flow["lines"]["shop-door"]["in_per_min"] < 5.0
    assert flow["zones"]["shop"]["in_per_min"] is None
