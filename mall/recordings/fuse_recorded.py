"""Fuse recorded boxes of several cameras into people in metres, instant by instant."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from gis.fusion import Observation
from gis.planes import Ground
from gis.retrospect import Life, at_instants, fuse_whole
from gis.seeing import View
from mall.cameras.eyesight import start_confidence
from mall.cameras.trial import naming
from mall.config import Site
from mall.errors import SiteError
from mall.ground import ground_of
from mall.site_file import Camera
from vision.boxes import BoxLine, read_boxes
from vision.detections import Detections
from vision.masks import Masks

Size = tuple[int, int]


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

    Every box is placed on the floor by itself and fused with what the other cameras of its level see; as the whole
    recording is at hand, people are told by what came after, too. People on two levels are two people.
    """
    by_camera = {camera: [] for camera in sorted({line.camera for line in lines})}  # type: dict[str, list[BoxLine]]
    for line in lines:
        by_camera[line.camera].append(line)
    levels: dict[str, list[str]] = {}
    for camera in by_camera:
        levels.setdefault(site.camera(camera).level, []).append(camera)
    instants = np.array([t for t, _ in groupby(line.t for line in lines)])
    people: list[list[dict[str, Any]]] = [[] for _ in instants]
    numbers: dict[tuple[str, int], int] = {}
    for level, cameras in sorted(levels.items()):
        lives = _lives(site, {camera: by_camera[camera] for camera in cameras})
        for k, there in enumerate(at_instants(lives, instants)):
            people[k] += [_row(numbers.setdefault((level, life.id), len(numbers) + 1), life, at) for life, at in there]
    for t, rows in zip(instants.tolist(), people, strict=True):
        yield {"t": t, "people": rows}


def _lives(site: Site, lines: Mapping[str, Sequence[BoxLine]]) -> list[Life]:
    """Return the people of one level."""
    observations: dict[str, list[Observation]] = {}
    views: dict[str, View] = {}
    for name, mine in lines.items():
        camera = site.camera(name)
        with naming(site, camera):
            ground = ground_of(camera)
        size = camera.size or extent(mine)
        if ground is not None:
            views[name] = _view(ground, size)
            observations[name] = _observe(camera, ground, mine, size)
    clocks = {n: site.camera(n).clock_offset_s for n in lines if "clock_offset_s" in site.camera(n).model_fields_set}
    return fuse_whole(observations, views, clocks)


def _view(ground: Ground, size: Size) -> View:
    body = ground.body(size)
    x, y, height = (0.0, 0.0, 0.0) if body is None else body.position.tolist()
    return View(ground.footprint(*size), None if body is None else (x, y, height))


def extent(lines: Sequence[BoxLine]) -> Size:
    """Return (width, height) px that a camera's boxes reach: its picture is at least that large."""
    corners = [line.boxes.xyxy[:, 2:] for line in lines if len(line.boxes)]
    width, height = np.ceil(np.concatenate([np.ones((1, 2)), *corners]).max(axis=0))
    return int(width), int(height)


def _observe(camera: Camera, ground: Ground, lines: Sequence[BoxLine], size: Size) -> list[Observation]:
    """Return what a camera saw, a line each; all its boxes are placed at once."""
    boxes = Detections(
        *(np.concatenate([getattr(line.boxes, key) for line in lines]) for key in ("xyxy", "confidence"))
    )
    line_of = np.repeat(np.arange(len(lines)), [len(line.boxes) for line in lines])
    points = ground.ground_points(boxes.xyxy, size=size)
    use = ~Masks(camera.masks).ignored(boxes.xyxy) & np.isfinite(points.xy).all(axis=1)
    sure = boxes.confidence >= start_confidence(camera)
    ends = np.searchsorted(line_of, np.arange(len(lines) + 1))
    found = []
    for line, first, last in zip(lines, ends[:-1], ends[1:], strict=True):
        row = np.arange(first, last)[use[first:last]]
        nobody = np.full(len(row), -1)
        found.append(Observation(line.t, nobody, points.xy[row], points.cov[row], points.firm[row], sure[row]))
    return found


def _row(number: int, life: Life, at: tuple[float, np.ndarray]) -> dict[str, Any]:
    t, state = at
    x, y, u, v = (round(float(value), 3) for value in state)
    pace = [u, v] if life.has_pace else None
    return {"id": number, "position": [x, y], "velocity": pace, "cameras": life.seen_by(t)}
