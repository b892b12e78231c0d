"""Made-up malls of any size for benchmarks: rows of equal cells, and people spread over them."""

from math import ceil, cos, pi, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, box

from gis.floorplan import FloorPlan, Level, Zone
from vision.detections import Detections

CELL_M = 6.0
LEVEL = "1f"
CORNERS = 24
VIEW_M, VIEW_PX = 20.0, 1000


def grid_plan(zones: int, *, corners: int = 4) -> FloorPlan:
    """Return a level of so many zones in cells of 6 x 6 m: rectangles that touch, or polygons of many corners."""
    columns = ceil(sqrt(zones))
    rows = [_zone(number, number % columns, number // columns, corners) for number in range(zones)]
    return FloorPlan(levels=(Level(LEVEL, "1F"),), zones=tuple(rows))


def _zone(number: int, column: int, row: int, corners: int) -> Zone:
    x, y = column * CELL_M, row * CELL_M
    shape = box(x, y, x + CELL_M, y + CELL_M)
    if corners != 4:
        radius = CELL_M / 2
        turns = [2 * pi * (k + 0.5) / corners for k in range(corners)]
        # Every second corner is drawn in, so that the outline is not convex.
        reach = [radius * (1.0 if k % 2 else 0.8) for k in range(corners)]
        shape = Polygon([(x + radius + r * cos(a), y + radius + r * sin(a)) for a, r in zip(turns, reach, strict=True)])
    return Zone(f"zone-{number}", f"Zone {number}", "concourse", LEVEL, shape)


def crowd_on(plan: FloorPlan, people: int, *, seed: int = 1) -> NDArray[np.float64]:
    """Return (N, 2) m spread evenly over the rectangle around the zones."""
    dice = np.random.default_rng(seed)
    edges = np.array([zone.polygon.bounds for zone in plan.zones])
    return dice.uniform(edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0), (people, 2))


def camera_row(number: int, across: int, *, rate: float, view_m: float = VIEW_M) -> dict[str, Any]:
    """Return a camera of a site file that looks straight down on a square of its own, so many in a row."""
    x, y = number % across * view_m, number // across * view_m
    far_x, far_y = x + view_m, y + view_m
    return {
        "id": f"c{number}", "source": "boxes.jsonl", "level": LEVEL, "rate": rate, "size": [VIEW_PX, VIEW_PX],
        "simulated": True,
        "calibration": {
            "image_points": [[0, 0], [VIEW_PX, 0], [VIEW_PX, VIEW_PX], [0, VIEW_PX]],
            "plan_points": [[x, far_y], [far_x, far_y], [far_x, y], [x, y]],
        },
    }  # fmt: skip


class Walkers:
    """People of one camera who walk straight on and turn at the edge of its picture."""

    def __init__(self, people: int, seed: int, *, view_m: float = VIEW_M) -> None:
        dice = np.random.default_rng(seed)
        self._xy: NDArray[np.float64] = dice.uniform(60, VIEW_PX - 60, (people, 2))
        angle = dice.uniform(0, 2 * np.pi, people)
        self._speed: NDArray[np.float64] = 1.2 * VIEW_PX / view_m * np.column_stack([np.cos(angle), np.sin(angle)])

    def boxes(self, elapsed_s: float) -> Detections:
        """Return their boxes after so many seconds more."""
        self._xy += self._speed * elapsed_s
        outside = (self._xy < 50) | (self._xy > VIEW_PX - 50)
        self._speed[outside] *= -1
        self._xy = np.clip(self._xy, 50, VIEW_PX - 50)
        half = np.array([12.0, 15.0])
        corners = np.hstack([self._xy - half, self._xy + half]).astype(np.float32)
        return Detections(corners, np.full(len(corners), 0.9, np.float32))
