"""Whether the memory on disk is written, judged at every tick as any situation is."""

from collections.abc import Callable

from mall.advisories.desk import Desk, Place
from mall.advisories.memory_rule import MEMORY, MEMORY_STOPPED
from mall.advisories.situations import Evidence

Problem = Callable[[], tuple[str, str]]


class MemoryWatch:
    """Feeds the desk with what the memory's writer says.

    Args:
        desk: where advisories are kept.
        level: the level that its advisory is filed under; it is of the whole mall.
        problem: (code, reason) of what stops the writer, two empty words where nothing does.

    """

    def __init__(self, desk: Desk, level: str, problem: Problem) -> None:
        self._desk, self._place, self._problem = desk, Place(MEMORY, level), problem

    def look(self, now: float) -> None:
        """Judge it now."""
        code, reason = self._problem()
        stopped = float(bool(code))
        self._desk.judge(
            MEMORY_STOPPED, self._place, Evidence(stopped, stopped), now=now,
            facts=lambda limit: {"code": code, "reason": reason, "value": stopped, "source": limit.source},
        )  # fmt: skip
