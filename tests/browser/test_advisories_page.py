"""The advisories page in a real browser: what one sees of a situation, and what is never done unasked."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from mall.models import Advisory
from tests.browser import advisories_twin as twin
from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, is_ours, see, sync_api
from tests.stack_process import wait_for

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
expect = sync_api.expect


class Console:
    """The page of one operator; ``sets`` and ``answers`` are what the interface says, ``posted`` what it was told."""

    def __init__(self, mall: Mall, browser: Any, width: int, height: int) -> None:
        self.mall, self.posted = mall, list[tuple[str, dict[str, Any]]]()
        self.set: dict[str, Any] | None = None
        self.closed: list[dict[str, Any]] = []
        self.told: dict[str, Any] = {}
        self.rules = twin.RULES
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.add_init_script("localStorage.setItem('mall.name', 'mori')")
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.on("request", lambda r: None if is_ours(r.url, mall) else self.complaints.append(r.url))
        self.page.route(re.compile(r"/api/v1/(advisories|rules)"), self._answer)

    def _answer(self, route: Any) -> None:
        asked, path = route.request, route.request.url.split("/api/v1/")[1]
        if path == "rules":
            route.fulfill(json=self.rules)
        elif asked.method in ("POST", "PUT"):
            self._take(route, path)
        elif path.endswith("/options"):
            route.fulfill(status=200 if self.set else 404, json=self.set or {"detail": "none"})
        elif path.endswith("state=closed"):
            route.fulfill(json=self.closed)
        elif path.endswith("/history"):
            route.fulfill(json=twin.LOG)
        elif ":" in path or "%3A" in path:
            route.fulfill(json=self._one())
        else:
            route.continue_()

    def _one(self) -> dict[str, Any]:
        found = next(iter(self.mall.store.advisories(active_only=True)), None)
        return (asdict(found) if found else self.closed[0]) | self.told

    def _take(self, route: Any, path: str) -> None:
        body = json.loads(route.request.post_data)
        self.posted.append((path.rsplit("/", 1)[1], body))
        if path == "rules/dry-run":
            route.fulfill(json=twin.dry_run(self.mall.store.time()))
        elif self.refusal:
            route.fulfill(status=self.refusal[0], json=self.refusal[1])
        elif path.startswith("rules/"):
            route.fulfill(json={"version": "v2", "before": {"warn": 1.75}, "after": body["limits"]})
        elif path.endswith("acknowledge"):
            route.continue_(post_data=json.dumps({"by": body["by"]}))
        else:
            route.fulfill(json=self._one())

    def open(self, language: str = "en", more: str = "") -> "Console":
        self.page.goto(f"{self.mall.url}/advisories?theme=dark&lang={language}{more}", wait_until="load")
        return self

    def at(self, selector: str, **more: Any) -> Any:
        return self.page.locator(selector, **more)

    def __enter__(self) -> "Console":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert [text for text in self.complaints if not re.search("status of 4(04|09)", text)] == []


@pytest.fixture
def advisory(mall: Mall) -> Advisory:
    mall.resolve_all()
    return mall.raise_advisory()


@pytest.fixture
def console(mall: Mall, browser: Any, advisory: Advisory) -> Iterator[Console]:
    with Console(mall, browser, 1440, 900) as found:
        found.set = twin.options_of(advisory, mall.store.time())
        yield found


def test_options_stand_beside_no_action_with_the_same_range_and_one_filled_button(console: Console) -> None:
    console.open()
    see(console.at("#situation"), "Hall: too dense")
    for words in ("No action", "Guide to the plaza", "5 of 6, off by 0.11", "not within 15 min", "2–4 min", "Plaza"):
        see(console.at("#compare"), words)
    # after 5 min: 0.9 + 0.9 e^(−5/3) = 1.07 for A, 1.8 + 0.03 · 5 = 1.95 without action
    assert console.at('[data-col="A"] .big').first.inner_text() == "1.07"
    assert console.at('[data-col="O"] .big').first.inner_text() == "1.95"
    assert console.at("#compare .btn.pri").all_inner_texts() == ["Choose A"]
    # one scale: the warning limit lies at the same height in every small chart
    lines = console.at("#compare .mini .lim.warn").evaluate_all(
        "nodes => nodes.map(n => n.getAttribute('d').split(' ')[1])"
    )
    assert len(lines) == 3
    assert len({line.split("H")[0] for line in lines}) == 1
    expect(console.at('.option[data-option="A"]')).to_be_attached()
    assert "at" in console.set
    see(console.at("#compare .when"), "some flows are assumed")


def test_a_choice_names_who_is_told_and_can_be_undone_before_anybody_is(console: Console) -> None:
    console.open()
    see(console.at("#compare"), "Choose A")
    console.page.keyboard.press("a")
    console.page.keyboard.press("Enter")
    see(console.at("#choose-dialog"), "Told: 2 staff")
    see(console.at("#choose-dialog"), "Stand at the door.")
    console.page.keyboard.press("Enter")
    see(console.at(".hold"), "2 staff")
    console.at("#hold-undo").click()
    expect(console.at(".hold")).to_have_count(0)
    assert console.posted == []
    console.at('[data-choose="B"]').click()
    console.at("#choose-yes").click()
    console.at(".hold .quiet").click()
    wait_for(lambda: bool(console.posted), what="the choice sent")
    body = {"option": "B", "kind": "guide_route", "by": "console:mori", "version": 1, "set_at": console.set["at"]}
    assert console.posted == [("choose", body)]


def test_a_choice_is_sent_when_its_time_is_over(console: Console) -> None:
    console.page.clock.install()
    console.open()
    see(console.at("#compare"), "Choose A")
    console.at('[data-choose="A"]').click()
    console.at("#choose-yes").click()
    see(console.at(".hold"), "10 s")
    console.page.clock.run_for(9_000)
    assert console.posted == []
    console.page.clock.run_for(2_000)
    wait_for(lambda: [name for name, _ in console.posted] == ["choose"], what="the choice sent")


def test_the_second_of_two_operators_is_told_who_was_first(console: Console) -> None:
    told = {"detail": "Already.", "code": "changed", "args": {"name": "sato", "what": "acknowledged"}}
    console.refusal = (409, told)
    console.open()
    see(console.at("#situation"), "Acknowledge")
    console.page.keyboard.press("k")
    see(console.at("#situation [role=alert]"), "sato was first: acknowledged")


def test_acknowledging_moves_its_life_on(console: Console, mall: Mall, advisory: Advisory) -> None:
    console.open()
    see(console.at(".steps .on"), "New")
    console.at("[data-act=acknowledge]").click()
    see(console.at(".steps .on"), "Acknowledged")
    see(console.at(".steps .on"), "mori")
    found = mall.store.read_advisory(advisory.id)
    assert found is not None
    assert (found.status, found.acknowledged_by) == ("acknowledged", "console:mori")


FORMS = {
    "assign": ({"#form-name": "Sato"}, {"to": "Sato"}),
    "note": ({"#form-text": "radio sent"}, {"text": "radio sent"}),
    "silence": ({"#form-text": "school group"}, {"reason": "school group", "minutes": 30}),
    "resolve": ({"#form-text": "cleared"}, {"why": "cleared"}),
}


def test_small_forms_send_what_they_asked_for(console: Console) -> None:
    console.open()
    for action, (fields, body) in FORMS.items():
        console.posted.clear()
        console.at(f"[data-act={action}]").click()
        for field, text in fields.items():
            console.at(field).fill(text)
        console.at("#action-box [type=submit]").click()
        wait_for(lambda: bool(console.posted), what=f"{action} sent")
        assert console.posted == [(action, body | {"by": "console:mori", "version": 1})]
        expect(console.at("#action-box")).to_be_hidden()
    console.at("[data-act=log]").click()
    see(console.at("#action-box"), "mori")
    see(console.at("#action-box"), "assigned: Sato")
    console.page.keyboard.press("Escape")
    expect(console.at("#action-box")).to_be_hidden()


def test_what_options_lack_is_said(console: Console, advisory: Advisory, mall: Mall) -> None:
    now = mall.store.time()
    console.set = twin.options_of(advisory, now - 95)
    console.open()
    see(console.at(".oldbar"), "Predicted 9")
    expect(console.at("#compare")).to_have_class(re.compile("old"))
    console.set = twin.nothing_helps(advisory, now)
    console.page.reload()
    for words in ("No option improves this", "Clear the area: all staff nearby, Hall", "Every way out is full."):
        see(console.at("#compare"), words)
    console.set = None
    console.page.reload()
    see(console.at("#compare"), "Options are being computed")
    console.page.route(re.compile("/options"), lambda route: route.fulfill(status=503, json={"detail": "x"}))
    console.page.reload()
    see(console.at("#compare"), "Options could not be read")
    console.complaints = [text for text in console.complaints if "503" not in text]


def test_measured_effects_stand_beside_the_predicted_ones(console: Console, mall: Mall, advisory: Advisory) -> None:
    now = mall.store.time()
    told = {"by": "console:mori", "at": now - 400, "option": "A", "limit": 1.75, "no_action": twin.NO_ACTION}
    chosen = twin.options_of(advisory, now)["options"][0] | told
    effect = {"after_min": 5, "measured": 1.2, "predicted": chosen["prediction"]["after_5"], "at": now - 100}
    console.told = {"chosen": chosen, "effects": [effect], "version": 7}
    console.open()
    row = console.at(".outcome tbody tr").first
    # 1.07 / 1.8 − 1 = −41 %, 1.2 / 1.8 − 1 = −33 %
    for words in ("After 5 min", "1.07", "−41 %", "1.20", "−33 %", "1.95"):
        see(row, words.replace(" %", "\u00a0%"))
    assert console.at("#compare .btn.pri").count() == 0
    see(console.at('[data-col="A"].cta'), "Chosen")


def test_a_minute_without_data_is_a_gap(console: Console, mall: Mall) -> None:
    until = mall.store.time()
    start = int(until // 60) * 60
    row = {"people_mean": 720.0, "people_max": 730, "coverage": 1.0, "in": 30, "out": 20}
    dark = {"people_mean": None, "people_max": None, "coverage": 0.0, "in": None, "out": None}
    minutes = [(dark if ago == 9 else row) | {"at": start - 60 * ago} for ago in range(18, 0, -1) if ago not in (5, 4)]
    told = {"zone": "hall", "since": until - 1200, "until": until, "step_s": 60, "minutes": minutes}
    console.page.route(re.compile("/zones/hall/history"), lambda route: route.fulfill(json=told))
    console.open()
    # 720 people on 354 m² (the hall less a pop-up) are 2.03 p/m², between the limits warn 1.75 and act 2.17
    for words in ("last 20 min", "Flow out 20", "warn 1.75", "act 2.17", "raised"):
        see(console.at("#why"), words)
    for line in (".s1", ".s2"):
        drawn = console.at(f"#why {line}").get_attribute("d")
        assert drawn.count("M") == 3  # before the dark minute, up to the two that are missing, after them
        assert "NaN" not in drawn


def test_limits_that_a_zone_has_of_its_own_stand_in_its_chart(console: Console) -> None:
    own = twin.LADDER | {"limits": [{"severity": "act", "value": 1.5, "source": {"en": "site", "ja": "site"}}]}
    rules = [twin.RULES[0] | {"overrides": {"hall": own}}]
    console.page.route(re.compile("/api/v1/rules$"), lambda route: route.fulfill(json=rules))
    console.open()
    see(console.at("#why"), "act 1.50")
    assert "2.17" not in console.at("#why").inner_text()


def test_a_rule_is_tried_before_anything_is_kept(console: Console) -> None:
    console.open(more="#rules")
    see(console.at("#rules"), "Density, walkways")
    console.at("[data-limit=warn]").fill("0.5")
    console.at("#dry-form [type=submit]").click()
    see(console.at("#rules"), "Each severity needs a higher limit")
    console.at("[data-limit=warn]").fill("1.6")
    console.at("#dry-form [type=submit]").click()
    see(console.at("#rules"), "Would have fired 3 times")
    see(console.at("#rules"), "with the limits of now: 1")
    see(console.at("#rules"), "2:05")
    see(console.at("#rules pre"), "[limits.density-walkway]\nwarn = 1.6")
    assert console.posted == [("dry-run", {"rule": "density-walkway", "limits": {"warn": 1.6}})]


SAVED = {"limits": {"warn": 1.6}, "by": "console:mori", "why": "school groups", "version": "v1"}


def save(console: Console, why: str) -> None:
    console.at("#rule-save").click()
    console.at("#save-why").fill(why)
    console.at("#save-yes").click()


def test_limits_are_saved_with_name_and_reason_and_said_to_be_live_once_they_are(console: Console) -> None:
    console.open(more="#rules")
    console.at("#rule-save").click()
    see(console.at("#save-told"), "Nothing to save")
    console.at("[data-limit=warn]").fill("1.6")
    console.at("#rule-save").click()
    see(console.at("#save-dialog"), "Density, walkways · all zones of this rule")
    row = console.at("#save-dialog tbody tr").inner_text()
    assert row.split("\t") == ["warn", "1.75\u00a0p/m²", "1.6\u00a0p/m²"]
    console.at("#save-why").fill("school groups")
    console.at("#save-yes").click()
    see(console.at("#save-told"), "Taking effect")
    assert console.posted == [("density-walkway", SAVED)]
    console.rules = twin.saved_rules("v2", warn=1.6)
    see(console.at("#save-told"), "In effect since")
    see(console.at(".rt.limits"), "built in 1.75")
    assert console.at("[data-limit=warn]").input_value() == "1.6"
    console.at("#save-back").click()
    assert console.at("#save-dialog tbody tr b").inner_text() == "1.75\u00a0p/m²"
    console.page.keyboard.press("Escape")
    expect(console.at("#save-dialog")).to_be_hidden()
    assert len(console.posted) == 1


def test_limits_out_of_order_are_said_and_not_asked_about(console: Console) -> None:
    console.open(more="#rules")
    console.at("[data-limit=warn]").fill("2.5")
    console.at("#rule-save").click()
    see(console.at("#rules [role=alert]"), "needs a higher limit")
    expect(console.at("#save-dialog")).to_be_hidden()
    assert console.posted == []


def test_a_save_that_is_refused_says_why_and_keeps_what_was_typed(console: Console) -> None:
    wrong = {"detail": "x", "text": {"en": "warn: limits must rise with severity", "ja": "保存不可"}}
    changed = {"detail": "x", "text": {"en": "The site was changed meanwhile.", "ja": "変更済み"}}
    console.refusal = (422, wrong)
    console.open(more="#rules")
    console.at("[data-limit=warn]").fill("2.1")
    save(console, "try")
    see(console.at("#save-dialog [role=alert]"), "limits must rise with severity")
    console.refusal, console.rules = (409, changed), twin.saved_rules("v3", warn=1.7)
    console.at("#save-yes").click()
    see(console.at("#save-told [role=alert]"), "The site was changed meanwhile.")
    see(console.at(".rt.limits"), "built in 1.75")
    assert console.at("[data-limit=warn]").input_value() == "2.1"
    console.refusal = None
    save(console, "try")
    wait_for(lambda: console.posted[-1][1]["version"] == "v3", what="the second save over the version seen")
    console.complaints = [text for text in console.complaints if "422" not in text]


def test_limits_are_saved_on_a_phone_in_japanese(mall: Mall, browser: Any, advisory: Advisory) -> None:
    with Console(mall, browser, 390, 844) as console:
        console.open("ja", more="#rules")
        console.at("[data-limit=warn]").fill("1.6")
        console.at("#rule-save").click()
        see(console.at("#save-dialog"), "しきい値の保存")
        assert console.page.evaluate("document.documentElement.scrollWidth") <= 390
        low = "[...document.querySelectorAll('#save-dialog button, #save-dialog input, #dry-form button')]"
        low += ".filter(n => n.offsetHeight < 44).map(n => n.id || n.textContent)"
        assert console.page.evaluate(low) == []
        box = console.at("#save-yes").bounding_box()
        assert box["y"] + box["height"] <= 844


def test_an_exercise_cannot_be_mistaken(console: Console) -> None:
    console.told = {"exercise": True, "version": 9}
    console.open()
    see(console.at("#exercise-tag"), "EXERCISE")
    expect(console.at("body.exercise")).to_be_attached()
    see(console.at("#situation"), "EXERCISE")


def test_nothing_open_says_so(console: Console, mall: Mall) -> None:
    mall.resolve_all()
    console.open()
    see(console.at("#none"), "Nothing needs you.")
    see(console.at("#inbox-list"), "Nothing needs you.")


@pytest.mark.parametrize(("language", "choose"), [("en", "Choose A"), ("ja", "A を実施")])
def test_a_phone_has_enough_on_its_first_screen(
    mall: Mall, browser: Any, advisory: Advisory, language: str, choose: str
) -> None:
    with Console(mall, browser, 390, 844) as console:
        console.set = twin.options_of(advisory, mall.store.time())
        console.open(language)
        see(console.at("#phone-foot"), choose)
        for selector in ("#situation h2", "#plan", ".ocard >> nth=0", "#phone-foot .pri"):
            box = console.at(selector).bounding_box()
            assert 0 <= box["y"] < 844 - 60, selector
        assert console.page.evaluate("document.documentElement.scrollWidth") <= 390
        small = console.page.evaluate(
            "[...document.querySelectorAll('button, .tabs a, summary')]"
            ".filter(n => n.offsetParent && n.offsetHeight < 44).map(n => n.textContent)"
        )
        assert small == []


OVERLAPS = """([over, under]) => {
  const box = (node) => node.getBoundingClientRect(), all = (selector) => [...document.querySelectorAll(selector)];
  const hit = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
  return all(over).flatMap((a) => all(under).filter((b) => a !== b && hit(box(a), box(b))).map((b) => b.textContent));
}"""


def test_no_word_of_the_plan_lies_under_its_scale_or_its_buttons(console: Console) -> None:
    console.open()
    see(console.at("#plan .labels"), "A")
    expect(console.at("#plan .scale .ground")).to_be_attached()
    under = ["#plan .scale .ground, .up .zoom", "#plan .labels .label"]
    wait_for(lambda: console.page.evaluate(OVERLAPS, under) == [], what="the words beside the scale and the buttons")


def test_the_moment_it_was_raised_is_told_off_the_curve(console: Console, mall: Mall) -> None:
    until = mall.store.time()
    start = int(until // 60) * 60
    row = {"people_mean": 60.0, "people_max": 61, "coverage": 1.0, "in": 30, "out": 20}
    minutes = [row | {"at": start - 60 * ago} for ago in range(18, 0, -1)]
    told = {"zone": "hall", "since": until - 1200, "until": until, "step_s": 60, "minutes": minutes}
    console.page.route(re.compile("/zones/hall/history"), lambda route: route.fulfill(json=told))
    console.told = {"raised_at": until - 600, "version": 9}
    console.open()
    see(console.at("#why"), "raised")
    words = console.at("#why text", has_text="raised")
    near = words.evaluate("""(node) => {
      const box = node.getBBox(), curves = [...node.ownerSVGElement.querySelectorAll('.s1, .s2, .exp, .lim')];
      const within = (v, from, size) => v > from - 2 && v < from + size + 2;
      const inside = ({x, y}) => within(x, box.x, box.width) && within(y, box.y, box.height);
      const points = (c) => Array.from({length: 400}, (_, i) => c.getPointAtLength(c.getTotalLength() * i / 399));
      return curves.filter((c) => points(c).some(inside)).length;
    }""")
    assert near == 0
    titles = ["#why text:has(.kb)", "#why text"]
    assert console.page.evaluate(OVERLAPS, titles) == []


def test_old_options_are_grey_and_can_be_read(mall: Mall, browser: Any, advisory: Advisory) -> None:
    with Console(mall, browser, 390, 844) as console:
        console.set = twin.options_of(advisory, mall.store.time() - 95)
        console.open()
        see(console.at(".oldbar"), "Predicted 9")
        assert console.page.evaluate("getComputedStyle(document.querySelector('.old .ocards')).opacity") == "1"
        see(console.at("#phone-foot"), "Choose A")
        expect(console.at("#phone-foot .pri")).to_have_count(0)


def test_an_address_of_no_rule_shows_the_first(console: Console) -> None:
    console.open(more="#rule=nothing")
    see(console.at("#rules h2"), "Density, walkways")


def test_a_day_with_closed_ones_is_not_called_empty(console: Console, mall: Mall, advisory: Advisory) -> None:
    now = mall.store.time()
    mall.resolve_all()
    console.closed = [asdict(advisory.changed(status="resolved", resolved_at=now, ended_by="engine"))]
    console.open(more="#today")
    see(console.at("#inbox-list"), "Cleared by itself")
    expect(console.at("#inbox-list .calm3")).to_have_count(0)


def test_the_keyboard_reaches_every_tab(console: Console) -> None:
    console.open()
    console.at("#tab-open").focus()
    console.page.keyboard.press("ArrowRight")
    expect(console.at("#tab-today")).to_be_focused()
    console.page.keyboard.press("ArrowRight")
    expect(console.at("#tab-rules")).to_have_attribute("aria-selected", "true")
    see(console.at("#rules h2"), "Density, walkways")
    console.page.keyboard.press("ArrowRight")
    expect(console.at("#tab-open")).to_be_focused()
