"""The operator page in a real browser: what it shows while all is well, and what it must never show when it is not."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, is_ours, row, see, sync_api

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]


@pytest.fixture
def page(mall: Mall, browser: Any) -> Iterator[Any]:
    """Open the page in English, and fail on any complaint of the browser or any request to elsewhere."""
    mall.people, mall.store.is_silent = 24, False
    mall.paused.clear()
    mall.resolve_all()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    found = context.new_page()
    found.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    found.on("request", lambda asked: None if is_ours(asked.url, mall) else complaints.append(asked.url))
    found.goto(f"{mall.url}/?theme=dark&lang=en", wait_until="load")
    yield found
    context.close()
    assert [text for text in complaints if "ERR_" not in text and "409" not in text] == []


def test_live_figures_arrive_and_move(page: Any, mall: Mall) -> None:
    see(row(page, "hall"), "24")
    mall.people = 31
    see(row(page, "hall"), "31")
    see(page.locator("#kpi-inside"), "24")
    sync_api.expect(page.locator(".plan-people")).to_have_attribute("data-people", "2")
    see(page.locator("#source-tags"), "RECORDED")
    see(page.locator("#source-tags"), "Detector not proven")
    see(page.locator("#strip-people"), "20")


def test_what_nobody_saw_is_unknown_never_zero(page: Any) -> None:
    see(row(page, "hall"), "24")
    for zone in ("plaza", "books", "upper"):
        see(row(page, zone), "never seen")
        assert row(page, zone).locator(".people").inner_text() != "0"
    assert "unknown" in page.locator('.zone[data-zone="plaza"]').get_attribute("class")


def test_sources_that_stop_are_stale_within_5_s_and_keep_no_live_look(page: Any, mall: Mall) -> None:
    see(row(page, "hall"), "24")
    mall.paused.set()
    sync_api.expect(row(page, "hall")).to_have_class("stale", timeout=6_000)
    see(row(page, "hall").locator(".age"), "stale")
    sync_api.expect(page.locator('.zone[data-zone="hall"]')).to_have_class("zone stale")
    sync_api.expect(page.locator(".plan-people")).to_have_attribute("data-people", "0")
    see(page.locator("#health"), "0 of 1 live")
    mall.paused.clear()
    sync_api.expect(row(page, "hall")).to_have_class("live", timeout=6_000)


def test_a_silent_store_is_said_and_its_return_seen(page: Any, mall: Mall) -> None:
    see(row(page, "hall"), "24")
    mall.store.is_silent = True
    see(page.locator("#lost"), "The store does not answer")
    sync_api.expect(row(page, "hall")).to_have_class("stale")
    mall.store.is_silent = False
    sync_api.expect(page.locator("#lost")).to_be_hidden(timeout=WAIT_MS)
    sync_api.expect(row(page, "hall")).to_have_class("live")


def test_a_lost_stream_turns_everything_stale_together(page: Any) -> None:
    see(row(page, "hall"), "24")
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")  # as a cable that is pulled: nothing comes any more
    see(page.locator("#lost"), "Connection lost, last update")
    sync_api.expect(row(page, "hall")).to_have_class("stale")
    page.context.set_offline(False)
    sync_api.expect(page.locator("#lost")).to_be_hidden(timeout=WAIT_MS)


def test_an_advisory_is_spoken_shown_and_acknowledged_by_name(page: Any, mall: Mall) -> None:
    see(page.locator("#advisory-list"), "Nothing needs you.")
    advisory = mall.raise_advisory()
    card = page.locator(f'.adv[data-id="{advisory.id}"]')
    see(card, "1.80")
    see(page.locator("#announce"), "New advisory")
    sync_api.expect(page.locator(".marks .mark.act")).to_have_count(1)
    see(page.locator("[data-advisory-count]").first, "1")
    card.get_by_role("button", name="Acknowledge").click()
    page.locator("#name-input").fill("mori")
    page.get_by_role("button", name="Acknowledge as this name").click()
    see(card, "Acknowledged by mori")
    kept = next(a for a in mall.store.advisories(active_only=False) if a.id == advisory.id)
    assert (kept.status, kept.acknowledged_by) == ("acknowledged", "console:mori")
    mall.store.put_advisory(kept.changed(status="resolved", resolved_at=time.time()), kept.version)
    see(page.locator("#advisory-list"), "Nothing needs you.")


def test_card_callout_and_table_tell_the_same_tick(page: Any, mall: Mall) -> None:
    advisory = mall.raise_advisory()
    facts = page.locator(f'.facts[data-advisory="{advisory.id}"]')
    see(facts, "24")
    mall.people = 180
    see(facts, "180")
    told = """() => [document.querySelector('.facts .v').firstChild.textContent,
      document.querySelector('.callout text').textContent.split(' ').pop(),
      document.querySelector('#zone-rows tr[data-zone="hall"] .density').textContent]"""
    assert len(set(page.evaluate(told))) == 1


def test_an_advisory_of_a_sensor_tells_what_is_known_now_and_one_of_a_camera_outlines_nothing(
    page: Any, mall: Mall
) -> None:
    door = {"popup": "matcha", "sensor": "door", "kind": "door", "unit": "", "value": 1.0, "limit": 0.5, "side": "high"}
    mall.raise_advisory(
        "sensor-limit", place="matcha/door", severity="warn", facts=door | {"source": "", "on_delay_s": 20}
    )
    mall.raise_advisory("camera-lost", place="hall", severity="warn", facts={"state": "offline", "zones": []})
    see(page.locator("#advisory-list"), "Matcha Bar, door: open")
    see(page.locator("#advisory-list"), "open for more than 20 s")
    see(page.locator('[data-id^="sensor-limit"] .now'), "no data")
    sync_api.expect(page.locator(".marks .mark")).to_have_count(0)


def test_every_page_counts_the_new_advisories(page: Any, mall: Mall) -> None:
    mall.raise_advisory()
    for address in ("/", "/popups", "/tenant"):
        page.goto(f"{mall.url}{address}?lang=en", wait_until="load")
        see(page.locator(".rail [data-advisory-count]"), "1")


def test_the_drawer_names_the_cameras_of_the_zone_not_those_whose_view_touches_it(page: Any) -> None:
    see(row(page, "hall"), "24")
    row(page, "hall").click()
    see(page.locator("#drawer-facts"), "Hall, west (recorded)")
    row_of_plaza = page.locator('.zone[data-zone="plaza"]')
    row_of_plaza.focus()
    page.keyboard.press("Enter")
    see(page.locator("#drawer-head"), "Plaza")
    see(page.locator("#drawer-facts"), "no camera here")


def test_the_last_hour_fits_its_place_when_the_drawer_takes_room(page: Any) -> None:
    strip = page.locator("#strip-people svg")
    sync_api.expect(strip).to_be_visible()
    before = strip.bounding_box()["width"]
    row(page, "hall").click()
    page.wait_for_function(
        """before => {
          const place = document.getElementById('strip-people'), width = place.querySelector('svg').clientWidth;
          return width < before && width <= place.clientWidth;
        }""",
        arg=before,
    )


def test_a_zone_is_reached_opened_and_closed_by_keys_alone(page: Any) -> None:
    see(row(page, "hall"), "24")
    hall = page.locator('.zone[data-zone="hall"]')
    assert "24 people" in hall.get_attribute("aria-label")
    hall.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.zone") == "plaza"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    see(page.locator("#drawer"), "Hall")
    see(page.locator("#drawer-body"), "24")
    sync_api.expect(page.locator("#live-hour .main-svg").first).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("Escape")
    sync_api.expect(page.locator("#drawer")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.zone") == "hall"


def test_charts_come_only_with_a_zone_and_from_the_small_bundle(page: Any) -> None:
    see(row(page, "hall"), "24")
    loaded = "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('plotly'))"
    assert page.evaluate(loaded) == []
    row(page, "hall").click()
    sync_api.expect(page.locator("#live-hour .main-svg").first).to_be_visible(timeout=WAIT_MS)
    assert [name.split("/")[-1].split("?")[0] for name in page.evaluate(loaded)] == ["plotly-cartesian.min.js"]


def test_language_and_colours_change_without_a_reload(page: Any) -> None:
    see(row(page, "plaza"), "never seen")
    page.evaluate("window.kept = true")
    page.locator("#switch-language").click()
    see(row(page, "plaza"), "未受信")
    assert page.evaluate("document.documentElement.lang") == "ja"
    page.locator("#switch-theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate("window.kept") is True


def test_the_level_key_shows_the_other_floor(page: Any) -> None:
    see(row(page, "hall"), "24")
    page.keyboard.press("l")
    sync_api.expect(page.locator('.zone[data-zone="upper"]')).to_be_visible()
    sync_api.expect(page.locator('.zone[data-zone="hall"]')).to_have_count(0)


def test_a_phone_scrolls_in_one_direction_and_has_room_for_fingers(mall: Mall, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    found = context.new_page()
    found.goto(f"{mall.url}/?lang=ja", wait_until="load")
    see(row(found, "hall"), "24")
    assert found.evaluate("document.documentElement.scrollWidth") <= 390
    small = found.evaluate(
        "[...document.querySelectorAll('button, .tabs a')].filter(n => n.offsetParent)"
        ".map(n => n.getBoundingClientRect())"
        ".filter(r => r.width && (r.height < 44 || r.width < 44)).length"
    )
    assert small == 0
    context.close()


def test_a_phone_shows_the_worst_advisory_and_folds_the_others(mall: Mall, browser: Any) -> None:
    mall.resolve_all()
    mall.raise_advisory()
    for place in ("plaza", "books"):
        mall.raise_advisory(place=place, severity="warn")
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    found = context.new_page()
    found.goto(f"{mall.url}/?lang=en", wait_until="load")
    see(found.locator(".adv-rest summary").first, "2 more")
    assert found.locator(".adv:visible, .adv2:visible").count() == 1
    assert found.locator("#plan").bounding_box()["y"] < 844 / 2 + 60
    found.locator(".adv-rest summary").first.click()
    assert found.locator(".adv:visible, .adv2:visible").count() == 3
    mall.resolve_all()
    context.close()


def test_the_wall_shows_and_cannot_be_pressed(mall: Mall, browser: Any) -> None:
    found = browser.new_page(viewport={"width": 1920, "height": 1080})
    found.goto(f"{mall.url}/wall?lang=en", wait_until="load")
    see(row(found, "hall"), "24")
    assert found.locator("button:visible, a:visible, input:visible").count() == 0
    found.close()
