"""The made-up malls of the benchmarks, and the slope that tells how a cost grows."""

from importlib import import_module

import numpy as np
import pytest

from mall.bench.choice import NAMES, run_bench
from mall.bench.curves import Mall, exponent
from mall.bench.layouts import CORNERS, crowd_on, grid_plan
from mall.errors import SiteError


@pytest.mark.parametrize(("power", "factor"), [(0.0, 3.0), (0.5, 1.0), (1.0, 7.0), (2.0, 0.1)])
def test_the_exponent_of_a_power(power, factor):
    sizes = [1, 2, 4, 8, 16]
    assert exponent(sizes, [factor * size**power for size in sizes]) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("corners", [4, CORNERS])
def test_zones_lie_side_by_side_and_do_not_overlap(corners):
    plan = grid_plan(30, corners=corners)
    areas = [zone.polygon.area for zone in plan.zones]
    assert len(plan.zones) == 30
    assert all(zone.polygon.is_valid and len(zone.polygon.exterior.coords) == corners + 1 for zone in plan.zones)
    from shapely import union_all

    assert union_all([zone.polygon for zone in plan.zones]).area == pytest.approx(sum(areas))


def test_a_crowd_is_spread_over_all_of_it():
    xy = crowd_on(grid_plan(36), 2000)
    assert xy.shape == (2000, 2)
    assert np.allclose([xy.min(), xy.max()], [0, 36], atol=0.5)


def test_the_mall_of_the_curves_really_counts_its_people():
    mall = Mall(cameras=2, people=10, zones=16)
    for _ in range(2):
        cost = mall.second()
    snapshot = mall.store.read_snapshot("1f")
    assert cost.worker > 0
    assert cost.engine > 0
    # 24 x 24 m of zones under 40 x 20 m of picture: nobody is counted twice, most are.
    assert 4 <= sum(zone.people or 0 for zone in snapshot.zones.values()) <= 10


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_has_a_module_that_runs(name):
    assert callable(import_module(f"mall.bench.{name}").run)


def test_an_unknown_benchmark_names_those_there_are():
    with pytest.raises(SiteError, match="geometry, curves"):
        run_bench("speed")
