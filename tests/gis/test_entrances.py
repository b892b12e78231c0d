from dataclasses import replace

import pytest
from shapely import LineString, box

from gis.entrances import entrance_lines, outdoor_zones
from gis.floorplan import FloorPlan, Level, Line, Opening, Zone

ACROSS = LineString([(0, 0), (1, 0)])


def test_only_lines_into_the_mall_are_entrances() -> None:
    plan = FloorPlan(
        levels=(Level("1", "1"),),
        zones=(Zone("hall", "", "entrance", "1", box(0, 0, 1, 1)), Zone("shop", "", "shop", "1", box(1, 0, 2, 1))),
        lines=(
            Line("open", "", "1", ACROSS),
            Line("into-hall", "", "1", ACROSS, zone="hall"),
            Line("into-shop", "", "1", ACROSS, zone="shop"),
        ),
    )
    assert entrance_lines(plan) == {"open", "into-hall"}


def test_what_lies_before_an_entrance_line_is_outdoors() -> None:
    """street | hall with its gate in the middle | shop; a square beyond the street; a cellar without a door."""
    names = ("square", "street", "hall", "shop", "cellar")
    zones = tuple(Zone(n, "", "concourse", "1", box(10 * i, 0, 10 * i + 10, 10)) for i, n in enumerate(names))
    zones = tuple(replace(z, category="entrance") if z.id == "hall" else z for z in zones)
    ways = (("square", "street", 10), ("street", "hall", 20), ("hall", "shop", 30))
    openings = tuple(Opening(f"{a}-{b}", "1", LineString([(x, 4), (x, 6)]), 2.0, a, b) for a, b, x in ways)
    gate = Line("gate", "", "1", LineString([(25, 0), (25, 10)]), zone="hall")  # northward: right is east, the shop
    levels = (Level("1", "1"),)
    plan = FloorPlan(levels=levels, zones=zones, lines=(gate,), openings=openings)
    assert outdoor_zones(plan) == {"square", "street"}
    turned = replace(gate, in_side="left")
    assert outdoor_zones(replace(plan, lines=(turned,))) == {"shop"}
    assert outdoor_zones(replace(plan, lines=())) == frozenset()
    assert outdoor_zones(replace(plan, openings=())) == frozenset()


@pytest.mark.parametrize(
    ("at", "zone", "is_entrance"),
    [
        (0.0, None, True),  # the outer wall of the street: nothing beyond
        (10.0, None, True),  # street | hall: the hall is an entrance
        (15.0, None, True),  # in the middle of the hall
        (20.0, None, True),  # hall | shop
        (30.0, None, False),  # shop | back: both inside
        (35.0, None, False),  # within the back
        (30.0, "back", False),
        (10.0, "hall", True),
        (35.0, "hall", True),  # what the plan says goes
    ],
)
def test_a_line_without_a_zone_is_an_entrance_only_where_it_leads_in(
    at: float, zone: str | None, is_entrance: bool
) -> None:
    """street | hall (entrance) | shop | back, each 10 m; the line goes across at x = ``at``."""
    names = (("street", "walkway"), ("hall", "entrance"), ("shop", "shop"), ("back", "concourse"))
    zones = tuple(Zone(n, "", c, "1", box(10 * i, 0, 10 * i + 10, 10)) for i, (n, c) in enumerate(names))
    line = Line("l", "", "1", LineString([(at, 0), (at, 10)]), zone=zone)
    plan = FloorPlan(levels=(Level("1", "1"),), zones=zones, lines=(line,))
    assert (entrance_lines(plan) == {"l"}) is is_entrance


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_nested_zones_the_smaller_one_tells_whatever_the_order(order: tuple[int, int]) -> None:
    zones = (
        Zone("hall", "", "concourse", "1", box(0, 0, 20, 20)),
        Zone("porch", "", "entrance", "1", box(8, 0, 12, 4)),
    )
    line = Line("l", "", "1", LineString([(8, 4), (12, 4)]))
    plan = FloorPlan(levels=(Level("1", "1"),), zones=tuple(zones[i] for i in order), lines=(line,))
    assert entrance_lines(plan) == {"l"}


def test_a_line_into_a_zone_that_is_not_there_is_no_entrance() -> None:
    plan = FloorPlan(
        levels=(Level("1", "1"),),
        zones=(Zone("hall", "", "entrance", "1", box(0, 0, 9, 9)),),
        lines=(Line("l", "", "1", LineString([(0, 0), (0, 9)]), zone="nowhere"),),
    )
    assert entrance_lines(plan) == frozenset()
    assert outdoor_zones(plan) == frozenset()
