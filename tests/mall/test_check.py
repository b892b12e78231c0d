"""Every kind of wrong site is named with its file and feature; a right one is silent about errors."""

import json
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pytest

from mall.check import check_site, print_problems
from mall.config import SAMPLE_SITE, load_site

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
# A camera 8 m up looking north over the square: what a pinhole picture of it is, worked out by hand below.
IMAGE = [[120.0, 460.0], [520.0, 460.0], [400.0, 200.0], [240.0, 200.0]]


def zone(zone_id: str, ring: list[list[float]], **props: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"id": zone_id, "category": "concourse", "level": "1f", **props},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }


def write_site(folder: Path, *features: dict[str, Any], camera: str = "") -> Path:
    plan = {"type": "FeatureCollection", "features": list(features) or [zone("plaza", SQUARE)]}
    (folder / "floorplan.geojson").write_text(json.dumps(plan))
    (folder / "site.toml").write_text(f'[site]\nid = "s"\nname = "S"\n{camera}')
    return folder


def camera(plan: list[list[float]] = SQUARE, image: list[list[float]] = IMAGE, source: str = "boxes.jsonl") -> str:
    return (
        f'[[camera]]\nid = "c1"\nsource = "{source}"\nlevel = "1f"\nsize = [640, 480]\n'
        f"[camera.calibration]\nimage_points = {image}\nplan_points = {plan}\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "boxes.jsonl").write_text('{"camera": "c1", "frame": 0, "t": 0.0, "boxes": []}\n')
    return tmp_path


def found(folder: Path, severity: str = "error") -> list[tuple[str, str]]:
    return [(p.place, p.text) for p in check_site(load_site(folder)) if p.severity == severity]


def test_a_right_site_has_no_problem(folder: Path) -> None:
    write_site(folder, camera=camera())
    assert found(folder) == []
    assert found(folder, "warning") == []


def test_the_least_legal_site_is_no_error_but_says_what_it_cannot_do(folder: Path) -> None:
    write_site(folder, camera='[[camera]]\nid = "c1"\nsource = "boxes.jsonl"\nlevel = "1f"\n')
    assert found(folder) == []
    texts = " / ".join(text for _, text in found(folder, "warning"))
    assert "placed nowhere" in texts
    assert "no camera sees it" in texts


CASES = [
    # A row of points cannot carry a plane.
    ("degenerate", camera(image=[[0, 0], [1, 0], [2, 0], [3, 0]]), "calibration"),
    # Two pairs swapped: the quadrilateral folds over itself.
    ("folded", camera(plan=[[0, 0], [10, 0], [0, 10], [10, 10]]), "calibration"),
    # y downwards in plan_points.
    ("mirrored", camera(plan=[[0, 10], [10, 10], [10, 0], [0, 0]]), "calibration"),
    # A fifth point 6 m from where the other four put it.
    ("misplaced", camera(plan=[*SQUARE, [5, 9]], image=[*IMAGE, [320, 400]]), "calibration"),
    # Metres of some other plan.
    ("elsewhere", camera(plan=[[x + 500, y] for x, y in SQUARE]), "plan_points"),
    ("missing", camera(source="nowhere.mp4"), "source"),
]


@pytest.mark.parametrize(("name", "table", "key"), CASES, ids=[case[0] for case in CASES])
def test_a_wrong_camera_is_an_error_that_names_file_and_key(folder: Path, name: str, table: str, key: str) -> None:
    write_site(folder, camera=table)
    errors = found(folder)
    assert errors, name
    assert all("site.toml: camera (c1)" in place for place, _ in errors)
    assert any(key in place for place, _ in errors)


NEAR, FAR = [[0, 330], [640, 330], [640, 480], [0, 480]], [[200, 150], [440, 150], [440, 330], [200, 330]]


def planes(*tables: str) -> str:
    return f'[[camera]]\nid = "c1"\nsource = "boxes.jsonl"\nlevel = "1f"\nsize = [640, 480]\n{"".join(tables)}'


def plane(region: list[list[int]], plan: list[list[float]] = SQUARE, image: list[list[float]] = IMAGE) -> str:
    return f"[[camera.plane]]\nregion = {region}\nimage_points = {image}\nplan_points = {plan}\n"


def test_planes_side_by_side_are_no_problem(folder: Path) -> None:
    write_site(folder, camera=planes(plane(NEAR), plane(FAR)))
    assert found(folder) == []
    assert found(folder, "warning") == []


PLANE_CASES = [
    ("degenerate", plane(FAR, image=[[0, 0], [1, 0], [2, 0], [3, 0]]), ".plane 2", "line"),
    ("mirrored", plane(FAR, plan=[[0, 10], [10, 10], [10, 0], [0, 0]]), ".plane 2", "mirrored"),
    ("elsewhere", plane(FAR, plan=[[x + 500, y] for x, y in SQUARE]), ".plane 2.plan_points", "in no zone"),
    ("bow-tie", plane([FAR[0], FAR[2], FAR[1], FAR[3]]), ".plane 2", "region: not a simple polygon"),
    ("outside", plane([[x + 900, y] for x, y in FAR]), ".plane 2.region", "outside the picture of 640 x 480 px"),
]


@pytest.mark.parametrize(("name", "second", "key", "text"), PLANE_CASES, ids=[case[0] for case in PLANE_CASES])
def test_a_wrong_plane_is_an_error_that_names_it(folder: Path, name: str, second: str, key: str, text: str) -> None:
    write_site(folder, camera=planes(plane(NEAR), second))
    errors = found(folder)
    assert {place for place, _ in errors} == {f"{folder / 'site.toml'}: camera (c1){key}"}, name
    assert any(text in said for _, said in errors)


def test_a_region_beyond_a_picture_whose_size_the_film_alone_tells(folder: Path) -> None:
    table = planes(plane(NEAR), plane([[x + 900, y] for x, y in FAR])).replace("size = [640, 480]\n", "")
    cv2.imwrite(str(folder / "still.png"), np.zeros((480, 640, 3), np.uint8))
    (folder / "pictures").mkdir()
    (folder / "still.png").rename(folder / "pictures" / "0.png")
    write_site(folder, camera=table.replace("boxes.jsonl", "pictures"))
    assert [text for _, text in found(folder)] == ["lies outside the picture of 640 x 480 px"]


def test_regions_that_overlap_are_a_warning(folder: Path) -> None:
    write_site(folder, camera=planes(plane(NEAR), plane([[200, 150], [440, 150], [440, 340], [200, 340]])))
    warned = f"{folder / 'site.toml'}: camera (c1).plane 2.region"
    assert found(folder, "warning") == [(warned, "overlaps that of plane 1 by 2400 px²; people there stand on plane 1")]
    assert found(folder) == []


# The pinhole of tests/gis/test_horizon.py, 6 m up and 8 m before the square: where its corners are in the picture.
PINHOLE = [[63.9, 347.3], [576.1, 347.3], [452.6, 184.4], [187.4, 184.4]]
AWAY = [[0, 0], [10, 0], [10, 600], [0, 600]]
AWAY_IMAGE = [[63.9, 347.3], [576.1, 347.3], [326.0, 14.0], [314.0, 14.0]]
HORIZONS = [
    ("right", camera(SQUARE, PINHOLE), None, ""),
    ("right, of unknown size", camera(SQUARE, PINHOLE).replace("size = [640, 480]\n", ""), None, ""),
    ("below a point", camera([[2, 6], [10, 0], [10, 10], [0, 10]], PINHOLE), "error", "below a calibrated point"),
    ("below a zone", camera([[0, 0], [10, 0], [10, 4], [0, 10]], PINHOLE), "error", "below the floor of zone 'plaza'"),
    ("near a point", camera(AWAY, AWAY_IMAGE), "warning", "within 2% of the picture's height of the horizon"),
]


@pytest.mark.parametrize(("name", "table", "severity", "text"), HORIZONS, ids=[case[0] for case in HORIZONS])
def test_a_horizon_among_the_floor_is_found(
    folder: Path, name: str, table: str, severity: Literal["error", "warning"] | None, text: str
) -> None:
    write_site(folder, camera=table)
    told = {kind: [t for _, t in found(folder, kind) if "horizon" in t] for kind in ("error", "warning")}
    assert [kind for kind, texts in told.items() if texts] == ([severity] if severity else []), name
    assert all(text in t for texts in told.values() for t in texts)


def test_the_sample_site_has_no_wrong_camera() -> None:
    assert [p for p in check_site(load_site(SAMPLE_SITE)) if "camera (" in p.place] == []


def test_a_zone_under_another_is_named_with_it(folder: Path) -> None:
    write_site(folder, zone("a", SQUARE), zone("b", SQUARE), camera=camera())
    assert [text for _, text in found(folder)] == ["nothing of it is walkable: zone 'a' covers it"]


@pytest.mark.parametrize(("level", "unseen"), [("1f", []), ("2f", ["no camera sees it: its figures stay unknown"])])
def test_where_a_calibration_is_wrong_no_zone_is_called_unseen(folder: Path, level: str, unseen: list[str]) -> None:
    far = zone("far", [[90, 0], [99, 0], [99, 9], [90, 9]], level=level)
    write_site(folder, zone("plaza", SQUARE), far, camera=camera(plan=[[0, 0], [10, 0], [0, 10], [10, 10]]))
    assert [text for _, text in found(folder, "warning")] == unseen


@pytest.mark.parametrize("counted", [False, True])
def test_an_exit_that_no_line_counts_is_named(folder: Path, counted: bool) -> None:
    door = {"type": "opening", "id": "door", "level": "1f", "width_m": 2.0, "from": "hall"}
    line = {"type": "line", "id": "gate", "level": "1f", "label": "Gate", "zone": "hall"}
    shapes = [
        {"type": "Feature", "properties": each, "geometry": {"type": "LineString", "coordinates": [[4, 0], [6, 0]]}}
        for each in ([door, line] if counted else [door])
    ]
    hall = zone("hall", SQUARE) | {}
    hall["properties"]["category"] = "entrance"
    write_site(folder, hall, *shapes, camera=camera())
    told = [place for place, text in found(folder, "warning") if "no entrance line" in text]
    assert [place.rpartition(": ")[2] for place in told] == ([] if counted else ["opening 'door'"])


def test_overlapping_and_solid_zones_are_named(folder: Path) -> None:
    solid = zone("planter", SQUARE, kind="fixture")
    write_site(folder, zone("plaza", SQUARE), zone("hall", [[5, 5], [15, 5], [15, 15], [5, 15]]), solid)
    places = [place for place, _ in found(folder) + found(folder, "warning")]
    assert any("floorplan.geojson" in place and "plaza" in place for place in places)
    assert any("overlaps" in text for _, text in found(folder, "warning"))
    assert any("walkable" in text for _, text in found(folder))


def test_a_detector_never_measured_on_a_camera_is_said_loudly(folder: Path) -> None:
    write_site(folder, camera=camera(source="rtsp://camera.local/live"))
    assert any("UNPROVEN" in text for _, text in found(folder, "warning"))


def test_printing_gives_the_exit_code_and_a_line_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(folder, camera=camera() + "odd = 1\n")
    assert print_problems(folder) == 0
    assert "unknown key" in capsys.readouterr().out
    write_site(folder, camera=camera(source="nowhere.mp4"))
    assert print_problems(folder) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "S: 1 error, 0 warnings"
    assert lines[0].startswith(f"error: {folder / 'site.toml'}: camera (c1).source: no such file")
