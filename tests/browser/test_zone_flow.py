"""The drawer of a zone: how long people stay and wait, where they come from and go to; unknown is never a zero."""

from collections.abc import Iterator
from typing import Any

import pytest

from mall.flows import Median, Residual, Wait, ZoneFlow
from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, is_ours, row, see, sync_api

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
TILL = {
    "type": "Feature",
    "properties": {"id": "till", "label": "Till", "label_ja": "レジ", "category": "queue", "level": "1f"},
    "geometry": {"type": "Polygon", "coordinates": [[[34, 4], [38, 4], [38, 12], [34, 12], [34, 4]]]},
}
HALL = ZoneFlow(12.4, 0.0, Median(252.0, None, 200.0, 330.0, 41, 6), None, Residual(9, 4.0, 5, 80))


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    with Mall(tmp_path_factory.mktemp("site"), more=[TILL]) as found:
        yield found


@pytest.fixture
def page(mall: Mall, browser: Any) -> Iterator[Any]:
    mall.paused.clear()
    mall.flow_zones, mall.moves = {}, ()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    found.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on("request", lambda asked: None if is_ours(asked.url, mall) else complaints.append(asked.url))
    found.goto(f"{mall.url}/?theme=dark&lang=en", wait_until="load")
    see(row(found, "hall"), "24")
    yield found
    context.close()
    assert complaints == []


def flow_of(page: Any, zone: str) -> Any:
    row(page, zone).click()
    return page.locator("#drawer-flow")


def test_stay_rates_and_ways_are_told_in_both_languages(page: Any, mall: Mall) -> None:
    mall.flow_zones = {"hall": HALL}
    mall.moves = (("plaza", "hall", 23), ("", "hall", 4), ("hall", "books", 11), ("books", "plaza", 99))
    flow = flow_of(page, "hall")
    for text in ("4.2 min", "range 3.3–5.5 min", "41 visits", "6 not seen to end", "12 /min", "0.0 /min"):
        see(flow, text.replace(" min", "\u00a0min") if text.startswith("range") else text)
    see(flow.locator(".ways"), "Plaza23outside4")
    see(flow.locator(".ways"), "Books11")
    assert "99" not in flow.inner_text(), "a move between two other zones"
    see(flow, "9 more people came in than left or stayed")
    page.keyboard.press("Escape")
    page.evaluate("MallText.use('ja')")
    flow = flow_of(page, "hall")
    for text in ("滞在（中央値）", "41 件", "流入元", "広場23", "こもれび書店11", "退出の数え漏れ"):
        see(flow, text)


def test_what_is_not_known_says_so(page: Any) -> None:
    flow = flow_of(page, "hall")
    see(flow, "too few visits yet")
    see(flow, "Nobody was counted here")
    assert "0" not in flow.locator(".met .v").all_inner_texts()
    assert flow.locator(".met .v").all_inner_texts() == ["–", "–", "–"]


def test_a_queue_tells_its_wait_and_a_median_beyond_what_was_seen_is_over_it(page: Any, mall: Mall) -> None:
    over = Median(None, 3480.0, 2400.0, None, 12, 12)
    mall.flow_zones = {"till": ZoneFlow(2.0, 1.8, over, Wait(180.0, 105.0, 402.0))}
    flow = flow_of(page, "till")
    for text in ("over 58\u00a0min", "Wait in the queue", "3.0 min", "range 1.8–6.7\u00a0min"):
        see(flow, text)
    mall.flow_zones = {"till": ZoneFlow(2.0, 0.0, over, Wait(None, 630.0, None))}
    see(flow, "over 11\u00a0min")


def test_a_store_that_falls_silent_leaves_no_flow(page: Any, mall: Mall) -> None:
    mall.flow_zones = {"hall": HALL}
    flow = flow_of(page, "hall")
    see(flow, "4.2 min")
    mall.paused.set()
    see(flow.locator("h3"), "stale")
    sync_api.expect(flow.locator(".met .v").first).to_have_text("–", timeout=60_000)
    assert flow.locator(".met .v").all_inner_texts() == ["–", "–", "–"]


def test_a_phone_shows_it_in_its_width(mall: Mall, browser: Any) -> None:
    mall.paused.clear()
    mall.flow_zones = {"hall": HALL}
    mall.moves = (("plaza", "hall", 23), ("hall", "books", 11))
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{mall.url}/?theme=light&lang=ja", wait_until="load")
    see(row(page, "hall"), "24")
    flow = flow_of(page, "hall")
    see(flow, "41 件")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert flow.evaluate("box => [...box.querySelectorAll('*')].every((e) => e.getBoundingClientRect().right <= 360)")
    context.close()
