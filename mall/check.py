"""What is wrong with a site that loads, and where: plan, calibration, sources, coverage, detector."""

import sys
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely import MultiPoint, Polygon, box
from shapely.geometry.base import BaseGeometry

from gis.floorplan import PRIVATE_CATEGORIES, FloorPlan
from gis.homography import CalibrationError, Homography
from gis.horizon import ground_in_view, runs_below
from gis.plan_problems import Problem, problems
from gis.planes import region_of
from mall.advisories.roles import roles_of
from mall.cameras.accuracy_card import kept_judgement
from mall.cameras.camera_path import Size
from mall.cameras.trial import Trial, try_camera
from mall.config import Site
from mall.doubts import told
from mall.ground import ground_of, map_of, plane_map_of
from mall.notify.problems import channel_problems
from mall.site_base import SiteWarning
from mall.site_file import Camera, Pairs, Plane
from mall.validation import load_valid_site

# Half a metre is a person's width: beyond it people stand in the wrong zone; beyond 1.5 m nothing can be trusted.
ODD_ERROR_M = 0.5
WRONG_ERROR_M = 1.5
# Own choice: at 2 % of the height a common camera looks 150 m far, where a pixel is five metres.
NEAR_HORIZON = 0.02
# Less of a zone than this share of its walkable area counts as not seen.
SEEN_SHARE = 0.01
# Regions drawn along one another overlap a little.
OVERLAP_PX2 = 25.0

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
    sys.stdout.write(f"{site.file.site.name}: {_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}\n")
    return 2 if errors else 0


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def check_site(site: Site) -> list[Problem]:
    """Return every problem of a loaded site; ``place`` names the file and the feature in it."""
    plan_file = site.folder / site.file.plan.file
    found = [Problem(f"{site.plan_file_of(p.place)}: {p.place}", p.text, p.severity) for p in problems(site.plan)]
    blind = set()
    for camera in site.cameras:
        findings = [*_camera_problems(site.plan, camera, try_camera(site, camera)), *_judgements(site, camera)]
        if any(severity == "error" and key.startswith((".calibration", ".plane")) for key, _, severity in findings):
            blind.add(camera.level)
        found += [Problem(f"{site.place(camera)}{key}", text, severity) for key, text, severity in findings]
    return [*found, *_unseen_zones(site, plan_file, blind), *_uncounted_exits(site, plan_file), *channel_problems(site)]


def _camera_problems(plan: FloorPlan, camera: Camera, tried: Trial) -> Iterator[Finding]:
    yield from ((f".{key}", text, "error") for key, text in tried.faults.items())
    is_seen = "source" not in tried.faults and not camera.is_boxes
    if is_seen and tried.sight is not None and tried.sight.trust.fit == "unproven":
        text = f"detector {tried.sight.name} was never measured on this camera: its figures are UNPROVEN"
        yield ".weights", f"{text}; count heads for ten minutes and run calibrate", "warning"
    if not camera.is_calibrated:
        yield "", "no calibration: people are counted in the picture and placed nowhere", "warning"
    for key, pairs, homography in _maps(camera):
        for text_key, text, severity in _calibration_problems(plan, camera, pairs, homography, tried.size):
            yield f"{key}{text_key}", text, severity
    yield from _region_problems(camera, tried.size)


def _judgements(site: Site, camera: Camera) -> Iterator[Finding]:
    """Yield what people who walked by said of this very map to the floor, when ``calibrate`` last ran."""
    judged = kept_judgement(site, camera)
    for doubt in () if judged is None else judged.doubts():
        yield ".calibration", told(doubt)["en"], "warning"


def _maps(camera: Camera) -> Iterator[tuple[str, Pairs, Homography]]:
    """Yield key, pairs and map of every table of pairs that gives one; those that give none are faults already."""
    tables: list[tuple[str, Pairs]] = [(f".plane {i}", plane) for i, plane in enumerate(camera.plane, start=1)]
    if camera.calibration is not None and not tables:
        tables = [(".calibration", camera.calibration)]
    for key, pairs in tables:
        try:
            homography = plane_map_of(pairs, camera.calibration) if isinstance(pairs, Plane) else map_of(pairs)
        except CalibrationError:
            continue
        yield key, pairs, homography


def _region_problems(camera: Camera, size: Size | None) -> Iterator[Finding]:
    """Yield what is odd about the regions of planes; the first plane holds where they overlap."""
    regions: list[tuple[int, Polygon]] = []
    for number, plane in enumerate(camera.plane, start=1):
        try:
            region = region_of(plane.region)
        except CalibrationError:
            continue
        if size is not None and region.intersection(box(0, 0, *size)).area == 0:
            text = f"lies outside the picture of {size[0]} x {size[1]} px"
            yield f".plane {number}.region", text, "error"
        for earlier, other in regions:
            if (shared := region.intersection(other).area) > OVERLAP_PX2:
                text = f"overlaps that of plane {earlier} by {shared:.0f} px²; people there stand on plane {earlier}"
                yield f".plane {number}.region", text, "warning"
        regions.append((number, region))


def _calibration_problems(
    plan: FloorPlan, camera: Camera, pairs: Pairs, homography: Homography, size: Size | None
) -> Iterator[Finding]:
    error_m = float(homography.reprojection_error)
    if error_m > ODD_ERROR_M:
        text = f"reprojection error {error_m:.2f} m (expected at most {ODD_ERROR_M} m): a point is misplaced"
        yield "", text, "error" if error_m > WRONG_ERROR_M else "warning"
    if homography.mirrored:
        yield "", "the picture would show the plan mirrored: is y up in plan_points, are two swapped?", "error"
    hull = MultiPoint(pairs.plan_points).convex_hull
    zones = plan.zones_on(camera.level)
    if not any(zone.polygon.intersects(hull) for zone in zones):
        yield ".plan_points", f"they lie in no zone of level {camera.level!r}", "error"
    yield from _horizon_problems(plan, camera, pairs, homography, size)


def _horizon_problems(
    plan: FloorPlan, camera: Camera, pairs: Pairs, homography: Homography, size: Size | None
) -> Iterator[Finding]:
    points = np.asarray(pairs.image_points, dtype=np.float64).reshape(-1, 2)
    # A picture of unknown size reaches to the calibration's points at least.
    width, height = size or (int(value) for value in np.ceil(points.max(axis=0)))
    if runs_below(homography, points, (width, height)):
        text = "the horizon runs through the picture below a calibrated point: people there cannot be placed"
        yield "", f"{text}; a point is misplaced", "error"
        return
    # A plane holds in its region only: what lies beyond that is another's.
    for zone in plan.zones_on(camera.level) if not camera.plane else ():
        if runs_below(homography, ground_in_view(homography, plan.walkable(zone.id), (width, height)), (width, height)):
            text = f"the horizon runs through the picture below the floor of zone {zone.id!r}"
            yield "", f"{text}: people there cannot be placed; a point is misplaced", "error"
    near = points[homography.below_horizon(points) < NEAR_HORIZON * height]
    if len(near):
        text = f"{near[0].tolist()} lies within {NEAR_HORIZON:.0%} of the picture's height of the horizon"
        yield ".image_points", f"{text}: a pixel is many metres there", "warning"


def _unseen_zones(site: Site, plan_file: Path, blind: Collection[str]) -> Iterator[Problem]:
    """Yield the zones that no camera sees, but on levels (``blind``) where a wrong calibration leaves that open."""
    views: dict[str, list[BaseGeometry]] = {}
    for camera in site.cameras:
        view = view_of(camera)
        if view is not None:
            views.setdefault(camera.level, []).append(view)
    for zone in site.plan.zones:
        if zone.category in PRIVATE_CATEGORIES or zone.level in blind:
            # No camera belongs into the first; the second cannot be known yet.
            continue
        walkable = site.plan.walkable(zone.id)
        seen = walkable.intersection(shapely.union_all(views.get(zone.level, [])))
        if walkable.area and seen.area < SEEN_SHARE * walkable.area:
            text = "no camera sees it: its figures stay unknown"
            yield Problem(f"{plan_file}: zone {zone.id!r}", text, "warning")


def _uncounted_exits(site: Site, plan_file: Path) -> Iterator[Problem]:
    """Yield the exits that no line counts: whether people get out there nobody can see."""
    for doors in roles_of(site.plan).doors.values():
        for door in doors:
            text = "no entrance line counts who passes it: blocked-exit sees it only once it is closed on the plan"
            yield Problem(f"{plan_file}: opening {door!r}", text, "warning")


def view_of(camera: Camera) -> BaseGeometry | None:
    """Return the ground (m) a calibrated camera sees; the hull of its calibration where its picture size is unknown."""
    try:
        ground = ground_of(camera)
    except CalibrationError:
        return None
    if ground is None:
        return None
    if camera.size is not None:
        return ground.footprint(*camera.size)
    tables = camera.plane or (camera.calibration,)
    return shapely.union_all([MultiPoint(pairs.plan_points).convex_hull for pairs in tables if pairs])
