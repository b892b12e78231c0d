"""The misplaced pair, on ground seen straight from above and through a known slant."""

import numpy as np
import pytest

from gis.lens import Lens
from gis.misplaced import misplaced_pair

GROUND = np.array([(0, 0), (8, 1), (2, 7), (9, 9), (5, 4), (6, 12), (1, 11), (10, 5)], dtype=float)


def slant(points):
    """A slanted view: pixels of metres by a map written down by hand."""
    x, y = np.asarray(points).T
    w = 1 + 0.05 * y
    return np.column_stack([(300 + 60 * x) / w, (700 - 10 * y) / w])


@pytest.mark.parametrize("move", [(1.0, 0.0), (0.0, -1.5), (2.0, 2.0)])
def test_the_pair_that_was_moved_is_found_with_its_distance_and_never_another(move):
    named = 0
    for pair in range(len(GROUND)):
        moved = GROUND.copy()
        moved[pair] += move
        found = misplaced_pair(slant(GROUND), moved)
        if found is not None:  # else two of them could be it
            assert found.pair == pair
            assert found.off_m == pytest.approx(np.hypot(*move), abs=1e-6)
            named += 1
    assert named >= 6


def test_a_mistyped_far_away_pair_is_found():
    moved = GROUND.copy()
    moved[3] = [900, 9]
    found = misplaced_pair(slant(GROUND), moved)
    assert found is not None
    assert found.pair == 3


@pytest.mark.parametrize("count", [0, 4, 5])
def test_too_few_pairs_accuse_nobody(count):
    moved = GROUND[:count].copy()
    if count:
        moved[0] += 2
    assert misplaced_pair(slant(GROUND[:count]) if count else [], moved) is None


def test_two_moved_pairs_and_exact_ones_accuse_nobody():
    moved = GROUND.copy()
    moved[1] += 2
    moved[6] -= 3
    assert misplaced_pair(slant(GROUND), moved) is None
    assert misplaced_pair(slant(GROUND), GROUND) is None


def test_pairs_on_a_line_accuse_nobody():
    line = np.array([(i, 2 * i) for i in range(8)], dtype=float)
    assert misplaced_pair(slant(line), line) is None


def test_through_a_lens():
    lens = Lens.of([[900, 0, 400], [0, 900, 350], [0, 0, 1]], [-0.2, 0.05])
    raw, moved = lens.distort(slant(GROUND)), GROUND.copy()
    moved[4] += [0, 1.2]
    found = misplaced_pair(raw, moved, lens=lens)
    assert found is not None
    assert (found.pair, round(found.off_m, 2)) == (4, 1.2)
