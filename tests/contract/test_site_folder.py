"""What a site folder may look like: the example is valid, the least legal site stays legal."""

import json
import warnings
from pathlib import Path

import pytest

from mall.config import SAMPLE_SITE, load_site
from mall.errors import SiteError
from mall.site_base import SiteWarning

ROOT = Path(__file__).resolve().parents[2]
MINIMAL_PLAN = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "plaza", "category": "concourse", "level": "1f"},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]},
        }
    ],
}
MINIMAL_SITE = '[site]\nid = "m"\nname = "M"\n[[camera]]\nid = "c"\nsource = "film"\nlevel = "1f"\n'


def write_minimal(folder: Path, site: str = MINIMAL_SITE) -> Path:
    (folder / "site.toml").write_text(site)
    (folder / "floorplan.geojson").write_text(json.dumps(MINIMAL_PLAN))
    return folder


def test_one_camera_without_calibration_and_one_polygon_is_a_legal_site(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        site = load_site(write_minimal(tmp_path))
    assert [camera.id for camera in site.cameras] == ["c"]
    assert site.cameras[0].calibration is None
    assert site.plan.area_m2("plaza") == pytest.approx(81)


def test_the_example_in_the_guides_is_valid_and_has_no_key_of_its_own(tmp_path: Path) -> None:
    example = (ROOT / "docs" / "site.example.toml").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(example, encoding="utf-8")
    plan = SAMPLE_SITE / "floorplan.geojson"
    (tmp_path / "floorplan.geojson").write_text(plan.read_text(encoding="utf-8"), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error", SiteWarning)
        site = load_site(tmp_path)
    assert site.cameras


def test_unknown_properties_of_the_plan_warn_and_do_not_fail(tmp_path: Path) -> None:
    write_minimal(tmp_path)
    plan = json.loads(json.dumps(MINIMAL_PLAN))
    plan["features"][0]["properties"]["capcity"] = 5
    (tmp_path / "floorplan.geojson").write_text(json.dumps(plan))
    with pytest.warns(SiteWarning, match=r"floorplan\.geojson: unknown property zone 'plaza'\.capcity"):
        load_site(tmp_path)


def test_unknown_keys_warn_and_do_not_fail(tmp_path: Path) -> None:
    with pytest.warns(SiteWarning, match=r"camera \(c\)\.colour"):
        load_site(write_minimal(tmp_path, MINIMAL_SITE + 'colour = "red"\n'))


PAIRS = "image_points=[[0,0],[9,0],[9,9],[0,9]]\nplan_points=[[0,9],[9,9],[9,0],[0,0]]\n"
PLANE = f"[[camera.plane]]\nregion=[[0,0],[9,0],[9,0],[0,9]]\n{PAIRS}"
CALIBRATED = f"{MINIMAL_SITE}[camera.calibration]\n{PAIRS}"
LENS = f"[camera.calibration]\n{PAIRS}"


def popup(name: str, device: str = "", sensors: tuple[str, ...] = ()) -> str:
    tables = "".join(f'[[popup.sensor]]\nid = "{sensor}"\nkind = "co2"\n' for sensor in sensors)
    return f'[[popup]]\nid = "{name}"\npitch = "plaza"\n' + (f'device = "{device}"\n' if device else "") + tables


WRONG = [
    ("no site file", None, "site.toml"),
    ("not TOML", "[site", "site.toml"),
    ("no id", '[site]\nname = "M"\n', "site.id"),
    ("unknown time zone", '[site]\nid = "m"\nname = "M"\ntimezone = "Mars/One"\n', "timezone"),
    ("unknown level", MINIMAL_SITE.replace("1f", "9f"), "camera (c).level"),
    ("level twice", '[[level]]\nid = "1f"\n[[level]]\nid = "1f"\n' + MINIMAL_SITE, "level id '1f' stands twice"),
    ("sensor twice", MINIMAL_SITE + popup("p", sensors=("co2", "co2")), "popup (p).sensor id 'co2' stands twice"),
    (
        "device twice",
        MINIMAL_SITE + popup("p", "kit") + popup("q", "kit"),
        "popup.device: device id 'kit' stands twice",
    ),
    ("device of a name", MINIMAL_SITE + popup("p") + popup("q", "p"), "popup.device: device id 'p' stands twice"),
    ("reset at no time", MINIMAL_SITE.replace('"M"', '"M"\nreset_at = "99:99"'), "site.reset_at"),
    ("reset at midnight's other name", MINIMAL_SITE.replace('"M"', '"M"\nreset_at = "24:00"'), "site.reset_at"),
    ("NaN offset", MINIMAL_SITE + "clock_offset_s = nan\n", "camera[0] (c).clock_offset_s"),
    ("boundless offset", MINIMAL_SITE + "clock_offset_s = 1e300\n", "camera[0] (c).clock_offset_s"),
    ("NaN rate", MINIMAL_SITE + "rate = nan\n", "camera[0] (c).rate"),
    ("negative size", MINIMAL_SITE + "size = [0, -5]\n", "camera[0] (c).size[0]"),
    ("NaN lens", MINIMAL_SITE + LENS + "camera_matrix = [[nan, 0, 1], [0, 1, 1], [0, 0, 1]]\n", "camera_matrix[0][0]"),
    ("infinite lens", MINIMAL_SITE + LENS + "distortion = [inf]\n", "camera[0] (c).calibration.distortion[0]"),
    ("NUL in a source", MINIMAL_SITE.replace("film", "fi\\u0000lm"), "camera[0] (c).source"),
    ("a giant of a source", MINIMAL_SITE.replace("film", "f" * 300), "camera[0] (c).source"),
    ("a giant of an address", MINIMAL_SITE.replace("film", "rtsp://h/" + "f" * 5000), "camera[0] (c).source"),
    ("NUL in the plan", MINIMAL_SITE + '[plan]\nfile = "a\\u0000b"\n', "plan.file"),
    ("a giant of a plan", MINIMAL_SITE + f'[plan]\nfile = "{"a/" * 3000}"\n', "plan.file"),
    ("no plan", MINIMAL_SITE + '[plan]\nfile = ""\n', "plan.file"),
    ("NUL in weights", MINIMAL_SITE + 'weights = "a\\u0000"\n', "camera[0] (c).weights"),
    ("NaN turn", MINIMAL_SITE + "[plan]\nrotation_deg = nan\n", "plan.rotation_deg"),
    ("deeply nested", MINIMAL_SITE + f"x = {'[' * 5000}\n", "nested"),
    ("camera twice", MINIMAL_SITE + MINIMAL_SITE.partition("\n[[")[2].join(["[[", ""]), "twice"),
    ("pairs in two places", CALIBRATED + PLANE, "calibration.image_points"),
    ("a plane of another level", MINIMAL_SITE + PLANE + 'level = "2f"\n', "plane 1.level: '2f'"),
    (
        "a plane without pairs",
        MINIMAL_SITE + "[[camera.plane]]\nregion=[[0,0],[9,0],[9,9]]\n",
        "plane[0]: image_points",
    ),
    ("a plane without a region", MINIMAL_SITE + PLANE.replace("region", "area"), "plane[0].region"),
    ("a region of two corners", MINIMAL_SITE + PLANE.replace("[0,9]]\nim", "[9,0]]\nim"), "plane[0]: region"),
    ("a lens without planes", MINIMAL_SITE + "[camera.calibration]\ndistortion=[0.1]\n", "calibration.image_points"),
    ("three pairs", MINIMAL_SITE + "[camera.calibration]\nimage_points=[[0,0]]\nplan_points=[[0,0]]\n", "4 pairs"),
]


@pytest.mark.parametrize(("name", "text", "named"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_site_names_file_and_place(tmp_path: Path, name: str, text: str | None, named: str) -> None:
    if text is not None:
        write_minimal(tmp_path, text)
    with pytest.raises(SiteError) as caught:
        load_site(tmp_path)
    assert named in str(caught.value)
    assert "site.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("far", [1e3, 1e5])
def test_a_vertex_kilometres_away_is_refused_and_named(tmp_path: Path, far: float) -> None:
    write_minimal(tmp_path, MINIMAL_SITE)
    path = next(tmp_path.glob("*.geojson"))
    plan = json.loads(path.read_text())
    plan["features"][0]["geometry"]["coordinates"][0][1:3] = [[far, 0], [far, far]]
    path.write_text(json.dumps(plan))
    with pytest.raises(SiteError, match=r"geojson: level '1f' spans .* is a vertex mistyped"):
        load_site(tmp_path)
