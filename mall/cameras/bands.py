"""How sure a count is: its band from what is known about the detector on this camera.

A band is meant to hold the true number nine times in ten. It takes people as missed independently of one another, which
crowds are not; beyond the range of an accuracy card the camera is *saturated* and the band open upward for the reader.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mall.cameras.accuracy_card import HeadCount
from mall.models import Fit

NORMAL_90 = 1.645  # standard deviations each way that hold 90 %
UNSEEN_CHANCE = 0.05
UNPROVEN_LOW, UNPROVEN_HIGH = 0.8, 1.6  # of the count; our own choice: stock detectors miss up to 40 % in a crowd


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about a detector on one camera.

    Attributes:
        fit: ``exact`` (simulated boxes), ``proven`` (accuracy card of this camera), ``demonstration`` (the card of the
            detector speaks for this recording) or ``unproven``.
        recall, precision: of counted people, where known.
        heads: the camera's line and card from head counts, where there is one; zones: the same by zone.

    """

    fit: Fit
    recall: float | None = None
    precision: float | None = None
    heads: HeadCount | None = None
    zones: Mapping[str, HeadCount] = field(default_factory=dict)

    def estimate(self, seen: int) -> int:
        """Return the best estimate of how many people stand behind a count."""
        return seen if self.heads is None else self.heads.estimate(seen)

    def saturated(self, seen: int) -> bool:
        """Tell whether a count lies beyond what the card covers."""
        return self.heads is not None and not self.heads.covers(seen)

    def band(self, people: int) -> tuple[int, int]:
        """Return the low and high end of a count of ``people`` seen: by head counts where there are any.

        Else, with recall r and precision p, N = n p / r people stand behind n seen; its variance is that of n p true
        boxes among n (binomial) and of those missed beside them (negative binomial),
        n p (1 - p) / r² + n p (1 - r) / r².
        """
        if self.fit == "exact":
            return people, people
        if self.heads is not None:
            return self.heads.band(people)
        if self.recall is None or self.precision is None:
            low = min(people - 1, math.floor(UNPROVEN_LOW * people))
            return max(0, low), max(people + 1, math.ceil(UNPROVEN_HIGH * people))
        return _binomial_band(people, min(max(self.recall, 0.05), 0.999), min(max(self.precision, 0.05), 1.0))


def _binomial_band(people: int, recall: float, precision: float) -> tuple[int, int]:
    true = people * precision
    expected = true / recall
    spread = NORMAL_90 * math.sqrt(true * ((1 - precision) + (1 - recall))) / recall
    overlooked = math.floor(math.log(UNSEEN_CHANCE) / math.log(1 - recall)) if people == 0 else 0
    low = min(people, round(expected - spread))
    return max(0, low), max(people + overlooked, round(expected + spread))
