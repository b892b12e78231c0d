"""What a person has placed and drawn so far, which may not be right yet."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gis.floorplan import FloorPlan, load_floorplan
from gis.homography import CalibrationError
from gis.plan_lines import with_lines
from gis.planes import Ground
from mall.config import Site
from mall.ground import ground_of
from mall.site_file import Calibration, Camera, Pairs, Plane

Pixels = tuple[float, float]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PairsDraft:
    """Pairs of raw pixels and metres, as many as there are yet, and the lens; ``region``: of a plane, raw pixels."""

    image_points: Sequence[Pixels] = ()
    plan_points: Sequence[Pixels] = ()
    camera_matrix: Sequence[Sequence[float]] | None = None
    distortion: Sequence[float] | None = None
    region: Sequence[Pixels] | None = None

    def table(self) -> dict[str, Any]:
        """Return it as a table of the site file; None where a key is to be absent."""
        rows: dict[str, Any] = {
            "image_points": rows_of(self.image_points) or None,
            "plan_points": rows_of(self.plan_points) or None,
            "camera_matrix": None if self.camera_matrix is None else rows_of(self.camera_matrix),
            "distortion": None if self.distortion is None else list(self.distortion),
        }
        return rows if self.region is None else {"region": rows_of(self.region), **rows}


@dataclass(frozen=True, slots=True)
class CameraDraft:
    """A camera as it would be; ``size``: (width, height) px of the picture it was placed on, where known."""

    camera: str
    size: Size | None = None
    calibration: PairsDraft | None = None
    planes: Sequence[PairsDraft] = ()
    masks: Sequence[Sequence[Pixels]] = ()

    def pairs(self) -> list[tuple[int | None, PairsDraft]]:
        """Return every table of pairs with the number of its plane from 0; None is the only plane."""
        if self.planes:
            return list(enumerate(self.planes))
        return [] if self.calibration is None else [(None, self.calibration)]


def draft_of(camera: Camera) -> CameraDraft:
    """Return a camera of the site as a draft."""
    calibration = None if camera.calibration is None else _draft_of_pairs(camera.calibration)
    planes = tuple(_draft_of_pairs(plane) for plane in camera.plane)
    return CameraDraft(camera.id, camera.size, calibration, planes, camera.masks)


def _draft_of_pairs(pairs: Pairs) -> PairsDraft:
    region = pairs.region if isinstance(pairs, Plane) else None
    return PairsDraft(pairs.image_points, pairs.plan_points, pairs.camera_matrix, pairs.distortion, region)


def _present(draft: PairsDraft) -> dict[str, Any]:
    return {key: value for key, value in draft.table().items() if value is not None}


def rows_of(points: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return points as the site file has them: whole numbers without a decimal point."""
    return [[int(v) if float(v).is_integer() else float(v) for v in point] for point in points]


def drafted(site: Site, draft: CameraDraft) -> Camera | None:
    """Return the camera of the site with a draft in it; None where the draft is no calibration yet."""
    camera = site.camera(draft.camera)
    try:
        calibration = None if draft.calibration is None else Calibration.model_validate(_present(draft.calibration))
        planes = tuple(Plane.model_validate(_present(plane)) for plane in draft.planes)
        changed = {"calibration": calibration, "plane": planes, "size": draft.size or camera.size}
        return Camera.model_validate(camera.model_copy(update=changed).model_dump(exclude_unset=False))
    except ValidationError:
        return None


def ground_of_draft(camera: Camera | None) -> Ground | None:
    """Return a drafted camera's map to the floor, None where none follows from it."""
    try:
        return None if camera is None else ground_of(camera)
    except CalibrationError:
        return None


def plan_of(site: Site, collection: Mapping[str, Any] | None) -> FloorPlan:
    """Return a drafted plan, read as the site's own would be; the site's where there is no draft.

    Raises:
        PlanError: naming the feature and what is wrong with it.

    """
    if collection is None:
        return site.plan
    levels = [(level.id, level.label or level.id, level.elevation_m) for level in site.file.level]
    with tempfile.NamedTemporaryFile("w", suffix=".geojson", encoding="utf-8") as file:
        json.dump(collection, file)
        file.flush()
        plan = replace(load_floorplan(Path(file.name), levels=levels), footprints=site.plan.footprints)
    lines = site.file.plan.lines
    return plan if lines is None else with_lines(plan, site.folder / lines)
