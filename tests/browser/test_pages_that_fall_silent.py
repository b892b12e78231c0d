"""What the pages show once a source, the store or the connection falls silent: old is grey, gone is unknown."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mall.models import pack
from mall.views.rows import row_at
from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, row, see, sync_api
from tests.mall.web.small_site import SITE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
STALE_MS, OFFLINE_MS = 8_000, 30_000
COUNT_SOURCES = """
window.sources = [];
window.EventSource = class extends EventSource { constructor(url) { super(url); window.sources.push(this); } };
"""
HOLD_MESSAGES = """
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (kind, took) {
  listen.call(this, kind, event => { if (!window.held) took(event); });
};
"""
HIDE = """is => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => is});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


def day(n: int) -> str:
    return (datetime.now(UTC) + timedelta(days=n)).date().isoformat()


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    """Open a mall whose sensors report every second."""
    toml = SITE.replace("2026-11-19", day(-3)).replace("2026-11-28", day(30)).replace("period_s = 10", "period_s = 1")
    toml = toml.replace('kind = "door"\n', 'kind = "door"\nperiod_s = 1\n')
    toml = toml.split('[[popup]]\nid = "denim"')[0]
    with Mall(tmp_path_factory.mktemp("silent"), toml) as found:
        found.sensors = {("kit-07", "co2"): 700.0, ("kit-07", "temp"): 22.0, ("kit-07", "door"): 0.0}
        yield found


@pytest.fixture
def page(mall: Mall, browser: Any) -> Iterator[Any]:
    """Return a page that is not open yet; any error of a script fails the test."""
    mall.store.is_silent, mall.plaza_at = False, None
    mall.paused.clear()
    mall.resolve_all()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    found.set_default_timeout(WAIT_MS)
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert errors == []


def open_page(page: Any, mall: Mall, path: str = "/") -> None:
    page.goto(f"{mall.url}{path}{'&' if '?' in path else '?'}theme=dark&lang=en", wait_until="load")


def lose_connection(page: Any) -> None:
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")


def test_the_browser_ages_a_row_as_the_server_does(page: Any, mall: Mall) -> None:
    open_page(page, mall)
    figures = {
        "people": 3,
        "band": [2, 4],
        "density": 0.5,
        "los": "A",
        "rate": 5.0,
        "behind": True,
        "trend": 1,
        "value": 7,
        "in": 1,
    }
    cases = [
        {**figures, "people": people, "state": state, "period_s": period, "age_s": age}
        for people, state, period, age in itertools.product(
            (0, 3), ("live", "saturated", "suspect", "failed"), (0.2, 1.0, 5.0, None),
            (0.0, 2.9, 3.1, 12.4, 12.6, 19.9, 20.1, 49.9, 50.1),
        )
    ]  # fmt: skip
    shown = page.evaluate("rows => rows.map(row => MallFresh.aged(row, false))", cases)
    for case, found in zip(cases, shown, strict=True):
        wanted = row_at(case, case["age_s"])
        if case["state"] in ("suspect", "failed"):
            wanted = case  # what a worker says stays until the server tells otherwise
        assert found == wanted, case


def test_a_stopped_source_greys_the_figures_of_the_header_and_then_takes_them_away(page: Any, mall: Mall) -> None:
    open_page(page, mall)
    see(page.locator("#kpi-inside b"), "24")
    see(page.locator("#strip-lines"), "7")
    see(page.locator("#fresh-word"), "Live")
    see(page.locator("#health"), "Pop-up sensors: 3 of 3 live")
    mall.paused.set()
    for name in ("view", "inside", "flow"):
        expect(page.locator(f"#kpi-{name}")).to_have_class("kpi stale", timeout=STALE_MS)
        see(page.locator(f"#kpi-{name} .age"), "stale")
    expect(page.locator("#strip-lines b.stale")).to_have_count(2)
    see(page.locator("#fresh-word"), "0 of 1 zones live")
    see(page.locator("#health"), "Pop-up sensors: 0 of 3 live")
    for name in ("view", "inside", "flow"):
        expect(page.locator(f"#kpi-{name} b")).to_have_text("–", timeout=OFFLINE_MS)
        expect(page.locator(f"#kpi-{name}")).to_have_class("kpi")
    expect(page.locator("#strip-lines b").first).to_have_text("–")


def test_a_lost_stream_ages_header_entrances_and_sensors_too(page: Any, mall: Mall) -> None:
    open_page(page, mall)
    see(page.locator("#kpi-inside b"), "24")
    lose_connection(page)
    see(page.locator("#lost"), "Connection lost, last update")
    for name in ("view", "inside", "flow"):
        expect(page.locator(f"#kpi-{name}")).to_have_class("kpi stale")
    expect(page.locator("#strip-lines b.stale")).to_have_count(2)
    see(page.locator("#fresh-word"), "No connection")
    see(page.locator("#health"), "Pop-up sensors: 0 of 3 live")
    page.evaluate("() => { const real = performance.now.bind(performance); performance.now = () => real() + 25000; }")
    expect(page.locator("#kpi-inside b")).to_have_text("–")
    expect(page.locator("#kpi-view b")).to_have_text("–")
    expect(page.locator("#strip-lines b").first).to_have_text("–")


@pytest.mark.parametrize("path", ["/", "/popups"])
def test_a_zone_that_aged_on_the_page_is_live_again_by_its_age_alone(page: Any, mall: Mall, path: str) -> None:
    page.add_init_script(HOLD_MESSAGES)
    open_page(page, mall, path)
    zone = page.locator('.zone[data-zone="hall"]')
    expect(zone).to_have_class("zone live")
    page.evaluate("window.held = true")
    expect(zone).to_have_class("zone stale")
    page.evaluate("window.held = false")
    expect(zone).to_have_class("zone live")


def test_the_mark_of_the_header_is_green_only_while_nothing_is_old(page: Any, mall: Mall) -> None:
    open_page(page, mall)
    see(page.locator("#fresh-word"), "Live")
    expect(page.locator("#fresh .dotk")).to_have_class("dotk ")
    mall.plaza_at = mall.store.time() - 8
    see(page.locator("#fresh-word"), "1 of 2 zones live")
    expect(page.locator("#fresh .dotk")).to_have_class("dotk stale")
    expect(page.locator("#fresh-age")).to_have_text("")


def test_an_advisory_says_nothing_of_now_while_its_zone_is_old(page: Any, mall: Mall) -> None:
    advisory = mall.raise_advisory()
    open_page(page, mall)
    card = page.locator(f'.adv[data-id="{advisory.id}"]')
    see(card.locator(".now"), "now")
    mall.paused.set()
    expect(card.locator(".facts")).to_have_class("facts stale", timeout=STALE_MS)
    see(card.locator(".now"), "stale")


def test_totals_that_began_after_the_reset_say_since_when(page: Any, mall: Mall) -> None:
    open_page(page, mall)
    began = page.evaluate("at => MallText.clock(at, false)", mall.since)
    see(page.locator("#kpi-flow small").first, f"since {began}")


def test_old_heat_is_taken_away_and_its_floor_is_hatched(page: Any, mall: Mall) -> None:
    def grid(age_s: float) -> bytes:
        cells = {"bounds": [0, -20, 34, 20], "cell_m": 20.0, "nx": 2, "ny": 2, "not_observed": 65535}
        return pack(cells | {"grid": "AAAAAAAAAAA=", "level": "1f", "at": mall.store.time() - age_s})

    mall.store.write_heat("1f", grid(0.0))
    open_page(page, mall)
    see(row(page, "hall"), "24")
    page.locator('[data-layer="heat"]').click()
    expect(page.locator(".plan .heat image")).to_have_count(1)
    expect(page.locator(".plan .heat image")).to_have_count(0, timeout=12_000)
    assert page.locator(".plan .heat path").evaluate_all("all => all.some(p => p.style.fill.includes('plan-off'))")
    see(page.locator("#legend .keys"), "not observed")
    mall.store.write_heat("1f", grid(0.0))
    expect(page.locator(".plan .heat image")).to_have_count(1)
    lose_connection(page)
    expect(page.locator(".plan .heat image")).to_have_count(0, timeout=STALE_MS)
    page.locator('[data-layer="heat"]').click()
    expect(page.locator(".plan .heat path")).to_have_count(0)


def test_a_page_opened_while_the_store_is_silent_shows_what_was_known_as_old(page: Any, mall: Mall) -> None:
    open_page(page, mall)
    see(row(page, "hall"), "24")
    mall.store.is_silent = True
    see(page.locator("#lost"), "The store does not answer since")
    page.wait_for_timeout(3_000)
    open_page(page, mall)
    see(row(page, "hall"), "24")
    expect(row(page, "hall")).to_have_class("stale")
    see(page.locator("#lost"), "The store does not answer since")
    told = page.locator("#lost").inner_text()
    open_page(page, mall, "/popups")
    expect(page.locator("#lost")).to_have_text(told)
    see(page.locator('[data-tile="matcha/co2"] b'), "700")
    expect(page.locator(".tile.stale")).to_have_count(3)


def test_a_lost_stream_is_seen_all_over_the_popup_page(page: Any, mall: Mall) -> None:
    open_page(page, mall, "/popups")
    see(page.locator("#attention"), "All sensors are live and within limits.")
    see(page.locator(".pill"), "Live")
    expect(page.locator('.zone[data-zone="hall"]')).to_have_class("zone live")
    lose_connection(page)
    see(page.locator("#lost"), "Connection lost, last update")
    expect(page.locator(".tile.stale")).to_have_count(3)
    see(page.locator("#sensor-count"), "0 live, 3 stale")
    expect(page.locator(".pill")).to_have_text("Stale")
    expect(page.locator("#attention li")).to_have_text("Nothing is known now: no connection.")
    expect(page.locator('.zone[data-zone="hall"]')).to_have_class("zone stale")
    see(page.locator("#fresh-word"), "No connection")
    page.evaluate("() => { const real = performance.now.bind(performance); performance.now = () => real() + 25000; }")
    expect(page.locator(".tile.offline")).to_have_count(3)
    expect(page.locator(".pill")).to_have_text("No data")
    expect(page.locator('[data-tile="matcha/co2"] b')).to_have_text("–")
    expect(page.locator('.zone[data-zone="hall"]')).to_have_class("zone offline")
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator(".tile.live")).to_have_count(3)


@pytest.mark.parametrize("path", ["/", "/popups", "/wall"])
def test_a_stream_that_is_refused_is_said_and_asked_for_again(page: Any, mall: Mall, path: str) -> None:
    page.route("**/live/stream", lambda route: route.fulfill(status=503, body="{}"))
    open_page(page, mall, path)
    expect(page.locator("#lost")).to_have_text("No connection yet, retrying", timeout=STALE_MS)
    see(page.locator("#fresh-word"), "No connection")
    page.unroute("**/live/stream")
    expect(page.locator("#lost")).to_be_hidden(timeout=STALE_MS)
    see(page.locator("#fresh-word"), "Live")


@pytest.mark.parametrize("path", ["/", "/popups", "/wall"])
def test_a_page_that_nobody_looks_at_closes_its_stream_until_somebody_does(page: Any, mall: Mall, path: str) -> None:
    page.add_init_script(COUNT_SOURCES)
    open_page(page, mall, path)
    see(page.locator("#fresh-word"), "Live")
    page.evaluate(HIDE, True)
    assert page.evaluate("sources.map(source => source.readyState)") == [2]
    page.wait_for_timeout(6_000)
    page.evaluate(HIDE, False)
    expect(page.locator("#lost")).to_be_hidden()
    see(page.locator("#fresh-word"), "Live")
    page.wait_for_function("() => sources.map(source => source.readyState).join() === '2,1'")


def test_the_tenant_page_is_lost_while_the_server_hangs(page: Any, mall: Mall) -> None:
    open_page(page, mall, "/tenant?unit=books")
    see(page.locator("#headline"), "has not been seen yet")
    page.route("**/api/v1/tenant/**", lambda _route: None)  # never answered
    expect(page.locator("#lost")).to_contain_text("Connection lost, last update", timeout=STALE_MS)
    see(page.locator("#fresh-word"), "No connection")
    page.unroute("**/api/v1/tenant/**")
    expect(page.locator("#lost")).to_be_hidden(timeout=STALE_MS)


def test_the_tenant_page_tells_the_age_of_now_and_since_when_the_door_was_counted(page: Any, mall: Mall) -> None:
    quarter = int(mall.store.time() // 900) * 900
    answer = {
        "unit": "books", "at": mall.store.time(), "k": 10, "round_to": 5, "step_s": 900, "has_door": True,
        "zones": {"books": {"state": "live", "age_s": 0.4, "period_s": 0.2, "source": "camera", "people": 20}},
        "today": {"in": 30, "out": 20, "partial": True},
        "steps": [{"start": quarter - 900 * n, "in": None if n > 2 else 15, "out": 10} for n in (4, 3, 2, 1)],
    }  # fmt: skip
    silent = []
    page.route(
        "**/api/v1/tenant/**",
        lambda route: route.fulfill(json=answer | {"at": mall.store.time()}) if not silent else None,
    )
    open_page(page, mall, "/tenant?unit=books")
    see(page.locator("#headline"), "About 20 people in")
    began = page.evaluate("at => MallText.clock(at, false)", quarter - 1800)
    see(page.locator(".kpi2").nth(1), f"since {began} · incomplete")
    see(page.locator(".kpi2").first, "live")
    page.wait_for_timeout(5_000)
    see(page.locator(".kpi2").first, "live")  # it is asked for often enough never to look old
    silent.append(True)
    see(page.locator(".kpi2").first, "stale")
    expect(page.locator(".kpi2").first).to_have_class("kpi2 stale")
    see(page.locator("#headline"), "when it was last seen")
    see(page.locator("#lost"), "Connection lost")
