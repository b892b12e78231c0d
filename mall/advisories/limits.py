"""Limits as people set them: every key known to the rule, every number in its unit and possible."""

import math
from collections.abc import Mapping
from typing import NoReturn

from mall.advisories.rule import METRES_S, PER_M2, PER_M_MIN, PER_MIN, SECONDS, Rule
from mall.advisories.rules import with_limits
from mall.errors import SaidError, Why
from mall.quantities import quantity

DELAYS = ("on_delay_s", "off_delay_s")
MOST: Mapping[str, float] = {PER_M2: 20.0, PER_M_MIN: 1000.0, PER_MIN: 10_000.0, METRES_S: 10.0, SECONDS: 86_400.0}
"""Unit -> the largest number that can be meant; a limit beyond it would switch its rule off unseen. Our own choice."""
MOST_OTHER = 10_000.0


def check_number(rule: Rule, place: str, word: str, value: float) -> None:
    """Refuse a key that a rule has not, a wrong unit, and a number that cannot be; SaidError names the place."""
    units = rule.units()
    if word not in units:
        _refuse("key", place, f"no such key (keys: {', '.join(units)})", keys=list(units))
    unit = getattr(value, "unit", None)
    if unit is not None and unit != units[word]:
        told = units[word] or "a number without unit, or %"
        text = f"expected {told}, got {value:g} {unit or '(a share)'}"
        _refuse("unit", place, text, unit=units[word] or "%", got=f"{value:g} {unit or ''}".strip())
    if not math.isfinite(value):
        _refuse("finite", place, f"expected a finite number, got {value}")
    if word not in DELAYS and word != "hysteresis" and value <= 0:
        _refuse("positive", place, f"expected a number above 0, got {value:g}", got=f"{value:g}")
    most = MOST.get(units[word], MOST_OTHER)
    if word not in DELAYS and value > most:
        told = f"{most:g} {units[word]}".strip()
        _refuse("most", place, f"expected at most {told}, got {value:g}", most=told, got=f"{value:g}")
    if word in DELAYS and not 0 <= value <= 86_400:
        _refuse("delay", place, f"expected 0 to 86400 s, got {value:g}", got=f"{value:g}")
    if word == "hysteresis" and not 0 <= value < 1:
        _refuse("share", place, f"expected a share from 0 to below 1, got {value:g}", got=f"{value:g}")


def _refuse(code: str, place: str, text: str, **args: str | list[str]) -> NoReturn:
    raise SaidError(Why(f"limit_{code}", f"{place}: {text}", {"place": place, **args}))


def with_own(rule: Rule, own: Mapping[str, object], place: str) -> Rule:
    """Return a rule with limits as somebody wrote them, such as ``{"warn": "1.5 p/m²"}``.

    Raises:
        SaidError: naming the key and what is wrong with it.

    """
    numbers: dict[str, float] = {}
    for word, written in own.items():
        try:
            numbers[word] = quantity(written)
        except ValueError as exc:
            at = f"{place}.{word}"
            raise SaidError(Why("limit_number", f"{at}: {exc}", {"place": at, "got": str(written)[:40]})) from exc
        check_number(rule, f"{place}.{word}", word, numbers[word])
    return with_limits(rule, {place: numbers}, place)
