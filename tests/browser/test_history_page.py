"""The history page in a real browser: gaps stay gaps, days are the site's days, the export is what is shown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.small_mall import CHROMIUM, WAIT_MS, Mall, is_ours, see, sync_api
from tests.mall.web.small_site import SITE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on PATH"),
]
expect = sync_api.expect
QUARTER = 900


class Reader:
    """The page; ``known`` are the quarter-hours of a day that have figures, ``asked`` what the interface was asked."""

    def __init__(self, mall: Mall, browser: Any, width: int = 1440, height: int = 900) -> None:
        self.mall, self.asked = mall, list[dict[str, str]]()
        self.known, self.origin, self.status = list(range(96)), "recorded", 200
        self.origins: dict[int, str] = {}
        self.left_out: list[str] = []
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda r: None if is_ours(r.url, mall) else self.complaints.append(r.url))
        self.page.route(re.compile(r"/api/v1/history"), self._answer)

    def _answer(self, route: Any) -> None:
        asked = {key: values[0] for key, values in parse_qs(urlsplit(route.request.url).query).items()}
        self.asked.append(asked)
        since = int(asked["since"])
        rows = [
            {"zone": asked["zones"], "at": since + QUARTER * i, "people_mean": 10.0 + i, "people_max": 12 + i}
            | {
                "count_in": 3,
                "count_out": 2,
                "coverage": 1.0,
                "watched": 1.0,
                "origin": self.origins.get(i, self.origin),
            }
            for i in self.known
        ]
        told = {"rows": rows, "left_out": self.left_out, "archive": "here", "origins": [self.origin]}
        route.fulfill(status=self.status, json=told if self.status == 200 else {"detail": "The memory is silent."})

    def open(self, more: str = "", language: str = "en") -> "Reader":
        self.page.goto(f"{self.mall.url}/history?lang={language}&theme=light{more}", wait_until="load")
        return self

    def at(self, selector: str) -> Any:
        return self.page.locator(selector)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.complaints == []


@pytest.fixture
def reader(mall: Mall, browser: Any) -> Iterator[Reader]:
    with Reader(mall, browser) as found:
        yield found


DAY = "#zone=hall&range=day&from=2026-11-20&step=15m"


def test_a_day_is_told_with_its_sums(reader: Reader) -> None:
    reader.open(DAY)
    # means 10 … 105: 57.5; the most 12 + 95 = 107 at 23:45; 96 × 3 in, 96 × 2 out
    see(reader.at("#headline"), "most people Fri 20 Nov 23:45, 105 on average")
    for key, words in (("mean", "57.5"), ("peak", "107"), ("in", "288"), ("out", "192"), ("watched", "100")):
        see(reader.at(f"#figure-{key}"), words)
    assert reader.at("#chart .gap").count() == 0
    # midnight in Tokyo is 15:00 UTC of the day before
    assert int(reader.asked[-1]["since"]) == 1_795_100_400
    assert int(reader.asked[-1]["until"]) - int(reader.asked[-1]["since"]) == 86_400


def test_what_is_missing_is_a_gap_and_no_zero(reader: Reader) -> None:
    reader.known = [*range(40), *range(60, 96)]
    reader.open(DAY)
    see(reader.at("#figure-in"), "incomplete: 76 of 96 steps")
    assert reader.at("#chart .gap").count() == 2  # of people, and of counts
    assert reader.at("#chart .s1").evaluate("node => node.getAttribute('d').split('M').length - 1") == 2
    see(reader.at("#keys"), "no data")


def test_nothing_kept_and_nothing_read_are_two_things(reader: Reader) -> None:
    reader.known, reader.left_out = [], ["2026-11-20.parquet"]
    reader.open(DAY)
    see(reader.at("#foot"), "Left out because they are damaged: 2026-11-20.parquet")
    see(reader.at("#headline"), "nothing is kept")
    see(reader.at("#figure-mean"), "–")
    reader.status = 503
    reader.at("#back").click()
    see(reader.at("#chart [role=alert]"), "The store does not answer")
    see(reader.at("#headline"), "could not be read")


def test_an_invented_past_is_called_sample(reader: Reader) -> None:
    reader.origin = "sample"
    reader.open(DAY)
    see(reader.at("#source-tags"), "SAMPLE")
    see(reader.at("#origin"), "Invented sample history")


def test_invented_figures_join_no_real_ones(reader: Reader) -> None:
    reader.origins = dict.fromkeys(range(48), "sample")
    reader.open(DAY)
    # the real half alone: means 58 … 105, 48 × 3 in
    see(reader.at("#figure-mean"), "81.5")
    see(reader.at("#figure-in"), "144")
    see(reader.at("#origin"), "left out of the figures")
    assert reader.at("#chart .s1").evaluate("node => node.getAttribute('d').split('M').length - 1") == 2
    assert reader.at("#chart .invented").count() == 1


def test_the_export_asks_for_exactly_what_is_shown(reader: Reader) -> None:
    reader.open(DAY)
    see(reader.at("#headline"), "most people")
    link = parse_qs(urlsplit(reader.at("#export").get_attribute("href")).query)
    shown = reader.asked[-1]
    assert {key: values[0] for key, values in link.items()} == shown | {"format": "csv"}


def test_weeks_and_months_walk_by_the_calendar(reader: Reader) -> None:
    reader.open(DAY)
    see(reader.at("#headline"), "most people")
    reader.at("[data-range=week]").click()
    expect(reader.at("#from")).to_have_value("2026-11-16")  # a Monday
    reader.at("[data-range=month]").click()
    reader.at("#back").click()
    expect(reader.at("#from")).to_have_value("2026-10-01")
    assert int(reader.asked[-1]["until"]) - int(reader.asked[-1]["since"]) == 31 * 86_400


def test_the_day_clocks_change_has_its_25_hours(browser: Any, tmp_path: Path) -> None:
    with Mall(tmp_path, SITE.replace("Asia/Tokyo", "Europe/Berlin")) as mall, Reader(mall, browser) as reader:
        reader.open("#zone=hall&range=day&from=2026-10-25&step=15m")
        see(reader.at("#headline"), "most people")
        assert int(reader.asked[-1]["until"]) - int(reader.asked[-1]["since"]) == 25 * 3600


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_phone_does_not_scroll_sideways(mall: Mall, browser: Any, language: str) -> None:
    with Reader(mall, browser, 390, 844) as reader:
        reader.open(DAY, language)
        see(reader.at("#figure-in"), "288")
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_two_dates_are_a_span_whichever_comes_first(reader: Reader) -> None:
    reader.open("#zone=hall&range=custom&from=2026-11-20&to=2026-11-10&step=1d")
    see(reader.at("#headline"), "most people")
    expect(reader.at("#from")).to_have_value("2026-11-10")
    expect(reader.at("#to")).to_have_value("2026-11-20")
    assert int(reader.asked[-1]["until"]) - int(reader.asked[-1]["since"]) == 11 * 86_400


def test_while_the_history_is_read_the_page_says_so(reader: Reader) -> None:
    reader.page.route(re.compile(r"/api/v1/history"), lambda _route: None)  # never answered
    reader.open(DAY)
    see(reader.at("#chart [role=status]"), "Reading the history")
    see(reader.at("#figure-mean"), "…")
