"""Ways on the live page: two clicks, the keyboard, undo, incidents, the fire alarm and the evacuation view."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gis.passage import Passage
from mall.models import SensorReading
from mall.plan_state import ItemState
from mall.plan_state.changing import note_contact, set_item
from tests.mall.plan_state.ways_site import opening, zone
from tests.mall.web.small_site import SITE

pytest.importorskip("playwright.sync_api", reason="needs playwright")

from tests.browser.small_mall import CHROMIUM, Mall, is_ours, see, sync_api

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]

CONTACT = '[[contact]]\nid = "fire"\nkind = "fire_alarm"\nlevel = "1f"\nlabel = "Fire panel"\nperiod_s = 3600\n'
WAYS = [
    zone("esc", "escalator", "1f", (22, 12, 24, 20)),
    opening("north", "1f", [[26, 12], [29, 12]], ("hall", None), 3.0),
    opening("west", "1f", [[0, 8.5], [0, 10.5]], ("hall", None), 2.0),
    opening("hall--books", "1f", [[4, 12], [6, 12]], ("hall", "books"), 2.0),
]


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mall]:
    with Mall(tmp_path_factory.mktemp("site"), SITE + CONTACT, more=WAYS) as found:
        tell_fire(found, is_on=False)
        yield found


def tell_fire(mall: Mall, *, is_on: bool) -> None:
    now, [fire] = mall.store.time(), mall.site.contacts
    mall.seq += 1
    mall.store.accept_reading(SensorReading("fire", "contact", float(is_on), mall.seq, now, now, simulated=False))
    note_contact(mall.store, fire, is_active=is_on, now=now)


@pytest.fixture
def page(browser: Any, mall: Mall, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, height = getattr(request, "param", (1440, 900))
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script("localStorage.setItem('mall.name', 'Mori'); localStorage.setItem('mall.language', 'en')")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if is_ours(asked.url, mall) else complaints.append(asked.url))
    page.goto(mall.url)
    sync_api.expect(way(page, "west")).to_be_visible()
    yield page
    context.close()
    assert not complaints


def way(page: Any, item: str) -> Any:
    return page.locator(f'.ways [data-way="{item}"]')


def mode(mall: Mall, item: str) -> str:
    state = mall.store.read_plan_state().items.get(item)
    return state.passage.mode if state else "open"


@pytest.mark.parametrize("page", [(1440, 900), (390, 844)], indirect=True, ids=["desk", "phone"])
def test_two_clicks_close_a_door_and_one_takes_it_back(page: Any, mall: Mall) -> None:
    way(page, "west").click()
    page.locator('.pop [data-mode="closed"]').click()
    see(way(page, "west"), "Closed")
    see(page.locator("#ways-toast"), "Hall, exit: Closed")
    assert mode(mall, "west") == "closed"
    assert mall.store.read_plan_state().items["west"].who == "console:Mori"
    page.locator("#ways-toast button", has_text="Undo").click()
    sync_api.expect(page.locator('.ways [data-way="west"].open')).to_be_visible()
    assert mode(mall, "west") == "open"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_the_keyboard_reaches_every_way(page: Any, mall: Mall) -> None:
    page.locator('.ways [tabindex="0"]').focus()
    for _ in range(6):
        if page.evaluate("document.activeElement.dataset.way") == "esc":
            break
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.way") == "esc"
    page.keyboard.press("Enter")
    sync_api.expect(page.locator('.pop [data-mode="open"]')).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    see(way(page, "esc"), "Stopped")
    assert mode(mall, "esc") == "stopped"
    assert page.evaluate("document.activeElement.dataset.way") == "esc"
    way(page, "esc").click()
    page.locator('.pop [data-mode="open"]').click()
    sync_api.expect(page.locator('.ways [data-way="esc"].open')).to_be_visible()


def set_by_sato(mall: Mall, passage: Passage) -> None:
    now = mall.store.time()
    set_item(mall.store, ItemState("north", passage, "console:Sato", "x", now), expected_version=None, now=now)


def test_the_second_of_two_operators_is_told_who_was_first(page: Any, mall: Mall) -> None:
    way(page, "north").click()
    now = mall.store.time()
    set_item(
        mall.store, ItemState("north", Passage("closed"), "console:Sato", "x", now), expected_version=None, now=now
    )
    page.locator('.pop [data-mode="closed"]').click()
    see(page.locator("#ways-toast"), "Sato has just changed it")
    see(way(page, "north"), "Closed")
    set_by_sato(mall, Passage())
    sync_api.expect(page.locator('.ways [data-way="north"].open')).to_be_visible()


def test_an_incident_is_put_where_one_clicks_and_cleared(page: Any, mall: Mall) -> None:
    page.locator("#report").click()
    page.locator('.pop [data-kind="spill"]').click()
    see(page.locator("#placing"), "Spill: click the place")
    page.locator('.plan [data-zone="hall"]').click()
    spill = page.locator(".ways [data-incident]")
    see(spill, "Spill")
    [incident] = mall.store.read_plan_state().active_incidents(mall.store.time())
    assert (incident.kind, incident.zone, incident.who) == ("spill", "hall", "console:Mori")
    spill.click()
    page.locator(".pop button", has_text="Mark as cleared").click()
    sync_api.expect(spill).to_have_count(0)


def test_exit_times_stand_in_the_header_and_below_the_plan(page: Any, mall: Mall) -> None:
    see(page.locator("#kpi-exit .v"), "people known on 26 %")  # of 360 m² of hall and 600 m² of plaza, mostly
    mall.plaza_at = mall.store.time()
    # 24 people each in hall, plaza and escalator; the 3 m door assumed closed, 2 m x 60 p/m/min left; the rest unknown
    see(page.locator("#kpi-exit .l"), "Hall closed")
    see(page.locator("#kpi-exit .v"), "≥ 0.6 min")
    see(page.locator("#strip-exits"), "assumed closed")
    mall.plaza_at = None


@pytest.mark.parametrize("page", [(1440, 900), (390, 844)], indirect=True, ids=["desk", "phone"])
def test_the_fire_alarm_opens_the_evacuation_view(page: Any, mall: Mall) -> None:
    tell_fire(mall, is_on=True)
    see(page.locator("#alarm"), "Fire alarm since")
    see(page.locator("#alarm"), "Fire panel")
    see(page.locator("#evacuation-body"), "people last known in")
    see(page.locator('#evacuation-body tr:has(.t:text-is("Hall"))'), "97")
    assert "view=evacuation" in page.url
    sync_api.expect(page.locator(".plan .way-line")).to_have_attribute("d", re.compile("^M"))
    page.locator('[data-stepfree="1"]').click()
    sync_api.expect(page.locator('[data-stepfree="1"]')).to_have_attribute("aria-pressed", "true")
    page.locator("#evacuation-toggle").click()
    sync_api.expect(page.locator("#evacuation")).to_be_hidden()
    see(page.locator("#alarm"), "Fire alarm since")  # left, not over
    tell_fire(mall, is_on=False)
    sync_api.expect(page.locator("#alarm")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_the_evacuation_view_has_an_address(page: Any, mall: Mall) -> None:
    page.goto(f"{mall.url}/?view=evacuation")
    see(page.locator("#evacuation-body"), "people last known in")
    see(page.locator("#alarm"), "Evacuation view")


def test_every_private_page_tells_the_fire_alarm_and_leads_to_the_ways_out(page: Any, mall: Mall) -> None:
    alarm = {"id": "f", "rule": "fire-alarm", "status": "new", "raised_at": mall.store.time()}
    page.route("**/api/v1/advisories", lambda route: route.fulfill(json=[alarm]))
    page.goto(f"{mall.url}/tenant")
    link = page.locator("#alarm-link")
    see(link, "Fire alarm since")
    link.click()
    see(page.locator("#evacuation-body"), "people last known in")
    sync_api.expect(link).to_have_count(0)


@pytest.mark.parametrize("page", [(1440, 900), (390, 844)], indirect=True, ids=["desk", "phone"])
def test_no_button_of_a_way_lies_over_the_callout(page: Any, mall: Mall) -> None:
    mall.raise_advisory()
    sync_api.expect(page.locator(".plan .call rect")).to_be_attached()
    lies_over = page.evaluate("""() => {
      const box = (selector) => [...document.querySelectorAll(selector)].map((node) => node.getBoundingClientRect());
      const [call] = box('.plan .call rect'), tools = box('.map .tools > *');
      const hit = (b) => b.left < call.right && b.right > call.left && b.top < call.bottom && b.bottom > call.top;
      return [...box('.ways .way:not(.quiet) .plate'), ...tools].filter(hit).length;
    }""")
    assert lies_over == 0
    mall.resolve_all()
