"""The operator page in a real browser: what it shows while all is well, and what it must never show when it is not."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from mall.errors import StoreError
from mall.models import Advisory, CameraStatus, LevelSnapshot, MinuteRow, Totals, ZoneReading
from mall.store import MemoryStore
from mall.web.application import create_app
from tests.mall.web.small_site import DOOR, write_site

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS = 20_000
FACTS = {
    "value": 1.8, "high": 1.9, "limit": 1.75, "unit": "p/m²", "people": 648, "band": [640, 655], "on_delay_s": 10.0,
    "source": "Weidmann", "coverage": 1.0,
}  # fmt: skip


class FailingStore(MemoryStore):
    """A store that can be told to be silent."""

    is_silent = False

    def read_statuses(self) -> dict[str, CameraStatus]:
        if self.is_silent:
            raise StoreError("silent")
        return super().read_statuses()


class Mall:
    """The whole web process on a port of its own, and a hand that writes into its store."""

    def __init__(self, folder: Path) -> None:
        self.store, self.seq, self.people = FailingStore(), 0, 24
        self.paused = threading.Event()
        self.site = write_site(folder, [DOOR])
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        app = create_app(self.site, self.store, {})
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        self.stop = threading.Event()
        self.threads = [
            threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}),
            threading.Thread(target=self._write),
        ]

    def _write(self) -> None:
        while not self.stop.wait(0.25):
            if not self.paused.is_set():
                self.tick()

    def tick(self) -> None:
        now = self.store.time()
        self.seq += 1
        area = self.site.plan.area_m2("hall")
        hall = ZoneReading(
            "hall", self.people, (self.people - 1, self.people + 1), self.people / area, "A", "free", 0,
            observed_at=now, received_at=now, lag_s=0.2, period_s=0.2, seq=self.seq, epoch="e", coverage=0.97,
            source="recorded", cameras=("hall-cam",),
        )  # fmt: skip
        snapshot = LevelSnapshot(
            level="1f", epoch="e", seq=self.seq, at=now, zones={"hall": hall}, dots=[[5.0, 5.0], [9.0, 6.0]],
            frames={"hall-cam": (now, 0.2, 0.2)}, watched={"door": (now, 0.2, 0.2)},
        )  # fmt: skip
        self.store.write_snapshot(snapshot, line_delta={}, token=None)
        self.store.write_totals(Totals(40, 16, 24, now - 3600))
        self.store.publish_status(
            CameraStatus(
                "hall-cam", "1f", "recorded", "running", "e", self.seq, 0.2, 5.0, 0.3, self.seq, self.seq, 0,
                self.people, "people-n", "unproven", footprint=[[0, -20], [30, -20], [30, 12], [0, 12]],
                position=[2, 2],
            )
        )  # fmt: skip

    def raise_advisory(self, rule: str = "density-walkway", **changes: Any) -> Advisory:
        now = self.store.time()
        values = {"place": "hall", "severity": "act", "facts": FACTS} | changes
        advisory = Advisory(
            id=f"{rule}:{values['place']}:{round(now * 1000)}", rule=rule, level="1f", status="new", raised_at=now,
            updated_at=now, **values,
        )  # fmt: skip
        assert self.store.put_advisory(advisory, None)
        return advisory

    def resolve_all(self) -> None:
        for advisory in self.store.advisories(active_only=True):
            self.store.put_advisory(
                advisory.changed(status="resolved", resolved_at=self.store.time()), advisory.version
            )


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    found = Mall(tmp_path_factory.mktemp("site"))
    start = int(time.time() // 60) * 60
    for minute in range(30, 0, -1):
        found.store.append_minute("1f", start - 60 * minute, [MinuteRow("hall", 20.0, 25, 1.0, 0, 0)])
    found.tick()
    for thread in found.threads:
        thread.start()
    yield found
    found.stop.set()
    found.server.should_exit = True
    for thread in found.threads:
        thread.join(10)
    found.socket.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


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
    found.on("request", lambda asked: None if _is_ours(asked.url, mall) else complaints.append(asked.url))
    found.goto(f"{mall.url}/?theme=dark&lang=en", wait_until="load")
    yield found
    context.close()
    assert [text for text in complaints if "ERR_" not in text and "409" not in text] == []


def _is_ours(url: str, mall: Mall) -> bool:
    return url.startswith((mall.url, "data:", "blob:"))


def row(page: Any, zone: str) -> Any:
    return page.locator(f'#zone-rows tr[data-zone="{zone}"]')


def see(locator: Any, text: str) -> None:
    sync_api.expect(locator).to_contain_text(text, timeout=WAIT_MS)


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
