"""The words of what is forecast: when a place will likely be full, and how sure that is."""

from collections.abc import Mapping
from typing import Any

from mall.advisories.sources import in_japanese
from mall.advisories.wording_parts import Labels, Text, duration, joined, names, pair
from mall.forecast.wording import NOT_VALIDATED
from mall.models import Advisory

_LIMITS: Mapping[str, tuple[str, str]] = {
    "capacity": ("Its capacity", "安全上限人数"),
    "comfort": ("Its comfort capacity", "快適収容人数"),
}


def forecast_full(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell when a place will likely be full."""
    f, state = advisory.facts, pair("likely full within the hour", "1 時間以内に満員の見込み")
    if f.get("value") is None:
        return state, pair("No fresh forecast says so any more", "最新の予測では該当なし")
    what, what_ja = _LIMITS[f["limit_kind"]]
    most, likely, share = f["limit_people"], _minutes(f["value"]), round(100 * f["interval"])
    told = pair(
        f"{what} of {most} people is likely reached in {likely['en']}",
        f"{what_ja} {most} 人に {likely['ja']}後に到達の見込み",
    )
    between = _between(f["earliest_s"], f["latest_s"])
    sure = pair(f" ({share} % interval: {between['en']})", f"（{share} % 予測区間：{between['ja']}）")
    mark = pair("", "") if f["is_validated"] else pair(f". Forecast {NOT_VALIDATED[0]}", f"。予測は{NOT_VALIDATED[1]}")
    source = pair(f": {f['source']}", f"：{in_japanese(f['source'])}")
    return state, joined(told, sure, mark, source)


def _minutes(seconds: float) -> Text:
    return duration(max(60.0, seconds)) if seconds >= 120.0 else pair("1–2 min", "1〜2 分")


def _between(earliest_s: float | None, latest_s: float | None) -> Text:
    """Return the time range; without a latest one the lower end reaches the limit much later or never."""
    first = round((earliest_s or 0.0) / 60.0)
    if latest_s is None:
        return pair(f"{first} min or later", f"{first} 分後以降")
    last = round(latest_s / 60.0)
    return pair(f"{first}–{last} min", f"{first}〜{last} 分後")


def level_filling(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of the zones of a level that will likely be full."""
    f: Mapping[str, Any] = advisory.facts
    return pair("many zones likely full within the hour", "複数区画で 1 時間以内に満員の見込み"), pair(
        f"{f['value']:.0f} zones at once: {names(labels, 'zone', f['zones'], 'en')}",
        f"同時に {f['value']:.0f} 区画：{names(labels, 'zone', f['zones'], 'ja')}",
    )
