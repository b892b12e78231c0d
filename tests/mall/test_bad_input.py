"""Bad input end to end: through the commands, and through a worker whose other camera goes on."""

import json
import shutil
import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

import app
from mall.config import load_site
from mall.engine import Engine
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from tests.mall.running_worker import working
from tests.stack_process import wait_for
from vision.detections import Detections
from vision.embedded import embedded_folder

PAIRS = "[camera.calibration]\nimage_points = {image}\nplan_points = {plan}\n"
CORNERS, FLOOR = "[[0, 0], [320, 0], [320, 240], [0, 240]]", "[[0, 10], [10, 10], [10, 0], [0, 0]]"
GOOD = PAIRS.format(image=CORNERS, plan=FLOOR)
LINE = '{"camera": "b", "frame": 0, "t": 0.0, "boxes": [%s]}\n'
PERSON = "[150, 100, 170, 140, 0.9]"


def ring(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(name, corners):
    properties = {"id": name, "label": name, "category": "concourse", "level": "0"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [corners]}}


def write_site(folder, bad, calibration=GOOD):
    """Write a site of camera a, which works, and camera b with these lines in its table."""
    zones = [feature("seen", ring(0, 0, 10, 10)), feature("elsewhere", ring(40, 0, 50, 10))]
    (folder / "floorplan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": zones}))
    rows = [{"camera": "a", "frame": i, "t": i / 20, "boxes": [json.loads(PERSON)]} for i in range(20)]
    (folder / "good.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    head = '[site]\nid = "s"\nname = "S"\n'
    camera = '[[camera]]\nid = "{}"\nlevel = "0"\nrate = 20\nloop = true\n{}\n{}\n'
    works = camera.format("a", 'source = "good.jsonl"\nsize = [320, 240]', GOOD)
    (folder / "site.toml").write_text(head + works + camera.format("b", bad, calibration))
    return folder


def pictures(folder, sizes):
    folder.mkdir()
    for index, (width, height) in enumerate(sizes):
        shade = np.full((height, width, 3), 60 + index, np.uint8)
        assert cv2.imwrite(str(folder / f"{index:03}.png"), shade)
    return folder


def run(*arguments):
    before, sys.argv = sys.argv, ["app.py", *map(str, arguments)]
    try:
        return app.main()
    finally:
        sys.argv = before


def boxes(text):
    def write(folder):
        (folder / "bad.jsonl").write_text(text)
        return 'source = "bad.jsonl"\nsize = [320, 240]'

    return write


def weights(**changes):
    def write(folder):
        import yaml

        shutil.copytree(embedded_folder(), folder / "model")
        card = folder / "model" / "metadata.yaml"
        card.write_text(yaml.safe_dump(yaml.safe_load(card.read_text()) | changes))
        pictures(folder / "film", [(320, 240)] * 3)
        return 'source = "film"\nweights = "model"'

    return write


FINE = boxes(LINE % PERSON)
TABLE = {
    "points on a line": (FINE, PAIRS.format(image="[[0, 0], [9, 9], [20, 20], [30, 30]]", plan=FLOOR), "calibration"),
    "points on one spot": (FINE, PAIRS.format(image="[[5, 5], [5, 5], [5, 5], [5, 5]]", plan=FLOOR), "calibration"),
    "plan points on a line": (FINE, PAIRS.format(image=CORNERS, plan="[[0,0],[1,0],[2,0],[3,0]]"), "calibration"),
    "folded": (FINE, PAIRS.format(image=CORNERS, plan="[[0, 10], [10, 10], [0, 0], [10, 0]]"), "calibration"),
    "NaN box": (boxes(LINE % PERSON + LINE % "[NaN, 0, 9, 9, 0.9]"), GOOD, "source"),
    "endless box": (boxes(LINE % "[0, 0, 1e999, 9, 0.9]"), GOOD, "source"),
    "box inside out": (boxes(LINE % "[9, 9, 0, 0, 0.9]"), GOOD, "source"),
    "no line": (boxes("\n"), GOOD, "source"),
    "another task": (weights(task="pose"), GOOD, "weights"),
    "another class list": (weights(names={0: "cat"}), GOOD, "weights"),
    "two lists of people": (weights(names={0: "person", 1: "person"}), GOOD, "weights"),
}


@pytest.mark.parametrize("case", TABLE)
def test_every_command_names_file_camera_and_key_and_writes_nothing(tmp_path, capsys, case):
    make, calibration, key = TABLE[case]
    site = write_site(tmp_path, make(tmp_path), calibration)
    assert run("check", "--site", site) == 2
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("error")]
    assert any(f"camera (b).{key}" in line for line in told), told
    assert not any("camera (a)" in line for line in told)
    source = tmp_path / ("film" if (tmp_path / "film").exists() else "bad.jsonl")
    out, counts = tmp_path / "out.jsonl", tmp_path / "counts.csv"
    counts.write_text("frame,people\n0,1\n1,1\n2,1\n")
    common = ["--site", site, "--camera", "b"]
    assert run("count", source, *common, "--out", out) == 2
    assert run("calibrate", source, *common, "--counts", counts) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "bad.jsonl" in said if key == "source" else f"camera (b).{key}" in said
    assert not out.exists()
    assert not (tmp_path / "calibration").exists()


until = partial(wait_for, patience_s=120.0)


@pytest.mark.parametrize("case", ["points on one spot", "folded", "NaN box", "no line", "another task"])
def test_a_running_worker_marks_the_camera_and_the_other_goes_on(tmp_path, case):
    make, calibration, _ = TABLE[case]
    site, store = load_site(write_site(tmp_path, make(tmp_path), calibration)), MemoryStore()
    with working(site, ["a", "b"], store, join_s=20):
        status = until(lambda: (s := store.read_statuses().get("b")) and s.condition == "failed" and s)
        mark = store.last_seq("a")
        until(lambda: store.last_seq("a") > mark + 3)
    assert status.message
    assert status.people is None, "unknown is never zero"
    assert store.read_statuses()["a"].condition != "failed"
    assert not [frame for _, frame in store.read_points("0") if frame.camera == "b" and frame.people]


class Stepper:
    """A worker's camera and an engine over one store, looked at by the operator."""

    def __init__(self, site):
        self.site, self.store = site, MemoryStore()
        self.engine = Engine(site, self.store)

    def view(self):
        self.engine.tick()
        return read_operator_view(self.site, self.store)


def test_a_picture_of_another_size_in_mid_stream_is_suspect_until_the_old_size_is_back(tmp_path, monkeypatch):
    found = Detections.from_rows([[150, 100, 170, 140, 0.9]])
    monkeypatch.setattr("vision.openvino_detector.OpenVinoDetector._people", lambda *_: found)
    sizes = [(320, 240)] * 30 + [(352, 288)] * 60
    pictures(tmp_path / "film", sizes)
    place = Stepper(load_site(write_site(tmp_path, 'source = "film"\nfps = 20.0')))
    with working(place.site, ["a", "b"], place.store, join_s=20):
        until(lambda: place.view()["cameras"]["b"]["state"] == "live")
        view = until(lambda: (v := place.view()) and v["cameras"]["b"]["state"] == "suspect" and v)
        mark = place.store.last_seq("a")
        until(lambda: place.store.last_seq("a") > mark + 3)
        assert "another size" in view["cameras"]["b"]["message"]
        assert view["cameras"]["b"]["people"] is None
        assert view["cameras"]["a"]["state"] == "live"
        until(lambda: place.view()["cameras"]["b"]["state"] == "live")  # the recording begins anew


def test_a_picture_of_another_size_places_nobody_and_says_so_in_count(tmp_path, caplog):
    pictures(tmp_path / "film", [(320, 240), (640, 480), (320, 240)])
    site, out = write_site(tmp_path, 'source = "film"'), tmp_path / "out.jsonl"
    assert run("count", tmp_path / "film", "--site", site, "--camera", "b", "--out", out) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["frame"] for row in rows] == [0, 1, 2]
    assert all(track["ground"] is None for track in rows[1]["tracks"])


@pytest.mark.parametrize("empty", [[], [[]] * 5])
def test_frames_without_anybody_are_live_zeros_and_lines_of_their_own(tmp_path, empty, capsys):
    rows = "".join(json.dumps({"camera": "b", "frame": i, "t": i / 20, "boxes": b}) + "\n" for i, b in enumerate(empty))
    (tmp_path / "bad.jsonl").write_text(rows)
    site = write_site(tmp_path, 'source = "bad.jsonl"\nsize = [320, 240]')
    out = tmp_path / "out.jsonl"
    code = run("count", tmp_path / "bad.jsonl", "--site", site, "--camera", "b", "--out", out)
    if not empty:
        assert code == 2
        assert not out.exists()
        return
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["people"], row["zones"]) for row in found] == [(0, {"seen": 0, "elsewhere": 0})] * 5
    place = Stepper(load_site(site))
    with working(place.site, ["a", "b"], place.store, join_s=20):
        until(lambda: place.view()["cameras"]["b"]["state"] == "live")
        view = until(lambda: (v := place.view()) and v["zones"]["seen"]["state"] == "live" and v)
    assert view["cameras"]["b"]["people"] == 0


def test_a_zone_outside_every_view_is_unknown_and_said_by_check(tmp_path, capsys):
    site = write_site(tmp_path, FINE(tmp_path))
    assert run("check", "--site", site) == 0
    told = capsys.readouterr().out
    assert "zone 'elsewhere': no camera sees it" in told
    assert "zone 'seen'" not in told
    place = Stepper(load_site(site))
    with working(place.site, ["a", "b"], place.store, join_s=20):
        view = until(lambda: (v := place.view()) and v["zones"]["seen"]["state"] == "live" and v)
    assert view["zones"]["seen"]["people"] == 1
    assert view["zones"]["elsewhere"]["people"] is None
    assert view["zones"]["elsewhere"]["state"] == "unknown"


@pytest.mark.parametrize("number", ["nan", "inf", "1e400", '"x"'])
def test_pairs_that_are_no_numbers_are_refused_by_key(tmp_path, capsys, number):
    image = CORNERS.replace("[320, 240]", f"[320, {number}]")
    site = write_site(tmp_path, FINE(tmp_path), PAIRS.format(image=image, plan=FLOOR))
    assert run("check", "--site", site) == 2
    said = "".join(capsys.readouterr())
    assert "site.toml" in said
    assert "calibration" in said
    assert "Traceback" not in said


def test_the_scenes_themselves_are_right(tmp_path):
    """What the table spoils is fine before: else the refusals would prove nothing."""
    site = write_site(tmp_path, FINE(tmp_path))
    assert run("check", "--site", site) == 0
    model = Path(tmp_path / "other")
    model.mkdir()
    assert run("check", "--site", write_site(model, weights()(model))) == 0
