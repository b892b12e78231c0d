"""The words of an advisory in English and Japanese: title "place: state", why, and facts with units."""

import re
from collections.abc import Callable, Mapping

from mall.advisories import wording_crowd as crowd
from mall.advisories import wording_faults as faults
from mall.advisories import wording_flow as flow
from mall.advisories import wording_forecast as forecast
from mall.advisories import wording_reported as reported
from mall.advisories.channel_rule import CHANNEL, channel_failed
from mall.advisories.memory_rule import MEMORY, memory_stopped
from mall.advisories.wording_faults import SENSOR_KINDS
from mall.advisories.wording_parts import Labels, Text, name, pair
from mall.models import Advisory

__all__ = ["SENSOR_KINDS", "Labels", "Text", "lower_first", "text"]

Writer = Callable[[Advisory, Labels], tuple[Text, Text]]


def text(advisory: Advisory, labels: Labels) -> dict[str, Text]:
    """Return ``{"title": {"en", "ja"}, "why": {"en", "ja"}}``; a rule without words here is told by its id.

    Args:
        advisory: rule, place, severity and facts.
        labels: ``zone``, ``line``, ``camera``, ``level`` or ``sensor`` -> place id -> label by language; "" is the
            default one.

    """
    kind, writer = _WRITERS.get(advisory.rule, ("zone", _by_id))
    try:
        state, why = writer(advisory, labels)
    except (KeyError, TypeError, ValueError):  # another release wrote its facts
        state, why = _by_id(advisory, labels)
    where = _place(advisory, kind)
    place = {lang: name(labels, *where, lang) for lang in ("en", "ja")}
    title = {"en": f"{place['en']}: {state['en']}", "ja": f"{place['ja']}：{state['ja']}"}
    return {"title": _unbroken(title), "why": _unbroken(why)}


def _place(advisory: Advisory, kind: str) -> tuple[str, str]:
    """Return the kind and id of the place that a title names: what is reported happens in a zone, or on a level."""
    if advisory.rule not in _REPORTED:
        return kind, advisory.place
    zone = advisory.facts.get("zone")
    return ("zone", str(zone)) if zone else ("level", advisory.level)


def lower_first(words: str) -> str:
    """Return words as they stand within a sentence: "Milk fridge" -> "milk fridge"; "CO₂" stays."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _unbroken(words: Text) -> Text:
    """Keep a number and its unit on one line."""
    return {lang: _UNIT.sub("\\1\u00a0", told) for lang, told in words.items()}


def _by_id(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    return pair(advisory.rule, advisory.rule), pair("", "")


_REPORTED = frozenset({"incident", "exit-closed", "fire-alarm"})
_UNIT = re.compile(r"(\d) (?=(?:p/m²|p/m/min|people|person|ppm|m/s|°C|dB|W|%|s|min|m|人|秒|分|台|区画)(?![A-Za-z]))")
_WRITERS: Mapping[str, tuple[str, Writer]] = {
    "density-walkway": ("zone", crowd.density),
    "density-queue": ("zone", crowd.density),
    "density-stair": ("zone", crowd.density),
    "density-escalator": ("zone", crowd.density),
    "critical": ("zone", crowd.critical),
    "critical-waiting": ("zone", crowd.critical),
    "stalled": ("zone", crowd.stalled),
    "time-to-limit": ("zone", crowd.filling),
    "escalator-landing": ("zone", crowd.filling),
    "utilisation": ("zone", flow.utilisation),
    "level-capacity": ("level", flow.level_capacity),
    "blocked-exit": ("zone", flow.blocked_exit),
    "counter-flow": ("zone", flow.counter_flow),
    "counter-flow-stair": ("zone", flow.counter_flow),
    "queue-wait": ("zone", flow.queue_wait),
    "balance": ("zone", flow.balance),
    "level-crowded": ("level", crowd.level_crowded),
    "level-full": ("level", flow.level_full),
    "forecast-full": ("zone", forecast.forecast_full),
    "level-filling": ("level", forecast.level_filling),
    "level-unbalanced": ("level", flow.level_unbalanced),
    "sensor-limit": ("sensor", faults.sensor),
    "sensor-silent": ("sensor", faults.sensor_silent),
    "camera-lost": ("camera", faults.camera_lost),
    "level-dark": ("level", faults.level_dark),
    "incident": ("zone", reported.incident),
    "exit-closed": ("zone", reported.exit_closed),
    "fire-alarm": ("level", reported.fire_alarm),
    "self-test": ("site", faults.self_test),
    "memory-stopped": (MEMORY, memory_stopped),
    "channel-failed": (CHANNEL, channel_failed),
}
