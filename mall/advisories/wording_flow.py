"""The words of use and flow: capacity, exits, counter-flow, queues, and counts that do not add up."""

from mall.advisories.sources import in_japanese
from mall.advisories.wording_parts import (
    Labels,
    Text,
    doubt,
    duration,
    duration_range,
    figure,
    flow,
    joined,
    name,
    names,
    pair,
    people,
    people_ja,
)
from mall.models import Advisory


def utilisation(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell how much of a capacity is used."""
    f = advisory.facts
    share, limit = round(f["value"] * 100), round(f["limit"] * 100)
    told = pair(
        f"{share} % of {f['capacity']} people ({people(f)}), limit {limit} %: {f['source']}",
        f"収容率 {share} %、安全上限人数 {f['capacity']} 人（{people_ja(f)}）、"
        f"しきい値 {limit} %：{in_japanese(f['source'])}",
    )
    state = pair("nearly full", "満員間近") if advisory.severity == "watch" else pair("full", "満員")
    return state, joined(told, doubt(f))


def level_capacity(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell how full a level is for the exits that it has."""
    f = advisory.facts
    limit, state = round(f["limit"] * 100), pair("nearly as full as its exits allow", "避難容量に接近")
    if advisory.severity != "watch":
        state = pair("fuller than its exits allow", "避難容量超過")
    if f.get("value") is None:
        return pair("no usable exit", "使用可能な出口なし"), pair(
            f"{people(f)} and no exit that can be used", f"{people_ja(f)}、使用可能な出口なし"
        )
    share, blocked = round(f["value"] * 100), [f["blocked"]] if f.get("blocked") else []
    closed = names(labels, "opening", blocked, "en"), names(labels, "opening", blocked, "ja")
    return state, pair(
        f"{share} % of {f['capacity']} people ({people(f)}), limit {limit} %, with {closed[0] or 'no exit'} blocked: "
        f"{f['source']}",
        f"{share} %、安全上限人数 {f['capacity']} 人（{people_ja(f)}）、しきい値 {limit} %、"
        f"閉鎖想定 {closed[1] or 'なし'}：{in_japanese(f['source'])}",
    )


def blocked_exit(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of people who stand before an exit that nobody passes."""
    f = advisory.facts
    lines, doors = f.get("exits") or f.get("lines") or [], f.get("doors") or []
    en, ja = (names(labels, "opening" if doors else "line", doors or lines, language) for language in ("en", "ja"))
    shut = pair(f"{en} is closed", f"{ja} は閉鎖中")
    told = shut if doors else pair(f"Hardly anybody passes {en}", f"{ja} の通過がほぼなく")
    told = joined(told, pair(
        f" while {people(f)} stand before it: {f['value']:.2f} p/m², limit {f['limit']:.2f} p/m²",
        f"、手前に {people_ja(f)}：{f['value']:.2f} 人/m²、しきい値 {f['limit']:.2f} 人/m²",
    ))  # fmt: skip
    return pair("exit blocked", "出口閉塞"), joined(told, doubt(f))


def counter_flow(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of two flows against each other."""
    f = advisory.facts
    line = f.get("line", "")
    en, ja = name(labels, "line", line, "en"), name(labels, "line", line, "ja")
    limit = f"limit {f['limit']:.0f} p/m/min over {f.get('clear_width_m', 0):.1f} m: {f['source']}"
    limit_ja = f"しきい値 {f['limit']:.0f} 人/m/分、有効幅 {f.get('clear_width_m', 0):.1f} m："
    limit_ja += in_japanese(f["source"])
    return pair("counter-flow", "対向流"), pair(
        f"{f.get('line_in', 0)} in and {f.get('line_out', 0)} out over {en} in 60 s: {f['value']:.0f} p/m/min, {limit}",
        f"{ja} で 60 秒に流入 {f.get('line_in', 0)}、流出 {f.get('line_out', 0)} 人："
        f"{f['value']:.0f} 人/m/分、{limit_ja}",
    )


def queue_wait(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell how long a queue takes."""
    f = advisory.facts
    low, high = f.get("wait_low_s") or 0.0, f.get("wait_high_s")
    wait = duration_range(low, high) if f.get("wait_s") is None or high is not None else duration(f["wait_s"])
    limit = duration(f["limit"])
    told = pair(
        f"Wait {wait['en']} ({people(f)}), limit {limit['en']}",
        f"待ち時間 {wait['ja']}（{people_ja(f)}）、しきい値 {limit['ja']}",
    )
    return pair("long queue", "長い待ち列"), joined(told, flow(f))


def balance(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of a zone whose people do not add up."""
    f = advisory.facts
    value, minutes, chance = f.get("residual") or 0, f.get("minutes") or 0, f.get("tolerance") or 0.0
    lines = f.get("lines") or []
    where, where_ja = names(labels, "line", lines, "en"), names(labels, "line", lines, "ja")
    at = f" Check {where}." if lines else " Check the cameras at its edges."
    at_ja = f"{where_ja}を要確認。" if lines else "周囲のカメラを要確認。"
    more, more_ja = ("more", "多い") if value > 0 else ("fewer", "少ない")
    return pair("counts do not add up", "人数の不整合"), pair(
        f"{abs(value)} {more} came in than left or stayed in {minutes} min (chance: {figure(chance)}).{at}",
        f"{minutes} 分間の進入が退出と増加の計より {abs(value)} 人{more_ja}"
        f"（偶然なら {figure(chance)} 人まで）。{at_ja}",
    )


def level_full(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of the zones of a level that are full at once."""
    return pair("many zones full", "複数区画で満員"), _zones(advisory, labels)


def level_unbalanced(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of the zones of a level whose people do not add up."""
    return pair("counts of many zones do not add up", "複数区画で人数の不整合"), _zones(advisory, labels)


def _zones(advisory: Advisory, labels: Labels) -> Text:
    f = advisory.facts
    return pair(
        f"{f['value']:.0f} zones at once: {names(labels, 'zone', f['zones'], 'en')}",
        f"同時に {f['value']:.0f} 区画：{names(labels, 'zone', f['zones'], 'ja')}",
    )
