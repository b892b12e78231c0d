"""The memory on disk has stopped: a rule of its own, for no zone or camera is wrong and 48 hours are left to act."""

from collections.abc import Mapping

from mall.advisories.rules import OWN, Limit, Rule
from mall.models import Advisory

MEMORY = "memory"
MEMORY_STOPPED = Rule(
    "memory-stopped", "memory", "", (Limit("warn", 1.0, f"minutes cannot be written to the disk; {OWN}"),),
    on_delay_s=2.0, off_delay_s=10.0, hysteresis=0.0,
)  # fmt: skip
LABELS: Mapping[str, str] = {"en": "History", "ja": "履歴"}
_WHY: Mapping[str, tuple[str, str]] = {
    "disk-full": ("The disk is full", "ディスクの空き容量不足"),
    "working": ("The disk does not answer", "ディスク応答なし"),
    "write-failed": ("Writing to the disk fails", "ディスク書き込み失敗"),
}


def memory_stopped(advisory: Advisory, _labels: object) -> tuple[dict[str, str], dict[str, str]]:
    """Return state and why in both languages."""
    f = advisory.facts
    en, ja = _WHY.get(f.get("code", ""), _WHY["write-failed"])
    why = {
        "en": f"{en}: {f.get('reason', '')}. Live figures go on; the last 48 h are kept in the store meanwhile.",
        "ja": f"{ja}：{f.get('reason', '')}。現在値の表示は継続。直近 48 時間分はストアに保持。",
    }
    return {"en": "not written", "ja": "記録停止"}, why
