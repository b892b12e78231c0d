"""The calmest hour of today for the public: words and times of day, by hand."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from shapely import box

from gis.floorplan import FloorPlan, Level, Zone
from mall.config import Site
from mall.engine import Engine
from mall.forecast.shape import Forecast, Step
from mall.forecast.uses import together
from mall.models import pack
from mall.plan_state.changing import note_contact
from mall.public_levels import published
from mall.reading.calm_time import CalmTime
from mall.reading.forecast_book import ForecastBook
from mall.site_file import PublicSection, SiteFile
from mall.store import MemoryStore
from tests.mall.scene import Clock

NOON = datetime(2026, 11, 21, 3, tzinfo=UTC).timestamp()  # 12:00 in Tokyo
HALLS = ("north", "south")
SIMULATED: dict[str, dict[str, bool]] = {"recorded": {}, "simulated": {"simulated": True}}


def steps(*by_hour: float, at: float = NOON) -> tuple[Step, ...]:
    """Four quarter-hours of each hour from ``at`` on."""
    each = [value for value in by_hour for _ in range(4)]
    return tuple(Step(at + 900 * n, value - 1, value, value + 1) for n, value in enumerate(each))


def forecast(zone: str, *by_hour: float, **changes: Any) -> Forecast:
    return replace(
        Forecast(zone, NOON, steps(*by_hour), timezone="Asia/Tokyo", method="weekly", trained_on=8.0), **changes
    )


def mall(
    public: dict[str, str] | None = None, *, kind: str = "recorded", contacts: Sequence[dict[str, str]] = ()
) -> Site:
    """Two halls of 100 m2, for 72 people in comfort each, and an office that the public does not see."""
    zones = tuple(
        Zone(name, name, "concourse", "1f", box(20.0 * n, 0, 20.0 * n + 10, 10)) for n, name in enumerate(HALLS)
    )
    office = Zone("office", "Office", "staff", "1f", box(0, 20, 40, 30))
    source = "crowd.jsonl" if kind == "simulated" else "c1.mp4"
    file = SiteFile.model_validate({
        "site": {"id": "test", "name": "Test", "timezone": "Asia/Tokyo"},
        "camera": [{"id": "c1", "source": source, "level": "1f"} | SIMULATED[kind]],
        "public": {"opens": "10:00", "closes": "21:00"} if public is None else public,
        "contact": list(contacts),
    })  # fmt: skip
    return Site(Path("/nowhere"), file, FloorPlan((Level("1f", "1F"),), (*zones, office)))


def told(site: Site, *forecasts: Forecast, now: float = NOON) -> dict[str, Any]:
    written = pack({each.zone: each.to_row() for each in forecasts})
    return CalmTime(site, published(site.plan), ForecastBook({"1f": written}.get)).told(now)


# Together: 12 h 50, 13 h 60, 14 h 40, 15 h 30, 16 h 45. One alone would say 12 h, the other 15 h.
NORTH, SOUTH = forecast("north", 10, 30, 30, 20, 25), forecast("south", 40, 30, 10, 10, 20)
FOUND = {"from": "15:00", "to": "16:00", "sample": False}


@pytest.mark.parametrize(
    ("forecasts", "best"),
    [
        ([NORTH, SOUTH], FOUND),
        ([NORTH, SOUTH, forecast("office", 0, 90, 90, 90, 90)], FOUND),
        ([NORTH], {"from": "12:00", "to": "13:00", "sample": False}),  # half of the comfort capacity is enough
        ([forecast("office", 0, 9)], None),
        ([], None),
        ([replace(NORTH, at=NOON - 1801), replace(SOUTH, at=NOON - 1801)], None),
        ([replace(NORTH, method="last"), replace(SOUTH, method="last")], None),
        ([replace(NORTH, is_sample=True), replace(SOUTH, is_sample=True)], None),
        ([forecast("north", 5, 4)], {"from": "13:00", "to": "14:00", "sample": False}),
        ([replace(NORTH, steps=NORTH.steps[:3])], None),  # less than an hour is left
    ],
)
def test_the_calmest_hour_of_all_that_the_public_sees(forecasts: list[Forecast], best: dict[str, Any] | None) -> None:
    assert told(mall(), *forecasts) == ({} if best is None else {"best": best})


@pytest.mark.parametrize("kind", ["recorded", "simulated"])
def test_a_sample_is_told_of_a_simulated_mall_alone_and_marked(kind: str) -> None:
    sample = [replace(each, is_sample=True) for each in (NORTH, SOUTH)]
    assert told(mall(kind=kind), *sample) == ({"best": FOUND | {"sample": True}} if kind == "simulated" else {})


def test_without_opening_hours_none_is_told() -> None:
    assert told(mall({}), NORTH, SOUTH) == {}


def test_tomorrow_is_not_today() -> None:
    late = NOON + 11.5 * 3600  # 23:30; the mall opens at midnight
    tomorrow = forecast("north", at=late, steps=steps(5, 5, at=late + 1800))
    assert told(mall({"opens": "00:00", "closes": "00:00"}), tomorrow, now=late) == {}


@pytest.mark.parametrize(
    "hours",
    [{"opens": "10:00"}, {"closes": "21:00"}, {"opens": "22:00", "closes": "05:00"}, {"opens": "9", "closes": "21:00"}],
)
def test_hours_that_cannot_be_are_refused(hours: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PublicSection.model_validate(hours)


def test_places_together_have_the_steps_that_all_have() -> None:
    whole = together([NORTH, replace(SOUTH, steps=SOUTH.steps[1:], at=NOON - 60, is_sample=True)])
    assert whole is not None
    assert whole.steps[0] == Step(NOON + 900, 48.0, 50.0, 52.0)
    assert (len(whole.steps), whole.at, whole.is_sample) == (19, NOON - 60, True)
    assert together([]) is None


def test_the_engine_publishes_it_beside_the_words() -> None:
    clock = Clock(NOON)
    store = MemoryStore(clock=clock)
    site = mall()
    store.write_forecast("1f", pack({each.zone: each.to_row() for each in (NORTH, SOUTH)}))
    Engine(site, store).tick()
    published_bytes = store.read_public() or b""
    assert b'"best":{"from":"15:00","to":"16:00","sample":false}' in published_bytes.replace(b" ", b"")


def test_a_fire_alarm_takes_back_at_once_what_the_public_was_told() -> None:
    clock, contact = Clock(NOON), {"id": "fire", "kind": "fire_alarm", "level": "1f"}
    store, site = MemoryStore(clock=clock), mall(contacts=[contact])
    store.write_forecast("1f", pack({each.zone: each.to_row() for each in (NORTH, SOUTH)}))
    store.publish_public(pack({"version": 7, "at": NOON - 20, "zones": {"north": "quiet"}, "best": FOUND}))
    engine = Engine(site, store)
    engine.tick()
    assert json.loads(store.read_public() or b"")["version"] == 7, "not due, and no alarm"
    note_contact(store, site.contacts[0], is_active=True, now=clock.now)
    for _ in range(2):
        clock.now += 1.0
        engine.tick()
    found = json.loads(store.read_public() or b"")
    assert found == {"version": 8, "at": NOON + 1.0, "zones": dict.fromkeys(HALLS, "no_data")}
    note_contact(store, site.contacts[0], is_active=False, now=clock.now)
    for _ in range(70):
        clock.now += 1.0
        engine.tick()
    assert json.loads(store.read_public() or b"")["best"] == FOUND
