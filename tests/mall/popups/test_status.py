"""Sensor health: states by age, limits, and no value where none is fresh."""

from zoneinfo import ZoneInfo

import pytest

from mall.models import SensorReading
from mall.popups.status import beyond_limit, sensor_statuses, status_of
from mall.site_base import Sensor
from mall.site_file import Popup

SPEC = Sensor(id="co2", kind="co2", unit="ppm", low=350.0, high=1000.0, period_s=10.0)


def heard(value: float, received_at: float = 1000.0, **changes: object) -> SensorReading:
    return SensorReading("kit", "co2", value, 1, received_at, received_at, simulated=False, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "state", "value"),
    [
        (0.0, "live", 500.0),
        (25.0, "live", 500.0),
        (25.1, "stale", 500.0),
        (100.0, "stale", 500.0),
        (100.1, "offline", None),
    ],
)
def test_state_by_age(age: float, state: str, value: float | None) -> None:
    row = status_of(SPEC, heard(500.0), now=1000.0 + age).to_row()
    assert (row["state"], row["value"], row["age_s"]) == (state, value, pytest.approx(age))


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("inside", 0.0, None),
        ("entries", 0.0, None),
        ("inside", 2.0, 2.0),
        ("door", 0.0, 0.0),
        ("temperature", 0.0, 0.0),
    ],
)
def test_nobody_inside_is_told_only_while_it_is_live(kind: str, value: float, shown: float | None) -> None:
    spec = Sensor.model_validate({"id": "s", "kind": kind, "period_s": 10.0})
    assert status_of(spec, heard(value), now=1001.0).to_row()["value"] == value
    old = status_of(spec, heard(value), now=1060.0).to_row()
    assert (old["state"], old["value"]) == ("stale", shown)


def test_never_seen_is_unknown_and_not_zero() -> None:
    popup = Popup.model_validate({"id": "kit", "pitch": "p", "simulated": True, "sensor": [SPEC]})
    row = sensor_statuses([popup], {}, now=1.0)["kit"]["co2"].to_row()
    assert (row["state"], row["value"], row["age_s"], row["simulated"]) == ("unknown", None, None, True)


@pytest.mark.parametrize(("value", "beyond"), [(349.9, "low"), (350.0, None), (1000.0, None), (1000.1, "high")])
def test_limits(value: float, beyond: str | None) -> None:
    assert beyond_limit(SPEC, value) == beyond
    assert status_of(SPEC, heard(value), now=1000.0).beyond == beyond


def test_a_sensor_without_limits_is_never_beyond_them() -> None:
    assert beyond_limit(Sensor(id="s", kind="power"), 1e9) is None
    assert status_of(Sensor(id="s", kind="power"), heard(1.0), now=1000.0).limit is None


@pytest.mark.parametrize(("now", "state"), [(999.0, "unknown"), (1000.0, "live"), (1010.0, "unknown")])
def test_nobody_listens_outside_a_popups_dates(now: float, state: str) -> None:
    begins, ends = "1970-01-01T00:16:40+00:00", "1970-01-01T00:16:50+00:00"  # 1000 and 1010 s
    popup = Popup.model_validate({"id": "kit", "pitch": "p", "from": begins, "to": ends, "sensor": [SPEC]})
    popup.place_in_time(ZoneInfo("UTC"))
    row = sensor_statuses([popup], {("kit", "co2"): heard(500.0, now)}, now=now)["kit"]["co2"].to_row()
    assert row["state"] == state
