"""The flow as it is shown: as fresh as its source, null where unknown, and every figure with its range."""

from dataclasses import replace
from typing import Any

import pytest

from mall.config import Site
from mall.flows import LevelFlow, Median, Residual, Wait, ZoneFlow
from mall.models import LevelSnapshot
from mall.store import MemoryStore
from mall.views.flow import View, flow_view, read_flow_view
from tests.mall.scene import T0, plan, site
from tests.mall.views.test_views import READING

ZONE = ZoneFlow(12.4, 0.0, Median(252.04, None, 200.0, 330.0, 41, 6), Wait(180.0, 100.0, None), Residual(9, 4.0, 5, 80))
FLOW = LevelFlow("1f", T0, {"plaza": ZONE}, {"door": (6.0, 2.0)}, (("plaza", "shop", 3), ("", "plaza", 8)))
STAMP = (T0, 0.1, 0.2)


def queueing() -> Site:
    """Return the scene's site with a plaza that is a queue."""
    found = site()
    zones = tuple(replace(zone, category="queue") if zone.id == "plaza" else zone for zone in plan().zones)
    return Site(found.folder, found.file, replace(plan(), zones=zones))


def view(age_s: float = 0.0, flow: LevelFlow | None = FLOW, *, at: Site | None = None, **changes: Any) -> View:
    reading = replace(READING, received_at=T0, lag_s=0.0, **changes)
    snapshot = LevelSnapshot("1f", "e", 3, T0, {"plaza": reading}, [], watched={"door": STAMP})
    return flow_view(at or site(), {"1f": flow, "2f": None}, {"1f": snapshot, "2f": None}, now=T0 + age_s)


def test_a_live_zone_has_every_figure_with_its_range_and_source() -> None:
    assert view()["zones"]["plaza"] == {
        "state": "live", "age_s": 0.0, "coverage": 0.9, "source": "recorded", "in_per_min": 12.4, "out_per_min": 0.0,
        "dwell": {"median_s": 252.0, "over_s": None, "band": [200.0, 330.0], "n": 41, "censored": 6, "state": "live"},
        "wait": None, "residual": {"value": 9, "tolerance": 4.0, "minutes": 5},
    }  # fmt: skip


def test_a_line_has_its_specific_flow_over_the_clear_width() -> None:
    """Eight people a minute over a line of ten metres."""
    assert view()["lines"]["door"] == {
        "state": "live", "age_s": 0.1, "in_per_min": 6.0, "out_per_min": 2.0, "specific_flow": 0.8,
        "clear_width_m": 10.0, "zone": None,
    }  # fmt: skip
    unwatched = view()["lines"]["shop-door"]
    assert (unwatched["state"], unwatched["specific_flow"], unwatched["age_s"]) == ("unknown", None, None)


def test_only_queues_have_a_wait() -> None:
    assert view(at=queueing())["zones"]["plaza"]["wait"] == {
        "mean_s": 180.0, "over_s": None, "band": [100.0, None], "state": "live",
    }  # fmt: skip
    nobody_left = replace(FLOW, zones={"plaza": replace(ZONE, wait=Wait(None, 630.0, None))})
    wait = view(flow=nobody_left, at=queueing())["zones"]["plaza"]["wait"]
    assert (wait["mean_s"], wait["over_s"], wait["band"]) == (None, 630.0, [630.0, None])
    little = replace(FLOW, zones={"plaza": replace(ZONE, wait=None)})
    assert view(flow=little, at=queueing())["zones"]["plaza"]["wait"]["state"] == "unknown"
    assert view(10.0, at=queueing())["zones"]["plaza"]["wait"] == {
        "mean_s": None, "over_s": None, "band": None, "state": "stale",
    }  # fmt: skip


def test_moves_name_outside_as_null_and_come_most_first() -> None:
    assert view()["moves"] == [
        {"from": None, "to": "plaza", "count": 8, "minutes": 15},
        {"from": "plaza", "to": "shop", "count": 3, "minutes": 15},
    ]


@pytest.mark.parametrize(
    ("age_s", "state", "into", "out", "residual", "moves"),
    [(0.0, "live", 12.4, 0.0, True, 2), (10.0, "stale", 12.4, None, False, 2), (30.0, "offline", None, None, False, 0)],
)
def test_figures_end_with_their_source(
    age_s: float, state: str, into: float | None, out: float | None, residual: bool, moves: int
) -> None:
    found = view(age_s)
    plaza = found["zones"]["plaza"]
    assert (plaza["state"], plaza["in_per_min"], plaza["out_per_min"]) == (state, into, out)
    assert (plaza["residual"] is not None) == residual
    assert len(found["moves"]) == moves
    assert (plaza["dwell"]["median_s"] is None) == (state == "offline")


def test_an_engine_that_stopped_writing_flow_makes_it_old_though_the_zone_is_live() -> None:
    found = view(flow=replace(FLOW, at=T0 - 10.0))["zones"]["plaza"]
    assert (found["state"], found["age_s"], found["in_per_min"]) == ("stale", 10.0, 12.4)
    assert view(flow=None)["zones"]["plaza"]["state"] == "unknown"


def test_a_saturated_zone_says_so() -> None:
    assert view(saturated=True)["zones"]["plaza"]["state"] == "saturated"


def test_an_empty_store_knows_nothing_and_names_every_zone_and_line() -> None:
    found = read_flow_view(site(), MemoryStore(clock=lambda: T0))
    assert found["at"] == T0
    assert list(found["zones"]) == ["plaza", "shop", "gallery"]
    for row in found["zones"].values():
        assert {row[key] for key in ("age_s", "coverage", "source", "in_per_min", "out_per_min", "residual")} == {None}
        assert (row["state"], row["dwell"]["state"], row["dwell"]["median_s"]) == ("unknown", "unknown", None)
    assert {row["specific_flow"] for row in found["lines"].values()} == {None}
    assert found["moves"] == []
