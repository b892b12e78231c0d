"""An exercise on recorded boxes: what cameras once saw goes the way of the mall again, on a store of its own."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from mall.cameras.camera_path import CameraPath, Seen, Size
from mall.config import Site
from mall.drills.cameras import LAG_S, PERIOD_S, DrillCameras, views_of
from mall.drills.clock import DrillClock
from mall.drills.debrief import Minutes, Raised
from mall.drills.report import MARK, say
from mall.drills.stage import exercised
from mall.engine import Engine
from mall.models import PointFrame
from mall.recordings.fuse_recorded import extent, read_lines
from mall.store import MemoryStore, Store
from mall.validation import load_valid_site
from vision.boxes import BoxLine


class RecordedCameras:
    """Publishes what the cameras of a recording saw, through the path that a worker takes."""

    def __init__(self, site: Site, lines: Sequence[BoxLine], store: Store) -> None:
        self._store = store
        self._cameras = DrillCameras(site, views_of(site), store, source="recorded")
        self._site = site
        mine = {camera.id: [line for line in lines if line.camera == camera.id] for camera in site.cameras}
        self._sizes = {camera.id: camera.size or extent(mine[camera.id]) for camera in site.cameras}
        self._periods = {name: _period_s(found) for name, found in mine.items()}
        self._paths = {camera.id: CameraPath(camera, rate=1.0 / self._periods[camera.id]) for camera in site.cameras}
        self._seq = dict.fromkeys(mine, 0)

    def publish(self, line: BoxLine, now: float, age_s: float) -> None:
        """Write the frame of a line that is ``age_s`` old; StoreError where the store does not answer."""
        camera = self._site.camera(line.camera)
        size: Size = self._sizes[camera.id]
        seen = self._paths[camera.id].follow(line.boxes, line.t, size)
        self._seq[camera.id] += 1
        frame = self._cameras.frame(camera, seen.people, now, seq=self._seq[camera.id])
        self._store.publish_points(_placed(frame, seen, now - age_s, age_s, self._periods[camera.id]))

    def tell(self) -> None:
        """Write the status of every camera."""
        for camera in self._site.cameras:
            self._cameras.tell(camera, None)


def _period_s(lines: Sequence[BoxLine]) -> float:
    return max(0.05, (lines[-1].t - lines[0].t) / max(1, len(lines) - 1)) if len(lines) > 1 else PERIOD_S


def _placed(frame: PointFrame, seen: Seen, at: float, age_s: float, period_s: float) -> PointFrame:
    placed = seen.placed
    return replace(
        frame, observed_at=at, lag_s=max(LAG_S, age_s), period_s=period_s, track=seen.tracks.id[placed],
        xy=seen.ground.xy[placed], cov=seen.ground.cov[placed], firm=seen.ground.firm[placed],
    )  # fmt: skip


def replay_boxes(path: Path, site_dir: Path, *, speed: float = 0.0) -> bool:
    """Play recorded boxes through fusion, readings and rules, and print the advisories that they raise.

    Args:
        path: JSON lines of boxes, of one camera or several.
        site_dir: the site they were recorded in.
        speed: times their own time, 0 as fast as the machine can.

    Raises:
        SiteError, SourceRefusedError: no such file, a wrong line, or a camera that cannot place people.

    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    site = load_valid_site(site_dir)
    lines = read_lines([path], site)
    count = 0
    for raised in play_lines(exercised(_with_cameras(site, {line.camera for line in lines})), lines, speed=speed):
        count += 1
        say(f"{MARK} {raised.at_s:8.1f} s  {raised.severity:5}  {raised.place}: {raised.rule}")
    lasted = lines[-1].t - lines[0].t if lines else 0.0
    say(f"{MARK} {path.name}: {count} raised in {lasted:.0f} s of {len(lines)} pictures")
    return True


def play_lines(site: Site, lines: Sequence[BoxLine], *, speed: float = 0.0) -> Iterator[Raised]:
    """Yield every advisory that recorded boxes raise, as it comes."""
    if not lines:
        return
    clock = DrillClock()
    store = MemoryStore(clock=clock)
    began = clock.now
    cameras, minutes = RecordedCameras(site, lines, store), Minutes()
    engine = Engine(site, store, is_exercise=True)
    waiting, told = iter(_by_tick(lines).items()), 0
    try:
        for at_s, due in waiting:
            started = time.monotonic()
            clock.now = began + at_s
            cameras.tell()
            for line in due:
                cameras.publish(line, clock.now, at_s - (line.t - lines[0].t))
            engine.tick()
            minutes.note(store.advisories(), at_s)
            found = minutes.raised
            yield from found[told:]
            told = len(found)
            if speed > 0.0:
                time.sleep(max(0.0, PERIOD_S / speed - (time.monotonic() - started)))
    finally:
        engine.close()


def _by_tick(lines: Sequence[BoxLine]) -> Mapping[float, list[BoxLine]]:
    """Return seconds from the beginning -> the lines that are due then, every half second, empty ones too."""
    ticks = int((lines[-1].t - lines[0].t) / PERIOD_S) + 1
    found: dict[float, list[BoxLine]] = {PERIOD_S * (i + 1): [] for i in range(ticks)}
    for line in lines:
        found[PERIOD_S * (int((line.t - lines[0].t) / PERIOD_S) + 1)].append(line)
    return found


def _with_cameras(site: Site, names: set[str]) -> Site:
    cameras = tuple(camera for camera in site.cameras if camera.id in names)
    return Site(site.folder, site.file.model_copy(update={"camera": cameras}), site.plan)
