"""An advisory: one situation at one place, from the moment it is raised to its end."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from mall.records import known_fields, pack

Severity = Literal["watch", "warn", "act", "clear"]
SEVERITIES: tuple[Severity, ...] = ("watch", "warn", "act", "clear")


Status = Literal["new", "acknowledged", "in_progress", "resolved", "expired"]
OVER: frozenset[str] = frozenset({"resolved", "expired"})


@dataclass(frozen=True, slots=True)
class Advisory:
    """One situation at one place; ``version`` rises with every change.

    Attributes:
        id: ``<rule>:<place>:<ms at which it was first raised>``.
        raised_at: when it was raised; of one that soon came back, when it did, and ``first_raised_at`` before.
        facts: numbers and words that fill the text templates, JSON-ready.
        acknowledged_by, silenced_by, ended_by: ``console:<name>``; ended_by may be ``engine``; assigned_to: a name.
        resolved_at: when it ended, resolved or expired.
        notes: {at, by, text}, oldest first; chosen: the option as chosen, with its prediction.
        effects: {after_min, measured, predicted, at}; raised_count: 2 or more for a situation that soon came back.
        changed_by, changed_what: who made this version and how, so that who comes second can be told.
        new_since: since when nobody has acknowledged it as it is, None where that is since it was raised.
        exercise: part of a drill, not of the mall.

    """

    id: str
    rule: str
    place: str
    level: str
    severity: Severity
    status: Status
    raised_at: float
    updated_at: float
    facts: dict[str, Any]
    version: int = 1
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    resolved_at: float | None = None
    assigned_to: str | None = None
    started_at: float | None = None
    escalated_at: float | None = None
    silenced_until: float | None = None
    silenced_by: str | None = None
    silence_reason: str | None = None
    notes: tuple[dict[str, Any], ...] = ()
    chosen: dict[str, Any] | None = None
    effects: tuple[dict[str, Any], ...] = ()
    ended_by: str | None = None
    exercise: bool = False
    raised_count: int = 1
    new_since: float | None = None
    first_raised_at: float | None = None
    changed_by: str | None = None
    changed_what: str | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether it is resolved or expired."""
        return self.status in OVER

    def is_silent(self, now: float) -> bool:
        """Tell whether it makes neither sound nor page at a time (UTC seconds)."""
        return self.silenced_until is not None and now < self.silenced_until

    def changed(self, **changes: Any) -> "Advisory":
        """Return a copy with these changes and the next version."""
        return replace(self, **changes, version=self.version + 1)

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes | str) -> "Advisory":
        """Unpack."""
        row = json.loads(text)
        lists = {name: tuple(row.get(name) or ()) for name in ("notes", "effects")}
        return cls(**known_fields(cls, row) | lists)
