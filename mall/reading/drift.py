"""Drift of the people inside: whoever came has left by closing; what is left over tells how exits are miscounted."""

from dataclasses import dataclass

FEWEST_OUT = 100  # of a day; a few miscounted among fewer would look like a habit
BOUND = 0.10  # more than this is no drift but a fault, which a doubt tells and no factor hides
HALF = 0.5  # of the way to what one day tells, so that one odd day moves it little
UNWATCHED = 0.01  # of the day, beyond which it tells nothing


@dataclass(frozen=True, slots=True)
class Day:
    """A day between two scheduled resets.

    Attributes:
        start: people inside at its beginning, None where that is not known.
        count_in, count_out: over the entrances, as counted; seconds: its length.
        unwatched_s: for how long some entrance was not watched.

    """

    start: int | None
    count_in: int
    count_out: int
    seconds: float
    unwatched_s: float


def learned(factor: float, day: Day, end: int) -> float:
    """Return the factor by which counted exits are to be multiplied from now on.

    Args:
        factor: the one so far, 1 at first.
        day: the day that is over.
        end: people seen inside at its end; every camera that sees an indoor zone was live.

    """
    if day.start is None or day.count_out < FEWEST_OUT or day.unwatched_s > UNWATCHED * day.seconds:
        return factor
    told = (day.start + day.count_in - end) / day.count_out
    return round(factor + HALF * (min(max(told, 1.0 - BOUND), 1.0 + BOUND) - factor), 4)


def corrected(count_out: int, factor: float) -> int:
    """Return the exits that are believed to have happened."""
    return round(count_out * factor)
