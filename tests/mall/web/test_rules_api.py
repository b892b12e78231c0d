"""The rules as the interface tells them, and a dry run on kept minutes."""

from pathlib import Path
from typing import Any

import pytest

from mall.advisories.rules import RULES
from mall.models import MinuteRow
from tests.mall.web.test_api import NOW, Stand

START = int(NOW // 60) * 60
HALL_M2 = 30 * 12 - 3 * 2  # minus the footprint of the pop-up


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def ask(stand: Stand, **order: Any) -> tuple[int, dict[str, Any]]:
    answer = stand.client.post("/api/v1/rules/dry-run", json=order)
    return answer.status_code, answer.json()


def fill(stand: Stand, *density: float) -> None:
    """Keep the last minutes of the hall at densities in p/m²."""
    for ago, value in zip(range(len(density), 0, -1), density, strict=True):
        row = MinuteRow("hall", round(value * HALL_M2, 1), 1, 1.0, None, None)
        assert stand.store.append_minute("1f", START - 60 * ago, [row])


def test_every_rule_is_listed_with_its_limits_and_sources(stand: Stand) -> None:
    rules = {rule["id"]: rule for rule in stand.client.get("/api/v1/rules").json()}
    assert set(rules) == {rule.id for rule in RULES}
    walkway = rules["density-walkway"]
    assert [(limit["severity"], limit["value"]) for limit in walkway["limits"]] == [
        ("watch", 1.08), ("warn", 1.75), ("act", 2.17), ("clear", 3.5),
    ]  # fmt: skip
    assert (walkway["unit"], walkway["dry_run"], walkway["overrides"]) == ("p/m²", True, {})
    assert set(walkway["zones"]) == {"hall", "plaza", "corner", "upper"}
    assert all(limit["source"]["ja"] for rule in rules.values() for limit in rule["limits"])
    assert (rules["time-to-limit"]["is_falling"], rules["critical"]["conditions"][0]["key"]) == (True, "falling_share")
    assert rules["blocked-exit"]["zones"] == [], "no line leads out"
    assert walkway["why_not"] is None
    assert all(rule["dry_run"] != bool(rule["why_not"]) for rule in rules.values())
    assert rules["sensor-silent"]["why_not"] == {
        "en": "Readings of kits are not kept.",
        "ja": "キットの測定値は保存していない。",
    }


def test_a_dry_run_tells_how_often_it_would_have_fired(stand: Stand) -> None:
    fill(stand, 0.2, 1.3, 0.2, 0.2, 0.2, 1.3, 0.2, 0.2, 0.2, 1.0, 0.2, 0.2)
    status, told = ask(stand, rule="density-walkway", zone="hall", limits={"watch": "0.9 p/m²"})
    assert (status, told["fired"], told["fired_now"], told["resolution_s"]) == (200, 3, 2, 60)
    (hall,) = told["zones"]
    assert (hall["zone"], hall["minutes"], hall["missing"]) == ("hall", 12, 0)
    assert [firing["began"] - START for firing in hall["firings"]] == [-11 * 60, -7 * 60, -3 * 60]
    assert hall["firings"][0]["peak"] == pytest.approx(1.3, abs=0.01)
    assert "minutes" in told["coarse"]["en"]


def test_a_dry_run_over_all_zones_names_those_without_minutes(stand: Stand) -> None:
    fill(stand, 1.3, 1.3)
    status, told = ask(stand, rule="density-walkway", limits={})
    assert (status, told["fired"], told["fired_now"]) == (200, 1, 1)
    assert {row["zone"]: row["minutes"] for row in told["zones"]} == {"hall": 2, "plaza": 0, "corner": 0, "upper": 0}


@pytest.mark.parametrize(
    ("order", "status", "named"),
    [
        ({"rule": "nothing"}, 404, "nothing"),
        ({"rule": "density-walkway", "zone": "moon"}, 404, "moon"),
        ({"rule": "density-walkway", "limits": {"watch": "2 min"}}, 422, "density-walkway.watch: expected p/m²"),
        ({"rule": "density-walkway", "limits": {"watch": 2.0}}, 422, "rise with severity"),
        ({"rule": "density-walkway", "limits": {"loud": 2.0}}, 422, "no such key"),
        ({"rule": "density-walkway", "limits": {"watch": "much"}}, 422, "expected a number"),
        ({"rule": "stalled"}, 422, "Walking speeds are not kept."),
        ({"rule": "escalator-landing"}, 422, "fills in seconds"),
        ({"rule": "counter-flow"}, 422, "judges no zone here"),
        ({"rule": "density-walkway", "hours": 49}, 422, "hours"),
        ({"rule": "density-walkway", "more": 1}, 422, "more"),
    ],
)
def test_what_cannot_be_tried_is_named(stand: Stand, order: dict[str, Any], status: int, named: str) -> None:
    got, told = ask(stand, **order)
    assert got == status
    assert named in told["detail"]
