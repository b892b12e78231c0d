"""Measures of trajectories against arithmetic, and against an older program's results where they are at hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from gis.floorplan import FloorPlan, load_floorplan
from mall.errors import SiteError
from mall.recordings.measuring import measure, read_trajectories

BOTTLENECK = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "pedpy_bottleneck"


def square(name: str, x0: float, y0: float, x1: float, y1: float) -> dict[str, object]:
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    props = {"id": name, "category": "walkway", "level": "1f"}
    return {"type": "Feature", "properties": props, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def plan_of(tmp_path: Path, *features: dict[str, object]) -> FloorPlan:
    path = tmp_path / "plan.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return load_floorplan(path)


DOOR = {
    "type": "Feature",
    "properties": {"id": "door", "level": "1f", "type": "line"},
    "geometry": {"type": "LineString", "coordinates": [[5, 10], [5, 0]]},
}


def test_one_walker_by_hand(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, square("west", 0, 0, 5, 10), square("east", 5, 0, 10, 10), DOOR)
    walk = tmp_path / "walk.txt"
    # 1.5 m/s eastwards; frame 4 has nobody.
    rows = [f"7 {frame} {2 + 1.5 * frame / 2} 5" for frame in range(8) if frame != 4]
    walk.write_text("# framerate: 2\n" + "\n".join(rows))
    found = list(measure(plan, "1f", read_trajectories(walk)))
    assert [row["frame"] for row in found] == list(range(8))
    assert [row["t"] for row in found] == [n / 2 for n in range(8)]
    assert [(row["zones"]["west"]["people"], row["zones"]["east"]["people"]) for row in found] == [
        (1, 0), (1, 0), (1, 0), (1, 0), (0, 0), (0, 1), (0, 1), (0, 1),
    ]  # fmt: skip
    assert found[0]["zones"]["west"] == {"people": 1, "density": 0.02, "density_voronoi": 0.01, "speed": 1.5}
    assert found[4]["zones"]["west"] == {"people": 0, "density": 0.0, "density_voronoi": 0.0, "speed": None}
    # Looking from (5, 10) to (5, 0), that is south, west is right: eastwards is out.
    assert [row["crossings"] for row in found if row["crossings"]] == [
        [{"line": "door", "track": 7, "direction": "out"}]
    ]


def test_walking_from_left_to_right_of_the_line_is_in(tmp_path: Path) -> None:
    # Looking from (5, 0) to (5, 10), that is north, west is left.
    north = {**DOOR, "geometry": {"type": "LineString", "coordinates": [[5, 0], [5, 10]]}}
    plan = plan_of(tmp_path, square("hall", 0, 0, 10, 10), north)
    walk = tmp_path / "walk.txt"
    walk.write_text("\n".join(f"1 {n} {n} 5" for n in range(2, 9)))
    crossings = [c for row in measure(plan, "1f", read_trajectories(walk, 1.0)) for c in row["crossings"]]
    assert crossings == [{"line": "door", "track": 1, "direction": "in"}]


@pytest.mark.parametrize(
    ("text", "fps", "reason"),
    [
        ("", 10.0, "at least one row"),
        ("# only a comment\n", 10.0, "at least one row"),
        ("1 0 2\n", 10.0, "columns"),
        ("a b c d\n", 10.0, "columns"),
        ("1 0 nan 2\n", 10.0, "finite"),
        ("1 0 1 2\n", None, "--fps"),
        ("1 0 1 2\n", float("nan"), "--fps"),
        ("1 0 1 2\n\n1 1 2 x\n", 10.0, r":3: .*'x'"),
        ("1 0 1 2\n1 1 2\n", 10.0, r":2: .*columns"),
        ("1 0 1 2\n2 0 3 3\n# again\n1 0 1 2\n", 10.0, r":4: person 1 stands twice in frame 0; first in line 1"),
        ("1 0 1 2\n1 1e30 1 2\n", 10.0, r":2: frame: expected a whole number"),
        ("1 0 1 2\n1 1.5 1 2\n", 10.0, r":2: frame: expected a whole number"),
        ("1 0 1 2\n1.5 1 1 2\n", 10.0, r":2: id: expected a whole number"),
        ("1 inf 1 2\n", 10.0, r":1: frame"),
        ("nan 0 1 2\n", 10.0, r":1: id"),
        ("1 0 1 1e300\n", 10.0, r":1: expected finite metres"),
        ("# frame rate 2.5.1\n1 0 1 2\n", None, r":1: frame rate"),
        ("# frame rate 0\n1 0 1 2\n", None, r":1: frame rate"),
        (f"# frame rate {'9' * 400}\n1 0 1 2\n", None, r":1: frame rate"),
        ("# frame rate\n1 0 1 2\n", None, "--fps"),
        ("1 0 1 2\n\udcff\udcfe\n", 10.0, r":2: .*utf-8"),
    ],
)
def test_wrong_files_are_named_with_the_reason(tmp_path: Path, text: str, fps: float | None, reason: str) -> None:
    path = tmp_path / "walk.txt"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SiteError, match=reason) as caught:
        read_trajectories(path, fps)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("head", "fps", "rate"),
    [
        ("# framerate: 25\n", None, 25.0),
        ("# Frame Rate = 12.5 fps\n", None, 12.5),
        ("# frame rate 2.5.1\n", 10.0, 10.0),
    ],
)
def test_the_rate_is_the_comments_unless_given(tmp_path: Path, head: str, fps: float | None, rate: float) -> None:
    path = tmp_path / "walk.txt"
    path.write_text(head + "1 0 1 2\n")
    assert read_trajectories(path, fps).fps == rate


def test_two_people_at_one_place_are_two_people(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, square("hall", 0, 0, 10, 10))
    walk = tmp_path / "walk.txt"
    walk.write_text("1 0 5 5\n2 0 5 5\n")
    row = next(measure(plan, "1f", read_trajectories(walk, 1.0)))["zones"]["hall"]
    assert (row["people"], row["density"], row["density_voronoi"]) == (2, 0.02, 0.02)


@pytest.mark.parametrize(("ends_at", "count"), [(5.06, 1), (5.2, 1), (5.5, 1), (4.9, 0)])
def test_a_way_that_ends_soon_after_the_line_has_crossed_it(tmp_path: Path, ends_at: float, count: int) -> None:
    plan = plan_of(tmp_path, square("hall", 0, 0, 10, 10), DOOR)
    walk = tmp_path / "walk.txt"
    walk.write_text(f"1 0 4 5\n1 1 4.8 5\n1 2 {ends_at} 5\n")
    rows = measure(plan, "1f", read_trajectories(walk, 1.0))
    assert sum(len(row["crossings"]) for row in rows) == count


@pytest.mark.skipif(not BOTTLENECK.exists(), reason="the reference scene is not beside this checkout")
def test_the_bottleneck_scene_as_an_older_program_measured_it(tmp_path: Path) -> None:
    zone = square("b", -0.6, -0.53, 2.4, 0.53)
    plan = plan_of(tmp_path, zone)
    walked = read_trajectories(BOTTLENECK / "traj.txt")
    rows = {row["frame"]: row["zones"]["b"] for row in measure(plan, "1f", walked)}
    folder = BOTTLENECK / "results" / "Fundamental_Diagram" / "Classical_Voronoi"
    expected = np.loadtxt(folder / "rho_v_Classic_traj.txt_id_1.dat", usecols=(0, 1, 2))
    # Somebody exactly on an edge of the zone is inside by one convention and outside by the other: 2 of 959 frames.
    edge = set(walked.frame[np.isin(walked.xy[:, 1], (-0.53, 0.53)) & (np.abs(walked.xy[:, 0] - 0.9) < 1.5)].tolist())
    expected = expected[~np.isin(expected[:, 0], list(edge))]
    assert len(expected) == 957
    found = np.array([(rows[int(f)]["density"], rows[int(f)]["speed"] or 0.0) for f in expected[:, 0]])
    assert np.abs(found[:, 0] - expected[:, 1]).max() < 0.001
    assert np.abs(found[:, 1] - expected[:, 2]).max() < 0.001


WALLS = [
    [4, 6.25], [4, 0.53], [2.4, 0.53], [2.4, -0.53], [4, -0.53], [4, -8.5], [-2.25, -8.5], [-2.25, -0.53],
    [-0.6, -0.53], [-0.6, 0.53], [-2.25, 0.53], [-2.25, 6.25], [4, 6.25],
]  # fmt: skip


@pytest.mark.skipif(not BOTTLENECK.exists(), reason="the reference scene is not beside this checkout")
def test_cells_and_flow_of_the_bottleneck_as_an_older_program_measured_them(tmp_path: Path) -> None:
    hall = square("hall", 0, 0, 1, 1) | {"geometry": {"type": "Polygon", "coordinates": [WALLS]}}
    line = DOOR | {"geometry": {"type": "LineString", "coordinates": [[-2.25, 0.5], [4, 0.5]]}}
    plan = plan_of(tmp_path, hall, square("b", -0.6, -0.53, 2.4, 0.53), line)
    rows = list(measure(plan, "1f", read_trajectories(BOTTLENECK / "traj.txt")))
    folder = BOTTLENECK / "results" / "Fundamental_Diagram"
    cells = np.loadtxt(folder / "Classical_Voronoi" / "rho_v_Voronoi_Voronoi_traj.txt_id_1.dat", usecols=(0, 1))
    density = {row["frame"]: row["zones"]["b"]["density_voronoi"] for row in rows}
    off = np.abs([density[int(frame)] - expected for frame, expected in cells])
    assert len(cells) > 900
    assert (off <= np.maximum(0.001, 0.01 * cells[:, 1])).all(), "within 1 %, or the last digit printed"
    passed = np.loadtxt(folder / "FlowVelocity" / "Flow_NT_traj_AO_300.txt_id_4.dat", usecols=(0, 2))
    ours = np.cumsum([len(row["crossings"]) for row in rows])
    assert ours[-1] == passed[-1, 1] == 348
    # Mean flow while the middle four fifths of them pass.
    times = [np.searchsorted(ours, n) for n in (35, 313)], [np.searchsorted(passed[:, 1], n) for n in (35, 313)]
    mine, theirs = (278 * 16 / (last - first) for first, last in times)
    assert mine == pytest.approx(theirs, rel=0.01)
