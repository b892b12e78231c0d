"""The words of an advisory in English and Japanese: title "place: state", why, and facts with units."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mall.advisories.sources import in_japanese
from mall.models import Advisory

Text = dict[str, str]
Labels = Mapping[str, Mapping[str, Mapping[str, str]]]

_DENSITY_STATES: Mapping[str, tuple[str, str]] = {
    "watch": ("getting crowded", "混雑の始まり"),
    "warn": ("crowded, close to the limit of flow", "混雑、流動の限界付近"),
    "act": ("too dense", "過密"),
    "clear": ("dangerously dense, clear the area", "危険な過密、区域退避"),
}
SENSOR_KINDS: Mapping[str, tuple[str, str]] = {
    "entries": ("entries", "入店"),
    "inside": ("people inside", "店内人数"),
    "co2": ("CO₂", "CO₂"),
    "temperature": ("temperature", "温度"),
    "humidity": ("humidity", "湿度"),
    "noise": ("noise", "騒音"),
    "power": ("power", "電力"),
    "door": ("door", "扉"),
    "battery": ("battery", "電池"),
}


def text(advisory: Advisory, labels: Labels) -> dict[str, Text]:
    """Return ``{"title": {"en", "ja"}, "why": {"en", "ja"}}``.

    Args:
        advisory: rule, place, severity and facts.
        labels: ``zone``, ``camera``, ``level`` or ``sensor`` -> place id -> label by language; "" is the default one.

    """
    family = "density" if advisory.rule.startswith("density-") else advisory.rule
    kind, writer = _WRITERS[family]
    state, why = writer(advisory, labels)
    place = {lang: _name(labels, kind, advisory.place, lang) for lang in ("en", "ja")}
    title = {"en": f"{place['en']}: {state['en']}", "ja": f"{place['ja']}：{state['ja']}"}
    return {"title": _unbroken(title), "why": _unbroken(why)}


def lower_first(words: str) -> str:
    """Return words as they stand within a sentence: "Milk fridge" -> "milk fridge"; "CO₂" stays."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _unbroken(words: Text) -> Text:
    """Keep a number and its unit on one line."""
    return {lang: _UNIT.sub("\\1\u00a0", told) for lang, told in words.items()}


def _name(labels: Labels, kind: str, place: str, lang: str) -> str:
    names = labels.get(kind, {}).get(place, {})
    return names.get(lang) or names.get("") or place


def _names(labels: Labels, kind: str, places: Sequence[str], lang: str) -> str:
    return ("、" if lang == "ja" else ", ").join(_name(labels, kind, place, lang) for place in places)


def _density(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    f = advisory.facts
    state = _pair(_DENSITY_STATES[advisory.severity])
    en = f"{f['value']:.2f} p/m² ({_people(f)}), limit {f['limit']:.2f} p/m² for {f['on_delay_s']:.0f} s: {f['source']}"
    limit = f"上限 {f['limit']:.2f} 人/m² が {f['on_delay_s']:.0f} 秒継続：{in_japanese(f['source'])}"
    ja = f"{f['value']:.2f} 人/m²（{_people_ja(f)}）、{limit}"
    return state, {"en": en + _doubt(f)["en"], "ja": ja + _doubt(f)["ja"]}


def _utilisation(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    f = advisory.facts
    share, limit = round(f["value"] * 100), round(f["limit"] * 100)
    en = f"{share} % of {f['capacity']} people ({_people(f)}), limit {limit} %: {f['source']}"
    people = f"安全上限人数 {f['capacity']} 人（{_people_ja(f)}）"
    ja = f"収容率 {share} %、{people}、上限 {limit} %：{in_japanese(f['source'])}"
    return _pair(("full", "満員")), {"en": en + _doubt(f)["en"], "ja": ja + _doubt(f)["ja"]}


def _people(facts: Mapping[str, Any]) -> str:
    band, n = facts["band"], facts["people"]
    if band[1] is None:
        return f"≥ {n} people"
    return f"{n} {'person' if n == 1 else 'people'}" + (f", band {band[0]}–{band[1]}" if band[0] != band[1] else "")


def _people_ja(facts: Mapping[str, Any]) -> str:
    band = facts["band"]
    if band[1] is None:
        return f"{facts['people']} 人以上"
    return f"{facts['people']} 人" + (f"、誤差幅 {band[0]}〜{band[1]}" if band[0] != band[1] else "")


def _doubt(facts: Mapping[str, Any]) -> Text:
    if facts.get("value", 0.0) >= facts["limit"]:
        return _pair(("", ""))
    return _pair((". Judged by the upper end of the band", "。誤差幅の上端で判定"))


def _sensor(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    f = advisory.facts
    above = f["side"] == "high"
    if f["kind"] == "door":
        return _door(f.get("on_delay_s"), is_open=above)
    unit = f" {f['unit']}" if f["unit"] else ""
    unit_ja = f" {_UNITS_JA.get(f['unit'], f['unit'])}" if f["unit"] else ""
    value, limit = _figure(f["value"]), _figure(f["limit"])
    en = f"{value}{unit}, limit {limit}{unit}: {f['source']}"
    ja = f"{value}{unit_ja}、{'上限' if above else '下限'} {limit}{unit_ja}：{in_japanese(f['source'])}"
    state = ("above the limit", "上限超過") if above else ("below the limit", "下限未満")
    return _pair(state), {"en": en, "ja": ja}


def _door(delay_s: float | None, *, is_open: bool) -> tuple[Text, Text]:
    """Tell of a door in words: its reading is 1 or 0, and its limit says nothing to a reader."""
    en, ja = ("open", "開") if is_open else ("closed", "閉")
    if delay_s is None:
        return _pair((en, ja)), _pair((f"found {en}", f"{ja}を検知"))
    return _pair((en, ja)), _pair((f"{en} for more than {delay_s:.0f} s", f"{ja}の状態が {delay_s:.0f} 秒以上継続"))


def _figure(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _camera_lost(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    f = advisory.facts
    zones_en = f" No data in {_names(labels, 'zone', f['zones'], 'en')}." if f["zones"] else ""
    zones_ja = f"データなし：{_names(labels, 'zone', f['zones'], 'ja')}。" if f["zones"] else ""
    en = f"The camera gives no picture ({f['state']}).{zones_en} The worker keeps trying."
    ja = f"カメラ映像なし（{_STATES_JA.get(f['state'], f['state'])}）。{zones_ja}再接続を継続中。"
    if f["state"] == "suspect":
        en = f"The picture is frozen, or of another size than calibrated.{zones_en} The worker keeps looking."
        ja = f"映像が静止しているか、大きさが較正時と異なります。{zones_ja}監視を継続中。"
    return _pair(("camera lost", "カメラ受信なし")), {"en": en, "ja": ja}


def _level_dark(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    f = advisory.facts
    names = _names(labels, "camera", f["cameras"], "en")
    en = f"{f['value']:.0f} cameras give no picture: {names}. Their zones show no data."
    ja = f"カメラ {f['value']:.0f} 台が映像なし：{_names(labels, 'camera', f['cameras'], 'ja')}。該当区画はデータなし。"
    return _pair(("several cameras lost", "複数カメラ受信なし")), {"en": en, "ja": ja}


def _sensor_silent(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    f = advisory.facts
    kind = SENSOR_KINDS.get(f["kind"], (f["kind"], f["kind"]))
    en = f"No reading of {kind[0]} for more than {f['after_s']:.0f} s; expected every {f['period_s']:g} s"
    ja = f"{kind[1]} の値が {f['after_s']:.0f} 秒以上未着、周期 {f['period_s']:g} 秒"
    return _pair(("sensor silent", "センサー受信なし")), {"en": en, "ja": ja}


def _self_test(_advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    why = ("The daily test of every way to tell; nothing has happened", "通知経路の日次試験。異常なし")
    return _pair(("Test", "試験")), _pair(why)


def _pair(words: tuple[str, str]) -> Text:
    return {"en": words[0], "ja": words[1]}


_UNIT = re.compile(r"(\d) (?=(?:p/m²|people|person|ppm|°C|dB|W|%|s|min|人|秒|分|台)(?![A-Za-z]))")
_UNITS_JA = {"people": "人"}
_STATES_JA = {"failed": "停止", "offline": "受信なし", "unknown": "未受信", "suspect": "要確認"}
_WRITERS: Mapping[str, tuple[str, Callable[[Advisory, Labels], tuple[Text, Text]]]] = {
    "density": ("zone", _density),
    "utilisation": ("zone", _utilisation),
    "sensor-limit": ("sensor", _sensor),
    "sensor-silent": ("sensor", _sensor_silent),
    "camera-lost": ("camera", _camera_lost),
    "level-dark": ("level", _level_dark),
    "self-test": ("site", _self_test),
}
