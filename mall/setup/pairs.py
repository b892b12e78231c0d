"""What is wrong with the pairs, regions and masks of a drafted camera."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from gis.floorplan import FloorPlan
from gis.homography import CalibrationError, Homography
from gis.horizon import ground_in_view, runs_below
from gis.misplaced import misplaced_pair
from mall.setup.drafts import CameraDraft, PairsDraft, Pixels, Size
from mall.setup.words import Place, Problem, Severity, in_both

# As `check` judges: half a metre is a person's width; beyond 1.5 m nothing can be trusted.
ODD_ERROR_M, WRONG_ERROR_M = 0.5, 1.5
FEWEST = 4
Texts = tuple[str, str]

WORDS: dict[str, Texts] = {
    "few": (
        "{n} pairs: at least 4 are needed, better 6 or more.",
        "点の組が {n} 組です。4 組以上（できれば 6 組以上）必要です。",
    ),
    "uneven": (
        "{image} points in the picture but {plan} on the plan.",
        "画像の点が {image} 個、図面の点が {plan} 個で、数が合いません。",
    ),
    "collinear": ("The points lie on one line.", "点が一直線に並んでいます。"),
    "folded": (
        "The pairs fold the floor over: some are in the wrong order or place.",
        "床が折り重なります。点の順序か位置が間違っています。",
    ),
    "lens": ("The lens model does not fit: {reason}", "レンズのモデルが合いません: {reason}"),
    "mirrored": (
        "The picture would show the plan mirrored: two points are swapped, or y does not point up.",
        "図面が鏡像になります。点が入れ替わっているか、y 軸が上向きではありません。",
    ),
    "off": ("Pair {pair} is off by {off} m.", "{pair} 番目の組が {off} m ずれています。"),
    "beyond": (
        "Pair {pair} lies beyond the horizon of the others.",
        "{pair} 番目の組が、ほかの組の地平線より先にあります。",
    ),
    "rough": (
        "The pairs miss one another by {rms} m: one of them is misplaced.",
        "組どうしが {rms} m 食い違っています。どれかがずれています。",
    ),
    "outside": (
        "Point {pair} lies outside the picture of {width} x {height} px.",
        "{pair} 番目の点が画像（{width} x {height} px）の外にあります。",
    ),
    "no-zone": ("The points lie in no zone of the camera's level.", "点がこの階のどのゾーンにもありません。"),
    "horizon": (
        "The horizon runs through the picture below a point of the floor: a point is misplaced.",
        "地平線が床の点より下を通っています。どれかの点がずれています。",
    ),
    "region": ("The region is no simple polygon.", "領域が単純な多角形ではありません。"),
    "mask": ("The mask is no simple polygon.", "マスクが単純な多角形ではありません。"),
    "region-outside": ("The region lies outside the picture.", "領域が画像の外にあります。"),
    "mask-outside": ("The mask lies outside the picture.", "マスクが画像の外にあります。"),
}


def problem(code: str, severity: Severity, where: Place, **facts: object) -> Problem:
    """Return a problem in words."""
    return Problem(code, severity, in_both(WORDS[code], facts), where)


def camera_problems(draft: CameraDraft, plan: FloorPlan, level: str) -> list[Problem]:
    """Return what is wrong with a drafted camera on a level of a plan."""
    found = [p for plane, pairs in draft.pairs() for p in _of_pairs(draft, plane, pairs, plan, level)]
    for number, plane in enumerate(draft.planes):
        where = Place(camera=draft.camera, plane=number)
        found += _of_polygon("region", plane.region or (), draft.size, where)
    for number, mask in enumerate(draft.masks):
        found += _of_polygon("mask", mask, draft.size, Place(camera=draft.camera, mask=number))
    return found


def _of_pairs(
    draft: CameraDraft, plane: int | None, pairs: PairsDraft, plan: FloorPlan, level: str
) -> Iterator[Problem]:
    where = Place(camera=draft.camera, plane=plane)
    n = len(pairs.image_points)
    if n != len(pairs.plan_points):
        yield problem("uneven", "error", where, image=n, plan=len(pairs.plan_points))
        return
    yield from _outside(pairs, draft.size, where)
    if n < FEWEST:
        yield problem("few", "error", where, n=n)
        return
    try:
        ground = map_of_draft(draft, pairs)
    except CalibrationError as exc:
        code = "collinear" if "on one line" in str(exc) else "folded" if "fold" in str(exc) else "lens"
        yield problem(code, "error", where, reason=exc)
        return
    yield from _of_map(ground, pairs, where)
    hull = MultiPoint(pairs.plan_points).convex_hull
    if not any(zone.polygon.intersects(hull) for zone in plan.zones_on(level)):
        yield problem("no-zone", "error", where)
    zones = [] if draft.planes else [plan.walkable(zone.id) for zone in plan.zones_on(level)]
    if _horizon_is_low(ground, pairs, draft.size, zones):
        yield problem("horizon", "error", where)


def map_of_draft(draft: CameraDraft, pairs: PairsDraft) -> Homography:
    """Return the map of one table of pairs: with its own lens, else that of the camera; CalibrationError if none."""
    lens = pairs if pairs.camera_matrix is not None or draft.calibration is None else draft.calibration
    return Homography.from_correspondences(
        pairs.image_points, pairs.plan_points, camera_matrix=lens.camera_matrix, distortion=lens.distortion
    )


def _of_map(ground: Homography, pairs: PairsDraft, where: Place) -> Iterator[Problem]:
    if ground.mirrored:
        yield problem("mirrored", "error", where)
    rms = ground.reprojection_error
    one = misplaced_pair(pairs.image_points, pairs.plan_points, lens=ground.lens)
    severity: Severity = "error" if rms > WRONG_ERROR_M else "warning"
    if one is not None:
        place = Place(where.camera, one.pair, where.plane)
        code = "off" if np.isfinite(one.off_m) else "beyond"
        yield problem(code, severity, place, pair=one.pair + 1, off=f"{one.off_m:.1f}")
    elif rms > ODD_ERROR_M:
        yield problem("rough", severity, where, rms=f"{rms:.1f}")


def _outside(pairs: PairsDraft, size: Size | None, where: Place) -> Iterator[Problem]:
    for number, (x, y) in enumerate(pairs.image_points):
        if size is not None and not (0 <= x <= size[0] and 0 <= y <= size[1]):
            place = Place(where.camera, number, where.plane)
            yield problem("outside", "error", place, pair=number + 1, width=size[0], height=size[1])


def _horizon_is_low(ground: Homography, pairs: PairsDraft, size: Size | None, zones: Sequence[BaseGeometry]) -> bool:
    points = np.asarray(pairs.image_points, dtype=np.float64).reshape(-1, 2)
    width, height = size or (int(value) for value in np.ceil(points.max(axis=0)))
    if runs_below(ground, points, (width, height)):
        return True
    return any(runs_below(ground, ground_in_view(ground, zone, (width, height)), (width, height)) for zone in zones)


def _of_polygon(kind: str, corners: Sequence[Pixels], size: Size | None, where: Place) -> Iterator[Problem]:
    """Yield what is wrong with a region or a mask; ``kind`` is its word."""
    ring = Polygon(corners) if len(corners) >= 3 else Polygon()
    if not ring.is_valid or ring.area <= 0:
        yield problem(kind, "error", where)
    elif size is not None and ring.intersection(shapely.box(0, 0, *size)).area == 0:
        yield problem(f"{kind}-outside", "error" if kind == "region" else "warning", where)
