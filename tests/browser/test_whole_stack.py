"""The stack of `make run` as a person meets it: real film, real detector, real store, real browser, nothing stubbed.

The tests share one stack and run in the order of this file: what breaks something comes last.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mall.store import open_store
from tests.browser.whole_mall import (
    WATCH_FIGURES,
    WATCH_ZEROS,
    Visit,
    copy_sample,
    foreign_origin,
    stopped,
    store_address,
    worker_of,
)
from tests.stack_process import StackProcess, wait_for

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WAIT_MS = 30_000
# The contract says 5 s until stale and 20 s of silence until offline; the rest is a busy machine's.
STALE_MS, OFFLINE_MS, BACK_MS = 7_000, 30_000, 20_000
FILMED = ["plaza-west", "plaza-east"]
WORDS = {"Quiet", "Moderate", "Busy", "Very busy", "No data"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    folder = tmp_path_factory.mktemp("whole")
    found = StackProcess(copy_sample(folder / "site"), folder / "state").start()
    try:
        found.wait_until_live()
        wait_for(lambda: all(zones(found)[z]["state"] == "live" for z in FILMED), 60, "the film")
        yield found
        assert found.stop() == 0
    finally:
        found.kill_rest()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(stack: StackProcess, browser: Any) -> Iterator[Any]:
    """Open the operator page in English; any complaint of the browser or request to elsewhere fails the test."""
    url = address(stack)
    with Visit(browser, f"{url}/?theme=dark&lang=en", ours=(url,), timeout_ms=WAIT_MS) as visit:
        expect(row(visit.page, "plaza-east")).to_have_class(re.compile("live"), timeout=WAIT_MS)
        yield visit.page


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


def until(page: Any, expression: str, what: str) -> None:
    """Wait for an expression from outside: the page's own policy forbids the evaluation that Playwright would use."""
    wait_for(lambda: page.evaluate(expression), WAIT_MS / 1000, what)


def address(stack: StackProcess) -> str:
    return f"http://127.0.0.1:{stack.port}"


def zones(stack: StackProcess) -> dict[str, Any]:
    return dict(stack.get_json("/api/v1/live")["zones"])


def row(page: Any, zone: str) -> Any:
    return page.locator(f'#zone-rows tr[data-zone="{zone}"]')


def shape(page: Any, zone: str) -> Any:
    return page.locator(f'.zone[data-zone="{zone}"]')


def test_people_on_the_film_change_on_the_plan_and_in_the_table(page: Any) -> None:
    page.evaluate(WATCH_FIGURES, FILMED)
    until(page, "Object.values(figures).some(f => f.table.size >= 3 && f.plan.size >= 3)", "figures that change")
    shown = page.evaluate("Object.values(figures).map(f => [[...f.table], [...f.plan]])")
    # The film never has more than 13 people in sight at once: more would be invented.
    assert max(n for zone in shown for figures in zone for n in figures) <= 13
    until(page, "+document.querySelector('.plan-people').dataset.people > 0", "dots of people")


def test_the_film_is_called_recorded_and_the_crowd_simulated(page: Any, stack: StackProcess) -> None:
    tags = page.locator("#source-tags")
    expect(tags).to_contain_text("RECORDED · 2 of 15 cameras")
    expect(tags).to_contain_text("SIMULATED · 13 of 15 cameras")
    for zone in FILMED:
        expect(row(page, zone).get_by_label("simulated")).to_have_count(0)
    expect(row(page, "atrium").get_by_label("simulated")).to_have_count(1)
    told = zones(stack)
    assert {told[zone]["source"] for zone in FILMED} == {"recorded"}
    assert {z["source"] for z in told.values() if z["source"]} == {"recorded", "simulated"}


def test_heat_is_painted_and_names_its_scale_and_what_nobody_observes(page: Any) -> None:
    page.locator('[data-layer="heat"]').click()
    page.locator('.plan .heat image[href^="data:image/png"]').wait_for(state="attached")
    colours = """async () => {
      const image = new Image();
      image.src = document.querySelector('.plan .heat image').getAttribute('href');
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
      return [pixels.filter(p => p >>> 24).length, pixels.filter(p => !(p >>> 24)).length, new Set(pixels).size];
    }"""
    observed, unseen, different = page.evaluate(colours)
    assert observed > 1000
    assert unseen > 0
    assert different > 20  # a crowd has slopes; a blank or a flat raster has one or two colours
    expect(page.locator("#legend-title")).to_contain_text("Heat, p/m²")
    expect(page.locator("#legend-title")).to_contain_text("fixed scale, Fruin, walkway")
    assert page.locator("#legend-ramp text").all_text_contents()[-1] == "4"
    assert page.locator(".plan .heat path").evaluate_all("all => all.some(p => p.style.fill.includes('plan-off'))")
    expect(page.locator('#legend .keys rect[fill="url(#pat-off)"]')).to_have_count(1)
    page.locator('[data-layer="heat"]').click()
    expect(page.locator(".plan .heat image")).to_have_count(0)


def test_a_sensor_tile_moves_and_says_that_it_is_simulated(stack: StackProcess, browser: Any) -> None:
    url = address(stack)
    with Visit(browser, f"{url}/popups?lang=en", ours=(url,), timeout_ms=WAIT_MS) as visit:
        page = visit.page
        page.locator(".tile.live").first.wait_for()
        figures = "[...document.querySelectorAll('.tile .tv b')].map(b => b.textContent)"
        page.evaluate(f"() => {{ window.before = {figures}; }}")
        until(page, f"{figures}.some((text, i) => before[i] !== '–' && text !== before[i])", "a value that changes")
        expect(page.locator("#source-tags")).to_contain_text("SIMULATED")
        cards = page.locator("#cards .card")
        assert cards.count() == len(stack.get_json("/api/v1/popups")["popups"])
        expect(cards.locator(".tag.sim", has_text="SIMULATED")).to_have_count(cards.count())


def test_an_advisory_of_the_detector_is_acknowledged_by_name(page: Any, stack: StackProcess) -> None:
    page.set_default_timeout(60_000)
    card = page.locator('#advisory-list [data-id^="density-walkway:plaza-east:"]')
    card.wait_for()
    if card.evaluate("node => node.tagName") == "DETAILS":
        card.locator("summary").click()
    button = card.get_by_role("button", name="Acknowledge")
    button.click()
    page.locator("#name-input").fill("mori")
    page.get_by_role("button", name="Acknowledge as this name").click()
    expect(card).to_contain_text("Acknowledged by mori", timeout=WAIT_MS)

    def told() -> dict[str, Any]:
        rows = stack.get_json("/api/v1/advisories")
        return next((dict(a) for a in rows if a["place"] == "plaza-east" and a["acknowledged_by"]), {})

    kept = wait_for(told, what="the acknowledgement")
    assert (kept["status"], kept["acknowledged_by"]) == ("acknowledged", "console:mori")
    store = open_store(store_address(stack), "sample")
    try:
        entries = [entry for entry in store.read_audit(100) if entry["what"] == "advisory acknowledged"]
    finally:
        store.close()
    assert [(entry["who"], entry["advisory"]) for entry in entries] == [("console:mori", kept["id"])]


def test_a_stopped_source_greys_its_zones_alone_and_they_recover(page: Any, stack: StackProcess) -> None:
    live_colour = row(page, "plaza-east").locator(".people").evaluate("node => getComputedStyle(node).color")
    page.evaluate(WATCH_ZEROS)
    row(page, "plaza-east").click()
    expect(page.locator("#drawer")).to_contain_text("live · ")
    worker = worker_of(stack, "plaza-west")
    # Where somebody was seen last, the figure stays and is greyed; an empty zone loses its zero at once.
    wait_for(lambda: (zones(stack)["plaza-east"]["people"] or 0) >= 2, 60, "people in the east of the plaza")
    with stopped(stack, [worker]):
        expect(row(page, "plaza-east")).to_have_class(re.compile(r"\bstale\b"), timeout=STALE_MS)
        expect(shape(page, "plaza-east")).to_have_class("zone stale")
        for zone in FILMED:
            expect(shape(page, zone)).to_have_attribute("aria-label", re.compile(r"\(stale\)$"))
        expect(page.locator("#drawer")).to_contain_text("stale · ")
        grey = row(page, "plaza-east").locator(".people").evaluate("node => getComputedStyle(node).color")
        assert grey != live_colour
        expect(page.locator("#health")).to_contain_text("13 of 15 live")
        for zone in FILMED:
            expect(shape(page, zone)).to_have_class("zone offline", timeout=OFFLINE_MS)
            expect(row(page, zone)).to_contain_text("no data")
            hatch = shape(page, zone).locator(".pattern").evaluate("node => node.style.fill")
            assert "plan-off" in hatch
            assert zones(stack)[zone]["people"] is None
        # One bad source never takes another with it.
        expect(shape(page, "atrium")).to_have_class("zone live")
    for zone in FILMED:
        expect(shape(page, zone)).to_have_class("zone live", timeout=BACK_MS)
    assert page.evaluate("zeros") == []


def test_the_widget_on_a_foreign_page_says_words_and_no_number(
    stack: StackProcess, browser: Any, tmp_path: Path
) -> None:
    url = address(stack)

    def told() -> set[str]:
        return set(stack.get_json("/embed/state.json")["zones"].values()) - {"no_data", "closed"}

    wait_for(told, 90, "the first minute's words")
    with (
        foreign_origin(tmp_path, url) as foreign,
        Visit(browser, foreign, ours=(url, foreign), timeout_ms=WAIT_MS) as visit,
    ):
        for widget in (visit.page.locator("mall-density"), visit.page.frame_locator("iframe").locator("mall-density")):
            widget.locator("svg.plan .pill").first.wait_for()
            shown = set(widget.locator(".side li b").all_inner_texts())
            assert shown <= WORDS
            assert shown - {"No data"}
            assert not re.search(r"\d", " ".join(widget.locator("svg.plan .pill").all_text_contents()))
            expect(widget.locator("header")).to_contain_text("SIMULATED")
        assert visit.context.cookies() == []


def test_every_source_stopped_is_stale_everywhere_and_no_zero_is_shown(page: Any, stack: StackProcess) -> None:
    page.evaluate(WATCH_ZEROS)
    empty = [zone for zone, told in zones(stack).items() if told["state"] == "live" and told["people"] == 0]
    assert empty, "some zone must be empty, or the test proves nothing"
    workers = [pid for pid, line in stack.processes().items() if " worker " in line]
    assert len(workers) >= 2
    with stopped(stack, workers):
        expect(page.locator("#zone-rows tr.live")).to_have_count(0, timeout=STALE_MS)
        expect(page.locator(".zone.live")).to_have_count(0, timeout=STALE_MS)
        expect(page.locator(".plan-people")).to_have_attribute("data-people", "0", timeout=STALE_MS)
        assert {told["state"] for told in zones(stack).values()} <= {"stale", "offline", "unknown"}
    expect(row(page, "atrium")).to_have_class(re.compile(r"\blive\b"), timeout=BACK_MS)
    expect(row(page, "plaza-east")).to_have_class(re.compile(r"\blive\b"), timeout=BACK_MS)
    assert page.evaluate("zeros") == []
