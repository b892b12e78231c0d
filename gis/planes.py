"""A camera over several planes of one level: each region of its picture has a map of its own to the floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from gis.body import BodyModel, GroundPoints
from gis.homography import CalibrationError, Homography
from gis.lens import Floats

Bools: TypeAlias = NDArray[np.bool_]
Size: TypeAlias = tuple[int, int]

PREDICTED_PX = 1.0
"""A ground point whose pixel lies further from the bottom of its box than this was predicted from the head."""


@dataclass(frozen=True, eq=False)
class Plane:
    """One map to the floor and the part of the picture, in raw pixels, where it holds; None: everywhere."""

    ground: Homography
    region: BaseGeometry | None = None

    def holds(self, pixels: Floats, size: Size) -> Bools:
        """Return (N,) whether raw pixels (N, 2) lie in the region; beyond the picture's edge it goes on as at it."""
        if self.region is None:
            return np.ones(len(pixels), dtype=np.bool_)
        x, y = np.clip(pixels, 0.0, size).T
        return np.asarray(shapely.intersects_xy(self.region, x, y), dtype=np.bool_)


class Planes:
    """The planes of one camera; like ``Homography``, but a pixel in no region has no place.

    A foot point, seen or predicted from the head, is placed by the plane whose region it lies in; where regions
    overlap, by the first of them.

    Args:
        maps: of each plane.
        regions: of each plane, as ``region_of`` gives them.

    """

    def __init__(self, maps: Sequence[Homography], regions: Sequence[Polygon]) -> None:
        self.planes = tuple(
            Plane(ground, _without(region, regions[:i]))
            for i, (ground, region) in enumerate(zip(maps, regions, strict=True))
        )

    def to_plan(self, pixels: ArrayLike, *, size: Size) -> Floats:
        """Return (N, 2) metres of (N, 2) raw pixels; NaN in no region and beyond a plane's horizon."""
        raw = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        found = np.stack([plane.ground.to_plan(raw) for plane in self.planes])
        return _taken(found, plane_of(self.planes, raw, size))

    def ground_points(self, xyxy: ArrayLike, *, size: Size) -> GroundPoints:
        """Return where people stand.

        The plane of the bottom centre of a box says whether the feet are seen. If so it places them; if not, the foot
        it predicts must lie in its own region, else the first other plane takes it of which that is true.

        Args:
            xyxy: (N, 4) boxes in raw pixels.
            size: (width, height) of the picture in pixels.

        """
        boxes = np.asarray(xyxy, dtype=np.float64).reshape(-1, 4)
        bottoms = bottom_centres(boxes)
        found = [plane.ground.ground_points(boxes, size=size) for plane in self.planes]
        accepts = np.stack([_accepts(*pair, bottoms, size) for pair in zip(self.planes, found, strict=True)])
        chosen = choose(accepts, plane_of(self.planes, bottoms, size))
        xy, cov = (_taken(np.stack(each), chosen) for each in ([g.xy for g in found], [g.cov for g in found]))
        firm = np.stack([g.firm for g in found])[chosen, np.arange(len(boxes))] & (chosen >= 0)
        return GroundPoints(xy, cov, firm)

    def body(self, size: Size) -> BodyModel | None:
        """Return the model of bodies of the first plane that tells the camera's pose, None where none does."""
        return next((body for plane in self.planes if (body := plane.ground.body(size)) is not None), None)

    def footprint(self, width: int, height: int) -> BaseGeometry:
        """Return the ground that a picture of this size shows well enough in any region, in metres."""
        return shapely.union_all([p.ground.footprint(width, height, region=p.region) for p in self.planes])


Ground: TypeAlias = Homography | Planes


def planes_of(ground: Ground) -> tuple[Plane, ...]:
    """Return the planes of a camera; a single map is one that holds everywhere."""
    return ground.planes if isinstance(ground, Planes) else (Plane(ground),)


def region_of(corners: ArrayLike) -> Polygon:
    """Return a region with these corners (N, 2) in raw pixels; CalibrationError if they are not those of a polygon."""
    try:
        region = Polygon(np.asarray(corners, dtype=np.float64))
    except (TypeError, ValueError) as exc:
        raise CalibrationError(f"region: not a polygon: {exc}") from exc
    if not region.is_valid or region.area <= 0:
        raise CalibrationError(f"region: not a simple polygon: {explain_validity(region)}")
    return region


def bottom_centres(boxes: Floats) -> Floats:
    """Return (N, 2) the middle of the lower edge of boxes (N, 4)."""
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def plane_of(planes: Sequence[Plane], pixels: Floats, size: Size) -> NDArray[np.intp]:
    """Return (N,) the index of the first plane whose region holds each of the raw pixels (N, 2), -1 for none."""
    held = np.stack([plane.holds(pixels, size) for plane in planes])
    return np.where(held.any(axis=0), held.argmax(axis=0), -1)


def choose(accepts: Bools, own: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (N,) the plane that takes each foot, -1 for none.

    Args:
        accepts: (K, N) whether a plane could take it.
        own: (N,) the plane asked first; where it is -1 no other is asked.

    """
    first = own[None, :] == np.arange(len(accepts))[:, None]
    wish = accepts.astype(np.int8) * np.where(first, 2, 1)
    return np.where((own >= 0) & accepts.any(axis=0), wish.argmax(axis=0), -1)


def _accepts(plane: Plane, found: GroundPoints, bottoms: Floats, size: Size) -> Bools:
    """Return (N,) whether the foot that a plane sees or predicts lies in its own region."""
    pixels = plane.ground.to_image(found.xy)
    seen = np.hypot(*(pixels - bottoms).T) <= PREDICTED_PX
    return plane.holds(np.where(seen[:, None], bottoms, pixels), size)


def _taken(values: Floats, chosen: NDArray[np.intp]) -> Floats:
    """Return (N, m) of (K, N, m) those of the chosen planes, NaN where none was."""
    return np.where(chosen[:, None] >= 0, values[chosen, np.arange(len(chosen))], np.nan)


def _without(region: Polygon, earlier: Sequence[Polygon]) -> BaseGeometry:
    rest = shapely.difference(region, shapely.union_all(list(earlier))) if earlier else region
    shapely.prepare(rest)
    return rest
