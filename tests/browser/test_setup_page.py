"""The setup page in a real browser: its door, the still that is wiped, sessions that end, silence, languages, phone."""

import re
from typing import Any

import pytest

from tests.browser.setup_desk import Desk, expect
from tests.browser.setup_twin import IMAGE, PLAN, SetupTwin
from tests.browser.small_mall import CHROMIUM, see
from tests.stack_process import wait_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
STEPS = ("points", "planes", "masks", "zones", "counts")
NAMELESS = """() => [...document.querySelectorAll('button, input, select')].filter(n => n.checkVisibility() &&
  !n.labels?.length && !(n.getAttribute('aria-label') || n.textContent).trim()).map(n => n.outerHTML)"""
PIXELS = """() => {
  const canvas = document.querySelector('.shot');
  if (!canvas.width || !canvas.height) return 0;
  const raw = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(raw.buffer)).size;
}"""


def calibrate(twin: SetupTwin) -> None:
    twin.cameras[0]["calibration"] = {"image_points": IMAGE, "plan_points": PLAN}


# --- the door


def test_the_token_leaves_the_address_and_opens_the_page(desk: Desk) -> None:
    desk.page.goto(f"{desk.twin.url}/setup?lang=en#token=let-me-in", wait_until="load")
    expect(desk.page.locator("#session-token")).to_have_value("let-me-in")
    assert "#" not in desk.page.url
    expect(desk.page.locator("#session-who")).to_be_focused()
    desk.page.locator("#session-who").fill("mori")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#camera")).to_be_visible()
    see(desk.page.locator("#fresh-word"), "mori")
    assert "let-me-in" not in desk.page.content()
    desk.page.reload()
    expect(desk.page.locator("#desk")).to_be_visible()  # the cookie goes on


def test_a_wrong_token_is_told_and_the_form_stays(desk: Desk) -> None:
    desk.page.goto(f"{desk.twin.url}/setup?lang=en#token=guess", wait_until="load")
    desk.page.locator("#session-who").fill("mori")
    desk.page.locator("#session-open").click()
    see(desk.page.locator("#session-failed"), "This token is not valid.")
    expect(desk.page.locator("#desk")).to_be_hidden()
    desk.page.locator("#switch-language").click()
    see(desk.page.locator("#session-failed"), "トークンが無効")


@pytest.mark.parametrize(("language", "words"), [("en", "Setup is not open"), ("ja", "設定は無効")])
def test_without_setup_the_page_says_how_to_start_it(desk: Desk, language: str, words: str) -> None:
    desk.twin.is_open = False
    desk.page.goto(f"{desk.twin.url}/setup?lang={language}", wait_until="load")
    see(desk.page.locator("#closed"), words)
    see(desk.page.locator("#closed"), "run --site DIR --setup")
    expect(desk.page.locator("#gate")).to_be_hidden()


# --- the still


def test_a_still_is_shown_counted_down_and_wiped_without_moving_anything(desk: Desk) -> None:
    desk.twin.expires_s = 2
    desk.enter()
    before = desk.frame()
    desk.take_still("placing")
    assert desk.twin.stills == [{"camera": "hall-cam", "why": "placing"}]
    assert desk.page.evaluate(PIXELS) > 50
    assert desk.frame() == before
    see(desk.page.locator("#still-left"), "Taken 14:32:07, wiped in")
    expect(desk.page.locator("#picture .shot")).to_be_hidden()
    assert desk.page.evaluate(PIXELS) == 0
    assert desk.frame() == before
    see(desk.page.locator("#picture-note"), "The picture was wiped")
    expect(desk.page.locator("img, video")).to_have_count(0)


def test_take_again_gives_the_same_reason_and_wipe_wipes_at_once(desk: Desk) -> None:
    desk.enter().take_still("masks")
    desk.page.locator("#still-again").click()
    wait_for(lambda: len(desk.twin.stills) == 2, what="a second still")
    assert desk.twin.stills[1]["why"] == "masks"
    expect(desk.page.locator("#picture .shot")).to_be_visible()
    desk.page.locator("#still-wipe").click()
    assert desk.page.evaluate(PIXELS) == 0


def test_another_camera_takes_the_picture_of_the_first_away(desk: Desk) -> None:
    desk.enter().take_still()
    desk.page.locator("#camera").select_option("gate-cam")
    assert desk.page.evaluate(PIXELS) == 0
    see(desk.page.locator("#panel"), "size is not known yet")
    desk.page.locator("#still-why").fill("first look")
    desk.page.locator("#still-take").click()  # its size comes with the picture
    expect(desk.page.locator("#picture .shot")).to_be_visible()
    expect(desk.page.locator("#panel")).not_to_contain_text("size is not known yet")


def test_a_camera_that_does_not_answer_is_named_in_both_languages(desk: Desk) -> None:
    desk.enter()
    desk.page.locator("#camera").select_option("gate-cam")
    desk.page.locator("#still-why").fill("first look")
    desk.page.locator("#still-take").click()
    see(desk.page.locator("#picture-note"), "Camera gate-cam does not answer.")
    desk.page.locator("#switch-language").click()
    see(desk.page.locator("#picture-note"), "カメラ gate-cam の応答なし")


def test_a_picture_is_asked_for_again_while_the_processes_are_exchanged(desk: Desk) -> None:
    desk.enter()
    refused: list[str] = []

    def once(route: Any) -> None:
        refused.append(route.request.url)
        route.abort()

    desk.page.route("**/api/v1/setup/still", once, times=2)
    desk.take_still("placing")
    assert len(refused) == 2
    assert desk.twin.stills == [{"camera": "hall-cam", "why": "placing"}]
    desk.complaints = [line for line in desk.complaints if "ERR_FAILED" not in line]  # the browser's own word for it


# --- sessions and silence


def test_a_session_that_ends_asks_again_and_keeps_the_draft(desk: Desk) -> None:
    desk.enter()
    for image, plan in zip(IMAGE, PLAN, strict=True):
        desk.pair((image[0], image[1]), (plan[0], plan[1]))
    desk.settle()
    desk.twin.session = "another"  # the next look for people meets it
    dialog = desk.page.locator("#session-dialog")
    expect(dialog).to_be_visible()
    see(dialog, "unsaved changes are still here")
    desk.page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.locator("#session-token").fill(desk.twin.token)
    dialog.locator("#session-open").click()
    expect(dialog).to_be_hidden()
    expect(desk.page.locator(".pair-row")).to_have_count(4)
    see(desk.page.locator("#save-count"), "1 unsaved change")


def test_a_silent_store_is_told_people_go_and_work_goes_on_by_itself(desk: Desk) -> None:
    calibrate(desk.twin)
    desk.enter()
    expect(desk.page.locator("#plan .mark.person")).to_have_count(2)
    desk.twin.is_silent = True
    see(desk.page.locator("#lost"), "The store does not answer")
    expect(desk.page.locator("#plan .mark.person")).to_have_count(0)
    desk.page.locator("#picture .handle").first.focus()
    desk.page.keyboard.press("ArrowRight")
    see(desk.page.locator("#panel .refused"), "The store does not answer")
    desk.twin.is_silent = False
    expect(desk.page.locator("#lost")).to_be_hidden()
    expect(desk.page.locator("#plan .mark.person")).to_have_count(2)
    expect(desk.page.locator("#panel .refused")).to_have_count(0)


def test_closing_ends_the_session_and_shows_the_door(desk: Desk) -> None:
    desk.enter()
    desk.page.locator("#session-close").click()
    see(desk.page.locator("#close-dialog"), "works once")
    desk.page.locator("#close-no").click()
    assert desk.twin.session != ""
    desk.page.locator("#session-close").click()
    desk.page.locator("#close-yes").click()
    expect(desk.page.locator("#gate")).to_be_visible()
    expect(desk.page.locator("#desk")).to_be_hidden()
    assert desk.twin.session == ""


# --- languages, names, phone


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_every_step_is_told_fits_the_screen_and_names_its_buttons(
    browser: Any, twin: SetupTwin, language: str, width: int, height: int
) -> None:
    calibrate(twin)
    twin.cameras[0]["masks"] = [[[20, 20], [120, 20], [120, 140]]]
    with Desk(browser, twin, width=width, height=height) as desk:
        desk.enter(language)
        for step in STEPS:
            desk.step(step)
            desk.settle()
            expect(desk.page.locator(f"#step-{step}")).to_have_attribute("aria-selected", "true")
            text = desk.page.locator("body").inner_text()
            assert not re.search(r"setup\.[a-z]|\{\w+\}|undefined|NaN", text), step
            assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
            assert desk.page.evaluate(NAMELESS) == []


def test_names_of_cameras_and_zones_stay_text(desk: Desk) -> None:
    evil = "<img src=x onerror=\"document.title='taken'\">"
    desk.twin.cameras[0]["label"] = evil
    desk.twin.plan["features"][0]["properties"] |= {"label": evil, "label_en": evil}
    desk.enter()
    desk.step("zones")
    see(desk.page.locator("#panel"), "<img src=x")
    assert desk.page.locator("img").count() == 0
    assert desk.page.title() != "taken"


def test_a_phone_stacks_picture_plan_and_panel(browser: Any, twin: SetupTwin) -> None:
    calibrate(twin)
    with Desk(browser, twin, width=390, height=844) as desk:
        desk.enter()
        tops = [desk.page.locator(f"#{name}").bounding_box()["y"] for name in ("picture", "plan", "panel")]
        assert tops == sorted(tops)
        small = desk.page.evaluate(
            "[...document.querySelectorAll('main button, aside button')].filter(n => n.checkVisibility()"
            " && n.getBoundingClientRect().height < 36).map(n => n.outerHTML)"
        )
        assert small == []
