"""Why a drill cannot be played in a mall, in words."""

from collections.abc import Mapping

_WHY: Mapping[str, Mapping[str, str]] = {
    "no-place": {"en": "the plan has no such place: {place}", "ja": "フロア図に該当する場所なし：{place}"},
    "no-zone": {"en": "the plan has no zone for {place}", "ja": "フロア図に区画なし：{place}"},
    "unseen": {"en": "no camera sees enough of {place}", "ja": "カメラの撮影範囲が不足：{place}"},
    "no-way": {"en": "no way leads there: {place}", "ja": "経路なし：{place}"},
    "no-door": {"en": "no door leads outside: {place}", "ja": "屋外への出入口なし：{place}"},
    "no-input": {"en": "no fire alarm input in this mall: {place}", "ja": "火災受信機の接点入力なし：{place}"},
    "too-large": {"en": "too large for a drill: {place}", "ja": "訓練には広すぎる場所：{place}"},
    "circle": {"en": "its places name each other in a circle: {place}", "ja": "場所の指定が循環：{place}"},
}


def why_not(code: str, place: str) -> dict[str, str]:
    """Return the reason in both languages; an unknown code as it is."""
    texts = _WHY.get(code, {"en": f"{code}: {{place}}", "ja": f"{code}：{{place}}"})
    return {language: text.format(place=place) for language, text in texts.items()}
