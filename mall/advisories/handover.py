"""Shift hand-over: what is open and who has it, what was closed and how fast, what does not work. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from mall.advisories.desk import SELF_TEST
from mall.advisories.life import name_of
from mall.models import SEVERITIES, Advisory

Row = dict[str, Any]
PLAN_WORDS = ("passage", "incident", "contact")
"""How the audit's words about the plan's state begin."""


def handover(
    advisories: Sequence[Advisory], entries: Sequence[Mapping[str, Any]], lost: Sequence[Row], *, since: float,
    until: float,
) -> Row:  # fmt: skip
    """Return the summary of a shift.

    Args:
        advisories: open and over; of drills and self-tests nothing is told.
        entries: the audit of the shift.
        lost: cameras and sensors that give nothing now, as {id, kind, state}.
        since, until: the shift in UTC seconds.

    """
    real = [a for a in advisories if not a.exercise and a.rule != SELF_TEST]
    opened = [a for a in real if not a.is_over]
    closed = [a for a in real if a.is_over and since <= (a.resolved_at or a.updated_at) <= until]
    raised = [a for a in real if since <= a.raised_at <= until]
    answered = [seconds for a in raised if (seconds := answer_s(a)) is not None]
    return {
        "since": since, "until": until,
        "open": [_open_row(a) for a in sorted(opened, key=_worst_first)],
        "closed": [_closed_row(a) for a in sorted(closed, key=lambda a: a.resolved_at or a.updated_at)],
        "acknowledged": len(answered), "unacknowledged": len(raised) - len(answered),
        "median_acknowledge_s": median(answered) if answered else None,
        "lost": list(lost),
        "plan": [_plan_row(row) for row in entries if str(row.get("what", "")).startswith(PLAN_WORDS)],
    }  # fmt: skip


def answer_s(advisory: Advisory) -> float | None:
    """Return how long it took until somebody acknowledged an advisory, None where nobody did."""
    if advisory.acknowledged_at is None:
        return None
    since = advisory.raised_at if advisory.new_since is None else advisory.new_since
    return max(advisory.acknowledged_at - since, 0.0)


def _worst_first(advisory: Advisory) -> tuple[int, float]:
    return -SEVERITIES.index(advisory.severity), advisory.raised_at


def _row(advisory: Advisory) -> Row:
    return {
        "id": advisory.id, "rule": advisory.rule, "place": advisory.place, "severity": advisory.severity,
        "status": advisory.status, "raised_at": advisory.raised_at, "raised_count": advisory.raised_count,
        "acknowledged_by": name_of(advisory.acknowledged_by) or None, "acknowledge_s": answer_s(advisory),
        "facts": advisory.facts, "assigned_to": advisory.assigned_to, "notes": list(advisory.notes),
        "chosen": (advisory.chosen or {}).get("title"), "effects": list(advisory.effects),
    }  # fmt: skip


def _open_row(advisory: Advisory) -> Row:
    return _row(advisory) | {
        "escalated_at": advisory.escalated_at,
        "silenced_until": advisory.silenced_until,
        "silence_reason": advisory.silence_reason,
    }


def _closed_row(advisory: Advisory) -> Row:
    ended = advisory.resolved_at or advisory.updated_at
    return _row(advisory) | {
        "ended_at": ended, "lasted_s": max(ended - advisory.raised_at, 0.0), "ended_by": name_of(advisory.ended_by)
    }  # fmt: skip


def _plan_row(entry: Mapping[str, Any]) -> Row:
    named = {key: value for key, value in entry.items() if key not in ("id", "prev", "at", "who", "what")}
    return {"at": entry.get("at"), "who": name_of(entry.get("who")), "what": entry.get("what"), "more": named}
