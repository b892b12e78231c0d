"""How an advisory is lived with, as data: when it is escalated, how long it may be silenced, when it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mall.models import Severity
from mall.site_alarms import AlarmsSection

OWN = "our own choice"
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Policy:
    """The times of an advisory's life, in seconds.

    Attributes:
        escalate_after_s: severity -> unacknowledged for so long it is told to the next contact; 0 is never.
        silence_most_s: severity -> the longest silence.
        again_within_s: what is raised anew within this time of its end has come back: it is marked, and the same
            advisory where nobody had resolved it by hand.
        held_most: what came back is held open longer before it ends, by its off-delay for every time it was raised, at
            most so often.
        source: where these come from.

    """

    escalate_after_s: Mapping[Severity, float] = field(
        default_factory=lambda: {"watch": 0.0, "warn": 300.0, "act": 300.0, "clear": 120.0}
    )
    silence_most_s: Mapping[Severity, float] = field(
        default_factory=lambda: {"watch": 28_800.0, "warn": 7200.0, "act": 1800.0, "clear": 600.0}
    )
    again_within_s: float = 900.0
    held_most: int = 4
    source: str = f"{OWN}; ISA-18.2: chattering alarms get longer off-delays, and one line a situation"


DEFAULT = Policy()


def policy_of(alarms: AlarmsSection) -> Policy:
    """Return the policy with what a site sets of it."""
    again, sets = alarms.again_within_min, alarms.escalate_after_min or alarms.silence_most_min
    if not sets and again is None:
        return DEFAULT
    return Policy(
        {**DEFAULT.escalate_after_s, **{key: n * MINUTE_S for key, n in alarms.escalate_after_min.items()}},
        {**DEFAULT.silence_most_s, **{key: n * MINUTE_S for key, n in alarms.silence_most_min.items()}},
        DEFAULT.again_within_s if again is None else again * MINUTE_S,
        source="site profile, [alarms]",
    )
