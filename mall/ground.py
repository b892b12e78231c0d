"""A camera's map from its pictures to the floor, from what the site file says of it."""

from gis.homography import CalibrationError, Homography
from gis.planes import Ground, Planes, region_of
from mall.site_file import Calibration, Camera, Pairs, Plane


class PlaneError(CalibrationError):
    """One plane of a camera cannot be used; ``key`` is its place in the camera's table."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"plane {number}: {reason}")
        self.key, self.reason = f"plane {number}", reason


def ground_of(camera: Camera) -> Ground | None:
    """Return a camera's map to the floor, None without calibration.

    Raises:
        CalibrationError: if pairs are degenerate or fold, or a region is no polygon; PlaneError where of a plane.

    """
    if not camera.plane:
        return None if camera.calibration is None else map_of(camera.calibration)
    maps, regions = [], []
    for number, plane in enumerate(camera.plane, start=1):
        try:
            maps.append(plane_map_of(plane, camera.calibration))
            regions.append(region_of(plane.region))
        except CalibrationError as exc:
            raise PlaneError(number, str(exc)) from exc
    return Planes(maps, regions)


def map_of(pairs: Pairs) -> Homography:
    """Return the map of one table of pairs with its own lens; CalibrationError as for ``ground_of``."""
    return Homography.from_correspondences(
        pairs.image_points, pairs.plan_points, camera_matrix=pairs.camera_matrix, distortion=pairs.distortion
    )


def plane_map_of(plane: Plane, calibration: Calibration | None) -> Homography:
    """Return the map of one plane: with its own lens if it names any part of one, else with the camera's."""
    if calibration is None or plane.camera_matrix is not None or plane.distortion is not None:
        return map_of(plane)
    lens = {"camera_matrix": calibration.camera_matrix, "distortion": calibration.distortion}
    return map_of(plane.model_copy(update=lens))
