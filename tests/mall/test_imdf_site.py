"""A site whose plan is an IMDF archive: loads, is checked, and every mistake names its key or its member."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from gis.floorplan import load_floorplan
from gis.imdf import LocalFrame, Venue, dump_imdf
from mall.check import check_site, print_problems
from mall.config import SAMPLE_SITE, load_site
from mall.errors import SiteError
from mall.recordings.offline import fuse_boxes
from mall.site_base import SiteWarning
from tests.gis.test_imdf import CREATED, L1, TOKYO, members, packed

HEAD = '[site]\nid = "s"\nname = "S"\nlanguages = ["ja", "en"]\n[plan]\nfile = "mall.imdf.zip"\n'
ORIGIN = f"origin = {list(TOKYO)}\n"
CAMERA = f"""[[camera]]
id = "c1"
source = "boxes.jsonl"
level = "{L1}"
size = [400, 100]
[camera.calibration]
image_points = [[0, 0], [400, 0], [400, 100], [0, 100]]
plan_points = [[0, 10], [40, 10], [40, 0], [0, 0]]
"""


def write(folder: Path, text: str, archive: bytes | None = None) -> Path:
    (folder / "mall.imdf.zip").write_bytes(packed(members()) if archive is None else archive)
    (folder / "boxes.jsonl").write_text('{"camera": "c1", "frame": 0, "t": 0.0, "boxes": []}\n')
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return folder


def measurement(**props: Any) -> str:
    properties = {"id": "gate", "kind": "line", "level": L1, "zone": "mall", **props}
    geometry = {"type": "LineString", "coordinates": [[1, 0], [1, 10]]}
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": properties, "geometry": geometry}
    ]})  # fmt: skip


def test_a_site_on_an_archive_has_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path, HEAD + ORIGIN + CAMERA)
    site = load_site(folder)
    assert site.plan.zone("mall").labels["ja"] == "モール"
    assert not [problem for problem in check_site(site) if problem.severity == "error"]
    assert print_problems(folder) == 0
    out = capsys.readouterr().out
    assert f"{folder / 'mall.imdf.zip'}: zone 'shop': no camera sees it" in out
    assert "zone 'mall': no camera sees it" not in out


def test_the_plan_is_turned_as_the_site_says(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, HEAD + ORIGIN + "rotation_deg = 90\n"))
    # The mall runs 40 m east of the origin and 10 m north; with y to the east it runs 40 m up and 10 m to the left.
    assert site.plan.zone("mall").polygon.bounds == pytest.approx((-10, 0, 0, 40), abs=0.1)


def test_measurement_lines_have_a_file_of_their_own(tmp_path: Path) -> None:
    folder = write(tmp_path, HEAD + ORIGIN + 'lines = "lines.geojson"\n')
    (folder / "lines.geojson").write_text(measurement())
    (line,) = load_site(folder).plan.lines
    assert (line.id, line.level, line.zone, line.line.length) == ("gate", L1, "mall", 10)


def test_what_is_odd_about_the_lines_is_said_with_their_own_file(tmp_path: Path) -> None:
    folder = write(tmp_path, HEAD + ORIGIN + 'lines = "lines.geojson"\n' + CAMERA)
    (folder / "lines.geojson").write_text(measurement(zone="nowhere", bogus=1))
    with pytest.warns(SiteWarning, match=r"lines\.geojson: unknown property line 'gate'\.bogus"):
        site = load_site(folder)
    (problem,) = (problem for problem in check_site(site) if problem.severity == "error")
    assert problem.place.startswith(f"{folder / 'lines.geojson'}: line 'gate'")
    with warnings.catch_warnings(action="ignore"), pytest.raises(SiteError, match=r"--out .*lines\.geojson.*input"):
        fuse_boxes([folder / "boxes.jsonl"], site=folder, out=folder / "lines.geojson")
    assert "gate" in (folder / "lines.geojson").read_text()


WRONG_LINES = [
    (measurement(level="9f"), "unknown level '9f'"),
    (measurement(kind="opening"), "expected measurement lines only"),
    (json.dumps({"type": "FeatureCollection", "features": 2 * json.loads(measurement())["features"]}), "stands twice"),
    ("{", "not JSON"),
]


@pytest.mark.parametrize(("text", "said"), WRONG_LINES)
def test_wrong_lines_are_named(tmp_path: Path, text: str, said: str) -> None:
    folder = write(tmp_path, HEAD + ORIGIN + 'lines = "lines.geojson"\n')
    (folder / "lines.geojson").write_text(text)
    with pytest.raises(SiteError, match=rf"lines\.geojson: .*{said}"):
        load_site(folder)


WRONG = [
    (HEAD, None, r"site\.toml: plan\.origin: missing; mall\.imdf\.zip is in degrees"),
    (HEAD + "origin = [35.6812, 139.7671]\n", None, r"site\.toml: plan\.origin: expected \[longitude, latitude\]"),
    (HEAD + "origin = [13.4, 52.5]\n", None, r"mall\.imdf\.zip: unit\.geojson: feature 'mall': .* from plan\.origin"),
    (HEAD + ORIGIN, b"GIF89a", r"mall\.imdf\.zip: not a sound zip archive"),
    (HEAD.replace("mall.imdf", "other") + ORIGIN, None, r"other\.zip: cannot read the archive"),
]


@pytest.mark.parametrize(("text", "archive", "said"), WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, archive: bytes | None, said: str) -> None:
    with pytest.raises(SiteError, match=said):
        load_site(write(tmp_path, text, archive))


def test_the_sample_mall_runs_on_its_own_dump(tmp_path: Path) -> None:
    plan = load_floorplan(SAMPLE_SITE / "floorplan.geojson")
    raw = dump_imdf(plan, Venue("sample", "Sample"), LocalFrame(TOKYO, 12.0), created=CREATED)
    text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition('file = "floorplan.geojson"')
    kept = [row for row in rest.splitlines() if not row.startswith(("origin", "rotation_deg"))]
    plan_keys = f'file = "mall.imdf.zip"\n{ORIGIN}rotation_deg = 12.0'
    site = load_site(write(tmp_path, head + plan_keys + "\n".join(kept), raw))
    theirs = load_site(SAMPLE_SITE)
    assert [zone.id for zone in site.plan.zones] == [zone.id for zone in theirs.plan.zones]
    for zone in theirs.plan.zones:
        assert site.plan.area_m2(zone.id) == pytest.approx(theirs.plan.area_m2(zone.id), abs=0.02)
