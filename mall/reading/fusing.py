"""Frames of a level's cameras in, people of the level out: every frame used once, in the order of capture."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan, Zone
from gis.flow import Crossing, LineCounter
from gis.fusion import Fuser, Observation, People
from gis.seeing import View
from gis.visits import Visits
from gis.zones import assign_zones
from mall.models import PointFrame

STEP_BACK_S = 5.0  # frames this much older than the last ones were stamped after the store's clock stepped back
BEGINS_S = 2.0  # whom a camera shows this soon after it begins was there before: a tracker confirms some a little later


class LevelFusion:
    """Fuses one level's frames into people, counts who crosses its lines and follows who visits its zones."""

    def __init__(self, plan: FloorPlan, level: str) -> None:
        self._fuser = Fuser()
        self._views: dict[str, View] = {}
        self._lines = LineCounter(plan.lines_on(level))
        self._time = 0.0
        self._lost: set[str] = set()
        self._since: dict[str, float] = {}
        self._shown_by: dict[int, frozenset[str]] = {}
        self._there_before: set[int] = set()
        self.visits = Visits(plan.zones_on(level))
        self.frames: dict[str, PointFrame] = {}
        self.people: People | None = None

    @property
    def positions(self) -> NDArray[np.float64]:
        """Return (N, 2) metres of the people of now."""
        return np.empty((0, 2)) if self.people is None else self.people.xy

    def look(self, views: Mapping[str, BaseGeometry]) -> None:
        """Take the ground that each camera sees: there its silence counts; who walks out of all is gone at once."""
        old = self._views
        self._views = {
            camera: old[camera] if camera in old and old[camera].ground == ground else View(ground)
            for camera, ground in views.items()
        }
        self._fuser.views = self._views

    def speeds(self, zones: Sequence[Zone]) -> dict[str, float]:
        """Return zone id -> mean speed in m/s of the people there whose speed is known; none where it is of nobody."""
        if self.people is None or not zones:
            return {}
        place = assign_zones(self.people.xy, zones)
        speed = np.linalg.norm(self.people.velocity, axis=1)
        known = (place >= 0) & np.isfinite(speed)
        total = np.bincount(place[known], speed[known], minlength=len(zones))
        number = np.bincount(place[known], minlength=len(zones))
        return {zone.id: float(total[i] / number[i]) for i, zone in enumerate(zones) if number[i]}

    def take(self, frames: Iterable[PointFrame]) -> list[Crossing]:
        """Use new frames and return the crossings they complete."""
        crossings: list[Crossing] = []
        for batch in instants(sorted(frames, key=captured_at)):
            crossings += self._instant(batch)
        return crossings

    def lose(self, cameras: Iterable[str]) -> None:
        """Forget what these cameras alone saw: they give no frames any more."""
        lost = [camera for camera in cameras if camera in self.frames]
        if lost:
            self._cut(lost)
            self.people = self._fuser.update(self._time, {})

    def take_lost(self) -> frozenset[str]:
        """Return the cameras that jumped in time or fell silent since the last call."""
        lost, self._lost = frozenset(self._lost), set()
        return lost

    def _cut(self, cameras: Sequence[str]) -> None:
        self._fuser.cut(cameras)
        self._lost.update(cameras)
        for camera in cameras:
            self._since.pop(camera, None)
        lost = {number for number, by in self._shown_by.items() if by <= set(cameras)}
        self.visits.lose(lost)
        self._there_before |= lost  # whoever goes on under the same number came in nowhere

    def _instant(self, batch: Sequence[PointFrame]) -> list[Crossing]:
        newest = max(captured_at(frame) for frame in batch)
        if newest < self._time - STEP_BACK_S:
            self._begin_anew()
        cut = [frame.camera for frame in batch if frame.cut]
        if cut:
            self._cut(cut)
        self._time = max(self._time, newest)
        self.frames.update({frame.camera: frame for frame in batch})
        self.people = self._fuser.update(self._time, {frame.camera: _observation(frame) for frame in batch})
        for frame in batch:
            self._since.setdefault(frame.camera, captured_at(frame))
        self._tell_newcomers(self.people)
        there = self._there_before
        self.visits.update(self._time, self.people.id, self.people.xy, self.people.firm, there=there)
        return list(self._lines.update(self.people.id, self.people.xy, self.people.firm))

    def _tell_newcomers(self, people: People) -> None:
        """Note who shows whom, and which of the new people nobody saw come, for their cameras have only just begun."""
        before, self._shown_by = self._shown_by, {}
        begun = {camera for camera, since in self._since.items() if self._time - since <= BEGINS_S}
        there = set()
        for number, cameras in zip(people.id.tolist(), people.cameras, strict=True):
            by = frozenset(cameras)
            if number in self._there_before or (number not in before and by and by <= begun):
                there.add(number)
            self._shown_by[number] = by or before.get(number, by)
        self._there_before = there

    def _begin_anew(self) -> None:
        self._cut(list(self.frames))
        self.visits.lose_all()  # the new fuser gives the same numbers again
        self._shown_by, self._there_before = {}, set()
        self._fuser = Fuser(views=self._views)
        self._lines.cut()
        self._time = 0.0
        self.frames.clear()


def captured_at(frame: PointFrame) -> float:
    """Return when a frame was captured, by the store's clock."""
    return frame.received_at - frame.lag_s


def instants(frames: Iterable[PointFrame]) -> list[list[PointFrame]]:
    """Return frames in order as groups with at most one frame a camera."""
    groups: list[list[PointFrame]] = []
    cameras: set[str] = set()
    for frame in frames:
        if not groups or frame.camera in cameras:
            groups.append([])
            cameras = set()
        groups[-1].append(frame)
        cameras.add(frame.camera)
    return groups


def _observation(frame: PointFrame) -> Observation:
    return Observation(t=captured_at(frame), track=frame.track, xy=frame.xy, cov=frame.cov, firm=frame.firm)
