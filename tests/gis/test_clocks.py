"""Clocks of simulated cameras over known walkers; the oracle is the error given to each."""

import numpy as np
import pytest

from gis.clocks import ENOUGH, MOST_S, Clocks
from gis.fusion import Fuser
from gis.sighting import Observation, Sights


def sights(camera: str, t: float, ahead_s: float, *, number: int = 1, speed: float = 1.2) -> Sights:
    velocity = np.array([[0.0, speed]])
    place = np.zeros((1, 2))
    return Sights(
        camera,
        t,
        np.array([number]),
        place,
        np.eye(2)[None],
        velocity * ahead_s + [0.3, 0.0],
        velocity,
        np.empty(0, int),
        np.empty(0),
    )


def compared(errors: dict[str, float], rounds: int = ENOUGH + 1) -> Clocks:
    clocks = Clocks()
    for k in range(rounds):
        for camera, ahead in errors.items():
            clocks.hear(sights(camera, k / 5, ahead))
    return clocks


def test_differences_are_shared_out_around_their_mean() -> None:
    found = compared({"a": 0.3, "b": 0.0, "c": -0.3}).offsets()
    assert found == pytest.approx({"a": 0.3, "b": 0.0, "c": -0.3})


def test_cameras_whose_clock_is_known_are_not_moved() -> None:
    found = compared({"a": 0.3, "b": 0.0, "c": -0.1}).offsets(known=["b"])
    assert found == pytest.approx({"a": 0.3, "b": 0.0, "c": -0.1}, abs=1e-4)


def test_too_few_comparisons_say_nothing() -> None:
    assert Clocks().offsets() == {}
    assert compared({"a": 0.3, "b": 0.0}, rounds=ENOUGH // 3).offsets() == {}


def test_people_who_stand_say_nothing_about_time() -> None:
    clocks = Clocks()
    for k in range(100):
        for camera in "ab":
            clocks.hear(sights(camera, k / 5, 0.2, speed=0.2))
    assert clocks.offsets() == {}


def test_no_clock_is_moved_by_more_than_half_a_second() -> None:
    found = compared({"a": 2.0, "b": -2.0}).offsets()
    assert found == {"a": MOST_S, "b": -MOST_S}


def test_groups_that_never_meet_are_each_right_on_average() -> None:
    clocks = compared({"a": 0.2, "b": 0.0})
    for k in range(ENOUGH + 1):
        clocks.hear(sights("x", k / 5, 0.1, number=2))
        clocks.hear(sights("y", k / 5, -0.1, number=2))
    assert clocks.offsets() == pytest.approx({"a": 0.1, "b": -0.1, "x": 0.1, "y": -0.1})


def test_a_fuser_tells_enough_to_find_them() -> None:
    """Camera b stamps what it sees 0.2 s late."""
    rng, clocks = np.random.default_rng(0), Clocks()
    fuser = Fuser(listener=clocks, bias_m=0.35)
    start, velocity = rng.uniform(0, 30, (6, 2)), rng.uniform(-1.2, 1.2, (6, 2))
    for k in range(150):
        t = k / 5
        for camera, late in (("a", 0.0), ("b", 0.2)):
            xy = start + velocity * (t - late) + rng.normal(0, 0.05, (6, 2))
            seen = Observation(t, np.full(6, -1), xy, np.tile([0.01, 0, 0.01], (6, 1)), np.ones(6, bool))
            fuser.update(t, {camera: seen})
    found = clocks.offsets(known=["a"])
    assert found["b"] == pytest.approx(-0.2, abs=0.05)
