"""Whole recordings of people whose walks are known."""

import numpy as np
import pytest
from shapely import box

from gis.retrospect import at_instants, fuse_whole
from gis.seeing import View
from gis.sighting import Observation

HALL = box(0, 0, 30, 12)


def seen(t: float, *places: tuple[float, float]) -> Observation:
    xy = np.array(places, dtype=float).reshape(-1, 2)
    n = len(xy)
    return Observation(t, np.full(n, -1), xy, np.tile([0.01, 0, 0.01], (n, 1)), np.ones(n, bool))


def walked(t: float) -> tuple[float, float]:
    return 2 + 1.0 * t, 5.0


def counts(observations: dict[str, list[Observation]], **options: dict[str, float]) -> list[int]:
    lives = fuse_whole(observations, {c: View(HALL) for c in observations}, options.get("clocks", {}))
    instants = np.unique([one.t for mine in observations.values() for one in mine])
    return [len(there) for there in at_instants(lives, instants)]


def test_somebody_is_there_from_the_first_sight_to_the_last_and_in_between() -> None:
    rows = [seen(k / 5, *([walked(k / 5)] if 5 <= k <= 40 and k % 4 else [])) for k in range(60)]
    lives = fuse_whole({"a": rows}, {"a": View(HALL)}, {})
    assert len(lives) == 1
    assert (lives[0].t[0], lives[0].t[-1]) == (1.0, 7.8)
    there = at_instants(lives, np.arange(60) / 5)
    assert [len(row) for row in there] == [int(5 <= k <= 39) for k in range(60)]
    for k in range(5, 40):
        _, (t, state) = there[k][0]
        np.testing.assert_allclose(state, [*walked(t), 1.0, 0.0], atol=0.15)  # a newcomer's pace is a guess


def test_a_false_box_that_two_cameras_deny_is_nobody() -> None:
    cameras = {name: [seen(k / 5, walked(k / 5)) for k in range(40)] for name in "abc"}
    cameras["a"][20] = seen(4.0, walked(4.0), (20.0, 9.0))
    cameras["b"][30] = seen(6.0, walked(6.0), (25.0, 2.0))
    assert counts(cameras) == [1] * 40


def test_a_view_that_is_lost_and_returns_changes_nobody() -> None:
    cameras = {name: [seen(k / 5, walked(k / 5)) for k in range(80)] for name in "ab"}
    cameras["b"] = cameras["b"][:20] + cameras["b"][60:]
    lives = fuse_whole(cameras, {c: View(HALL) for c in cameras}, {})
    assert len(lives) == 1
    assert lives[0].seen_by(8.0) == ["a"]
    assert lives[0].seen_by(15.0) == ["a", "b"]


def test_two_who_walk_side_by_side_remain_two() -> None:
    """Camera b never tells them apart."""
    cameras = {
        "a": [seen(k / 5, (2 + k / 5, 5.0), (2 + k / 5, 5.5)) for k in range(60)],
        "b": [seen(k / 5, (2 + k / 5, 5.2)) for k in range(60)],
    }
    assert counts(cameras) == [2] * 60


@pytest.mark.parametrize("late", [-0.4, 0.4])
def test_a_clock_that_nobody_set_is_found(late: float) -> None:
    """Six people walk; camera b stamps its pictures late. Nobody is counted twice, and places agree."""
    rng = np.random.default_rng(1)
    start, velocity = rng.uniform((2, 1), (12, 11), (6, 2)), rng.uniform(0.6, 1.0, (6, 1)) * [0.8, 0.0]
    cameras = {
        name: [seen(k / 5 + shift, *(start + velocity * k / 5).tolist()) for k in range(100)]
        for name, shift in (("a", 0.0), ("b", late))
    }
    found = counts(cameras)
    assert np.mean(np.square(np.array(found) - 6)) <= 0.1
    given = fuse_whole(cameras, {c: View(HALL) for c in cameras}, {"a": 0.0, "b": -late})
    assert len(given) == 6
    _, (t, state) = at_instants(given, np.array([10.0]))[0][0]
    assert np.abs(start + velocity * t - state[:2]).sum(axis=1).min() < 0.03


def test_the_same_recording_twice_gives_the_same_people() -> None:
    rng = np.random.default_rng(3)
    cameras = {name: [seen(k / 5, *rng.uniform(0, 10, (8, 2)).tolist()) for k in range(30)] for name in "ab"}
    views = {name: View(HALL) for name in cameras}
    first, second = fuse_whole(cameras, views, {}), fuse_whole(cameras, views, {})
    assert [life.id for life in first] == [life.id for life in second]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.states, other.states)


def test_nobody_and_nothing() -> None:
    assert fuse_whole({}, {}, {}) == []
    assert counts({"a": [seen(0.0), seen(0.2)]}) == [0, 0]
    assert at_instants([], np.array([0.0, 1.0])) == [[], []]
