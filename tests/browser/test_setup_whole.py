"""Setting a camera up as a person does: real film, real detector, a real stack, a real browser, nothing stubbed.

The tests share one stack and one browser page and run in the order of this file: each goes on where the last ended.
"""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mall.store import open_store
from tests.browser.whole_mall import SAMPLE, Visit, store_address
from tests.stack_process import StackProcess, wait_for

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WAIT_MS, STILL_MS, TAKEN_UP_S = 60_000, 70_000, 240.0
RING = [[12.0, 8.0], [40.0, 8.0], [40.0, 30.0], [12.0, 30.0], [12.0, 8.0]]
PLAZA = {
    "type": "Feature",
    "properties": {"id": "plaza", "label": "Plaza", "category": "concourse", "level": "1f"},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}
TOML = """# kept by hand
[site]
id = "setup"
name = "Setup"
timezone = "Asia/Tokyo"
[[camera]]
id = "plaza-west"
label = "Plaza, west"
source = "plaza-west.mp4"
level = "1f"
rate = 2
fps = 7.0
size = [460, 576]
loop = true
"""
# While the web process is started again, its port refuses; the page says so itself.
EXPECTED = re.compile(r"status of (401|404|422|503)|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|ERR_FAILED")
PIXELS = """() => {
  const canvas = document.querySelector('.shot');
  if (!canvas.width || !canvas.height) return 0;
  const raw = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(raw.buffer)).size;
}"""
ON_SCREEN = """([board, x, y]) => {
  const m = document.querySelector(`#${board} .world`).getScreenCTM();
  return [m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f];
}"""


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


def truth() -> tuple[list[list[float]], list[list[float]]]:
    """Return the sample site's pairs of this camera, which were measured by others."""
    sample = tomllib.loads((SAMPLE / "site.toml").read_text(encoding="utf-8"))
    found = next(row for row in sample["camera"] if row["id"] == "plaza-west")["calibration"]
    return found["image_points"], found["plan_points"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    root = tmp_path_factory.mktemp("setup")
    site = root / "site"
    site.mkdir()
    (site / "site.toml").write_text(TOML, encoding="utf-8")
    (site / "floorplan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [PLAZA]}))
    (site / "plaza-west.mp4").symlink_to(SAMPLE / "plaza-west.mp4")
    found = StackProcess(site, root / "state")
    found.start([*found.command, "--setup"])
    try:
        wait_for(lambda: "#token=" in found.log.read_text(), TAKEN_UP_S, "the address of the setup page")
        wait_for(lambda: answers(found), TAKEN_UP_S, "the web process")
        yield found
    finally:
        found.stop()


def answers(stack: StackProcess) -> bool:
    try:
        return stack.get("/setup")[0] == 200
    except OSError:
        return False


def zones(stack: StackProcess) -> dict[str, Any]:
    try:
        return dict(stack.get_json("/api/v1/live")["zones"])
    except (OSError, ValueError):
        return {}


def token_of(stack: StackProcess) -> str:
    (token,) = set(re.findall(r"#token=(\S+)", stack.log.read_text()))
    return str(token)


@pytest.fixture(scope="module")
def visit(stack: StackProcess) -> Iterator[Visit]:
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        url = f"http://127.0.0.1:{stack.port}"
        with Visit(browser, f"{url}/setup?lang=en#token={token_of(stack)}", ours=(url,), timeout_ms=WAIT_MS) as found:
            yield found
            unexpected = [line for line in found.complaints if not EXPECTED.search(line)]
            found.complaints.clear()
            assert unexpected == []
        browser.close()


@pytest.fixture
def page(visit: Visit) -> Any:
    return visit.page


def click(page: Any, board: str, at: list[float]) -> None:
    page.mouse.click(*page.evaluate(ON_SCREEN, [board, *at]))


def save(page: Any) -> None:
    page.locator("#save").click()
    page.locator("#save-yes").click()
    expect(page.locator("#save-told")).to_contain_text("Saved", timeout=WAIT_MS)


def audit(stack: StackProcess) -> list[dict[str, Any]]:
    store = open_store(store_address(stack), "setup")
    try:
        return [dict(entry) for entry in store.read_audit(100)]
    finally:
        store.close()


def test_the_printed_token_opens_the_page_once(page: Any, stack: StackProcess) -> None:
    page.locator("#session-who").fill("mori")
    page.locator("#session-open").click()
    expect(page.locator("#camera")).to_be_visible(timeout=WAIT_MS)
    assert token_of(stack) not in page.url
    assert "mall_setup" not in page.evaluate("document.cookie")  # no script can read it
    assert stack.get("/api/v1/setup/site")[0] == 401  # nobody else is let in
    assert stack.log.read_text().count(token_of(stack)) == 1  # printed, and logged nowhere


def test_a_still_arrives_pixelated_and_nothing_of_it_is_kept(page: Any, stack: StackProcess) -> None:
    wait_for(lambda: any(row["state"] != "unknown" for row in cameras(stack).values()), TAKEN_UP_S, "the camera")
    page.locator("#still-why").fill("placing the camera")
    page.locator("#still-take").click()
    expect(page.locator("#picture .shot")).to_be_visible(timeout=STILL_MS)
    assert page.evaluate(PIXELS) > 100
    assert page.locator("#picture .shot").evaluate("node => [node.width, node.height]") == [460, 576]
    page.locator("#still-wipe").click()
    assert page.evaluate(PIXELS) == 0
    entry = next(entry for entry in audit(stack) if entry["what"] == "setup still")
    assert (entry["who"], entry["camera"], entry["why"]) == ("mori", "plaza-west", "placing the camera")
    for folder in (stack.site, stack.state):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert b"\x89PNG" not in path.read_bytes(), path


def cameras(stack: StackProcess) -> dict[str, Any]:
    try:
        return dict(stack.get_json("/api/v1/live")["cameras"])
    except (OSError, ValueError):
        return {}


def test_points_clicked_in_picture_and_plan_place_people(page: Any, stack: StackProcess) -> None:
    assert (zones(stack)["plaza"]["people"], zones(stack)["plaza"]["coverage"] or 0) == (None, 0)
    for image, plan in zip(*truth(), strict=True):
        click(page, "picture", image)
        click(page, "plan", plan)
    expect(page.locator(".pair-row")).to_have_count(9)
    expect(page.locator("#trying")).to_be_hidden(timeout=WAIT_MS)
    rms = float(page.locator("#panel .met .v").first.inner_text().split()[0])
    assert 0 < rms < 0.5  # a lens that is not told bends the floor a little
    expect(page.locator("#plan .seen")).to_have_count(1)
    expect(page.locator("#picture .in-picture.zone")).to_have_count(1)
    save(page)
    text = (stack.site / "site.toml").read_text(encoding="utf-8")
    assert text.startswith("# kept by hand")
    saved = tomllib.loads(text)["camera"][0]["calibration"]
    assert np.abs(np.array(saved["image_points"]) - truth()[0]).max() <= 1.5
    wait_for(lambda: zones(stack).get("plaza", {}).get("people") is not None, TAKEN_UP_S, "people on the plaza")
    assert zones(stack)["plaza"]["coverage"] > 0.3


def test_a_zone_drawn_on_the_plan_is_counted_within_seconds_and_taken_back(page: Any, stack: StackProcess) -> None:
    assert stack.process is not None
    pid, plan = stack.process.pid, (stack.site / "floorplan.geojson").read_bytes()
    page.locator("#step-zones").click()
    page.get_by_role("button", name="Zone", exact=True).click()
    for corner in ([20, 14], [34, 14], [34, 24], [20, 24]):
        click(page, "plan", corner)
    page.get_by_role("button", name="Finish").click()
    name = page.locator(".area-row.chosen").get_by_label("Id")
    name.fill("stage")
    name.press("Tab")
    save(page)
    wait_for(lambda: zones(stack).get("stage", {}).get("state") == "live", TAKEN_UP_S, "the new zone, live")
    assert stack.process.pid == pid
    assert stack.process.poll() is None
    page.locator("#undo-save").click()
    page.locator("#undo-yes").click()
    expect(page.locator("#save-told")).to_contain_text("Taken back", timeout=WAIT_MS)
    assert (stack.site / "floorplan.geojson").read_bytes() == plan
    wait_for(lambda: zones(stack).get("plaza", {}).get("state") == "live" and "stage" not in zones(stack), TAKEN_UP_S)
    expect(page.locator("#panel")).not_to_contain_text("stage")


def test_five_head_counts_make_a_line_that_the_worker_takes_up(page: Any, stack: StackProcess) -> None:
    page.locator("#step-counts").click()
    for n in range(1, 6):
        page.locator("#still-why").fill("head count")
        page.locator("#still-take").click()
        expect(page.locator("#picture .shot")).to_be_visible(timeout=STILL_MS)
        page.get_by_label("People in the whole picture").fill(str(2 + n))
        page.get_by_role("button", name="Add count").click()
        expect(page.locator("#panel h2 .cnt")).to_have_text(str(n), timeout=WAIT_MS)
    expect(page.locator("#panel .met")).to_be_visible()
    page.get_by_role("button", name="Fit and save the line").click()
    path = Path(stack.site / "calibration" / "plaza-west.json")
    wait_for(path.exists, 30, "the line")
    wait_for(lambda: cameras(stack).get("plaza-west", {}).get("card"), TAKEN_UP_S, "the card on the live page")
    assert cameras(stack)["plaza-west"]["card"]["n"] == 5
    page.reload()  # the session outlives the restarts of the web process
    expect(page.locator("#camera")).to_be_visible(timeout=WAIT_MS)
    assert re.findall("Traceback.{0,2000}", stack.log.read_text()) == []
