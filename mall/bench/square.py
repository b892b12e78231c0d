"""A simulated square whose cameras see people as a detector would; the same seed makes the same square."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mall.bench.walks import Walks, walk

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RIM = np.linspace(0, 2 * np.pi, 8, endpoint=False)
SHOWN_FROM = 0.5  # of a box in the picture, and somebody is in view
HIDES_FROM = 0.75  # of a box that others cover, and the detector misses it


@dataclass(frozen=True, slots=True)
class Eye:
    """A camera without a lens error over the floor.

    Attributes:
        place: x, y, height m; aim: x, y of the floor in the middle of the picture; focal: px; size: (width, height) px.

    """

    place: tuple[float, float, float]
    aim: tuple[float, float]
    focal: float
    size: tuple[int, int]

    @property
    def matrix(self) -> Floats:
        """Return the (3, 4) projection from metres to pixels."""
        forward = np.array([*self.aim, 0.0]) - self.place
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        turn = np.array([right, np.cross(forward, right), forward])
        width, height = self.size
        inner = np.array([[self.focal, 0, width / 2], [0, self.focal, height / 2], [0, 0, 1.0]])
        return np.asarray(inner @ np.column_stack([turn, -turn @ self.place]), dtype=np.float64)

    def project(self, xyz: Floats) -> Floats:
        """Return (N, 2) pixels of (N, 3) metres, NaN behind the camera."""
        seen = np.column_stack([xyz, np.ones(len(xyz))]) @ self.matrix.T
        return np.where(seen[:, 2:] > 0.3, seen[:, :2] / np.where(seen[:, 2:] > 0.3, seen[:, 2:], 1), np.nan)

    def boxes(self, xy: Floats, heights: Floats, radius: float) -> Floats:
        """Return (N, 4) boxes around upright bodies; those of no width are as wide as usual for their height."""
        rim = np.column_stack([np.cos(RIM), np.sin(RIM)]) * radius
        corners = (xy[:, None, :] + rim[None]).repeat(2, axis=1)
        up = np.stack([np.zeros((len(xy), len(RIM))), np.repeat(heights[:, None], len(RIM), axis=1)], axis=2)
        pixels = self.project(np.column_stack([corners.reshape(-1, 2), up.reshape(-1)]))
        pixels = pixels.reshape(len(xy), 2 * len(RIM), 2)
        low, high = pixels.min(axis=1), pixels.max(axis=1)
        if not radius:
            half = 0.2 * (high[:, 1] - low[:, 1])
            middle = (low[:, 0] + high[:, 0]) / 2
            low[:, 0], high[:, 0] = middle - half, middle + half
        return np.hstack([low, high])


@dataclass(frozen=True, slots=True)
class Faults:
    """What a detector and a clock do to boxes.

    Attributes:
        missing: share of boxes; jitter: of a box's height, of each edge; legs: share of boxes that lack a quarter to
            a half of their height below; false: boxes a picture on nobody; clock_s: a camera's error is up to this.
        outage_s: for this long one camera sends nothing.

    """

    missing: float = 0.0
    jitter: float = 0.0
    legs: float = 0.0
    false: float = 0.0
    clock_s: float = 0.0
    outage_s: float = 0.0


PERFECT = Faults()
DETECTOR = Faults(missing=0.15, jitter=0.02, legs=0.15, false=0.4, outage_s=10.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """A square of (width, depth) m with about ``people`` in it, its cameras, their rate and faults.

    ``radius`` is that of the bodies boxes are drawn around, 0 where a box ends at the foot point itself.
    """

    name: str
    area: tuple[float, float]
    people: int
    eyes: tuple[Eye, ...]
    rates: tuple[float, ...]
    faults: Faults
    radius: float = 0.0
    seconds: float = 60.0


def look(
    eye: Eye, scene: Scene, places: Floats, heights: Floats, rng: np.random.Generator
) -> tuple[list[list[float]], Bools]:
    """Return the boxes of one picture, and (N,) who is in the picture, found or not."""
    faults = scene.faults
    here = np.flatnonzero(np.isfinite(places[:, 0]))
    boxes = eye.boxes(places[here], heights[here], scene.radius)
    (width, height), far = eye.size, np.hypot(*(places[here] - eye.place[:2]).T)
    cut = np.clip(boxes, 0, [width, height, width, height])
    inside = np.prod(cut[:, 2:] - cut[:, :2], axis=1) >= SHOWN_FROM * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    shown = np.zeros(len(places), np.bool_)
    shown[here[inside]] = True
    boxes, far = boxes[inside], far[inside]
    found = np.ones(len(boxes), np.bool_)
    if faults != PERFECT:
        found = (rng.random(len(boxes)) >= faults.missing) & (_covered(boxes, far) < HIDES_FROM)
    boxes = _blurred(boxes[found], faults, rng)
    boxes = np.vstack([boxes, _nobody(eye, scene, rng)])
    boxes[:, [0, 2]], boxes[:, [1, 3]] = np.clip(boxes[:, [0, 2]], 0, width), np.clip(boxes[:, [1, 3]], 0, height)
    boxes = boxes[(boxes[:, 2] - boxes[:, 0] > 2) & (boxes[:, 3] - boxes[:, 1] > 4)]
    return [[*np.round(box, 1).tolist(), round(float(rng.uniform(0.55, 0.95)), 2)] for box in boxes], shown


def _covered(boxes: Floats, far: Floats) -> Floats:
    """Return (N,) the largest share of each box that a nearer one covers."""
    if not len(boxes):
        return np.zeros(0)
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2) / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
    return np.asarray((shared * (far[None] < far[:, None])).max(axis=1), dtype=np.float64)


def _blurred(boxes: Floats, faults: Faults, rng: np.random.Generator) -> Floats:
    tall = (boxes[:, 3] - boxes[:, 1])[:, None]
    boxes = boxes + rng.normal(0, 1, boxes.shape) * faults.jitter * tall
    legless = rng.random(len(boxes)) < faults.legs
    boxes[:, 3] -= np.where(legless, rng.uniform(0.25, 0.5, len(boxes)), 0.0) * tall[:, 0]
    return boxes


def _nobody(eye: Eye, scene: Scene, rng: np.random.Generator) -> Floats:
    count = rng.poisson(scene.faults.false)
    at = rng.uniform(0, scene.area, (count, 2))
    boxes = eye.boxes(at, rng.uniform(1.2, 1.9, count), scene.radius)
    return boxes[np.isfinite(boxes).all(axis=1)]


def record(scene: Scene, seed: int) -> tuple[Walks, dict[str, list[dict[str, object]]], dict[str, float]]:
    """Return the walks, the recorded boxes by camera, and by how much each camera's clock is wrong (t - true, s)."""
    rng = np.random.default_rng(seed)
    walks = walk(scene.area, scene.people, scene.seconds, rng)
    clocks = {f"c{i}": float(rng.uniform(-1, 1) * scene.faults.clock_s) for i in range(len(scene.eyes))}
    lost, since = f"c{rng.integers(len(scene.eyes))}", rng.uniform(0.2, 0.6) * scene.seconds
    lines: dict[str, list[dict[str, object]]] = {}
    for i, (eye, rate) in enumerate(zip(scene.eyes, scene.rates, strict=True)):
        name = f"c{i}"
        lines[name] = []
        for frame in range(int(scene.seconds * rate)):
            t = frame / rate
            if scene.faults.outage_s and name == lost and since <= t < since + scene.faults.outage_s:
                continue
            boxes, _ = look(eye, scene, walks.at(t), walks.heights, rng)
            lines[name].append({"camera": name, "frame": frame, "t": round(t + clocks[name], 4), "boxes": boxes})
    return walks, lines, clocks


def in_view(scene: Scene, places: Floats, heights: Floats) -> Bools:
    """Return (N,) who is in the picture of any camera, hidden or not."""
    rng = np.random.default_rng(0)
    plain = Scene(scene.name, scene.area, scene.people, scene.eyes, scene.rates, PERFECT, scene.radius)
    return np.asarray(np.any([look(eye, plain, places, heights, rng)[1] for eye in scene.eyes], axis=0), np.bool_)


def around(
    area: tuple[float, float], count: int, height: Sequence[float], focal: float, size: tuple[int, int]
) -> tuple[Eye, ...]:
    """Return cameras evenly round a square, a metre outside, that look at its middle parts."""
    width, depth = area
    rim = 2 * (width + depth)
    eyes = []
    for i in range(count):
        s = (i + 0.5) / count * rim
        if s < width:
            at = (s, -1.0)
        elif s < width + depth:
            at = (width + 1.0, s - width)
        elif s < 2 * width + depth:
            at = (2 * width + depth - s, depth + 1.0)
        else:
            at = (-1.0, rim - s)
        aim = (0.5 * width + 0.25 * (at[0] - width / 2), 0.5 * depth + 0.1 * (at[1] - depth / 2))
        eyes.append(Eye((*at, height[i % len(height)]), aim, focal, size))
    return tuple(eyes)
