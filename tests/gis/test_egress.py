"""Exit times against a table computed by hand, and ways out past what is closed and around hazards."""

import math
from pathlib import Path

import pytest
from shapely import LineString, Point

from gis.egress import Egress, People
from gis.escape import EscapeNet, EscapePlan, EscapeWay, Hazard, Terms
from gis.exits import ExitPlan, ExitRates
from gis.floorplan import FloorPlan
from gis.passage import Passage, Passages
from tests.mall.plan_state.ways_site import FEATURES, opening, ways_site, zone

CLOSED, STOPPED = Passage("closed"), Passage("stopped")
LIMIT_MIN = 8.0


@pytest.fixture
def plan(tmp_path: Path) -> FloorPlan:
    return ways_site(tmp_path).plan


def people(likely: float, low: float | None = None, high: float | None = None) -> People:
    return People(likely, likely if low is None else low, likely if high is None else high)


HALL = {"hall": people(360, 300, 420)}
UPPER = {"upper": people(192)}

# level, closed, people -> state, blocked, minutes (low, likely, high) of the slowest exit, with all open, capacity
TABLE = [
    # two exits of 3.0 m and 2.0 m at 60 p/m/min; the larger is blocked: 360 / (2.0 x 60) = 3.0; all: 360 / (5 x 60)
    ("1f", {}, HALL, "ok", "door-w", (2.5, 3.0, 3.5), 1.2, 960.0),
    # the larger one is shut: the only one left is the largest
    ("1f", {"door-w": CLOSED}, HALL, "one_exit", "door-e", None, 3.0, 0.0),
    # one-way inwards is no exit, one-way outwards is one
    ("1f", {"door-e": Passage("one_way", "hall")}, HALL, "one_exit", "door-w", None, 2.0, 0.0),
    ("1f", {"door-e": Passage("one_way", None)}, HALL, "ok", "door-w", (2.5, 3.0, 3.5), 1.2, 960.0),
    ("1f", {"door-w": CLOSED, "door-e": CLOSED}, HALL, "no_usable_exit", None, None, None, 0.0),
    # a stair of 2.0 m at 48 p/m/min: 192 / 96 = 2.0; the moving escalator and the lift add nothing
    ("2f", {}, UPPER, "one_exit", "stairs-2", None, 2.0, 0.0),
    # the escalator stands: 1.0 m stepped; with the stair blocked 192 / 48 = 4.0; both: 192 / 144
    ("2f", {"esc-2": STOPPED}, UPPER, "ok", "stairs-2", (4.0, 4.0, 4.0), 4 / 3, 384.0),
    # the same told of its other end
    ("2f", {"esc": STOPPED}, UPPER, "ok", "stairs-2", (4.0, 4.0, 4.0), 4 / 3, 384.0),
    ("2f", {"stairs": CLOSED, "esc": STOPPED}, UPPER, "one_exit", "esc-2", None, 4.0, 0.0),
    ("2f", {"stairs-2": Passage("one_way", "stairs-2")}, UPPER, "no_usable_exit", None, None, None, 0.0),
    ("2f", {"lift-2": STOPPED}, UPPER, "one_exit", "stairs-2", None, 2.0, 0.0),
]


@pytest.mark.parametrize(("level", "closed", "counts", "state", "blocked", "minutes", "all_open", "capacity"), TABLE)
def test_hand_computed(
    plan: FloorPlan, level: str, closed: Passages, counts: dict[str, People | None], state: str, blocked: str | None,
    minutes: tuple[float, float, float] | None, all_open: float | None, capacity: float,
) -> None:  # fmt: skip
    found = Egress(plan, ExitRates(), LIMIT_MIN).level(level, closed, counts)
    assert (found.state, found.blocked) == (state, blocked)
    got = found.minutes and (found.minutes.low, found.minutes.likely, found.minutes.high)
    assert got == (None if minutes is None else pytest.approx(minutes))
    assert (found.open_min and found.open_min.likely) == (None if all_open is None else pytest.approx(all_open))
    assert found.exit_capacity == pytest.approx(capacity)


def test_everybody_takes_the_nearest_exit_that_is_left(tmp_path: Path) -> None:
    features = [
        zone("west", "concourse", "1f", (0, 0, 10, 10)),
        zone("middle", "concourse", "1f", (10, 0, 20, 10)),
        zone("east", "concourse", "1f", (20, 0, 30, 10)),
        opening("big", "1f", [[12, 0], [16, 0]], ("middle", None), 4.0),
        opening("door-w", "1f", [[0, 4], [0, 6]], ("west", None), 2.0),
        opening("door-e", "1f", [[30, 4], [30, 6]], ("east", None), 2.0),
    ]
    site = ways_site(tmp_path, toml='[site]\nid = "a"\nname = "A"\n', features=features)
    counts = {"west": people(240), "middle": None, "east": people(60)}
    found = Egress(site.plan, ExitRates(), LIMIT_MIN).level("1f", {}, counts)
    took = {row.exit.id: None if row.minutes is None else row.minutes.likely for row in found.exits}
    assert took == {"door-w": 2.0, "door-e": 0.5, "big": None}
    assert found.minutes is not None
    assert found.even_min is not None
    assert (found.minutes.likely, found.even_min.likely) == (2.0, 1.25)  # 240 / 120, 300 / 240
    # a third of the level is not known: its people are at least these
    assert found.coverage == pytest.approx(2 / 3)
    assert found.people is not None
    assert found.people.high is None
    assert found.minutes.high is None


@pytest.mark.parametrize(
    ("counts", "coverage"),
    [({"hall": None}, 0.0), ({}, 0.0), ({"hall": None, "shop": people(9)}, 96 / 456)],
)
def test_unknown_people_are_unknown_minutes(plan: FloorPlan, counts: dict[str, People | None], coverage: float) -> None:
    found = Egress(plan, ExitRates(), LIMIT_MIN).level("1f", {}, counts)
    assert (found.state, found.minutes, found.open_min) == ("unknown", None, None)
    assert found.coverage == pytest.approx(coverage)
    assert found.exit_capacity == 960.0  # how many it may hold does not depend on how many there are


def test_an_entrance_is_as_wide_as_the_ways_into_it(tmp_path: Path) -> None:
    features = [
        zone("hall", "concourse", "1f", (0, 0, 10, 10)),
        zone("lobby", "entrance", "1f", (10, 0, 14, 10)),
        opening("inner-a", "1f", [[10, 1], [10, 2.5]], ("hall", "lobby"), 1.5),
        opening("inner-b", "1f", [[10, 5], [10, 6]], ("hall", "lobby"), 1.0),
        opening("outer", "1f", [[14, 2], [14, 6]], ("lobby", None), 4.0),
    ]
    plan = ways_site(tmp_path, toml='[site]\nid = "a"\nname = "A"\n', features=features).plan
    book = ExitPlan(plan)
    assert [each.width_m for each in book.now({})["1f"]] == [2.5]
    assert [each.width_m for each in book.now({"inner-a": CLOSED})["1f"]] == [1.0]
    assert [each.drawn_m for each in book.now({"inner-a": CLOSED})["1f"]] == [2.5]


def test_a_plan_without_exits_says_so(tmp_path: Path) -> None:
    plan = ways_site(tmp_path, toml='[site]\nid = "a"\nname = "A"\n', features=[FEATURES[0]]).plan
    found = Egress(plan, ExitRates(), LIMIT_MIN).level("1f", {}, HALL)
    assert (found.state, found.minutes, found.exits, found.exit_capacity) == ("no_exit", None, (), None)


def way(plan: FloorPlan, start: str, closed: Passages, terms: Terms = Terms()) -> tuple[str, tuple[str, ...]] | None:  # noqa: B008
    book = ExitPlan(plan)
    doors = [each for found in book.now(closed).values() for each in found if each.kind == "door"]
    out = EscapePlan(EscapeNet(plan, book.steps), closed, doors, terms).way(start)
    return None if out is None else (out.exit, out.items)


DOWN = ("upper--stairs-2", "stairs--stairs-2", "stairs", "stairs-2", "hall--stairs", "door-w")


@pytest.mark.parametrize(
    ("start", "closed", "terms", "expected"),
    [
        ("shop", {}, Terms(), ("door-w", ("gate", "door-w"))),
        ("shop", {"door-w": CLOSED}, Terms(), ("door-e", ("gate", "door-e"))),
        ("shop", {"gate": CLOSED}, Terms(), None),
        ("shop", {"gate": Passage("one_way", "shop")}, Terms(), None),
        ("shop", {"gate": Passage("one_way", "hall")}, Terms(), ("door-w", ("gate", "door-w"))),
        ("upper", {}, Terms(), ("door-w", DOWN)),
        ("upper", {"stairs": CLOSED}, Terms(), None),
        ("upper", {"stairs-2": Passage("one_way", "stairs-2")}, Terms(), None),
        ("upper", {}, Terms(step_free=True), None),
        # from (15, 6) the middle of the east door, (30, 6), is 8 mm nearer than (0, 5.5)
        ("hall", {}, Terms(step_free=True), ("door-e", ("door-e",))),
        # a disc in the way is walked around; one that parts the hall (12 m wide) leaves the other door
        ("shop", {}, Terms((Hazard("1f", (2.5, 8.75), 1.0),)), ("door-w", ("gate", "door-w"))),
        ("shop", {}, Terms((Hazard("1f", (12.0, 6.0), 6.3), Hazard("1f", (0.0, 5.5), 1.0))), None),
        (
            "shop", {}, Terms((Hazard("2f", (12.0, 6.0), 6.3), Hazard("1f", (0.0, 5.5), 1.0))),
            ("door-e", ("gate", "door-e")),
        ),
        ("shop", {}, Terms((Hazard("1f", (0.0, 5.5), 2.0),)), ("door-e", ("gate", "door-e"))),
        ("shop", {}, Terms((Hazard("1f", zone="hall"),)), None),  # nobody is led through
        ("hall", {}, Terms((Hazard("1f", zone="hall"),)), ("door-e", ("door-e",))),  # but out of it
    ],
)  # fmt: skip
def test_ways_out(
    plan: FloorPlan, start: str, closed: Passages, terms: Terms, expected: tuple[str, tuple[str, ...]] | None
) -> None:
    assert way(plan, start, closed, terms) == expected


def led(plan: FloorPlan, start: str, *hazards: Hazard) -> EscapeWay:
    book = ExitPlan(plan)
    found = EscapePlan(EscapeNet(plan, book.steps), {}, book.now({})["1f"], Terms(hazards)).way(start)
    assert found is not None
    return found


def test_a_way_has_the_length_of_its_points(plan: FloorPlan) -> None:
    found = led(plan, "shop")
    [(level, points)] = found.points
    assert (level, points[0], points[-1]) == ("1f", (6.0, 16.0), (0.0, 5.5))
    assert found.length_m == pytest.approx(sum(map(math.dist, points, points[1:])), abs=0.1)
    # from the shop's middle straight to the gate's, (5, 12), and on to the door; walls are kept off by 0.3 m
    straight = math.dist((6, 16), (5, 12)) + math.dist((5, 12), (0, 5.5))
    assert straight - 0.1 <= found.length_m <= straight + 0.5


def test_a_way_keeps_off_the_disc(plan: FloorPlan) -> None:
    hazard = Hazard("1f", (2.5, 8.75), 1.0)
    found = led(plan, "shop", hazard)
    disc = Point(2.5, 8.75).buffer(0.99)
    assert not any(LineString(points).intersects(disc) for _, points in found.points)
    assert found.length_m > led(plan, "shop").length_m


def test_nobody_is_led_upwards_to_get_out(tmp_path: Path) -> None:
    """A second stair would lead over the upper floor to the only door that is left: one does not go up to get out."""
    features = [
        zone("a", "concourse", "1f", (0, 0, 10, 10)), zone("b", "concourse", "1f", (20, 0, 30, 10)),
        zone("up", "concourse", "2f", (0, 0, 30, 10)),
        zone("s1", "stair", "1f", (0, 10, 4, 14)), zone("s1-2", "stair", "2f", (0, 10, 4, 14)),
        zone("s2", "stair", "1f", (26, 10, 30, 14)), zone("s2-2", "stair", "2f", (26, 10, 30, 14)),
        opening("a-s1", "1f", [[1, 10], [3, 10]], ("a", "s1"), 2.0),
        opening("b-s2", "1f", [[27, 10], [29, 10]], ("b", "s2"), 2.0),
        opening("s1-s1", "1f", [[1, 14], [3, 14]], ("s1", "s1-2"), 2.0),
        opening("s2-s2", "1f", [[27, 14], [29, 14]], ("s2", "s2-2"), 2.0),
        opening("up-s1", "2f", [[1, 10], [3, 10]], ("up", "s1-2"), 2.0),
        opening("up-s2", "2f", [[27, 10], [29, 10]], ("up", "s2-2"), 2.0),
        opening("door", "1f", [[30, 4], [30, 6]], ("b", None), 2.0),
    ]  # fmt: skip
    toml = '[site]\nid = "a"\nname = "A"\n[[level]]\nid = "1f"\n[[level]]\nid = "2f"\n'
    plan = ways_site(tmp_path, toml=toml, features=features).plan
    assert way(plan, "a", {}) is None
    assert way(plan, "up", {}) == ("door", ("up-s2", "s2-s2", "s2", "s2-2", "b-s2", "door"))
