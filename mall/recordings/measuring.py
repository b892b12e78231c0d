"""Measure trajectories in metres: people, density and speed per zone, and crossings, one line a frame."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.density import classic_density
from gis.floorplan import FloorPlan
from gis.flow import LineCounter
from gis.plan_file import MAX_COORDINATE_M
from gis.voronoi import voronoi_cells, voronoi_density
from gis.zones import assign_zones
from mall.errors import SiteError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Speed is taken over this many frames before and after, where the person was there: five, as PedPy's examples do.
HALF_WINDOW_FRAMES = 5
CLEARANCE_M = 0.05  # of a line: these positions are exact, a camera's are not
LARGEST = 1e9  # number of a person or frame
_RATE = re.compile(r"frame\s*rate[^0-9.]*([0-9.]+)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Rows sorted by frame.

    Attributes:
        person, frame: (N,) numbers; xy: (N, 2) m; speed: (N,) m/s, NaN where a person is seen in one frame only.

    """

    fps: float
    person: Integers
    frame: Integers
    xy: Floats
    speed: Floats


def read_trajectories(path: Path, fps: float | None = None) -> Trajectories:
    """Read a text file with columns id, frame, x, y (metres); more columns are left aside.

    Args:
        path: the file; lines that begin with # are comments, and one may say ``framerate: 25``.
        fps: frames a second; overrides the comment.

    Raises:
        SiteError: no file, no rows, no frame rate; or by line: no numbers, a person who stands twice in a frame.

    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as exc:
        raise SiteError(f"{path}: {exc.strerror}") from exc
    if fps is not None and not 0 < fps < math.inf:
        raise SiteError(f"{path}: --fps: expected a number above 0, got {fps}")
    rate, table = _table(path, lines, fps)
    if not table:
        raise SiteError(f"{path}: expected at least one row of id frame x y")
    if not rate:
        raise SiteError(f"{path}: how many frames a second? give --fps")
    rows = np.array(table, dtype=np.float64)
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    person, frame = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    return Trajectories(rate, person, frame, rows[:, 2:], _speeds(person, frame, rows[:, 2:], rate))


def _table(path: Path, lines: Sequence[bytes], rate: float | None) -> tuple[float | None, list[tuple[float, ...]]]:
    """Return the frames a second, given or said, and the rows; SiteError names the line that is wrong."""
    table = []
    seen: dict[tuple[float, float], int] = {}
    for number, raw in enumerate(lines, start=1):
        try:
            content, _, comment = raw.decode("utf-8-sig" if number == 1 else "utf-8").partition("#")
            rate = rate or _said_rate(comment)
            if content.split():
                table.append(_row(content, seen, number))
        except ValueError as exc:
            raise SiteError(f"{path}:{number}: {exc}") from exc
    return rate, table


def _row(content: str, seen: dict[tuple[float, float], int], number: int) -> tuple[float, ...]:
    """Return id, frame, x, y of a line; ``seen`` tells in which line each id and frame stood."""
    try:
        row = tuple(float(word) for word in content.split()[:4])
    except ValueError as exc:
        raise ValueError(f"expected the columns id frame x y: {exc}") from exc
    if len(row) < 4:
        raise ValueError(f"expected the columns id frame x y, got {content.strip()!r:.60}")
    person, frame, *xy = row
    for name, value in (("id", person), ("frame", frame)):
        if not abs(value) <= LARGEST or value != int(value):
            raise ValueError(f"{name}: expected a whole number, at most {LARGEST:.0e}, got {value:g}")
    if not all(abs(value) <= MAX_COORDINATE_M for value in xy):
        raise ValueError(f"expected finite metres x y, got {xy[0]:g} {xy[1]:g}")
    if (before := seen.setdefault((person, frame), number)) != number:
        raise ValueError(f"person {int(person)} stands twice in frame {int(frame)}; first in line {before}")
    return row


def _said_rate(comment: str) -> float | None:
    """Return the frames a second that a comment tells, None where it does not."""
    if not (said := _RATE.search(comment)):
        return None
    rate = float(said[1]) if re.fullmatch(r"\d+\.?\d*|\.\d+", said[1]) else math.nan
    if not 0 < rate < math.inf:
        raise ValueError(f"frame rate: expected a number above 0, got {said[1]!r:.40}")
    return rate


def _speeds(person: Integers, frame: Integers, xy: Floats, fps: float) -> Floats:
    """Return (N,) m/s: distance between the ends of the window over the time between them."""
    speed = np.full(len(person), np.nan)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        frames = frame[rows]
        before = np.searchsorted(frames, frames - HALF_WINDOW_FRAMES)
        after = np.searchsorted(frames, frames + HALF_WINDOW_FRAMES, side="right") - 1
        lasted = (frames[after] - frames[before]) / fps
        way = np.linalg.norm(xy[rows[after]] - xy[rows[before]], axis=1)
        speed[rows] = np.divide(way, lasted, out=np.full(len(rows), np.nan), where=lasted > 0)
    return speed


def measure(plan: FloorPlan, level: str, walked: Trajectories) -> Iterator[dict[str, Any]]:
    """Yield one row for every frame from the first to the last, those with nobody too.

    Args:
        plan: the plan; level: the one that was walked on.
        walked: the trajectories.

    """
    zones = plan.zones_on(level)
    walkable = {zone.id: plan.walkable(zone.id) for zone in zones}
    ground = shapely.union_all(list(walkable.values()))
    lines = LineCounter(plan.lines_on(level), clearance_m=CLEARANCE_M)
    for frame in range(int(walked.frame[0]), int(walked.frame[-1]) + 1):
        rows = slice(*np.searchsorted(walked.frame, [frame, frame + 1]))
        xy, speed = walked.xy[rows], walked.speed[rows]
        cells = voronoi_cells(xy, ground)
        where = assign_zones(xy, zones)
        found = {
            zone.id: _zone_row(where == i, speed, plan.area_m2(zone.id), voronoi_density(cells, walkable[zone.id]))
            for i, zone in enumerate(zones)
        }
        crossed = lines.update(walked.person[rows], xy, np.ones(len(xy), dtype=np.bool_))
        crossings = [{"line": c.line, "track": int(c.track), "direction": c.direction} for c in crossed]
        yield {"frame": frame, "t": round(frame / walked.fps, 4), "zones": found, "crossings": crossings}


def _zone_row(inside: NDArray[np.bool_], speed: Floats, area_m2: float, by_cells: float) -> dict[str, Any]:
    count = int(inside.sum())
    known = speed[inside & np.isfinite(speed)]
    return {
        "people": count,
        "density": round(classic_density(count, area_m2), 4) if area_m2 > 0 else None,
        "density_voronoi": round(by_cells, 4),
        "speed": round(float(known.mean()), 3) if len(known) else None,
    }
