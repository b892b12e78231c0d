"""Doubts about a camera: it works, but what it says cannot all be true.

A doubt changes no figure; it tells people where to look. Whoever finds it (worker or engine) keeps code and figures
only, so that records stay short; the words are made for the reader.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Labels = Mapping[str, Mapping[str, Mapping[str, str]]]

PLACES = ("zone", "line")
"""Figures that are ids of places, and ``lines``, a list of them; told by their label."""
_EDGES = {"en": "the cameras at its edges", "ja": "周囲のカメラ"}

_SURE = "points on the floor are {factor:.2f} times as far apart as they should be"
_SURE_JA = "床の点の間隔が実際の約{factor:.2f}倍"
TEXTS: dict[str, tuple[str, str]] = {
    "scale": (
        f"{{people}} people look {{height_m:.1f}} m tall: probably {_SURE}; check plan_points",
        f"{{people}}人の身長の中央値が{{height_m:.1f}} m：{_SURE_JA}の可能性。plan_points を要確認",
    ),
    "scale-sure": (
        f"{{people}} people look {{height_m:.1f}} m tall walking {{speed_m_s:.1f}} m/s: {_SURE}; correct plan_points",
        f"{{people}}人の身長の中央値が{{height_m:.1f}} m、歩行{{speed_m_s:.1f}} m/s：{_SURE_JA}。plan_points を要修正",
    ),
    "speed": (
        "{people} people walk at {speed_m_s:.1f} m/s: is fps right, are plan_points too far apart or too close?",
        "{people}人の歩行速度の中央値が{speed_m_s:.1f} m/s：fps と plan_points の間隔を要確認",
    ),
    "exits-missed": (
        "{zone}: {people} more came in than left or stayed in {minutes} min (chance: {tolerance:.0f}); check {lines}",
        "{zone}：{minutes}分間の進入が退出と増加の計より{people}人多い（偶然なら{tolerance:.0f}人まで）。{lines}を要確認",
    ),
    "entries-missed": (
        "{zone}: {people} more left or stayed than came in in {minutes} min (chance: {tolerance:.0f}); check {lines}",
        "{zone}：{minutes}分間の進入が退出と増加の計より{people}人少ない（偶然なら{tolerance:.0f}人まで）。{lines}を要確認",
    ),
}
"""Code -> its words in English and Japanese, filled with its figures."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing about a camera that cannot be true.

    Attributes:
        code: key of ``TEXTS``; figures: numbers and ids that fill the words, JSON-ready.

    """

    code: str
    figures: dict[str, Any] = field(default_factory=dict)


def doubts_of(rows: Sequence[Mapping[str, Any]] | None) -> tuple[Doubt, ...]:
    """Return the doubts of a record; one of another shape raises what ``mall.store.records`` takes as unreadable."""
    return tuple(Doubt(str(row["code"]), dict(row["figures"])) for row in rows or ())


def told(doubt: Doubt, labels: Labels | None = None) -> dict[str, str]:
    """Return a doubt's words by language; one that this release has no words for is told by its code.

    Args:
        doubt: what is told.
        labels: ``zone`` or ``line`` -> id -> label by language; "" is the default one.

    """
    try:
        en, ja = TEXTS[doubt.code]
        return {
            "en": en.format(**_named(doubt.figures, labels or {}, "en")),
            "ja": ja.format(**_named(doubt.figures, labels or {}, "ja")),
        }
    except (KeyError, ValueError, TypeError):  # an older or newer release found it
        return {"en": doubt.code, "ja": doubt.code}


def _named(figures: Mapping[str, Any], labels: Labels, language: str) -> dict[str, Any]:
    named = dict(figures)
    for kind in PLACES:
        if kind in named:
            named[kind] = _label(labels, kind, named[kind], language)
    if "lines" in named:
        lines = [_label(labels, "line", line, language) for line in named["lines"]]
        named["lines"] = ("、" if language == "ja" else ", ").join(lines) or _EDGES[language]
    return named


def _label(labels: Labels, kind: str, place: Any, language: str) -> Any:
    names = labels.get(kind, {}).get(str(place), {})
    return names.get(language) or names.get("") or place
