"""The engine's forecasts, piece by piece on a clock moved by hand."""

import json
from typing import Any

import numpy as np
import pytest

from mall.errors import MallError, StoreError
from mall.forecast.making import forecast
from mall.forecast.series import Series
from mall.forecast.shape import day_horizons
from mall.reading.forecasting import AFTER_S, EVERY_S, Forecasting
from mall.store import MemoryStore
from tests.mall.forecast.scenes import MONDAY, WEEK, noisy

NOW = MONDAY + 8 * WEEK + 9 * 3600 + 80


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


class Archive:
    """Histories of zones that are known beforehand; asked for more than is there it fails as a damaged file does."""

    def __init__(self, whole: dict[str, Series]) -> None:
        self.whole, self.asked = whole, []

    def __call__(self, zone: str, since: float, until: float) -> Series:
        self.asked.append(zone)
        if zone not in self.whole:
            raise MallError(f"history of {zone}: damaged")
        whole = self.whole[zone]
        kept = (whole.t >= since) & (whole.t < until)
        return Series(zone, whole.t[kept], whole.value[kept], whole.timezone, whole.step_s)


def stand(zones: dict[str, list[str]], whole: dict[str, Series]) -> tuple[Forecasting, MemoryStore, Archive, Clock]:
    clock = Clock()
    store, archive = MemoryStore(clock=clock), Archive(whole)
    return Forecasting(zones, store, archive), store, archive, clock


def run(work: Forecasting, clock: Clock, pieces: int = 60) -> None:
    for _ in range(pieces):
        work.piece(clock.now)


def read(store: MemoryStore, level: str) -> dict[str, Any]:
    return json.loads(store.read_forecast(level) or b"{}")


def test_every_zone_of_every_level_is_told() -> None:
    whole = noisy(10, 1, step_s=900)
    work, store, _, clock = stand({"1f": ["a", "b"], "2f": ["c"]}, dict.fromkeys("abc", whole))
    run(work, clock)
    assert set(read(store, "1f")) == {"a", "b"}
    assert set(read(store, "2f")) == {"c"}
    expected = forecast(whole, NOW, day_horizons(NOW, "UTC"))
    steps = read(store, "1f")["a"]["steps"]
    assert [step[0] for step in steps] == [step.t for step in expected.steps]
    # Later horizons are learned by the hour only: nearly the same.
    told, exact = np.array([step[2] for step in steps]), np.array([step.likely for step in expected.steps])
    assert np.abs(told[:6] - exact[:6]).max() < 0.006
    assert np.abs(told - exact).mean() < 0.02 * exact.mean()


def test_a_history_that_cannot_be_read_leaves_the_others_alone() -> None:
    work, store, _, clock = stand({"1f": ["broken", "a"]}, {"a": noisy(9, 1, step_s=900)})
    run(work, clock)
    told = read(store, "1f")
    assert (told["broken"]["steps"], told["broken"]["none_reason"]) == ([], "unreadable")
    assert told["a"]["steps"]


def test_a_round_each_quarter_of_an_hour_after_its_minutes_are_in() -> None:
    work, store, archive, clock = stand({"1f": ["a"]}, {"a": noisy(9, 1, step_s=900)})
    run(work, clock)
    assert archive.asked == ["a"]
    clock.now = NOW - NOW % EVERY_S + EVERY_S + AFTER_S - 1
    run(work, clock)
    assert archive.asked == ["a"]
    clock.now += 1
    run(work, clock)
    assert archive.asked == ["a", "a"]
    assert read(store, "1f")["a"]["at"] == clock.now


def test_a_model_is_kept_for_a_day_and_then_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from mall.reading import forecasting

    made: list[float] = []
    true_learning = forecasting.learning

    def noted(series: Series, now: float, *rest: Any) -> Any:
        made.append(now)
        return true_learning(series, now, *rest)

    monkeypatch.setattr(forecasting, "learning", noted)
    work, store, _, clock = stand({"1f": ["a"]}, {"a": noisy(12, 1, step_s=900)})
    for hours in (0, 1, 12, 23, 24.5, 25):
        clock.now = NOW + hours * 3600
        run(work, clock)
        assert read(store, "1f")["a"]["method"] == "weekly"
    assert [(each - NOW) / 3600 for each in made] == [0, 24.5]


def test_a_new_site_is_learned_as_soon_as_it_can_be() -> None:
    work, store, _, clock = stand({"1f": ["a"]}, {"a": noisy(2, 1, step_s=900)})
    found = []
    for days in (0.5, 1.5, 4):
        clock.now = MONDAY + days * 86_400 + 80
        run(work, clock)
        found.append((read(store, "1f")["a"]["method"], read(store, "1f")["a"]["none_reason"]))
    assert found == [("none", "short_history"), ("last", None), ("daily", None)]


def test_a_clock_set_back_does_not_stop_it() -> None:
    work, _, archive, clock = stand({"1f": ["a"]}, {"a": noisy(9, 1, step_s=900)})
    run(work, clock)
    clock.now -= 7200
    run(work, clock)
    assert len(archive.asked) == 2


def test_a_store_that_does_not_answer_is_for_the_engine_to_say() -> None:
    work, store, _, clock = stand({"1f": ["a"]}, {"a": noisy(9, 1, step_s=900)})
    write = store.write_forecast

    def silent(*_: object) -> None:
        raise StoreError("away")

    store.write_forecast = silent  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        run(work, clock)
    store.write_forecast = write  # type: ignore[method-assign]
    run(work, clock)
    assert read(store, "1f")["a"]["steps"]
