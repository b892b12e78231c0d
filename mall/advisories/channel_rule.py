"""A way to tell people does not work: a rule of its own, for what nobody hears of is not told by that way itself."""

from collections.abc import Mapping
from typing import Final

from mall.advisories.rules import OWN, Limit, Rule
from mall.models import Advisory

CHANNEL: Final = "channel"
CHANNEL_FAILED = Rule(
    "channel-failed", CHANNEL, "",
    (Limit("warn", 1.0, f"the daily self-test was not taken, or messages for a minute; {OWN}"),),
    on_delay_s=0.0, off_delay_s=0.0, hysteresis=0.0,
)  # fmt: skip
_WHY: Mapping[str, tuple[str, str]] = {
    "test": ("The daily self-test did not arrive", "日次試験が届いていません"),
    "messages": ("Messages are not taken; they wait and are tried again", "メッセージを受け取りません。保留し再送中"),
}
_ASK = ("The reason stands in /healthz and in /api/v1/notify.", "理由は /healthz と /api/v1/notify に表示。")


def channel_failed(advisory: Advisory, _labels: object) -> tuple[dict[str, str], dict[str, str]]:
    """Return state and why in both languages; the receiver's answer is not told, for other receivers read this."""
    en, ja = _WHY.get(advisory.facts.get("code", ""), _WHY["messages"])
    why = {
        "en": f"{en}. Do not rely on this way to tell people. {_ASK[0]}",
        "ja": f"{ja}。この経路での通知は当てにできません。{_ASK[1]}",
    }
    return {"en": "does not tell", "ja": "通知不可"}, why
