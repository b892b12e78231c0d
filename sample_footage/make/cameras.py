"""The virtual cameras of the simulated storeys: each looks straight down on a rectangle; print their tables for site.toml.

Run: python sample_footage/make/cameras.py

No camera looks into rest rooms, staff areas and the bakery. Where a rectangle ends at a wall, "up" in the picture points
where nobody stands, so that no box is cut by the frame there.
"""

import math
from dataclasses import dataclass

import numpy as np
from floorplan import east
from numpy.typing import NDArray

PX_PER_M = 25


@dataclass(frozen=True)
class View:
    """A camera over the rectangle low..high, in plan metres or, ``turned``, in metres along the east wing."""

    id: str
    label: str
    level: str
    low: tuple[float, float]
    high: tuple[float, float]
    up: str = "north"
    turned: bool = False

    def corners(self) -> NDArray[np.float64]:
        """Return the plan points of the picture's corners: top left, top right, bottom right, bottom left."""
        (x0, y0), (x1, y1) = self.low, self.high
        ring = [(x0, y1), (x1, y1), (x1, y0), (x0, y0)]  # of a picture whose top is north
        turns = {"north": 0, "west": 3, "south": 2, "east": 1}[self.up]
        ring = ring[turns:] + ring[:turns]
        return np.array([east(*p) if self.turned else p for p in ring])

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) in pixels."""
        top_left, top_right, bottom_right, _ = self.corners()
        return round(math.dist(top_left, top_right) * PX_PER_M), round(math.dist(top_right, bottom_right) * PX_PER_M)

    def to_image(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (N, 2) pixels of plan points."""
        top_left, top_right, _, bottom_left = self.corners()
        axes = np.array([(top_right - top_left), (bottom_left - top_left)])
        return (metres - top_left) @ axes.T / np.square(axes).sum(1) * np.array(self.size)


VIEWS = (
    View("west", "West wing", "1f", (-1, 39), (28, 53), "west"),
    View("south-west", "South-west shops", "1f", (10, 26.4), (28, 41), "south"),
    View("atrium", "Atrium", "1f", (26.2, 33.6), (38.2, 49.6)),
    View("landing", "Escalator landing", "1f", (28, 46), (36, 60)),
    View("south", "South entrance", "1f", (26.4, 26.7), (35.6, 36.7)),
    View("east-1", "East wing, inner", "1f", (5, -3), (19, 12.2), turned=True),
    View("east-2", "East wing, outer", "1f", (18, -3), (33.6, 12.2), turned=True),
    View("grocery", "Grocery", "1f", (0.8, -15.2), (17, -2), "south", turned=True),
    View("cinema", "Cinema foyer", "2f", (4, 36), (25, 53), "west"),
    View("galleries", "Galleries", "2f", (15, 26.4), (37.4, 50), "south"),
    View("head", "Escalator head", "2f", (25, 46), (37, 63.2)),
    View("food", "Food court", "2f", (0.8, -15.6), (21, -2), "south", turned=True),
    View("gallery-east", "Gallery East", "2f", (5, -3), (33, 12.2), turned=True),
)


def table(view: View) -> str:
    """Return the [[camera]] table of a view."""
    width, height = view.size
    pixels = [[0, 0], [width, 0], [width, height], [0, height]]
    metres = ", ".join(f"[{x:.3f}, {y:.3f}]" for x, y in view.corners())
    return f"""[[camera]]
id = "{view.id}"
label = "{view.label}"
source = "mall-{view.level}.jsonl"
level = "{view.level}"
rate = 4
fps = 4.0
size = [{width}, {height}]
loop = true
simulated = true
[camera.calibration]
image_points = {pixels}
plan_points = [{metres}]
"""


if __name__ == "__main__":
    for each in VIEWS:
        print(table(each))
