"""Tsai's camera model (doi:10.1109/JRA.1987.1087109), as public scenes publish their calibration."""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_GRID_PX = 8.0


@dataclass(frozen=True, eq=False)
class TsaiCamera:
    """A camera over the ground plane Z = 0; lengths in mm unless named otherwise.

    Attributes:
        size: (width, height) px; focal: (fx, fy) px; centre: (cx, cy) px; pixel: size of one, x and y.
        kappa: first-order radial distortion, 1/mm², from distorted to ideal.
        turn: (3, 3) world to camera; shift: (3,).

    """

    size: tuple[int, int]
    focal: Floats
    centre: Floats
    pixel: Floats
    kappa: float
    turn: Floats
    shift: Floats

    @classmethod
    def read(cls, path: Path) -> "TsaiCamera":
        """Read the XML form used by PETS2009."""
        root = ET.parse(path).getroot()  # noqa: S314  the caller's own calibration file
        number = {key: float(value) for part in root for key, value in part.attrib.items()}
        pixel = np.array([number["dpx"] / number["sx"], number["dpy"]])
        return cls(
            (int(number["width"]), int(number["height"])),
            number["focal"] / pixel,
            np.array([number["cx"], number["cy"]]),
            pixel,
            number["kappa1"],
            _rotation(number["rx"], number["ry"], number["rz"]),
            np.array([number["tx"], number["ty"], number["tz"]]),
        )

    def ideal(self, pixels: Floats) -> Floats:
        """Return (N, 2) ideal directions x/z, y/z of raw pixels."""
        seen = (pixels - self.centre) * self.pixel
        seen = seen * (1 + self.kappa * np.square(seen).sum(axis=1, keepdims=True))
        return np.asarray(seen / (self.focal * self.pixel), dtype=np.float64)

    def to_plan(self, pixels: Floats) -> Floats:
        """Return (N, 2) metres on the ground of raw pixels."""
        eye = -self.turn.T @ self.shift
        rays = np.column_stack([self.ideal(pixels), np.ones(len(pixels))]) @ self.turn
        return np.asarray((eye[:2] - rays[:, :2] * (eye[2] / rays[:, 2])[:, None]) / 1000, dtype=np.float64)

    def camera_matrix(self) -> Floats:
        """Return OpenCV's camera matrix."""
        (fx, fy), (cx, cy) = self.focal, self.centre
        return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])

    def distortion(self) -> list[float]:
        """Return OpenCV's k1, k2, p1, p2, k3, fitted to this model over the whole picture by least squares."""
        x, y = np.meshgrid(np.arange(0, self.size[0], _GRID_PX), np.arange(0, self.size[1], _GRID_PX))
        pixels = np.column_stack([x.ravel(), y.ravel()])
        ideal, real = self.ideal(pixels) * self.focal, pixels - self.centre
        square = np.square(self.ideal(pixels)).sum(axis=1, keepdims=True)
        terms = np.stack([(ideal * square**power).ravel() for power in (1, 2, 3)], axis=1)
        k1, k2, k3 = np.linalg.lstsq(terms, (real - ideal).ravel(), rcond=None)[0]
        return [float(k1), float(k2), 0.0, 0.0, float(k3)]


def _rotation(about_x: float, about_y: float, about_z: float) -> Floats:
    (sx, cx), (sy, cy), (sz, cz) = [(math.sin(a), math.cos(a)) for a in (about_x, about_y, about_z)]
    first = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    second = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    third = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(third @ second @ first, dtype=np.float64)
