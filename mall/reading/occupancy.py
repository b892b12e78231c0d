"""How many came, went and are inside: entrance lines since the reset, re-based on what is seen.

Pure: a count of people inside from in and out alone drifts, so the base is set anew from the people observed in the
indoor zones at the start, when a recording of them begins anew and at the scheduled reset; but only while every camera
that sees them is live, and until then the figure stays what it was, or unknown. It is never negative. From day to day
it learns by how much exits are miscounted (``drift``), and corrects them by at most a tenth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mall.models import Totals
from mall.reading.drift import Day, corrected, learned

SETTLE_S = 3.0  # a tracker confirms nobody in its first instants

BALANCE_S = 60.0


def over_entrances(lines: Mapping[str, tuple[int, int]], entrances: frozenset[str]) -> tuple[int, int]:
    """Return (in, out) summed over the entrance lines."""
    pairs = [pair for line, pair in lines.items() if line in entrances]
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


def last_reset(now: float, reset_at: str, timezone: ZoneInfo) -> float:
    """Return the UTC seconds of the latest scheduled reset (``HH:MM`` local time) at or before ``now``."""
    local = datetime.fromtimestamp(now, timezone)
    hour, minute = (int(part) for part in reset_at.split(":"))
    due = datetime.combine(local.date(), time(hour, minute), timezone)
    if due.astimezone(UTC).timestamp() > now:
        due = datetime.combine(local.date() - timedelta(days=1), time(hour, minute), timezone)
    return due.astimezone(UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The people inside: ``base`` plus in minus out since the reset.

    Attributes:
        base: people inside at in = out = 0; None before all that can be seen was seen.
        settle_until: UTC seconds from which the base may be set anew, if all is seen until then; None: need not.
        short: since when more are seen than counted inside, and the fewest that were missing since.
        out_factor: by which exits are corrected; start: people inside when the day began, as seen; None: not known.
        unwatched_s: seconds of the day in which some entrance was not watched.
        closing: the day before, from its reset until the people of the new day were seen.

    """

    count_in: int = 0
    count_out: int = 0
    base: int | None = None
    since: float = 0.0
    settle_until: float | None = None
    short: tuple[float, int] | None = None
    out_factor: float = 1.0
    start: int | None = None
    unwatched_s: float = 0.0
    closing: Day | None = None

    @classmethod
    def resumed(cls, totals: Totals) -> "Occupancy":
        """Continue from what an earlier engine wrote."""
        gone = corrected(totals.count_out, totals.out_factor)
        base = None if totals.inside is None else totals.inside - totals.count_in + gone
        return cls(
            totals.count_in, totals.count_out, base, totals.since,
            out_factor=totals.out_factor, start=totals.start, unwatched_s=float(totals.unwatched_s),
        )  # fmt: skip

    @property
    def totals(self) -> Totals:
        """Return the figures as they are shown."""
        inside = None if self.base is None else max(0, self.base + self.count_in - self._gone)
        day = (self.out_factor, self.start, int(self.unwatched_s))
        return Totals(self.count_in, self.count_out, inside, self.since, *day)

    @property
    def _gone(self) -> int:
        return corrected(self.count_out, self.out_factor)

    def counted(self, count_in: int, count_out: int) -> "Occupancy":
        """Take the counts over the entrances since the reset; who leaves an empty mall had been there unseen."""
        if self.base is None:
            return replace(self, count_in=count_in, count_out=count_out)
        base = max(self.base, corrected(count_out, self.out_factor) - count_in)
        return replace(self, count_in=count_in, count_out=count_out, base=base)

    def cut(self, now: float) -> "Occupancy":
        """Begin to settle: a recording began anew, and the people it showed were exchanged."""
        return replace(self, settle_until=now + SETTLE_S, start=None, closing=None)

    def missed(self, seconds: float) -> "Occupancy":
        """Take note that some entrance was not watched for a time."""
        return replace(self, unwatched_s=self.unwatched_s + seconds)

    def reset(self, at: float) -> "Occupancy":
        """Begin the counts anew at the reset ``at`` UTC seconds, keeping the people inside until seen anew."""
        day = Day(self.start, self.count_in, self.count_out, at - self.since, self.unwatched_s)
        return Occupancy(0, 0, self.totals.inside, at, at + SETTLE_S, out_factor=self.out_factor, closing=day)

    def observed(self, people: int | None, now: float, *, whole: bool = True) -> "Occupancy":
        """Take the people seen in the indoor zones; sets the base where it is due.

        Args:
            people: None where no camera is live.
            now: UTC seconds.
            whole: every camera that sees an indoor zone is live; a partial figure never becomes the base.

        """
        if self.base is not None and self.settle_until is None:
            return replace(self, short=None) if people is None else self._balanced(people, now)
        if people is None or not whole:  # the camera that is missing will need its time too
            return replace(self, short=None, settle_until=now + SETTLE_S)
        if self.settle_until is not None and 0.0 < self.settle_until - now <= SETTLE_S:
            return replace(self, short=None)
        return self._based(people)

    def _based(self, people: int) -> "Occupancy":
        """Set the base from the people seen; where a day begins with it, learn from the day before."""
        begins = self.base is None or self.closing is not None
        factor = self.out_factor if self.closing is None else learned(self.out_factor, self.closing, people)
        done = replace(self, settle_until=None, short=None, closing=None, out_factor=factor)
        start = people - self.count_in + self.count_out if begins else None
        return replace(done, base=people - self.count_in + done._gone, start=start)

    def _balanced(self, people: int, now: float) -> "Occupancy":
        """Correct a drift: fewer inside than are seen for a whole minute means that entries were missed."""
        missing = people - (self.totals.inside or 0)
        if missing <= 0 or self.base is None:
            return replace(self, short=None)
        since, least = self.short or (now, missing)
        least = min(least, missing)
        if 0.0 <= now - since < BALANCE_S:
            return replace(self, short=(since, least))
        return replace(self, base=self.base + least, short=None)
