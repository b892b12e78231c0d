"""Heat: the integral is the mean count, cells nobody observes are not zero, and no position is kept."""

import base64
import json

import numpy as np
import pytest
from shapely import Polygon, box

from mall.reading.heat import CELL_M, NOT_OBSERVED, HeatMap
from tests.mall.scene import crowd, plan

ALL = box(-5, -5, 30, 30)


def unpacked(heat: HeatMap) -> tuple[np.ndarray, dict[str, object]]:
    row = json.loads(heat.to_bytes())
    grid = np.frombuffer(base64.b64decode(row["grid"]), dtype="<u2").reshape(row["ny"], row["nx"])
    return grid, row


@pytest.mark.parametrize("counts", [[0], [1], [1, 3, 7], [40] * 30, list(range(30))])
def test_the_integral_is_the_mean_count(counts: list[int]) -> None:
    heat = HeatMap(plan(), "1f")
    rng = np.random.default_rng(7)
    for index, n in enumerate(counts):
        heat.add(1000.0 + 2.0 * index, rng.uniform((0.3, 1.3), (9.7, 20.7), (n, 2)), ALL)
    grid, row = unpacked(heat)
    mean = np.mean(counts)
    assert grid.sum() / 1000 * CELL_M**2 == pytest.approx(mean, rel=0.01, abs=0.001)
    assert row["bounds"] == [0.0, 1.0, 10.0, 21.0]
    assert row["source"]
    assert row["level"] == "1f"


def test_what_no_live_camera_sees_is_not_observed() -> None:
    heat = HeatMap(plan(), "1f")
    heat.add(1000.0, crowd(20), box(0, 0, 10, 5))
    grid, _ = unpacked(heat)
    assert (grid[8:] == NOT_OBSERVED).all()
    assert (grid[:8] != NOT_OBSERVED).all()
    heat.add(1002.0, np.empty((0, 2)), Polygon())
    assert (unpacked(heat)[0] == NOT_OBSERVED).all()


def test_a_cell_counts_only_the_instants_it_was_seen() -> None:
    heat = HeatMap(plan(), "1f")
    heat.add(1000.0, np.array([[5.0, 5.0]]), ALL)
    heat.add(1002.0, np.empty((0, 2)), Polygon())
    heat.add(1004.0, np.array([[5.0, 5.0]]), ALL)
    mean, observed = heat.mean()
    assert observed.all()
    assert mean.sum() * CELL_M**2 == pytest.approx(1.0, rel=0.01)


def test_the_ring_forgets_after_a_minute_and_heals_a_clock_that_steps_back() -> None:
    heat = HeatMap(plan(), "1f")
    assert heat.due(0.0)
    for second in range(0, 100, 2):
        heat.add(1000.0 + second, crowd(10 if second < 38 else 0), ALL)
    assert heat.mean()[0].sum() == 0.0
    assert not heat.due(1099.9)
    assert heat.due(1100.0)
    assert heat.due(500.0)
    heat.add(500.0, crowd(5), ALL)
    assert heat.mean()[0].sum() * CELL_M**2 == pytest.approx(5.0, rel=0.01)
