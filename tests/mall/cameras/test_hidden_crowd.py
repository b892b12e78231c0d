"""A crowd that hides itself: true density rises to 4 p/m² while half of the boxes vanish, and the mall is still warned.

The scene is a pinhole camera of the test's own; boxes go through the camera's path, the store and the engine.
"""

import json
from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest

from mall.cameras.accuracy_card import AccuracyCard, HeadCount
from mall.cameras.bands import Trust
from mall.cameras.camera_path import CameraPath
from mall.cameras.eye import Eye
from mall.config import load_site
from mall.engine import Engine
from mall.models import SEVERITIES
from mall.store import MemoryStore
from tests.mall.scene import T0, Clock
from vision.detections import Detections
from vision.source import Frame

STEP = 0.5
SIZE = (1280, 960)
FOCAL = 1100.0
CAMERA = np.array([2.5, -7.0, 5.5])
HALL = [[0, 0], [5, 0], [5, 5], [0, 5], [0, 0]]
AREA = 25.0


def project(points):
    """Pinhole looking north and 35° down; points (N, 3) metres -> (N, 2) px."""
    tilt = np.radians(35.0)
    forward = np.array([0.0, np.cos(tilt), -np.sin(tilt)])
    down = np.array([0.0, -np.sin(tilt), -np.cos(tilt)])
    ray = np.asarray(points, float) - CAMERA
    depth = ray @ forward
    return np.column_stack([SIZE[0] / 2 + FOCAL * ray[:, 0] / depth, SIZE[1] / 2 + FOCAL * (ray @ down) / depth])


def boxes_of(people):
    foot = project(np.column_stack([people, np.zeros(len(people))]))
    head = project(np.column_stack([people, np.full(len(people), 1.7)]))
    half = (foot[:, 1] - head[:, 1]) * 0.17
    boxes = np.column_stack([foot[:, 0] - half, head[:, 1], foot[:, 0] + half, foot[:, 1]])
    return np.clip(boxes, 0, [*SIZE, *SIZE])


@pytest.fixture
def site(tmp_path):
    corners = np.array([[0, 0, 0], [5, 0, 0], [5, 5, 0], [0, 5, 0], [2.5, 2.5, 0]], float)
    properties = {"id": "hall", "category": "concourse", "level": "0"}
    hall = {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [HALL]}}
    (tmp_path / "floorplan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [hall]}))
    (tmp_path / "site.toml").write_text(
        '[site]\nid = "s"\nname = "S"\n[[camera]]\nid = "c"\nsource = "x.mp4"\nlevel = "0"\nrate = 2\n'
        f"size = {list(SIZE)}\n[camera.calibration]\nimage_points = {project(corners).tolist()}\n"
        f"plan_points = {corners[:, :2].tolist()}\n"
    )
    return load_site(tmp_path)


class Mall:
    def __init__(self, site, trust, monkeypatch):
        self.clock = Clock()
        monkeypatch.setattr("mall.cameras.eye.time", SimpleNamespace(monotonic=self.clock))
        self.store = MemoryStore(clock=self.clock)
        camera = site.camera("c")
        self.eye = Eye(camera, CameraPath(camera, rate=2), epoch="e", notify=lambda: None)
        self.eye.trust, self.eye._flowing = trust, True
        self.engine = Engine(site, self.store)
        self.index = 0

    def show(self, boxes):
        self.clock.now += STEP
        found = Detections(boxes.astype(np.float32), np.full(len(boxes), 0.7, np.float32))
        done = Future()
        done.set_result(found)
        frame = Frame(self.index, self.index * STEP, self.clock.now, found, cut=self.index == 0)
        self.eye.pending = (frame, SIZE, done)
        self.index += 1
        points = self.eye.finish(0.0)
        assert points is not None, self.eye.trouble
        assert self.store.publish_points(points)
        self.store.publish_status(self.eye.status())
        self.engine.tick()
        return points

    @property
    def severity(self):
        found = [a for a in self.store.advisories() if a.rule == "density-walkway"]
        return max((SEVERITIES.index(a.severity) for a in found), default=-1)

    @property
    def reading(self):
        return self.store.read_snapshot("0").zones["hall"]


def places(rng, n):
    """People at least 0.4 m apart, the hall's floor filled from random spots."""
    found = []
    while len(found) < n:
        spot = rng.uniform(0.15, 4.85, 2)
        if all(np.hypot(*(spot - other)) > 0.38 for other in found):
            found.append(spot)
    return np.array(found).reshape(-1, 2)


def hidden_first(boxes, people):
    """Return everybody's order, those most covered by somebody nearer first."""
    from vision.nms import inside_matrix

    nearer = people[None, :, 1] < people[:, None, 1]
    return np.argsort(-(inside_matrix(boxes.astype(np.float32), boxes.astype(np.float32)) * nearer).max(axis=1))


def card(most):
    head = AccuracyCard(1.0, 0.7, 0.0, 8, "2026-01-01", "by hand", 1.0, (0.5, 1.5), 2.5)
    return Trust("proven", heads=HeadCount(1.0, 0.0, (2, most), (2, most), most / 2, head))


@pytest.mark.parametrize(
    ("trust", "vanishing"),
    [
        (Trust("unproven"), "random"),
        (Trust("demonstration", 0.95, 0.95), "hidden"),
        (card(20), "hidden"),
        (card(500), "random"),
    ],
)
def test_a_crowd_of_4_per_square_metre_of_which_half_is_seen_warns(site, monkeypatch, trust, vanishing):
    mall, rng = Mall(site, trust, monkeypatch), np.random.default_rng(0)
    everybody = places(rng, round(4 * AREA))
    for _ in range(40):
        mall.show(boxes_of(everybody[:5] + rng.normal(0, 0.01, (5, 2))))
    assert mall.severity == -1, "five people are no danger"
    assert not mall.eye.crowd.is_suspect
    lost = rng.permutation(len(everybody))
    for step in range(120):
        share = min(1.0, step / 80)
        people = everybody[: 5 + round(share * (len(everybody) - 5))] + rng.normal(0, 0.01, (5 + round(share * 95), 2))
        boxes = boxes_of(people)
        order = hidden_first(boxes, people) if vanishing == "hidden" else lost[lost < len(people)]
        kept = np.setdiff1d(np.arange(len(people)), order[: round(share / 2 * len(people))])
        points = mall.show(boxes[kept])
    reading = mall.reading
    assert points.people_raw <= 0.55 * len(everybody), "half of them vanished indeed"
    assert mall.severity >= SEVERITIES.index("warn")
    assert points.suspect, "their boxes tell"
    assert reading.saturated
    assert reading.band[1] is None, "open upward"
    assert mall.severity == SEVERITIES.index("clear"), "judged by what may be hidden, not by the half that is seen"


def test_the_end_of_a_hidden_crowd_is_not_taken_from_a_falling_count(site, monkeypatch):
    """While the crowd is suspected, fewer boxes clear nothing."""
    mall, rng = Mall(site, card(20), monkeypatch), np.random.default_rng(1)
    everybody = places(rng, 100)
    boxes = boxes_of(everybody)
    for _ in range(60):
        mall.show(boxes)
    worst = mall.severity
    assert worst >= SEVERITIES.index("warn")
    nearest = np.argsort(everybody[:, 1])[:25]
    for _ in range(180):
        points = mall.show(boxes[nearest])
    assert points.saturated
    assert mall.severity == worst
    assert mall.clock.now > T0
