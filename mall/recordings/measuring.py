"""Measure trajectories in metres: people, density and speed per zone, and crossings, one line a frame."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.density import classic_density
from gis.floorplan import FloorPlan
from gis.flow import LineCounter
from gis.voronoi import voronoi_cells, voronoi_density
from gis.zones import assign_zones
from mall.errors import SiteError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Speed is taken over this many frames before and after, where the person was there: five, as PedPy's examples do.
HALF_WINDOW_FRAMES = 5
_RATE = re.compile(r"#.*frame\s*rate[^0-9]*([0-9.]+)", re.IGNORECASE)


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
        SiteError: no file, no rows, not numbers, or no frame rate.

    """
    try:
        text = path.read_text(encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            rows = np.loadtxt(text.splitlines(), comments="#", usecols=(0, 1, 2, 3), ndmin=2)
    except OSError as exc:
        raise SiteError(f"{path}: {exc.strerror}") from exc
    except (ValueError, IndexError) as exc:
        raise SiteError(f"{path}: expected the columns id frame x y: {exc}") from exc
    if rows.size == 0 or not np.isfinite(rows).all():
        raise SiteError(f"{path}: expected at least one row of finite numbers")
    said = _RATE.search(text)
    rate = fps or (float(said.group(1)) if said else 0.0)
    if rate <= 0:
        raise SiteError(f"{path}: how many frames a second? give --fps")
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    person, frame = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    return Trajectories(rate, person, frame, rows[:, 2:], _speeds(person, frame, rows[:, 2:], rate))


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
    lines = LineCounter(plan.lines_on(level))
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
