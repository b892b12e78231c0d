"""A mall for drills, small enough to know all of it by heart: a street, a hall behind a door of 1 m, one camera."""

from pathlib import Path
from typing import Any

from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Line, Opening, Zone
from mall.config import Site
from mall.drills.crowd import Crowd, Plan
from mall.drills.stage import Stage
from mall.site_file import SiteFile

DOOR, GATE, BACK = "door", "gate", "back"

SCRIPT = """
id = "full-hall"
lasts_s = {lasts}
[title]
en = "Full hall"
ja = "満員のホール"
[teaches]
en = "It is full."
ja = "満員。"
[asks]
en = "See it."
ja = "確認。"
[places.hall]
zone = "hall"
[[group]]
fills = 2.4
from = "hall"
to = "hall"
within = true
[[expect]]
rules = ["density-walkway", "stalled"]
place = "hall"
severity = "act"
by_s = {lasts}
"""


def plan() -> FloorPlan:
    """A hall of 20 x 6 m with a back door, a door of 1 m in its east side, a street of 10 x 6 m and a gate of 2 m."""
    return FloorPlan(
        levels=(Level("1f", "1F"),),
        zones=(
            Zone("hall", "Hall", "concourse", "1f", box(0, 0, 20, 6)),
            Zone("street", "Street", "entrance", "1f", box(20, 0, 30, 6)),
        ),
        openings=(
            Opening(DOOR, "1f", LineString([(20, 2.5), (20, 3.5)]), 1.0, "hall", "street"),
            Opening(BACK, "1f", LineString([(0, 2.5), (0, 3.5)]), 1.0, "hall", None),
            Opening(GATE, "1f", LineString([(30, 2), (30, 4)]), 2.0, "street", None),
        ),
        lines=(Line("gate-line", "Gate", "1f", LineString([(29, 0), (29, 6)]), zone="street"),),
    )


def site(folder: Path = Path("/nowhere"), **more: Any) -> Site:
    """Return the site; its camera looks straight down on all of it."""
    corners = [[0, 0], [300, 0], [300, 60], [0, 60]]
    camera = {
        "id": "c1", "source": "c1.mp4", "level": "1f", "size": [300, 60],
        "calibration": {"image_points": corners, "plan_points": [[x / 10, y / 10] for x, y in corners]},
    }  # fmt: skip
    head = {"id": "hall", "name": "Hall", "timezone": "Asia/Tokyo", "languages": ["en", "ja"]}
    return Site(folder, SiteFile.model_validate({"site": head, "camera": [camera], **more}), plan())


def stage(folder: Path = Path("/nowhere")) -> Stage:
    return Stage(site(folder))


def with_script(folder: Path, *, lasts: float) -> Path:
    """Write the site's own drill into a folder."""
    (folder / "drills").mkdir()
    (folder / "drills" / "full-hall.toml").write_text(SCRIPT.format(lasts=lasts), encoding="utf-8")
    return folder


def crowd(*plans: Plan) -> Crowd:
    return Crowd(plan(), plans)
