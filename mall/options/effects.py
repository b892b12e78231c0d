"""What a chosen option did: measured after 5 and 15 minutes against its prediction, and what that says of its kind."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mall.models import Advisory, known_fields, pack
from mall.options.records import Record

MEASURED_AFTER_MIN = (5, 15)
LATE_S = 60.0  # a measurement later than this says nothing about its minute
KEPT_S = (MEASURED_AFTER_MIN[-1] * 60.0) + LATE_S

Effect = dict[str, Any]


def due(advisory: Advisory, now: float) -> int | None:
    """Return the minutes after which the effect of the chosen option is to be measured now; None where none is."""
    if advisory.chosen is None:
        return None
    done = {effect.get("after_min") for effect in advisory.effects}
    waited = now - float(advisory.chosen.get("at", now))
    return next((minutes for minutes in MEASURED_AFTER_MIN if minutes not in done and waited >= 60.0 * minutes), None)


def effect(advisory: Advisory, minutes: int, density: float | None, now: float) -> Effect:
    """Return what was measured beside what was predicted; measured is None where nobody saw the place then."""
    chosen = advisory.chosen or {}
    prediction = chosen.get("prediction") or {}
    is_late = now - float(chosen.get("at", now)) > 60.0 * minutes + LATE_S
    return {
        "after_min": minutes,
        "measured": None if density is None or is_late else round(density, 3),
        "predicted": prediction.get(f"after_{minutes}"),
        "no_action": (chosen.get("no_action") or {}).get(f"after_{minutes}"),
        "at": now,
    }


def has_worked(found: Effect, limit: float | None) -> bool | None:
    """Tell whether an option worked: the place is below the limit, or as good as predicted and better than without.

    That is, not beyond what was predicted at most, and below what was likely with no action. None where it cannot be
    told: nothing was measured or nothing was predicted.
    """
    measured, predicted = found.get("measured"), found.get("predicted")
    if measured is None or predicted is None:
        return None
    without = (found.get("no_action") or [None] * 3)[1]
    is_better = without is None or measured < without
    return bool((limit is not None and measured < limit) or (measured <= predicted[2] and is_better))


@dataclass(frozen=True, slots=True)
class Tally:
    """How options of one kind did at places of one family: times, times it worked, sum of errors in p/m²."""

    n: int = 0
    worked: int = 0
    error_sum: float = 0.0

    def plus(self, found: Effect, limit: float | None) -> "Tally":
        """Return the tally with one more effect; the same where that tells nothing."""
        worked = has_worked(found, limit)
        if worked is None:
            return self
        error = abs(float(found["measured"]) - float(found["predicted"][1]))
        return Tally(self.n + 1, self.worked + worked, self.error_sum + error)

    @property
    def record(self) -> Record:
        """Return it as options show it."""
        return Record(self.n, self.worked, round(self.error_sum / self.n, 3) if self.n else None)

    def to_json(self) -> bytes:
        """Pack."""
        return pack(asdict(self))

    @classmethod
    def from_json(cls, text: bytes | str) -> "Tally":
        """Unpack."""
        return cls(**known_fields(cls, json.loads(text)))


def record_key(kind: str, family: str) -> str:
    """Return the name that a kind's tally at a family of places is kept under."""
    return f"{kind}|{family}"


def records(tallies: Mapping[str, Tally]) -> dict[tuple[str, str], Record]:
    """Return the records by (kind, place family)."""
    found = {}
    for key, tally in tallies.items():
        kind, _, family = key.partition("|")
        found[kind, family] = tally.record
    return found
