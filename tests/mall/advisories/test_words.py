"""Every rule has words in both languages, whatever its facts lack."""

from typing import Any

import pytest

from mall.advisories.rule import Rule
from mall.advisories.rules import RULES
from mall.advisories.rules_reported import REPORTED_RULES
from mall.advisories.wording import text
from mall.models import Advisory

FACTS: dict[str, Any] = {
    "value": 2.5, "high": 2.6, "limit": 2.17, "unit": "p/m²", "people": 250, "band": [230, 270], "on_delay_s": 10.0,
    "source": "Fruin", "capacity": 200, "kind": "co2", "side": "high", "period_s": 10.0, "after_s": 100.0,
    "state": "offline", "zones": ["hall"], "cameras": ["c1"], "worst": [], "exits": ["gate"], "lines": ["gate"],
    "line": "gate", "line_in": 40, "line_out": 30, "clear_width_m": 2.0, "inflow": 60.0, "outflow": 12.5,
    "range_s": [20.0, 55.0], "limit_people": 300, "wait_s": 400.0, "wait_low_s": 300.0, "wait_high_s": 620.0,
    "residual": -30, "tolerance": 9.5, "minutes": 15, "flow_change": -0.3, "speed_m_s": 0.1, "blocked": "gate",
    "limit_kind": "comfort", "earliest_s": 600, "latest_s": None, "interval": 0.8, "is_validated": False,
}  # fmt: skip
LABELS = {
    "zone": {"hall": {"": "Hall", "ja": "ホール"}},
    "line": {"gate": {"": "Gate", "ja": "門"}},
    "level": {"1f": {"": "1F"}},
}


def told(rule: str, severity: Any, facts: dict[str, Any], place: str = "hall") -> dict[str, dict[str, str]]:
    return text(Advisory("i", rule, place, "1f", severity, "new", 0.0, 0.0, facts), LABELS)


@pytest.mark.parametrize("rule", [*RULES, *REPORTED_RULES], ids=lambda rule: rule.id)
def test_every_rule_has_words_for_every_severity(rule: Rule) -> None:
    for limit in rule.limits:
        words = told(rule.id, limit.severity, FACTS)
        assert rule.id not in words["title"]["ja"], "no words, but its id"
        assert words["why"]["en"]
        assert words["why"]["ja"]
        assert "None" not in str(words)


@pytest.mark.parametrize("rule", [*RULES, *REPORTED_RULES], ids=lambda rule: rule.id)
def test_facts_of_another_release_never_break_a_page(rule: Rule) -> None:
    assert told(rule.id, rule.limits[0].severity, {})["title"]["en"]


def test_a_rule_of_another_release_is_told_by_its_id() -> None:
    assert told("moon-phase", "watch", FACTS)["title"]["en"] == "Hall: moon-phase"


@pytest.mark.parametrize(
    ("rule", "severity", "facts", "why", "why_ja"),
    [
        ("critical", "warn", {}, "The flow out fell by 30 % in 60 s", "流出が 60 秒で 30 % 減少"),
        ("stalled", "act", {}, "People move at 0.1 m/s", "歩行速度 0.1 m/s"),
        ("time-to-limit", "watch", {}, "Its limit of 300 people in 20–55 s", "しきい値 300 人まで 20〜55 秒"),
        ("time-to-limit", "watch", {"range_s": [150.0, None]}, "in at least 2 min", "2 分以上"),
        ("time-to-limit", "watch", {"range_s": None, "value": None, "high": None}, "not coming nearer now", "接近なし"),
        ("escalator-landing", "act", {"value": 0.0}, "At its limit of 300 people", "しきい値 300 人に到達"),
        ("counter-flow", "warn", {"value": 35.0, "limit": 33.0}, "40 in and 30 out over Gate in 60 s: 35 p", "門"),
        ("queue-wait", "watch", {"limit": 300.0}, "Wait 5–10 min (250 people, band 230–270), limit 5", "しきい値 5 分"),
        ("queue-wait", "warn", {"wait_s": None, "wait_high_s": None}, "Wait at least 5 min", "5 分以上"),
        ("balance", "watch", {}, "30 fewer came in than left or stayed in 15 min (chance: 9.5).", "門を要確認"),
        ("blocked-exit", "warn", {}, "Hardly anybody passes Gate while 250 people", "門 の通過がほぼなく"),
        ("level-crowded", "act", {"value": 6}, "6 zones at once: Hall", "同時に 6 区画：ホール"),
    ],
)  # fmt: skip
def test_words_say_what_was_measured(rule: str, severity: str, facts: dict[str, Any], why: str, why_ja: str) -> None:
    words = told(rule, severity, FACTS | facts)["why"]
    assert why in words["en"].replace("\u00a0", " ")
    assert why_ja in words["ja"].replace("\u00a0", " ")
