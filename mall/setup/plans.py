"""What is wrong with a drafted plan, in words; where it cannot be read at all, what is wrong with which feature."""

import re
from collections.abc import Mapping
from typing import Any

from gis.floorplan import FloorPlan, PlanError
from gis.plan_problems import problems
from mall.config import Site
from mall.setup.drafts import plan_of
from mall.setup.words import Place, Problem

KINDS = {
    "zone": "ゾーン",
    "line": "計測線",
    "opening": "開口部",
    "fixture": "什器",
    "level": "階",
    "pop-up": "ポップアップ",
    "feature": "図形",
}
# What the plan's own checks say in English, and the same in Japanese.
JAPANESE: tuple[tuple[str, str], ...] = (
    (r"nothing of it is walkable.*", "歩ける場所がありません"),
    (r"its parent '(.+)' is on another level.*", r"親ゾーン \1 が別の階にあります"),
    (r"no zone '(.+)' to be its parent", r"親ゾーン \1 がありません"),
    (r"its parents go round in a circle.*", "親ゾーンの指定が循環しています"),
    (r"there is no zone on it", "ゾーンがありません"),
    (r"overlaps zone '(.+)' by (.+) m².*", r"ゾーン \1 と \2 m² 重なっています。重なりの人は小さいほうに数えます"),
    (r"no zone '(.+)' for it to lead into", r"行き先のゾーン \1 がありません"),
    (r"touches no zone of level .*", "この階のどのゾーンにも触れていません"),
    (r"no zone '(.+)' in the plan", r"ゾーン \1 が図面にありません"),
    (r"lies away from zone '(.+)'", r"ゾーン \1 から離れています"),
    (r"stands in no zone of level .*", "この階のどのゾーンにもありません"),
    (r"no way leads there \(nor to (.+?)(, others)?\) from the rest.*", r"ここへの経路がありません（\1 なども同様）"),
    (r"no way leads there from the rest.*", "ここへの経路がありません"),
    (r"connects to another level, but its category is '(.+)'", r"他の階につながる設定ですが、分類は \1 です"),
    (r"connects to no zone of the plan: '(.+)'", r"つながる先のゾーン \1 が図面にありません"),
    (r"connects to '(.+)', which is on the same level", r"つながる先のゾーン \1 が同じ階にあります"),
    (r"its footprint reaches outside every zone", "区画がゾーンの外にはみ出しています"),
    (r"not a simple polygon.*", "線が交差しています"),
    (r"the polygon has no area", "面積がありません"),
    (r"the line has no length", "長さがありません"),
    (r"this id stands twice", "同じ id が 2 つあります"),
    (r"no id", "id がありません"),
    (r"no level", "階の指定がありません"),
    (r"unknown level '(.+)' .*", r"階 \1 はありません"),
    (r"unknown category (.+) \(.*", r"分類 \1 はありません"),
    (r"a coordinate must be finite metres.*", "座標が正しい数値（メートル）ではありません"),
    (r"expected at least (\d+) points", r"点が \1 個以上必要です"),
    (r"no zone in the plan.*", "図面にゾーンがありません"),
    (r"the plan has no features", "図面が空です"),
)
_PLACE = re.compile(r"(zone|line|opening|fixture|level|pop-up|feature) ('.*?'|\".*?\"|\d+)(?: \(\w+\))?")


def drafted_plan(site: Site, collection: Mapping[str, Any] | None) -> tuple[FloorPlan | None, list[Problem]]:
    """Return a drafted plan with what is wrong with it; None where it cannot be read."""
    try:
        plan = plan_of(site, collection)
    except PlanError as exc:
        place, _, reason = str(exc).rpartition(": ") if _PLACE.match(str(exc)) is None else _split(str(exc))
        code = "crossing" if reason.startswith("not a simple polygon") else "plan"
        return None, [_worded(code, "error", place, reason)]
    return plan, [_worded("plan", p.severity, p.place, p.text) for p in problems(plan)] if collection else []


def _split(text: str) -> tuple[str, str, str]:
    place, colon, reason = text.partition(": ")
    return place, colon, reason


def _worded(code: str, severity: Any, place: str, reason: str) -> Problem:
    found = _PLACE.match(place)
    kind, name = (found[1], found[2].strip("'\"")) if found else ("", "")
    japanese = f"{KINDS.get(kind, '図面')}{' ' * bool(name)}{name}: {in_japanese(reason)}"
    english = f"{place}: {reason}" if place else reason
    return Problem(code, severity, {"en": english, "ja": japanese}, Place(feature=name or None))


def in_japanese(text: str) -> str:
    """Return what the plan's checks say, in Japanese; a rare one that has no translation as it is."""
    for pattern, japanese in JAPANESE:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return found.expand(japanese)
    return text
