"""``bench fusion``: recorded boxes of simulated squares through ``fuse``, against where people were."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from mall.bench.square import DETECTOR, PERFECT, Eye, Scene, around, in_view, record
from mall.bench.walks import Walks
from mall.config import Site, load_site
from mall.recordings.fuse_recorded import fuse_lines, read_lines

Floats = NDArray[np.float64]

NEAR_M = 0.5
SEEDS = (100, 101, 102)
HD, FULL = (1280, 720), (1920, 1080)
CLICK_PX = 1.0


def scenes() -> list[Scene]:
    """Return the squares that are measured."""
    pair = (Eye((5, -5, 5), (5, 6), 800, HD), Eye((-5, 5, 5), (6, 5), 800, HD))
    six = around((20, 20), 6, (4, 5, 6), 800, HD)
    seven = around((36, 12), 7, (2.4, 2.7, 3.0), 1100, FULL)
    high = around((30, 20), 4, (8, 9, 10), 900, HD)
    hall = (
        Eye((-2, 4, 3.5), (12, 4), 700, HD),
        Eye((20, -1.5, 3.5), (20, 6), 600, HD),
        Eye((42, 4, 3.5), (28, 4), 700, HD),
    )
    late = replace(DETECTOR, clock_s=0.4)
    return [
        Scene("two cameras, perfect boxes", (10, 10), 6, pair, (10, 10), PERFECT),
        Scene("two cameras, perfect boxes of bodies", (10, 10), 6, pair, (5, 5), PERFECT, radius=0.16),
        Scene("six cameras, clocks right", (20, 20), 24, six, (5,) * 6, DETECTOR),
        Scene("six cameras, clocks unknown", (20, 20), 24, six, (5,) * 6, late),
        Scene("seven low cameras, 2 a second", (36, 12), 24, seven, (2,) * 7, DETECTOR, radius=0.16),
        Scene("four high cameras", (30, 20), 24, high, (10, 8, 5, 4), DETECTOR, radius=0.16),
        Scene("three cameras along a hall", (40, 8), 20, hall, (3, 5, 7), replace(DETECTOR, clock_s=0.2)),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """How far ``fuse`` is from the truth.

    Attributes:
        mae, mse: mean absolute and mean squared error of the count; recall, precision: at NEAR_M.
        place_m: mean distance of those found; speed_sd: standard deviation of their speed's error, m/s.

    """

    mae: float
    mse: float
    recall: float
    precision: float
    place_m: float
    speed_sd: float


def run() -> None:
    """Print a row a square, means over SEEDS, and as last line the worst of each figure.

    ``mae``, ``recall`` and ``precision`` are of detector-like boxes, the others of two cameras with perfect boxes.
    """
    columns = [column.name for column in fields(Score)]
    print(f"{'square':<38}" + "".join(f"{name:>10}" for name in columns))
    table: list[tuple[Scene, Floats]] = []
    for scene in scenes():
        scores = [measure(scene, seed) for seed in SEEDS]
        table.append((scene, np.mean([[getattr(each, name) for name in columns] for each in scores], axis=0)))
        print(f"{scene.name:<38}" + "".join(f"{value:>10.3f}" for value in table[-1][1]), flush=True)
    perfect = np.array([row for scene, row in table if scene.faults == PERFECT])
    found = np.array([row for scene, row in table if scene.faults != PERFECT])
    worst = {"mae": found[:, 0].max(), "recall": found[:, 2].min(), "precision": found[:, 3].min(),
             "mse": perfect[:, 1].max(), "place_m": perfect[:, 4].max(), "speed_sd": perfect[:, 5].max()}  # fmt: skip
    print(" ".join(f"{name} {value:.3f}" for name, value in worst.items()))


def measure(scene: Scene, seed: int) -> Score:
    """Return how well ``fuse`` finds the people of one square."""
    walks, lines, _ = record(scene, seed)
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as folder:
        site = _site(scene, Path(folder), seed)
        files = []
        for camera, rows in lines.items():
            files.append(Path(folder) / f"{camera}.jsonl")
            files[-1].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        fused = list(fuse_lines(read_lines(files, site), site))
    return score(scene, walks, fused)


def score(scene: Scene, walks: Walks, fused: Sequence[dict[str, Any]]) -> Score:
    """Compare the lines of ``fuse`` with the truth: whoever is in the picture of any camera."""
    off, found, gaps, speeds = [], 0, [], []
    for row in fused:
        real, velocity = _truth(scene, walks, row["t"])
        guess = np.array([person["position"] for person in row["people"]]).reshape(-1, 2)
        pace = np.array([person["velocity"] or (np.nan, np.nan) for person in row["people"]]).reshape(-1, 2)
        off.append(len(guess) - len(real))
        apart = np.linalg.norm(real[:, None] - guess[None], axis=2)
        i, j = linear_sum_assignment(np.minimum(apart, NEAR_M * 1.001))
        i, j = i[apart[i, j] <= NEAR_M], j[apart[i, j] <= NEAR_M]
        found += len(guess)
        gaps.append(apart[i, j])
        speeds.append(np.linalg.norm(pace[j], axis=1) - np.linalg.norm(velocity[i], axis=1))
    error, near = np.array(off), np.concatenate(gaps)
    true = found - int(error.sum())
    return Score(
        float(np.abs(error).mean()), float((error**2).mean()), len(near) / max(true, 1), len(near) / max(found, 1),
        float(near.mean()), float(np.nanstd(np.concatenate(speeds))),
    )  # fmt: skip


def _truth(scene: Scene, walks: Walks, t: float) -> tuple[Floats, Floats]:
    """Return (N, 2) m and (N, 2) m/s of the people in view."""
    places = walks.at(t)
    who = np.isfinite(places[:, 0])
    who[who] = in_view(scene, places[who], walks.heights[who])
    return places[who], walks.velocity(t)[who]


def _site(scene: Scene, folder: Path, seed: int) -> Site:
    rng = np.random.default_rng(seed + 5000)
    width, depth = scene.area
    ring = [[0, 0], [width, 0], [width, depth], [0, depth], [0, 0]]
    zone = {"type": "Feature", "properties": {"id": "square", "category": "atrium", "level": "1f"},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    plan = {"type": "FeatureCollection", "features": [zone]}
    (folder / "floorplan.geojson").write_text(json.dumps(plan), encoding="utf-8")
    tables = ['[site]\nid = "square"\nname = "Square"\n']
    for i, eye in enumerate(scene.eyes):
        image, metres = _pairs(eye, scene, rng)
        tables.append(
            f'[[camera]]\nid = "c{i}"\nsource = "c{i}.jsonl"\nlevel = "1f"\nsize = {list(eye.size)}\n'
            f"[camera.calibration]\nimage_points = {image.tolist()}\nplan_points = {metres.tolist()}\n"
        )
    (folder / "site.toml").write_text("".join(tables), encoding="utf-8")
    return load_site(folder)


def _pairs(eye: Eye, scene: Scene, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return eight pairs that somebody clicked, spread over what the camera sees of the square."""
    x, y = np.meshgrid(np.linspace(0, scene.area[0], 13), np.linspace(0, scene.area[1], 13))
    grid = np.column_stack([x.ravel(), y.ravel()])
    pixels = eye.project(np.column_stack([grid, np.zeros(len(grid))]))
    inside = (pixels > 0).all(axis=1) & (pixels < eye.size).all(axis=1)
    grid, pixels = grid[inside], pixels[inside]
    chosen = [int(pixels[:, 1].argmax())]
    while len(chosen) < 8:
        chosen.append(int(np.min([np.linalg.norm(pixels - pixels[c], axis=1) for c in chosen], axis=0).argmax()))
    return pixels[chosen] + rng.normal(0, CLICK_PX, (8, 2)), grid[chosen]
