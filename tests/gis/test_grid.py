import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Polygon, box

from gis.density import DensityGrid

BOUNDS = (0.0, 0.0, 20.0, 10.0)


def people(grid: DensityGrid, density: NDArray[np.float64]) -> float:
    return float(density.sum() * grid.cell_m**2)


def side(grid: DensityGrid, density: NDArray[np.float64], x: float) -> tuple[float, float]:
    """People shown left and right of a column border."""
    column = round((x - grid.bounds[0]) / grid.cell_m)
    return people(grid, density[:, :column]), people(grid, density[:, column:])


def test_far_from_walls_it_is_a_gaussian() -> None:
    grid = DensityGrid(box(*BOUNDS), BOUNDS, cell_m=0.2)
    density = grid.density([[10.0, 5.0]])
    y, x = np.mgrid[0:50, 0:100] * 0.2 + 0.1
    expected = np.exp(-((x - 10) ** 2 + (y - 5) ** 2) / (2 * 0.9**2)) / (2 * np.pi * 0.9**2)
    near = np.hypot(x - 10, y - 5) < 2
    np.testing.assert_allclose(density[near], expected[near] / (1 - np.exp(-(2.5**2) / 2)), rtol=0.02)


def test_nobody_and_unknown_people() -> None:
    grid = DensityGrid(box(*BOUNDS), BOUNDS)
    assert grid.shape == (20, 40)
    assert not grid.density([]).any()
    assert not grid.density([[np.nan, 1.0], [-5.0, 5.0], [np.inf, 3.0]]).any()


def test_no_floor_shows_nobody() -> None:
    for areas in ([], Polygon()):
        grid = DensityGrid(areas, BOUNDS)
        assert not grid.walkable.any()
        assert not grid.density([[1.0, 1.0]]).any()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_integral_is_the_number_of_people(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = [shapely.Point(rng.uniform(0, 20), rng.uniform(0, 10)).buffer(rng.uniform(0.2, 1.5)) for _ in range(8)]
    floor = box(*BOUNDS).difference(shapely.union_all(columns))
    points = rng.uniform((0, 0), (20, 10), (60, 2))
    on_floor = points[shapely.contains_xy(floor, points)]
    grid = DensityGrid(floor, BOUNDS)
    density = grid.density(on_floor)
    assert people(grid, density) == pytest.approx(len(on_floor))
    assert (density >= 0).all()
    assert not density[~grid.walkable].any()


@pytest.mark.parametrize("wall_x", [10.0, 10.1, 10.25, 10.4])
def test_nobody_shows_behind_the_wall_between_two_areas(wall_x: float) -> None:
    """Whatever the raster does to the wall, everybody stays on their own side of it."""
    left, right = box(0, 0, wall_x, 10), box(wall_x, 0, 20, 10)
    grid = DensityGrid([left, right], BOUNDS)
    for x, y in [(wall_x - 0.01, 5.0), (wall_x - 0.2, 0.1), (wall_x - 1.0, 9.9)]:
        density = grid.density([[x, y]])
        assert people(grid, density) == pytest.approx(1)
        inside = grid._label == np.flatnonzero(shapely.equals(grid._areas, left))[0]
        assert not density[~inside].any()


@pytest.mark.parametrize("wall", [0.6, 0.2, 0.05])
def test_a_thin_wall_inside_an_area_stops_the_kernel(wall: float) -> None:
    """The wall has one door far away; a wall thinner than a cell may pass between all centres."""
    x = 10.27
    floor = box(*BOUNDS).difference(box(x, 0, x + wall, 8.0))
    grid = DensityGrid(floor, BOUNDS)
    for who in [(x - 0.02, 1.0), (x - 0.3, 2.2), (x - 0.9, 3.3)]:
        density = grid.density([who])
        assert people(grid, density) == pytest.approx(1)
        assert side(grid, density, 10.5)[1] == 0, who
    through_the_door = grid.density([[x - 0.1, 9.0]])
    assert side(grid, through_the_door, 10.5)[1] > 0.2


def test_areas_that_touch_share_the_kernel_when_united() -> None:
    left, right = box(0, 0, 10, 10), box(10, 0, 20, 10)
    density = DensityGrid(shapely.union(left, right), BOUNDS).density([[10.0, 5.0]])
    assert density[:, :20].sum() == pytest.approx(density[:, 20:].sum())


def test_someone_a_little_off_the_floor_is_put_onto_it() -> None:
    grid = DensityGrid(box(5, 0, 20, 10), BOUNDS)
    assert people(grid, grid.density([[4.4, 5.0]])) == pytest.approx(1)
    assert people(grid, grid.density([[2.0, 5.0]])) == 0


def test_bounds_need_not_fit_the_cells() -> None:
    grid = DensityGrid(box(0, 0, 3.2, 2.1), (0.0, 0.0, 3.2, 2.1))
    assert grid.shape == (5, 7)
    assert people(grid, grid.density([[3.19, 2.09], [0.0, 0.0]])) == pytest.approx(2)


@pytest.mark.parametrize(
    ("bounds", "cell_m", "message"),
    [((0, 0, 0, 5), 0.5, "area"), ((0, 0, 5, 5), 0, "positive"), ((0, 0, 1e5, 1e5), 0.5, "too large")],
)
def test_useless_rasters_are_refused(bounds: tuple[float, float, float, float], cell_m: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DensityGrid(box(0, 0, 1, 1), bounds, cell_m=cell_m)
