"""Limits as people set them: every key known to the rule, every number in its unit and possible."""

import math
from collections.abc import Mapping

from mall.advisories.rule import METRES_S, PER_M2, PER_M_MIN, PER_MIN, SECONDS, Rule
from mall.advisories.rules import with_limits
from mall.quantities import quantity

DELAYS = ("on_delay_s", "off_delay_s")
MOST: Mapping[str, float] = {PER_M2: 20.0, PER_M_MIN: 1000.0, PER_MIN: 10_000.0, METRES_S: 10.0, SECONDS: 86_400.0}
"""Unit -> the largest number that can be meant; a limit beyond it would switch its rule off unseen. Our own choice."""
MOST_OTHER = 10_000.0


def check_number(rule: Rule, place: str, word: str, value: float) -> None:
    """Refuse a key that a rule has not, a wrong unit, and a number that cannot be; ValueError names the place."""
    units = rule.units()
    if word not in units:
        raise ValueError(f"{place}: no such key (keys: {', '.join(units)})")
    unit = getattr(value, "unit", None)
    if unit is not None and unit != units[word]:
        told = units[word] or "a number without unit, or %"
        raise ValueError(f"{place}: expected {told}, got {value:g} {unit or '(a share)'}")
    if not math.isfinite(value):
        raise ValueError(f"{place}: expected a finite number, got {value}")
    if word not in DELAYS and word != "hysteresis" and value <= 0:
        raise ValueError(f"{place}: expected a number above 0, got {value:g}")
    most = MOST.get(units[word], MOST_OTHER)
    if word not in DELAYS and value > most:
        raise ValueError(f"{place}: expected at most {f'{most:g} {units[word]}'.strip()}, got {value:g}")
    if word in DELAYS and not 0 <= value <= 86_400:
        raise ValueError(f"{place}: expected 0 to 86400 s, got {value:g}")
    if word == "hysteresis" and not 0 <= value < 1:
        raise ValueError(f"{place}: expected a share from 0 to below 1, got {value:g}")


def with_own(rule: Rule, own: Mapping[str, object], place: str) -> Rule:
    """Return a rule with limits as somebody wrote them, such as ``{"warn": "1.5 p/m²"}``.

    Raises:
        ValueError: naming the key and what is wrong with it.

    """
    numbers: dict[str, float] = {}
    for word, written in own.items():
        try:
            numbers[word] = quantity(written)
        except ValueError as exc:
            raise ValueError(f"{place}.{word}: {exc}") from exc
        check_number(rule, f"{place}.{word}", word, numbers[word])
    return with_limits(rule, {place: numbers}, place)
