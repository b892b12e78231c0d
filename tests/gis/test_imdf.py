"""Oracles: pyproj's geodesics between corners of an archive written by hand; a plan that went to degrees and back."""

import io
import json
import time
import tracemalloc
import zipfile
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, box

from gis.floorplan import CATEGORIES, Fixture, FloorPlan, Level, Line, Opening, PlanError, Zone, load_floorplan
from gis.imdf import LocalFrame, Venue, dump_imdf, load_imdf
from gis.imdf_words import UNIT_OF, category_of

EARTH = Geod(ellps="WGS84")
TOKYO = (139.7671, 35.6812)
FRAME = LocalFrame(TOKYO)
SAMPLE = Path(__file__).resolve().parents[2] / "sample_footage" / "floorplan.geojson"
CREATED = "2026-11-25T00:00:00Z"
B1, L1, L2 = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002", "lev-2"
DEG_E, DEG_N = 1 / 90500, 1 / 110950  # about a metre eastwards and northwards, in degrees


def at(x: float, y: float) -> list[float]:
    """Degrees somewhere near x metres east and y north of the origin; exact is what the geodesics say."""
    return [TOKYO[0] + x * DEG_E, TOKYO[1] + y * DEG_N]


def ring(x: float, y: float, w: float, h: float) -> list[list[float]]:
    return [at(x, y), at(x + w, y), at(x + w, y + h), at(x, y + h), at(x, y)]


def feature(kind: str, id_: str, geometry: dict[str, Any] | None, /, **props: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": id_, "feature_type": kind, "geometry": geometry, "properties": props}


def area(kind: str, id_: str, at_: tuple[float, float, float, float], /, **props: Any) -> dict[str, Any]:
    return feature(kind, id_, {"type": "Polygon", "coordinates": [ring(*at_)]}, **{"level_id": L1, **props})


def level(id_: str, ordinal: int, /, **names: Any) -> dict[str, Any]:
    return area("level", id_, (0, 0, 60, 40), ordinal=ordinal, **names)


def line(kind: str, id_: str, /, *points: list[float], **props: Any) -> dict[str, Any]:
    return feature(kind, id_, {"type": "LineString", "coordinates": list(points)}, **{"level_id": L1, **props})


def members() -> dict[str, Any]:
    """A basement, a ground floor with a mall, a shop, toilets, a kiosk and a column, and an upper floor."""
    units = [
        area("unit", "mall", (0, 0, 40, 10), category="walkway", name={"en-US": "Mall", "ja": "モール"}),
        area("unit", "shop", (0, 10, 20, 15), category="room", name=None),
        area("unit", "back", (20, 10, 10, 15), category="room", name=None, restriction="employeesonly"),
        area("unit", "wc", (30, 10, 10, 5), category="restroom.male", name=None),
        area("unit", "pillar", (5, 2, 1, 1), category="column"),
        area("unit", "hole", (0, 0, 5, 5), category="opentobelow", level_id=L2),
        area("unit", "upper", (0, 0, 40, 10), category="foodservice", name={"ja": "食堂"}, level_id=L2),
        feature(
            "unit", "twin", {"type": "MultiPolygon", "coordinates": [[ring(0, 0, 9, 9)], [ring(20, 0, 9, 9)]]},
            category="stairs", level_id=B1,
        ),
    ]  # fmt: skip
    levels = [
        level(L2, 1, name={"en": "Second floor"}, short_name={"en": "2F", "ja": "2階"}),
        level(B1, -1, name={"en": "Basement"}),
        level(L1, 0, name={"en": "Ground"}, short_name={"en": "1F"}),
    ]
    features = {
        "level": levels,
        "unit": units,
        "opening": [line("opening", "door", at(4, 10), at(6.5, 10), category="pedestrian")],
        "anchor": [
            feature("anchor", "a1", {"type": "Point", "coordinates": at(3, 14)}, unit_id="shop", address_id=None)
        ],
        "occupant": [
            feature("occupant", "o1", None, name={"en": "Aoi", "ja": "あおい"}, anchor_id="a1", category="books")
        ],
        "kiosk": [area("kiosk", "k1", (10, 4, 2, 2), name={"en": "Tea"})],
        "fixture": [area("fixture", "f1", (20, 4, 3, 1), category="vegetation")],
        "detail": [line("detail", "d1", at(0, 0), at(1, 1))],
        "amenity": [],
    }
    manifest = {"version": "1.0.0", "created": CREATED, "language": "en-US", "generated_by": None, "extensions": None}
    return {"manifest": manifest} | {
        kind: {"type": "FeatureCollection", "features": rows} for kind, rows in features.items()
    }


def packed(content: dict[str, Any]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind, value in content.items():
            name = "manifest.json" if kind == "manifest" else kind if "." in kind else f"{kind}.geojson"
            archive.writestr(name, value if isinstance(value, bytes | str) else json.dumps(value))
    return raw.getvalue()


def load(folder: Path, content: dict[str, Any] | bytes, frame: LocalFrame = FRAME, **options: Any) -> FloorPlan:
    path = folder / "mall.imdf.zip"
    path.write_bytes(content if isinstance(content, bytes) else packed(content))
    return load_imdf(path, frame, **options)


def test_an_archive_becomes_a_plan(tmp_path: Path) -> None:
    plan = load(tmp_path, members())
    assert [(row.id, row.label) for row in plan.levels] == [(B1, "Basement"), (L1, "1F"), (L2, "2F")]
    assert {zone.id: (zone.category, zone.label, zone.public) for zone in plan.zones} == {
        "mall": ("walkway", "Mall", True),
        "shop": ("shop", "Aoi", False),
        "back": ("staff", "room", False),
        "wc": ("restroom", "restroom.male", False),
        "upper": ("food_court", "食堂", True),
        "twin": ("stair", "stairs", True),
        "twin-2": ("stair", "stairs", True),
    }
    assert plan.zone("mall").labels == {"en": "Mall", "ja": "モール"}
    assert plan.zone("shop").labels == {"en": "Aoi", "ja": "あおい"}
    assert {zone.level for zone in plan.zones_on(B1)} == {B1}
    assert {(f.id, f.kind, f.level) for f in plan.fixtures} == {
        ("pillar", "column", L1), ("hole", "void", L2), ("f1", "vegetation", L1), ("k1", "kiosk", L1),
    }  # fmt: skip
    (door,) = plan.openings
    assert {door.from_zone, door.to_zone} == {"mall", "shop"}
    assert door.width_m == pytest.approx(EARTH.line_length(*zip(at(4, 10), at(6.5, 10), strict=True)), abs=0.001)
    assert plan.lines == ()


@pytest.mark.parametrize("turn", [0.0, 37.0, -120.0])
def test_distances_are_those_on_the_earth_and_y_points_where_the_site_says(tmp_path: Path, turn: float) -> None:
    plan = load(tmp_path, members(), LocalFrame(TOKYO, turn))
    degrees = np.array(ring(0, 0, 40, 10)[:4] + ring(0, 10, 20, 15)[:4])
    metres = np.vstack([shapely.get_coordinates(plan.zone(z).polygon.exterior)[:4] for z in ("mall", "shop")])
    for i, j in combinations(range(8), 2):
        _, _, geodesic = EARTH.inv(*degrees[i], *degrees[j])
        assert np.hypot(*(metres[i] - metres[j])) == pytest.approx(geodesic, abs=0.01)
    frame = LocalFrame(TOKYO, turn)
    for bearing, expected in ((turn, (0, 250)), (turn + 90, (250, 0))):
        lon, lat, _ = EARTH.fwd(*TOKYO, bearing, 250)
        np.testing.assert_allclose(frame.to_metres(np.array([[lon, lat]])), [expected], atol=0.01)


def test_a_folder_is_an_archive_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(members()))) as archive:
        archive.extractall(tmp_path / "imdf")
    assert load_imdf(tmp_path / "imdf", FRAME) == load(tmp_path, members())


def test_the_site_s_levels_and_footprints_count(tmp_path: Path) -> None:
    rows = [(L1, "Ground", 0.0), (L2, "Upper", 5.0), (B1, "Below", -4.0)]
    plan = load(tmp_path, members(), levels=rows, footprints={"tea": ("mall", [[15, 4], [17, 4], [17, 6], [15, 6]])})
    assert plan.levels == tuple(Level(*row) for row in rows)
    whole = load(tmp_path, members())
    assert whole.area_m2("mall") - plan.area_m2("mall") == pytest.approx(4)
    with pytest.raises(PlanError, match=r"unit\.geojson: feature 'hole': unknown level 'lev-2'"):
        load(tmp_path, members(), levels=rows[:1])


def test_every_category_of_ours_has_a_unit_that_is_ours_again() -> None:
    assert set(UNIT_OF) == set(CATEGORIES)
    assert {category_of(word, occupied=False) for word in UNIT_OF.values()} <= set(CATEGORIES)
    assert category_of("restroom.female.wheelchair", occupied=False) == "restroom"
    assert category_of("room", occupied=True) == "shop"
    assert category_of("nonsense", occupied=False) is None


# ------------------------------------------------------------------ there and back


def same(first: FloorPlan, second: FloorPlan) -> None:
    """Everything is equal; geometry to a centimetre, corner by corner."""
    assert second.levels == first.levels
    for one, other in (
        (first.zones, second.zones), (first.fixtures, second.fixtures), (first.lines, second.lines),
        (first.openings, second.openings),
    ):  # fmt: skip
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            for name in type(a).__slots__:
                mine, back = getattr(a, name), getattr(b, name)
                if name in ("polygon", "line"):
                    np.testing.assert_allclose(shapely.get_coordinates(back), shapely.get_coordinates(mine), atol=0.01)
                else:
                    assert back == mine, (a.id, name)


def test_the_sample_plan_comes_back(tmp_path: Path) -> None:
    plan, frame = load_floorplan(SAMPLE), LocalFrame(TOKYO, 17.0)
    raw = dump_imdf(plan, Venue("sample", "Sample Mall"), frame, created=CREATED)
    assert raw == dump_imdf(plan, Venue("sample", "Sample Mall"), frame, created=CREATED)
    same(plan, load(tmp_path, raw, frame))


NAMES = st.text("abcäöあい-.", min_size=1, max_size=8)
SIDES = st.integers(1, 400).map(lambda cm: cm / 7)


@st.composite
def plans(draw: st.DrawFn) -> FloorPlan:
    levels = [
        Level(f"l{i}", draw(NAMES), draw(st.none() | st.integers(0, 40).map(float)))
        for i in range(draw(st.integers(1, 3)))
    ]
    boxes = st.builds(lambda x, y, w, h: shapely.orient_polygons(box(x, y, x + w, y + h)), *[SIDES] * 4)
    lines = st.builds(lambda x, y, u, v: LineString([(x, y), (x + u, y - v), (x + u + 1, y)]), *[SIDES] * 4)
    ids = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    on = st.sampled_from([level.id for level in levels])
    zones = [
        Zone(
            i, draw(NAMES), draw(st.sampled_from(CATEGORIES)), draw(on), draw(boxes),
            capacity=draw(st.none() | st.integers(1, 99)), parent=draw(st.none() | st.sampled_from(ids)),
            public=draw(st.booleans()), labels=draw(st.dictionaries(st.sampled_from(["ja", "en", "fr"]), NAMES)),
        )
        for i in ids
    ]  # fmt: skip
    end = st.none() | st.sampled_from(ids)
    return FloorPlan(
        tuple(levels),
        tuple(zones),
        tuple(Fixture(f"f{i}", draw(on), draw(boxes), draw(NAMES)) for i in range(draw(st.integers(0, 2)))),
        tuple(
            Line(f"m{i}", draw(NAMES), draw(on), draw(lines), draw(st.sampled_from(["left", "right"])), draw(end))
            for i in range(draw(st.integers(0, 2)))
        ),
        tuple(
            Opening(f"o{i}", draw(on), draw(lines), draw(SIDES), draw(end), draw(end))
            for i in range(draw(st.integers(0, 2)))
        ),
    )


@settings(max_examples=40, deadline=None)
@given(plans(), st.floats(-180, 180), st.floats(-85, 85), st.floats(-400, 400))
def test_whatever_plan_comes_back(
    tmp_path_factory: pytest.TempPathFactory, plan: FloorPlan, lon: float, lat: float, turn: float
) -> None:
    frame = LocalFrame((lon, lat), turn)
    same(plan, load(tmp_path_factory.mktemp("imdf"), dump_imdf(plan, Venue("v", "V"), frame, created=CREATED), frame))


def test_a_dump_is_what_the_standard_asks_for() -> None:
    plan = load_floorplan(SAMPLE)
    raw = dump_imdf(plan, Venue("sample", "Sample Mall", country="JP"), FRAME, created=CREATED)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        found = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert found["manifest.json"]["version"] == "1.0.0"
    ids = [row["id"] for name, rows in found.items() if name != "manifest.json" for row in rows["features"]]
    assert len(set(ids)) == len(ids)
    (building,) = found["building.geojson"]["features"]
    levels = {row["id"]: row["properties"] for row in found["level.geojson"]["features"]}
    assert [props["ordinal"] for props in levels.values()] == [0, 1]
    assert all(props["building_ids"] == [building["id"]] for props in levels.values())
    for name in ("unit", "opening", "fixture"):
        assert {row["properties"]["level_id"] for row in found[f"{name}.geojson"]["features"]} <= set(levels)
    west = next(u for u in found["unit.geojson"]["features"] if u["properties"]["name"]["en"] == "Concourse West")
    assert west["properties"]["name"]["ja"] == "西コンコース"
    _, _, away = EARTH.inv(*TOKYO, *west["geometry"]["coordinates"][0][0])
    corner = shapely.get_coordinates(plan.zone("conc-w").polygon)[0]
    assert away == pytest.approx(np.hypot(*corner), abs=0.01)


def test_our_own_properties_count_only_where_the_manifest_names_them(tmp_path: Path) -> None:
    content = members()
    content["unit"]["features"][0]["properties"]["mallflow"] = {"id": "x", "category": "shop"}
    assert load(tmp_path, content).zone("mall").category == "walkway"


# ------------------------------------------------------------------ hostile and broken


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return raw.getvalue()


def encrypted() -> bytes:
    raw = bytearray(packed(members()))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


OK = ("manifest.json", b"{}")
HOSTILE = {
    "no zip": (b"GIF89a", "not a sound zip"),
    "cut off": (packed(members())[:-40], "not a sound zip"),
    "damaged": (packed(members()).replace(b"\x00\x00\x00", b"\xff\x00\x00", 9), "zip|CRC|member|not"),
    "up": (zipped(OK, ("../evil", b"")), "leads out"),
    "inner up": (zipped(OK, ("a/../../evil", b"")), "leads out"),
    "absolute": (zipped(OK, ("/etc/passwd", b"")), "leads out"),
    "drive": (zipped(OK, ("C:/evil", b"")), "leads out"),
    "bomb": (zipped(OK, ("unit.geojson", b" " * 5_000_000)), "'unit.geojson' unpacks to more than 100 times"),
    "a bomb not read": (zipped(OK, ("photo.bin", b" " * 5_000_000)), "'photo.bin' unpacks to more than 100 times"),
    "many": (zipped(*[(f"{i}", b"") for i in range(1200)]), "more than 1000 members"),
    "lzma": (zipped(OK, compression=zipfile.ZIP_LZMA), "only stored and deflated"),
    "encrypted": (encrypted(), "is encrypted"),
    "no manifest": (zipped(("level.geojson", b"{}")), "no manifest.json"),
    "in a folder": (zipped(("mall/manifest.json", b"{}")), "no manifest.json"),
    "manifest a list": (zipped(("manifest.json", b"[]")), "manifest.json: not an object"),
    "no level": (zipped(OK), "level.geojson: no level"),
    "deep": (zipped(OK, ("unit.geojson", b"[" * 90_000)), "unit.geojson: not JSON"),
    "NaN": (zipped(OK, ("unit.geojson", b'{"features": [NaN]}')), "unit.geojson: NaN"),
    "not UTF-8": (zipped(OK, ("unit.geojson", b"\xff\xfe")), "unit.geojson: not JSON"),
    "no collection": (zipped(OK, ("unit.geojson", b"[]")), "unit.geojson: not a GeoJSON FeatureCollection"),
    "no id": (zipped(OK, ("unit.geojson", b'{"features": [{}]}')), "unit.geojson: feature 0: expected an id"),
    "no object": (zipped(OK, ("unit.geojson", b'{"features": [7]}')), "unit.geojson: feature 0: expected an id"),
}


@pytest.mark.parametrize(("raw", "text"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_archives_are_refused_with_the_member_named(tmp_path: Path, raw: bytes, text: str) -> None:
    with pytest.raises(PlanError, match=text):
        load(tmp_path, raw)
    assert [path.name for path in tmp_path.iterdir()] == ["mall.imdf.zip"], "nothing is unpacked"


def point_rows(count: int) -> str:
    numbers = np.random.default_rng(1).uniform(0, 1e-3, (count, 2)) + TOKYO
    return ",".join(f"[{x:.9f},{y:.9f}]" for x, y in numbers)


def test_a_million_vertices_are_refused_quickly(tmp_path: Path) -> None:
    many = '{"type":"FeatureCollection","features":[' + point_rows(500_000) + "]}"
    raw = packed(members() | {"unit": many, "fixture": many})
    (tmp_path / "mall.zip").write_bytes(raw)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(PlanError, match="more than 200000 vertices"):
        load_imdf(tmp_path / "mall.zip", FRAME)
    assert time.process_time() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


def test_too_large_an_archive_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "mall.zip"
    with path.open("wb") as file:
        file.truncate(60 * 2**20)
    with pytest.raises(PlanError, match="the limit is 52428800"):
        load_imdf(path, FRAME)
    with pytest.raises(PlanError, match="cannot read"):
        load_imdf(tmp_path / "nowhere.zip", FRAME)
    some = [(f"{kind}.geojson", bytes(range(1, 90)) * 170_000) for kind in ("level", "unit", "opening")]
    with pytest.raises(PlanError, match="more than 40000000 bytes of maps"):
        load(tmp_path, zipped(OK, *some, compression=zipfile.ZIP_STORED))
    big = b"".join(bytes([i % 256]) * 70 for i in range(310_000))
    with pytest.raises(PlanError, match=r"unit\.geojson: more than 20000000 bytes"):
        load(tmp_path, zipped(OK, ("unit.geojson", big), compression=zipfile.ZIP_STORED))


BOW_TIE = [at(0, 0), at(9, 9), at(9, 0), at(0, 9), at(0, 0)]
BROKEN = {
    "bow-tie": ({"type": "Polygon", "coordinates": [BOW_TIE]}, {}, "not a simple polygon"),
    "a point": ({"type": "Point", "coordinates": at(0, 0)}, {}, "expected a Polygon or MultiPolygon"),
    "nothing": (None, {}, "expected a Polygon or MultiPolygon"),
    "text": ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, {}, r"expected \[longitude, latitude\] points"),
    "ragged": ({"type": "Polygon", "coordinates": [[[1, 2], [3]]]}, {}, r"expected \[longitude, latitude\] points"),
    "rings of numbers": ({"type": "MultiPolygon", "coordinates": [7]}, {}, "at least one ring"),
    "swapped": ({"type": "Polygon", "coordinates": [[p[::-1] for p in ring(0, 0, 9, 9)]]}, {}, "from plan.origin"),
    "metres": ({"type": "Polygon", "coordinates": [[[0, 0], [99, 0], [99, 99], [0, 0]]]}, {}, "from plan.origin"),
    "infinite": ({"type": "Polygon", "coordinates": [[[1e300, 0], [9, 0], [9, 9], [0, 0]]]}, {}, "from plan.origin"),
    "level": (None, {"level_id": "lost"}, "expected a Polygon"),
    "lost level": ({"type": "Polygon", "coordinates": [ring(0, 0, 9, 9)]}, {"level_id": "lost"}, "no level 'lost'"),
    "level a list": ({"type": "Polygon", "coordinates": [ring(0, 0, 9, 9)]}, {"level_id": [1]}, r"no level \[1\]"),
    "category": ({"type": "Polygon", "coordinates": [ring(0, 0, 9, 9)]}, {"category": "spaceport"}, "'spaceport'"),
    "name": ({"type": "Polygon", "coordinates": [ring(0, 0, 9, 9)]}, {"name": "Mall"}, "name must be text by language"),
}


@pytest.mark.parametrize(("geometry", "props", "text"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_feature_is_named(tmp_path: Path, geometry: Any, props: dict[str, Any], text: str) -> None:
    content = members()
    content["unit"]["features"] = [feature("unit", "u7", geometry, **{"category": "walkway", "level_id": L1} | props)]
    with pytest.raises(PlanError, match=rf"^unit\.geojson: feature 'u7': .*{text}"):
        load(tmp_path, content)


def test_broken_lines_levels_and_doubles_are_named(tmp_path: Path) -> None:
    for points in ([at(0, 0)], [at(0, 0), at(0, 0)], []):
        content = members() | {"opening": {"features": [line("opening", "door", *points)]}}
        with pytest.raises(PlanError, match=r"opening\.geojson: feature 'door'"):
            load(tmp_path, content)
    for ordinal in (None, True, "1", 1e300, 10**400):
        content = members()
        content["level"]["features"][0]["properties"]["ordinal"] = ordinal
        with pytest.raises(PlanError, match=r"level\.geojson: feature 'lev-2': ordinal"):
            load(tmp_path, content)
    content = members()
    content["level"]["features"][0]["id"] = L1
    with pytest.raises(PlanError, match=r"level\.geojson: an id stands twice"):
        load(tmp_path, content)
    content = members()
    content["unit"]["features"][0]["id"] = "shop"
    with pytest.raises(PlanError, match="'shop': this id stands twice"):
        load(tmp_path, content)


@pytest.mark.parametrize(
    ("origin", "turn"), [((181, 0), 0), ((0, 90), 0), ((0, float("nan")), 0), ((0, 0), float("inf"))]
)
def test_an_origin_is_on_the_earth(origin: tuple[float, float], turn: float) -> None:
    with pytest.raises(ValueError, match="longitude, latitude"):
        LocalFrame(origin, turn)
