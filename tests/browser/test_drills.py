"""Drills in a real browser: started and stopped on their page, and an exercise view that cannot touch the mall."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from mall.drills.book import change, read_book, update
from mall.drills.shelf import HourShelf
from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, see, sync_api
from tests.mall.drills.hall import SCRIPT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]


class Desk:
    """A page, and what it asked for."""

    def __init__(self, browser: object, mall: Mall, width: int) -> None:
        self.mall = mall
        self.context = browser.new_context(viewport={"width": width, "height": 844})  # type: ignore[attr-defined]
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda sent: self.asked.append((sent.method, urlsplit(sent.url).path)))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.mall.url}{path}", wait_until="load")


@pytest.fixture(params=[1440, 390], ids=["wide", "phone"])
def desk(request: pytest.FixtureRequest, mall: Mall, browser: object) -> Iterator[Desk]:
    mall.resolve_all()
    change(mall.store, lambda book: type(book)())
    found = Desk(browser, mall, request.param)
    yield found
    found.context.close()
    assert found.complaints == []


def test_a_drill_is_started_followed_and_stopped(desk: Desk) -> None:
    folder = desk.mall.site.folder / "drills"
    folder.mkdir(exist_ok=True)
    (folder / "full-hall.toml").write_text(SCRIPT.format(lasts=60).replace("fills = 2.4", "people = 9"), "utf-8")
    desk.open("/drills?lang=en")
    page = desk.page
    see(page.locator("#library"), "Not in this mall: the plan has no such place")
    page.get_by_role("button", name="Start “Full hall”").click()
    page.locator("#order-name").fill("mori")
    page.locator("#order-why").fill("monthly")
    page.locator("#order-go").click()
    see(page.locator("#headline"), "Exercise asked for: Full hall")
    run = read_book(desk.mall.store).open
    assert run is not None
    assert (run.drill, run.by, run.why) == ("full-hall", "console:mori", "monthly")
    see(page.locator(".head"), "EXERCISE runs")
    page.get_by_role("button", name="Stop").click()
    see(page.locator("#headline"), "Exercise ends")
    debrief = {
        "lasted_s": 9.0, "passed": None, "raised": [],
        "expected": [
            {"rules": ["stalled"], "place": "hall", "severity": "act", "by_s": 60, "stays": False, "met": None,
             "at_s": None, "rule": None, "advisory": None},
        ],
    }  # fmt: skip
    update(desk.mall.store, run.id, condition="stopped", ended_at=desk.mall.store.time(), debrief=debrief)
    see(page.locator("#past"), "Stopped early")
    page.locator("#past summary").first.click()
    see(page.locator("#past"), "not due yet")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing scrolls sideways"


def test_the_exercise_view_reads_and_writes_the_exercise_alone(desk: Desk) -> None:
    mall = desk.mall
    real = mall.raise_advisory(severity="warn")
    played = mall.exercise.read_advisory(real.id) or real.changed(severity="act", exercise=True)
    mall.exercise.put_advisory(played, None)
    desk.context.add_init_script('localStorage.setItem("mall.name", "mori")')
    desk.open("/?drill=1&lang=en")
    page = desk.page
    sync_api.expect(page.locator("html")).to_have_attribute("data-exercise", "on")
    see(page.locator(".exercise-word"), "EXERCISE")
    see(page.locator(".exercise-bar"), "1 real advisory")
    see(page.locator("#advisory-list .tag").first, "EXERCISE")
    assert "repeating-linear-gradient" in page.evaluate("getComputedStyle(document.body, '::after').borderImageSource")
    ours = {path for _, path in desk.asked if path.startswith(("/api/v1/", "/live/"))}
    assert ours <= {"/api/v1/drills/open", "/api/v1/advisories"}, "only the bar asks the mall, and only to read"
    assert {path for _, path in desk.asked if path.startswith("/drill/")} >= {"/drill/live/stream"}
    posted = page.evaluate(
        "([id]) => fetch(`/api/v1/advisories/${id}/acknowledge`, {method: 'POST', "
        "headers: {'content-type': 'application/json'}, body: JSON.stringify({by: 'console:mori'})})"
        ".then((answer) => answer.status)",
        [played.id],
    )
    assert posted == 200
    assert mall.store.read_advisory(real.id).status == "new"  # type: ignore[union-attr]
    assert mall.exercise.read_advisory(played.id).status == "acknowledged"  # type: ignore[union-attr]
    assert ("POST", f"/drill/api/v1/advisories/{played.id}/acknowledge") in desk.asked


def test_links_stay_in_the_exercise_but_for_those_that_leave_it(desk: Desk) -> None:
    desk.open("/?drill=1&lang=en")
    page = desk.page
    page.locator('nav:visible a[href="/advisories"]').click()
    page.wait_for_url("**/advisories?drill=1**")
    see(page.locator(".exercise-word"), "EXERCISE")
    page.locator(".exercise-bar a").last.click()
    page.wait_for_url("**/advisories")
    assert page.locator(".exercise-word").count() == 0


def test_without_the_word_in_its_address_a_page_is_the_mall(desk: Desk) -> None:
    desk.open("/?lang=en")
    see(desk.page.locator("#zone-rows"), "Hall")
    assert desk.page.locator(".exercise-word").count() == 0
    assert not [path for _, path in desk.asked if path.startswith("/drill/")]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_word_exercise_stands_free(desk: Desk, language: str) -> None:
    desk.open(f"/?drill=1&lang={language}")
    page = desk.page
    see(page.locator("#source-tags"), "RECORDED" if language == "en" else "録画")
    see(page.locator(".exercise-word"), "EXERCISE")
    hits = page.evaluate("""() => {
      const box = (selector) => document.querySelector(selector).getBoundingClientRect(), word = box('.exercise-word');
      const hit = (b) => b.left < word.right && b.right > word.left && b.top < word.bottom && b.bottom > word.top;
      return ['#source-tags .tag', '#clock', '.head .site'].filter((selector) => hit(box(selector)));
    }""")
    assert hits == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_hour_of_the_past_is_chosen_and_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    start = (desk.mall.store.time() // 3600 - 2) * 3600
    monkeypatch.setattr(HourShelf, "hours", lambda *_: [start])
    desk.open("/drills?lang=en")
    page = desk.page
    see(page.locator("#hours"), "Where they stood in a zone is invented")
    page.locator("#hours select").last.select_option("30")
    page.locator("#hours button").click()
    page.locator("#order-name").fill("mori")
    page.locator("#order-why").fill("look again")
    page.locator("#order-go").click()
    see(page.locator("#headline"), "30 min again")
    run = read_book(desk.mall.store).open
    assert run is not None
    assert (run.drill, run.hour, run.minutes) == ("past-hour", start, 30)
    row = {"rule": "stalled", "place": "hall", "level": "1f", "severity": "act", "at_s": 9.0}
    debrief = {"lasted_s": 9.0, "passed": None, "raised": [], "expected": [], "then": [row]}
    update(desk.mall.store, run.id, condition="ended", ended_at=desk.mall.store.time(), debrief=debrief)
    page.locator("#past summary").first.click()
    see(page.locator("#past"), "Raised by the mall then")
    with page.expect_download() as taken:
        page.locator("#past a", has_text="CSV").first.click()
    text = taken.value.path().read_text("utf-8")
    assert f"{run.id},raised then,stalled,hall,act,,9" in text
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing scrolls sideways"


def test_what_an_exercise_does_not_play_is_no_fault(desk: Desk) -> None:
    desk.open("/?drill=1&lang=en")
    see(desk.page.locator("#health"), "not part of this exercise")
    sync_api.expect(desk.page.locator("#health")).not_to_contain_text("never seen")
    desk.open("/?lang=en")
    see(desk.page.locator("#health"), "never seen")


def test_what_is_real_stays_in_sight_beside_a_fire_alarm_of_the_exercise(desk: Desk) -> None:
    desk.mall.raise_advisory(severity="act")
    desk.context.add_init_script("window.EventSource = class { addEventListener() {} close() {} }")
    desk.open("/?drill=1&lang=en")
    page = desk.page
    see(page.locator(".exercise-bar"), "1 real advisory")
    bar, fire = page.evaluate(
        """() => { document.body.classList.add('has-alarm'); const box = document.getElementById('alarm');
        box.hidden = false; box.className = 'alarm on'; box.textContent = 'Fire alarm';
        const at = (one) => document.querySelector(one).getBoundingClientRect().toJSON();
        return [at('.exercise-bar'), at('#alarm')]; }"""
    )
    assert bar["bottom"] <= fire["top"] + 1 or fire["bottom"] <= bar["top"] + 1, (bar, fire)
    assert bar["height"] > 20
