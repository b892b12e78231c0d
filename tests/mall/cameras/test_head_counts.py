from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.cameras.head_counts import fit_head_counts, fit_line, leave_one_out

DAY = date(2026, 1, 2)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_without_outliers_it_is_the_least_squares_line(seed):
    """Counts within one person of a line: numpy's polyfit is the oracle."""
    rng = np.random.default_rng(seed)
    x = rng.choice(60, rng.integers(3, 12), replace=False).astype(float)
    y = np.clip(1.4, 0.6, 3.0) * x + 2.5 + rng.uniform(-0.9, 0.9, len(x))
    expected = np.polyfit(x, y, 1)
    np.testing.assert_allclose(fit_line(x, y), expected, atol=1e-6)


def test_one_wrong_count_does_not_turn_the_line():
    x = np.arange(10, 20, dtype=float)
    y = 1.5 * x + 3
    y[8] = 250
    a, b = fit_line(x, y)
    assert abs(np.polyval([a, b], x) - (1.5 * x + 3)).max() < 1.5
    assert abs(np.polyfit(x, y, 1)[0] - 1.5) > 5, "least squares alone would"


@pytest.mark.parametrize(("x", "y", "line"), [([5, 5, 5], [7, 8, 9], (1.0, 3.0)), ([0, 0, 0], [0, 0, 0], (1.0, 0.0))])
def test_where_the_detector_always_sees_the_same_only_an_offset_is_fitted(x, y, line):
    assert fit_line(x, y) == line


@pytest.mark.parametrize("y", [[30, 20, 10], [20, 20, 20], [0, 500, 1000]])
def test_a_senseless_slope_is_not_believed(y):
    a, _ = fit_line([10, 20, 30], y)
    assert 0.5 <= a <= 4.0


def test_leave_one_out_is_what_it_says():
    rng = np.random.default_rng(1)
    x = np.array([4, 9, 12, 18, 25, 33], float)
    y = np.round(1.3 * x + 4 + rng.uniform(-0.5, 0.5, 6))
    expected = [np.polyval(np.polyfit(np.delete(x, i), np.delete(y, i), 1), x[i]) - y[i] for i in range(6)]
    np.testing.assert_allclose(leave_one_out(x, y), expected, atol=1e-6)


def test_the_card_tells_what_was_measured():
    rng = np.random.default_rng(2)
    x = np.array([10, 14, 18, 22, 26, 30, 34, 38])
    y = np.round(1.2 * x + 3 + rng.uniform(-1, 1, 8)).astype(int)
    found = fit_head_counts(x.tolist(), y.tolist(), day=DAY)
    errors = leave_one_out(x.astype(float), y.astype(float))
    card = found.card
    assert (card.n, card.date, found.people, found.seen) == (8, "2026-01-02", (y.min(), y.max()), (10, 38))
    assert card.mae == pytest.approx(np.abs(errors).mean(), abs=1e-3)
    assert card.bias == pytest.approx(errors.mean(), abs=1e-3)
    assert card.within_1 == np.mean(np.abs(np.round(errors)) <= 1)
    assert card.mae_95[0] <= card.mae <= card.mae_95[1]
    assert card.interval_95 > card.mae


def test_perfect_counts_make_a_perfect_card():
    card = fit_head_counts([1, 2, 3], [1, 2, 3], day=DAY).card
    assert (card.mae, card.within_1, card.bias) == (0.0, 1.0, 0.0)


def test_the_band_holds_the_truth_about_nine_times_in_ten():
    rng = np.random.default_rng(3)
    held = []
    for _ in range(200):
        x = rng.integers(10, 40, 10)
        y = np.round(1.3 * x + 2 + rng.normal(0, 2.5, 10)).clip(0).astype(int)
        line = fit_head_counts(x.tolist(), y.tolist(), day=DAY)
        seen = rng.integers(10, 40, 20)
        truth = 1.3 * seen + 2 + rng.normal(0, 2.5, 20)
        held += [low <= n <= high for (low, high), n in zip(map(line.band, seen.tolist()), truth, strict=True)]
    assert 0.87 <= np.mean(held) <= 0.99
