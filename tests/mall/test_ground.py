"""What the site file says of a camera becomes its map to the floor."""

from typing import Any

import numpy as np
import pytest

from gis.homography import CalibrationError, Homography
from gis.planes import Planes
from mall.ground import ground_of
from mall.site_file import Camera

WHOLE = [[0, 0], [100, 0], [100, 100], [0, 100]]
PLAN = [[0, 10], [10, 10], [10, 0], [0, 0]]
LENS = {"camera_matrix": [[100, 0, 50], [0, 100, 50], [0, 0, 1]], "distortion": [0.1]}


def camera(**tables: Any) -> Camera:
    return Camera.model_validate({"id": "c1", "source": "c1.mp4", "level": "1f", **tables})


def plane(**changes: Any) -> dict[str, Any]:
    return {"region": WHOLE, "image_points": WHOLE, "plan_points": PLAN, **changes}


def test_without_pairs_there_is_no_map() -> None:
    assert ground_of(camera()) is None
    assert not camera().is_calibrated


def test_one_table_of_pairs_is_one_map() -> None:
    single = camera(calibration={"image_points": WHOLE, "plan_points": PLAN})
    ground = ground_of(single)
    assert isinstance(ground, Homography)
    assert single.is_calibrated
    np.testing.assert_allclose(ground.to_plan([[50, 50]]), [[5, 5]], atol=1e-9)


def test_a_plane_has_the_camera_s_lens_unless_it_names_its_own() -> None:
    own = {"camera_matrix": [[200, 0, 50], [0, 200, 50], [0, 0, 1]]}
    split = camera(calibration=LENS, plane=[plane(), plane(**own)])
    ground = ground_of(split)
    assert split.is_calibrated
    assert isinstance(ground, Planes)
    shared, other = (plane.ground.lens for plane in ground.planes)
    assert shared is not None
    assert other is not None
    assert (shared.camera_matrix[0, 0], shared.distortion[0]) == (100, 0.1)
    assert (other.camera_matrix[0, 0], other.distortion[0]) == (200, 0)
    (bare,) = ground_of(camera(plane=[plane()])).planes  # type: ignore[union-attr]
    assert bare.ground.lens is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"image_points": [[0, 0], [1, 0], [2, 0], [3, 0]]}, "lie on"),
        ({"plan_points": [[0, 10], [10, 0], [10, 10], [0, 0]]}, "fold"),
        ({"region": [[0, 0], [9, 9], [9, 0], [0, 9]]}, "region: not a simple polygon"),
        ({"distortion": [0.1]}, "distortion needs a camera_matrix"),
    ],
)
def test_what_is_wrong_with_a_plane_is_said_with_camera_and_number(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(CalibrationError, match=rf"^plane 2: .*{text}"):
        ground_of(camera(plane=[plane(), plane(**changes)]))
