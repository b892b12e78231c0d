"""Simulated walkers in a hall seen by cameras whose truth is known; the oracle is the simulation."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import box

from gis.fusion import Fuser, Observation, People
from gis.seeing import View

Floats = NDArray[np.float64]
HALL = (20.0, 12.0)


class Crowd:
    """People who walk between the walls of a hall at 0.6 to 1.4 m/s, turning smoothly."""

    def __init__(self, count: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.start = rng.uniform(1, np.array(HALL) - 1, (count, 2))
        angle = rng.uniform(0, 2 * np.pi, count)
        speed = rng.uniform(0.6, 1.4, count)
        self.velocity = np.column_stack([np.cos(angle), np.sin(angle)]) * speed[:, None]

    def at(self, t: float) -> Floats:
        """Return (N, 2) places; walls reflect."""
        way = self.start + self.velocity * t
        period = 2 * np.array(HALL)
        folded = np.mod(way, period)
        return np.minimum(folded, period - folded)


def see(
    crowd: Crowd,
    t: float,
    *,
    covers: Callable[[Floats], NDArray[np.bool_]] = lambda xy: np.ones(len(xy), dtype=bool),
    rng: np.random.Generator | None = None,
    sigma: float = 0.0,
    missing: float = 0.0,
    bias: tuple[float, float] = (0.0, 0.0),
    first: int = 100,
) -> Observation:
    """Return what a camera reports; its track numbers are ``first`` + the person's number."""
    xy = crowd.at(t)
    shown = covers(xy)
    if rng is not None:
        shown &= rng.random(len(xy)) >= missing
        xy = xy + rng.normal(0, sigma, xy.shape)
    who = np.flatnonzero(shown)
    cov = np.tile([max(sigma, 0.05) ** 2, 0.0, max(sigma, 0.05) ** 2], (len(who), 1))
    return Observation(t, who + first, xy[who] + bias, cov, np.ones(len(who), dtype=bool))


def sight(t: float, *rows: tuple[int, float, float], sigma: float = 0.1, firm: bool = True) -> Observation:
    table = np.array(rows, dtype=float).reshape(-1, 3)
    cov = np.tile([sigma**2, 0.0, sigma**2], (len(table), 1))
    return Observation(t, table[:, 0].astype(np.int64), table[:, 1:], cov, np.full(len(table), firm))


def run(
    crowd: Crowd, cameras: Mapping[str, dict[str, Any]], *, seconds: float = 20.0, **options: Any
) -> tuple[list[People], list[float]]:
    """Feed cameras of 5 frames/s at their own times; return people and instants."""
    fuser = Fuser(**options)
    frames = sorted(
        (k / 5 + settings.get("offset", 0.0), name)
        for name, settings in cameras.items()
        for k in range(int(seconds * 5))
    )
    found, times = [], []
    for t, name in frames:
        settings = {k: v for k, v in cameras[name].items() if k != "offset"}
        found.append(fuser.update(t, {name: see(crowd, t, **settings)}))
        times.append(t)
    return found, times


def count_error(found: list[People], truth: int) -> float:
    return float(np.mean([(len(people) - truth) ** 2 for people in found]))


def place_error(found: list[People], times: list[float], crowd: Crowd) -> float:
    """Return the mean distance of each true person from the nearest fused one."""
    gaps = [
        np.linalg.norm(crowd.at(t)[:, None] - people.xy[None], axis=2).min(axis=1)
        for people, t in zip(found, times, strict=True)
        if len(people)
    ]
    return float(np.mean(gaps))


RNG = np.random.default_rng
BOTH = {"a": {"first": 100}, "b": {"first": 500}}
STEADY = slice(25, None)  # after the first seconds


def test_two_cameras_that_see_the_same_ten_people_make_ten() -> None:
    crowd = Crowd(10)
    found, times = run(crowd, BOTH)
    assert count_error(found[2:], 10) == 0
    assert place_error(found[STEADY], times[STEADY], crowd) < 0.1
    assert all(set(people.cameras) == {("a", "b")} for people in found[STEADY])


@pytest.mark.parametrize("seed", range(4))
def test_noise_missing_boxes_and_offset_frames(seed: int) -> None:
    crowd = Crowd(10, seed)
    noisy = {"sigma": 0.15, "missing": 0.1, "rng": RNG(seed)}
    cameras = {
        "a": {"first": 100, **noisy},
        "b": {"first": 500, "offset": 0.37, "bias": (0.15, -0.1), **noisy},
    }
    found, times = run(crowd, cameras)
    assert count_error(found[STEADY], 10) <= 0.1
    assert place_error(found[STEADY], times[STEADY], crowd) <= 0.16  # 0.09 of it is half of what camera b is off


@pytest.mark.parametrize("offset", [-0.4, 0.4])
def test_a_clock_that_is_wrong_by_less_than_half_a_second(offset: float) -> None:
    """The camera's frames carry wrong times: people are shown up to half a metre along their way."""
    crowd = Crowd(10, 3)
    fuser, counts = Fuser(), []
    for k in range(100):
        t = 1 + k / 5
        late = see(crowd, t + offset, first=500)
        wrong = Observation(t, late.track, late.xy, late.cov, late.firm)
        counts.append(len(fuser.update(t, {"a": see(crowd, t), "b": wrong})))
    assert np.mean((np.array(counts[10:]) - 10.0) ** 2) <= 0.1


def test_speed_is_steady() -> None:
    crowd = Crowd(6, 5)
    noisy = {"sigma": 0.1, "rng": RNG(1)}
    found, _ = run(crowd, {"a": {"first": 1, **noisy}, "b": {"first": 100, **noisy}}, seconds=8)
    speeds = np.concatenate([np.linalg.norm(p.velocity, axis=1) for p in found[40:]])
    true = np.linalg.norm(crowd.velocity, axis=1)
    errors = np.abs(speeds[:, None] - true[None]).min(axis=1)
    assert np.sqrt((errors**2).mean()) < 0.30


def test_numbers_stay_with_their_people_across_views() -> None:
    """One person walks from one view through the overlap into the other: one number all the way."""
    fuser, ids = Fuser(), set()
    for k in range(100):
        t, x = k / 5, k / 5
        observations = {}
        if x <= 12:
            observations["west"] = sight(t, (1, x, 5))
        else:
            observations["west"] = sight(t)
        observations["east"] = sight(t, (9, x + 0.2, 5.1)) if x >= 8 else sight(t)
        people = fuser.update(t, observations)
        assert len(people) == 1
        ids |= set(people.id.tolist())
    assert ids == {1}


def test_disjoint_views_add_up() -> None:
    crowd = Crowd(12, 2)
    halves = {
        "west": {"covers": lambda xy: xy[:, 0] < 10, "first": 100},
        "east": {"covers": lambda xy: xy[:, 0] >= 10, "first": 500},
    }
    found, _ = run(crowd, halves)
    assert count_error(found[STEADY], 12) <= 0.1


def test_two_people_of_one_camera_are_never_one() -> None:
    fuser = Fuser()
    for k in range(20):
        t = k / 5
        close = {"a": sight(t, (1, 5, 5), (2, 5.1, 5)), "b": sight(t, (7, 5.05, 5))}
        people = fuser.update(t, close)
        assert len(people) == 2
    assert sorted(map(len, people.cameras)) == [1, 2]


def test_cameras_that_contradict_each_other_see_two_people() -> None:
    fuser = Fuser()
    for k in range(10):
        people = fuser.update(k / 5, {"a": sight(k / 5, (1, 5, 5)), "b": sight(k / 5, (7, 7, 5))})
    assert len(people) == 2


def test_people_who_part_are_parted() -> None:
    """Two cameras each see one of two people who start side by side; they cannot be told apart until they part."""
    fuser = Fuser()
    for k in range(40):
        t = k / 5
        people = fuser.update(t, {"a": sight(t, (1, 5 + t, 5)), "b": sight(t, (7, 5.2, 5))})
    assert len(people) == 2
    np.testing.assert_allclose(np.sort(people.xy[:, 0]), [5.2, 12.8], atol=0.3)


def test_one_person_first_taken_for_two_becomes_one() -> None:
    fuser = Fuser()
    fuser.update(0.0, {"a": sight(0.0, (1, 5, 5)), "b": sight(0.0, (7, 6.8, 5))})
    for k in range(1, 20):
        people = fuser.update(k / 5, {"a": sight(k / 5, (1, 5, 5)), "b": sight(k / 5, (7, 5.1, 5))})
    assert len(people) == 1
    assert people.id.tolist() == [1]


def test_a_short_gap_is_bridged_and_a_long_one_is_an_end() -> None:
    fuser = Fuser()
    for k in range(10):
        people = fuser.update(k / 5, {"a": sight(k / 5, (1, k / 5, 5))})
    people = fuser.update(2.4, {"a": sight(2.4)})
    assert people.id.tolist() == [1]
    assert people.xy[0, 0] == pytest.approx(2.4, abs=0.15)
    assert people.cameras == [()]
    assert not people.firm[0]
    assert fuser.update(2.6, {"a": sight(2.6, (8, 2.6, 5))}).id.tolist() == [1]  # a new track of the same person
    assert len(fuser.update(3.0, {"a": sight(3.0)})) == 1
    assert len(fuser.update(3.3, {"a": sight(3.3)})) == 0
    assert fuser.update(4.0, {"a": sight(4.0, (9, 4.0, 5))}).id.tolist() == [1]  # known again
    assert len(fuser.update(6.1, {"a": sight(6.1)})) == 0
    assert fuser.update(6.2, {"a": sight(6.2, (10, 6.2, 5))}).id.tolist() == [2]


def test_who_walks_out_of_all_views_is_gone_at_once() -> None:
    fuser = Fuser(views={"a": View(box(0, 0, 4, 10))})
    for k in range(20):
        fuser.update(k / 5, {"a": sight(k / 5, (1, k / 5, 5), (2, 2, 2))})
    people = fuser.update(4.1, {"a": sight(4.1)})
    assert len(people) == 1  # the one in the middle is only hidden
    assert people.xy[0].tolist() == pytest.approx([2, 2], abs=0.1)


def test_nobody_coasts_if_told_so() -> None:
    fuser = Fuser(coast_s=0)
    assert len(fuser.update(0.0, {"a": sight(0.0, (1, 5, 5))})) == 1
    assert len(fuser.update(0.2, {"a": sight(0.2)})) == 0


def test_a_silent_camera_is_believed_for_a_while() -> None:
    fuser = Fuser()
    fuser.update(0.0, {"a": sight(0.0, (1, 5, 5))})
    assert len(fuser.update(2.9, {})) == 1
    assert len(fuser.update(3.1, {})) == 0


def test_the_same_observation_counts_once() -> None:
    fuser, seen = Fuser(), sight(0.0, (1, 5, 5))
    for t in (0.0, 0.25, 0.5, 0.75):
        people = fuser.update(t, {"a": seen})
    assert len(people) == 1
    assert np.isnan(people.velocity).all()


def test_a_cut_ends_a_cameras_people_but_nobody_elses() -> None:
    fuser = Fuser()
    for k in range(5):
        fuser.update(k / 5, {"a": sight(k / 5, (1, 5, 5), (2, 9, 9)), "b": sight(k / 5, (7, 5, 5))})
    fuser.cut(["a"])
    people = fuser.update(1.0, {})
    assert people.cameras == [("b",)]
    back = fuser.update(1.2, {"a": sight(0.0, (1, 9, 9))})  # its time starts again
    assert len(back) == 2
    assert back.id.max() == 3


def test_unknown_places_and_guessed_feet() -> None:
    fuser = Fuser()
    people = fuser.update(0.0, {"a": sight(0.0, (1, np.nan, 5), (2, 5, 5), firm=False)})
    assert len(people) == 1
    assert not people.firm[0]


def test_nobody() -> None:
    people = Fuser().update(0.0, {})
    assert (len(people), people.xy.shape, people.velocity.shape) == (0, (0, 2), (0, 2))
    people = Fuser().update(0.0, {"a": sight(0.0)})
    assert (people.cameras, people.firm.shape) == ([], (0,))


def test_the_better_camera_counts_more() -> None:
    fuser = Fuser()
    for k in range(10):
        t = k / 5
        people = fuser.update(t, {"near": sight(t, (1, 5.0, 5), sigma=0.05), "far": sight(t, (2, 5.6, 5), sigma=0.6)})
    assert len(people) == 1
    assert people.xy[0, 0] < 5.15
