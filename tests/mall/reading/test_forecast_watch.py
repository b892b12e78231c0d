"""A place that will likely be full within the hour: from the forecast in the store to the advisory, by hand."""

from dataclasses import replace
from typing import Any

import pytest
from shapely import box

from gis.floorplan import FloorPlan, Level, Zone
from mall.errors import SiteError
from mall.forecast.shape import Forecast, Step
from mall.models import pack
from mall.plan_state.records import ContactState
from mall.reading.forecast_book import ForecastBook
from mall.views.operator import read_operator_view
from tests.mall.reading.test_crowds_live import STEP, Live
from tests.mall.scene import T0, crowd, plan

LIKELY = (30.0, 50.0, 70.0, 90.0, 110.0)
# The plaza has 100 m2: C/D at 0.72 p/m2 is 72 people. From 70 at 52.5 min to 90 at 67.5 min: 72 at 54 min.
# The upper end, 20 more, from 70 at 37.5 min: 72 at 39 min. The lower end, from 70 at 67.5 min: 72 at 69 min.
EARLIEST, LIKELIEST, LATEST = 39 * 60, 54 * 60, 69 * 60


def told(zone: str = "plaza", likely: tuple[float, ...] = LIKELY, half: float = 20.0, **changes: Any) -> Forecast:
    steps = tuple(Step(T0 + 900 * n, max(0.0, v - half), v, v + half) for n, v in enumerate(likely, start=1))
    return replace(Forecast(zone, T0, steps, method="weekly"), **changes)


def write(live: Live, *forecasts: Forecast) -> None:
    live.store.write_forecast("1f", pack({each.zone: each.to_row() for each in forecasts}))


def pass_minutes(live: Live, minutes: int, people: int = 3) -> None:
    """Let a minute pass between two ticks: what is judged by the minute sees no difference."""
    for _ in range(minutes):
        live.clock.now += 60.0 - STEP
        live.tick(crowd(people))


def live_with(*forecasts: Forecast, extra: dict[str, Any] | None = None) -> Live:
    live = Live(plan(), extra)
    write(live, *forecasts)
    return live


def test_a_place_that_will_be_full_within_the_hour_is_told_after_its_on_delay_with_the_range() -> None:
    live = live_with(told())
    pass_minutes(live, 2)
    assert live.open("forecast-full") == []
    pass_minutes(live, 1)
    (advisory,) = live.open("forecast-full")
    assert (advisory.severity, advisory.place) == ("watch", "plaza")
    facts = advisory.facts
    assert (facts["earliest_s"], facts["value"], facts["latest_s"]) == (EARLIEST - 180, LIKELIEST - 180, LATEST - 180)
    assert (facts["limit_people"], facts["limit_kind"], facts["is_validated"]) == (72, "comfort", False)
    assert (facts["people"], facts["made_at"], facts["area_m2"]) == (3, T0, 100.0)
    (shown,) = [row for row in live.shown if row["rule"] == "forecast-full"]
    assert shown["title"]["en"] == "Plaza: likely full within the hour"
    assert "comfort capacity of 72 people is likely reached in 51" in shown["why"]["en"].replace("\u00a0", " ")
    assert "80 % interval: 36–66 min" in shown["why"]["en"].replace("\u00a0", " ")
    assert "not yet validated" in shown["why"]["en"]
    assert "未検証" in shown["why"]["ja"]
    assert "36〜66" in shown["why"]["ja"]


@pytest.mark.parametrize(
    ("forecast", "is_told"),
    [
        (told(likely=(30, 50, 70, 70, 70)), False),  # only the upper end reaches it
        (told(likely=(30, 40, 50, 60, 70, 80)), False),  # likely 84 min ahead
        (told(likely=(30, 50, 70, 90), half=80), True),  # the lower end never does
        (told(is_sample=True), False),
        (told(steps=(), none_reason="short_history"), False),
        (told("elsewhere"), False),
        (told(at=T0 - 1801), False),
        (told(at=T0 + 600), False),  # made after now: the clock was set back
        (told("shop", likely=(30, 50)), False),  # made for 4 people, fewer than 10
    ],
)
def test_what_is_told_and_what_is_not(forecast: Forecast, *, is_told: bool) -> None:
    live = live_with(forecast)
    pass_minutes(live, 5)
    assert bool(live.open("forecast-full")) is is_told
    if is_told:
        (row,) = [row for row in live.shown if row["rule"] == "forecast-full"]
        assert "min or later)" in row["why"]["en"]


@pytest.mark.parametrize("written", [b"", b"[]", b"{", b'{"plaza": 5}', b'{"plaza": {"zone": "plaza"}}'])
def test_forecasts_that_cannot_be_read_are_none(written: bytes) -> None:
    live = Live(plan())
    live.store.write_forecast("1f", written)
    pass_minutes(live, 4)
    assert live.open() == []


@pytest.mark.parametrize("end", ["calm", "full", "none"])
def test_it_ends_where_it_is_not_so_any_more(end: str) -> None:
    live = live_with(told())
    pass_minutes(live, 3)
    assert live.open("forecast-full")
    if end == "calm":
        write(live, told(likely=(3.0,) * 5, half=1.0))
    if end == "none":
        write(live)
    pass_minutes(live, 5, people=80 if end == "full" else 3)
    assert live.open("forecast-full")
    pass_minutes(live, 2, people=80 if end == "full" else 3)
    assert live.open("forecast-full") == []


def test_dangers_go_on_beside_it() -> None:
    """It has a family of its own: neither folds the other, and the end of the forecast ends no danger."""
    alarms = {"limits": {"forecast-full": {"on_delay_s": 0.0, "off_delay_s": 0.0}}}
    live = live_with(told(likely=(700.0,) * 4), extra=alarms)
    pass_minutes(live, 1)
    assert {a.rule for a in live.open()} == {"forecast-full"}
    for _ in range(60):
        live.tick(crowd(190))
    assert "density-walkway" in {a.rule for a in live.open()}
    write(live)
    live.clock.now += 50.0
    for _ in range(60):
        live.tick(crowd(190))
    assert {a.rule for a in live.open()} & {"forecast-full", "density-walkway"} == {"density-walkway"}


def test_a_fire_alarm_silences_it() -> None:
    live = live_with(told(), extra={"contact": [{"id": "fire", "kind": "fire_alarm", "level": "1f", "label": "Panel"}]})
    alarm = {"fire": ContactState("fire", is_active=True, since=T0)}
    assert live.store.put_plan_state(replace(live.store.read_plan_state(), contacts=alarm, version=1), 0)
    pass_minutes(live, 5)
    assert [a.rule for a in live.open()] == ["fire-alarm"]


def test_a_site_sets_its_own_limit_and_a_wrong_one_is_refused() -> None:
    live = live_with(told(), extra={"limits": {"forecast-full": {"watch": 1800.0}}})
    pass_minutes(live, 5)  # 49 min are left
    assert live.open("forecast-full") == []
    with pytest.raises(SiteError, match="forecast-full"):
        Live(plan(), {"limits": {"forecast-full": {"watch": 3600.0, "warn": 3700.0}}})


def test_five_places_of_a_level_are_one_advisory() -> None:
    zones = tuple(Zone(f"z{n}", f"Z{n}", "concourse", "1f", box(12.0 * n, 0, 12.0 * n + 10, 10)) for n in range(5))
    live = Live(FloorPlan((Level("1f", "1F"),), zones))
    write(live, *(told(zone.id) for zone in zones))
    pass_minutes(live, 4)
    (advisory,) = live.open()
    assert (advisory.rule, advisory.severity) == ("level-filling", "watch")
    assert set(advisory.facts["zones"]) == {zone.id for zone in zones}
    (shown,) = read_operator_view(live.site, live.store)["advisories"]
    assert shown["title"]["en"] == "1F: many zones likely full within the hour"


def test_a_book_reads_again_only_what_was_made_anew() -> None:
    kept = {"1f": pack({"plaza": told().to_row()})}
    book = ForecastBook(kept.get)
    first = book.of_level("1f")
    assert first["plaza"].steps[0].likely == 30.0
    assert book.of_level("1f") is first
    kept["1f"] = pack({"plaza": told(likely=(1.0,)).to_row()})
    assert book.of_level("1f")["plaza"].steps[0].likely == 1.0
    assert book.of_level("2f") == {}
