"""Whether the horizon of a calibration lies where no horizon can be: among or below ground that the picture shows."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.homography import Homography
from gis.lens import Floats

ROLL_DEG = 10.0  # own choice: a camera on a wall or a pole is level to within this; people stand upright in its picture
GRID_STEPS = 12  # of the ground, each way


def ground_in_view(homography: Homography, ground: BaseGeometry, size: tuple[int, int]) -> Floats:
    """Return (N, 2) raw pixels of places all over some ground (m), those that lie in a picture of this size."""
    if ground.is_empty or ground.area == 0:
        return np.empty((0, 2))
    west, south, east, north = ground.bounds
    grid = np.stack(np.meshgrid(np.linspace(west, east, GRID_STEPS), np.linspace(south, north, GRID_STEPS)), axis=-1)
    inside = grid.reshape(-1, 2)
    inside = inside[shapely.contains_xy(ground, inside[:, 0], inside[:, 1])]
    pixels = homography.to_image(np.vstack([inside, shapely.get_coordinates(ground)]))
    return pixels[((pixels >= 0) & (pixels <= size)).all(axis=1)]  # NaN, behind the camera, compares as False


def runs_below(homography: Homography, shown: Floats, size: tuple[int, int]) -> bool:
    """Tell whether the horizon runs through a picture below pixels that show the ground.

    What is straight below them, and 10 degrees off the level line to either side, is nearer ground: a camera would have
    to be rolled by more than that for the horizon to come there. So a camera that is mounted upright never gives True.

    Args:
        homography: the map to be judged.
        shown: (N, 2) raw pixels that show the ground.
        size: (width, height) of the picture in px.

    """
    inside = shown[((shown >= 0) & (shown <= size)).all(axis=1)]
    corners = np.concatenate([np.empty((0, 2)), *(_nearer(float(x), float(y), size) for x, y in inside)])
    return bool((homography.below_horizon(corners) < 0).any())


def _nearer(x: float, y: float, size: tuple[int, int]) -> Floats:
    """Return (4, 2) corners of the part of a picture that shows nearer ground than a pixel does."""
    width, height = size
    slope = np.tan(np.radians(ROLL_DEG))
    left, right = max(0.0, x - (height - y) / slope), min(float(width), x + (height - y) / slope)
    return np.array(
        [
            [left, min(float(height), y + slope * x)],
            [right, min(float(height), y + slope * (width - x))],
            [left, height],
            [right, height],
        ]
    )
