"""Points on the setup page: set in picture and plan, moved, judged against a map of the test's own."""

import numpy as np
import pytest

from tests.browser.setup_desk import Desk, expect
from tests.browser.setup_twin import IMAGE, PLAN, send, solve
from tests.browser.small_mall import CHROMIUM, see
from tests.stack_process import wait_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
MORE_IMAGE, MORE_PLAN = [[320.0, 300.0], [150.0, 300.0]], [[11.0, 4.9], [5.4, 4.6]]


def set_pairs(desk: Desk, more: bool = False) -> None:
    calibration = {"image_points": IMAGE + MORE_IMAGE * more, "plan_points": PLAN + MORE_PLAN * more}
    desk.twin.cameras[0]["calibration"] = calibration


def image_points(desk: Desk) -> list[list[float]]:
    return [list(point) for point in desk.twin.tries[-1]["calibration"]["image_points"]]


def test_four_clicks_in_picture_and_plan_place_the_camera(desk: Desk) -> None:
    desk.enter()
    for n, (image, plan) in enumerate(zip(IMAGE, PLAN, strict=True), 1):
        desk.click_picture(*image)
        see(desk.page.locator("#panel .pair-row").last, "now click it on the plan")
        desk.click_plan(*plan)
        expect(desk.page.locator("#picture .handle.pair")).to_have_count(n)
        expect(desk.page.locator("#plan .handle.pair")).to_have_count(n)
    sent = desk.tried(lambda draft: len(draft["calibration"]["image_points"]) == 4, "four pairs")["calibration"]
    assert np.abs(np.array(sent["image_points"]) - IMAGE).max() <= 1.5  # a pixel of the screen is 1.3 of the picture
    assert np.abs(np.array(sent["plan_points"]) - PLAN).max() <= 0.1
    assert desk.twin.tries[-1]["size"] == (640, 480)
    desk.settle()
    expect(desk.page.locator("#plan .seen")).to_have_count(1)
    expect(desk.page.locator("#plan .mark.person")).to_have_count(2)
    expect(desk.page.locator("#picture .in-picture.zone")).to_have_count(1)
    expect(desk.page.locator("#picture .horizon")).to_have_count(1)
    see(desk.page.locator("#panel"), "Four pairs always fit.")


def test_the_plan_may_come_first_and_a_second_click_moves_the_half(desk: Desk) -> None:
    desk.enter()
    desk.click_plan(5, 5)
    see(desk.page.locator("#panel .pair-row"), "now click it in the picture")
    desk.click_plan(10, 5)
    expect(desk.page.locator("#plan .handle.pair")).to_have_count(1)
    desk.click_picture(300, 300)
    sent = desk.tried(lambda draft: draft["calibration"], "a pair")["calibration"]
    assert len(sent["plan_points"]) == 1
    assert abs(sent["plan_points"][0][0] - 10) < 0.1


def test_a_click_on_another_level_sets_nothing_and_shows_the_cameras_own(desk: Desk) -> None:
    set_pairs(desk)
    desk.enter()
    upper = desk.page.locator("#plan-levels button", has_text="2F")
    upper.click()
    expect(desk.page.locator("#plan .handle")).to_have_count(0)
    desk.page.locator("#plan .board-svg").click(position={"x": 200, "y": 200})
    expect(desk.page.locator("#plan .handle")).to_have_count(4)
    expect(upper).to_have_attribute("aria-pressed", "false")
    see(desk.page.locator("#save-count"), "No unsaved changes")


def test_errors_stand_beside_each_pair_and_the_worst_stands_out(desk: Desk) -> None:
    set_pairs(desk, more=True)
    desk.enter()
    desk.settle()
    matrix = solve(IMAGE + MORE_IMAGE, PLAN + MORE_PLAN)
    errors = np.linalg.norm(np.array(send(matrix, IMAGE + MORE_IMAGE)) - (PLAN + MORE_PLAN), axis=1)
    for row, error in zip(desk.page.locator(".pair-row").all(), errors, strict=True):
        see(row.locator(".err"), f"{error:.2f}\u00a0m")
    rms = np.sqrt(np.mean(errors**2))
    see(desk.page.locator("#panel .met"), f"{rms:.2f}")
    see(desk.page.locator("#panel .met"), f"{errors.max():.2f}")
    worst = desk.page.locator(".pair-row.worst")
    expect(worst).to_have_count(1)
    see(worst.locator(".num"), str(int(errors.argmax()) + 1))
    see(worst, "worst")
    expect(desk.page.locator("#picture .handle.worst")).to_have_text(str(int(errors.argmax()) + 1))


def test_arrows_move_a_point_by_a_pixel_or_a_decimetre(desk: Desk) -> None:
    set_pairs(desk)
    desk.enter()
    handle = desk.page.locator("#picture .handle").nth(1)
    handle.focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        desk.page.keyboard.press(key)
    desk.tried(lambda draft: list(draft["calibration"]["image_points"][1]) == [551, 459], "one right, one up, ten left")
    expect(handle).to_be_focused()
    desk.page.locator("#plan .handle").nth(1).focus()
    for key in ("ArrowUp", "Shift+ArrowRight"):
        desk.page.keyboard.press(key)
    plan = desk.tried(lambda draft: draft["calibration"]["plan_points"][1][0] > 16, "a metre right")["calibration"]
    assert plan["plan_points"][1] == pytest.approx((17.0, 1.1))
    desk.page.keyboard.press("Delete")
    desk.tried(lambda draft: len(draft["calibration"]["image_points"]) == 3, "three pairs")
    see(desk.page.locator("#panel .fitline"), "3 of at least 4 pairs")


def test_keys_that_come_faster_than_the_page_is_drawn_all_count(desk: Desk) -> None:
    set_pairs(desk)
    desk.enter()
    desk.page.locator("#picture .handle").nth(1).evaluate(
        """node => { for (let i = 0; i < 7; i++)
            node.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true, cancelable: true})); }"""
    )
    desk.tried(lambda draft: list(draft["calibration"]["image_points"][1]) == [567, 460], "seven to the right")


def test_a_pair_is_set_without_a_mouse(desk: Desk) -> None:
    desk.enter()
    desk.page.locator("#picture .board-svg").focus()
    desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.keyboard.press("Enter")
    desk.page.locator("#plan .board-svg").focus()
    desk.page.keyboard.press("Enter")
    sent = desk.tried(lambda draft: draft["calibration"], "a pair")["calibration"]
    assert sent["image_points"][0][0] == pytest.approx(330, abs=2)  # the middle, ten pixels right
    see(desk.page.locator("#said"), "Pair 1 is complete.")


def test_what_is_being_typed_outlives_an_answer(desk: Desk) -> None:
    set_pairs(desk, more=True)
    desk.enter()
    desk.settle()
    desk.page.locator(".pair-row .pick").first.click()
    x = desk.page.locator('.pair-row.chosen input[data-set="pair.image"]').first
    x.fill("77")
    asked = len(desk.twin.tries)
    text = {"en": "Odd pair.", "ja": "要確認"}
    desk.twin.try_problems = [{"code": "odd", "severity": "warning", "text": text, "where": {"pair": 0}}]
    wait_for(lambda: len(desk.twin.tries) > asked, what="people placed again")
    see(desk.page.locator(".pair-row").first, text["en"])
    expect(x).to_be_focused()
    expect(x).to_have_value("77")


def test_a_point_is_dragged_and_typed(desk: Desk) -> None:
    set_pairs(desk)
    desk.enter()
    desk.drag(desk.at_picture(*IMAGE[0]), desk.at_picture(100, 400))
    desk.tried(lambda draft: abs(draft["calibration"]["image_points"][0][0] - 100) < 2, "the dragged point")
    x = desk.page.locator('.pair-row.chosen input[data-set="pair.image"]').first
    x.fill("123.5")
    x.press("Tab")
    desk.tried(lambda draft: draft["calibration"]["image_points"][0][0] == 123.5, "the typed point")
    x.fill("")  # no number changes nothing
    x.press("Tab")
    expect(x).to_have_value("123.5")
    assert image_points(desk)[0][0] == 123.5


def test_steps_go_back_and_forth(desk: Desk) -> None:
    set_pairs(desk)
    desk.enter()
    desk.drag(desk.at_picture(*IMAGE[0]), desk.at_picture(100, 400))
    see(desk.page.locator("#save-count"), "1 unsaved change")
    desk.page.keyboard.press("Control+z")  # the whole drag is one step
    see(desk.page.locator("#save-count"), "No unsaved changes")
    desk.tried(lambda draft: list(draft["calibration"]["image_points"][0]) == IMAGE[0], "the point as it was")
    desk.page.keyboard.press("Control+Shift+z")
    see(desk.page.locator("#save-count"), "1 unsaved change")
    desk.page.locator("#undo-edit").click()
    expect(desk.page.locator("#undo-edit")).to_be_disabled()
    expect(desk.page.locator("#redo-edit")).to_be_enabled()


def test_the_latest_draft_wins_and_what_is_old_is_dimmed(desk: Desk) -> None:
    set_pairs(desk)
    desk.enter()
    desk.settle()
    desk.twin.gate.clear()
    handle = desk.page.locator("#picture .handle").first
    handle.focus()
    asked = len(desk.twin.tries)
    desk.page.keyboard.press("ArrowRight")
    wait_for(lambda: len(desk.twin.tries) > asked, what="a try that hangs")
    expect(desk.page.locator("#trying")).to_be_visible()
    expect(desk.page.locator("#picture")).to_have_class("board setting old")
    for _ in range(4):
        desk.page.keyboard.press("Shift+ArrowRight")
    wait_for(lambda: image_points(desk)[0][0] == IMAGE[0][0] + 41, 40, "the last try")
    desk.twin.gate.set()
    desk.settle()
    assert len(desk.twin.tries) <= asked + 3  # four steps in a row are one question


def test_wheel_and_buttons_zoom_for_an_exact_click(desk: Desk) -> None:
    desk.enter()
    before = desk.frame()
    desk.page.mouse.move(*desk.at_picture(100, 100))
    desk.page.mouse.wheel(0, -800)
    wait_for(lambda: desk.frame()["width"] > 3 * before["width"], what="a larger picture")
    desk.click_picture(101, 101)
    desk.page.locator("#picture .board-zoom button").nth(2).click()
    wait_for(lambda: desk.frame() == before, what="the whole picture")
    desk.click_plan(3, 3)
    sent = desk.tried(lambda draft: draft["calibration"], "a pair")["calibration"]
    assert sent["image_points"][0] == pytest.approx((101, 101), abs=0.4)


def test_a_problem_stands_beside_its_pair(desk: Desk) -> None:
    set_pairs(desk)
    text = {"en": "Pair 2 lies above the horizon.", "ja": "対応点 2 が地平線より上"}
    desk.twin.try_problems = [{"code": "horizon", "severity": "error", "text": text, "where": {"pair": 1}}]
    desk.enter()
    see(desk.page.locator(".pair-row").nth(1), text["en"])
    expect(desk.page.locator("#step-points .errs")).to_have_text("1")
    desk.page.locator("#switch-language").click()
    see(desk.page.locator(".pair-row").nth(1), text["ja"])
