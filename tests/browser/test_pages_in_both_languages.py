"""Words, answers and names of the pages: what an operator reads when something is refused, and in which language."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mall.cameras.head_counts import METHOD
from mall.doubts import Doubt
from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, row, see, sync_api
from tests.mall.web.small_site import SITE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
ACKNOWLEDGE = "**/api/v1/advisories/*/acknowledge"


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


@pytest.fixture
def page(mall: Mall, browser: Any) -> Iterator[Any]:
    """Return a page in English that is not open yet; any error of a script fails the test."""
    mall.resolve_all()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    found.set_default_timeout(WAIT_MS)
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert errors == []


def acknowledge(page: Any, card: Any) -> None:
    card.get_by_role("button", name="Acknowledge").click()
    if page.locator("#name-dialog").is_visible():
        page.locator("#name-input").fill("mori")
        page.get_by_role("button", name="Acknowledge as this name").click()


@pytest.mark.parametrize(
    ("status", "told", "words", "japanese"),
    [
        (
            409,
            {"code": "acknowledged", "args": {"name": "sato"}},
            "sato has already acknowledged it.",
            "sato が確認済み",
        ),
        (409, {"code": "over", "args": {"status": "resolved"}}, "It is over already.", "すでに解消"),
        (404, {"detail": "No advisory of this id."}, "It is over already.", "すでに解消"),
        (409, {"code": "changing"}, "It has just changed", "内容が更新済み"),
        (
            409,
            {"code": "changed", "args": {"name": "sato", "what": "assigned"}},
            "sato was first: assigned.",
            "sato が先に操作：担当変更",
        ),
        (
            422,
            {"code": "silence", "args": {"severity": "warn", "most": 120}},
            '"warn" may be silenced for at most 120',
            "「警戒」の通知停止は最長",
        ),
        (
            503,
            {"detail": "The store does not answer; try again."},
            "The store does not answer",
            "データ保存先の応答なし",
        ),
        (500, {"detail": "<b>odd</b>"}, "The server refuses it (500).", "サーバーが拒否（500）"),
        (422, {"code": "from-later", "detail": "Something new."}, "Something new.", "サーバーが拒否（422）"),
        (0, {}, "The server does not answer", "サーバーの応答なし"),
    ],
)
def test_a_refused_acknowledgement_says_why_and_stays(
    page: Any, mall: Mall, status: int, told: dict[str, Any], words: str, japanese: str
) -> None:
    advisory = mall.raise_advisory()
    answer = (lambda route: route.fulfill(status=status, json=told)) if status else lambda r: r.abort()
    page.route(ACKNOWLEDGE, answer)
    page.goto(f"{mall.url}/?lang=en", wait_until="load")
    card = page.locator(f'.adv[data-id="{advisory.id}"]')
    acknowledge(page, card)
    alert = card.get_by_role("alert")
    see(alert, f"Not saved. {words}")
    page.wait_for_timeout(2_500)  # longer than any tick of the page
    see(alert, words)
    page.locator("#switch-language").click()
    see(alert, japanese)
    assert "{" not in alert.inner_text()
    page.locator("#switch-language").click()
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_have_count(0)


def test_a_refusal_goes_with_the_next_try_and_outlives_its_advisory(page: Any, mall: Mall) -> None:
    advisory = mall.raise_advisory()
    page.route(ACKNOWLEDGE, lambda route: route.fulfill(status=503, json={}))
    page.goto(f"{mall.url}/?lang=en", wait_until="load")
    card = page.locator(f'#advisory-list [data-id="{advisory.id}"]')
    acknowledge(page, card)
    see(card.get_by_role("alert"), "Not saved.")
    mall.resolve_all()
    see(page.locator("#advisory-list .left"), "Not saved.")
    page.locator("#advisory-list .left").get_by_role("button", name="Dismiss").click()
    see(page.locator("#advisory-list"), "Nothing needs you.")
    second = mall.raise_advisory()
    card = page.locator(f'#advisory-list [data-id="{second.id}"]')
    acknowledge(page, card)
    see(card.get_by_role("alert"), "Not saved.")
    page.unroute(ACKNOWLEDGE)
    acknowledge(page, card)
    see(card, "Acknowledged by mori")
    expect(card.get_by_role("alert")).to_have_count(0)


def test_the_drawer_says_too_why_an_acknowledgement_was_refused(page: Any, mall: Mall) -> None:
    mall.raise_advisory()
    page.route(ACKNOWLEDGE, lambda route: route.fulfill(status=503, json={}))
    page.goto(f"{mall.url}/?lang=en", wait_until="load")
    row(page, "hall").click()
    acknowledge(page, page.locator("#drawer-foot"))
    see(page.locator("#drawer-foot").get_by_role("alert"), "The store does not answer")


@pytest.mark.parametrize(
    ("path", "english", "japanese"),
    [
        ("/", "Live · Small Mall", "監視 · Small Mall"),
        ("/advisories", "Advisories · Small Mall", "注意情報 · Small Mall"),
        ("/history", "History · Small Mall", "履歴 · Small Mall"),
        ("/popups", "Pop-ups · Small Mall", "出店 · Small Mall"),
        ("/tenant", "Tenant · Small Mall", "店舗 · Small Mall"),
        ("/tenant?unit=books", "Tenant · Small Mall", "店舗 · Small Mall"),
        ("/wall", "Wall · Small Mall", "大画面 · Small Mall"),
        ("/setup", "Setup · Small Mall", "設定 · Small Mall"),
    ],
)
def test_the_title_follows_the_language(page: Any, mall: Mall, path: str, english: str, japanese: str) -> None:
    for language, title in (("en", english), ("ja", japanese)):
        page.goto(f"{mall.url}{path}{'&' if '?' in path else '?'}lang={language}", wait_until="load")
        expect(page).to_have_title(title)
    if path != "/wall":  # where nothing can be pressed
        page.locator("#switch-language").click()
        expect(page).to_have_title(english)


def test_what_is_open_stays_in_the_title_when_the_language_changes(page: Any, mall: Mall) -> None:
    mall.raise_advisory()
    page.goto(f"{mall.url}/?lang=en", wait_until="load")
    expect(page).to_have_title("(1) Live · Small Mall")
    page.locator("#switch-language").click()
    expect(page).to_have_title("(1) 監視 · Small Mall")


@pytest.mark.parametrize(
    ("language", "behind", "short", "idle"),
    [
        ("en", "the machine is behind: 5.0 of 8.0 frames a second", "1 behind", "nothing moves: looked at less often"),
        ("ja", "処理が追いついていません：毎秒8.0コマ中5.0コマ", "処理遅れ1", "動きなし：解析の間隔を延長中"),
    ],
)
def test_a_machine_behind_and_an_idle_scene_are_told_in_words(
    page: Any, mall: Mall, language: str, behind: str, short: str, idle: str
) -> None:
    mall.is_behind = mall.is_idle = False
    page.goto(f"{mall.url}/?lang={language}", wait_until="load")
    see(row(page, "hall"), "24")
    page.locator("#health").click()
    expect(page.locator("#camera-table")).not_to_contain_text(behind)
    mall.is_behind = mall.is_idle = True
    see(page.locator("#camera-table"), behind)
    see(page.locator("#camera-table"), idle)
    see(page.locator("#health"), short)


def test_standards_camera_messages_and_kits_are_told_in_japanese(page: Any, tmp_path: Path) -> None:
    toml = SITE.replace('label = "Matcha Bar"', 'label = "Matcha Bar"\nlabel_ja = "抹茶バー"', 1)
    with Mall(tmp_path, toml) as mall:
        mall.message = "stream lost, connecting again"
        page.goto(f"{mall.url}/?lang=ja", wait_until="load")
        see(row(page, "hall"), "24")
        page.locator("#health").click()
        see(page.locator("#camera-table"), "映像断、再接続中")
        expect(page.locator(".kit-name title").first).to_have_text("抹茶バー")
        row(page, "hall").click()
        see(page.locator("#drawer-facts"), "歩行路")
        expect(page.locator("#drawer-facts")).not_to_contain_text("walkways")
        mall.store.count_refusal("replayed")
        mall.store.count_refusal("odd")
        page.goto(f"{mall.url}/popups?lang=ja", wait_until="load")
        see(page.locator("#refused"), "再送 1、odd 1")


def test_card_and_doubts_of_a_camera_are_told_in_both_languages(page: Any, tmp_path: Path) -> None:
    with Mall(tmp_path) as mall:
        mall.card = {"mae": 1.25, "within_1": 0.8, "bias": -0.5, "n": 8, "date": "2026-11-20", "method": METHOD}
        mall.doubts = (Doubt("scale", {"people": 41, "height_m": 2.38, "factor": 1.4}),)
        mall.tick()
        for language, words, method, doubt, count in (
            ("en", "mean error 1.25 people, within ±1 in 80 %, bias −0.50, 8 head counts", "robust line",
             "41 people look 2.4 m tall", "1 doubtful"),
            ("ja", "平均誤差 1.25 人、±1人以内 80 %、偏り −0.50、目視計数 8 回", "外れ値に強い直線",
             "41人の身長の中央値が2.4 m", "疑義1"),
        ):  # fmt: skip
            page.goto(f"{mall.url}/?lang={language}", wait_until="load")
            see(row(page, "hall"), "24")
            see(page.locator("#health"), count)
            page.locator("#health").click()
            see(page.locator("#camera-table"), doubt)
            row(page, "hall").click()
            see(page.locator("#drawer-facts"), words)
            see(page.locator("#drawer-facts"), method)


@pytest.mark.parametrize("tail", ["%", "%E0%A4%A", "nowhere", "<b>"])
def test_an_odd_address_opens_the_page(page: Any, mall: Mall, tail: str) -> None:
    page.goto(f"{mall.url}/?lang=en#zone={tail}", wait_until="load")
    see(row(page, "hall"), "24")
    expect(page.locator("#drawer")).to_be_hidden()


def test_nothing_on_the_wall_claims_to_be_pressed(page: Any, mall: Mall) -> None:
    page.goto(f"{mall.url}/wall?lang=en", wait_until="load")
    see(row(page, "hall"), "24")
    assert page.locator("main [role=button], main [tabindex], aside [role=button], aside [tabindex]").count() == 0
    row(page, "hall").click()
    page.locator('.zone[data-zone="hall"]').click(position={"x": 20, "y": 20})
    assert "#" not in page.url
    page.goto(f"{mall.url}/?lang=en", wait_until="load")
    see(row(page, "hall"), "24")
    assert page.locator(".zone[role=button]").count() > 2


def test_popups_outside_their_dates_are_not_missed(page: Any, tmp_path: Path) -> None:
    def day(n: int) -> str:
        return (datetime.now(UTC) + timedelta(days=n)).date().isoformat()

    toml = SITE.replace("2026-11-19", day(9)).replace("2026-11-28", day(20))
    toml = toml.replace('id = "denim"', f'id = "denim"\nfrom = "{day(-20)}"\nto = "{day(-9)}"')
    toml += '[[popup]]\nid = "tea"\npitch = "plaza"\ndevice = "kit-09"\n[[popup.sensor]]\nid = "co2"\nkind = "co2"\n'
    with Mall(tmp_path, toml) as mall:
        mall.sensors = {("kit-09", "co2"): 500.0}
        page.goto(f"{mall.url}/popups?lang=en", wait_until="load")
        see(page.locator('[data-popup="tea"]'), "Live")
        see(page.locator('[data-popup="matcha"]'), "opens in")
        expect(page.locator('[data-popup="denim"]')).to_have_text("ended")
        see(page.locator("#attention"), "All sensors are live and within limits.")
        see(page.locator("#sensor-count"), "1 live, 0 stale, 0 offline, 0 never seen")
        see(page.locator('[data-tile="matcha/co2"]'), "not open yet")
        see(page.locator('[data-tile="denim/noise"]'), "ended")
        expect(page.locator("#fresh .dotk")).to_have_class("dotk ")
        page.goto(f"{mall.url}/?lang=en", wait_until="load")
        see(page.locator("#health"), "Pop-up sensors: 1 of 1 live")
        expect(page.locator("#health")).not_to_contain_text("never seen")
