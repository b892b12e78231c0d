"""Sound and desktop notices on the operator page, with a browser's audio that counts what it is asked to play."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, see

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]

COUNTING = """
window.tones = []; window.notices = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) {
  window.tones.push(this.frequency.value);
  return start.call(this, at);
};
window.Notification = class {
  static permission = "default";
  static requestPermission() { this.permission = "granted"; return Promise.resolve("granted"); }
  constructor(title) { window.notices.push(title); }
};
"""


def wait(page: Any, script: str) -> None:
    """Wait until a script tells true; the page's policy forbids the browser's own way of waiting for it."""
    for _ in range(WAIT_MS // 50):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(script)


@pytest.fixture
def page(mall: Mall, browser: Any) -> Iterator[Any]:
    mall.resolve_all()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(COUNTING)
    found = context.new_page()
    found.set_default_timeout(WAIT_MS)
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.goto(f"{mall.url}/?theme=dark&lang=en", wait_until="load")
    see(found.locator("#advisory-list"), "Nothing needs you")
    yield found
    context.close()
    assert complaints == []


def test_a_tone_for_act_and_a_repeating_one_for_clear_until_acknowledged(page: Any, mall: Mall) -> None:
    box = page.locator("#sound")
    see(box, "Sound waits for a click")
    page.mouse.click(700, 8)  # a touch anywhere is enough
    see(box, "Sound on")
    mall.raise_advisory("density-walkway", severity="warn")
    mall.raise_advisory("density-queue", severity="act")
    wait(page, "window.tones.length === 1")
    mall.raise_advisory("density-stair", severity="clear")
    wait(page, "window.tones.filter((pitch) => pitch === 988).length >= 2")
    assert page.evaluate("window.tones.filter((pitch) => pitch === 880).length") == 1
    box.get_by_text("Mute 10 min").click()
    see(box, "Muted until")
    count = page.evaluate("window.tones.length")
    page.wait_for_timeout(2700)
    assert page.evaluate("window.tones.length") == count
    box.get_by_text("Unmute").click()
    wait(page, f"window.tones.length > {count}")
    for advisory in mall.store.advisories(active_only=True):
        mall.store.put_advisory(advisory.changed(status="acknowledged", acknowledged_by="console:a"), advisory.version)
    wait(page, "document.querySelectorAll('.adv.seen').length > 0")
    count = page.evaluate("window.tones.length")
    page.wait_for_timeout(2700)
    assert page.evaluate("window.tones.length") == count
    (act,) = [found for found in mall.store.advisories(active_only=True) if found.severity == "act"]
    mall.store.put_advisory(act.changed(status="new", acknowledged_by=None, raised_count=2), act.version)
    wait(page, f"window.tones.length > {count}")  # the same one, come back


def test_notices_are_asked_for_by_a_click_only_and_silence_is_kept(page: Any, mall: Mall) -> None:
    now = mall.store.time()
    mall.raise_advisory("density-walkway", severity="act", silenced_until=now + 600, silenced_by="console:a")
    see(page.locator("#advisory-list"), "Hall")
    assert page.evaluate("[window.notices.length, window.tones.length]") == [0, 0]
    page.locator("#sound").get_by_text("Desktop notices").click()
    mall.raise_advisory("density-stair", severity="act")
    wait(page, "window.notices.length === 1")
    assert "Hall" in page.evaluate("window.notices[0]")
    assert page.locator("#sound").get_by_text("Desktop notices").count() == 0
