"""The cameras of a drill: those of the site, which see the simulated people on the ground that they see in the mall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan
from gis.outline import ground_in
from mall.config import Site
from mall.models import CameraStatus, PointFrame, Source
from mall.reading.coverage import Coverage, calibrated_ring
from mall.site_file import Camera
from mall.store import Store

PERIOD_S = 0.5
STATUS_EVERY = 2  # pictures; so often too where nobody was and is
LAG_S = 0.05
SPREAD_M2 = 0.01  # variance of a place
EPOCH = "drill"
CARD = "simulated"

Ring = Sequence[Sequence[float]]
People = Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]


@dataclass(frozen=True, slots=True)
class Views:
    """What each camera sees: ``rings`` as they travel, ``grounds`` as areas; absent where it is not known."""

    rings: Mapping[str, Ring]
    grounds: Mapping[str, BaseGeometry]

    def shares(self, plan: FloorPlan) -> dict[str, float]:
        """Return zone -> share (0…1) of its walkable area that cameras see."""
        found: dict[str, float] = {}
        for level in plan.levels:
            coverage = Coverage(plan, level.id)
            coverage.learn(self.rings)
            found |= coverage.shares(self.rings)
        return found


def views_of(site: Site, heard: Mapping[str, CameraStatus] | None = None) -> Views:
    """Return what the site's cameras see: as they said it themselves, else as their calibration tells."""
    rings: dict[str, Ring] = {}
    for camera in site.cameras:
        said = (heard or {}).get(camera.id)
        ring = (said.footprint if said is not None else None) or calibrated_ring(camera)
        if ring is not None and len(ring) >= 3:
            rings[camera.id] = ring
    return Views(rings, {camera: ground_in(ring) for camera, ring in rings.items()})


class DrillCameras:
    """Publishes what the cameras see, as workers would; who is not placed by any camera is seen by none."""

    def __init__(self, site: Site, views: Views, store: Store, *, source: Source = "simulated") -> None:
        self._source: Source = source
        self._site = site
        self._views = views
        self._store = store
        self._seq = 0
        self._had: set[str] = set()
        for ground in views.grounds.values():
            shapely.prepare(ground)

    def publish(self, people: People, now: float, silent: frozenset[str] = frozenset()) -> None:
        """Write a frame and a status of every camera that is not ``silent``; StoreError where the store is."""
        self._seq += 1
        for camera in self._site.cameras:
            if camera.id not in silent:
                self._publish(camera, people, now)

    def _publish(self, camera: Camera, people: People, now: float) -> None:
        tracks, xy = self._seen(camera, people)
        n = len(xy)
        is_due = self._seq % STATUS_EVERY == 1
        if not n and camera.id not in self._had and not is_due:
            return
        (self._had.add if n else self._had.discard)(camera.id)
        cov = np.tile([SPREAD_M2, 0.0, SPREAD_M2], (n, 1))
        frame = self.frame(camera, n, now, seq=self._seq)
        self._store.publish_points(replace(frame, track=tracks, xy=xy, cov=cov, firm=np.ones(n, dtype=np.bool_)))
        if is_due:
            self.tell(camera, n)

    def frame(self, camera: Camera, people: int, now: float, *, seq: int) -> PointFrame:
        """Return a frame of so many people, with nobody placed yet."""
        return PointFrame(
            camera=camera.id, level=camera.level, epoch=EPOCH, seq=seq, observed_at=now - LAG_S, lag_s=LAG_S,
            period_s=PERIOD_S, cut=False, people_raw=people, people=people, band=(people, people), saturated=False,
            track=np.empty(0, dtype=np.int64), xy=np.empty((0, 2)), cov=np.empty((0, 3)),
            firm=np.empty(0, dtype=np.bool_),
        )  # fmt: skip

    def tell(self, camera: Camera, people: int | None) -> None:
        """Write a camera's status; StoreError where the store does not answer."""
        ring = self._views.rings.get(camera.id)
        self._store.publish_status(
            CameraStatus(
                id=camera.id, level=camera.level, source=self._source, condition="running", epoch=EPOCH, seq=self._seq,
                period_s=PERIOD_S, rate_fps=1.0 / PERIOD_S, latency_s=LAG_S, read=self._seq, processed=self._seq,
                dropped=0, people=people, detector=CARD, fit="exact", picture_age_s=LAG_S,
                footprint=None if ring is None else [[float(x), float(y)] for x, y in ring],
            )
        )  # fmt: skip

    def _seen(self, camera: Camera, people: People) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        ground = self._views.grounds.get(camera.id)
        if ground is None or camera.level not in people:
            return np.empty(0, dtype=np.int64), np.empty((0, 2))
        numbers, xy = people[camera.level]
        inside = shapely.contains_xy(ground, xy[:, 0], xy[:, 1])
        return numbers[inside], xy[inside]
