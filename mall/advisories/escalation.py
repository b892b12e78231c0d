"""Escalation: what nobody acknowledges in time is told once more, to the next contact."""

from collections.abc import Iterable

from mall.advisories.acting import ENGINE, Deed, Ledger, amend
from mall.advisories.desk import UNJUDGED
from mall.advisories.life import status_after, stepped
from mall.advisories.policy import DEFAULT, Policy
from mall.models import Advisory


def is_due(advisory: Advisory, now: float, policy: Policy = DEFAULT) -> bool:
    """Tell whether an advisory is to be escalated: new for too long, neither silenced nor escalated already."""
    after_s = policy.escalate_after_s.get(advisory.severity, 0.0)
    if advisory.rule in UNJUDGED or status_after(advisory.status, "escalate") is None or after_s <= 0.0:
        return False
    since = advisory.new_since if advisory.new_since is not None else advisory.raised_at
    return advisory.escalated_at is None and not advisory.is_silent(now) and now - since >= after_s


def escalate(store: Ledger, active: Iterable[Advisory], now: float, policy: Policy = DEFAULT) -> None:
    """Escalate what is due; who acknowledges at the same instant is not overruled."""
    for advisory in active:
        if is_due(advisory, now, policy):
            amend(store, advisory.id, lambda found: _escalated(found, now, policy), Deed(ENGINE, "escalated"))


def _escalated(found: Advisory, now: float, policy: Policy) -> Advisory:
    if not is_due(found, now, policy):
        return found
    return stepped(found, "escalate", ENGINE, now, escalated_at=now)
