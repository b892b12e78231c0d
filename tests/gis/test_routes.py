"""Routes against hand-measured scenes and against a search over a fine grid."""

import math
from itertools import pairwise, product

import networkx
import numpy as np
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.floorplan import FloorPlan
from gis.passage import Passage
from gis.portals import OUTSIDE, cut_off, portals_of
from gis.routes import Route, WalkGraph
from gis.throughput import FREE_SPEED_M_S, LIFT_RIDE_S, walking_speed
from tests.gis.plans import box, door, plan_of, solid, zone

CLOSED = Passage("closed")
FREE = dict.fromkeys("abcdefgh", 0.0)


def rooms() -> FloorPlan:
    """Return four rooms of 10 m around a cross of walls, with a door of 2 m in the middle of each wall."""
    return plan_of(
        zone("a", box(0, 0, 10, 10)),
        zone("b", box(10, 0, 20, 10)),
        zone("c", box(0, 10, 10, 20)),
        zone("d", box(10, 10, 20, 20)),
        door("a-b", [[10, 4], [10, 6]], "a", "b"),
        door("a-c", [[4, 10], [6, 10]], "a", "c"),
        door("b-d", [[14, 10], [16, 10]], "b", "d"),
        door("c-d", [[10, 14], [10, 16]], "c", "d"),
        door("d-out", [[20, 14], [20, 16]], "d", None),
    )


def storeys() -> FloorPlan:
    """Return two halls above one another, joined by an escalator up, a stair and a lift."""
    both = [("1f", ""), ("2f", "-2")]
    halls = [zone(f"hall{up}", box(0, 0, 30, 10), level) for level, up in both]
    ways = []
    for name, x, more in (
        ("escalator", 2, {"direction": "up"}),
        ("stair", 14, {}),
        ("lift", 26, {}),
    ):
        for level, up in both:
            own = more | {"connects": f"{name}-2"} if not up else {}
            ways.append(zone(f"{name}{up}", box(x, 10, x + 2, 16), level, name, **own))
            ways.append(door(f"{name}{up}-door", [[x, 10], [x + 2, 10]], f"hall{up}", f"{name}{up}", level))
    return plan_of(*halls, *ways, levels=[("1f", "1F", 0.0), ("2f", "2F", 5.0)])


def test_the_way_through_a_door_is_as_measured_by_hand() -> None:
    (route,) = WalkGraph.of(rooms()).routes("a", "b", densities=FREE, k=1)
    assert route.zones == ("a", "b")
    assert route.items == ("a-b",)
    assert route.length_m == pytest.approx(10.0, rel=0.01)  # (5, 5) to (15, 5)
    assert route.seconds == pytest.approx(10.0 / FREE_SPEED_M_S, rel=0.01)
    assert route.lines == {"1f": (((5.0, 5.0), (15.0, 5.0)),)}


def test_there_are_two_ways_round() -> None:
    first, second = WalkGraph.of(rooms()).routes("a", "d", densities=FREE | {"b": 2.0})
    assert first.zones == ("a", "c", "d")
    assert second.zones == ("a", "b", "d")
    assert first.length_m == pytest.approx(second.length_m)
    assert second.seconds > first.seconds


def test_outside_is_a_goal() -> None:
    (route,) = WalkGraph.of(rooms()).routes("d", OUTSIDE, densities=FREE)
    assert route.zones == ("d", OUTSIDE)
    assert route.length_m == pytest.approx(5.0, rel=0.01)


def test_a_crowd_slows_by_weidmann() -> None:
    (route,) = WalkGraph.of(rooms()).routes("a", "b", densities={"a": 1.75, "b": 0.0}, k=1)
    assert route.seconds == pytest.approx(5.0 / walking_speed(1.75) + 5.0 / FREE_SPEED_M_S, rel=0.01)
    assert route.unknown == ()


def test_a_density_that_is_not_known_is_named() -> None:
    (route,) = WalkGraph.of(rooms()).routes("a", "b", densities={"a": None}, k=1)
    assert route.unknown == ("a", "b")


def test_a_fixture_is_walked_round() -> None:
    plan = plan_of(zone("a", box(0, 0, 20, 10)), zone("b", box(20, 0, 30, 10)), solid("wall", box(14, 2, 15, 8)))
    (route,) = WalkGraph.of(plan).routes("a", "b", densities=FREE, k=1)
    walkable = shapely.union(plan.walkable("a"), plan.walkable("b"))
    assert shapely.covers(shapely.buffer(walkable, 0.02), shapely.LineString(route.lines["1f"][0]))


@pytest.mark.parametrize(
    ("passages", "zones"),
    [
        ({}, [("a", "b"), ("a", "c", "d", "b")]),
        ({"a-b": CLOSED}, [("a", "c", "d", "b")]),
        ({"a-b": Passage("one_way", "b")}, [("a", "b"), ("a", "c", "d", "b")]),
        ({"a-b": Passage("one_way", "a")}, [("a", "c", "d", "b")]),
        ({"a-b": CLOSED, "c-d": CLOSED}, []),
    ],
)
def test_what_is_ordered_is_kept(passages: dict[str, Passage], zones: list[tuple[str, ...]]) -> None:
    found = WalkGraph.of(rooms()).routes("a", "b", passages, FREE)
    assert [route.zones for route in found] == zones


def test_shops_are_not_gone_through() -> None:
    plan = plan_of(
        zone("a", box(0, 0, 10, 10)),
        zone("shop", box(10, 0, 20, 10), category="shop"),
        zone("b", box(20, 0, 30, 10)),
        door("west", [[10, 4], [10, 6]], "a", "shop"),
        door("east", [[20, 4], [20, 6]], "shop", "b"),
    )
    graph = WalkGraph.of(plan)
    assert graph.routes("a", "b") == []
    assert [route.zones for route in graph.routes("a", "shop")] == [("a", "shop")]
    assert len(graph.routes("a", "b", through=frozenset({"shop"}))) == 1


def test_levels_are_joined_by_what_leads_there() -> None:
    graph = WalkGraph.of(storeys())
    up = {route.zones[1] for route in graph.routes("hall", "hall-2")}
    down = {route.zones[1] for route in graph.routes("hall-2", "hall")}
    assert up == {"escalator", "stair", "lift"}
    assert down == {"stair-2", "lift-2"}
    assert set(graph.routes("hall", "hall-2")[0].lines) == {"1f", "2f"}


def test_without_steps_there_is_the_lift() -> None:
    (route,) = WalkGraph.of(storeys()).routes("hall", "hall-2", step_free=True)
    assert route.zones == ("hall", "lift", "lift-2", "hall-2")
    assert route.seconds > LIFT_RIDE_S
    assert {"lift", "lift-2", "lift-door", "lift-2-door"} == set(route.items)


@pytest.mark.parametrize("towards", ["escalator", "hall"])
def test_an_escalator_can_be_reversed(towards: str) -> None:
    graph = WalkGraph.of(storeys())
    orders = {"escalator": Passage("one_way", towards)}
    assert "escalator" not in {route.zones[1] for route in graph.routes("hall", "hall-2", orders)}
    assert "escalator-2" in {route.zones[1] for route in graph.routes("hall-2", "hall", orders)}


@pytest.mark.parametrize("mode", ["closed", "stopped"])
def test_what_stands_still_carries_nobody(mode: str) -> None:
    orders = {"escalator": Passage(mode)}  # type: ignore[arg-type]
    found = WalkGraph.of(storeys()).routes("hall", "hall-2", orders)
    assert {route.zones[1] for route in found} == {"stair", "lift"}


def test_zones_without_openings_are_open_to_their_neighbours() -> None:
    plan = plan_of(zone("a", box(0, 0, 10, 10)), zone("b", box(10, 0, 20, 10)), zone("c", box(30, 0, 40, 10)))
    assert [portal.zones for portal in portals_of(plan)] == [("a", "b")]
    assert cut_off(plan) == (("c",),)
    assert WalkGraph.of(plan).routes("a", "c") == []


def test_walls_part_zones_that_have_doors() -> None:
    assert {portal.id for portal in portals_of(rooms())} == {"a-b", "a-c", "b-d", "c-d", "d-out"}


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no zone 'x'"):
        WalkGraph.of(rooms()).routes("a", "x")
    with pytest.raises(ValueError, match="no zone ''"):
        WalkGraph.of(rooms()).routes(OUTSIDE, "a")


# -- oracle: a grid of 0.25 m cells with moves to 16 directions ---------------------------------------------------

CELL_M = 0.25
STEPS = [(x, y) for x, y in product(range(-3, 4), repeat=2) if math.gcd(abs(x), abs(y)) == 1]


def grid_length(plan: FloorPlan, start: tuple[float, float], goal: tuple[float, float]) -> float:
    """Return the length of the shortest way over cells at least 0.3 m from every wall, through the whole of doors."""
    parts = [plan.walkable(zone.id) for zone in plan.zones]
    lines = [shapely.ops.substring(opening.line, 0.3, opening.line.length - 0.3) for opening in plan.openings]
    doors = [shapely.buffer(line, 0.3 + 1e-6, cap_style="flat") for line in lines]
    room = shapely.union_all([*(shapely.buffer(part, -0.3, join_style="mitre") for part in parts), *doors])
    shapely.prepare(room)
    _, _, x1, y1 = room.bounds
    cells = {
        (i, j)
        for i, j in product(range(int(x1 / CELL_M) + 1), range(int(y1 / CELL_M) + 1))
        if shapely.contains_xy(room, i * CELL_M, j * CELL_M)
    }
    graph = networkx.Graph()
    ends = [(cell, (cell[0] + x, cell[1] + y)) for cell in cells for x, y in STEPS]
    ends = [(a, b) for a, b in ends if a < b and b in cells]
    lines = shapely.linestrings(np.array(ends, dtype=float) * CELL_M)
    for (a, b), free in zip(ends, shapely.covers(room, lines), strict=True):
        if free:
            graph.add_edge(a, b, weight=CELL_M * math.dist(a, b))
    near = [min(cells, key=lambda c: math.dist((c[0] * CELL_M, c[1] * CELL_M), at)) for at in (start, goal)]
    return float(networkx.dijkstra_path_length(graph, *near))


def winding() -> FloorPlan:
    """Return three odd rooms with things to walk round."""
    ell = [[0, 0], [12, 0], [12, 4], [4, 4], [4, 12], [0, 12], [0, 0]]
    return plan_of(
        zone("a", ell),
        zone("b", box(12, 0, 22, 12)),
        zone("c", box(4, 4, 12, 12)),
        door("a-b", [[12, 0.5], [12, 2.5]], "a", "b"),
        door("b-c", [[12, 10], [12, 11.5]], "b", "c"),
        solid("kiosk", box(14, 3, 20, 7)),
        solid("desk", box(7, 7, 8, 11)),
        solid("plant", box(5, 1, 6, 2.5)),
    )


@pytest.mark.parametrize(("start", "goal"), [("a", "b"), ("a", "c"), ("b", "c")])
def test_lengths_agree_with_a_fine_grid(start: str, goal: str) -> None:
    plan = winding()
    (route,) = WalkGraph.of(plan).routes(start, goal, densities=FREE, k=1)
    line = route.lines["1f"][0]
    assert route.length_m == pytest.approx(grid_length(plan, line[0], line[-1]), rel=0.04)
    assert shapely.LineString(line).length == pytest.approx(route.length_m, rel=0.01)


def grid_of_rooms(size: int) -> FloorPlan:
    """Return ``size`` x ``size`` rooms of 8 m with a door in each wall."""
    features = [zone(f"{i}{j}", box(8 * i, 8 * j, 8 * i + 8, 8 * j + 8)) for i, j in product(range(size), repeat=2)]
    for i, j in product(range(size), repeat=2):
        if i + 1 < size:
            x, y = 8 * i + 8, 8 * j + 2 + (i * 3 + j) % 4
            features.append(door(f"e{i}{j}", [[x, y], [x, y + 2]], f"{i}{j}", f"{i + 1}{j}"))
        if j + 1 < size:
            x, y = 8 * i + 2 + (i + 2 * j) % 4, 8 * j + 8
            features.append(door(f"n{i}{j}", [[x, y], [x + 2, y]], f"{i}{j}", f"{i}{j + 1}"))
    return plan_of(*features)


GRAPH = WalkGraph.of(grid_of_rooms(4))
DOORS = sorted(opening.id for opening in GRAPH.plan.openings)


def best(routes: list[Route]) -> float:
    return routes[0].seconds if routes else math.inf


@settings(max_examples=25, deadline=None)
@given(
    closed=st.sets(st.sampled_from(DOORS), max_size=12),
    another=st.sampled_from(DOORS),
    goal=st.sampled_from(["33", "30", "12"]),
)
def test_closing_an_opening_never_shortens_a_route(closed: set[str], another: str, goal: str) -> None:
    before = GRAPH.routes("00", goal, dict.fromkeys(closed, CLOSED), {}, k=3)
    after = GRAPH.routes("00", goal, dict.fromkeys(closed | {another}, CLOSED), {}, k=3)
    assert best(after) >= best(before) - 0.3  #
    for route in before:
        assert closed.isdisjoint(route.items)
        assert len(set(route.zones)) == len(route.zones)


def test_the_second_route_is_the_best_of_all_others() -> None:
    """Brute force over every simple way through the rooms, from middle to middle of the doors: a little long."""
    plan = grid_of_rooms(3)
    routes = WalkGraph.of(plan).routes("00", "22", densities=dict.fromkeys((z.id for z in plan.zones), 0.0), k=2)
    graph = networkx.Graph([(o.from_zone, o.to_zone) for o in plan.openings])
    doors = {frozenset((o.from_zone, o.to_zone)): o.line.centroid.coords[0] for o in plan.openings}
    lengths = []
    for path in networkx.all_simple_paths(graph, "00", "22"):
        points = [(4.0, 4.0), *(doors[frozenset(pair)] for pair in pairwise(path)), (20.0, 20.0)]
        lengths.append(sum(math.dist(a, b) for a, b in pairwise(points)))
    first, second = sorted(lengths)[:2]
    assert routes[0].length_m == pytest.approx(first, rel=0.05)
    assert routes[1].length_m == pytest.approx(second, rel=0.05)
