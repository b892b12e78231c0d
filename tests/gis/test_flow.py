import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from gis.floorplan import Line
from gis.flow import Crossing, LineCounter

Path = list[tuple[float, float]]


def line(*points: tuple[float, float], name: str = "door", in_side: str = "right") -> Line:
    return Line(name, name, "1f", LineString(points), in_side)  # type: ignore[arg-type]


DOOR = line((0, 0), (0, 4))  # looking north: right is east, so eastwards is in


def walk(counter: LineCounter, path: Path, track: int = 7) -> list[str]:
    found: list[Crossing] = []
    for point in path:
        found += counter.update([track], [point], [True])
    return [crossing.direction for crossing in found]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([(-1, 2), (1, 2)], ["in"]),
        ([(1, 2), (-1, 2)], ["out"]),
        ([(-1, 2), (1, 2), (-1, 2)], ["in", "out"]),
        ([(-1, 2), (-0.1, 2), (0.1, 2), (0.2, 2), (1, 2)], ["in"]),  # slowly
        ([(-1, 2), (0, 2), (1, 2)], ["in"]),  # a stop right on the line
        ([(-1, 2), (0, 2), (-1, 2)], []),
        ([(-1, 2), *[(0.1 * (-1) ** k, 2) for k in range(20)], (-1, 2)], []),  # lingers and turns back
        ([(-1, 2), *[(0.1 * (-1) ** k, 2) for k in range(21)], (1, 2)], ["in"]),  # lingers and goes on
        ([(-1, 5), (1, 5)], []),  # past the end of the line
        ([(-1, 2), (-1, 5), (1, 5), (1, 2)], []),  # round it
        ([(-1, 2), (1, 2), (1, 5), (-1, 5), (-1, 2), (1, 2)], ["in", "in"]),  # in, round the outside, in again
        ([(-0.1, 2), (1, 2)], ["in"]),  # first seen just before it
        ([(0.1, 2), (1, 2)], []),  # first seen just behind it
        ([(-1, 2), (0.2, 2)], []),  # not yet clear of it
        ([(-1, 2)], []),
        ([(-1, 2), (np.nan, np.nan), (1, 2)], ["in"]),  # unknown for an instant
        ([(-1, 0), (1, 0)], ["in"]),  # over the first vertex: one of its ends belongs to it
        ([(-1, 4), (1, 4)], []),
        ([(-30, 2), (30, 2)], ["in"]),
    ],
)
def test_ways_over_a_door(path: Path, expected: list[str]) -> None:
    assert walk(LineCounter([DOOR]), path) == expected


def test_the_inner_side_can_be_the_left() -> None:
    assert walk(LineCounter([line((0, 0), (0, 4), in_side="left")]), [(-1, 2), (1, 2)]) == ["out"]


def test_guessed_feet_trigger_nothing() -> None:
    counter = LineCounter([DOOR])
    assert counter.update([1], [(-1, 2)], [True]) == []
    assert counter.update([1], [(1, 2)], [False]) == []
    assert counter.update([1], [(-1, 2)], [True]) == []
    assert counter.update([1], [(1, 2)], [True]) == [Crossing("door", 1, "in")]


def test_a_cut_ends_every_track() -> None:
    counter = LineCounter([DOOR])
    counter.update([1], [(-1, 2)], [True])
    counter.cut()
    assert counter.update([1], [(1, 2)], [True]) == []


def test_nobody_and_no_lines() -> None:
    assert LineCounter([DOOR]).update([], np.empty((0, 2)), []) == []
    assert LineCounter([]).update([1], [(0, 0)], [True]) == []


def test_a_bent_line_is_one_line() -> None:
    bent = line((0, 0), (4, 0), (4, 4))
    assert walk(LineCounter([bent]), [(5, -1), (3, 1)]) == ["out"]  # through the joint, once
    assert walk(LineCounter([bent]), [(2, -1), (2, 1), (5, 2)]) == ["out", "in"]
    assert walk(LineCounter([bent]), [(2, -1), (5, 2)]) == []  # round the corner outside


def test_lines_and_people_do_not_mix() -> None:
    counter = LineCounter([DOOR, line((10, 0), (10, 4), name="gate")])
    counter.update([1, 2], [(-1, 2), (11, 2)], [True, True])
    found = counter.update([2, 1], [(9, 2), (1, 2)], [True, True])
    assert set(found) == {Crossing("door", 1, "in"), Crossing("gate", 2, "out")}


def test_absent_tracks_are_forgotten_in_the_end() -> None:
    counter = LineCounter([DOOR])
    for number in range(3000):
        counter.update([number], [(-1, 2)], [True])
    assert len(counter._tracks) <= 2000


def brute_force(path: Path, ends: tuple[tuple[float, float], tuple[float, float]], clearance: float) -> list[str]:
    """Cut the way into stretches between certain sides; a stretch counts when its ends differ and it meets the line.

    Independent of the code: shapely measures distances and intersections, and crossings of a stretch are counted one
    by one with their direction.
    """
    (ax, ay), (bx, by) = ends
    barrier = LineString(ends)
    found, side, through = [], 0, 0
    for before, after in zip([path[0], *path], path, strict=False):
        turns = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in (before, after)]
        if before != after and LineString([before, after]).crosses(barrier):
            through += 1 if turns[1] > 0 else -1
        if LineString([after, after]).distance(barrier) >= clearance:
            here = 1 if turns[1] > 0 else -1
            if here != side and through == here:
                found.append("out" if here > 0 else "in")
            side, through = here, 0
    return found


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_random_ways_agree_with_a_brute_force_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = (tuple(rng.uniform(-1, 1, 2)), tuple(rng.uniform(1.5, 4, 2)))
    paths = [np.cumsum(np.vstack([rng.uniform(-2, 4, 2), rng.normal(0, 0.5, (60, 2))]), axis=0) for _ in range(4)]
    counter = LineCounter([line(*ends)])
    found: list[list[str]] = [[], [], [], []]
    for step in range(61):
        for crossing in counter.update(range(4), [path[step] for path in paths], [True] * 4):
            found[crossing.track].append(crossing.direction)
    assert found == [brute_force([tuple(p) for p in path], ends, 0.3) for path in paths]
