"""A small site of two storeys with every kind of way: exits, an inner door, stairs, an escalator, a lift."""

import json
from pathlib import Path
from typing import Any

from mall.config import Site, load_site

SITE = """
[site]
id = "ways"
name = "Ways"
languages = ["en", "ja"]
[[level]]
id = "1f"
label = "1F"
[[level]]
id = "2f"
label = "2F"
[egress]
limit_min = 8.0
reference = "fire strategy FS-2, clause 4"
[[contact]]
id = "fire"
kind = "fire_alarm"
level = "1f"
[[contact]]
id = "reed-w"
kind = "door"
item = "door-w"
device = "reed-7"
[[contact]]
id = "esc-run"
kind = "escalator"
item = "esc"
"""


def _feature(shape: str, coordinates: Any, **props: Any) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": props, "geometry": geometry}


def zone(zone_id: str, category: str, level: str, box: tuple[float, float, float, float]) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    ring = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
    return _feature("Polygon", [ring], id=zone_id, label=zone_id.title(), category=category, level=level)


def opening(
    name: str, level: str, line: list[list[float]], ends: tuple[str, str | None], width_m: float
) -> dict[str, Any]:
    more = {"from": ends[0], "to": ends[1]} if ends[1] else {"from": ends[0]}
    return _feature("LineString", line, type="opening", id=name, level=level, width_m=width_m, **more)


FEATURES = [
    zone("hall", "concourse", "1f", (0, 0, 30, 12)),
    zone("shop", "shop", "1f", (0, 12, 12, 20)),
    zone("stairs", "stair", "1f", (12, 12, 15, 18)),
    zone("esc", "escalator", "1f", (16, 12, 18, 18)),
    zone("lift", "lift", "1f", (19, 12, 21, 14)),
    zone("upper", "concourse", "2f", (0, 0, 30, 12)),
    zone("stairs-2", "stair", "2f", (12, 12, 15, 18)),
    zone("esc-2", "escalator", "2f", (16, 12, 18, 18)),
    zone("lift-2", "lift", "2f", (19, 12, 21, 14)),
    opening("door-w", "1f", [[0, 4], [0, 7]], ("hall", None), 3.0),
    opening("door-e", "1f", [[30, 5], [30, 7]], ("hall", None), 2.0),
    opening("gate", "1f", [[4, 12], [6, 12]], ("hall", "shop"), 2.0),
    opening("hall--stairs", "1f", [[12.5, 12], [14.5, 12]], ("hall", "stairs"), 2.0),
    opening("hall--esc", "1f", [[16.5, 12], [17.5, 12]], ("hall", "esc"), 1.0),
    opening("hall--lift", "1f", [[19.5, 12], [20.5, 12]], ("hall", "lift"), 1.0),
    opening("stairs--stairs-2", "1f", [[12.5, 18], [14.5, 18]], ("stairs", "stairs-2"), 2.0),
    opening("esc--esc-2", "1f", [[16.5, 18], [17.5, 18]], ("esc", "esc-2"), 1.0),
    opening("lift--lift-2", "1f", [[21, 12.5], [21, 13.5]], ("lift", "lift-2"), 1.0),
    opening("upper--stairs-2", "2f", [[12.5, 12], [14.5, 12]], ("upper", "stairs-2"), 2.0),
    opening("upper--esc-2", "2f", [[16.5, 12], [17.5, 12]], ("upper", "esc-2"), 1.0),
    opening("upper--lift-2", "2f", [[19.5, 12], [20.5, 12]], ("upper", "lift-2"), 1.0),
]


def ways_site(folder: Path, *, toml: str = SITE, features: list[dict[str, Any]] | None = None) -> Site:
    """Write the site into a folder and load it."""
    (folder / "site.toml").write_text(toml, encoding="utf-8")
    plan = {"type": "FeatureCollection", "features": FEATURES if features is None else features}
    (folder / "floorplan.geojson").write_text(json.dumps(plan), encoding="utf-8")
    return load_site(folder)
