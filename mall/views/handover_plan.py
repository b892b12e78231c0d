"""What changed on the plan in a shift, in words: the lines of the hand-over, in English and Japanese."""

from collections.abc import Callable, Mapping
from typing import Any

from mall.advisories.places import labels_of
from mall.advisories.wording_reported import KINDS
from mall.config import Site

Row = Mapping[str, Any]
Pair = tuple[str, str]

_MODES: Mapping[str, Pair] = {
    "open": ("open", "開放"), "closed": ("closed", "閉鎖"), "one_way": ("one-way", "一方通行"),
    "stopped": ("stopped", "停止"),
}  # fmt: skip
_CONTACTS: Mapping[tuple[str, bool], Pair] = {
    ("fire_alarm", True): ("fire alarm", "火災警報"),
    ("fire_alarm", False): ("no fire alarm", "火災警報なし"),
    ("door", True): ("closed", "閉鎖"),
    ("door", False): ("open", "開放"),
    ("escalator", True): ("stopped", "停止"),
    ("escalator", False): ("running", "運転中"),
}
_TOWARDS: Pair = ("to {zone}", "{zone}方向")
_UNTIL: Pair = ("until {time}", "{time} まで")
_REPORTED: Pair = ("reported, {zone}: {kind}", "{zone}：{kind}の報告")
_CLEARED: Pair = ("an incident is over", "報告事象の終了")


def plan_line(site: Site, row: Row, language: str, time: Callable[[float], str]) -> str:
    """Return one change of the plan's state as ``handover`` lists it; ``time`` writes UTC seconds as a time of day."""
    at, more = int(language == "ja"), row["more"]
    if row["what"] == "incident reported":
        told = _REPORTED[at].format(zone=_zone(site, more.get("zone"), at), kind=_kind(more.get("kind"), at))
        return _line(row, _who(site, row, at), told, time, at)
    if row["what"] == "incident cleared":
        return _line(row, _who(site, row, at), _CLEARED[at], time, at)
    if row["what"] == "contact changed":
        told = _CONTACTS.get((str(more.get("kind")), bool(more.get("is_active"))), (str(row["what"]),) * 2)[at]
        return _line(row, _who(site, row, at), told, time, at)
    if row["what"] != "passage set":
        return _line(row, _who(site, row, at), str(row["what"]), time, at)
    words = [_MODES.get(str(more.get("mode")), (str(more.get("mode")),) * 2)[at]]
    words += [_TOWARDS[at].format(zone=_zone(site, more["towards"], at))] if more.get("towards") else []
    words += [_UNTIL[at].format(time=time(more["until"]))] if more.get("until") is not None else []
    told = (": ", "：")[at].join((_item(site, str(more.get("item")), at), (", ", "、")[at].join(words)))
    return _line(row, _who(site, row, at), told, time, at)


def _line(row: Row, who: str, told: str, time: Callable[[float], str], at: int) -> str:
    return f"{time(row['at'])} {who}{(': ', '：')[at]}{told}"


def _who(site: Site, row: Row, at: int) -> str:
    kind, _, name = str(row["who"]).partition(":")
    return _pick(labels_of(site)["contact"].get(name), name, at) if kind == "contact" else str(row["who"])


def _kind(kind: object, at: int) -> str:
    return KINDS.get(str(kind), (str(kind),) * 2)[at]


def _item(site: Site, item: str, at: int) -> str:
    for opening in site.plan.openings:
        if opening.id == item and item not in site.plan:
            ends = [_zone(site, zone, at) for zone in (opening.from_zone, opening.to_zone) if zone is not None]
            return " – ".join(ends)
    return _zone(site, item, at)


def _zone(site: Site, zone: object, at: int) -> str:
    return _pick(labels_of(site)["zone"].get(str(zone)), str(zone or ("outside", "屋外")[at]), at)


def _pick(labels: Mapping[str, str] | None, default: str, at: int) -> str:
    found = labels or {}
    return found.get(("en", "ja")[at]) or found.get("") or default
