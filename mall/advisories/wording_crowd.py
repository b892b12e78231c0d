"""The words of crowds: density, falling flow, standstill, and how soon a place is full."""

from collections.abc import Mapping
from typing import Any

from mall.advisories.sources import in_japanese
from mall.advisories.wording_parts import (
    Labels,
    Text,
    doubt,
    duration_range,
    figure,
    flow,
    joined,
    names,
    pair,
    people,
    people_ja,
)
from mall.models import Advisory

_DENSITY_STATES: Mapping[str, tuple[str, str]] = {
    "watch": ("getting crowded", "混雑の始まり"),
    "warn": ("crowded, close to the limit of flow", "混雑、流動の限界付近"),
    "act": ("too dense", "過密"),
    "clear": ("dangerously dense, clear the area", "危険な過密、区域退避"),
}


def density(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of a density."""
    return pair(*_DENSITY_STATES[advisory.severity]), joined(_density(advisory.facts), doubt(advisory.facts))


def _density(f: Mapping[str, Any]) -> Text:
    limit = f"しきい値 {f['limit']:.2f} 人/m² が {f['on_delay_s']:.0f} 秒継続：{in_japanese(f['source'])}"
    return pair(
        f"{f['value']:.2f} p/m² ({people(f)}), limit {f['limit']:.2f} p/m² for {f['on_delay_s']:.0f} s: {f['source']}",
        f"{f['value']:.2f} 人/m²（{people_ja(f)}）、{limit}",
    )


def critical(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of a crowd whose flow falls."""
    f = advisory.facts
    fallen = f.get("flow_change")
    by = pair("The flow out falls", "流出が減少")
    if fallen is not None and fallen < 0.0:
        share = round(-100 * fallen)
        by = pair(f"The flow out fell by {share} % in 60 s", f"流出が 60 秒で {share} % 減少")
    told = joined(by, pair(" at ", "、"), _density(f), flow(f), doubt(f))
    return pair("critical, the flow breaks down", "危険、流れの停滞"), told


def stalled(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of a crowd that stands still."""
    f = advisory.facts
    speed, state = f.get("speed_m_s"), pair("stalled, nobody moves", "滞留、動きなし")
    if advisory.severity == "clear":
        state = pair("stalled, clear the area", "滞留、区域退避")
    still = pair("", "")
    if speed is not None:
        still = pair(f"People move at {speed:.1f} m/s. ", f"歩行速度 {speed:.1f} m/s。")
    return state, joined(still, _density(f), flow(f), doubt(f))


def filling(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell how soon a place has the density at which somebody must act."""
    f = advisory.facts
    is_full = f.get("value") == 0.0
    low, high = f.get("range_s") or (f.get("high"), f.get("value"))
    most = f.get("limit_people")
    limit = pair("its limit", "しきい値")
    if most is not None:
        limit = pair(f"its limit of {most} people", f"しきい値 {most} 人")
    reached = pair(f"At {limit['en']}", f"{limit['ja']}に到達")
    coming = pair(f"{_capital(limit['en'])} is not coming nearer now", f"{limit['ja']}へ接近なし")
    if low is not None:
        within = duration_range(low, high)
        coming = pair(f"{_capital(limit['en'])} in {within['en']}", f"{limit['ja']}まで {within['ja']}")
    there = pair(f" ({people(f)})", f"（{people_ja(f)}）")
    told = joined(reached if is_full else coming, there, flow(f), _feeding(f, labels))
    states = pair("full, and more come", "しきい値到達、流入継続") if is_full else pair("filling fast", "急速に混雑")
    return states, told


def _feeding(facts: Mapping[str, Any], labels: Labels) -> Text:
    feeding = facts.get("feeding")
    if not feeding:
        return pair("", "")
    brought = facts.get("feeding_per_min")
    rate = pair("", "")
    if brought is not None:
        rate = pair(f" ({figure(brought)} per min)", f"（{figure(brought)} 人/分）")
    told = pair(
        f". Stop the feeding escalator first: {names(labels, 'zone', feeding, 'en')}",
        f"。まず流入側エスカレーターを停止：{names(labels, 'zone', feeding, 'ja')}",
    )
    return joined(told, rate)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def level_crowded(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of the zones of a level that are crowded at once."""
    f = advisory.facts
    worst = next(iter(f.get("worst") or ()), None)
    n = f"{f['value']:.0f}"
    told = pair(
        f"{n} zones at once: {names(labels, 'zone', f['zones'], 'en')}",
        f"同時に {n} 区画：{names(labels, 'zone', f['zones'], 'ja')}",
    )
    if worst is not None and worst.get("unit") == "p/m²" and worst.get("value") is not None:
        value = worst["value"]
        told = joined(told, pair(f". Worst {value:.2f} p/m²", f"。最大 {value:.2f} 人/m²"))
    return pair(*_LEVEL_STATES[advisory.severity]), told


_LEVEL_STATES: Mapping[str, tuple[str, str]] = {
    "watch": ("many zones getting crowded", "複数区画で混雑の始まり"),
    "warn": ("many zones crowded", "複数区画で混雑"),
    "act": ("many zones crowded, some too dense", "複数区画で混雑、過密あり"),
    "clear": ("dangerously dense, clear the area", "危険な過密、区域退避"),
}
