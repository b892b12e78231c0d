"""Whether the ways to tell work, judged once a round as any situation is: who watches the alarms must see it."""

from collections.abc import Mapping

from mall.advisories.channel_rule import CHANNEL_FAILED
from mall.advisories.desk import Desk, Place
from mall.advisories.situations import Evidence
from mall.notify.outbox import ChannelState

TRIES_IN_VAIN = 7  # 1 + 2 + 4 + 8 + 16 + 32 s apart: a minute


def look(desk: Desk, states: Mapping[str, ChannelState], level: str, now: float) -> None:
    """Judge every channel.

    Args:
        desk: where advisories are kept.
        states: how the channels do.
        level: the level that their advisories are filed under; they are of the whole mall.
        now: UTC seconds.

    """
    for channel, state in states.items():
        code = problem_of(state)
        failed = float(bool(code))
        desk.judge(
            CHANNEL_FAILED, Place(channel, level), Evidence(failed, failed), now=now,
            facts=lambda limit, code=code: {"code": code, "value": 1.0, "source": limit.source},  # type: ignore[misc]
        )  # fmt: skip


def problem_of(state: ChannelState) -> str:
    """Return ``test``, ``messages``, or an empty word; who has taken something since a failed test has passed it."""
    if state.test_error and (state.ok_at is None or state.ok_at <= (state.tested_at or 0.0)):
        return "test"
    return "messages" if state.failures >= TRIES_IN_VAIN else ""
