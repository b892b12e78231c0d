"""Which lines count everybody who passes from zone to zone, and how wide they are."""

import json
from pathlib import Path

import pytest
from shapely import LineString, box

from gis.borders import Border, borders, clear_width_m
from gis.floorplan import FloorPlan, Level, Line, Opening, PlanError, Zone, load_floorplan, to_geojson

HALL = Zone("hall", "Hall", "concourse", "1f", box(0, 0, 10, 10))
SHOP = Zone("shop", "Shop", "shop", "1f", box(0, 10, 10, 20))
STAND = Zone("stand", "Stand", "popup", "1f", box(2, 2, 4, 4))
FAR = Zone("far", "Far", "shop", "1f", box(10.6, 0, 20, 10))
WHOLE = Line("whole", "", "1f", LineString([(10, 10), (0, 10)]), zone="shop")  # westward: right is north, the shop
HALF = Line("half", "", "1f", LineString([(5, 10), (0, 10)]))
GATE = Line("gate", "", "1f", LineString([(10, 0), (0, 0)]))  # in: northward, into the hall


def plan(*lines: Line, zones: tuple[Zone, ...] = (HALL, SHOP), openings: tuple[Opening, ...] = ()) -> FloorPlan:
    return FloorPlan((Level("1f", "1F"), Level("2f", "2F")), zones, lines=lines, openings=openings)


def door(x0: float, x1: float, y: float = 10.0, *, width: float = 0.0, to: str | None = "shop") -> Opening:
    return Opening(f"{x0}", "1f", LineString([(x0, y), (x1, y)]), width or x1 - x0, "hall", to)


def lines_of(found: tuple[Border, ...]) -> dict[tuple[str, str], dict[str, int]]:
    return {border.zones: dict(border.lines) for border in found if border.lines}


@pytest.mark.parametrize(
    ("lines", "openings", "expected"),
    [
        ((WHOLE,), (), {("hall", "shop"): {"whole": 1}}),
        ((Line("back", "", "1f", LineString([(0, 10), (10, 10)])),), (), {("hall", "shop"): {"back": -1}}),
        ((Line("left", "", "1f", LineString([(0, 10), (10, 10)]), "left"),), (), {("hall", "shop"): {"left": 1}}),
        ((HALF,), (), {}),  # the other half of the edge is open
        ((HALF,), (door(1, 3),), {("hall", "shop"): {"half": 1}}),  # the one door of the plan is on the line
        ((HALF,), (door(1, 3), door(7, 9)), {}),  # a second door has no line
        ((WHOLE, GATE), (), {("", "hall"): {"gate": 1}, ("hall", "shop"): {"whole": 1}}),
        ((GATE,), (door(1, 9, 0.0, to=None),), {("", "hall"): {"gate": 1}}),
        ((Line("mid", "", "1f", LineString([(10, 5), (0, 5)])),), (), {}),  # both sides are the hall
        ((), (), {}),
    ],
)
def test_lines_of_a_border(lines: tuple[Line, ...], openings: tuple[Opening, ...], expected: object) -> None:
    assert lines_of(borders(plan(*lines, openings=openings), "1f")) == expected


def test_every_meeting_of_zones_is_a_border_and_nothing_else() -> None:
    found = borders(plan(zones=(HALL, SHOP, STAND, FAR)), "1f")
    assert [border.zones for border in found] == [
        ("", "far"), ("", "hall"), ("", "shop"), ("", "stand"), ("hall", "shop"), ("hall", "stand"),
    ]  # fmt: skip
    assert borders(plan(), "2f") == ()


def test_a_passage_to_another_level_leads_outside() -> None:
    stairs = Opening("stairs", "1f", LineString([(0, 0), (2, 0)]), 2.0, "hall", "upstairs")
    assert [border.zones for border in borders(plan(zones=(HALL,), openings=(stairs,)), "1f")] == [("", "hall")]


@pytest.mark.parametrize(
    ("line", "openings", "width"),
    [
        (HALF, (), 5.0),
        (HALF, (door(1, 3),), 2.0),
        (HALF, (door(1, 3, width=1.8),), 1.8),
        (HALF, (door(0, 2), door(3, 5)), 4.0),
        (HALF, (door(7, 9),), 5.0),
        (Line("own", "", "1f", HALF.line, clear_width_m=1.6), (door(1, 3),), 1.6),
    ],
)
def test_clear_width(line: Line, openings: tuple[Opening, ...], width: float) -> None:
    assert clear_width_m(plan(line, openings=openings), line) == pytest.approx(width)


def test_the_clear_width_of_a_line_comes_from_the_plan_and_goes_back(tmp_path: Path) -> None:
    rows = to_geojson(plan(Line("own", "", "1f", HALF.line, clear_width_m=1.6)))
    path = tmp_path / "plan.geojson"
    path.write_text(json.dumps(rows))
    assert load_floorplan(path).lines[0].clear_width_m == 1.6
    assert load_floorplan(path).unknown == ()
    rows["features"][-1]["properties"]["clear_width_m"] = -1
    path.write_text(json.dumps(rows))
    with pytest.raises(PlanError, match=r"line 'own': clear_width_m must be a positive number"):
        load_floorplan(path)
