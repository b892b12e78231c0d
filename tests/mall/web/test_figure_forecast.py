"""The next hour on the chart of a zone, by hand."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mall.forecast.shape import Forecast, Step
from mall.models import pack
from mall.store import MemoryStore
from mall.web.figure_forecast import add_forecast, highest_ahead
from mall.web.figures import Look, hour_chart
from mall.web.forecast_api import stored_forecast
from mall.web.live_page import zone_charts
from tests.mall.web.small_site import write_site

NOW = 1_795_239_127.0  # 2026-11-21 14:32:07 JST
QUARTER = NOW - NOW % 900  # 14:30
LOOK = Look.of("dark", "en", ZoneInfo("Asia/Tokyo"))


def made(**changes: Any) -> Forecast:
    steps = tuple(Step(QUARTER + 900 * n, 20.0 * n - 10, 20.0 * n, 20.0 * n + 10, n >= 4) for n in range(1, 8))
    return replace(Forecast("hall", NOW - 60, steps, method="weekly"), **changes)


def drawn(forecast: Forecast, *, area_m2: float = 40.0) -> tuple[Any, dict[str, str] | None]:
    minutes, most = [[NOW - NOW % 60 - 60, 20.0, 1.0]], highest_ahead(forecast, area_m2=area_m2, now=NOW)
    figure = hour_chart(minutes, area_m2=40.0, category="concourse", now=NOW, look=LOOK, room_for=most)
    return figure, add_forecast(figure, forecast, area_m2=area_m2, now=NOW, look=LOOK)


def test_the_hour_ahead_is_dotted_with_its_band_at_the_middles_of_its_steps() -> None:
    figure, told = drawn(made())
    low, high, line = figure.data[1:]
    # Middles 14:52:30 to 15:22:30; that of the fourth quarter, 15:37:30, is more than an hour ahead.
    assert [f"{t:%H:%M:%S}" for t in line.x] == ["14:52:30", "15:07:30", "15:22:30"]
    assert list(line.y) == [0.5, 1.0, 1.5]
    assert list(low.y) == [0.25, 0.75, 1.25]
    assert list(high.y) == [0.75, 1.25, 1.75]
    assert (line.line.dash, high.fill, high.fillcolor) == ("2px,3px", "tonexty", "rgba(241,245,248,0.12)")
    assert figure.layout.xaxis.range[1] == datetime(2026, 11, 21, 15, 32, 7)
    assert figure.layout.yaxis.range[1] >= 1.75
    assert [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1] == [2.17, 1.08, 0.72, 0.43, 0.31]
    assert told == {
        "en": "Dotted: forecast, 80\u00a0% interval, not yet validated",
        "ja": "点線：予測、80\u00a0% 区間、未検証",
    }


def test_a_sample_is_marked() -> None:
    _, told = drawn(made(is_sample=True))
    assert told is not None
    assert told["en"].endswith(", sample")
    assert told["ja"].endswith("、見本")


@pytest.mark.parametrize(
    "forecast",
    [made(at=NOW - 1801), made(at=NOW + 60), made(steps=()), made(steps=made().steps[5:])],
    ids=["old", "of a clock set back", "none", "nothing of that hour"],
)
def test_what_is_not_fresh_is_not_drawn(forecast: Forecast) -> None:
    figure, told = drawn(forecast)
    assert told is None
    assert len(figure.data) == 1


def test_the_drawer_says_what_the_dotted_line_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, store = write_site(tmp_path), MemoryStore(clock=lambda: NOW)
    minutes = {"hall": [[NOW - NOW % 60 - 60, 20.0, 1.0]]}
    monkeypatch.setattr("mall.web.live_page.last_hour", lambda *_: minutes)
    assert "none was made in the last 30 min" in str(zone_charts(site, store, {"zone": "hall"}))
    store.write_forecast("1f", pack({"hall": made().to_row()}))
    assert stored_forecast(store, "1f", "hall") is not None
    charts = str(zone_charts(site, store, {"zone": "hall", "language": "ja"}))
    assert "live-forecast" in charts
    assert "点線：予測" in charts
    store.write_forecast("1f", b'{"hall": 5}')
    assert "live-hour" in str(zone_charts(site, store, {"zone": "hall"})), "a damaged forecast hides no chart"


@pytest.mark.parametrize(
    ("forecast", "en", "ja"),
    [
        (Forecast("hall", NOW - 60, none_reason="short_history"), "less than a day of history", "履歴が1日に満たない"),
        (Forecast("hall", NOW - 60, none_reason="no_recent_value"), "no value in the last day", "過去1日に値がない"),
        (Forecast("hall", NOW - 60, none_reason="unreadable"), "the history cannot be read", "履歴を読み取れない"),
        (made(at=NOW - 1801), "none was made in the last 30 min", "過去30分に予測が作成されていない"),
        (made(steps=made().steps[5:]), "nothing is known of these times", "この曜日・時刻の履歴がない"),
    ],
)
def test_the_drawer_says_why_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forecast: Forecast, en: str, ja: str
) -> None:
    site, store = write_site(tmp_path), MemoryStore(clock=lambda: NOW)
    monkeypatch.setattr("mall.web.live_page.last_hour", lambda *_: {"hall": [[NOW - NOW % 60 - 60, 20.0, 1.0]]})
    store.write_forecast("1f", pack({"hall": forecast.to_row()}))
    told = {lang: str(zone_charts(site, store, {"zone": "hall", "language": lang})) for lang in ("en", "ja")}
    assert f"No forecast of the next hour: {en}" in told["en"]
    assert f"次の 1 時間の予測なし：{ja}" in told["ja"]
