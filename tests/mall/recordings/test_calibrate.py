"""``calibrate`` from the command line: what it writes, what ``count`` does with it, what it refuses."""

import json

import numpy as np
import pytest

import app
from mall.cameras.accuracy_card import CameraCalibration, digest_of, floor_digest_of, kept_judgement
from mall.cameras.eyesight import BOXES_DIGEST, trust_of
from mall.cameras.plausible import Judged
from mall.config import load_site

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
WEST = [[0, 0], [5, 0], [5, 10], [0, 10], [0, 0]]
TOP_DOWN = """[camera.calibration]
image_points = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
plan_points = [[0, 10], [10, 10], [10, 0], [0, 0]]
"""
SEEN = [4, 8, 12, 16, 20, 24, 28]


def feature(name, ring):
    properties = {"id": name, "label": name, "category": "concourse", "level": "0"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def site(tmp_path):
    """A site with a camera of recorded boxes: frame i shows SEEN[i] people, a quarter of them in the west."""

    def make(extra="", calibration=TOP_DOWN):
        plan = {"type": "FeatureCollection", "features": [feature("hall", SQUARE), feature("west", WEST)]}
        plan["features"][0]["geometry"]["coordinates"] = [[[5, 0], [10, 0], [10, 10], [5, 10], [5, 0]]]
        (tmp_path / "floorplan.geojson").write_text(json.dumps(plan))
        (tmp_path / "site.toml").write_text(
            '[site]\nid = "s"\nname = "S"\n[[camera]]\nid = "c"\nsource = "boxes.jsonl"\nlevel = "0"\n'
            f"size = [1000, 1000]\n{extra}\n{calibration}"
        )
        rows = []
        for i, n in enumerate(SEEN):
            x = [100 + 50 * (k // 4) if k % 4 == 0 else 550 + 14 * k for k in range(n)]
            boxes = [[x[k], 300 + 20 * (k % 20), x[k] + 10, 340 + 20 * (k % 20), 0.9] for k in range(n)]
            rows.append({"camera": "c", "frame": i, "t": i / 5, "boxes": boxes})
        (tmp_path / "boxes.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return tmp_path

    return make


def calibrate(folder, text, *, still=True, capsys=None):
    (folder / "counts.csv").write_text(text)
    arguments = ["calibrate", str(folder / "boxes.jsonl"), "--site", str(folder), "--camera", "c"]
    return run(arguments + ["--counts", str(folder / "counts.csv")] + (["--still"] if still else []))


def run(arguments):
    import sys

    before, sys.argv = sys.argv, ["app.py", *arguments]
    try:
        return app.main()
    finally:
        sys.argv = before


def counted(folder):
    out = folder / "out.jsonl"
    assert run(["count", str(folder / "boxes.jsonl"), "--site", str(folder), "--camera", "c", "--still", "--out",
                str(out)]) == 0  # fmt: skip
    return [json.loads(line) for line in out.read_text().splitlines()]


def written(folder):
    return folder / "calibration" / "c.json"


GOOD = "frame,people\n" + "\n".join(f"{i},{round(1.5 * n + 2)}" for i, n in enumerate(SEEN))


def test_it_writes_the_line_of_polyfit_and_count_applies_it(site, capsys):
    folder = site()
    assert calibrate(folder, GOOD) == 0
    told = capsys.readouterr().out
    assert "95 %" in told
    assert "leave one out" in told
    row = json.loads(written(folder).read_text())
    a, b = np.polyfit(SEEN, [round(1.5 * n + 2) for n in SEEN], 1)
    assert (row["line"]["a"], row["line"]["b"]) == (pytest.approx(a, abs=1e-5), pytest.approx(b, abs=1e-5))
    assert row["range"] == [8, 44]
    assert set(row["card"]) >= {"mae", "within_1", "bias", "n", "date", "method"}
    rows = counted(folder)
    assert [r["people_raw"] for r in rows] == SEEN
    assert [r["people"] for r in rows] == [round(a * n + b) for n in SEEN]


def test_zones_have_lines_of_their_own(site):
    folder = site()
    raw = [row["zones"]["west"] for row in counted(folder)]
    assert sorted(set(raw)) == [1, 2, 3, 4, 5, 6, 7]
    text = "frame,people,zone\n" + "\n".join(f"{i},{2 * n + 1},west" for i, n in enumerate(raw))
    assert calibrate(folder, text) == 0
    assert json.loads(written(folder).read_text())["line"] is None
    rows = counted(folder)
    assert [row["zones"]["west"] for row in rows] == [2 * n + 1 for n in raw]
    assert [row["people"] for row in rows] == SEEN, "the whole picture was not counted"
    both = GOOD.replace("people", "people,zone", 1).replace("\n", ",\n") + ",\n" + text.split("\n", 1)[1]
    assert calibrate(folder, both.replace("zone,", "zone", 1)) == 0
    rows = counted(folder)
    assert rows[0]["people"] == 8
    assert rows[0]["zones"]["west"] == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "columns"),
        ("frame;people\n0;1\n", "columns"),
        ("frame,heads\n0,1\n1,2\n2,3\n", "columns"),
        ("frame,people\n", "at least 3"),
        ("frame,people\n0,1\n1,2\n", "at least 3"),
        ("frame,people\n0,1\n1,2\n2,-3\n", "line 4"),
        ("frame,people\n0,1\n1,nan\n2,3\n", "line 3"),
        ("frame,people\n0,1\n1,inf\n2,3\n", "line 3"),
        ("frame,people\n0,1\n1,2.5\n2,3\n", "whole number"),
        ("frame,people\n0,1\n1,\n2,3\n", "line 3"),
        ("frame,people\n0,1\n1,2,3\n2,3\n", "line 3"),
        ("frame,people\n0,1\n1\n2,3\n", "line 3"),
        ("frame,people\n0,1\n1,2\n7,3\n", "no frame 7"),
        ("frame,people\n0,1\n-1,2\n2,3\n", "line 3"),
        ("frame,people\n0,1\n1,2\n1,3\n2,3\n", "twice"),
        ("frame,people\n0,1\n1,2000000\n2,3\n", "cannot be"),
        ("frame,people,zone\n0,1,west\n1,2,nowhere\n2,3,west\n", "nowhere"),
        ("frame,people,zone\n0,1,west\n1,2,west\n2,3,\n", "at least 3"),
    ],
)
def test_bad_counts_are_named_and_nothing_changes(site, capsys, text, words):
    folder = site()
    assert calibrate(folder, GOOD) == 0
    before = written(folder).read_bytes()
    capsys.readouterr()
    assert calibrate(folder, text) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
    assert written(folder).read_bytes() == before
    assert [path.name for path in (folder / "calibration").iterdir()] == ["c.json"]


def test_a_missing_file_an_unknown_camera_and_a_missing_video(site, capsys):
    folder = site()
    for arguments in (
        ["calibrate", str(folder / "boxes.jsonl"), "--site", str(folder), "--camera", "c", "--counts", "nowhere.csv"],
        ["calibrate", str(folder / "none.mp4"), "--site", str(folder), "--camera", "c", "--counts", "nowhere.csv"],
        ["calibrate", str(folder / "boxes.jsonl"), "--site", str(folder), "--camera", "x", "--counts", "nowhere.csv"],
    ):
        assert run(arguments) == 2
        assert "error:" in capsys.readouterr().err
    (folder / "bin.csv").write_bytes(b"\xff\xfe\x00\x00")
    assert run(["calibrate", str(folder / "boxes.jsonl"), "--site", str(folder), "--camera", "c", "--counts",
                str(folder / "bin.csv")]) == 2  # fmt: skip
    assert not written(folder).exists()


def test_a_zone_without_calibration_is_refused(site, capsys):
    folder = site(calibration="")
    assert calibrate(folder, "frame,people,zone\n0,1,west\n1,2,west\n2,3,west\n") == 2
    assert "camera.calibration" in capsys.readouterr().err
    assert calibrate(folder, GOOD) == 0


@pytest.mark.parametrize(
    "changed", ['tiling = "3x2"', "confidence = 0.4", "iou = 0.5", "masks = [[[0,0],[1,0],[0,1]]]"]
)
def test_another_recipe_is_ignored_with_a_warning(site, capsys, changed):
    folder = site()
    assert calibrate(folder, GOOD) == 0
    place = load_site(folder)
    assert trust_of(place, place.camera("c"), None).fit == "proven"
    site(changed)
    other = load_site(folder)
    assert trust_of(other, other.camera("c"), None).fit == "unproven"
    assert "ignored" in capsys.readouterr().err
    assert [row["people"] for row in counted(folder)] == [row["people_raw"] for row in counted(folder)]


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"camera": "c", "digest": 1, "weights": "", "line": 3}'])
def test_a_damaged_file_is_ignored_with_a_warning(site, caplog, text):
    folder = site()
    written(folder).parent.mkdir()
    written(folder).write_text(text)
    place = load_site(folder)
    assert trust_of(place, place.camera("c"), None).fit == "unproven"
    assert "ignored" in caplog.text


def test_the_digest_tells_weights_apart_and_the_file_survives_a_round_trip(site):
    folder = site()
    assert calibrate(folder, GOOD) == 0
    camera = load_site(folder).camera("c")
    kept = CameraCalibration.from_json(written(folder).read_text())
    assert kept.digest == digest_of(camera, BOXES_DIGEST) != digest_of(camera, "other")
    assert CameraCalibration.from_json(kept.to_json()) == kept


@pytest.mark.parametrize("tiling", ["", "on", "3", "0x2", "3x0", "-1x2", "40x40", "3x2x1", "AUTO", "3 x 2"])
def test_a_wrong_tiling_is_a_site_error_that_names_the_key(site, capsys, tiling):
    folder = site(f'tiling = "{tiling}"')
    assert run(["check", "--site", str(folder)]) == 2
    told = capsys.readouterr().err
    assert "tiling" in told
    assert "(c)" in told


def test_a_mask_of_two_corners_is_a_site_error(site, capsys):
    assert run(["check", "--site", str(site("masks = [[[0, 0], [5, 5], [0, 0]]]"))]) == 2
    assert "masks" in capsys.readouterr().err


def test_the_worker_applies_it_and_says_so(site):
    import threading
    import time

    from mall.store import MemoryStore
    from mall.views.cameras import cameras_view
    from mall.worker import run_worker

    folder = site("loop = true\nfps = 5.0")
    assert calibrate(folder, GOOD) == 0
    place, store, stop = load_site(folder), MemoryStore(), threading.Event()
    work = threading.Thread(target=run_worker, args=(place, ["c"], store, stop))
    work.start()
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end and not ((s := store.read_statuses().get("c")) and s.processed > 3):
            time.sleep(0.02)
    finally:
        stop.set()
        work.join(10)
    frames = [frame for _, frame in store.read_points("0")]
    line = CameraCalibration.from_json(written(folder).read_text()).overall
    assert frames
    assert all(frame.people == line.estimate(frame.people_raw) for frame in frames)
    assert all(frame.band[0] <= frame.people <= frame.band[1] for frame in frames)
    status = store.read_statuses()["c"]
    assert (status.fit, status.card["n"]) == ("proven", len(SEEN))
    shown = cameras_view(place, store.read_statuses(), {}, {}, now=store.time())["c"]
    assert set(shown["card"]) == {"mae", "within_1", "bias", "n", "date", "method"}


@pytest.mark.parametrize("counted", range(12))
def test_the_engine_reads_a_zone_by_its_line_as_count_does(site, counted):
    from mall.reading.readings import estimate

    folder = site()
    text = "frame,people,zone\n" + "\n".join(f"{i},{2 * n},west" for i, n in enumerate([1, 2, 3, 4, 5, 6, 7]))
    assert calibrate(folder, text) == 0
    line = CameraCalibration.from_json(written(folder).read_text()).zones["west"]
    assert estimate(counted, [], [[line.a, line.b, line.seen[0]]]) == line.estimate(counted)


def test_what_people_said_of_the_scale_is_kept_and_told_by_check(site, capsys):
    folder = site()
    assert calibrate(folder, GOOD) == 0
    assert "judged" not in json.loads(written(folder).read_text()), "unrelated pictures show nobody walking"
    row = json.loads(written(folder).read_text())
    camera = load_site(folder).cameras[0]
    said = {"people": 40, "samples": 200, "height_m": 2.38, "height_mad_m": 0.1, "speed_m_s": 1.5, "speed_mad_m_s": 0.1}
    written(folder).write_text(json.dumps(row | {"judged": said | {"floor": floor_digest_of(camera)}}))
    assert kept_judgement(load_site(folder), camera) == Judged.from_row(said)
    capsys.readouterr()
    assert run(["check", "--site", str(folder)]) == 0
    assert (
        "calibration: 40 people look 2.4 m tall: probably points on the floor are 1.40 times" in capsys.readouterr().out
    )
    toml = folder / "site.toml"
    toml.write_text(toml.read_text().replace("[0, 10], [10, 10]", "[0, 9.9], [10, 9.9]"))
    run(["check", "--site", str(folder)])
    assert "tall" not in capsys.readouterr().out, "other points were judged"
    written(folder).write_text(json.dumps(row | {"judged": {"people": "many"}}))
    assert kept_judgement(load_site(folder), camera) is None
