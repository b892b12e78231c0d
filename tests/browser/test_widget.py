"""The public widget in a real browser: in a frame and as an element on a foreign page, and without a script."""

import http.server
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from mall.models import pack
from mall.store import MemoryStore
from mall.web.embed import embed_app
from tests.mall.web.small_site import write_site

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HOST_PAGE = """<!doctype html><html lang="en"><body style="margin:0">
<script type="module" src="{mall}/embed/widget.js"></script>
<mall-density src="{mall}/embed/" lang="en" scheme="{scheme}" style="--mf-accent:#123456"></mall-density>
<iframe src="{mall}/embed/?lang=ja" style="width:100%;height:900px;border:0"></iframe></body></html>"""


class Mall:
    """The widget's app on a port of its own, and the store that it reads."""

    def __init__(self, folder: Path) -> None:
        self.store, self.version = MemoryStore(), 0
        self.publish(age_s=20.0)
        app = Starlette(routes=[Mount("/embed", embed_app(write_site(folder), self.store))])
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def publish(self, age_s: float) -> None:
        zones = {"hall": "very_busy", "plaza": "quiet", "upper": "no_data"}
        self.version += 1
        best = {"from": "15:00", "to": "16:00", "sample": False}
        state = {"version": self.version, "at": time.time() - age_s, "zones": zones, "best": best}
        self.store.publish_public(pack(state))

    def publish_and_wait(self, age_s: float) -> None:
        """Publish, and return when the door serves it."""
        self.publish(age_s)
        until = time.monotonic() + 10
        while httpx.get(f"{self.url}/embed/state.json").json()["version"] != self.version:
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    found = Mall(tmp_path_factory.mktemp("site"))
    found.thread.start()
    yield found
    found.server.should_exit = True
    found.thread.join(10)
    found.socket.close()


@pytest.fixture(scope="module")
def foreign(mall: Mall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the host pages from another origin."""
    folder = tmp_path_factory.mktemp("host")
    for scheme in ("light", "dark"):
        (folder / f"{scheme}.html").write_text(HOST_PAGE.format(mall=mall.url, scheme=scheme), encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


class Visit:
    """A page that remembers every request and every complaint."""

    def __init__(self, browser: Any, url: str, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda line: (
                self.complaints.append(line.text)
                if line.type == "error" and "favicon" not in str(line.location)
                else None
            ),
        )
        self.page.goto(url)

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_element_and_frame_on_a_foreign_page(browser: Any, mall: Mall, foreign: str, scheme: str, width: int) -> None:
    with Visit(browser, f"{foreign}/{scheme}.html", viewport={"width": width, "height": 900}) as visit:
        element = visit.page.locator("mall-density")
        element.locator("svg.plan .pill").first.wait_for()
        assert "Very busy" in element.locator("svg.plan").text_content()
        assert "People are counted, not recognised. No picture is kept." in element.locator(".mf").inner_text()
        assert "RECORDED" in element.locator(".mf").inner_text()
        assert element.locator(".best").inner_text() == "Calmest today: 15:00–16:00"
        frame = visit.page.frame_locator("iframe")
        frame.locator("svg.plan .pill").first.wait_for()
        assert "大変混雑" in frame.locator("svg.plan").text_content()
        assert frame.locator(".best").inner_text() == "本日空いている時間：15:00〜16:00"
        assert visit.complaints == []
        assert visit.context.cookies() == []
        assert {url.split("/")[2] for url in visit.asked} <= {mall.url.split("/")[2], foreign.split("/")[2]}
        assert visit.page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_phone_can_read_a_list_switch_floor_and_language(browser: Any, mall: Mall) -> None:
    with Visit(browser, f"{mall.url}/embed/?lang=en", viewport={"width": 390, "height": 844}) as visit:
        page = visit.page
        page.get_by_role("button", name="Read as a list").click()
        assert page.locator(".side li").all_inner_texts()[0].split("\n")[-1] == "Very busy"
        page.get_by_role("button", name="Show the map").click()
        page.get_by_role("button", name="2F").click()
        assert page.get_by_role("button", name="2F").get_attribute("aria-pressed") == "true"
        assert "No data" in page.locator("svg.plan").text_content()
        page.get_by_role("button", name="日本語").click()
        assert page.locator("h2").inner_text() == "ただいまの混雑"
        heights = page.locator("button:visible").evaluate_all("all => all.map(b => b.getBoundingClientRect().height)")
        assert heights
        assert min(heights) >= 44


def test_without_a_script_the_list_is_there(browser: Any, mall: Mall) -> None:
    with Visit(browser, f"{mall.url}/embed/?lang=en", java_script_enabled=False) as visit:
        rows = visit.page.locator("li").all_inner_texts()
        assert [row.replace("\n", " ") for row in rows] == ["Hall 1F Very busy", "Plaza 1F Quiet", "Upper 2F No data"]
        assert "updated at" in visit.page.locator("main").inner_text()


@pytest.mark.parametrize(
    ("age_s", "bold", "word"), [(20.0, False, "Very busy"), (100.0, True, "Very busy"), (200.0, True, "No data")]
)
def test_age_is_bold_when_stale_and_levels_vanish_when_old(
    browser: Any, mall: Mall, age_s: float, bold: bool, word: str
) -> None:
    mall.publish_and_wait(age_s)
    try:
        with Visit(browser, f"{mall.url}/embed/?lang=en", viewport={"width": 1000, "height": 800}) as visit:
            visit.page.locator(".side li").first.wait_for()
            visit.page.locator(".age:not(:empty)").wait_for()
            assert ("old" in (visit.page.locator(".age").get_attribute("class") or "")) is bold
            assert visit.page.locator(".side li").first.inner_text().split("\n")[-1] == word
            assert visit.page.locator(".best").count() == (word != "No data")
    finally:
        mall.publish_and_wait(20.0)
