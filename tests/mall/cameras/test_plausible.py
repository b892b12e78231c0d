"""People judge the calibration: synthetic walkers of true heights under cameras of wrong scale; PETS2009's people."""

from pathlib import Path

import numpy as np
import pytest

from mall.bench.accuracy import pets_site, read_truth
from mall.bench.tsai import TsaiCamera
from mall.cameras.camera_path import CameraPath
from mall.cameras.plausible import ENOUGH_PEOPLE, SAMPLE_S, Judged, Passers
from mall.config import load_site
from mall.ground import ground_of
from mall.site_file import Camera
from vision.detections import Detections, Tracks

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
SIZE = (1280, 960)
RATE = 5.0


def project(points, height, tilt_deg, focal):
    """Pin-hole above the origin looking along y; (N, 3) metres -> (N, 2) px."""
    x, y, z = np.asarray(points, float).T
    tilt, z = np.radians(tilt_deg), np.asarray(points, float)[:, 2] - height
    depth = y * np.cos(tilt) - z * np.sin(tilt)
    return np.column_stack([
        focal * x / depth + SIZE[0] / 2, focal * (-y * np.sin(tilt) - z * np.cos(tilt)) / depth + SIZE[1] / 2,
    ])  # fmt: skip


def camera(view, factor):
    floor = np.array([[x, y, 0] for x in (-3, 3) for y in (6, 10, 16)], float)
    pairs = {"image_points": project(floor, *view).tolist(), "plan_points": (factor * floor[:, :2]).tolist()}
    row = {"id": "c", "source": "x.jsonl", "level": "0", "size": list(SIZE), "rate": RATE, "calibration": pairs}
    return Camera.model_validate(row)


class Walkers:
    """People who come and go: true heights and speeds drawn once each, boxes jittered, some missing."""

    def __init__(self, seed, *, standing=0.0, heights=(1.68, 0.09)):
        self.rng = np.random.default_rng(seed)
        self.standing, self.heights = standing, heights
        self.arrived = 0
        self.people = [self.arrive(k) for k in range(4)]

    def arrive(self, k):
        rng = self.rng
        speed = 0.0 if rng.random() < self.standing else max(0.5, rng.normal(1.25, 0.2))
        side = rng.choice([-1, 1])
        sits = speed == 0.0
        self.arrived += 1
        return {
            "number": self.arrived,
            "at": np.array([-6.0 * side if not sits else rng.uniform(-3, 3), 7.0 + 2.5 * (k % 4)]),
            "v": np.array([speed * side, rng.normal(0, 0.05)]),
            "tall": rng.normal(*self.heights) * (0.75 if sits else 1.0),
            "leaves": 25.0,
        }

    def tracks(self, view, step=SAMPLE_S):
        """The next instant: (numbers, boxes) of those seen."""
        for one in self.people:
            one["at"] = one["at"] + one["v"] * step
            one["leaves"] -= step
        self.people = [
            self.arrive(k) if abs(one["at"][0]) > 6.0 or one["leaves"] < 0 else one for k, one in enumerate(self.people)
        ]
        foot = project([[*one["at"], 0.0] for one in self.people], *view)
        head = project([[*one["at"], one["tall"]] for one in self.people], *view)
        half = 0.17 * (foot[:, 1] - head[:, 1])
        boxes = np.column_stack([foot[:, 0] - half, head[:, 1], foot[:, 0] + half, foot[:, 1]])
        boxes += self.rng.normal(0, 1.0, boxes.shape)
        seen = (self.rng.random(len(boxes)) > 0.1) & (boxes[:, 0] > 0) & (boxes[:, 2] < SIZE[0])
        numbers = np.array([one["number"] for one in self.people])[seen]
        kept = boxes[seen].astype(np.float32)
        return Tracks(kept, np.full(len(kept), 0.9, np.float32), numbers, np.ones(len(kept), np.bool_))


def watch(view, factor, walkers, *, seconds=240.0, hurry=1.0):
    passers = Passers(ground_of(camera(view, factor)), SIZE)
    for i in range(int(seconds / SAMPLE_S)):
        tracks = walkers.tracks(view)
        passers.take(tracks, tracks.xyxy, i * SAMPLE_S * 1.01 / hurry)
    return passers.judged()


VIEWS = [(3.2, 15.0, 900.0), (5.0, 28.0, 800.0), (9.0, 42.0, 1200.0)]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("factor", "codes"), [(1.0, ()), (0.7, ("scale",)), (1.4, ("scale",)), (0.3, ("scale-sure",)),
                                               (3.28, ("scale-sure",))])  # fmt: skip
def test_a_wrong_scale_is_found_with_its_factor_and_a_right_one_is_not_doubted(view, seed, factor, codes):
    judged = watch(view, factor, Walkers(seed))
    assert judged.people >= ENOUGH_PEOPLE
    assert judged.height_m == pytest.approx(1.68 * factor, rel=0.05)
    assert judged.speed_m_s == pytest.approx(1.25 * factor, rel=0.12)
    assert tuple(doubt.code for doubt in judged.doubts()) == codes
    for doubt in judged.doubts():
        assert doubt.figures["factor"] == pytest.approx(factor, rel=0.06)


def test_whoever_sits_does_not_make_the_scale_doubtful():
    judged = watch(VIEWS[1], 1.0, Walkers(5, standing=0.7), seconds=500)
    assert judged.height_m == pytest.approx(1.68, rel=0.05)
    assert judged.doubts() == ()


def test_a_wrong_clock_shows_in_the_speed_alone():
    """Time that is said to pass 2.5 times as slowly as it does makes everybody slow, and nobody small."""
    said = watch(VIEWS[1], 1.0, Walkers(3), hurry=0.4)
    assert [doubt.code for doubt in said.doubts()] == ["speed"]


def test_few_people_say_nothing():
    early = watch(VIEWS[1], 2.0, Walkers(1), seconds=8)
    assert early is None or early.doubts() == ()
    assert watch(VIEWS[1], 1.0, Walkers(1), seconds=0) is None


@pytest.mark.parametrize(
    ("people", "samples", "height", "speed", "codes"),
    [
        (30, 90, 1.95, 1.2, []),
        (30, 90, 2.1, 1.2, ["scale"]),
        (29, 90, 2.1, 1.2, []),
        (10, 150, 2.1, 1.2, ["scale"]),
        (9, 900, 2.1, 1.2, []),
        (30, 90, 1.3, 1.2, ["scale"]),
        (30, 90, 1.3, 0.3, ["scale-sure"]),
        (30, 90, 1.3, 2.5, ["scale"]),
        (30, 90, 1.7, 2.5, ["speed"]),
        (30, 90, None, 2.5, ["speed"]),
        (30, 90, None, 1.2, []),
    ],
)
def test_when_what_is_doubted(people, samples, height, speed, codes):
    judged = Judged(people, samples, height, None if height is None else 0.1, speed, 0.1)
    assert [doubt.code for doubt in judged.doubts()] == codes


def test_a_median_within_its_own_error_of_the_limit_is_no_doubt():
    # Standard error of the median of 30: 1.2533 * 1.4826 * 0.3 / sqrt(30) = 0.102 m.
    assert Judged(30, 90, 2.04, 0.3, 1.2, 0.1).doubts() == ()
    assert [d.code for d in Judged(30, 90, 2.06, 0.3, 1.2, 0.1).doubts()] == ["scale"]


@pytest.mark.parametrize("row", [{}, {"people": 1}, {"people": "x"}])
def test_a_strange_record_is_refused(row):
    with pytest.raises((KeyError, ValueError, TypeError)):
        Judged.from_row(row)


def test_a_record_comes_back():
    judged = Judged(31, 120, None, None, 1.1, 0.2)
    assert Judged.from_row(judged.to_row()) == judged
    with pytest.raises(ValueError, match="finite"):
        Judged.from_row(judged.to_row() | {"speed_m_s": float("nan")})


@pytest.mark.skipif(not (SHARED / "data/pets").is_dir(), reason="needs PETS2009's annotation in ../shared")
@pytest.mark.parametrize(("factor", "codes"), [(1.0, []), (0.7, ["scale"]), (1.4, ["scale"])])
def test_the_people_of_pets_judge_its_own_calibration(tmp_path, factor, codes):
    lens = TsaiCamera.read(SHARED / "data/pets/View_001.xml")
    site = pets_site(tmp_path, lens)
    right = [list(map(float, pair)) for pair in site.cameras[0].calibration.plan_points]
    toml = tmp_path / "site.toml"
    wrong = [[factor * x, factor * y] for x, y in right]
    toml.write_text(toml.read_text().replace(str(right), str(wrong)))
    path = CameraPath(load_site(tmp_path).cameras[0], rate=7.0)
    for frame, (ids, boxes) in read_truth(SHARED / "data/pets/gt_frames_0001-0398.txt").items():
        inside = np.clip(boxes, 0, [768, 576, 768, 576])
        path.follow(Detections(inside.astype(np.float32), np.full(len(ids), 0.9, np.float32)), frame / 7.0, (768, 576))
    judged = path.judged()
    assert judged.height_m == pytest.approx(1.75 * factor, rel=0.05)
    assert judged.speed_m_s == pytest.approx(0.96 * factor, rel=0.1)
    assert [doubt.code for doubt in judged.doubts()] == codes
