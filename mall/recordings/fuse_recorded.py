"""Fuse recorded boxes of several cameras into people in metres, instant by instant."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from gis.fusion import Fuser, Observation, People
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
    for t, instant in groupby(lines, key=lambda line: line.t):
        seen = {line.camera: _observe(paths[line.camera], line, sizes[line.camera]) for line in instant}
        people: list[Mapping[str, Any]] = []
        for level, fuser in fusers.items():
            here = {camera: found for camera, found in seen.items() if level_of[camera] == level}
            people += _rows(fuser.update(t, here), level, numbers)
        yield {"t": t, "people": people}


def _fuser(
    level: str, level_of: Mapping[str, str], paths: Mapping[str, CameraPath], sizes: Mapping[str, Size]
) -> Fuser:
    maps = {camera: path.ground for camera, path in paths.items() if level_of[camera] == level}
    return Fuser(views={camera: found.footprint(*sizes[camera]) for camera, found in maps.items() if found})


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
    seen = path.follow(line.boxes, line.t, size)
    placed, ground = seen.placed, seen.ground
    return Observation(
        t=line.t, track=seen.tracks.id[placed], xy=ground.xy[placed], cov=ground.cov[placed], firm=ground.firm[placed]
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
