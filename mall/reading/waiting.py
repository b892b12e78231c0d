"""How long a queue takes, by Little's law: people waiting = departures a second x seconds of waiting.

Little 1961, doi:10.1287/opre.9.3.383. The law holds for means over a time in which as many leave as come, so it is
read over a moving 5 to 10 minutes and told as a range: from the band of the people waiting, and from the exact 95 %
interval of the departures as a Poisson count (Garwood 1936, doi:10.1093/biomet/28.3-4.437).
"""

from dataclasses import dataclass

from scipy.special import gammaincinv

from mall.flows import Wait

SHORTEST_S = 300.0
LONGEST_S = 600.0
TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Queue:
    """What was seen of a queue over a time.

    Attributes:
        seconds: for how long it was watched.
        people, low, high: mean of the people waiting and of the ends of its band; high None is open upward.
        departures: people who left it.

    """

    seconds: float
    people: float
    low: float
    high: float | None
    departures: int


def poisson_interval(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of the mean of which a count was drawn."""
    low = float(gammaincinv(count, TAIL)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1.0 - TAIL))


def waiting_time(queue: Queue) -> Wait | None:
    """Return the wait; None where the queue was not watched for long enough to tell."""
    if queue.seconds < SHORTEST_S:
        return None
    if queue.high == 0.0:
        return Wait(0.0, 0.0, 0.0)  # nobody waits
    fewest, most = (count / queue.seconds for count in poisson_interval(queue.departures))
    low = queue.low / most
    high = None if queue.high is None or fewest == 0.0 else queue.high / fewest
    return Wait(queue.people * queue.seconds / queue.departures if queue.departures else None, low, high)
