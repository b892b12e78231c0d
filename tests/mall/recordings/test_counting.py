import io
import json
import re

import numpy as np
import pytest

from mall.config import load_site
from mall.errors import SiteError, WeightsError
from mall.recordings.counting import run_count
from vision.detector import WeightsRefusedError
from vision.frames import SourceRefusedError

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
# Pixels are centimetres from the top left: plan x = px / 100, y = 10 - py / 100; a view from straight above.
TOP_DOWN = """[camera.calibration]
image_points = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
plan_points = [[0, 10], [10, 10], [10, 0], [0, 0]]
"""


def zone(name, ring):
    properties = {"id": name, "label": name, "category": "concourse", "level": "0"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def line(name, points):
    properties = {"id": name, "label": name, "kind": "line", "level": "0"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": points}}


@pytest.fixture
def site(tmp_path):
    def make(calibration="", features=None, extra=""):
        plan = {"type": "FeatureCollection", "features": features or [zone("plaza", SQUARE)]}
        (tmp_path / "floorplan.geojson").write_text(json.dumps(plan))
        (tmp_path / "site.toml").write_text(
            '[site]\nid = "s"\nname = "S"\n[[camera]]\nid = "c"\nsource = "boxes.jsonl"\nlevel = "0"\n'
            f"size = [1000, 1000]\n{extra}\n{calibration}"
        )
        return load_site(tmp_path)

    return make


def recorded(tmp_path, frames, period=0.2):
    path = tmp_path / "boxes.jsonl"
    rows = [{"camera": "c", "frame": i, "t": i * period, "boxes": boxes} for i, boxes in enumerate(frames)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def standing(x, y, confidence=0.9):
    """A box whose foot is at plan (x, y) metres."""
    px, py = x * 100, (10 - y) * 100
    return [px - 20, py - 90, px + 20, py, confidence]


def count(video, site, **options):
    out = io.StringIO()
    run_count(video, site, "c", out=out, **options)
    return [json.loads(text, parse_constant=pytest.fail) for text in out.getvalue().splitlines()]


def test_one_line_a_frame_empty_ones_too(tmp_path, site):
    rows = count(recorded(tmp_path, [[], [], []]), site(TOP_DOWN))
    nobody = {"people": 0, "people_raw": 0, "zones": {"plaza": 0}, "tracks": [], "crossings": []}
    assert rows == [{"frame": i, "t": pytest.approx(i * 0.2), **nobody} for i in range(3)]


def test_without_calibration_people_are_counted_and_nobody_is_placed(tmp_path, site):
    rows = count(recorded(tmp_path, [[standing(5, 5)]] * 3), site())
    assert [row["people"] for row in rows] == [1, 1, 1]
    assert [track["ground"] for row in rows for track in row["tracks"]] == [None] * 3
    assert rows[0]["zones"] == {"plaza": 0}


def test_places_and_zones(tmp_path, site):
    west, east = [[0, 0], [5, 0], [5, 10], [0, 10], [0, 0]], [[5, 0], [10, 0], [10, 10], [5, 10], [5, 0]]
    people = [standing(2, 3), standing(7, 3), standing(8, 6)]
    rows = count(recorded(tmp_path, [people] * 4), site(TOP_DOWN, [zone("west", west), zone("east", east)]))
    assert rows[-1]["zones"] == {"west": 1, "east": 2}
    places = sorted(track["ground"] for track in rows[-1]["tracks"])
    np.testing.assert_allclose(places, [[2, 3], [7, 3], [8, 6]], atol=0.05)
    assert set(rows[-1]["tracks"][0]) == {"id", "box", "confidence", "ground", "confirmed"}


def test_a_walk_over_a_line_is_one_crossing(tmp_path, site):
    # From left to right of a line pointing up (+y): in, by the plan's rule.
    walk = [[standing(3 + 0.2 * i, 5)] for i in range(21)]
    plan = [zone("plaza", SQUARE), line("door", [[5, 0], [5, 10]])]
    rows = count(recorded(tmp_path, walk), site(TOP_DOWN, plan))
    crossings = [crossing for row in rows for crossing in row["crossings"]]
    assert [(c["line"], c["direction"]) for c in crossings] == [("door", "in")]
    back = count(recorded(tmp_path, walk[::-1]), site(TOP_DOWN, plan))
    assert [c["direction"] for row in back for c in row["crossings"]] == ["out"]


# The left 4 m are floor, the right 5 m a terrace on which a pixel is half a centimetre; the metre between is a wall.
TWO_PLANES = """[[camera.plane]]
region = [[0, 0], [400, 0], [400, 1000], [0, 1000]]
image_points = [[0, 0], [400, 0], [400, 1000], [0, 1000]]
plan_points = [[0, 10], [4, 10], [4, 0], [0, 0]]
[[camera.plane]]
level = "0"
region = [[500, 0], [1000, 0], [1000, 1000], [500, 1000]]
image_points = [[500, 0], [1000, 0], [1000, 1000], [500, 1000]]
plan_points = [[5, 5], [7.5, 5], [7.5, 0], [5, 0]]
"""


def test_each_plane_places_its_own_and_what_is_on_none_is_seen(tmp_path, site):
    people = [standing(2, 3), standing(9, 4), standing(4.5, 7)]
    rows = count(recorded(tmp_path, [people] * 4), site(TWO_PLANES))
    assert [row["people"] for row in rows] == [3] * 4
    assert rows[-1]["zones"] == {"plaza": 2}
    floor, wall, terrace = (row["ground"] for row in sorted(rows[-1]["tracks"], key=lambda row: row["box"]))
    assert floor == pytest.approx([2, 3], abs=0.05)
    assert wall is None
    assert terrace == pytest.approx([7, 2], abs=0.05)  # 5 + 400 px / 200, 400 px / 200 up


def test_a_walk_from_plane_to_plane_is_one_crossing(tmp_path, site):
    walk = [[standing(3 + 0.2 * i, 5)] for i in range(21)]
    rows = count(
        recorded(tmp_path, walk), site(TWO_PLANES, [zone("plaza", SQUARE), line("door", [[4.5, 0], [4.5, 10]])])
    )
    crossings = [crossing["direction"] for row in rows for crossing in row["crossings"]]
    assert crossings == ["in"]
    assert [track["id"] for row in rows for track in row["tracks"]] == [rows[0]["tracks"][0]["id"]] * 21


def test_still_counts_each_picture_for_itself(tmp_path, site):
    frames = [[standing(2, 2)], [], [standing(8, 8), standing(1, 9, 0.3)]]
    rows = count(recorded(tmp_path, frames), site(TOP_DOWN), still=True)
    assert [row["people"] for row in rows] == [1, 0, 2]
    assert [track["id"] for track in rows[2]["tracks"]] == [0, 1]


def test_numbers_are_the_same_from_run_to_run(tmp_path, site):
    video, place = recorded(tmp_path, [[standing(2, 2), standing(6, 6)]] * 3), site(TOP_DOWN)
    assert count(video, place) == count(video, place)


def test_whoever_stands_in_a_mask_is_nobody(tmp_path, site):
    masked = site(TOP_DOWN, extra="masks = [[[0, 0], [500, 0], [500, 1000], [0, 1000]]]")
    rows = count(recorded(tmp_path, [[standing(2, 5), standing(8, 5)]] * 2), masked)
    assert [row["people"] for row in rows] == [1, 1]


def test_pictures_go_through_the_embedded_detector(tmp_path, site):
    import cv2

    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(6):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((240, 320 + 32 * (index % 2), 3), 100, np.uint8))
    rows = count(folder, site(extra="fps = 5.0"))
    assert [(row["frame"], row["t"], row["people"]) for row in rows] == [(i, i / 5, 0) for i in range(6)]


@pytest.mark.parametrize(
    ("video", "weights", "error"),
    [
        ("missing.mp4", None, SourceRefusedError),
        ("site.toml", None, SourceRefusedError),
        ("empty", "nowhere.pt", WeightsRefusedError),
    ],
)
def test_what_is_wrong_is_named(tmp_path, site, video, weights, error):
    import cv2

    place = site()
    (tmp_path / "empty").mkdir()
    cv2.imwrite(str(tmp_path / "empty" / "a.png"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(error, match=weights or video):
        count(tmp_path / video, place, weights=weights)


def test_lines_before_a_frame_that_cannot_be_read_are_written(tmp_path, site):
    import cv2

    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(7):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((240, 320, 3), 100, np.uint8))
    (folder / "7.png").write_bytes(b"cut")
    out = io.StringIO()
    with pytest.raises(SourceRefusedError, match=r"7\.png"):
        run_count(folder, site(), "c", out=out)
    assert [json.loads(text)["frame"] for text in out.getvalue().splitlines()] == list(range(7))


FOLDED = TOP_DOWN.replace("[[0, 10], [10, 10], [10, 0], [0, 0]]", "[[0, 10], [10, 10], [0, 0], [10, 0]]")


@pytest.mark.parametrize(
    ("extra", "calibration", "error", "named"),
    [
        ("", FOLDED, SiteError, "calibration: the pairs fold"),
        ('weights = "nowhere.pt"', "", WeightsError, "weights: nowhere.pt"),
    ],
)
def test_what_is_wrong_with_the_camera_is_named_by_file_and_key(tmp_path, site, extra, calibration, error, named):
    import cv2

    place = site(calibration, extra=extra)
    (tmp_path / "one").mkdir()
    cv2.imwrite(str(tmp_path / "one" / "a.png"), np.zeros((8, 8, 3), np.uint8))
    video = recorded(tmp_path, [[]]) if calibration else tmp_path / "one"
    with pytest.raises(error, match=rf"site\.toml: camera \(c\)\.{named}"):
        count(video, place)


SIZES = [
    # camera.size, sizes of the pictures, what is said: the frame, its size, the calibrated one
    ("", [(320, 240)] * 3, None),
    ("size = [320, 240]", [(320, 240)] * 3, None),
    ("", [(320, 240), (320, 240), (352, 240), (320, 240), (160, 240)], "frame 2 has 352 x 240 pixels.*320 x 240"),
    ("size = [1000, 1000]", [(320, 240)] * 3, "frame 0 has 320 x 240 pixels.*1000 x 1000"),
]


@pytest.mark.parametrize(("key", "sizes", "said"), SIZES)
def test_pictures_of_another_size_than_calibrated_are_told_once(tmp_path, site, caplog, key, sizes, said):
    import cv2

    place = site(TOP_DOWN)
    text = (tmp_path / "site.toml").read_text().replace("size = [1000, 1000]", key)
    (tmp_path / "site.toml").write_text(text)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index, (width, height) in enumerate(sizes):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((height, width, 3), 100, np.uint8))
    count(folder, load_site(place.folder))
    messages = [record.message for record in caplog.records if "pixels" in record.message]
    assert len(messages) == (said is not None)
    assert all(re.search(said, message) for message in messages)
