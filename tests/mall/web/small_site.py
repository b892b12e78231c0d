"""A small two-storey site for the tests of the interface, written into a folder and read back as any other."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mall.config import Site, load_site

SITE = """
[site]
id = "small"
name = "Small Mall"
timezone = "Asia/Tokyo"
languages = ["ja", "en"]
[[level]]
id = "1f"
label = "1F"
[[level]]
id = "2f"
label = "2F"
[[camera]]
id = "hall-cam"
label = "Hall, west"
source = "hall.mp4"
level = "1f"
[[popup]]
id = "matcha"
label = "Matcha Bar"
pitch = "hall"
tenant = "Matcha Bar"
device = "kit-07"
from = "2026-11-19"
to = "2026-11-28"
simulated = true
footprint = [[4, 4], [7, 4], [7, 6], [4, 6]]
[[popup.sensor]]
id = "co2"
kind = "co2"
unit = "ppm"
high = 1000
period_s = 10
[[popup.sensor]]
id = "temp"
kind = "temperature"
unit = "°C"
low = 18
high = 26
period_s = 10
[[popup.sensor]]
id = "door"
kind = "door"
[[popup]]
id = "denim"
pitch = "plaza"
device = "kit-03"
[[popup.sensor]]
id = "noise"
kind = "noise"
unit = "dB"
high = 75
"""


def _box(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}


def _zone(zone: str, category: str, level: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    properties = {"id": zone, "label": zone.title(), "category": category, "level": level} | more
    return {"type": "Feature", "properties": properties, "geometry": _box(*box)}


FEATURES = [
    _zone("hall", "concourse", "1f", (0, 0, 30, 12), label_ja="ホール", label_en="Hall"),
    _zone("plaza", "entrance", "1f", (0, -20, 30, 0), label_ja="広場"),
    _zone("corner", "concourse", "1f", (30, 0, 34, 4), parent="hall"),
    _zone("books", "shop", "1f", (0, 12, 10, 20), label_ja="こもれび書店"),
    _zone("wc", "restroom", "1f", (10, 12, 14, 20)),
    _zone("office", "staff", "1f", (14, 12, 30, 20), label_ja="事務室"),
    _zone("upper", "concourse", "2f", (0, 0, 30, 12), label_ja="上のホール"),
]


DOOR = {
    "type": "Feature",
    "properties": {"type": "line", "id": "door", "label": "Door", "level": "1f"},
    "geometry": {"type": "LineString", "coordinates": [[0, 4], [0, 8]]},
}


DURING = 1_795_239_127.0
"""UTC seconds, between the dates of the pop-up space: its footprint takes floor whatever the day of the test."""


def write_site(
    folder: Path, more: Sequence[dict[str, Any]] = (), *, name: str = "Small Mall", hall: str = "Hall", toml: str = SITE
) -> Site:
    """Write the site, with more features on its plan and other names, into a folder and load it."""
    (folder / "site.toml").write_text(toml.replace("Small Mall", name), encoding="utf-8")
    first = {**FEATURES[0], "properties": FEATURES[0]["properties"] | {"label": hall, "label_en": hall}}
    plan = {"type": "FeatureCollection", "features": [first, *FEATURES[1:], *more]}
    (folder / "floorplan.geojson").write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    return load_site(folder, now=DURING)
