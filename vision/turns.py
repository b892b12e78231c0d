"""Hand out a fixed number of things in turn; whoever comes while all are taken waits in line."""

from collections import deque
from collections.abc import Callable, Iterable
from threading import Condition
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Guest = TypeVar("Guest")


class Turns(Generic[Thing, Guest]):
    """Things that are used by one guest at a time each. Safe between threads; nobody waits inside a call.

    There may be none at first: until some are added everybody stands in line.

    Args:
        serve: begins with a thing for a guest, in the thread that asked or that gave the thing back, and tells whether
            the thing is kept until ``give_back``; it must not raise.

    """

    def __init__(self, serve: Callable[[Thing, Guest], bool]) -> None:
        self._begin = serve
        self._free: deque[Thing] = deque()
        self._line: deque[Guest] = deque()
        self._taken = 0
        self._is_open = True
        self._changed = Condition()

    def ask(self, guest: Guest) -> bool:
        """Serve a guest now or as soon as it is their turn; False where everybody was sent home for good."""
        with self._changed:
            if not self._is_open:
                return False
            self._line.append(guest)
        self._serve()
        return True

    def add(self, things: Iterable[Thing]) -> None:
        """Bring more of them."""
        with self._changed:
            self._free.extend(things)
        self._serve()

    def give_back(self, thing: Thing) -> None:
        """Let the next in line have a thing that was kept."""
        self._return(thing)
        self._serve()

    def dismiss(self) -> list[Guest]:
        """Serve nobody any more, and return those who stood in line."""
        with self._changed:
            self._is_open = False
            left, self._line = list(self._line), deque()
        return left

    def wait_until_back(self, timeout_s: float) -> bool:
        """Wait until nothing is in use; False where something still was after so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._taken == 0, timeout_s)

    def _return(self, thing: Thing) -> None:
        with self._changed:
            self._free.append(thing)
            self._taken -= 1
            self._changed.notify_all()

    def _serve(self) -> None:
        while True:
            with self._changed:
                if not (self._free and self._line):
                    return
                thing, guest = self._free.popleft(), self._line.popleft()
                self._taken += 1
            if not self._begin(thing, guest):
                self._return(thing)
