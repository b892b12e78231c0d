"""How soon a place is full: room left over net inflow, as a range."""

import math
from dataclasses import dataclass

from mall.reading.flow_window import ZoneRates

Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Filling:
    """Seconds until a limit is reached, inf where it is not on its way there; low and high: 95 % of the flow."""

    seconds: float
    low: float
    high: float


NEVER = Filling(math.inf, math.inf, math.inf)


def time_to_limit(room: float, rates: ZoneRates, *, deviations: float) -> Filling:
    """Return how soon ``room`` more people are in a place.

    Arrivals and departures are Poisson counts, so that the variance of their difference is their sum (Skellam 1946,
    doi:10.2307/2981372).

    Args:
        room: people that still go in until the limit, (limit x area) - people; 0 and less where it is reached.
        rates: who came and left.
        deviations: how many standard deviations the net inflow must be above zero to be one.

    """
    if room <= 0.0:
        return Filling(0.0, 0.0, 0.0) if rates.came else NEVER
    net, deviation = rates.came - rates.left, math.sqrt(rates.came + rates.left)
    if net <= 0 or net <= deviations * deviation:
        return NEVER
    slowest = net - Z95 * deviation
    return Filling(
        room * rates.seconds / net,
        room * rates.seconds / (net + Z95 * deviation),
        room * rates.seconds / slowest if slowest > 0.0 else math.inf,
    )
