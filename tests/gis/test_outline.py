import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from gis.outline import ground_in, ring_of

SHAPES = {
    "one": box(0, 0, 4, 3),
    "two": MultiPolygon([box(0, 0, 4, 3), box(6, 1, 8, 2)]),
    "hole": box(0, 0, 10, 10).difference(box(2, 2, 4, 5)),
    "holes in a row": box(0, 0, 10, 10).difference(MultiPolygon([box(2, 2, 4, 5), box(5, 2, 7, 5), box(8, 2, 9, 5)])),
    "island in a hole": box(0, 0, 10, 10).difference(box(1, 1, 9, 9)).union(box(4, 4, 6, 6)),
    "touching at a corner": MultiPolygon([box(0, 0, 2, 2), box(2, 2, 4, 4)]),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_parts_and_holes_come_back_from_one_ring(shape: BaseGeometry) -> None:
    ring = ring_of(shape)
    assert ring is not None
    assert ring[0] == ring[-1]
    assert ground_in(np.round(ring, 2).tolist()).symmetric_difference(shape).area < 0.02
    assert abs(Polygon(ring).area) == pytest.approx(shape.area), "bridges have no area"


squares = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9), st.integers(1, 9))


@settings(max_examples=60, deadline=None)
@given(st.lists(squares, min_size=1, max_size=8), st.lists(squares, max_size=5))
def test_whatever_is_seen_comes_back(seen: list[tuple[int, ...]], hidden: list[tuple[int, ...]]) -> None:
    ground, shade = (shapely.union_all([box(x, y, x + w, y + h) for x, y, w, h in part]) for part in (seen, hidden))
    ground = ground.difference(shade)
    ring = ring_of(ground)
    back = Polygon() if ring is None else ground_in(ring)
    assert back.symmetric_difference(ground).area < 1e-6


def test_nothing_has_no_ring() -> None:
    for empty in (Polygon(), MultiPolygon(), LineString([(0, 0), (1, 1)]), box(0, 0, 0.05, 0.05)):
        assert ring_of(empty) is None
    assert ground_in([(0, 0), (1, 1), (2, 2)]).is_empty
