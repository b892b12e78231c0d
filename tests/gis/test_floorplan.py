import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shapely import Polygon

from gis.floorplan import FloorPlan, Line, Opening, PlanError, Zone, load_floorplan, to_geojson, zones_frame
from gis.plan_file import MAX_FILE_BYTES, MAX_VERTICES
from gis.plan_problems import problems

Ring = list[list[float]]


def box(x0: float, y0: float, x1: float, y1: float) -> Ring:
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]


def polygon(ring: Ring, **props: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": props, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def zone(zone_id: str, ring: Ring, **props: Any) -> dict[str, Any]:
    return polygon(ring, **{"id": zone_id, "category": "concourse", "level": "1f", **props})


def line(ring: Ring, **props: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": props, "geometry": {"type": "LineString", "coordinates": ring}}


def save(folder: Path, *features: Any) -> Path:
    path = folder / "plan.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


MALL = (
    zone("hall", box(0, 0, 20, 10), label="Hall", label_ja="ホール", label_en="Main hall", capacity=100),
    zone("pitch", box(2, 2, 6, 6), category="popup", parent="hall"),
    zone("wc", box(20, 0, 25, 10), category="restroom"),
    zone("deck", box(0, 0, 20, 10), level="2f", category="walkway", public=False),
    polygon(box(10, 1, 12, 4), type="fixture", level="1f"),
    polygon(box(19, 4, 21, 6), kind="fixture", id="bench", level="1f"),
    line([[0, 0], [0, 10]], id="door", kind="line", level="1f", in_side="right", zone="hall"),
    line([[20, 7], [20, 9]], type="opening", level="1f", width_m=1.8, **{"from": "hall", "to": "wc"}),
)


@pytest.fixture
def mall(tmp_path: Path) -> FloorPlan:
    return load_floorplan(save(tmp_path, *MALL), footprints={"kiosk": ("pitch", [[5, 5], [7, 5], [7, 7], [5, 7]])})


def test_a_minimal_plan_is_one_polygon(tmp_path: Path) -> None:
    plan = load_floorplan(save(tmp_path, zone("a", box(0, 0, 3, 2))))
    assert [level.id for level in plan.levels] == ["1f"]
    assert plan.zones == (Zone("a", "a", "concourse", "1f", Polygon(box(0, 0, 3, 2))),)
    assert plan.area_m2("a") == 6


def test_areas_are_those_worked_out_by_hand(mall: FloorPlan) -> None:
    # hall 200 - pitch 16 - planter 6 - half of the bench 2 - what of the kiosk stands in the hall (4 - 1)
    assert mall.area_m2("hall") == pytest.approx(173)
    assert mall.area_m2("pitch") == pytest.approx(15)
    assert mall.area_m2("wc") == pytest.approx(48)
    assert mall.area_m2("deck") == pytest.approx(200)  # another level's fixtures are not in its way


def test_walkable_areas_of_one_level_never_overlap(mall: FloorPlan) -> None:
    ids = [z.id for z in mall.zones_on("1f")]
    for i, first in enumerate(ids):
        for second in ids[i + 1 :]:
            assert mall.walkable(first).intersection(mall.walkable(second)).area == pytest.approx(0)


def test_a_hole_is_not_walkable(tmp_path: Path) -> None:
    feature = zone("a", box(0, 0, 10, 10))
    feature["geometry"]["coordinates"].append(box(4, 4, 6, 6))
    assert load_floorplan(save(tmp_path, feature)).area_m2("a") == 96


def test_properties(mall: FloorPlan) -> None:
    hall = mall.zone("hall")
    assert (hall.label, dict(hall.labels), hall.capacity) == ("Hall", {"ja": "ホール", "en": "Main hall"}, 100)
    assert [z.public for z in mall.zones] == [True, True, False, False]
    assert mall.zone("pitch").parent == "hall"
    assert [z.id for z in mall.zones_on("2f")] == ["deck"]
    door = mall.lines_on("1f")[0]
    assert (door.id, door.in_side, door.zone) == ("door", "right", "hall")
    assert mall.lines_on("2f") == ()
    assert [f.id for f in mall.fixtures] == ["fixture-4", "bench"]
    opening = mall.openings[0]
    assert (opening.width_m, opening.from_zone, opening.to_zone) == (1.8, "hall", "wc")
    with pytest.raises(KeyError):
        mall.zone("nowhere")


def test_an_opening_is_as_wide_as_its_line_unless_said(tmp_path: Path) -> None:
    path = save(tmp_path, MALL[0], line([[0, 0], [0, 3]], kind="opening", level="1f"))
    assert load_floorplan(path).openings[0].width_m == 3


def test_listed_levels_keep_their_order_and_heights(tmp_path: Path) -> None:
    path = save(tmp_path, *MALL)
    levels = load_floorplan(path, levels=[("2f", "Upper", 5.0), ("1f", "Ground", None)]).levels
    assert [(x.id, x.label, x.elevation_m) for x in levels] == [("2f", "Upper", 5.0), ("1f", "Ground", None)]


def test_the_plan_survives_a_round_trip(mall: FloorPlan, tmp_path: Path) -> None:
    path = tmp_path / "again.geojson"
    path.write_text(json.dumps(to_geojson(mall)), encoding="utf-8")
    again = load_floorplan(path)
    assert again == FloorPlan(mall.levels, mall.zones, mall.fixtures, mall.lines, mall.openings)


def test_a_frame_of_zones_has_no_crs(mall: FloorPlan) -> None:
    frame = zones_frame(mall)
    assert frame.crs is None
    assert frame.loc["hall", "walkable_m2"] == pytest.approx(173)
    assert frame.area.loc["hall"] == pytest.approx(200)


BOW_TIE = [[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]
WRONG = [
    ([], "no features"),
    ([zone("a", BOW_TIE)], r"zone 'a'.*Self-intersection"),
    ([zone("a", [[0, 0], [1, 1], [0, 0]])], "zone 'a'"),  # a spike encloses nothing
    ([zone("a", [[0, 0], [1, 1], [2, 2], [0, 0]])], "zone 'a'"),
    ([zone("a", [[0, 0], [1, 1]])], "zone 'a'.*at least 3 points"),
    ([zone("a", [[0, 0], [1, "x"], [2, 2]])], "zone 'a'.*finite metres"),
    ([zone("a", [[0, 0], [1, True], [2, 2]])], "zone 'a'.*finite metres"),
    ([zone("a", [[0, 0], [1], [2, 2]])], r"zone 'a'.*\[x, y\]"),
    ([zone("a", [[0, 0], [1e7, 0], [0, 1e7]])], "zone 'a'.*finite metres"),
    ([zone("a", [[0, 0], [10**400, 0], [0, 1]])], "zone 'a'.*finite metres"),
    ([polygon(box(0, 0, 1, 1), category="shop", level="1f")], "feature 0.*no id"),
    ([zone("", box(0, 0, 1, 1))], "no id"),
    ([zone("a\n", box(0, 0, 1, 1))], "printable"),
    ([zone("a" * 101, box(0, 0, 1, 1))], "at most 100"),
    ([zone("a", box(0, 0, 1, 1)), zone("a", box(2, 0, 3, 1))], "zone 'a'.*twice"),
    ([zone("a", box(0, 0, 1, 1), category="casino")], "zone 'a'.*unknown category 'casino'"),
    ([polygon(box(0, 0, 1, 1), id="a", level="1f")], "zone 'a'.*unknown category None"),
    ([zone("a", box(0, 0, 1, 1), level=None)], "zone 'a'.*no level"),
    ([zone("a", box(0, 0, 1, 1), capacity=-1)], "zone 'a'.*capacity"),
    ([zone("a", box(0, 0, 1, 1), capacity=2.5)], "zone 'a'.*capacity must be a whole number, got 2.5"),
    ([zone("a", box(0, 0, 1, 1), capacity=0.5)], "zone 'a'.*capacity"),
    ([zone("a", box(0, 0, 1, 1), capacity=0)], "zone 'a'.*capacity"),
    ([zone("a", box(0, 0, 1, 1), capacity="many")], "zone 'a'.*capacity"),
    ([zone("a", box(0, 0, 1, 1), public="no")], "zone 'a'.*public"),
    (
        [zone("a", box(0, 0, 1, 1)), line([[0, 0], [0, 1]], id="n", level="9f")],
        r"line 'n': unknown level '9f' \(levels: 1f\)",
    ),
    (
        [zone("a", box(0, 0, 1, 1)), polygon(box(0, 0, 1, 1), kind="fixture", id="f", level="9f")],
        "fixture 'f': unknown level '9f'",
    ),
    (
        [zone("a", box(0, 0, 1, 1)), line([[0, 0], [0, 1]], kind="opening", id="o", level="9f")],
        "opening 'o': unknown level '9f'",
    ),
    ([zone("a", box(0, 0, 1, 1), label=["x"])], "zone 'a'.*label must be text"),
    ([zone("a", box(0, 0, 1, 1)), line([[0, 0], [0, 0]], id="n", level="1f")], "line 'n'.*no length"),
    ([zone("a", box(0, 0, 1, 1)), line([[0, 0], [0, 1]], id="n", level="1f", in_side="up")], "line 'n'.*in_side"),
    ([zone("a", box(0, 0, 1, 1)), line([[0, 0], [0, 1]], level="1f")], "feature 1.*no id"),
    ([line([[0, 0], [0, 1]], id="n", level="1f")], "no zone in the plan"),
    (["text"], "feature 0"),
    ([{"type": "Feature", "properties": {"id": "a"}, "geometry": None}], "feature 0.*no geometry"),
    ([{"properties": {"id": "a"}, "geometry": {"type": "Point", "coordinates": [0, 0]}}], "feature 0.*Polygon"),
    ([{"properties": {"id": "a", "level": 1}, "geometry": {"type": "Polygon"}}], "zone 'a'.*ring"),
]


@pytest.mark.parametrize(("features", "message"), WRONG)
def test_wrong_features_are_refused_by_name(features: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=message):
        load_floorplan(save(tmp_path, *features))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("<OGRVRTDataSource/>", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "FeatureCollection"),
        ('{"type": "FeatureCollection"}', "no features"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "NaN"),
        ('{"type": "FeatureCollection", "features": [-Infinity]}', "finite"),
        (
            json.dumps({"type": "FeatureCollection", "features": [zone("a", box(0, 0, 1, 2))]}).replace("2", "1e400"),
            "finite",
        ),
    ],
)
def test_wrong_files_are_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=message):
        load_floorplan(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.geojson"
    path.write_bytes(b"\xff\xfe\x00PK")
    with pytest.raises(PlanError, match="not JSON"):
        load_floorplan(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="No such file"):
        load_floorplan(tmp_path / "none.geojson")


def test_giants_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.geojson"
    path.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    with pytest.raises(PlanError, match="bytes"):
        load_floorplan(path)
    path.write_text("[" + "[0,0]," * (2 * MAX_VERTICES) + "[0,0]]", encoding="utf-8")
    with pytest.raises(PlanError, match="vertices"):
        load_floorplan(path)


def test_a_level_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"zone 'deck': unknown level '2f' \(levels: 1f\)"):
        load_floorplan(save(tmp_path, *MALL), levels=[("1f", "1F", None)])


@pytest.mark.parametrize(
    ("pitch", "ring", "message"),
    [
        ("nowhere", box(0, 0, 1, 1), "'kiosk'.*no zone 'nowhere'"),
        ("hall", BOW_TIE, "'kiosk'.*Self-intersection"),
        ("hall", [[0, 0], [1, float("nan")], [1, 1]], "'kiosk'.*finite"),
    ],
)
def test_a_wrong_footprint_is_refused(pitch: str, ring: Ring, message: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=message):
        load_floorplan(save(tmp_path, *MALL), footprints={"kiosk": (pitch, ring)})


def test_a_sound_plan_has_no_problems(tmp_path: Path) -> None:
    joined = [
        zone("lift", box(0, 0, 2, 2), category="lift", connects="lift-2"),
        zone("lift-2", box(0, 0, 2, 2), level="2f"),
    ]
    assert problems(load_floorplan(save(tmp_path, *MALL, *joined))) == []


def test_a_level_that_no_way_leads_to_is_named(mall: FloorPlan) -> None:
    (found,) = problems(mall)
    assert (found.place, found.severity) == ("zone 'deck'", "warning")
    assert "no way leads there" in found.text


@pytest.mark.parametrize(
    ("props", "text", "severity"),
    [
        ({"category": "lift", "connects": "gone"}, "no zone of the plan: 'gone'", "error"),
        ({"category": "stair", "connects": ["deck", "hall"]}, "'hall', which is on the same level", "error"),
        ({"category": "shop", "connects": "deck"}, "its category is 'shop'", "warning"),
    ],
)
def test_a_wrong_way_to_another_level_is_named(props: Any, text: str, severity: str, tmp_path: Path) -> None:
    found = problems(load_floorplan(save(tmp_path, *MALL, zone("way", box(30, 0, 32, 2), **props))))
    assert [p.severity for p in found if p.place == "zone 'way'" and text in p.text] == [severity]


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"connects": 7}, "connects must be text or a list of texts"),
        ({"connects": ["a", None]}, "connects must be text or a list of texts"),
        ({"direction": "left"}, "direction must be up, down or both, got 'left'"),
        ({"width_m": -1}, "width_m must be a positive number"),
    ],
)
def test_a_wrong_connector_is_refused(props: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=message):
        load_floorplan(save(tmp_path, zone("a", box(0, 0, 3, 2), category="lift", **props)))


def test_connectors_come_back_whole(tmp_path: Path) -> None:
    up = zone("up", box(0, 0, 1, 6), category="escalator", connects="up-2", direction="up", width_m=0.8)
    plan = load_floorplan(save(tmp_path, up, zone("up-2", box(0, 0, 1, 6), level="2f", category="escalator")))
    again = load_floorplan(save(tmp_path, *to_geojson(plan)["features"]))
    assert again == plan
    assert (again.zone("up").connects, again.zone("up").direction, again.zone("up").width_m) == (("up-2",), "up", 0.8)


def test_problems_name_place_and_reason(tmp_path: Path) -> None:
    plan = load_floorplan(
        save(
            tmp_path,
            zone("a", box(0, 0, 10, 10), parent="gone"),
            zone("b", box(9, 0, 20, 10), parent="c"),
            zone("c", box(30, 0, 31, 1), parent="b"),
            polygon(box(29, -1, 32, 2), kind="fixture", level="1f"),
            polygon(box(90, 0, 91, 1), kind="fixture", id="lost", level="1f"),
            line([[50, 0], [50, 5]], id="far", level="1f", zone="gone"),
            line([[50, 0], [50, 5]], kind="opening", id="hatch", level="1f", **{"from": "a", "to": "gone"}),
        ),
        footprints={"kiosk": ("a", box(-2, 0, 1, 1))},
    )
    found = {(p.place, p.severity, p.text.split()[0]) for p in problems(plan)}
    assert found == {
        ("zone 'a'", "error", "no"),
        ("zone 'a'", "warning", "overlaps"),
        ("zone 'b'", "error", "its"),
        ("zone 'c'", "error", "its"),
        ("zone 'c'", "error", "nothing"),
        ("zone 'c'", "warning", "no"),
        ("line 'far'", "error", "no"),
        ("line 'far'", "warning", "touches"),
        ("opening 'hatch'", "error", "no"),
        ("opening 'hatch'", "warning", "lies"),
        ("fixture 'lost'", "warning", "stands"),
        ("pop-up 'kiosk'", "warning", "its"),
    }


COVERED = [
    ([zone("a", box(0, 0, 2, 2)), zone("b", box(0, 0, 2, 2))], "zone 'b'", "zone 'a' covers it"),
    (
        [zone("a", box(0, 0, 2, 2)), polygon(box(-1, -1, 3, 3), kind="fixture", id="rock", level="1f")],
        "zone 'a'",
        "fixture 'rock' covers it",
    ),
    (
        [zone("a", box(0, 0, 4, 2)), zone("b", box(0, 0, 3, 2)), zone("c", box(3, 0, 4, 2))],
        "zone 'a'",
        "zone 'b' and zone 'c' cover it",
    ),
]


@pytest.mark.parametrize(("features", "place", "text"), COVERED)
def test_what_covers_a_zone_is_named(features: list[Any], place: str, text: str, tmp_path: Path) -> None:
    found = problems(load_floorplan(save(tmp_path, *features)))
    assert [(p.place, p.text, p.severity) for p in found] == [(place, f"nothing of it is walkable: {text}", "error")]


def test_a_parent_is_on_the_zones_own_level(tmp_path: Path) -> None:
    path = save(tmp_path, zone("a", box(0, 0, 2, 2)), zone("b", box(0, 0, 1, 1), level="2f", parent="a"))
    found = problems(load_floorplan(path))
    assert [(p.place, p.text, p.severity) for p in found] == [
        ("zone 'b'", "its parent 'a' is on another level ('1f')", "error")
    ]


def test_a_listed_level_without_zones_deserves_a_look_only(tmp_path: Path) -> None:
    features = [zone("a", box(0, 0, 2, 2)), polygon(box(0, 0, 1, 1), kind="fixture", id="rock", level="2f")]
    plan = load_floorplan(save(tmp_path, *features), levels=[("1f", "1F", None), ("2f", "2F", None)])
    assert [(p.place, p.severity) for p in problems(plan)] == [("level '2f'", "warning"), ("fixture 'rock'", "warning")]


def test_properties_that_mean_nothing_are_told_once_each(tmp_path: Path) -> None:
    features = [
        zone("a", box(0, 0, 2, 2), capcity=4, label_fr="A", fid=1),
        zone("b", box(2, 0, 4, 2), pubic=True, fid=2),
        polygon(box(0, 0, 1, 1), kind="fixture", id="rock", level="1f", public=True, label="Rock"),
        line([[0, 0], [0, 1]], id="n", level="1f", inside="left", zone="a", in_side="left"),
        line([[0, 0], [0, 1]], kind="opening", id="o", level="1f", width_m=1, **{"from": "a", "to": "b"}),
    ]
    assert load_floorplan(save(tmp_path, *features)).unknown == (
        "zone 'a'.capcity",
        "zone 'a'.fid (and 1 more of its kind)",
        "zone 'b'.pubic",
        "fixture 'rock'.public",
        "line 'n'.inside",
    )


def test_loading_never_touches_gdal(tmp_path: Path) -> None:
    path = save(tmp_path, *MALL)
    code = (
        "import sys; from gis.floorplan import load_floorplan; load_floorplan(sys.argv[1]);"
        "sys.exit(any(name in sys.modules for name in ('pyogrio', 'fiona', 'osgeo', 'geopandas')))"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, cwd=Path(__file__).parents[2])


def test_shapes_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Opening("o", "1f", None, 1.0).width_m = 2.0  # type: ignore[misc, arg-type]
    with pytest.raises(AttributeError):
        Line("n", "n", "1f", None).id = "m"  # type: ignore[misc, arg-type]
