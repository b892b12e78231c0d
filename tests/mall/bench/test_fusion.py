"""The figures of ``bench fusion`` against rows worked out by hand, and that a square comes out the same twice."""

from dataclasses import replace

import numpy as np
import pytest

from mall.bench.fusion import scenes, score
from mall.bench.square import record
from mall.bench.walks import Walks


def test_scores_by_hand() -> None:
    """Two people stand; one line finds both 0.1 m off, the next one of them and somebody 3 m away, and one more."""
    scene = scenes()[0]
    walks = Walks(np.tile(np.array([[4.0, 4.0], [6.0, 6.0]]), (40, 1, 1)), np.array([1.7, 1.7]))

    def person(x: float, y: float) -> dict[str, object]:
        return {"position": [x, y], "velocity": [0.0, 0.0]}

    found = [
        {"t": 1.0, "people": [person(4.1, 4), person(6.1, 6)]},
        {"t": 2.0, "people": [person(4, 4.1), person(3, 8), person(9, 6)]},
    ]
    marks = score(scene, walks, found)
    assert (marks.mae, marks.mse) == (0.5, 0.5)
    assert (marks.recall, marks.precision) == (pytest.approx(3 / 4), pytest.approx(3 / 5))
    assert marks.place_m == pytest.approx(0.1)
    assert marks.speed_sd == 0


def test_the_same_seed_makes_the_same_square() -> None:
    short = replace(scenes()[3], seconds=2.0)
    first, second, other = record(short, 1), record(short, 1), record(short, 2)
    assert first[1:] == second[1:]
    np.testing.assert_array_equal(first[0].xy, second[0].xy)
    assert first[1] != other[1]
    assert all(abs(error) <= 0.4 for error in first[2].values())
