import numpy as np
import pytest

from mall.cameras.accuracy_card import AccuracyCard, HeadCount
from mall.cameras.bands import Trust


@pytest.mark.parametrize("people", [0, 1, 17, 400])
def test_simulated_boxes_are_exact(people):
    assert Trust("exact").band(people) == (people, people)


@pytest.mark.parametrize(
    ("people", "band"), [(0, (0, 1)), (1, (0, 2)), (2, (1, 4)), (5, (4, 8)), (10, (8, 16)), (100, (80, 160))]
)
def test_unproven_is_wide_and_never_a_point(people, band):
    assert Trust("unproven").band(people) == band


@pytest.mark.parametrize("people", range(0, 60, 3))
@pytest.mark.parametrize(("recall", "precision"), [(0.95, 0.95), (0.6, 0.9), (0.9, 0.6), (1.0, 1.0), (0.0, 0.0)])
def test_a_band_holds_the_count_and_is_never_negative(people, recall, precision):
    low, high = Trust("demonstration", recall, precision).band(people)
    assert 0 <= low <= people <= high


@pytest.mark.parametrize(("recall", "precision"), [(0.95, 0.95), (0.85, 0.9)])
@pytest.mark.parametrize("true", [3, 12, 40])
def test_a_band_holds_the_truth_about_nine_times_in_ten(recall, precision, true):
    """The oracle is a simulation: people missed at random, false boxes beside those seen."""
    rng = np.random.default_rng(true)
    seen = rng.binomial(true, recall, 4000)
    seen = seen + rng.poisson(true * recall * (1 - precision) / precision, 4000)
    trust = Trust("proven", recall, precision)
    held = np.mean([low <= true <= high for low, high in (trust.band(int(n)) for n in seen)])
    assert held >= 0.87


@pytest.mark.parametrize(("most", "people", "beyond"), [(None, 999, False), (30, 30, False), (30, 31, True)])
def test_saturation_needs_a_card(most, people, beyond):
    heads = None if most is None else line_of(a=1.0, b=0.0, people=(0, most))
    assert Trust("proven", heads=heads).saturated(people) == beyond


def line_of(*, a, b, people, seen=(0, 100), spread=2.0, n=10):
    card = AccuracyCard(1.0, 0.5, 0.0, n, "2026-01-01", "by hand", spread, (0.5, 1.5), 4.0)
    return HeadCount(a, b, seen, people, 20.0, card)


@pytest.mark.parametrize("seen", [0, 1, 7, 8, 20, 300])
def test_head_counts_go_before_everything_else(seen):
    trust = Trust("proven", 0.9, 0.9, line_of(a=1.5, b=2.0, people=(10, 50), seen=(8, 40)))
    expected = round(1.5 * seen + 2) if seen >= 8 else round(seen * 14 / 8)
    low, high = trust.band(seen)
    assert trust.estimate(seen) == expected
    assert 0 <= low <= expected <= high
    assert trust.saturated(seen) == (expected > 50)
    assert high - low >= 2


def test_a_negative_line_never_counts_fewer_than_nobody():
    assert line_of(a=0.5, b=-5.0, people=(0, 20)).estimate(3) == 0
