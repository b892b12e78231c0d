"""A small mall for tests: two levels, one plaza, one shop, two doors, and hand-made frames of its cameras."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from shapely import LineString, box

from gis.floorplan import FloorPlan, Level, Line, Zone
from mall.config import Site
from mall.models import CameraStatus, PointFrame
from mall.site_file import SiteFile
from mall.store import MemoryStore

T0 = 1_800_000_000.0  # a UTC minute boundary


class Clock:
    """A clock that moves when told."""

    def __init__(self, now: float = T0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def plan() -> FloorPlan:
    """A plaza of 10 x 10 m behind a door, a shop of 10 x 10 m behind it, a gallery upstairs that no camera sees."""
    return FloorPlan(
        levels=(Level("1f", "1F"), Level("2f", "2F")),
        zones=(
            Zone("plaza", "Plaza", "concourse", "1f", box(0, 1, 10, 11), labels={"ja": "広場"}),
            Zone("shop", "Shop", "shop", "1f", box(0, 11, 10, 21), capacity=4),
            Zone("gallery", "Gallery", "walkway", "2f", box(0, 0, 10, 10)),
        ),
        lines=(
            # In is from left to right looking from first to last: westward at y = 1 has the left in the south.
            Line("door", "Door", "1f", LineString([(10, 1), (0, 1)]), zone=None),
            Line("shop-door", "Shop door", "1f", LineString([(10, 11), (0, 11)]), zone="shop"),
        ),
    )


def site(extra: dict[str, Any] | None = None, *, cameras: int = 1) -> Site:
    """Return the site with its cameras on the first floor."""
    rows = [{"id": f"c{i + 1}", "source": f"c{i + 1}.mp4", "level": "1f"} for i in range(cameras)]
    head = {"id": "test", "name": "Test", "timezone": "Asia/Tokyo", "languages": ["en", "ja"]}
    return Site(Path("/nowhere"), SiteFile.model_validate({"site": head, "camera": rows, **(extra or {})}), plan())


class Scene:
    """Publishes what a camera would: points with a frame number, and a status."""

    def __init__(self, store: MemoryStore, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.seq: dict[str, int] = {}

    def status(self, camera: str = "c1", **changes: Any) -> None:
        footprint = [[0.0, 0.0], [10.0, 0.0], [10.0, 21.0], [0.0, 21.0]]
        status = CameraStatus(
            id=camera, level="1f", source="recorded", condition="running", epoch="w", seq=self.seq.get(camera, 0),
            period_s=0.25, rate_fps=4.0, latency_s=0.1, read=1, processed=1, dropped=0, people=0, detector="test",
            fit="exact", footprint=footprint,
        )  # fmt: skip
        self.store.publish_status(replace(status, **changes))

    def frame(self, xy: Any, camera: str = "c1", *, tracks: Any = None, **changes: Any) -> None:
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        n = len(points)
        self.seq[camera] = self.seq.get(camera, 0) + 1
        frame = PointFrame(
            camera=camera, level="1f", epoch="w", seq=self.seq[camera], observed_at=self.clock.now - 0.1, lag_s=0.1,
            period_s=0.25, cut=False, people_raw=n, people=n, band=(n, n), saturated=False,
            track=np.arange(n) if tracks is None else np.asarray(tracks, dtype=np.int64), xy=points,
            cov=np.tile([0.01, 0.0, 0.01], (n, 1)), firm=np.ones(n, dtype=np.bool_),
        )  # fmt: skip
        assert self.store.publish_points(replace(frame, **changes))


def crowd(n: int, *, area: tuple[float, float, float, float] = (0.0, 1.2, 10.0, 11.0)) -> np.ndarray:
    """Return n points evenly spread over an area, at least half a spacing from its edges."""
    x0, y0, x1, y1 = area
    across = int(np.ceil(np.sqrt(n * (x1 - x0) / (y1 - y0)))) or 1
    rows = int(np.ceil(n / across)) or 1
    x = x0 + (np.arange(across) + 0.5) * (x1 - x0) / across
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)[:n]
