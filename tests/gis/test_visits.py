"""Moves and visits: tables of ways, and random walks against a brute force that reads whole ways at once."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from gis.floorplan import Zone
from gis.visits import OUTSIDE, Visit, Visits

ZONES = [
    Zone("a", "A", "concourse", "1f", box(0, 0, 10, 10)),
    Zone("b", "B", "concourse", "1f", box(10, 0, 20, 10)),
    Zone("c", "C", "concourse", "1f", box(20, 0, 30, 10)),
]
SPOT = {"a": (5.0, 5.0), "b": (15.0, 5.0), "c": (25.0, 5.0), "": (15.0, 50.0)}
STEP = 0.5


def stay(way: str, *, absent_s: float = 3.0, end: bool = True) -> Visits:
    """Walk a way of one letter per half second ("." for nowhere: no zone, "x" for not seen), then be lost."""
    visits = Visits(ZONES, absent_s=absent_s)
    for tick, letter in enumerate(way + "x" * 20 * end):
        spot = None if letter == "x" else SPOT["" if letter == "." else letter]
        visits.update(tick * STEP, [7] if spot else [], [spot] if spot else [])
    return visits


@pytest.mark.parametrize(
    ("way", "moves"),
    [
        ("aaaaaa", {}),
        ("aaaaabbbbb", {("a", "b"): 1}),
        ("aaaaabaaaaa", {}),  # a flicker at the edge
        ("aaaaabbbbaaaaa", {}),  # 1.5 s in b and back
        ("aaaaabbbbbaaaaa", {("a", "b"): 1, ("b", "a"): 1}),  # 2 s in b
        ("aaaaababababaaaa", {}),
        ("aaaaabababbbbbb", {("a", "b"): 1}),
        ("aaaaabbccccc", {("a", "b"): 1, ("b", "c"): 1}),  # quickly through b
        ("aaaaabbcccbbaaaaa", {("a", "b"): 1, ("b", "a"): 1}),  # 3.5 s in b but for a flicker to c
        ("aaaaabbccbaaaaaaa", {("a", "b"): 1, ("b", "a"): 1}),
        ("aaaaabcbaaaaa", {}),
        ("aaaaa..bbbbb", {("a", "b"): 1}),  # over a strip that is no zone
        ("aaaaa.....bbbbb", {("a", ""): 1, ("", "b"): 1}),
        ("aaaaaxxbbbbb", {("a", "b"): 1}),  # unseen for a moment
        ("aaabbbbb", {("a", "b"): 1}),
        ("aab", {}),  # no two seconds in sight at all
        ("aaaaabb", {("a", "b"): 1}),  # last seen in b
        ("", {}),
    ],
)
def test_moves(way: str, moves: dict[tuple[str, str], int]) -> None:
    assert stay(way).moves == moves


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("aaaaabbbbbbaaaaaa", [("b", 2.5, 3.0, True), ("a", 5.5, 2.5, False)]),  # first stay: nobody saw it begin
        ("aaaaabbbbbb", [("b", 2.5, 2.5, False)]),  # lost in the middle of b: it lasted at least that
        ("aaaaabbbbbabbbbbb", [("b", 2.5, 5.5, False)]),  # a flicker does not end a visit
        ("aaaaabbbbbxxxxxbbbbbccccc", [("b", 2.5, 7.5, True), ("c", 10.0, 2.0, False)]),  # nor a short break
        ("aaaaabbbccccc", [("c", 4.0, 2.0, False)]),  # 1.5 s are no visit
    ],
)
def test_visits(way: str, expected: list[tuple[str, float, float, bool]]) -> None:
    assert stay(way).done == [Visit(*row) for row in expected]


def test_a_visit_that_goes_on_is_told_as_long_as_it_is() -> None:
    visits = stay("aaaaabbbbbb", end=False)
    assert list(visits.present()) == [Visit("b", 2.5, 2.5, ended=False)]
    assert list(stay("aaaaaaa", end=False).present()) == []  # when it began was not seen


def along(xs: list[float], y: float = 5.0) -> Visits:
    visits = Visits(ZONES)
    for tick, x in enumerate(xs):
        visits.update(tick * STEP, [1], [(x, y)])
    visits.update(100.0, [], [])
    return visits


def test_who_appears_at_an_edge_came_in_and_who_is_lost_there_left() -> None:
    visits = along([0.5, 2, 4, 6, 6, 6, 4, 2, 0.5])
    assert visits.moves == {(OUTSIDE, "a"): 1, ("a", OUTSIDE): 1}
    assert visits.done == [Visit("a", 0.0, 4.0, ended=True)]


def test_who_flits_by_an_edge_is_nobody() -> None:
    assert along([0.5, 0.6, 0.5]).moves == {}


def test_of_an_edge_between_two_zones_one_is_the_owner() -> None:
    """Half-open: x = 10 belongs to b alone, so walking along the edge is one zone."""
    assert along([5, 5, 5, 5, 5, 10, 10, 10, 10, 10]).moves[("a", "b")] == 1
    assert along([10.0] * 20).moves == {(OUTSIDE, "b"): 1, ("b", OUTSIDE): 1}


def test_guessed_feet_and_unknown_places_move_nobody() -> None:
    visits = Visits(ZONES)
    for tick in range(12):
        visits.update(tick * STEP, [1, 2], [(5, 5), (5, 5)])
    for tick in range(12, 24):
        visits.update(tick * STEP, [1, 2], [(15, 5), (np.nan, np.nan)], [False, True])
    assert visits.moves == {}
    visits.update(12.0, [3], [(5, 5)], [False])
    assert visits.moves == {}


def test_who_is_lost_with_a_camera_did_not_leave() -> None:
    visits = Visits(ZONES)
    for tick in range(20):
        visits.update(tick * STEP, [1], [(0.5 + 0.2 * tick, 5)])
    visits.lose([1, 99])
    assert visits.moves == {(OUTSIDE, "a"): 1}
    assert visits.done == [Visit("a", 0.0, 9.5, ended=False)]
    assert list(visits.present()) == []


def test_taking_leaves_nothing_behind_and_nobody_is_kept_for_ever() -> None:
    visits = stay("aaaaabbbbbccccc")
    moves, done = visits.take()
    assert (sum(moves.values()), len(done)) == (2, 2)
    assert visits.take() == (Counter(), [])
    assert visits._walkers == {}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_moves_are_the_zone_changes_of_the_plan_that_people_follow(seed: int) -> None:
    """Ways are made from stays of at least two seconds with flickers put in: the stays alone are the truth."""
    rng = np.random.default_rng(seed)
    truth: Counter[tuple[str, str]] = Counter()
    visits, ways = Visits(ZONES), []
    for _ in range(3):
        stays = [str(rng.choice(list("abc")))]
        while len(stays) < 12:
            stays.append(str(rng.choice([z for z in "abc" if z != stays[-1]])))
        truth.update(pairwise(stays))
        way = ""
        for zone in stays:
            others = [z for z in "abc" if z != zone]
            flicker = "".join(rng.choice(others) for _ in range(rng.integers(0, 4)))  # at most 1.5 s
            way += zone * int(rng.integers(5, 12)) + flicker + zone * int(rng.integers(5, 9))
        ways.append(way)
    for tick in range(max(map(len, ways))):
        here = [n for n, way in enumerate(ways) if tick < len(way)]
        visits.update(tick * STEP, here, [SPOT[ways[n][tick]] for n in here])
    visits.update(1e6, [], [])
    assert visits.moves == truth


def zone_by_shapely(at: np.ndarray) -> str:
    return next((z.id for z in ZONES if z.polygon.covers(Point(at))), "")


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_whatever_way_people_take_the_sums_are_right(seed: int) -> None:
    """First zone + came - left = last zone, for every zone; and never more moves than raw changes of zone."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, rng.uniform(0.2, 2.0), (120, 4, 2))
    starts = rng.choice([5.0, 15.0, 25.0], (4, 1)) + rng.uniform(-2.0, 2.0, (4, 2)) * [1, 0] + [0, 5]
    ways = np.clip(starts + np.concatenate([np.zeros((1, 4, 2)), np.cumsum(steps, axis=0)]), (2, 2), (28, 8))
    visits = Visits(ZONES)
    for tick, points in enumerate(ways):
        visits.update(tick * STEP, range(4), points)
    visits.lose(range(4))
    balance = Counter({zone.id: 0 for zone in ZONES})
    raw = 0
    for person in range(4):
        zones = [zone_by_shapely(at) for at in ways[:, person]]
        balance[zones[0]] += 1
        balance[zones[-1]] -= 1
        raw += sum(a != b for a, b in pairwise(zones))
    for (came_from, to), count in visits.moves.items():
        assert count > 0
        balance[came_from] -= count
        balance[to] += count
    assert not any(balance.values()), balance
    assert sum(visits.moves.values()) <= raw
    assert all(visit.lasted_s >= 2.0 for visit in visits.done)


def test_numbers_that_begin_anew_are_other_people() -> None:
    visits = stay("aaaaabbbbbb", end=False)
    visits.lose_all()
    assert list(visits.present()) == []
    assert visits.done == [Visit("b", 2.5, 2.5, ended=False)]
    visits.take()
    for tick in range(10):
        visits.update(tick * STEP, [7], [SPOT["c"]])  # an hour earlier, say
    assert visits.take() == (Counter(), [])
