"""Median stays: the textbook's table, scipy's own estimate, and the truth of a simulation with lost tracks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from mall.flows import Median
from mall.reading.survival import kaplan_meier, median_stay

# Freireich et al. 1963, remission in weeks; the worked example of Cox & Oakes and of Klein & Moeschberger.
SIX_MP = [6, 6, 6, 7, 10, 13, 16, 22, 23]
SIX_MP_CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TREATED = [(float(t), True) for t in SIX_MP] + [(float(t), False) for t in SIX_MP_CENSORED]


def test_the_textbooks_table() -> None:
    table = {6: (0.857, 0.0764), 7: (0.807, 0.0869), 10: (0.753, 0.0963), 13: (0.690, 0.1068),
             16: (0.627, 0.1141), 22: (0.538, 0.1282), 23: (0.448, 0.1346)}  # fmt: skip
    found = {step.t: (step.share, step.share * math.sqrt(step.greenwood)) for step in kaplan_meier(TREATED)}
    assert set(found) == set(table)
    for t, (share, error) in table.items():
        assert found[t] == (pytest.approx(share, abs=6e-4), pytest.approx(error, abs=6e-5))


def test_medians_and_intervals_of_the_textbook() -> None:
    """R: survfit(Surv(time, cens) ~ treat, gehan, conf.type = "log-log") says 23 (13, NA) and 8 (4, 11)."""
    assert median_stay(TREATED) == Median(23.0, None, 13.0, None, 21, 12)
    assert median_stay([(float(t), True) for t in PLACEBO]) == Median(8.0, None, 4.0, 11.0, 21, 0)


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([(5.0, False)], Median(None, 5.0, 5.0, None, 1, 1)),
        ([(5.0, True)], Median(5.0, None, 5.0, 5.0, 1, 0)),
        ([(60.0, False)] * 9 + [(10.0, True)], Median(None, 60.0, 10.0, None, 10, 9)),  # over a minute, not ten seconds
        ([(10.0, True)] * 5 + [(20.0, False)] * 5, Median(10.0, None, 10.0, None, 10, 5)),  # exactly a half
    ],
)
def test_small_cases_by_hand(stays: list[tuple[float, bool]], expected: Median) -> None:
    assert median_stay(stays) == expected


def test_no_stays_have_no_median() -> None:
    assert median_stay([]) is None


@given(st.lists(st.tuples(st.integers(1, 30).map(float), st.booleans()), min_size=2, max_size=60))
@settings(max_examples=150, deadline=None)
def test_the_curve_is_scipys(stays: list[tuple[float, bool]]) -> None:
    if not any(ended for _, ended in stays):
        assert kaplan_meier(stays) == []
        return
    ended = [t for t, e in stays if e]
    curve = ecdf(CensoredData(uncensored=ended, right=[t for t, e in stays if not e])).sf
    shares = dict(zip(curve.quantiles.tolist(), curve.probabilities.tolist(), strict=True))
    steps = kaplan_meier(stays)
    assert [step.t for step in steps] == sorted(set(ended))
    for step in steps:
        assert step.share == pytest.approx(shares[step.t], abs=1e-9)
    found = median_stay(stays)
    assert found is not None
    truth = [t for t, share in sorted(shares.items()) if share <= 0.5 + 1e-12 and t in ended]
    assert found.value == (truth[0] if truth else None)


@pytest.mark.parametrize("seed", range(5))
def test_lost_tracks_do_not_shorten_the_median(seed: int) -> None:
    """Stays of a known median, half the tracks lost at random times: the naive median of those that ended is short."""
    rng = np.random.default_rng(seed)
    stays = rng.lognormal(math.log(300.0), 0.8, 4000)
    lost = rng.exponential(400.0, 4000)
    seen = [(float(min(s, c)), bool(s <= c)) for s, c in zip(stays, lost, strict=True)]
    found = median_stay(seen)
    assert found is not None
    assert found.value == pytest.approx(300.0, rel=0.06)
    assert found.high is not None
    assert found.low * 0.97 <= 300.0 <= found.high * 1.03
    naive = float(np.median([t for t, ended in seen if ended]))
    assert naive < 220.0
