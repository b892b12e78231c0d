"""What is wrong with a site that loads, and where: plan, calibration, sources, coverage, detector."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely import MultiPoint
from shapely.geometry.base import BaseGeometry

from gis.floorplan import PRIVATE_CATEGORIES, FloorPlan, Problem, problems
from gis.homography import CalibrationError, Homography
from mall.config import Site
from mall.site_file import Camera, SiteWarning
from mall.validation import load_valid_site

# Half a metre is a person's width: beyond it people stand in the wrong zone; beyond 1.5 m nothing can be trusted.
ODD_ERROR_M = 0.5
WRONG_ERROR_M = 1.5
GRID_STEPS = 12
ROUND_TRIP_M = 0.1
# Less of a zone than this share of its walkable area counts as not seen.
SEEN_SHARE = 0.01

# Key of the camera's table, text, severity.
Finding = tuple[str, str, Literal["error", "warning"]]


def print_problems(folder: Path) -> int:
    """Print what is wrong with a site; return 2 if any of it is an error, else 0."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SiteWarning)
        site = load_valid_site(folder)
    found = [Problem("", str(w.message), "warning") for w in caught if issubclass(w.category, SiteWarning)]
    found += check_site(site)
    for problem in found:
        place = f"{problem.place}: " if problem.place else ""
        sys.stdout.write(f"{problem.severity}: {place}{problem.text}\n")
    errors = sum(problem.severity == "error" for problem in found)
    sys.stdout.write(f"{site.file.site.name}: {errors} errors, {len(found) - errors} warnings\n")
    return 2 if errors else 0


def check_site(site: Site) -> list[Problem]:
    """Return every problem of a loaded site; ``place`` names the file and the feature in it."""
    plan_file = site.folder / site.file.plan.file
    found = [Problem(f"{plan_file}: {p.place}", p.text, p.severity) for p in problems(site.plan)]
    for camera in site.cameras:
        place = f"{site.folder / 'site.toml'}: camera ({camera.id})"
        found += [Problem(f"{place}{key}", text, severity) for key, text, severity in _camera_problems(site, camera)]
    return found + list(_unseen_zones(site, plan_file))


def _camera_problems(site: Site, camera: Camera) -> Iterator[Finding]:
    if not camera.is_address and not site.source_path(camera).exists():
        yield ".source", f"no such file: {site.source_path(camera)}", "error"
    elif not camera.is_boxes:
        yield from _detector_problems(site, camera)
    if camera.calibration is None:
        yield "", "no calibration: people are counted in the picture and placed nowhere", "warning"
        return
    try:
        homography = homography_of(camera)
    except CalibrationError as exc:
        yield ".calibration", str(exc), "error"
        return
    yield from _calibration_problems(site.plan, camera, homography)


def homography_of(camera: Camera) -> Homography:
    """Return the mapping of a calibrated camera; CalibrationError where its pairs are degenerate or folded."""
    pairs = camera.calibration
    if pairs is None:
        raise CalibrationError("no calibration")
    return Homography.from_correspondences(
        np.asarray(pairs.image_points, dtype=np.float64),
        np.asarray(pairs.plan_points, dtype=np.float64),
        camera_matrix=None if pairs.camera_matrix is None else np.asarray(pairs.camera_matrix, dtype=np.float64),
        distortion=pairs.distortion,
    )


def _calibration_problems(plan: FloorPlan, camera: Camera, homography: Homography) -> Iterator[Finding]:
    error_m = float(homography.reprojection_error)
    if error_m > ODD_ERROR_M:
        text = f"reprojection error {error_m:.2f} m (expected at most {ODD_ERROR_M} m): a point is misplaced"
        yield ".calibration", text, "error" if error_m > WRONG_ERROR_M else "warning"
    if homography.mirrored:
        yield (
            ".calibration",
            "the picture would show the plan mirrored: is y up in plan_points, are two swapped?",
            "error",
        )
    pairs = camera.calibration
    hull = MultiPoint(pairs.plan_points if pairs else []).convex_hull
    zones = plan.zones_on(camera.level)
    if not any(zone.polygon.intersects(hull) for zone in zones):
        yield ".calibration.plan_points", f"they lie in no zone of level {camera.level!r}", "error"
    for zone in zones:
        if crosses_horizon(homography, plan.walkable(zone.id).intersection(hull)):
            text = f"the horizon runs through the walkable part of zone {zone.id!r}: people there cannot be placed"
            yield ".calibration", text, "error"


def crosses_horizon(homography: Homography, ground: BaseGeometry) -> bool:
    """Tell whether any of the ground (m) does not come back when it is sent to the picture and from there again."""
    if ground.is_empty or ground.area == 0:
        return False
    west, south, east, north = ground.bounds
    grid = np.stack(np.meshgrid(np.linspace(west, east, GRID_STEPS), np.linspace(south, north, GRID_STEPS)), axis=-1)
    points = grid.reshape(-1, 2)
    points = points[shapely.contains_xy(ground, points[:, 0], points[:, 1])]
    back = homography.to_plan(homography.to_image(points))
    # NaN compares as False: what lies beyond the horizon counts as not coming back.
    return bool(len(points)) and not bool(np.all(np.hypot(*(back - points).T) < ROUND_TRIP_M))


def _detector_problems(site: Site, camera: Camera) -> Iterator[Finding]:
    from mall.cameras.eyesight import foreseen_sight
    from vision.detector import WeightsRefusedError

    try:
        sight = foreseen_sight(site, camera)
    except WeightsRefusedError as exc:
        yield ".weights", str(exc), "error"
        return
    if sight.trust.fit == "unproven":
        text = f"detector {sight.name} was never measured on this camera: its figures are UNPROVEN"
        yield ".weights", f"{text}; count heads for ten minutes and run calibrate", "warning"


def _unseen_zones(site: Site, plan_file: Path) -> Iterator[Problem]:
    views: dict[str, list[BaseGeometry]] = {}
    for camera in site.cameras:
        view = view_of(camera)
        if view is not None:
            views.setdefault(camera.level, []).append(view)
    for zone in site.plan.zones:
        if zone.category in PRIVATE_CATEGORIES:
            # No camera belongs there.
            continue
        walkable = site.plan.walkable(zone.id)
        seen = walkable.intersection(shapely.union_all(views.get(zone.level, [])))
        if walkable.area and seen.area < SEEN_SHARE * walkable.area:
            text = "no camera sees it: its figures stay unknown"
            yield Problem(f"{plan_file}: zone {zone.id!r}", text, "warning")


def view_of(camera: Camera) -> BaseGeometry | None:
    """Return the ground (m) a calibrated camera sees; the hull of its calibration where its picture size is unknown."""
    try:
        homography = homography_of(camera)
    except CalibrationError:
        return None
    if camera.size is not None:
        return homography.footprint(*camera.size)
    pairs = camera.calibration
    return MultiPoint(pairs.plan_points if pairs else []).convex_hull
