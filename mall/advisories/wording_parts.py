"""Pieces of an advisory's words: names of places, people with their band, figures, durations, doubts."""

from collections.abc import Mapping, Sequence
from typing import Any

Text = dict[str, str]
Labels = Mapping[str, Mapping[str, Mapping[str, str]]]


def pair(en: str, ja: str) -> Text:
    """Return words in both languages."""
    return {"en": en, "ja": ja}


def name(labels: Labels, kind: str, place: str, lang: str) -> str:
    """Return the label of a place in a language."""
    names = labels.get(kind, {}).get(place, {})
    return names.get(lang) or names.get("") or place


def names(labels: Labels, kind: str, places: Sequence[str], lang: str, *, most: int = 8) -> str:
    """Return the labels of places, of many the first ``most``."""
    shown = [name(labels, kind, place, lang) for place in places[:most]]
    more = len(places) - len(shown)
    if lang == "ja":
        return "、".join(shown) + (f"、ほか {more}" if more else "")
    return ", ".join(shown) + (f" and {more} more" if more else "")


def people(facts: Mapping[str, Any]) -> str:
    """Return the people of a zone with their band, in English."""
    band, n = facts["band"], facts["people"]
    if band[1] is None:
        return f"≥ {n} people"
    return f"{n} {'person' if n == 1 else 'people'}" + (f", band {band[0]}–{band[1]}" if band[0] != band[1] else "")


def people_ja(facts: Mapping[str, Any]) -> str:
    """Return the people of a zone with their band, in Japanese."""
    band = facts["band"]
    if band[1] is None:
        return f"{facts['people']} 人以上"
    return f"{facts['people']} 人" + (f"、誤差幅 {band[0]}〜{band[1]}" if band[0] != band[1] else "")


def figure(value: float) -> str:
    """Return a number with at most one decimal."""
    return f"{value:,.1f}".removesuffix(".0")


def duration(seconds: float) -> Text:
    """Return an estimated time: seconds up to two minutes, minutes above."""
    if seconds < 120.0:
        return pair(f"{seconds:.0f} s", f"{seconds:.0f} 秒")
    return pair(f"{seconds / 60.0:.0f} min", f"{seconds / 60.0:.0f} 分")


def duration_range(low: float, high: float | None) -> Text:
    """Return a range of an estimated time in one unit; high None is open."""
    if high is None:
        least = duration(low)
        return pair(f"at least {least['en']}", f"{least['ja']}以上")
    unit, unit_ja, by = ("s", "秒", 1.0) if high < 120.0 else ("min", "分", 60.0)
    one, other = round(low / by), round(high / by)
    if one == other:
        return pair(f"{one} {unit}", f"{one} {unit_ja}")
    return pair(f"{one}–{other} {unit}", f"{one}〜{other} {unit_ja}")


def flow(facts: Mapping[str, Any]) -> Text:
    """Return who comes and leaves a minute, nothing where it is not known."""
    inward, outward = facts.get("inflow"), facts.get("outflow")
    if inward is None or outward is None:
        return pair("", "")
    inward, outward = figure(inward), figure(outward)
    return pair(f". {inward} in, {outward} out per min", f"。流入 {inward}、流出 {outward} 人/分")


def doubt(facts: Mapping[str, Any]) -> Text:
    """Return that a danger was judged by the upper end of the band, where it was."""
    if (facts.get("value") or 0.0) >= facts["limit"]:
        return pair("", "")
    return pair(". Judged by the upper end of the band", "。誤差幅の上端で判定")


def joined(*parts: Text) -> Text:
    """Return texts one after the other."""
    return {lang: "".join(part[lang] for part in parts) for lang in ("en", "ja")}
