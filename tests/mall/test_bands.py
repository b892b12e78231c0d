import numpy as np
import pytest

from mall.bands import Trust


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
    assert Trust("proven", 0.9, 0.9, most).saturated(people) == beyond
