"""The kinds of options as data: who acts, how soon it works, how many do as they are asked, and where that is from."""

from collections.abc import Mapping
from dataclasses import dataclass

from mall.options.records import Band

OWN = "our own choice"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of option.

    Attributes:
        staff: people it takes; ready_min: minutes until it works.
        share: of those concerned who are stopped, turned or moved (low, likely, high).
        source: where the share is from.

    """

    staff: int
    ready_min: int
    share: Band
    source: str


KINDS: Mapping[str, Kind] = {
    "stop_escalator": Kind(1, 1, (0.9, 1.0, 1.0), f"a standing escalator with its entry barred; {OWN}"),
    "reverse_escalator": Kind(2, 4, (0.2, 0.35, 0.5), f"share of those leaving who take it; {OWN}"),
    "open_opening": Kind(1, 1, (0.2, 0.35, 0.5), f"share of those leaving who take the new way; {OWN}"),
    "bar_entry": Kind(2, 2, (0.7, 0.85, 0.95), f"barrier with two staff, leaving stays free; {OWN}"),
    "guide_route": Kind(2, 2, (0.15, 0.3, 0.45), f"staff with signs at the fork; {OWN}"),
    "guide_out": Kind(1, 1, (0.1, 0.25, 0.4), f"staff at the fork; {OWN}"),
    "add_service": Kind(2, 3, (0.2, 0.5, 1.0), f"one more counter or till; {OWN}"),
    "delay_event": Kind(1, 5, (0.5, 0.8, 0.95), f"doors of the event kept or its end put off; {OWN}"),
    "pause_popup": Kind(1, 2, (0.05, 0.1, 0.2), f"share of those standing there who go on; {OWN}"),
    "move_popup": Kind(3, 10, (0.1, 0.2, 0.3), f"share of those standing there who go on; {OWN}"),
    "send_staff": Kind(2, 2, (0.05, 0.1, 0.15), f"more pass where staff keep a way free; {OWN}"),
    "message": Kind(0, 1, (0.02, 0.05, 0.1), f"share of those coming who read and follow it; {OWN}"),
    "cordon": Kind(2, 2, (0.8, 0.95, 1.0), f"all ways in barred; {OWN}"),
    "clear_area": Kind(4, 2, (0.5, 0.7, 0.9), f"share who leave within 15 min when staff ask; {OWN}"),
    "look": Kind(1, 3, (0.0, 0.0, 0.0), OWN),
    "repair": Kind(1, 15, (0.0, 0.0, 0.0), OWN),
    "air": Kind(1, 5, (0.0, 0.0, 0.0), OWN),
}

_CROWD = (
    "stop_escalator", "reverse_escalator", "open_opening", "bar_entry", "guide_route", "guide_out", "delay_event",
    "pause_popup", "move_popup", "send_staff", "message",
)  # fmt: skip
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "crowd": _CROWD,
    "landing": _CROWD,
    "capacity": ("bar_entry", "guide_route", "guide_out", "delay_event", "pause_popup", "send_staff", "message"),
    "exit": ("open_opening", "guide_out", "bar_entry", "guide_route", "stop_escalator", "send_staff"),
    "queue": ("add_service", "open_opening", "guide_out", "bar_entry", "message"),
    "incident": ("cordon", "guide_route", "guide_out", "stop_escalator", "send_staff"),
    "sensor": ("air", "pause_popup", "repair"),
    "device": ("look", "repair"),
    "alarm": (),
    "memory": (),
    "channel": (),
    "test": (),
}
"""Family of situations -> kinds of options worth trying, of which those that help are offered."""
ALWAYS = frozenset({"look", "repair", "air"})
"""Kinds that change no flow: offered without a prediction."""
WITHOUT_PEOPLE = frozenset({"device", "alarm", "memory", "channel", "test"})
"""Families that are about no crowd in a zone."""

_FAMILY_OF = (
    ("density", "crowd"), ("critical", "crowd"), ("stalled", "crowd"), ("level-crowded", "crowd"),
    ("time-to-limit", "crowd"), ("forecast", "crowd"), ("escalator", "landing"),
    ("utilisation", "capacity"), ("level-full", "capacity"), ("level-capacity", "capacity"), ("egress", "capacity"),
    ("blocked-exit", "exit"), ("exit-closed", "exit"), ("counter-flow", "exit"), ("queue", "queue"),
    ("incident", "incident"), ("sensor-limit", "sensor"), ("fire-alarm", "alarm"),
    ("memory", "memory"), ("channel", "channel"), ("self-test", "test"),
)  # fmt: skip


def family_of(rule: str) -> str:
    """Return the family of a rule; what is not about people in a zone is about a device."""
    return next((family for start, family in _FAMILY_OF if rule.startswith(start)), "device")
