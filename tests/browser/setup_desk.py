"""A hand on the setup page: finds places of the picture and of the plan on the screen, and waits for what follows."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.setup_twin import SIZE, SetupTwin
from tests.browser.small_mall import WAIT_MS, sync_api
from tests.mall.web.small_site import DOOR, FEATURES, write_site
from tests.stack_process import wait_for

EXPECTED_REFUSALS = re.compile(r"status of (401|404|409|422|503)")


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


def open_twin(folder: Path) -> SetupTwin:
    """Return the twin of a small site, not yet started."""
    site = write_site(folder, [DOOR])
    return SetupTwin(site, {"type": "FeatureCollection", "features": copy.deepcopy([*FEATURES, DOOR])})


class Desk:
    """The page of one browser; errors of scripts, refused policies and foreign requests are complaints."""

    def __init__(self, browser: Any, twin: SetupTwin, *, width: int = 1440, height: int = 900) -> None:
        self.twin = twin
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _said(self, line: Any) -> None:
        if line.type == "error" and not EXPECTED_REFUSALS.search(line.text):
            self.complaints.append(line.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.twin.url, "data:", "blob:")):
            self.complaints.append(f"asked {request.url}")

    def enter(self, language: str = "en", more: str = "") -> "Desk":
        """Go in with the token of the address, and wait for the work."""
        self.page.goto(f"{self.twin.url}/setup?lang={language}{more}#token={self.twin.token}", wait_until="load")
        self.page.locator("#session-who").fill("mori")
        self.page.locator("#session-open").click()
        expect(self.page.locator("#desk")).to_be_visible()
        expect(self.page.locator("#picture .picture-frame")).to_be_attached()
        return self

    def step(self, name: str) -> None:
        self.page.locator(f"#step-{name}").click()

    def take_still(self, why: str = "placing the camera") -> None:
        self.page.locator("#still-why").fill(why)
        self.page.locator("#still-take").click()
        expect(self.page.locator("#picture .shot")).to_be_visible()

    # --- places
    def frame(self) -> dict[str, float]:
        """Return where the picture stands on the screen."""
        return self.page.locator("#picture .picture-frame").evaluate(
            "node => (({x, y, width, height}) => ({x, y, width, height}))(node.getBoundingClientRect())"
        )

    def at_picture(self, x: float, y: float) -> tuple[float, float]:
        box = self.frame()
        return box["x"] + x * box["width"] / SIZE[0], box["y"] + y * box["height"] / SIZE[1]

    def at_plan(self, x: float, y: float) -> tuple[float, float]:
        """Return where metres stand on the screen, told from the hall, which is 30 m x 12 m at the origin."""
        box = self.page.locator("#plan .feature.zone", has_text="Hall").first.evaluate(
            "node => { const b = node.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; }"
        )
        return box[0] + x * box[2] / 30, box[1] + (12 - y) * box[3] / 12

    def click_picture(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at_picture(x, y))

    def click_plan(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at_plan(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up()

    def pair(self, image: tuple[float, float], plan: tuple[float, float]) -> None:
        self.click_picture(*image)
        self.click_plan(*plan)

    # --- what follows
    def tried(self, condition: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Wait until the last draft sent is as it should be, and return it."""

        def is_sent() -> bool:
            try:
                return bool(condition(self.twin.tries[-1]))
            except (IndexError, TypeError):  # nothing was sent yet, or nothing of that
                return False

        wait_for(is_sent, what=what)
        return self.twin.tries[-1]

    def settle(self) -> None:
        expect(self.page.locator("#trying")).to_be_hidden()

    def save(self) -> None:
        self.page.locator("#save").click()
        self.page.locator("#save-yes").click()

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.complaints == []
