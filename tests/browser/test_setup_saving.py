"""Saving on the setup page: what is asked and told, taking it back, somebody else's save, leaving."""

from typing import Any

import pytest

from tests.browser.setup_desk import Desk, expect
from tests.browser.setup_twin import IMAGE, PLAN
from tests.browser.small_mall import CHROMIUM, see
from tests.stack_process import wait_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]


@pytest.fixture
def placed(desk: Desk) -> Desk:
    """Return the page with a placed camera and one change that is not saved."""
    desk.twin.cameras[0]["calibration"] = {"image_points": IMAGE, "plan_points": PLAN}
    desk.enter()
    nudge(desk)
    return desk


def nudge(desk: Desk) -> None:
    desk.page.locator("#picture .handle").first.focus()
    desk.page.keyboard.press("ArrowRight")
    see(desk.page.locator("#save-count"), "1 unsaved change")


def first_x(desk: Desk) -> Any:
    return desk.twin.cameras[0]["calibration"]["image_points"][0][0]


def test_a_save_says_first_what_changes_and_can_be_taken_back(placed: Desk) -> None:
    placed.page.locator("#save").click()
    dialog = placed.page.locator("#save-dialog")
    see(dialog, "Hall, west: points moved, 4 pairs")
    dialog.get_by_role("button", name="Cancel").click()
    assert placed.twin.saves == []
    placed.save()
    see(placed.page.locator("#save-told"), "Saved")
    see(placed.page.locator("#save-count"), "No unsaved changes")
    (saved,) = placed.twin.saves
    assert (saved["version"], saved["who"], saved["plan"]) == ("v1", "mori", None)
    assert [sorted(change) for change in saved["what"]] == [["calibration", "camera"]]
    assert first_x(placed) == 81
    nudge(placed)  # an edit on top of it outlives the step back
    placed.page.locator("#undo-save").click()
    see(placed.page.locator("#undo-dialog"), "hall-cam: calibration, saved by mori")
    placed.page.locator("#undo-yes").click()
    see(placed.page.locator("#save-told"), "Taken back: hall-cam: calibration")
    assert first_x(placed) == 80
    expect(placed.page.locator("#undo-save")).to_be_hidden()
    see(placed.page.locator("#save-count"), "1 unsaved change")
    placed.save()
    wait_for(lambda: first_x(placed) == 82, what="the draft on the site as it was")


def test_a_camera_gets_other_names_and_keeps_its_id(desk: Desk) -> None:
    desk.enter()
    names = desk.page.locator("details", has_text="Names of camera hall-cam")
    names.locator("summary").click()
    names.get_by_label("Name", exact=True).fill("Hall, door side")
    names.get_by_label("Name, Japanese").fill("ホール・扉側")
    names.get_by_label("Name, Japanese").press("Tab")
    desk.page.locator("#save").click()
    see(desk.page.locator("#save-list"), "name Hall, west → Hall, door side")
    desk.page.locator("#save-yes").click()
    see(desk.page.locator("#save-told"), "Saved")
    changed = {"camera": "hall-cam", "label": "Hall, door side", "label_ja": "ホール・扉側"}
    assert desk.twin.saves[0]["what"] == [changed]


def test_a_half_pair_is_left_out_and_said_so(placed: Desk) -> None:
    placed.click_picture(300, 300)
    placed.page.locator("#save").click()
    see(placed.page.locator("#save-note"), "One pair lacks a half and is left out.")
    placed.page.locator("#save-yes").click()
    wait_for(lambda: placed.twin.saves, what="a save")
    assert len(placed.twin.saves[0]["what"][0]["calibration"]["image_points"]) == 4


def test_a_refused_save_stands_with_its_reason_beside_what_is_wrong(placed: Desk) -> None:
    text = {"en": "Pair 3 lies above the horizon.", "ja": "対応点 3 が地平線より上"}
    placed.twin.try_problems = [{"code": "horizon", "severity": "error", "text": text, "where": {"pair": 2}}]
    placed.save()
    see(placed.page.locator("#save-told"), "Not saved. The draft has errors.")
    see(placed.page.locator(".pair-row").nth(2), text["en"])
    see(placed.page.locator("#save-count"), "1 unsaved change")
    assert placed.twin.saves == []


def test_a_silent_server_loses_nothing(placed: Desk) -> None:
    placed.page.route("**/api/v1/setup/save", lambda route: route.abort())
    placed.complaints = [line for line in placed.complaints if "ERR_FAILED" not in line]
    placed.save()
    see(placed.page.locator("#save-told"), "The server does not answer.")
    placed.page.unroute("**/api/v1/setup/save")
    placed.complaints.clear()  # the browser's own word for the refused request
    placed.save()
    see(placed.page.locator("#save-told"), "Saved")
    assert first_x(placed) == 81


def test_somebody_elses_save_is_named_and_ones_own_draft_kept(placed: Desk) -> None:
    placed.twin.save_as("tanaka", "gate-cam: masks")
    placed.twin.cameras[1]["masks"] = [[[0, 0], [50, 0], [0, 50]]]
    placed.save()
    dialog = placed.page.locator("#conflict-dialog")
    see(dialog, "tanaka saved “gate-cam: masks”")
    assert placed.twin.saves == []
    dialog.get_by_role("button", name="Keep my changes").click()
    see(placed.page.locator("#save-told"), "your changes stand on it")
    see(placed.page.locator("#save-count"), "1 unsaved change")
    placed.save()
    see(placed.page.locator("#save-told"), "Saved")
    assert first_x(placed) == 81
    assert [change["camera"] for change in placed.twin.saves[0]["what"]] == ["hall-cam"]


def test_what_both_changed_is_named_before_it_is_saved(placed: Desk) -> None:
    placed.twin.save_as("tanaka", "hall-cam: calibration")
    placed.twin.cameras[0]["calibration"] = {"image_points": [[90, 450], *IMAGE[1:]], "plan_points": PLAN}
    placed.save()
    placed.page.locator("#conflict-keep").click()
    see(placed.page.locator("#save-told"), "Both of you changed Hall, west: points")
    placed.page.keyboard.press("Control+z")  # one step back is theirs
    see(placed.page.locator("#save-count"), "No unsaved changes")
    placed.tried(lambda draft: list(draft["calibration"]["image_points"][0]) == [90, 450], "their point")


def test_ones_own_changes_may_be_dropped(placed: Desk) -> None:
    placed.twin.save_as("tanaka", "plan")
    placed.twin.plan["features"] = placed.twin.plan["features"][:-1]
    placed.save()
    placed.page.locator("#conflict-drop").click()
    see(placed.page.locator("#save-told"), "Your changes were dropped")
    see(placed.page.locator("#save-count"), "No unsaved changes")
    placed.step("zones")
    expect(placed.page.locator("#panel")).not_to_contain_text("Measurement lines")


def test_features_of_two_people_come_together(desk: Desk) -> None:
    desk.enter().step("zones")
    desk.click_plan(32, 2)
    desk.page.get_by_role("button", name="Remove Corner").click()
    hall = desk.twin.plan["features"][0]
    desk.twin.save_as("tanaka", "plan")
    hall["properties"]["capacity"] = 200
    desk.save()
    desk.page.locator("#conflict-keep").click()
    desk.save()
    see(desk.page.locator("#save-told"), "Saved")
    found = {f["properties"]["id"]: f["properties"] for f in desk.twin.plan["features"]}
    assert "corner" not in found
    assert found["hall"]["capacity"] == 200
    assert len(found) == 7


def test_leaving_with_unsaved_changes_asks(placed: Desk) -> None:
    asked: list[str] = []
    placed.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    placed.page.locator(".rail a").first.click()
    wait_for(lambda: placed.page.evaluate("1") and asked, what="the question")
    assert asked == ["beforeunload"]
    assert placed.page.url.endswith("/setup?lang=en")
    placed.save()
    see(placed.page.locator("#save-told"), "Saved")
    assert placed.page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))")
