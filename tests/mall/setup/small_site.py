"""A small site for setup: camera a looks straight down on ten by ten metres, 100 px a metre; camera b is not placed."""

import json
from pathlib import Path
from typing import Any

from mall.config import Site, load_site

TOML = """# written by hand
[site]
id = "small"
name = "Small"   # what people read

[[camera]]
id = "a"
label = "A"
source = "boxes.jsonl"
level = "1f"
size = [1000, 1000]
[camera.calibration]
image_points = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
plan_points = [[0, 10], [10, 10], [10, 0], [0, 0]]

[[camera]]
id = "b"
source = "boxes.jsonl"
level = "1f"
size = [1000, 1000]
"""


def zone(name: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    properties = {"id": name, "category": "concourse", "level": "1f", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


DOOR = {
    "type": "Feature",
    "properties": {"id": "door", "type": "line", "level": "1f"},
    "geometry": {"type": "LineString", "coordinates": [[2, 0], [2, 4]]},
}
PLAN = {"type": "FeatureCollection", "features": [zone("hall", (0, 0, 10, 5)), zone("far", (5, 5, 15, 10)), DOOR]}


def write_site(folder: Path, toml: str = TOML, plan: dict[str, Any] = PLAN) -> Site:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.toml").write_text(toml)
    (folder / "floorplan.geojson").write_text(json.dumps(plan, indent=1))
    rows = [
        {"camera": c, "frame": n, "t": n / 5, "boxes": [[480, 400, 520, 490, 0.9]]} for n in range(20) for c in "ab"
    ]
    (folder / "boxes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_site(folder.resolve())


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
