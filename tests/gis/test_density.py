import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.density import (
    LETTERS,
    STANDARDS,
    classic_density,
    crowd_state,
    level_of_service,
    level_of_space,
    los_band,
    standard_for,
)
from gis.floorplan import CATEGORIES

WALKWAY, QUEUE, STAIR = STANDARDS["walkway"], STANDARDS["queue"], STANDARDS["stair"]
TABLE = {  # p/m², as printed; each limit belongs to the level that it closes
    "walkway": (0.31, 0.43, 0.72, 1.08, 2.17),
    "queue": (0.83, 1.11, 1.67, 3.33, 5.00),
    "stair": (0.54, 0.72, 1.08, 1.54, 2.69),
}


@pytest.mark.parametrize("name", TABLE)
def test_limits_belong_to_the_level_they_close(name: str) -> None:
    standard = STANDARDS[name]
    assert standard.source
    assert level_of_service(0, standard) == "A"
    for letter, following, limit in zip("ABCDE", "BCDEF", TABLE[name], strict=True):
        assert level_of_service(limit, standard) == letter
        assert level_of_service(math.nextafter(limit, math.inf), standard) == following
    assert level_of_service(math.inf, standard) == "F"


densities = st.floats(0, 50)
standards = st.sampled_from(list(STANDARDS.values()))


@given(densities, densities, standards)
def test_level_of_service_is_monotone(a: float, b: float, standard: object) -> None:
    low, high = sorted((a, b))
    assert level_of_service(low, standard) <= level_of_service(high, standard)  # type: ignore[arg-type]


@given(densities, standards)
def test_level_of_service_has_no_gap(density: float, standard: object) -> None:
    assert level_of_service(density, standard) in LETTERS  # type: ignore[arg-type]


@given(st.floats(0.02, 1e6), standards)
def test_space_and_density_agree(space: float, standard: object) -> None:
    assert level_of_space(space, standard) == level_of_service(1 / space, standard)  # type: ignore[arg-type]


def test_no_space_is_the_worst_and_endless_space_the_best() -> None:
    assert level_of_space(0, WALKWAY) == "F"
    assert level_of_space(math.inf, WALKWAY) == "A"


@pytest.mark.parametrize("value", [-0.1, math.nan])
def test_impossible_densities_are_refused(value: float) -> None:
    for refuse in (level_of_service, level_of_space):
        with pytest.raises(ValueError, match="0 or more"):
            refuse(value, WALKWAY)
    with pytest.raises(ValueError, match="count"):
        classic_density(value, 1)
    with pytest.raises(ValueError, match="area_m2"):
        classic_density(1, value)


def test_classic_density() -> None:
    assert classic_density(0, 10) == 0
    assert classic_density(5, 10) == 0.5
    with pytest.raises(ValueError, match="area_m2"):
        classic_density(1, 0)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 0.3, "A"),
        (0.3, 0.4, "A–B"),
        (0.3, 0.7, "A–C"),
        (0.3, 0.8, "unsure"),  # three classes apart
        (0.8, 3.0, "D–F"),
        (2.0, None, "E–F"),  # open upward
        (0.1, None, "unsure"),
        (3.0, None, "F"),
    ],
)
def test_level_of_a_band(low: float, high: float | None, expected: str) -> None:
    assert los_band(low, high, WALKWAY) == expected


def test_a_band_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        los_band(2, 1, WALKWAY)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("concourse", WALKWAY), ("atrium", WALKWAY), ("walkway", WALKWAY), ("entrance", WALKWAY),
        ("queue", QUEUE), ("event", QUEUE), ("lift", QUEUE), ("popup", QUEUE),
        ("stair", STAIR), ("escalator", STAIR),
        ("shop", None), ("food_court", None), ("seating", None), ("restroom", None), ("staff", None),
    ],
)  # fmt: skip
def test_each_category_has_its_standard(category: str, expected: object) -> None:
    assert category in CATEGORIES
    assert standard_for(category) is expected


@pytest.mark.parametrize(
    ("density", "category", "flow_change", "speed", "expected"),
    [
        (0.0, "concourse", None, None, "free"),
        (0.71, "concourse", None, None, "free"),
        (0.72, "concourse", None, None, "dense"),
        (1.2, "concourse", None, None, "dense"),
        (1.2, "concourse", -0.2, None, "dense"),
        (1.2, "concourse", -0.25, None, "critical"),  # less flow at more density
        (1.75, "concourse", 0.5, 1.0, "critical"),
        (2.2, "stair", None, 0.5, "critical"),
        (2.2, "stair", None, 0.1, "stalled"),
        (2.2, "queue", None, 0.1, "dense"),  # people stand in queues
        (3.4, "queue", None, 0.1, "critical"),
        (1.0, "seating", -0.9, 0.0, "free"),
        (4.0, "shop", None, None, "critical"),
    ],
)
def test_state_of_a_crowd(
    density: float, category: str, flow_change: float | None, speed: float | None, expected: str
) -> None:
    assert crowd_state(density, category, flow_change=flow_change, speed_m_s=speed) == expected


@pytest.mark.parametrize(
    ("density", "flow_change", "is_rising", "expected"),
    [
        (2.0, -0.3, True, "critical"),  # more people, and fewer of them are served
        (2.0, -0.3, False, "dense"),
        (2.0, -0.1, True, "dense"),
        (2.0, None, True, "dense"),
        (1.6, -0.9, True, "free"),  # not beyond level C of a queue
        (3.34, None, False, "critical"),
    ],
)
@pytest.mark.parametrize("category", ["queue", "seating", "event", "lift"])
def test_where_people_wait_a_falling_outflow_counts_while_they_become_more(
    density: float, flow_change: float | None, is_rising: bool, expected: str, category: str
) -> None:
    assert crowd_state(density, category, flow_change=flow_change, is_rising=is_rising) == expected


@given(densities, densities, st.sampled_from(sorted(CATEGORIES)), st.one_of(st.none(), st.floats(-1, 1)), st.booleans())
def test_more_people_are_never_a_better_state(
    a: float, b: float, category: str, flow_change: float | None, is_rising: bool
) -> None:
    order = ("free", "dense", "critical", "stalled")
    low, high = (
        order.index(crowd_state(density, category, flow_change=flow_change, speed_m_s=0.1, is_rising=is_rising))
        for density in sorted((a, b))
    )
    assert low <= high
