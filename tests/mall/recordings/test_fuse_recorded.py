"""Recorded boxes of two cameras over one square, made from known walks: one person each, where they walked."""

import json
from pathlib import Path

import numpy as np
import pytest

from mall.config import Site, load_site
from mall.errors import SiteError
from mall.recordings.fuse_recorded import fuse_lines, read_lines
from vision.frames import SourceRefusedError

HEIGHT_M = 1.7
RATE = 10


def pinhole(eye: tuple[float, float, float], target: tuple[float, float]) -> np.ndarray:
    """Return the (3, 4) matrix of a camera of 640 x 480 px, focal length 500 px, that looks at a point of the floor."""
    forward = np.array([*target, 0.0]) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.array([right, np.cross(forward, right), forward])
    intrinsic = np.array([[500, 0, 320], [0, 500, 240], [0, 0, 1.0]])
    return intrinsic @ np.column_stack([rotation, -rotation @ eye])


CAMERAS = {"south": pinhole((5, -8, 6), (5, 5)), "west": pinhole((-8, 5, 6), (5, 5))}


def project(camera: np.ndarray, xyz: np.ndarray) -> np.ndarray:
    pixels = camera @ np.append(xyz, 1.0)
    return pixels[:2] / pixels[2]


def box(camera: np.ndarray, x: float, y: float) -> list[float]:
    foot, head = project(camera, np.array([x, y, 0.0])), project(camera, np.array([x, y, HEIGHT_M]))
    half = 0.2 * (foot[1] - head[1])
    return [foot[0] - half, head[1], foot[0] + half, foot[1], 0.9]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    ring = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    zone = {"type": "Feature", "properties": {"id": "sq", "category": "atrium", "level": "1f"},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    (tmp_path / "floorplan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    corners = [[0, 0], [10, 0], [10, 10], [0, 10]]
    tables = ['[site]\nid = "s"\nname = "S"\n']
    for name, camera in CAMERAS.items():
        image = [project(camera, np.array([*corner, 0.0])).tolist() for corner in corners]
        tables.append(
            f'[[camera]]\nid = "{name}"\nsource = "{name}.jsonl"\nlevel = "1f"\nsize = [640, 480]\n'
            f"[camera.calibration]\nimage_points = {image}\nplan_points = {corners}\n"
        )
    tables.append('[[camera]]\nid = "blind"\nsource = "blind.jsonl"\nlevel = "1f"\n')
    (tmp_path / "site.toml").write_text("".join(tables))
    return load_site(tmp_path)


def record(path: Path, camera: str, walks: list[list[tuple[float, float]]], shift_s: float = 0.0) -> Path:
    matrix = CAMERAS.get(camera, CAMERAS["south"])
    rows = [
        {"camera": camera, "frame": n, "t": n / RATE + shift_s, "boxes": [box(matrix, *at) for at in instant]}
        for n, instant in enumerate(zip(*walks, strict=True))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


WALKS = [
    [(3.0 + 0.1 * n, 3.0) for n in range(40)],  # 1 m/s eastwards
    [(7.0, 7.0)] * 40,
]


def test_two_views_of_two_people_are_two_people_where_they_walked(site: Site, tmp_path: Path) -> None:
    files = [record(tmp_path / f"{name}.jsonl", name, WALKS) for name in CAMERAS]
    rows = list(fuse_lines(read_lines(files, site), site))
    assert [row["t"] for row in rows] == [n / RATE for n in range(40)]
    assert [len(row["people"]) for row in rows] == [2] * 40
    walker, stander = sorted(rows[-1]["people"], key=lambda person: person["position"][1])
    assert np.hypot(*(np.array(walker["position"]) - WALKS[0][-1])) < 0.15
    assert np.hypot(*(np.array(stander["position"]) - WALKS[1][-1])) < 0.15
    assert set(walker["cameras"]) == set(CAMERAS)
    assert np.hypot(*(np.array(walker["velocity"]) - (1.0, 0.0))) < 0.3
    assert len({person["id"] for row in rows for person in row["people"]}) == 2


def test_a_floor_drawn_in_two_regions_is_one_floor(site: Site, tmp_path: Path) -> None:
    files = [record(tmp_path / f"{name}.jsonl", name, WALKS) for name in CAMERAS]
    whole = list(fuse_lines(read_lines(files, site), site))
    text = (tmp_path / "site.toml").read_text()
    table = text[text.index("[camera.calibration]") : text.index("[[camera]]", text.index("[camera.calibration]"))]
    left, right = ([[x, 0], [x + 320, 0], [x + 320, 480], [x, 480]] for x in (0, 320))
    halves = [table.replace("[camera.calibration]", f"[[camera.plane]]\nregion = {half}") for half in (left, right)]
    (tmp_path / "site.toml").write_text(text.replace(table, "".join(halves), 1))
    split = load_site(tmp_path)
    assert len(split.camera("south").plane) == 2
    assert list(fuse_lines(read_lines(files, split), split)) == whole


def test_cameras_that_never_look_at_the_same_instant_see_one_set_of_people(site: Site, tmp_path: Path) -> None:
    files = [
        record(tmp_path / "south.jsonl", "south", WALKS),
        record(tmp_path / "west.jsonl", "west", WALKS, shift_s=0.05),
    ]
    rows = list(fuse_lines(read_lines(files, site), site))
    assert len(rows) == 80
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    assert {len(row["people"]) for row in rows[10:]} == {2}


def test_a_camera_that_drops_out_and_boxes_of_nobody(site: Site, tmp_path: Path) -> None:
    """West sends nothing for two seconds; south, while west looks too, finds somebody who is not there."""
    files = [record(tmp_path / f"{name}.jsonl", name, WALKS) for name in CAMERAS]
    west = [json.loads(line) for line in files[1].read_text().splitlines()]
    files[1].write_text("".join(json.dumps(row) + "\n" for row in west if not 10 <= row["frame"] < 30))
    south = [json.loads(line) for line in files[0].read_text().splitlines()]
    for frame, place in ((5, (8, 2)), (35, (2, 8))):
        south[frame]["boxes"].append(box(CAMERAS["south"], *place))
    files[0].write_text("".join(json.dumps(row) + "\n" for row in south))
    rows = list(fuse_lines(read_lines(files, site), site))
    assert [len(row["people"]) for row in rows] == [2] * 40
    assert rows[20]["people"][0]["cameras"] == ["south"]


def test_a_clock_set_in_the_site_file_is_believed(site: Site, tmp_path: Path) -> None:
    files = [record(tmp_path / "south.jsonl", "south", WALKS), record(tmp_path / "west.jsonl", "west", WALKS, 0.4)]
    toml = (tmp_path / "site.toml").read_text().replace('source = "west.jsonl"', 'clock_offset_s = -0.4\nsource = "w"')
    (tmp_path / "site.toml").write_text(toml.replace('source = "south.jsonl"', 'clock_offset_s = 0\nsource = "s"'))
    told = load_site(tmp_path)
    rows = [row for row in fuse_lines(read_lines(files, told), told) if row["t"] <= 3.9]
    for row in rows:
        walker = min(row["people"], key=lambda person: person["position"][1])
        assert len(row["people"]) == 2
        assert np.hypot(*(np.array(walker["position"]) - (3.0 + row["t"], 3.0))) < 0.1


def test_people_on_two_levels_are_two_people_wherever_they_stand(site: Site, tmp_path: Path) -> None:
    """The west camera hangs one floor up: what both see at the same x and y is somebody else."""
    upstairs = tmp_path / "site.toml"
    text = upstairs.read_text().replace('source = "west.jsonl"\nlevel = "1f"', 'source = "west.jsonl"\nlevel = "2f"')
    upstairs.write_text(text)
    plan = json.loads((tmp_path / "floorplan.geojson").read_text())
    above = json.loads(json.dumps(plan["features"][0]))
    above["properties"] |= {"id": "above", "level": "2f"}
    plan["features"].append(above)
    (tmp_path / "floorplan.geojson").write_text(json.dumps(plan))
    files = [record(tmp_path / f"{name}.jsonl", name, WALKS) for name in CAMERAS]
    floors = load_site(tmp_path)
    rows = list(fuse_lines(read_lines(files, floors), floors))
    assert {len(row["people"]) for row in rows[5:]} == {4}
    assert {tuple(person["cameras"]) for row in rows for person in row["people"]} == {("south",), ("west",)}
    ids = [[person["id"] for person in row["people"]] for row in rows[5:]]
    assert all(len(set(row)) == 4 for row in ids)
    assert len({number for row in ids for number in row}) == 4


def test_instants_with_nobody_are_lines_too(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "south.jsonl"
    path.write_text('{"camera": "south", "frame": 0, "t": 0.5, "boxes": []}\n')
    assert list(fuse_lines(read_lines([path], site), site)) == [{"t": 0.5, "people": []}]
    path.write_text("")
    assert list(fuse_lines(read_lines([path], site), site)) == []


def test_wrong_recordings_are_named(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="no such file"):
        read_lines([tmp_path / "nothing.jsonl"], site)
    with pytest.raises(SiteError, match=r"camera \(blind\): no calibration"):
        read_lines([record(tmp_path / "blind.jsonl", "blind", WALKS)], site)
    with pytest.raises(SiteError, match="no camera 'other'"):
        read_lines([record(tmp_path / "other.jsonl", "other", WALKS)], site)
    (tmp_path / "bad.jsonl").write_text('{"camera": "south"}\n')
    with pytest.raises(SourceRefusedError, match=r"bad\.jsonl:1"):
        read_lines([tmp_path / "bad.jsonl"], site)


def test_folded_pairs_are_named_by_file_and_camera(site: Site, tmp_path: Path) -> None:
    text = (tmp_path / "site.toml").read_text()
    corners = "plan_points = [[0, 0], [10, 0], [10, 10], [0, 10]]"
    (tmp_path / "site.toml").write_text(text.replace(corners, "plan_points = [[0, 0], [10, 0], [0, 10], [10, 10]]", 1))
    folded = load_site(tmp_path)
    lines = read_lines([record(tmp_path / "south.jsonl", "south", WALKS)], folded)
    with pytest.raises(SiteError, match=r"site\.toml: camera \(south\)\.calibration: the pairs fold"):
        list(fuse_lines(lines, folded))
