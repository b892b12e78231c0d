"""Every refusal of an act says itself in both languages: code and values in the answer, words in ``assets/i18n``."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from gis.passage import Passage
from mall.advisories.life import Order, RefusedStepError
from mall.advisories.life import take as take_step
from mall.advisories.limits import check_number
from mall.advisories.rules import DENSITY_WALKWAY, RULES, with_limits
from mall.errors import SaidError, Why
from mall.models import pack
from mall.plan_state import ItemState
from mall.plan_state.changing import ChangeRefusedError, set_item
from mall.store import MemoryStore
from tests.mall.web.test_advisories_api import ID, take
from tests.mall.web.test_api import ADVISORY, NOW
from tests.mall.web.test_api import Stand as AdvisoryStand
from tests.mall.web.test_plan_api import Stand as PlanStand
from tests.mall.web.test_rules_saving import Console

I18N = Path(__file__).parents[3] / "assets" / "i18n"
WORDS = {
    language: json.loads((I18N / f"refusals.{language}.json").read_text("utf-8"))
    | {
        key: text
        for path in sorted(I18N.glob(f"*.{language}.json"))
        for key, text in json.loads(path.read_text("utf-8")).items()
    }
    | json.loads((I18N / f"{language}.json").read_text("utf-8"))
    for language in ("en", "ja")
}
KINDS = {"what": "did", "severity": "severity", "mode": "ways", "modes": "ways", "sides": "ways"}


def words(why: dict[str, Any], language: str) -> str:
    """Return what a page says, as ``assets/text.js`` fills it; KeyError where it has no words."""
    texts = WORDS[language]

    def say(kind: str | None, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(say(kind, one) for one in value)
        if isinstance(value, float):
            return f"{value:g}"  # as JavaScript writes it
        return str(texts.get(f"{kind}.{value}", value))

    values = {name: say(KINDS.get(name), value) for name, value in why["args"].items()}
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], texts[f"refused.{why['code']}"])


def check(told: dict[str, Any], code: str, japanese: str) -> None:
    """Check that an answer has this code, these words in Japanese, and a sentence in English."""
    why = told.get("why") or told
    assert why["code"] == code, told
    assert japanese in words(why, "ja")
    assert re.search(r"[぀-ヿ一-鿿]", words(why, "ja"))
    assert not re.search(r"[぀-ヿ一-鿿]", words(why, "en"))
    assert told["detail"]


def lived(**changes: Any) -> Callable[[AdvisoryStand], None]:
    def before(stand: AdvisoryStand) -> None:
        assert stand.store.put_advisory(replace(ADVISORY, version=5, **changes), 1)

    return before


def sato(step: str, **more: Any) -> Callable[[AdvisoryStand], None]:
    def first(stand: AdvisoryStand) -> None:
        assert take(stand, step, "console:sato", **more)[0] == 200

    return first


STEPS: list[tuple[Callable[[AdvisoryStand], None], str, dict[str, Any], int, str, str]] = [
    (sato("resolve"), "acknowledge", {}, 409, "over", "すでに解消"),
    (sato("acknowledge"), "acknowledge", {}, 409, "acknowledged", "sato が確認済み"),
    (lived(status="acknowledged"), "acknowledge", {}, 409, "acknowledged_somebody", "確認済み"),
    (sato("start"), "start", {}, 409, "started", "sato が対応中"),
    (lived(status="in_progress"), "start", {}, 409, "started_somebody", "対応中"),
    (sato("note"), "assign", {"version": 1}, 409, "changed", "sato が先に操作：メモ"),
    (
        lived(changed_by="engine", changed_what="worsened"), "note", {"version": 1}, 409, "changed_itself",
        "この間に変化：悪化",
    ),
    (lived(), "note", {"version": 1}, 409, "changing", "更新済み"),
    (sato("note"), "silence", {"minutes": 121}, 422, "silence", "「警戒」の通知停止は最長 120 分"),
    (sato("note"), "assign", {"to": "a\u202eb"}, 422, "assignee", "1〜40 文字"),
    (sato("note"), "note", {"advisory": "none"}, 404, "unknown_advisory", "保存期間が終了"),
    (sato("note"), "note", {"text": "x" * 501}, 422, "shape", "body.text"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "step", "more", "status", "code", "japanese"), STEPS)
def test_a_step(
    tmp_path: Path, before: Callable[[AdvisoryStand], None], step: str, more: dict[str, Any], status: int, code: str,
    japanese: str,
) -> None:  # fmt: skip
    stand = AdvisoryStand(tmp_path)
    stand.store.put_advisory(ADVISORY, None)
    before(stand)
    got, told = take(stand, step, "console:mori", **more)
    assert got == status
    check(told, code, japanese)


@pytest.mark.parametrize(
    ("before", "version", "status", "code", "japanese"),
    [
        (lambda _: None, 1, 409, "option_gone", "対象外"),
        (sato("note"), 1, 409, "changed", "sato が先に操作"),
        (sato("resolve"), 2, 409, "over", "すでに解消"),
    ],
)
def test_a_choice(
    tmp_path: Path, before: Callable[[AdvisoryStand], None], version: int, status: int, code: str, japanese: str
) -> None:
    stand = AdvisoryStand(tmp_path)
    stand.store.put_advisory(ADVISORY, None)
    stand.store.write_options(ID, pack({"options": [], "at": NOW, "place": "hall", "limit": 1.0, "no_action": None}))
    before(stand)
    body = {"option": "A", "by": "console:mori", "version": version}
    answer = stand.client.post(f"/api/v1/advisories/{ID}/choose", json=body)
    assert answer.status_code == status
    check(answer.json(), code, japanese)
    gone = stand.client.post("/api/v1/advisories/none/choose", json=body)
    assert gone.status_code == 404
    check(gone.json(), "unknown_advisory", "保存期間")


def put(stand: PlanStand, item: str, **body: Any) -> httpx.Response:
    return stand.client.request("PUT", f"/api/v1/plan-state/{item}", json={"by": "console:Mori"} | body)


@pytest.mark.parametrize(
    ("item", "body", "status", "code", "japanese"),
    [
        ("nowhere", {"mode": "closed"}, 404, "plan_unknown_item", "「nowhere」なし"),
        ("door-w", {"mode": "stopped"}, 422, "plan_wrong_mode", "「停止」には設定不可。設定可能：開放"),
        ("door-w", {"mode": "locked"}, 422, "plan_unknown_mode", "「locked」なし"),
        ("gate", {"mode": "one_way", "towards": "upper"}, 422, "plan_towards", "hall"),
        ("gate", {"mode": "closed", "by": "console:Abe", "version": 7}, 409, "plan_taken", "Sato が先に変更：閉鎖"),
        ("gate", {"mode": "closed", "why": ""}, 422, "shape", "body.why"),
    ],
)
def test_a_change_of_the_plan(
    tmp_path: Path, item: str, body: dict[str, Any], status: int, code: str, japanese: str
) -> None:
    stand = PlanStand(tmp_path)
    assert put(stand, "gate", mode="closed", by="console:Sato").status_code == 200
    answer = put(stand, item, **body)
    assert answer.status_code == status
    check(answer.json(), code, japanese)


@pytest.mark.parametrize(
    ("body", "code", "japanese"),
    [
        ({"level": "9f", "zone": "hall"}, "plan_unknown_level", "「9f」なし"),
        ({"zone": "moon"}, "plan_no_place", "場所の指定"),
        ({"at": [9e5, 0.0]}, "plan_too_far", "50 m"),
    ],
)
def test_an_incident(tmp_path: Path, body: dict[str, Any], code: str, japanese: str) -> None:
    stand = PlanStand(tmp_path)
    whole = {"by": "console:Mori", "level": "1f", "kind": "spill"} | body
    answer = stand.client.post("/api/v1/incidents", json=whole)
    assert answer.status_code == 422
    check(answer.json(), code, japanese)


def test_an_incident_that_is_over_or_never_was(tmp_path: Path) -> None:
    stand = PlanStand(tmp_path)
    made = stand.client.post(
        "/api/v1/incidents", json={"by": "console:Mori", "level": "1f", "kind": "spill", "zone": "hall", "note": "wet"}
    ).json()
    clear = f"/api/v1/incidents/{made['id']}/clear"
    assert stand.client.post(clear, json={"by": "console:Sato"}).status_code == 200
    check(stand.client.post(clear, json={"by": "console:Mori"}).json(), "plan_cleared", "Sato が先に解除")
    none = stand.client.post("/api/v1/incidents/none/clear", json={"by": "console:Mori"})
    check(none.json(), "plan_unknown_incident", "保存期間")


@pytest.mark.parametrize(
    ("changes", "code", "japanese"),
    [
        ({"limits": {"warn": "2 min"}}, "limit_unit", "p/m² で指定（入力 120 s）"),
        ({"limits": {"warn": 2.5}}, "limit_ladder_rise", "上げる必要（入力 1.08, 2.5, 2.17"),
        ({"limits": {"watch": -1}}, "limit_positive", "入力 -1"),
        ({"limits": {"watch": 10_000}}, "limit_most", "入力 10000"),
        ({"limits": {"loud": 2.0}}, "limit_key", "watch, warn"),
        ({"limits": {"warn": "much"}}, "limit_number", "「much」"),
        ({"limits": {"warn": "1e999"}}, "limit_finite", "有限"),
        ({"limits": {"on_delay_s": 90_000}}, "limit_delay", "入力 90000"),
        ({"limits": {"hysteresis": 2}}, "limit_share", "入力 2"),
        ({"zone": "moon"}, "rule_zone_unknown", "区画「moon」を判定しません"),
        ({"rule": "nothing"}, "rule_unknown", "「nothing」なし"),
        ({"why": " "}, "shape", "body.why"),
    ],
)
def test_a_rule(tmp_path: Path, changes: dict[str, Any], code: str, japanese: str) -> None:
    console = Console(tmp_path)
    status, told = console.put(**changes)
    assert status in (404, 422)
    check(told, code, japanese)
    if code.startswith("limit_"):
        trial = {"rule": "density-walkway", "zone": None, "hours": 1} | changes
        check(console.client.post("/api/v1/rules/dry-run", json=trial).json(), code, japanese)


def test_a_way_that_ends_in_the_past() -> None:
    store, past = MemoryStore(), ItemState("gate", Passage("closed"), "console:Mori", "x", NOW, NOW - 1)
    with pytest.raises(ChangeRefusedError) as refused:
        set_item(store, past, expected_version=None, now=NOW)
    why = refused.value.why
    check({"code": why.code, "args": why.args, "detail": why.text}, "plan_until", "過去")


def test_limits_that_must_fall() -> None:
    falling = next(rule for rule in RULES if rule.is_falling and len(rule.limits) > 1)
    first, second = falling.limits[:2]
    with pytest.raises(SaidError) as refused:
        with_limits(falling, {falling.id: {first.severity: second.value / 2}}, falling.id)
    why = refused.value.why
    check({"code": why.code, "args": why.args, "detail": why.text}, "limit_ladder_fall", "下げる必要")


def test_a_plan_that_others_change_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand = PlanStand(tmp_path)
    monkeypatch.setattr(stand.store, "put_plan_state", lambda *_: False)
    answer = put(stand, "gate", mode="closed")
    assert answer.status_code == 409
    check(answer.json(), "plan_busy", "変更中")


def test_a_note_without_words() -> None:
    with pytest.raises(RefusedStepError) as refused:
        take_step(ADVISORY, Order("note", "console:mori", text=" "), NOW)
    why = refused.value.why
    check({"code": why.code, "args": why.args, "detail": why.text}, "length", "1〜500 文字で入力（現在 0 文字）")


def test_every_word_has_a_case_here() -> None:
    cases = Path(__file__).read_text("utf-8")
    codes = {key.removeprefix("refused.") for key in WORDS["en"] if key.startswith("refused.")}
    codes.remove("not_saved")  # the page puts it before a reason
    assert {code for code in codes if f'"{code}"' not in cases} == set()


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    own = {language: json.loads((I18N / f"refusals.{language}.json").read_text("utf-8")) for language in ("en", "ja")}
    assert own["en"].keys() == own["ja"].keys()
    for key, text in own["en"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", own["ja"][key])), key


def test_a_reason_is_a_value_error_for_whoever_reads_no_page() -> None:
    with pytest.raises(ValueError, match=r"limits\.x\.warn: expected a number above 0, got -1"):
        check_number(DENSITY_WALKWAY, "limits.x.warn", "warn", -1.0)
    assert str(SaidError(Why("over", "It is over."))) == "It is over."
