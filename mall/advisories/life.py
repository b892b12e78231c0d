"""The life of an advisory: which step leads where, as data, and what every step changes. Pure: ``now`` is an argument.

::

    new -> acknowledged -> in_progress -> resolved | expired

People take steps (``Order``); the engine raises, worsens, eases, escalates, resolves and expires. What the engine
resolved and soon comes back is the same advisory, new again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mall.advisories.policy import DEFAULT, Policy
from mall.errors import Why
from mall.models import Advisory, Status

Step = Literal["acknowledge", "assign", "start", "note", "silence", "unsilence", "resolve"]
EngineStep = Literal["worsen", "ease", "escalate", "end", "expire", "return"]
Reason = Literal["taken", "over", "wrong"]

LONGEST_NOTE = 500  # characters
MOST_NOTES = 50
LONGEST_NAME = 40

_STAYS: tuple[Step | EngineStep, ...] = ("assign", "note", "silence", "unsilence", "ease")
_ENDS: Mapping[Step | EngineStep, Status] = {"resolve": "resolved", "end": "resolved", "expire": "expired"}
LIFE: Mapping[Status, Mapping[Step | EngineStep, Status]] = {
    "new": {
        **dict.fromkeys(_STAYS, "new"), **_ENDS, "acknowledge": "acknowledged", "start": "in_progress",
        "escalate": "new", "worsen": "new",
    },
    "acknowledged": {**dict.fromkeys(_STAYS, "acknowledged"), **_ENDS, "start": "in_progress", "worsen": "new"},
    "in_progress": {**dict.fromkeys(_STAYS, "in_progress"), **_ENDS, "worsen": "new"},
    "resolved": {"note": "resolved", "return": "new"},
    "expired": {"note": "expired"},
}  # fmt: skip
"""Status -> step -> status after it; a step that does not stand here is refused."""

DONE: Mapping[Step | EngineStep, str] = {
    "acknowledge": "acknowledged", "assign": "assigned", "start": "started", "note": "noted", "silence": "silenced",
    "unsilence": "unsilenced", "resolve": "resolved", "worsen": "worsened", "ease": "eased",
    "escalate": "escalated", "end": "resolved", "expire": "expired", "return": "raised again",
}  # fmt: skip
"""What the audit and ``changed_what`` call a step that was taken."""


@dataclass(frozen=True, slots=True)
class Order:
    """A step that somebody wants to take.

    Attributes:
        by: ``console:<name>``.
        version: of the advisory as the person saw it; None takes it as it is.
        to: whom it is assigned to.
        text: the note, or why it is silenced or resolved.
        seconds: how long it is silenced.

    """

    step: Step
    by: str
    version: int | None = None
    to: str = ""
    text: str = ""
    seconds: float = 0.0


class RefusedStepError(Exception):
    """A step that is not to be taken; ``reason`` says of which kind, ``why`` is told to people."""

    def __init__(self, reason: Reason, why: Why) -> None:
        super().__init__(why.text)
        self.reason = reason
        self.why = why


def name_of(who: str | None) -> str:
    """Return a name as people read it: ``console:mori`` -> ``mori``."""
    return (who or "").removeprefix("console:")


def status_after(status: Status, step: Step | EngineStep) -> Status | None:
    """Return the status to which a step leads, None where it is refused."""
    return LIFE[status].get(step)


def take(advisory: Advisory, order: Order, now: float, policy: Policy = DEFAULT) -> Advisory:
    """Return the advisory after a person's step; itself where there is nothing to change.

    Raises:
        RefusedStepError: the step is not open to this advisory, or lacks a name, a text or an end.

    """
    status = status_after(advisory.status, order.step)
    if status is None:
        if order.step == "acknowledge" and not advisory.is_over and advisory.acknowledged_by == order.by:
            return advisory
        raise _refusal(advisory, order.step)
    changes = _CHANGES[order.step](advisory, order, now, policy)
    return stepped(advisory, order.step, order.by, now, status=status, **changes)


def stepped(advisory: Advisory, step: Step | EngineStep, by: str, now: float, **changes: Any) -> Advisory:
    """Return an advisory with a step's changes, when and by whom it was taken."""
    return advisory.changed(updated_at=now, changed_by=by, changed_what=DONE[step], **changes)


def noted(advisory: Advisory, by: str, text: str, now: float) -> tuple[dict[str, Any], ...]:
    """Return the notes with one more, the oldest left out beyond fifty: the audit keeps them all."""
    return (*advisory.notes, {"at": now, "by": by, "text": text})[-MOST_NOTES:]


def _refusal(advisory: Advisory, step: Step) -> RefusedStepError:
    if advisory.is_over:
        return RefusedStepError("over", over(advisory))
    if step == "acknowledge":
        name = name_of(advisory.acknowledged_by)
        told = f"This advisory is already acknowledged by {name or 'somebody'}."
        return RefusedStepError("taken", _taken("acknowledged", name, told))
    name = name_of(advisory.assigned_to)
    told = f"This advisory is already in progress{f' with {name}' if name else ''}."
    return RefusedStepError("taken", _taken("started", name, told))


def over(advisory: Advisory) -> Why:
    """Return why nothing is done about an advisory that is over."""
    return Why("over", f"This advisory is already {advisory.status}.", {"status": advisory.status})


def _taken(code: str, name: str, text: str) -> Why:
    return Why(code, text, {"name": name}) if name else Why(f"{code}_somebody", text)


def _text(order: Order, what: str) -> str:
    text = order.text.strip()
    if not text or len(text) > LONGEST_NOTE:
        told = f"{what}: expected 1 to {LONGEST_NOTE} characters, got {len(text)}."
        raise RefusedStepError("wrong", Why("length", told, {"field": what, "most": LONGEST_NOTE, "n": len(text)}))
    return text


def _acknowledge(_advisory: Advisory, order: Order, now: float, _policy: Policy) -> dict[str, Any]:
    return {"acknowledged_by": order.by, "acknowledged_at": now}


def _assign(_advisory: Advisory, order: Order, _now: float, _policy: Policy) -> dict[str, Any]:
    name = order.to.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        text = f"to: expected a name of 1 to {LONGEST_NAME} printable characters."
        raise RefusedStepError("wrong", Why("assignee", text, {"most": LONGEST_NAME}))
    return {"assigned_to": name}


def _start(advisory: Advisory, order: Order, now: float, policy: Policy) -> dict[str, Any]:
    seen = {} if advisory.status == "acknowledged" else _acknowledge(advisory, order, now, policy)
    return seen | {"started_at": now, "assigned_to": advisory.assigned_to or name_of(order.by)}


def _note(advisory: Advisory, order: Order, now: float, _policy: Policy) -> dict[str, Any]:
    return {"notes": noted(advisory, order.by, _text(order, "text"), now)}


def _silence(advisory: Advisory, order: Order, now: float, policy: Policy) -> dict[str, Any]:
    most = policy.silence_most_s[advisory.severity]
    reason = _text(order, "reason")
    if not 0.0 < order.seconds <= most:
        text = f"minutes: {advisory.severity} may be silenced for more than 0 and at most {most / 60:g} minutes."
        raise RefusedStepError(
            "wrong", Why("silence", text, {"severity": advisory.severity, "most": round(most / 60, 1)})
        )
    return {"silenced_until": now + order.seconds, "silenced_by": order.by, "silence_reason": reason}


def _unsilence(_advisory: Advisory, _order: Order, _now: float, _policy: Policy) -> dict[str, Any]:
    return dict(NOT_SILENCED)


def _resolve(advisory: Advisory, order: Order, now: float, _policy: Policy) -> dict[str, Any]:
    notes = noted(advisory, order.by, _text(order, "why"), now)
    return {"resolved_at": now, "ended_by": order.by, "notes": notes}


NOT_SILENCED: Mapping[str, Any] = {"silenced_until": None, "silenced_by": None, "silence_reason": None}
_CHANGES: Mapping[Step, Callable[[Advisory, Order, float, Policy], dict[str, Any]]] = {
    "acknowledge": _acknowledge, "assign": _assign, "start": _start, "note": _note, "silence": _silence,
    "unsilence": _unsilence, "resolve": _resolve,
}  # fmt: skip
