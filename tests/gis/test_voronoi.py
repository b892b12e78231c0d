"""Voronoi density against cells drawn by hand, and against PedPy where it is installed."""

import numpy as np
import pytest
import shapely

from gis.voronoi import voronoi_cells, voronoi_density

ROOM = shapely.box(0, 0, 10, 10)


def density(points: list[list[float]], zone: shapely.Polygon = ROOM, walkable: shapely.Polygon = ROOM) -> float:
    return voronoi_density(voronoi_cells(np.array(points, dtype=np.float64).reshape(-1, 2), walkable), zone)


def test_nobody_is_zero() -> None:
    assert density([]) == 0.0


def test_a_zone_without_area_is_zero() -> None:
    assert density([[5, 5]], shapely.Polygon()) == 0.0


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([[5, 5]], 0.01),  # one person owns the room
        ([[2.5, 5], [7.5, 5]], 0.02),  # each owns half
        ([[2, 2], [8, 2], [2, 8], [8, 8]], 0.04),
        ([[5, 5], [5, 5]], 0.02),  # both at one place
        ([[5, 5], [5, 5 + 1e-9], [5, 5]], 0.03),
        ([[2.5, 5], [7.5, 5], [2.5, 5]], 0.03),
        ([[5, 5], [50, 50]], 0.01),  # the second stands outside and owns nothing of it
    ],
)
def test_over_the_whole_room_it_is_people_by_area(points: list[list[float]], expected: float) -> None:
    assert density(points) == pytest.approx(expected)


def test_a_part_of_the_room_takes_its_share_of_each_cell() -> None:
    # Cells are the left and the right half, 50 m² each; the zone is all of the left one and a fifth of the right.
    assert density([[2.5, 5], [7.5, 5]], shapely.box(0, 0, 6, 10)) == pytest.approx((1 + 0.2) / 60)


def test_people_at_one_place_have_their_cell_in_common() -> None:
    cells = voronoi_cells(np.array([[7.5, 5], [2.5, 5], [7.5, 5]]), ROOM)
    assert [cell.area for cell in cells] == pytest.approx([50, 50, 50])
    # Two in the right half, one in the left: a fifth of the right half holds 0.4 of them.
    assert density([[7.5, 5], [2.5, 5], [7.5, 5]], shapely.box(0, 0, 6, 10)) == pytest.approx((1 + 0.4) / 60)


def test_nobody_owns_ground_behind_a_wall() -> None:
    halves = shapely.union(shapely.box(0, 0, 4.9, 10), shapely.box(5.1, 0, 10, 10))
    assert density([[2, 5]], shapely.box(5.1, 0, 10, 10), halves) == 0.0
    assert density([[2, 5]], shapely.box(0, 0, 4.9, 10), halves) == pytest.approx(1 / 49)


def test_it_agrees_with_pedpy() -> None:
    pedpy = pytest.importorskip("pedpy")
    rng = np.random.default_rng(7)
    points = rng.uniform(0.2, 9.8, (30, 2))
    import pandas as pd

    rows = pd.DataFrame({"id": range(30), "frame": 0, "x": points[:, 0], "y": points[:, 1]})
    traj = pedpy.TrajectoryData(data=rows, frame_rate=1.0)
    cells = pedpy.compute_individual_voronoi_polygons(traj_data=traj, walkable_area=pedpy.WalkableArea(ROOM))
    zone = shapely.box(3, 3, 7, 6)
    found, _ = pedpy.compute_voronoi_density(
        individual_voronoi_data=cells, measurement_area=pedpy.MeasurementArea(zone)
    )
    assert density(points.tolist(), zone) == pytest.approx(float(found["density"].iloc[0]), rel=0.001)
