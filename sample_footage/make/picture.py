"""Draw a plan to a PNG with OpenCV, to look at while drawing or simulating."""

from pathlib import Path

import cv2
import numpy as np

SCALE = 22  # pixels a metre
MARGIN_M = 2.0
TINT = {"shop": (70, 55, 40), "staff": (25, 25, 25), "restroom": (60, 40, 60), "popup": (40, 110, 110), "stair": (50, 70, 90),
        "escalator": (90, 60, 20), "lift": (90, 60, 20), "entrance": (60, 90, 40)}


def draw(plan: dict, target: Path, people: dict[str, np.ndarray] | None = None) -> None:
    """Draw every level side by side; ``people`` are (N, 2) metres by level."""
    levels = list(dict.fromkeys(f["properties"]["level"] for f in plan["features"]))
    cv2.imwrite(str(target), np.hstack([_level(plan, level, (people or {}).get(level)) for level in levels]))


def _level(plan: dict, level: str, people: np.ndarray | None) -> np.ndarray:
    rings = [f["geometry"]["coordinates"][0] for f in plan["features"] if f["geometry"]["type"] == "Polygon"]
    points = np.array([p for ring in rings for p in ring])
    low, high = points.min(0) - MARGIN_M, points.max(0) + MARGIN_M
    image = np.full((int((high[1] - low[1]) * SCALE), int((high[0] - low[0]) * SCALE), 3), 12, np.uint8)

    def px(coordinates: list) -> np.ndarray:
        metres = np.atleast_2d(np.array(coordinates, float))
        return np.c_[(metres[:, 0] - low[0]) * SCALE, (high[1] - metres[:, 1]) * SCALE].astype(np.int32)

    found = [f for f in plan["features"] if f["properties"]["level"] == level]
    for feature in sorted(found, key=lambda f: ["zone", "fixture", "opening", "line"].index(f["properties"]["type"])):
        _feature(image, feature, px)
    for point in px(people) if people is not None and len(people) else ():
        cv2.circle(image, tuple(int(v) for v in point), 4, (255, 255, 255), -1, cv2.LINE_AA)
    return image


def _feature(image: np.ndarray, feature: dict, px) -> None:
    props, coordinates = feature["properties"], feature["geometry"]["coordinates"]
    if props["type"] == "zone":
        cv2.fillPoly(image, [px(ring) for ring in coordinates], TINT.get(props["category"], (60, 60, 50)))
        cv2.polylines(image, [px(coordinates[0])], True, (170, 170, 170), 2, cv2.LINE_AA)
        x, y = px(coordinates[0]).mean(0).astype(int)
        text = props["label"].encode("ascii", "replace").decode()
        cv2.putText(image, text, (x - 4 * len(text), y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    elif props["type"] == "fixture":
        cv2.fillPoly(image, [px(coordinates[0])], (100, 100, 100))
    elif props["type"] == "opening":
        cv2.polylines(image, [px(coordinates)], False, (80, 220, 80), 3, cv2.LINE_AA)
    else:
        a, b = px(coordinates)
        cv2.line(image, a, b, (60, 60, 255), 2, cv2.LINE_AA)
        along = (b - a) / max(np.hypot(*(b - a)), 1)
        tip = (a + b) / 2 + 16 * np.array([-along[1], along[0]])  # pixels point down, so this is to the right, the side of "in"
        cv2.arrowedLine(image, ((a + b) // 2).astype(int), tip.astype(int), (60, 60, 255), 2, cv2.LINE_AA, tipLength=0.4)
