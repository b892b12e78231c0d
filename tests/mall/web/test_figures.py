import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from shapely import box

from mall.web.figures import Look, heat_chart, hour_chart, tokens, zone_grid

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = 1_795_239_127.0  # 2026-11-21 14:32:07 JST
MINUTE = NOW - NOW % 60


def look(theme: str = "dark") -> Look:
    return Look.of(theme, "en", TOKYO)


def grid(values: list[list[int]], bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    cells = np.asarray(values, dtype="<u2")
    packed = base64.b64encode(cells.tobytes()).decode()
    return {
        "bounds": list(bounds),
        "cell_m": 1.0,
        "ny": cells.shape[0],
        "nx": cells.shape[1],
        "not_observed": 65535,
        "grid": packed,
    }


def test_both_schemes_name_the_same_colours() -> None:
    assert tokens()["dark"].keys() == tokens()["light"].keys()
    assert tokens()["dark"]["losE"] == "#e28635"


@pytest.mark.parametrize(
    ("theme", "ink"), [("dark", "#f1f5f8"), ("light", "#0f1820"), ("purple", "#f1f5f8"), ("", "#f1f5f8")]
)
def test_the_scheme_decides_the_ink(theme: str, ink: str) -> None:
    figure = hour_chart([], area_m2=10.0, category="concourse", now=NOW, look=look(theme))
    assert figure.data[0].line.color == ink


def test_density_is_people_by_the_area_seen_and_a_gap_stays_a_gap() -> None:
    minutes = [[MINUTE - 180, 5.0, 0.25], [MINUTE - 120, 20.0, 1.0], [MINUTE - 60, None, 0.0], [MINUTE, 0.0, 1.0]]
    figure = hour_chart(minutes, area_m2=40.0, category="concourse", now=NOW, look=look())
    line = figure.data[0]
    # Five people on the quarter of the floor that was seen are as dense as twenty on all of it.
    assert list(line.y)[-4:] == [0.5, 0.5, None, 0.0]
    assert list(line.y)[:-4] == [None] * 57
    assert line.connectgaps is False


def test_the_hour_ends_now_in_the_malls_own_time() -> None:
    figure = hour_chart([], area_m2=10.0, category="concourse", now=NOW, look=look())
    assert [f"{figure.data[0].x[i]:%H:%M}" for i in (0, -1)] == ["13:32", "14:32"]


@pytest.mark.parametrize(
    ("category", "people", "lines"),
    [
        ("concourse", 0.0, [0.31]),  # calm: the next class alone
        ("concourse", 5.0, [0.31, 0.43, 0.72]),
        ("concourse", 100.0, [0.31, 0.43, 0.72, 1.08, 2.17]),
        ("shop", 5.0, []),  # no standard, no letter, no line
    ],
)
def test_limits_are_drawn_up_to_the_one_above_the_curve(category: str, people: float, lines: list[float]) -> None:
    figure = hour_chart([[MINUTE, people, 1.0]], area_m2=10.0, category=category, now=NOW, look=look())
    drawn = sorted(shape.y0 for shape in figure.layout.shapes)
    assert drawn == pytest.approx(lines)
    assert figure.layout.yaxis.range[1] > max([*drawn, people / 10])


def test_names_of_limits_keep_apart() -> None:
    figure = hour_chart([[MINUTE, 15.0, 1.0]], area_m2=10.0, category="concourse", now=NOW, look=look())
    named = sorted(note.y for note in figure.layout.annotations)
    assert named[-1] == pytest.approx(2.17)
    assert min(high - low for low, high in pairwise(named)) >= 0.2


def test_cells_outside_the_zone_or_not_observed_are_empty() -> None:
    heat = grid([[1000, 2000, 65535], [0, 500, 65535], [9, 9, 9]], (0, 0, 3, 3))
    x, y, density = zone_grid(heat, box(0, 0, 3, 2))
    assert (x.tolist(), y.tolist()) == ([0.5, 1.5, 2.5], [0.5, 1.5])
    np.testing.assert_allclose(density, [[1.0, 2.0, np.nan], [0.0, 0.5, np.nan]])


def test_a_zone_beside_the_grid_gives_an_empty_one() -> None:
    x, y, density = zone_grid(grid([[1]], (0, 0, 1, 1)), box(5, 5, 6, 6))
    assert (x.size, y.size, density.shape) == (0, 0, (0, 0))


def test_heat_has_the_fixed_scale_whatever_the_values() -> None:
    figure = heat_chart(grid([[100, 65535]], (0, 0, 2, 1)), box(0, 0, 2, 1), look=look())
    heat = figure.data[0]
    assert (heat.zmin, heat.zmax, heat.hoverongaps) == (0.0, 4.0, False)


def test_what_nobody_observes_is_hatched_and_nothing_else() -> None:
    cells = [[65535, 65535, 100], [100, 65535, 100]]
    hatch = heat_chart(grid(cells, (0, 0, 3, 2)), box(0, 0, 3, 2), look=look()).data[1]
    assert hatch.fillpattern.shape == "/"
    corners = [point for point in zip(hatch.x, hatch.y, strict=True) if point[0] is not None]
    rectangles = [box(*corners[i], *corners[i + 2]) for i in range(0, len(corners), 5)]
    assert [rectangle.bounds for rectangle in rectangles] == [(0, 0, 2, 1), (1, 1, 2, 2)]


def test_a_zone_that_is_seen_whole_has_no_hatching() -> None:
    assert list(heat_chart(grid([[0, 5]], (0, 0, 2, 1)), box(0, 0, 2, 1), look=look()).data[1].x) == []


def test_figures_name_no_address_outside() -> None:
    hour = hour_chart([[MINUTE, 1.0, 1.0]], area_m2=5.0, category="stair", now=NOW, look=look("light"))
    heat = heat_chart(grid([[1]], (0, 0, 1, 1)), box(0, 0, 1, 1), look=look("light"))
    for figure in (hour, heat):
        assert "http" not in figure.to_json()
        assert json.loads(figure.to_json())["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"


def test_the_heat_scale_of_the_plan_is_the_same() -> None:
    script = (Path(__file__).parents[3] / "assets" / "plan_operator.js").read_text("utf-8")
    assert '[0.155, "A"], [0.37, "B"], [0.575, "C"], [0.9, "D"], [1.9, "E"], [3.5, "F"]' in script
