"""Fuse recorded boxes of several cameras into people in metres, instant by instant."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from gis.fusion import Fuser, Observation, People
from gis.planes import Ground
from gis.retrospect import Chronicle, at_instants
from gis.seeing import View
from mall.cameras.camera_path import CameraPath, Size
from mall.cameras.trial import naming
from mall.config import Site
from mall.errors import SiteError
from vision.boxes import BoxLine, read_boxes

DEFAULT_RATE = 10.0


def read_lines(files: Sequence[Path], site: Site) -> list[BoxLine]:
    """Return the lines of all files in time order.

    Raises:
        SiteError: no such file, or a camera that the site does not have or has not calibrated.
        SourceRefusedError: a line that is wrong, by number.

    """
    lines: list[BoxLine] = []
    for path in files:
        if not path.is_file():
            raise SiteError(f"{path}: no such file")
        lines += read_boxes(path)
    for camera in sorted({line.camera for line in lines}):
        if not site.camera(camera).is_calibrated:
            raise SiteError(f"{site.place(site.camera(camera))}: no calibration; its people have no place")
    return sorted(lines, key=lambda line: line.t)


def fuse_lines(lines: Sequence[BoxLine], site: Site) -> Iterator[dict[str, Any]]:
    """Yield one row for every instant of any camera, those with nobody too.

    Every camera goes the way of live work: tracked in its picture, then placed on the floor, then fused with the
    cameras of its level; people on two levels are two people, wherever they stand.
    """
    cameras = sorted({line.camera for line in lines})
    paths = {camera: _path(site, camera, lines) for camera in cameras}
    sizes = {camera: site.camera(camera).size or _extent(camera, lines) for camera in cameras}
    level_of = {camera: site.camera(camera).level for camera in cameras}
    fusers = {level: _fuser(level, level_of, paths, sizes) for level in sorted(set(level_of.values()))}
    numbers: dict[tuple[str, int], int] = {}
    instants: list[float] = []
    chronicles = {level: Chronicle() for level in fusers}
    for level, fuser in fusers.items():
        fuser._listener = chronicles[level]
    latest: list[dict[str, float]] = []
    heard: dict[str, float] = {}
    for t, instant in groupby(lines, key=lambda line: line.t):
        seen = {line.camera: _observe(paths[line.camera], line, sizes[line.camera]) for line in instant}
        instants.append(t)
        for level, fuser in fusers.items():
            here = {camera: found for camera, found in seen.items() if level_of[camera] == level}
            chronicles[level].show(t, fuser.update(t, here))
    times = np.array(instants)
    rows = [[] for _ in instants]
    for level in fusers:
        for k, there in enumerate(at_instants(chronicles[level].lives(), times)):
            for life, state in there:
                rows[k].append(_row(numbers.setdefault((level, life.id), len(numbers) + 1), life, state, times[k]))
    for t, people in zip(instants, rows):
        yield {"t": t, "people": people}


def _row(number, life, state, t):
    x, y, u, v = (round(float(value), 3) for value in state)
    a, b = np.searchsorted(life.t, [t - 1e-6, t + 1e-6])
    return {"id": number, "position": [x, y], "velocity": [u, v] if life.has_pace else None, "cameras": sorted(set(life.cameras[a:b]))}


def _fuser(
    level: str, level_of: Mapping[str, str], paths: Mapping[str, CameraPath], sizes: Mapping[str, Size]
) -> Fuser:
    maps = {camera: path.ground for camera, path in paths.items() if level_of[camera] == level}
    return Fuser(views={c: _view(found, sizes[c]) for c, found in maps.items() if found})


def _view(ground: Ground, size: Size) -> View:
    body = ground.body(size)
    eye = None if body is None else tuple(body.position.tolist())
    return View(ground.footprint(*size), eye)


def _path(site: Site, camera: str, lines: Sequence[BoxLine]) -> CameraPath:
    times = np.unique([line.t for line in lines if line.camera == camera])
    period = float(np.median(np.diff(times))) if len(times) > 1 else 1.0 / DEFAULT_RATE
    with naming(site, site.camera(camera)):
        return CameraPath(site.camera(camera), rate=1.0 / period)


def _extent(camera: str, lines: Sequence[BoxLine]) -> Size:
    """Return (width, height) px that a camera's boxes reach: its picture is at least that large."""
    corners = [line.boxes.xyxy[:, 2:] for line in lines if line.camera == camera and len(line.boxes)]
    width, height = np.ceil(np.concatenate([np.ones((1, 2)), *corners]).max(axis=0))
    return int(width), int(height)


def _observe(path: CameraPath, line: BoxLine, size: Size) -> Observation:
    seen = path.still(line.boxes, size)
    placed, ground = seen.placed, seen.ground
    return Observation(
        t=line.t, track=np.full(placed.sum(), -1), xy=ground.xy[placed], cov=ground.cov[placed], firm=ground.firm[placed], sure=seen.tracks.confidence[placed] >= 0.5,
    )


def _rows(people: People, level: str, numbers: dict[tuple[str, int], int]) -> list[Mapping[str, Any]]:
    """Return a row a person; ``numbers`` gives each person of each level a number of their own."""
    return [
        {
            "id": numbers.setdefault((level, int(number)), len(numbers) + 1),
            "position": [round(float(x), 3), round(float(y), 3)],
            "velocity": [round(float(u), 3), round(float(v), 3)] if np.isfinite([u, v]).all() else None,
            "cameras": list(cameras),
        }
        for number, (x, y), (u, v), cameras in zip(
            people.id.tolist(), people.xy, people.velocity, people.cameras, strict=True
        )
    ]
