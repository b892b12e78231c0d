from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from gis.floorplan import Zone
from gis.zones import ZoneIndex, assign_zones, count_by_zone


def zone(zone_id: str, *ring: tuple[float, float], holes: list[list[tuple[float, float]]] | None = None) -> Zone:
    return Zone(zone_id, zone_id, "concourse", "1f", Polygon(ring, holes))


def rectangle(zone_id: str, x0: float, y0: float, x1: float, y1: float) -> Zone:
    return zone(zone_id, (x0, y0), (x1, y0), (x1, y1), (x0, y1))


HALL = rectangle("hall", 0, 0, 10, 10)
SHOP = rectangle("shop", 10, 0, 20, 10)
STALL = rectangle("stall", 2, 2, 4, 4)
RING = zone("ring", (30, 0), (40, 0), (40, 10), (30, 10), holes=[[(34, 4), (36, 4), (36, 6), (34, 6)]])


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((5, 5), "hall"),
        ((15, 5), "shop"),
        ((10, 5), "shop"),  # on the shared edge: exactly one
        ((10, 0), "shop"),  # its lower end
        ((3, 3), "stall"),  # a zone within a zone: the smaller
        ((2, 3), "stall"),
        ((4, 3), "hall"),  # the far edge is open
        ((35, 5), None),  # in the hole
        ((31, 5), "ring"),
        ((25, 5), None),
        ((np.nan, 5), None),  # unknown is in no zone
        ((np.inf, 5), None),
        ((1e300, -1e300), None),
    ],
)
def test_where_a_point_belongs(point: tuple[float, float], expected: str | None) -> None:
    zones = [HALL, SHOP, STALL, RING]
    index = assign_zones(np.array([point]), zones)[0]
    assert (zones[index].id if index >= 0 else None) == expected


def test_nobody_and_nowhere() -> None:
    assert assign_zones(np.empty((0, 2)), [HALL]).shape == (0,)
    assert assign_zones([], [HALL]).shape == (0,)
    assert assign_zones([[1, 1]], []).tolist() == [-1]
    assert count_by_zone([], []) == {}


def test_zones_with_nobody_count_zero() -> None:
    assert count_by_zone([[1, 1], [3, 3], [99, 99]], [HALL, SHOP, STALL]) == {"hall": 1, "shop": 0, "stall": 1}


def test_points_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(N, 2\).*\(3,\)"):
        assign_zones([1.0, 2.0, 3.0], [HALL])


def test_equal_zones_fall_to_the_first() -> None:
    assert assign_zones([[5, 5]], [HALL, rectangle("twin", 0, 0, 10, 10)]).tolist() == [0]


def test_changed_zones_are_not_served_from_the_old_index() -> None:
    zones = [HALL]
    assert assign_zones([[15, 5]], zones).tolist() == [-1]
    zones.append(SHOP)
    assert assign_zones([[15, 5]], zones).tolist() == [1]


coordinate = st.integers(0, 40).map(lambda n: n / 4)
# A quarter-metre raster puts many points exactly on edges and corners.
raster_points = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=60)


@given(raster_points, st.integers(1, 39), st.integers(1, 39))
@settings(max_examples=60, deadline=None)
def test_a_tiling_puts_every_point_into_exactly_one_zone(
    points: list[tuple[float, float]], bottom: int, top: int
) -> None:
    """A slanted wall divides the hall: nobody on it is lost or counted twice."""
    a, b = (bottom / 4, 0.0), (top / 4, 11.0)
    tiles = [zone("left", (-1, 0), a, b, (-1, 11)), zone("right", (11, 0), (11, 11), b, a)]
    on_wall = [(a[0] + (b[0] - a[0]) * t, 11.0 * t) for t in np.linspace(0, 1, 9)[:-1]]
    both = np.array([*points, *on_wall])
    alone = np.array([[(assign_zones([p], [t])[0] >= 0) for t in tiles] for p in both])
    assert (alone.sum(axis=1) == 1).all()
    assert (assign_zones(both, tiles) == alone.argmax(axis=1)).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_agrees_with_shapely_away_from_the_edges(seed: int) -> None:
    rng = np.random.default_rng(seed)
    zones = [
        Zone(
            f"z{i}", "", "shop", "1f", shapely.MultiPoint(rng.uniform(0, 20, 2) + rng.normal(0, 3, (8, 2))).convex_hull
        )
        for i in range(12)
    ]
    points = rng.uniform(-5, 25, (200, 2))
    expected = []
    for point in shapely.points(points):
        holding = [i for i, z in enumerate(zones) if z.polygon.contains(point)]
        expected.append(min(holding, key=lambda i: zones[i].polygon.area) if holding else -1)
    assert assign_zones(points, zones).tolist() == expected
    counted = Counter(expected)
    assert count_by_zone(points, zones) == {z.id: counted[i] for i, z in enumerate(zones)}


def test_an_index_can_be_kept() -> None:
    index = ZoneIndex([HALL, SHOP])
    assert index.assign([[1, 1], [11, 1]]).tolist() == [0, 1]
    assert index.count([[1, 1]]) == {"hall": 1, "shop": 0}


@pytest.mark.parametrize("corners", [5, 24, 501, 3001])
def test_outlines_of_many_corners_agree_with_shapely(corners: int) -> None:
    """Stars whose every second corner lies far in, over one another; more corners than there are strips among them."""
    dice = np.random.default_rng(corners)
    turn = 2 * np.pi * np.arange(corners) / corners
    zones = []
    for number in range(3):
        reach = np.where(np.arange(corners) % 2, 10.0 - 3 * number, dice.uniform(2, 9 - 3 * number, corners))
        ring = np.column_stack([4 * number + reach * np.cos(turn), reach * np.sin(turn)])
        zones.append(zone(f"star-{number}", *map(tuple, ring)))
    points = dice.uniform(-12, 20, (2000, 2))
    order = sorted(range(3), key=lambda n: zones[n].polygon.area)
    expected = [next((n for n in order if shapely.contains_xy(zones[n].polygon, x, y)), -1) for x, y in points]
    assert assign_zones(points, zones).tolist() == expected
    assert len(set(expected)) == 4
