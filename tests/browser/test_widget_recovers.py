"""The public widget after answers that are none: what stands in the page stays until a plan can be drawn."""

from typing import Any

import pytest

from tests.browser.small_mall import CHROMIUM, sync_api
from tests.browser.test_widget import Mall, Visit, mall

__all__ = ["mall"]  # the widget's own mall, as its other tests have it
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
WRONG = {
    "an error that is JSON": {"status": 503, "json": {"detail": "The store does not answer; try again."}},
    "an error that is none": {"status": 502, "body": "<html>Bad gateway</html>"},
    "another shape": {"status": 200, "json": {"detail": "odd"}},
    "nothing": {"status": 200, "body": ""},
    "parts that are none": {"status": 200, "json": {"levels": [1], "zones": [None], "languages": ["en"]}},
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("file", ["plan.json", "state.json"])
def test_the_list_stays_until_the_plan_is_drawn(browser: Any, mall: Mall, kind: str, file: str) -> None:
    with Visit(browser, "about:blank") as visit:
        page = visit.page
        page.route(f"**/embed/{file}", lambda route: route.fulfill(**WRONG[kind]))
        page.goto(f"{mall.url}/embed/?lang=en")
        page.wait_for_timeout(3_000)
        assert page.evaluate("document.querySelector('mall-density').shadowRoot") is None
        sync_api.expect(page.locator("main li").first).to_be_visible()
        page.unroute(f"**/embed/{file}")
        page.locator("svg.plan .pill").first.wait_for(timeout=15_000)
        sync_api.expect(page.locator("main li").first).to_be_hidden()


def test_an_error_while_it_is_shown_leaves_what_is_shown(browser: Any, mall: Mall) -> None:
    with Visit(browser, f"{mall.url}/embed/?lang=en") as visit:
        page = visit.page
        page.locator("svg.plan .pill").first.wait_for()
        page.route("**/embed/*.json", lambda route: route.fulfill(status=503, json={"detail": "odd"}))
        page.evaluate("() => document.querySelector('mall-density').poll()")
        page.wait_for_timeout(500)
        assert "Very busy" in page.locator("svg.plan").text_content()
