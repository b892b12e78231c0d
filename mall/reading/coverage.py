"""Which part of a zone which cameras see: shares of walkable area, cached until a footprint or the set changes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import shapely
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan, Line
from gis.homography import CalibrationError
from gis.outline import ground_in, ring_of
from mall.ground import ground_of
from mall.models import CameraStatus
from mall.site_file import Camera

Ring = Sequence[Sequence[float]]

CONTRIBUTES_FROM = 0.01  # a camera that sees less of a zone than this share is not one of its cameras
BESIDE_M = 0.5  # of floor on each side of a line are needed to see somebody come and go
WATCHED_FROM = 0.5  # a line of which either side is seen to less than this share counts nobody: unknown, not zero
REMEMBERED = 256  # sets of live cameras whose shares are kept
UNCOVERED_BELOW = 0.05  # a zone seen to less than this share is unknown, not empty


class Grounds:
    """The ground that each camera of a level sees, as last known: a camera that is lost still has a blind zone.

    Calibration and picture size tell it before a camera has shown itself.
    """

    def __init__(self, cameras: Iterable[Camera]) -> None:
        self._calibrated = {camera.id: camera.is_calibrated for camera in cameras}
        self.rings = {camera.id: ring for camera in cameras if (ring := calibrated_ring(camera)) is not None}

    def hear(self, statuses: Mapping[str, CameraStatus]) -> None:
        """Take what cameras of this level say; one that says nothing keeps what is known of it."""
        for camera in self._calibrated.keys() & statuses.keys():
            if (ring := statuses[camera].footprint) is not None and len(ring) >= 3:
                self.rings[camera] = ring

    @property
    def unknown(self) -> frozenset[str]:
        """Return the calibrated cameras of which it is not known what they see."""
        return frozenset(c for c, calibrated in self._calibrated.items() if calibrated and c not in self.rings)


def calibrated_ring(camera: Camera) -> Ring | None:
    """Return the ground that a camera's calibration and picture size give it, None where they do not tell."""
    if not camera.is_calibrated or camera.size is None:
        return None
    return _ring_of(camera.model_dump_json(include={"id", "source", "level", "size", "calibration", "plane"}))


@lru_cache(maxsize=256)  # the next engine of this process must not begin with half a second of geometry
def _ring_of(described: str) -> Ring | None:
    camera = Camera.model_validate_json(described)
    try:
        ground = ground_of(camera)
    except CalibrationError:
        return None
    return None if ground is None or camera.size is None else ring_of(ground.footprint(*camera.size))


class Coverage:
    """Share of each zone's walkable area that a set of cameras sees on one level."""

    def __init__(self, plan: FloorPlan, level: str) -> None:
        self.plan = plan
        self.level = level
        self._walkable = {zone.id: plan.walkable(zone.id) for zone in plan.zones_on(level)}
        self._footprints: dict[str, BaseGeometry] = {}
        self._rings: dict[str, Ring] = {}
        self._shares: dict[frozenset[str], dict[str, float]] = {}
        self._views: dict[frozenset[str], BaseGeometry] = {}
        self._cameras: dict[str, tuple[str, ...]] = {}
        self._parts: dict[tuple[str, str], float] = {}
        self._watchers: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}

    def learn(self, rings: Mapping[str, Ring | None]) -> None:
        """Take the cameras' ground footprints [[x, y], …] in metres; a camera without one sees no zone."""
        known: dict[str, Ring] = {camera: ring for camera, ring in rings.items() if ring is not None and len(ring) >= 3}
        if known == self._rings:
            return
        self._rings = known
        self._footprints = {camera: ground_in(ring) for camera, ring in known.items()}
        self._shares.clear()
        self._views.clear()
        self._cameras = {zone: self._seeing(zone) for zone in self._walkable}
        self._parts.clear()
        self._watchers.clear()

    @property
    def footprints(self) -> dict[str, BaseGeometry]:
        """Return camera -> the ground it sees."""
        return self._footprints

    def view(self, cameras: Iterable[str]) -> BaseGeometry:
        """Return the union of these cameras' footprints."""
        chosen = frozenset(self._footprints.keys() & set(cameras))
        if chosen not in self._views:
            self._views[chosen] = shapely.union_all([self._footprints[camera] for camera in sorted(chosen)])
        return self._views[chosen]

    def shares(self, cameras: Iterable[str]) -> dict[str, float]:
        """Return zone id -> share (0…1) of its walkable area within the union of these cameras' footprints."""
        chosen = frozenset(self._footprints.keys() & set(cameras))
        if chosen not in self._shares:
            if len(self._shares) > REMEMBERED:
                self._shares.clear()
            view = self.view(chosen)
            self._shares[chosen] = {zone: _share(shape, view) for zone, shape in self._walkable.items()}
        return self._shares[chosen]

    def cameras_of(self, zone: str) -> tuple[str, ...]:
        """Return the cameras that see a worthwhile part of a zone, live or not."""
        return self._cameras.get(zone, ())

    def part_of_view(self, zone: str, camera: str) -> float:
        """Return the share (0…1) of a camera's footprint that lies in a zone."""
        if (zone, camera) not in self._parts:
            self._parts[zone, camera] = _share(self._footprints[camera], self._walkable[zone])
        return self._parts[zone, camera]

    def watchers(self, line: Line, cameras: Iterable[str]) -> tuple[str, ...]:
        """Return which of these cameras see a measurement line; none where all of them see too little to count."""
        key = (line.id, frozenset(self._footprints.keys() & set(cameras)))
        if key not in self._watchers:
            if len(self._watchers) > REMEMBERED:
                self._watchers.clear()
            self._watchers[key] = self._seen_by(line.line, key[1])
        return self._watchers[key]

    def _seen_by(self, line: BaseGeometry, cameras: frozenset[str]) -> tuple[str, ...]:
        view = self.view(cameras)
        sides = [shapely.buffer(line, side, cap_style="flat", single_sided=True) for side in (BESIDE_M, -BESIDE_M)]
        if any(_share(side, view) < WATCHED_FROM for side in sides):
            return ()
        return tuple(c for c in sorted(cameras) if shapely.intersection(line, self._footprints[c]).length > 0.0)

    def _seeing(self, zone: str) -> tuple[str, ...]:
        return tuple(c for c in sorted(self._footprints) if self.shares([c])[zone] >= CONTRIBUTES_FROM)


def _share(shape: BaseGeometry, view: BaseGeometry) -> float:
    if shape.area <= 0.0:
        return 0.0
    return float(min(1.0, shapely.intersection(shape, view).area / shape.area))
