"""Print the [camera.calibration] tables of the two plaza films for site.toml.

Run: python sample_footage/make/calibration.py

The scene's makers published a Tsai calibration (R. Y. Tsai 1987, doi:10.1109/JRA.1987.1087109). Its lens model runs from
distorted to ideal, OpenCV's from ideal to distorted, so OpenCV's radial terms are fitted to it over the whole picture;
everything else is carried over exactly. The world's ground is placed on the plan by half a turn and a shift.
"""

import math

import numpy as np
from films import CROPS, HEIGHT
from numpy.typing import NDArray

WIDTH = 768
# Tsai's figures for view 1 of PETS2009; lengths in mm
FOCAL, KAPPA, CX, CY, SX = 5.5549183034, 5.1113043639e-3, 324.22149053, 282.56650051, 1.0937855397
DPX, DPY = 5.1273271277e-3, 4.65e-3
TURNS = 2.0405458695, -0.89337703748, -0.43056124791
SHIFT = np.array([828.73214225, -3175.4796051, 35469.298547])

PLAN_SHIFT = 19.0, 9.9  # the plan is (19.0 - X, 9.9 - Y) metres: half a turn, then a shift; nothing is mirrored
CLICKS = [(30, 190), (200, 150), (430, 180), (70, 330), (260, 260), (430, 340), (40, 540), (230, 450), (420, 545)]  # in each crop

Floats = NDArray[np.float64]


def rotation() -> Floats:
    """Return world -> camera, Rz Ry Rx."""
    (sx, cx), (sy, cy), (sz, cz) = [(math.sin(a), math.cos(a)) for a in TURNS]
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def distorted(pixels: Floats) -> Floats:
    """Return the (N, 2) distorted directions x/z, y/z of pixels of the whole picture."""
    return np.c_[(pixels[:, 0] - CX) * DPX / SX, (pixels[:, 1] - CY) * DPY] / FOCAL


def undistorted(pixels: Floats) -> Floats:
    """Return the (N, 2) ideal directions, by Tsai's Xu = Xd (1 + kappa r²)."""
    rays = distorted(pixels)
    return rays * (1 + KAPPA * np.square(rays * FOCAL).sum(1, keepdims=True))


def to_plan(pixels: Floats) -> Floats:
    """Return the (N, 2) plan metres of the ground seen at pixels of the whole picture."""
    turn = rotation()
    eye = -turn.T @ SHIFT
    rays = np.c_[undistorted(pixels), np.ones(len(pixels))] @ turn
    world = eye[:2] - rays[:, :2] * (eye[2] / rays[:, 2])[:, None]
    return np.array(PLAN_SHIFT) - world / 1000


def camera_matrix(left: int) -> Floats:
    """Return OpenCV's camera matrix of the crop that starts ``left`` pixels from the picture's left edge."""
    return np.array([[FOCAL * SX / DPX, 0, CX - left], [0, FOCAL / DPY, CY], [0, 0, 1]])


def distortion() -> tuple[list[float], float]:
    """Return OpenCV's [k1, k2, p1, p2, k3] and the largest residual in pixels over the whole picture."""
    x, y = np.meshgrid(np.arange(0, WIDTH, 4.0), np.arange(0, HEIGHT, 4.0))
    pixels = np.c_[x.ravel(), y.ravel()]
    ideal, real = undistorted(pixels), distorted(pixels)
    scale = np.array([FOCAL * SX / DPX, FOCAL / DPY])
    r2 = np.square(ideal).sum(1)
    terms = np.stack([(ideal * scale * r2[:, None] ** power).ravel() for power in (1, 2, 3)], axis=1)
    wanted = ((real - ideal) * scale).ravel()
    k, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    return [float(k[0]), float(k[1]), 0.0, 0.0, float(k[2])], float(np.abs(terms @ k - wanted).max())


def block(name: str) -> str:
    """Return the toml table of one film."""
    left, _ = CROPS[name]
    clicks = np.array(CLICKS, float)
    plan = to_plan(clicks + [left, 0])
    terms, residual = distortion()
    rows = ", ".join("[" + ", ".join(f"{v:.4f}" if v else "0.0" for v in row) + "]" for row in camera_matrix(left)[:2])
    return "\n".join([
        f"# {name}: the lens fits Tsai's within {residual:.4f} px",
        "[camera.calibration]",
        "image_points = [" + ", ".join(f"[{x}, {y}]" for x, y in CLICKS) + "]",
        "plan_points = [" + ", ".join(f"[{x:.3f}, {y:.3f}]" for x, y in plan) + "]",
        f"camera_matrix = [{rows}, [0.0, 0.0, 1.0]]",
        "distortion = [" + ", ".join(f"{v:.8g}" for v in terms) + "]",
    ])


if __name__ == "__main__":
    for film in CROPS:
        print(block(film) + "\n")
    eye = -rotation().T @ SHIFT / 1000
    print(f"# the camera stands at ({PLAN_SHIFT[0] - eye[0]:.2f}, {PLAN_SHIFT[1] - eye[1]:.2f}) m of the plan, {eye[2]:.2f} m high")
