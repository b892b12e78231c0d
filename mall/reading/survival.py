"""How long stays last where not every end was seen: the Kaplan-Meier estimate with its median and interval.

Kaplan & Meier 1958, doi:10.1080/01621459.1958.10501452; variance by Greenwood 1926; interval of the median by
Brookmeyer & Crowley 1982, doi:10.2307/2530286, on the log(-log) scale (Klein & Moeschberger 2003, ch. 4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mall.flows import Median

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Step:
    """The share of stays that last longer than ``t`` seconds, and Greenwood's sum d / (n (n - d)) up to there."""

    t: float
    share: float
    greenwood: float


def kaplan_meier(stays: Sequence[tuple[float, bool]]) -> list[Step]:
    """Return the estimate at every time at which a stay ended.

    Args:
        stays: (seconds, whether it ended then); one that did not counts as present up to and at its last second.

    """
    ends: dict[float, int] = {}
    for t, ended in stays:
        if ended:
            ends[t] = ends.get(t, 0) + 1
    ordered = sorted(t for t, _ in stays)
    share, greenwood, gone, steps = 1.0, 0.0, 0, []
    for t, died in sorted(ends.items()):
        while gone < len(ordered) and ordered[gone] < t:
            gone += 1
        at_risk = len(ordered) - gone
        share *= 1.0 - died / at_risk
        greenwood = math.inf if died == at_risk else greenwood + died / (at_risk * (at_risk - died))
        steps.append(Step(t, share, greenwood))
    return steps


def median_stay(stays: Sequence[tuple[float, bool]]) -> Median | None:
    """Return the median of stays; None of no stays."""
    if not stays:
        return None
    steps = kaplan_meier(stays)
    value = next((step.t for step in steps if step.share <= 0.5 + 1e-12), None)
    low = next((step.t for step in steps if _bound(step, -Z95) <= 0.5), None)
    high = next((step.t for step in steps if _bound(step, Z95) <= 0.5), None)
    seen = max(t for t, _ in stays)
    censored = sum(not ended for _, ended in stays)
    return Median(value, seen if value is None else None, seen if low is None else low, high, len(stays), censored)


def _bound(step: Step, z: float) -> float:
    """Return the end of the interval of a share, upper for positive ``z``: S ** exp(-z se / ln S)."""
    if step.share <= 0.0:
        return 0.0
    if step.share >= 1.0:
        return 1.0
    return math.exp(math.log(step.share) * math.exp(-z * math.sqrt(step.greenwood) / abs(math.log(step.share))))
