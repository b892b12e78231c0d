"""A film and two that were cut from it, left and right with an overlap: the same people, frame by frame.

``plaza_boxes.jsonl`` is what the embedded detector finds in the first 60 frames of the sample footage, put together to
the whole picture. A cut film shows a box as far as it reaches into its columns, and nothing of one that reaches into
them by less than half; every box is at least half in one of the two, so no frame may differ.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gis.fusion import Fuser, Observation
from mall.config import SAMPLE_SITE, Site, load_site
from mall.ground import ground_of
from mall.recordings.counting import count_rows
from mall.recordings.fuse_recorded import fuse_lines, read_lines
from vision.boxes import BoxRecording

BOXES = Path(__file__).parent / "plaza_boxes.jsonl"
HEIGHT = 576
COLUMNS = {"whole": (0, 768), "left": (0, 460), "right": (308, 768)}
HALVES = ("left", "right")
Tracks = list[dict[str, Any]]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The plaza filmed once and twice: the same pairs and lens, only the pixels are shifted."""
    known = load_site(SAMPLE_SITE).camera("plaza-east").calibration
    assert known is not None
    assert known.camera_matrix is not None
    ring = [[0, 0], [60, 0], [60, 60], [0, 60], [0, 0]]
    zone = {"type": "Feature", "properties": {"id": "sq", "category": "atrium", "level": "1f"},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    (tmp_path / "floorplan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}))
    tables = ['[site]\nid = "s"\nname = "S"\n']
    for name, (first, last) in COLUMNS.items():
        shift = np.array([first, 0.0])
        matrix = np.array(known.camera_matrix, dtype=float)
        matrix[:2, 2] -= shift
        tables.append(
            f'[[camera]]\nid = "{name}"\nsource = "{name}.jsonl"\nlevel = "1f"\nsize = [{last - first}, {HEIGHT}]\n'
            f"[camera.calibration]\nimage_points = {(np.array(known.image_points) - shift).tolist()}\n"
            f"plan_points = {np.array(known.plan_points).tolist()}\n"
            f"camera_matrix = {matrix.tolist()}\ndistortion = {list(known.distortion or ())}\n"
        )
    (tmp_path / "site.toml").write_text("".join(tables))
    return load_site(tmp_path)


@pytest.fixture
def counted(site: Site) -> list[Tracks]:
    """The confirmed people that ``count`` finds in each frame of the whole film."""
    rows = count_rows(BoxRecording(BOXES, "whole"), site, site.camera("whole"), detector=None)
    frames = [[track for track in row["tracks"] if track["confirmed"]] for row in rows]
    assert len(frames) == 60
    assert (min(map(len, frames)), max(map(len, frames))) == (3, 6)
    return frames


def cut(tracks: Tracks, camera: str) -> Tracks:
    """Return the people of whom the film shows at least half, in its own pixels."""
    first, last = COLUMNS[camera]
    shown = []
    for track in tracks:
        x1, y1, x2, y2 = track["box"]
        left, right = max(x1, first), min(x2, last)
        if right - left >= (x2 - x1) / 2:
            shown.append(track | {"box": [left - first, y1, right - first, y2]})
    return shown


def write(folder: Path, camera: str, frames: Sequence[Tracks]) -> Path:
    rows = [
        {"camera": camera, "frame": k, "t": k / 7,
         "boxes": [[*track["box"], track["confidence"]] for track in cut(tracks, camera)]}
        for k, tracks in enumerate(frames)
    ]  # fmt: skip
    path = folder / f"{camera}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_fused_halves_of_a_film_count_whom_the_film_counts(site: Site, counted: list[Tracks], tmp_path: Path) -> None:
    rows = list(fuse_lines(read_lines([write(tmp_path, name, counted) for name in HALVES], site), site))
    assert [len(row["people"]) for row in rows] == [len(tracks) for tracks in counted]
    seen_by = {tuple(person["cameras"]) for row in rows for person in row["people"]}
    assert ("left", "right") in seen_by, "the halves overlap"
    assert ("right",) in seen_by, "and are not the same"
    gaps = [
        np.linalg.norm(np.array([track["ground"] for track in tracks]) - person["position"], axis=1).min()
        for row, tracks in zip(rows, counted, strict=True)
        for person in row["people"]
    ]
    assert np.median(gaps) < 0.2, "m from where the film's own tracks are"


def test_live_halves_of_a_film_make_the_people_of_the_film(site: Site, counted: list[Tracks]) -> None:
    whole, halves = (live(site, counted, cameras) for cameras in (("whole",), HALVES))
    assert halves == whole


def live(site: Site, frames: Sequence[Tracks], cameras: Sequence[str]) -> list[int]:
    """Return how many people fusion shows after each frame, which all cameras take at once."""
    fuser, grounds, counts = Fuser(), {name: ground_of(site.camera(name)) for name in cameras}, []
    for k, tracks in enumerate(frames):
        observations = {}
        for name, ground in grounds.items():
            assert ground is not None
            shown = cut(tracks, name)
            boxes = np.array([track["box"] for track in shown], dtype=float).reshape(-1, 4)
            points = ground.ground_points(boxes, size=(COLUMNS[name][1] - COLUMNS[name][0], HEIGHT))
            number = np.array([track["id"] for track in shown], dtype=np.int64)
            observations[name] = Observation(k / 7, number, points.xy, points.cov, points.firm)
        counts.append(len(fuser.update(k / 7, observations)))
    return counts
