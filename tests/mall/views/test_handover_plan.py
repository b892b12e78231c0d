"""The hand-over tells what changed on the plan by names and words, not by keys."""

import pytest

from mall.views.handover_plan import plan_line
from tests.mall.options.test_sample_mall import SITE

FIRE = {"contact": "fire-panel", "kind": "fire_alarm", "item": None, "why": "fire_alarm"}
ROWS = [
    ("passage set", "mori", {"item": "esc-up", "mode": "closed", "why": "changed on the plan"},
     "14:32 mori: Escalator up: closed", "14:32 mori：上りエスカレーター：閉鎖"),
    ("passage set", "mori", {"item": "gal-s--food", "mode": "one_way", "towards": "gal-s", "until": 2.0},
     "14:32 mori: Gallery South – Food court: one-way, to Gallery South, until 14:32",
     "14:32 mori：南ギャラリー – フードコート：一方通行、南ギャラリー方向、14:32 まで"),
    ("incident reported", "mori", {"kind": "spill", "zone": "conc-w", "incident": "incident-1"},
     "14:32 mori: reported, Concourse West: spill on the floor", "14:32 mori：西コンコース：液体こぼれの報告"),
    ("incident cleared", "mori", {"incident": "incident-1"},
     "14:32 mori: an incident is over", "14:32 mori：報告事象の終了"),
    ("contact changed", "contact:fire-panel", FIRE | {"is_active": True}, ": fire alarm", "：火災警報"),
    ("contact changed", "contact:fire-panel", FIRE | {"is_active": False}, ": no fire alarm", "：火災警報なし"),
    ("contact changed", "contact:gone", {"kind": "door", "is_active": True}, "14:32 gone: closed", "14:32 gone：閉鎖"),
    ("passage set", "mori", {"item": "torn-down", "mode": "open"}, "torn-down: open", "torn-down：開放"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "who", "more", "en", "ja"), ROWS)
def test_a_change_in_words(what: str, who: str, more: dict[str, object], en: str, ja: str) -> None:
    row = {"at": 1.0, "who": who, "what": what, "more": more}
    for language, words in (("en", en), ("ja", ja)):
        told = plan_line(SITE, row, language, lambda _: "14:32")
        assert told.endswith(words)
        assert told.startswith("14:32 ")
        assert not any(key in told for key in ("is_active", "fire_alarm", "one_way", "contact:", "why"))
