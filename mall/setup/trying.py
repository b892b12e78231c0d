"""Try a draft: how well its pairs agree, what the camera would see, and what of it is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan
from gis.homography import CalibrationError, Homography
from gis.lens import Floats
from gis.outline import ring_of
from gis.picture import floor_in_view, grid_in_picture, horizon, into_picture
from gis.planes import Ground, plane_of, planes_of
from mall.config import Site
from mall.ground import ground_of
from mall.setup.drafts import CameraDraft, Size, drafted, ground_of_draft
from mall.setup.pairs import camera_problems, map_of_draft
from mall.setup.plans import drafted_plan
from mall.setup.words import Place, Problem, in_both
from mall.site_file import Camera

LOOKS = (5, 6)  # places across and down the picture at which the uncertainty is told
MOST_UNCERTAIN_M = 5.0
UNSEEN = 0.01  # of a zone's floor
UNSEEN_WORDS = ("Zone {zone} lies outside the camera's view.", "ゾーン {zone} はカメラの視野の外にあります。")
Boxes = Sequence[Sequence[float]]


def try_draft(site: Site, draft: CameraDraft, plan: Mapping[str, Any] | None, boxes: Boxes | None) -> dict[str, Any]:
    """Return what becomes of a draft, as the interface tells it.

    Args:
        site: as it is.
        draft: the camera; its size must be known.
        plan: a FeatureCollection, None for the site's plan.
        boxes: (N, 4) px of the people in the picture now, to be placed anew; None where that is not known.

    """
    size = draft.size or (1, 1)
    drawn, problems = drafted_plan(site, plan)
    shown = drawn or site.plan
    level = site.camera(draft.camera).level
    problems = [*camera_problems(draft, shown, level), *problems]
    ground = ground_of_draft(drafted(site, draft))
    if ground is not None and drawn is not None and plan is not None:
        problems += _unseen(site, draft.camera, drawn, view_of(ground, size))
    return {
        "problems": [problem.row() for problem in problems],
        "fit": _fit(draft),
        "picture": _picture(ground, shown, level, size),
        "plan": _plan(draft, ground, shown, level),
        "people": None if ground is None or boxes is None else _people(ground, boxes, size),
    }


def view_of(ground: Ground, size: Size) -> BaseGeometry:
    """Return the floor (m) that the worker would take as seen."""
    return ground.footprint(*size)


def _fit(draft: CameraDraft) -> dict[str, Any] | None:
    metres, pixels = [], []
    for _, pairs in draft.pairs():
        try:
            ground = map_of_draft(draft, pairs)
        except CalibrationError:
            return None
        metres.append(np.linalg.norm(ground.to_plan(pairs.image_points) - np.array(pairs.plan_points), axis=1))
        pixels.append(np.linalg.norm(ground.to_image(pairs.plan_points) - np.array(pairs.image_points), axis=1))
    if not metres:
        return None
    off_m, off_px = np.concatenate(metres), np.concatenate(pixels)
    known = off_m[np.isfinite(off_m)]
    rms, worst = (float(np.sqrt((known**2).mean())), float(known.max())) if len(known) else (0.0, 0.0)
    return {
        "rms_m": round(rms, 4),
        "worst_m": round(worst, 4),
        "errors_m": _numbers(off_m, 4),
        "errors_px": _numbers(off_px, 2),
    }


def _numbers(values: Floats, digits: int) -> list[float | None]:
    return [round(float(v), digits) if np.isfinite(v) else None for v in values]


def _picture(ground: Ground | None, plan: FloorPlan, level: str, size: Size) -> dict[str, Any]:
    """Return the plan, a grid and the horizon in the picture; each plane shows its own region's."""
    if ground is None:
        return {"horizon": None, "plan": [], "grid": []}
    maps = [(plane.ground, _view(plane.ground, plane.region, size)) for plane in planes_of(ground)]
    rows = []
    for kind, name, shape in shapes_of(plan, level):
        parts = [_points(pixels, 1) for one, view in maps for pixels in into_picture(one, shape, view)]
        if parts:
            rows.append({"id": name, "kind": kind, "closed": kind in ("zone", "fixture"), "parts": parts})
    floor = shapely.union_all([zone.polygon for zone in plan.zones_on(level)])
    grid = [_points(pixels, 1) for one, view in maps for pixels in grid_in_picture(one, floor, view)]
    return {"horizon": horizon(maps[0][0], size) if len(maps) == 1 else None, "plan": rows, "grid": grid}


def _view(ground: Homography, region: BaseGeometry | None, size: Size) -> BaseGeometry:
    view = floor_in_view(ground, size)
    return view if region is None else shapely.intersection(view, ground.footprint(*size, region=region))


def shapes_of(plan: FloorPlan, level: str) -> list[tuple[str, str, BaseGeometry]]:
    """Return (kind, id, shape in metres) of every feature on a level."""
    rows: list[tuple[str, str, BaseGeometry]] = [("zone", zone.id, zone.polygon) for zone in plan.zones_on(level)]
    rows += [("fixture", each.id, each.polygon) for each in plan.fixtures if each.level == level]
    rows += [("line", line.id, line.line) for line in plan.lines_on(level)]
    return rows + [("opening", each.id, each.line) for each in plan.openings if each.level == level]


def _plan(draft: CameraDraft, ground: Ground | None, plan: FloorPlan, level: str) -> dict[str, Any]:
    if ground is None or draft.size is None:
        return {"seen": None, "pairs": [], "uncertainty": [], "zones_seen": {}}
    view = view_of(ground, draft.size)
    ring = ring_of(view)
    landed = [_landed(map_of_draft(draft, pairs), pairs.image_points) for _, pairs in draft.pairs()]
    return {
        "seen": None if ring is None else _points(np.array(ring), 2),
        "pairs": [point for points in landed for point in points],
        "uncertainty": _uncertainty(ground, draft.size),
        "zones_seen": {zone.id: _share(plan, zone.id, view) for zone in plan.zones_on(level)},
    }


def _landed(ground: Homography, pixels: Any) -> list[list[float] | None]:
    return [[round(x, 3), round(y, 3)] if np.isfinite(x) else None for x, y in ground.to_plan(pixels).tolist()]


def _share(plan: FloorPlan, zone: str, view: BaseGeometry) -> float:
    walkable = plan.walkable(zone)
    return round(float(walkable.intersection(view).area / walkable.area), 4) if walkable.area else 0.0


def _uncertainty(ground: Ground, size: Size) -> list[dict[str, Any]]:
    """Return how well places all over the picture are told, where that is of any use."""
    across, down = LOOKS
    xs, ys = ((np.arange(n) + 0.5) / n * length for n, length in zip((across, down), size, strict=True))
    pixels = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    planes = planes_of(ground)
    rows = []
    for index, plane in enumerate(planes):
        mine = pixels[plane_of(planes, pixels, size) == index]
        xx, xy, yy = plane.ground.covariance(mine).T
        spread = np.sqrt((xx + yy) / 2 + np.hypot((xx - yy) / 2, xy))
        for (x, y), sd in zip(plane.ground.to_plan(mine), spread, strict=True):
            if np.isfinite(sd) and sd <= MOST_UNCERTAIN_M:
                rows.append({"at": [round(float(x), 2), round(float(y), 2)], "sd_m": round(float(sd), 3)})
    return rows


def _unseen(site: Site, camera: str, plan: FloorPlan, view: BaseGeometry) -> list[Problem]:
    """Return the zones that are new or were moved and that neither this camera nor another sees."""
    level = site.camera(camera).level
    before = {zone.id: zone.polygon for zone in site.plan.zones}
    rest = [each for each in site.cameras if each.id != camera and each.level == level]
    others = shapely.union_all([view, *map(_view_of_other, rest)])
    found = []
    for zone in plan.zones_on(level):
        same = zone.id in before and before[zone.id].equals(zone.polygon)
        if not same and _share(plan, zone.id, others) < UNSEEN:
            text = in_both(UNSEEN_WORDS, {"zone": zone.id})
            found.append(Problem("zone-unseen", "warning", text, Place(camera=camera, feature=zone.id)))
    return found


def _view_of_other(other: Camera) -> BaseGeometry:
    try:
        ground = ground_of(other)
    except CalibrationError:
        ground = None
    return shapely.Polygon() if ground is None or other.size is None else ground.footprint(*other.size)


def _people(ground: Ground, boxes: Boxes, size: Size) -> list[list[float]]:
    if not len(boxes):
        return []
    placed = ground.ground_points(np.asarray(boxes, dtype=np.float64), size=size).xy
    return _points(placed[np.isfinite(placed).all(axis=1)], 2)


def _points(points: Floats, digits: int) -> list[list[float]]:
    return np.round(np.asarray(points, dtype=np.float64), digits).tolist()  # type: ignore[no-any-return]
