"""Conservation of people: who comes into a zone less who leaves it is the change of the people in it.

What is left over tells of a line or a camera that counts wrongly. A tolerance says how much chance may leave over:
of ``n`` passages a share ``MISSED`` is counted wrongly even by a good camera (a Poisson number, so that its variance is
its mean), those under way between line and zone at either end are some too, and the counts at both ends have a band.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mall.flows import Residual

SPANS_MIN = (5, 15, 30, 60)
"""Judged over minutes: a door that is grossly wrong shows after five, one that is a little wrong after an hour."""
SHOWN_MIN = SPANS_MIN[0]
MISSED = 0.05  # of passages, which a good camera misses or counts twice by chance
LEANING = 0.02  # of the mean of in and out, by which a good camera may lean to one side
UNDER_WAY_S = 2.0  # between a line and the zone's count
Z95 = 1.96
DEVIATIONS = 3.0  # of chance, beyond which a residual counts: 0.3 % of a normal law
PERSISTS_MIN = 5  # in a row, the same sign, before a residual is a doubt; as many within tolerance end it


@dataclass(frozen=True, slots=True)
class Count:
    """The people in a zone at one instant, and half the width of its band."""

    people: int
    half_band: float


class Balance:
    """One zone's balance over the last hour, minute by minute.

    Attributes:
        doubt: the residual that chance does not explain, once it has lasted; None while there is none.

    """

    def __init__(self) -> None:
        self._counts: deque[Count] = deque(maxlen=max(SPANS_MIN) + 1)
        self._flows: deque[tuple[int, int]] = deque(maxlen=max(SPANS_MIN))
        self._run = self._sign = self._unjudged = 0
        self.doubt: Residual | None = None

    def cut(self) -> None:
        """Begin anew: this minute was not watched. A doubt stays until the zone is in balance again, or for an hour."""
        self._counts.clear()
        self._flows.clear()
        self._run = 0
        self._grow_old()

    def close_minute(self, count: Count, flow: tuple[int, int]) -> None:
        """Take a minute that was watched from end to end.

        Args:
            count: people in the zone at its end.
            flow: who came in and who left during it; of the first minute after a cut only the count is used.

        """
        if self._counts:
            self._flows.append(flow)
        self._counts.append(count)
        self._judge()

    def residual(self, minutes: int = SHOWN_MIN) -> Residual | None:
        """Return the residual of the last minutes; None where they were not all watched."""
        if len(self._flows) < minutes or len(self._counts) <= minutes:
            return None
        flows = list(self._flows)[-minutes:]
        return residual_of(self._counts[-1 - minutes], self._counts[-1], flows)

    @property
    def worst(self) -> Residual | None:
        """Return the residual farthest beyond its tolerance, None where all are within."""
        beyond = [found for found in self._residuals() if found.is_beyond]
        return max(beyond, key=lambda found: abs(found.value) / found.tolerance, default=None)

    def _residuals(self) -> Iterable[Residual]:
        return (found for found in map(self.residual, SPANS_MIN) if found is not None)

    def _grow_old(self) -> None:
        """Let go of a doubt that could not be judged again for an hour, as where a camera is cut every few minutes."""
        self._unjudged += 1
        if self._unjudged >= max(SPANS_MIN):
            self.doubt = None

    def _judge(self) -> None:
        if self.residual() is None:
            self._grow_old()
            return
        self._unjudged = 0
        worst = self.worst
        sign = 0 if worst is None else 1 if worst.value > 0 else -1
        self._run = self._run + 1 if sign == self._sign else 1
        self._sign = sign
        if self._run >= PERSISTS_MIN:
            self.doubt = worst


def residual_of(before: Count, after: Count, flows: Sequence[tuple[int, int]]) -> Residual:
    """Return the residual between two counts with the flows (in, out) of the minutes between them."""
    came, left = sum(flow[0] for flow in flows), sum(flow[1] for flow in flows)
    passages, minutes = came + left, len(flows)
    under_way = 2.0 * passages / (60.0 * minutes) * UNDER_WAY_S
    counting = (before.half_band**2 + after.half_band**2) / Z95**2
    chance = math.sqrt(MISSED * passages + under_way + counting)
    # Nobody is half a person: less than one and a half are left over by rounding alone.
    tolerance = max(1.5, DEVIATIONS * chance + LEANING * passages / 2.0)
    return Residual(came - left - (after.people - before.people), round(tolerance, 1), minutes, passages)
