"""How often a camera is looked at: at its rate, and where the machine cannot, at the same share of it as the others."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

WINDOW_S = 10.0
WINDOW_FRAMES = 10
BEHIND, CAUGHT_UP = 0.9, 0.95  # shares of the frames wanted
CREDIT_S = 1.0  # of a camera's own rate that it may catch up on after it had nothing to look at
_EARLY = 0.25  # of a period: a frame this much before its turn is taken, for the next may come late


class _Turns:
    """Which frames of a source are due at a rate."""

    def __init__(self, rate: float) -> None:
        self._period_s = 1.0 / rate
        self.next_due = 0.0

    def take(self, captured_at: float) -> None:
        self.next_due = max(self.next_due, captured_at - _EARLY * self._period_s) + self._period_s


class Pace:
    """One camera's turns, and what of its rate it reaches.

    ``offer`` is called by the thread that reads, everything else by the one that analyses. Times are of this machine's
    monotonic clock, seconds.

    Attributes:
        period_s: of the rate; served_s: how much of its rate it has had, in seconds of it.

    """

    def __init__(self, rate: float) -> None:
        self.period_s = 1.0 / rate
        self.served_s = 0.0
        self.behind = False
        self._window_s = max(WINDOW_S, WINDOW_FRAMES / rate)
        self._ideal, self._actual = _Turns(rate), _Turns(rate)
        self._wanted: deque[float] = deque()
        self._taken: deque[float] = deque()
        self._began: float | None = None
        self._expected_fps = 0.0

    def expect(self, frames_per_s: float) -> None:
        """Say what a recording has to offer: a reader that is late leaves frames out without a word."""
        self._expected_fps = min(frames_per_s, 1.0 / self.period_s)

    def offer(self, captured_at: float) -> None:
        """Take note of a frame that came; one that an idle machine would look at is a frame wanted."""
        if captured_at >= self._ideal.next_due:
            self._ideal.take(captured_at)
            self._wanted.append(captured_at)

    @property
    def next_due(self) -> float:
        """Return when a frame must have been captured to be looked at."""
        return self._actual.next_due

    def take(self, captured_at: float) -> None:
        """Take note of a frame that is looked at."""
        self._actual.take(captured_at)
        self._taken.append(captured_at)
        self.served_s += self.period_s
        if self._began is None and self.served_s > 1.5 * self.period_s:
            self._began = captured_at  # of the second: the first also waited for the detector to be made ready

    def rates(self, now: float) -> tuple[float, float]:
        """Return the frames a second looked at and wanted, and judge ``behind`` once there is enough to judge by.

        A source that delivers less than the rate wants no more than it delivers.
        """
        for times in (self._taken, self._wanted):
            while times and times[0] <= now - self._window_s:
                times.popleft()
        if self._began is None:
            return 0.0, 0.0
        span_s = min(self._window_s, max(now - self._began, self.period_s))
        reached, wanted = len(self._taken) / span_s, max(len(self._wanted) / span_s, self._expected_fps)
        if now - self._began >= self._window_s:
            # One frame may be waiting at this very instant.
            share = (len(self._taken) + 1) / max(wanted * span_s, 1.0)
            self.behind = share < (CAUGHT_UP if self.behind else BEHIND)
        return min(reached, 1.0 / self.period_s), min(wanted, 1.0 / self.period_s)


class Looker(Protocol):
    """A camera that takes turns: ``mall.cameras.eye.Eye``."""

    pace: Pace

    @property
    def is_busy(self) -> bool:
        """Tell whether a picture of it is under detection."""

    @property
    def is_waiting(self) -> bool:
        """Tell whether a frame of it is due and none is being looked at."""

    @property
    def is_free(self) -> bool:
        """Tell whether looking costs nothing: there is nothing to detect."""


L = TypeVar("L", bound=Looker)


class FairShare:
    """Decides which cameras of a process may look now.

    Start-time fair queueing (doi:10.1109/90.649569) by seconds of each camera's own rate: whoever has had the smallest
    share goes first. As many pictures are under way as the machine has places; as many again may queue behind them,
    so that no place ever stands idle, but only of cameras that are not ahead of the others. What cannot be looked at
    stays in its mailbox, where the newest frame replaces it.

    Args:
        places: pictures that are detected at a time.

    """

    def __init__(self, places: int = 1) -> None:
        self._places = places
        self._now_s = 0.0  # how much of their rate those served last have had

    def turns(self, eyes: Sequence[L]) -> Iterator[L]:
        """Yield who may look now; each is expected to do so before the next is asked for."""
        waiting = [eye for eye in eyes if eye.is_waiting]
        yield from (eye for eye in waiting if eye.is_free)
        waiting = [eye for eye in waiting if not eye.is_free]
        if not waiting:
            return
        for eye in waiting:
            eye.pace.served_s = max(eye.pace.served_s, self._now_s - CREDIT_S)
        under_way = [eye for eye in eyes if eye.is_busy]
        busy, least = len(under_way), min(eye.pace.served_s for eye in (*waiting, *under_way))
        for eye in sorted(waiting, key=lambda eye: eye.pace.served_s):
            is_ahead = eye.pace.served_s > least + eye.pace.period_s
            if busy >= (self._places if is_ahead else 2 * self._places):
                return
            self._now_s = max(self._now_s, eye.pace.served_s)
            yield eye
            busy += eye.is_busy
