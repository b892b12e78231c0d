"""What the interface tells the advisories page, for its tests: options, rules and a dry run, hand-written."""

import math
from collections.abc import Callable
from typing import Any

from mall.models import Advisory

Curve = Callable[[float], float]


def prediction(curve: Curve, spread: float, below: tuple[int, int | None] | None) -> dict[str, Any]:
    """Return a prediction over 15 minutes, in p/m²."""
    likely = [round(curve(minute), 3) for minute in range(16)]
    low, high = [value - spread for value in likely], [value + spread for value in likely]
    band = [[low[i], likely[i], high[i]] for i in (5, 15)]
    return {
        "minutes": list(range(16)), "low": low, "likely": likely, "high": high, "after_5": band[0],
        "after_15": band[1], "below_limit_min": below, "moved": [0, 0, 0], "minutes_gained": 0, "basis": "assumed",
    }  # fmt: skip


def _falling(start: float, end: float) -> Curve:
    return lambda minute: end + (start - end) * math.exp(-minute / 3.0)


NO_ACTION = prediction(lambda minute: 1.8 + 0.03 * minute, 0.05, None)


def option(key: str, title: tuple[str, str], who: tuple[str, str], curve: Curve, **more: Any) -> dict[str, Any]:
    """Return an option; ``key`` is its rank too."""
    rank = "ABCD".index(key) + 1
    said = {"title": dict(zip(("en", "ja"), title, strict=True)), "who": dict(zip(("en", "ja"), who, strict=True))}
    values = {"side_effects": [], "drawing": {}, "plan_changes": [], "worked_before": {"n": 0, "worked": 0}}
    made = {"key": key, "kind": "guide_route", "items": [], "zones": [], "steps": [], "staff": 2, "ready_min": 2}
    return made | said | values | {"prediction": prediction(curve, 0.1, (2, 4)), "rank": rank, "score": 9.0} | more


def options_of(advisory: Advisory, at: float) -> dict[str, Any]:
    """Return two options for the hall of the small site."""
    to_plaza = {"1f": [[[15, 6], [15, 0], [15, -10]]]}
    effect = {"zone": "plaza", "los_before": "A", "los_after": "C", "at_min": 4, "worse_by": 2, "is_over": False}
    first = option(
        "A", ("Guide to the plaza", "広場へ誘導"), ("2 staff", "係員2"), _falling(1.8, 0.9), drawing=to_plaza,
        side_effects=[effect], worked_before={"n": 6, "worked": 5, "mean_error": 0.11},
        steps=[{"en": "Stand at the door.", "ja": "扉に立つ。"}],
    )  # fmt: skip
    second = option("B", ("Bar the door", "扉の入場規制"), ("1 guard", "警備員1"), _falling(1.8, 1.3))
    return {
        "advisory": advisory.id, "at": at, "place": "hall", "no_action": NO_ACTION, "options": [first, second],
        "none_reason": None, "limit": 1.75,
    }  # fmt: skip


def nothing_helps(advisory: Advisory, at: float) -> dict[str, Any]:
    """Return a set in which no option improves anything."""
    reason = {"en": "Every way out is full.", "ja": "経路がすべて満杯。"}
    return options_of(advisory, at) | {"options": [], "none_reason": reason}


LOG = [{"id": "1-0", "at": 1.8e9, "who": "console:mori", "what": "advisory assigned", "more": {"to": "Sato"}}]


def _limit(severity: str, value: float) -> dict[str, Any]:
    return {"severity": severity, "value": value, "source": {"en": "Fruin", "ja": "Fruin"}}


LIMITS = [_limit("watch", 1.08), _limit("warn", 1.75), _limit("act", 2.17)]
LADDER = {"limits": LIMITS, "on_delay_s": 10.0, "off_delay_s": 60.0, "hysteresis": 0.1, "conditions": []}
RULES = [
    LADDER | {"id": "density-walkway", "measure": "density", "unit": "p/m²", "family": "crowd", "is_falling": False}
    | {"is_comfort": False, "dry_run": True, "zones": ["hall", "plaza"], "overrides": {}}
    | {"version": "v1", "built_in": {"watch": 1.08, "warn": 1.75, "act": 2.17}},
]  # fmt: skip


def saved_rules(version: str, **limits: float) -> list[dict[str, Any]]:
    """Return the rules once the stack runs on other limits."""
    rows = [limit | {"value": limits.get(limit["severity"], limit["value"])} for limit in LIMITS]
    return [RULES[0] | {"version": version, "limits": rows}]


def dry_run(until: float) -> dict[str, Any]:
    """Return an answer of three firings in two zones."""
    day = 86_400.0

    def fired(ago_s: float, lasted_s: float | None, severity: str, peak: float) -> dict[str, Any]:
        began = until - ago_s
        ended = None if lasted_s is None else began + lasted_s
        return {"began": began, "ended": ended, "severity": severity, "peak": peak, "peak_at": began}

    zones = [
        {"zone": "hall", "firings": [fired(7200, 125, "warn", 1.7), fired(600, None, "act", 2.2)]},
        {"zone": "plaza", "firings": [fired(3600, 60, "warn", 1.65)]},
    ]
    told = {"rule": "density-walkway", "unit": "p/m²", "since": until - day, "until": until, "resolution_s": 60}
    rows = [row | {"fired_now": 0, "minutes": 1080, "missing": 360} for row in zones]
    return told | {"coarse": {"en": "By minutes.", "ja": "分単位。"}, "fired": 3, "fired_now": 1, "zones": rows}
