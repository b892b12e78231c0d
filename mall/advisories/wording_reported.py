"""The words of what people and contacts report: incidents, closed exits, the fire alarm."""

from collections.abc import Mapping

from mall.advisories.wording_parts import Labels, Text, joined, names, pair
from mall.models import Advisory

KINDS: Mapping[str, tuple[str, str]] = {
    "spill": ("spill on the floor", "液体こぼれ"),
    "blocked_exit": ("exit blocked", "出口の障害物"),
    "fight": ("fight", "けんか"),
    "lost_child": ("lost child", "迷子"),
    "medical": ("medical help needed", "急病・けが"),
    "other": ("incident", "その他の危険"),
}


def incident(advisory: Advisory, _labels: Labels) -> tuple[Text, Text]:
    """Tell of an incident; what an operator noted of it is not told here."""
    f = advisory.facts
    state = pair(*KINDS.get(str(f.get("kind")), KINDS["other"]))
    radius = f.get("radius_m") or 0.0
    around = pair("", "")
    if radius > 0.0:
        around = pair(f". Keep {radius:.0f} m around it free", f"。周囲 {radius:.0f} m を確保")
    return state, joined(pair("Reported by an operator", "係員の報告"), around)


def exit_closed(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of an exit that a contact tells is closed."""
    doors = advisory.facts.get("openings") or []
    told = pair(
        f"Its contact tells that {names(labels, 'opening', doors, 'en')} is closed",
        f"接点信号：{names(labels, 'opening', doors, 'ja')} が閉鎖",
    )
    return pair("exit closed", "出口閉鎖"), joined(told, _silence(advisory))


def fire_alarm(advisory: Advisory, labels: Labels) -> tuple[Text, Text]:
    """Tell of the fire alarm."""
    f = advisory.facts
    contact = [str(f.get("contact") or advisory.place)]
    en, ja = names(labels, "contact", contact, "en"), names(labels, "contact", contact, "ja")
    return pair("fire alarm", "火災警報"), joined(pair(f"Told by {en}", f"入力：{ja}"), _silence(advisory))


def _silence(advisory: Advisory) -> Text:
    if not advisory.facts.get("is_silent"):
        return pair("", "")
    return pair(". The input is silent since: whether it lasts is not known", "。以後入力なし、継続は不明")
