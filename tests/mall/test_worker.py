"""The worker with real sources and the twin of the store; waits are for conditions, not for time."""

import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import cv2
import numpy as np
import pytest

from gis.outline import ground_in
from mall.cameras.pace import WINDOW_S
from mall.config import load_site
from mall.errors import SiteError, StoreError, WeightsError
from mall.freshness import live_limit_s
from mall.store import MemoryStore
from mall.worker import run_worker
from tests.mall.running_worker import working
from tests.stack_process import wait_for
from vision.detections import Detections

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
TOP_DOWN = """[camera.calibration]
image_points = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
plan_points = [[0, 10], [10, 10], [10, 0], [0, 0]]
"""
PERSON = [480, 400, 520, 490, 0.9]


def camera(name, source="boxes.jsonl", extra="loop = true", calibration=TOP_DOWN):
    size = "size = [1000, 1000]\n" if source.endswith("jsonl") else ""
    return f'[[camera]]\nid = "{name}"\nsource = "{source}"\nlevel = "0"\nrate = 20\n{size}{extra}\n{calibration}\n'


@pytest.fixture
def site(tmp_path):
    def make(*cameras):
        properties = {"id": "plaza", "category": "concourse", "level": "0"}
        square = {"type": "Polygon", "coordinates": [SQUARE]}
        plan = {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": properties, "geometry": square}],
        }
        (tmp_path / "floorplan.geojson").write_text(json.dumps(plan))
        (tmp_path / "site.toml").write_text('[site]\nid = "s"\nname = "S"\n' + "\n".join(cameras))
        rows = [
            {"camera": name, "frame": i, "t": i * 0.05, "boxes": [PERSON]}
            for i in range(10)
            for name in ("a", "b", "sim")
        ]
        (tmp_path / "boxes.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return load_site(tmp_path)

    return make


until = partial(wait_for, patience_s=60.0)


def frames(store, name="a"):
    return [frame for _, frame in store.read_points("0") if frame.camera == name]


def test_publishes_people_in_metres_and_says_how_it_is(site):
    store = MemoryStore()
    with working(site(camera("a", extra="loop = true\nsimulated = true")), ["a"], store):
        seen = until(lambda: frames(store))[0]
        status = until(lambda: (s := store.read_statuses().get("a")) and s.processed > 20 and s)
    assert (seen.people, seen.people_raw, seen.band, seen.cut, seen.seq) == (1, 1, (1, 1), True, 1)
    np.testing.assert_allclose(seen.xy, [[5.0, 5.1]], atol=0.05)
    assert abs(seen.observed_at - time.time()) < 30
    assert 0 <= seen.lag_s < 2
    assert (status.condition, status.fit, status.size, status.source) == ("running", "exact", (1000, 1000), "simulated")
    assert status.footprint is not None
    assert len(status.footprint) > 3
    assert status.read == status.processed + status.dropped or status.read == status.processed + status.dropped + 1


def plane(west, east):
    ring = [[west, 0], [east, 0], [east, 1000], [west, 1000]]
    plan = [[x / 100, 10 - y / 100] for x, y in ring]
    return f"[[camera.plane]]\nregion = {ring}\nimage_points = {ring}\nplan_points = {plan}\n"


def test_planes_place_people_live_and_one_that_cannot_be_is_said(site):
    store = MemoryStore()
    flat = plane(600, 1000).replace("image_points = [[600, 0], [1000, 0]", "image_points = [[600, 0], [600, 0]")
    cameras = [
        camera("a", calibration=plane(600, 1000) + plane(0, 550)),
        camera("b", calibration=plane(600, 1000) + plane(0, 400)),  # the person at 500 px stands in neither
        camera("sim", calibration=plane(0, 500) + flat),
    ]
    with working(site(*cameras), ["a", "b", "sim"], store):
        until(lambda: len(frames(store)) > 3 and len(frames(store, "b")) > 3)
        statuses = until(
            lambda: (s := store.read_statuses()) and len(s) == 3 and s["b"].footprint and s["a"].footprint and s
        )
    placed, nowhere = frames(store)[-1], frames(store, "b")[-1]
    np.testing.assert_allclose(placed.xy, [[5.0, 5.1]], atol=0.05)
    assert (nowhere.people, len(nowhere.xy)) == (1, 0)
    assert ground_in(statuses["a"].footprint).area == pytest.approx(95, rel=0.01)
    assert ground_in(statuses["b"].footprint).area == pytest.approx(80, rel=0.01)
    assert statuses["sim"].condition == "failed"
    assert "plane 2: " in statuses["sim"].message


def test_every_lap_is_a_cut_and_seq_goes_on(site):
    store = MemoryStore()
    with working(site(camera("a")), ["a"], store):
        until(lambda: sum(frame.cut for frame in frames(store)) > 10)
    rows = frames(store)
    assert [frame.seq for frame in rows] == list(range(1, len(rows) + 1))
    tracks = [set(frame.track.tolist()) for frame in rows]
    for before, now, frame in zip(tracks, tracks[1:], rows[1:], strict=False):
        assert frame.cut == (not before & now), "a cut ends every track, and nothing else does here"


def test_a_second_worker_goes_on_where_the_first_stopped(site):
    store, place = MemoryStore(), site(camera("a"))
    with working(place, ["a"], store):
        until(lambda: store.last_seq("a") >= 5)
    mark = store.last_seq("a")
    with working(place, ["a"], store):
        until(lambda: store.last_seq("a") > mark)
    rows = frames(store)
    assert len({frame.epoch for frame in rows}) == 2
    assert [frame.seq for frame in rows] == list(range(1, len(rows) + 1))
    assert next(frame for frame in rows if frame.seq == mark + 1).cut


def test_one_bad_camera_never_stops_another(site, tmp_path):
    store = MemoryStore()
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    degenerate = TOP_DOWN.replace("[1000, 0]", "[0, 0]")
    place = site(
        camera("a"),
        camera("missing", "missing.mp4"),
        camera("broken", "broken.mp4"),
        camera("b", calibration=degenerate),
        camera("weights", "missing.mp4", 'weights = "nowhere.pt"'),
        camera("none"),
    )
    ids = ["missing", "broken", "b", "a", "weights", "none"]
    with working(place, ids, store):
        until(lambda: len(frames(store)) > 20)
        bad = set(ids) - {"a"}
        statuses = until(lambda: (s := store.read_statuses()) and all(s[i].condition == "failed" for i in bad) and s)
    assert {name for name, status in statuses.items() if status.condition == "failed"} == set(ids) - {"a"}
    assert "no such file" in statuses["missing"].message
    assert "nowhere.pt" in statuses["weights"].message
    assert statuses["missing"].people is None, "unknown is never zero"


def test_a_detector_that_breaks_marks_its_camera_only(site, monkeypatch, film):
    store = MemoryStore()

    def explode(self, *raw):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("vision.openvino_detector.OpenVinoDetector._people", explode)
    with working(site(camera("a"), camera("v", film, calibration="")), ["a", "v"], store):
        status = until(lambda: (s := store.read_statuses().get("v")) and s.condition == "failed" and s)
        until(lambda: len(frames(store)) > 5)
    assert "out of memory" in status.message
    assert frames(store, "v") == []


FOLDED = TOP_DOWN.replace("[[0, 10], [10, 10], [10, 0], [0, 0]]", "[[0, 10], [10, 10], [0, 0], [10, 0]]")


@pytest.mark.parametrize(
    ("table", "error", "named"),
    [
        (camera("x", "x.mp4", 'weights = "nowhere.pt"'), WeightsError, "weights: nowhere.pt"),
        (camera("x", calibration=FOLDED), SiteError, "calibration: the pairs fold"),
    ],
)
def test_only_bad_cameras_end_the_worker_with_file_camera_and_reason(site, table, error, named):
    with pytest.raises(error, match=rf"site\.toml: camera \(x\)\.{named}"):
        run_worker(site(table), ["x"], MemoryStore(), threading.Event())


def test_it_ends_with_its_recordings(site, monkeypatch):
    monkeypatch.setenv("MALL_REPLAY_ANCHOR", f"{time.time():.3f}")
    store = MemoryStore()
    with working(site(camera("a", extra="")), ["a"], store) as thread:
        thread.join(10)
        assert not thread.is_alive()
    assert store.read_statuses()["a"].message == "the recording has ended"


class LostStore(MemoryStore):
    """Refuses while ``lost``, and counts the calls it refused."""

    lost, refused = False, 0

    def _check(self):
        if self.lost:
            self.refused += 1
            raise StoreError("no answer")

    def publish_points(self, frame):
        self._check()
        return super().publish_points(frame)

    def publish_status(self, status):
        self._check()
        super().publish_status(status)

    def last_seq(self, camera):
        self._check()
        return super().last_seq(camera)


def test_a_lost_store_is_said_once_and_nothing_is_kept_for_it(site, caplog):
    store = LostStore()
    with working(site(camera("a")), ["a"], store):
        until(lambda: len(frames(store)) > 3)
        store.lost = True
        until(lambda: store.refused >= 3)
        gone_at = time.time()
        store.lost = False
        until(lambda: any(frame.observed_at > gone_at for frame in frames(store)))
        newer = [frame for frame in frames(store) if frame.received_at > gone_at]
    assert all(frame.received_at - frame.observed_at < 1.0 for frame in newer), "old frames are let go"
    said = [record.message for record in caplog.records if "store" in record.message]
    assert [text.split(":")[0] for text in said] == ["store lost", "store back"]


def test_pictures_of_another_size_are_counted_not_placed_and_the_status_says_so(site, monkeypatch, tmp_path):
    """A camera that is set to another resolution while it runs, and back."""
    people = {(240, 320): [[100, 100, 140, 200]], (480, 640): [[200, 200, 280, 400], [400, 200, 480, 400]]}

    class Looking:
        name, digest, at_a_time, unusable, asked = "looking", "0" * 16, 1, 0, []

        def submit(self, image):
            answer = Future()
            boxes = np.float32(people[image.shape[:2]])
            answer.set_result(Detections(boxes, np.full(len(boxes), 0.9, np.float32)))
            return answer

        def close(self):
            pass

    (tmp_path / "shots").mkdir()
    for index in range(40):
        size = (480, 640) if 15 <= index < 30 else (240, 320)
        cv2.imwrite(str(tmp_path / "shots" / f"{index:03}.png"), np.full((*size, 3), index, np.uint8))
    monkeypatch.setattr("mall.worker.load_detector", lambda *_: Looking())
    store = MemoryStore()
    place = site(camera("v", "shots", 'loop = true\nfps = 5.0\nsize = [320, 240]\ntiling = "off"'))
    with working(place, ["v"], store):
        odd = until(lambda: next((f for f in frames(store, "v") if f.people_raw == 2), None))
        said = until(lambda: (s := store.read_statuses().get("v")) and "another size" in s.message and s)
        until(lambda: (s := store.read_statuses().get("v")) and not s.message and s.size == (320, 240) and s)
        back = until(lambda: next((f for f in frames(store, "v") if f.seq > odd.seq and f.people_raw == 1), None))
    assert len(odd.xy) == 0, "the calibration speaks of another picture"
    assert (said.condition, said.size) == ("suspect", (640, 480))
    np.testing.assert_allclose(back.xy, [[1.2, 8.0]], atol=0.05)


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (320, 240))
    for index in range(50):
        writer.write(np.full((240, 320, 3), index * 5, np.uint8))
    writer.release()
    return path.name


def test_a_slow_detector_drops_frames_and_never_lags(site, monkeypatch, film):
    def slow(self, *raw):
        time.sleep(0.3)
        return Detections.empty()

    monkeypatch.setattr("vision.openvino_detector.OpenVinoDetector._people", slow)
    store = MemoryStore()
    with working(site(camera("v", film, "loop = true\nfps = 25.0", "")), ["v"], store):
        until(lambda: len(frames(store, "v")) >= 5)
        status = until(lambda: (s := store.read_statuses().get("v")) and s.dropped > 0 and s.processed > 3 and s)
    assert 0 <= status.read - status.processed - status.dropped <= 2, "one in the box, one under the detector"
    assert max(frame.lag_s for frame in frames(store, "v")[1:]) < 1.0, "but for the first, which waits for the model"
    assert (status.fit, status.source, status.size) == ("unproven", "recorded", (320, 240))


def test_rate_limits_live_work(site, film):
    store = MemoryStore()
    slow = camera("v", film, "loop = true\nfps = 25.0", "").replace("rate = 20", "rate = 5")
    with working(site(slow), ["v"], store):
        until(lambda: len(frames(store, "v")) >= 8)
    captured = [frame.observed_at for frame in frames(store, "v")]
    assert np.median(np.diff(captured)) == pytest.approx(0.2, abs=0.05)


@pytest.fixture
def empty_scene(tmp_path):
    path = tmp_path / "empty.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (320, 240))
    for _ in range(600):
        writer.write(np.full((240, 320, 3), 90, np.uint8))
    writer.release()
    return path.name


class OneAtATime:
    """A detector that takes a known time for a picture, always finds the same, and remembers how often it looked."""

    name, digest, at_a_time = "one at a time", "0" * 16, 1

    def __init__(self, finds, *, takes_s=0.0):
        self._finds, self._takes_s = finds, takes_s
        self._thread = ThreadPoolExecutor(1)
        self.looked = 0

    def submit(self, image):
        return self._thread.submit(self._look)

    def _look(self):
        time.sleep(self._takes_s)
        self.looked += 1
        return self._finds

    def detect(self, images):
        return [self.submit(image).result() for image in images]

    def close(self):
        self._thread.shutdown()


def looking(monkeypatch, finds, *, takes_s=0.0):
    detector = OneAtATime(finds, takes_s=takes_s)
    monkeypatch.setattr("mall.worker.load_detector", lambda *_: detector)
    return detector


def test_a_scene_without_people_is_looked_at_once_a_second_and_is_live_all_the_time(site, monkeypatch, empty_scene):
    detector = looking(monkeypatch, Detections.empty())
    store = MemoryStore()
    with working(site(camera("v", empty_scene, "fps = 20.0\nloop = true\ntiling = 'off'", "")), ["v"], store):
        status = until(lambda: (s := store.read_statuses().get("v")) and s.left_out > 40 and s)
        seen = frames(store, "v")
    assert status.idle
    assert status.left_out / status.processed > 0.5, "but for the first two seconds, and one frame a second"
    assert detector.looked <= status.processed - status.left_out + 2, "what is left out is not looked at"
    assert [frame.people for frame in seen] == [0] * len(seen), "nobody, told of every frame"
    assert max(np.diff([frame.observed_at for frame in seen])) < live_limit_s(0.05)
    assert {frame.period_s for frame in seen} == {0.05}


@pytest.mark.parametrize(
    ("found", "key"),
    [
        (Detections.empty(), "idle_rate = 0"),
        (Detections.empty(), "idle_rate = 20"),
        (Detections(np.array([[100, 60, 140, 160]], np.float32), np.array([0.9], np.float32)), ""),
    ],
)
def test_every_frame_is_looked_at_without_the_gate_and_while_somebody_is_there(
    site, monkeypatch, empty_scene, found, key
):
    looking(monkeypatch, found)
    store = MemoryStore()
    with working(site(camera("v", empty_scene, f"fps = 20.0\nloop = true\ntiling = 'off'\n{key}", "")), ["v"], store):
        status = until(lambda: (s := store.read_statuses().get("v")) and s.processed > 30 and s)
    assert (status.left_out, status.idle) == (0, False)


def test_a_machine_that_is_too_slow_says_so_once_and_shares_fairly(site, monkeypatch, film, caplog):
    """One detection at a time, 0.1 s each, for cameras that want 5, 5 and 10 frames a second."""
    detector = looking(monkeypatch, Detections.empty(), takes_s=0.1)
    tables = [
        camera(name, film, "loop = true\nfps = 25.0\nidle_rate = 0\ntiling = 'off'", "").replace(
            "rate = 20", f"rate = {rate}", 1
        )
        for name, rate in (("a", 5), ("b", 5), ("c", 10))
    ]
    store = MemoryStore()
    with working(site(*tables), ["a", "b", "c"], store):
        until(lambda: len(s := store.read_statuses()) == 3 and all(x.behind for x in s.values()))
        begun = detector.looked  # what came before fills the window no longer once another window has passed
        until(lambda: detector.looked >= begun + 10 * WINDOW_S)
        at = store.time()
        statuses = until(lambda: (s := store.read_statuses()) and min(x.received_at for x in s.values()) > at and s)
    reached = [statuses[name].rate_fps for name in "abc"]
    shares = [fps / rate for fps, rate in zip(reached, (5, 5, 10), strict=True)]
    assert shares == pytest.approx([np.mean(shares)] * 3, rel=0.1)
    assert sum(reached) < 12, "ten frames a second of twenty"
    assert [statuses[name].rate_wanted for name in "abc"] == pytest.approx([5, 5, 10], rel=0.1)
    said = [record.message for record in caplog.records if "behind" in record.message]
    assert sorted(text.split(":")[0] for text in said) == ["camera a", "camera b", "camera c"]
