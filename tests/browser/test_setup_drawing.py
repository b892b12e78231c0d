"""Masks, planes, zones and lines on the setup page: drawn, moved, named, taken away; head counts and their card."""

import re
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
SQUARE = [(100, 100), (200, 100), (200, 220), (100, 220)]


def near(points: Any, wanted: Any, far: float) -> bool:
    """Tell whether points are those wanted, to what a pixel of the screen is."""
    return len(points) == len(wanted) and all(
        abs(a - b) <= far for p, q in zip(points, wanted, strict=True) for a, b in zip(p, q, strict=True)
    )


def feature(desk: Desk, name: str) -> dict[str, Any]:
    return next(f for f in desk.twin.plan["features"] if f["properties"]["id"] == name)


# --- masks


def test_a_mask_is_drawn_by_clicks_and_closed_on_its_first_corner(desk: Desk) -> None:
    desk.enter().step("masks")
    desk.page.get_by_role("button", name="Draw a mask").click()
    for corner in SQUARE:
        desk.click_picture(*corner)
    desk.click_picture(*SQUARE[0])
    expect(desk.page.locator("#picture .area.mask")).to_have_count(1)
    desk.tried(lambda draft: near(draft["masks"][0], SQUARE, 1.5), "the mask")
    desk.drag(desk.at_picture(*SQUARE[2]), desk.at_picture(240, 260))
    desk.tried(lambda draft: near(draft["masks"][0], [*SQUARE[:2], (240, 260), SQUARE[3]], 1.5), "the moved corner")
    desk.drag(desk.at_picture(150, 100), desk.at_picture(150, 60))  # the dot between two corners adds one
    desk.tried(lambda draft: near(draft["masks"][0][:3], [SQUARE[0], (150, 60), SQUARE[1]], 1.5), "a new corner")
    desk.page.locator("#picture .handle.vertex").nth(1).focus()
    desk.page.keyboard.press("Delete")
    desk.tried(lambda draft: len(draft["masks"][0]) == 4, "four corners again")
    desk.page.get_by_role("button", name="Remove mask 1").click()
    desk.tried(lambda draft: draft["masks"] == (), "no mask")


def test_a_mask_is_drawn_and_moved_without_a_mouse(desk: Desk) -> None:
    desk.enter().step("masks")
    desk.page.get_by_role("button", name="Draw a mask").focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#picture .board-svg")).to_be_focused()
    for key in ("Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "Enter"):
        desk.page.keyboard.press(key)
    sent = desk.tried(lambda draft: len(draft["masks"][0]) == 3, "a triangle")["masks"][0]
    assert near(sent, [sent[0], (sent[0][0] + 10, sent[0][1]), (sent[0][0] + 10, sent[0][1] + 10)], 0.05)
    desk.page.locator("#picture .handle.whole").focus()
    desk.page.keyboard.press("Shift+ArrowLeft")
    moved = [(x - 10, y) for x, y in sent]
    desk.tried(lambda draft: near(draft["masks"][0], moved, 0.05), "the whole moved")


def test_a_drawing_is_called_off_and_takes_corners_back(desk: Desk) -> None:
    desk.enter().step("masks")
    desk.page.get_by_role("button", name="Draw a mask").click()
    desk.click_picture(100, 100)
    desk.click_picture(200, 100)
    desk.page.keyboard.press("Backspace")
    see(desk.page.locator(".drawing-bar"), "1 corner so far")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator(".drawing-bar")).to_have_count(0)
    see(desk.page.locator("#save-count"), "No unsaved changes")


# --- planes


def test_a_plane_has_a_region_and_pairs_of_its_own_with_their_errors(desk: Desk) -> None:
    desk.enter().step("planes")
    desk.page.get_by_role("button", name="Draw a region").click()
    region = [(60, 140), (600, 140), (600, 470), (60, 470)]
    for corner in region:
        desk.click_picture(*corner)
    desk.page.get_by_role("button", name="Finish").click()
    for image, plan in zip(IMAGE, PLAN, strict=True):
        desk.pair((image[0], image[1]), (plan[0], plan[1]))
    wait_for(lambda: any(len(d["planes"]) == 1 and len(d["planes"][0]["plan_points"]) == 4 for d in desk.twin.tries))
    whole = next(d for d in reversed(desk.twin.tries) if d["planes"])
    assert near(whole["planes"][0]["region"], region, 1.5)
    assert whole["calibration"] is None
    # Its fit is asked for as if it were the whole camera's.
    wait_for(lambda: any(d["calibration"] and len(d["calibration"]["plan_points"]) == 4 for d in desk.twin.tries))
    see(desk.page.locator("#panel .met"), "0.")
    desk.page.get_by_role("button", name="Region", exact=True).click()
    desk.drag(desk.at_picture(*region[0]), desk.at_picture(30, 120))
    wait_for(lambda: near(last_planes(desk)[0]["region"], [(30, 120), *region[1:]], 1.5), what="the moved corner")
    desk.save()
    wait_for(lambda: desk.twin.saves, what="a save")
    saved = desk.twin.saves[0]["what"]
    assert [sorted(change) for change in saved] == [["camera", "planes"]]
    assert sorted(saved[0]["planes"][0]) == ["camera_matrix", "distortion", "image_points", "plan_points", "region"]


def last_planes(desk: Desk) -> Any:
    return next(d for d in reversed(desk.twin.tries) if d["planes"])["planes"]


# --- zones and lines


def test_a_zone_is_drawn_named_and_falls_on_the_corners_of_its_neighbours(desk: Desk) -> None:
    desk.enter().step("zones")
    desk.page.get_by_role("button", name="Zone", exact=True).click()
    near_corners = [(30.2, -0.2), (35, -3), (35, -17), (30.2, -19.8)]
    for corner in near_corners:
        desk.click_plan(*corner)
    desk.page.keyboard.press("Enter")
    panel = desk.page.locator(".area-row.chosen")
    panel.get_by_label("Id").fill("terrace")
    panel.get_by_label("Id").press("Tab")
    panel.get_by_label("Name", exact=True).fill("Terrace")
    panel.get_by_label("Name, Japanese").fill("テラス")
    panel.get_by_label("Category").select_option("seating")
    panel.get_by_label("Capacity, people").fill("120")
    panel.get_by_label("Capacity, people").press("Tab")
    desk.tried(
        lambda draft: draft["plan"] and draft["plan"]["features"][-1]["properties"].get("capacity") == 120, "a zone"
    )
    desk.save()
    wait_for(lambda: desk.twin.saves, what="a save")
    made = feature(desk, "terrace")
    assert made["properties"] == {
        "type": "zone", "id": "terrace", "level": "1f", "label": "Terrace", "label_ja": "テラス", "category": "seating",
        "capacity": 120,
    }  # fmt: skip
    ring = made["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1] == [30, 0]  # a corner of hall and plaza
    assert ring[3] == [30, -20]  # a corner of the plaza
    assert near(ring[1:3], near_corners[1:3], 0.1)
    assert desk.twin.saves[0]["what"] == []


def test_a_line_says_which_way_is_in(desk: Desk) -> None:
    desk.enter().step("zones")
    desk.click_plan(0, 5)
    chosen = desk.page.locator(".area-row.chosen")
    see(chosen, "Door")
    arrow = desk.page.locator("#plan .in-arrow path").get_attribute("d")
    # The door leads up along x = 0: its right is the hall, which lies to the right of it on the screen.
    assert float(arrow.split("L")[1].split()[0]) > 0
    chosen.get_by_label("“In” leads to the").select_option("left")
    chosen.get_by_label("Counts for zone").select_option("plaza")
    desk.tried(lambda draft: draft["plan"]["features"][-1]["properties"].get("in_side") == "left", "the other side")
    assert float(desk.page.locator("#plan .in-arrow path").get_attribute("d").split("L")[1].split()[0]) < 0
    desk.save()
    wait_for(lambda: desk.twin.saves, what="a save")
    assert feature(desk, "door")["properties"]["zone"] == "plaza"


def test_a_zone_is_moved_taken_away_and_brought_back(desk: Desk) -> None:
    desk.enter().step("zones")
    desk.click_plan(32, 2)
    see(desk.page.locator(".area-row.chosen"), "Corner")
    desk.drag(desk.at_plan(32, 2), desk.at_plan(36, 2))
    moved = desk.tried(lambda draft: draft["plan"], "a moved zone")["plan"]["features"][2]["geometry"]["coordinates"][0]
    assert near(moved, [(34, 0), (38, 0), (38, 4), (34, 4), (34, 0)], 0.15)
    desk.page.get_by_role("button", name="Remove Corner").click()
    ids = [
        f["properties"]["id"]
        for f in desk.tried(lambda d: len(d["plan"]["features"]) == 7, "one less")["plan"]["features"]
    ]
    assert "corner" not in ids
    desk.page.keyboard.press("Control+z")
    desk.page.keyboard.press("Control+z")
    see(desk.page.locator("#save-count"), "No unsaved changes")


def test_a_zone_says_how_much_of_it_the_camera_sees_and_what_is_wrong(desk: Desk) -> None:
    desk.twin.cameras[0]["calibration"] = {"image_points": IMAGE, "plan_points": PLAN}
    text = {"en": "Zone plaza overlaps hall.", "ja": "区画 plaza が hall と重なり"}
    desk.twin.try_problems = [{"code": "overlap", "severity": "warning", "text": text, "where": {"feature": "plaza"}}]
    desk.enter().step("zones")
    see(desk.page.locator(".area-row").nth(0), "42\u00a0%")
    see(desk.page.locator(".area-row").nth(1), text["en"])
    expect(desk.page.locator("#plan .feature.wrong")).to_have_count(1)
    expect(desk.page.locator("#step-zones .errs")).to_be_hidden()  # a warning is no error


# --- head counts


def test_head_counts_are_typed_blind_listed_and_fitted(desk: Desk) -> None:
    desk.enter().step("counts")
    see(desk.page.locator("#panel"), "Take a picture first")
    fit = desk.page.get_by_role("button", name="Fit and save the line")
    for n, (people, seen) in enumerate([(8, 7), (3, 3), (20, 15), (12, 10), (30, 22)], 1):
        desk.twin.people_seen = seen
        desk.take_still("head count")
        form = desk.page.locator(".count-form")
        assert not re.search(r"\d", form.inner_text().replace("14:32:07", ""))  # or it would be copied
        form.get_by_label("People in the whole picture").fill(str(people))
        if n == 1:
            form.locator("summary").click()
            form.get_by_label("Hall").fill("6")
        form.get_by_role("button", name="Add count").click()
        see(desk.page.locator("#panel h2 .cnt"), str(n))
        see(desk.page.locator("#said"), f"Counted {people}; the detector saw {seen}.")
        expect(desk.page.locator("#picture .shot")).to_be_hidden()
        if n < 5:
            expect(fit).to_be_disabled()
    rows = [(row["people"], row["seen"], row["zone"]) for row in desk.twin.counts]
    assert rows == [(8, 7, None), (6, 7, "hall"), (3, 3, None), (20, 15, None), (12, 10, None), (30, 22, None)]
    see(desk.page.locator("#panel .met"), "1.25")  # the card
    see(desk.page.locator("#panel .met"), "60\u00a0%")
    see(desk.page.locator("#panel .met"), "2–30")
    assert desk.page.locator(".spread li b").all_inner_texts() == [
        "2",
        "2",
        "1",
    ]  # thirds of 3..30: below 12, below 21, above
    fit.click()
    wait_for(lambda: desk.twin.fitted == ["hall-cam"], what="a fit")
    expect(desk.page.locator("#undo-save")).to_be_visible()  # the line can be taken back, and no save meets a conflict
    desk.page.locator("table.counts").get_by_role("button", name="Remove count").first.click()
    see(desk.page.locator("#panel h2 .cnt"), "4")


def test_a_count_that_is_no_whole_number_is_not_sent(desk: Desk) -> None:
    desk.enter().step("counts")
    desk.take_still("head count")
    form = desk.page.locator(".count-form")
    form.get_by_role("button", name="Add count").click()
    see(desk.page.locator("#said"), "Enter a whole number, 0 or more.")
    assert desk.twin.counts == []
