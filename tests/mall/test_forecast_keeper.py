"""Forecasts out of the memory on disk: of an invented past, of recorded quarter-hours, by the thread."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mall import forecast_keeper
from mall.config import SAMPLE_SITE
from mall.errors import StoreError
from mall.forecast_keeper import ForecastKeeper, past_of
from tests.mall.history.scene import START, Mall

QUARTER = 900


@dataclass
class Row:
    at: int
    people_mean: float | None
    origin: str


def rows(count: int, origin: str, first: int = 0) -> list[Row]:
    return [Row((first + n) * QUARTER, float(n), origin) for n in range(count)]


@pytest.mark.parametrize(
    ("found", "taken", "is_sample"),
    [
        ([], 0, False),
        (rows(10, "recorded"), 10, False),
        (rows(10, "simulated"), 10, True),
        (rows(3000, "sample") + rows(10, "recorded", 3000), 3010, True),
        (rows(3000, "sample") + rows(2015, "recorded", 3000), 5015, True),
        (rows(3000, "sample") + rows(2016, "recorded", 3000), 2016, False),
        ([Row(0, None, "recorded"), *rows(5, "recorded", 1)], 5, False),
    ],
)
def test_what_is_invented_counts_only_until_enough_is_recorded(found: list[Row], taken: int, is_sample: bool) -> None:
    series = past_of(lambda *_: found, "Asia/Tokyo")("hall", 0, 1)
    assert (len(series.t), series.is_sample, series.timezone, series.step_s) == (taken, is_sample, "Asia/Tokyo", 900)


def awaited(mall: Mall) -> dict[str, Any]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if text := mall.store.read_forecast("1f"):
            return json.loads(text)
        time.sleep(0.02)
    raise AssertionError("no forecast was written")


def test_the_thread_tells_every_zone_from_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_keeper, "PIECE_PAUSE_S", 0.0)
    mall = Mall(tmp_path, START + 4 * 3600)
    counts = SAMPLE_SITE / "pedestrians.parquet"
    (mall.site.folder / counts.name).write_bytes(counts.read_bytes())
    mall.live(20)
    mall.work.turn()
    keeper = ForecastKeeper(mall.site, mall.store, mall.root, first_after_s=0.0)
    keeper.start()
    assert mall.store.read_forecast("1f") is None
    keeper.lead(leads=True)
    told = awaited(mall)
    keeper.close()
    assert set(told) == {zone.id for zone in mall.site.plan.zones_on("1f")}
    hall = told["hall"]
    assert (hall["method"], hall["is_sample"], hall["is_validated"]) == ("weekly", True, False)
    assert not any(step[4] for step in hall["steps"])
    # 13:20 in Tokyo: the invented mall is open until 21:00 and empty after.
    assert max(step[2] for step in hall["steps"]) > 1
    assert hall["steps"][-1][2] < 0.5
    assert told["wc"]["none_reason"] == "short_history"


def test_what_goes_wrong_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mall = Mall(tmp_path)
    keeper = ForecastKeeper(mall.site, mall.store, mall.root)
    monkeypatch.setattr(keeper, "_begun", lambda: (_ for _ in ()).throw(RuntimeError("broken")))
    assert keeper._turn() > 10
    monkeypatch.undo()
    monkeypatch.setattr(mall.store, "time", lambda: (_ for _ in ()).throw(StoreError("away")))
    assert 0 < keeper._turn() < 10
    monkeypatch.undo()
    assert keeper._turn() < 1
    keeper.close()
