"""From a history through the forecast in the store and the engine to the advisory and its words, by hand."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from mall.forecast.series import Series
from mall.reading.forecasting import Forecasting
from mall.views.operator import read_operator_view
from tests.mall.reading.played import Play, is_when, stand
from tests.mall.reading.test_rules_of_use import row_of
from tests.mall.scene import T0

QUARTER, WEEK_S = 900, timedelta(weeks=1).total_seconds()


def people(t: np.ndarray, opens_h: float) -> np.ndarray:
    """Return ten people more every quarter from the opening on, for ten of them; then as many less; closed: nobody."""
    since = (t % 86_400 - opens_h * 3600) / QUARTER
    return np.where(since < 0, 0.0, np.clip(np.minimum(10 * since, 200 - 10 * since), 0.0, None))


def played(opens_h: float, history_s: float) -> tuple[Play, dict[str, Any]]:
    """Play ten minutes from eight in the morning; return the play and what was forecast for the zone."""
    drawn = row_of("shop", capacity=72)
    play = Play(type(drawn)(drawn.levels, drawn.zones[:1]), step_s=4.0)
    t = np.arange(T0 - history_s, T0, QUARTER)
    past = Series("z0", t, people(t, opens_h), "UTC", QUARTER)
    work = Forecasting({"1f": ["z0"]}, play.store, lambda _zone, since, until: between(past, since, until))
    for _ in range(60):
        work.piece(T0 + 80.0)
    play.run(600.0, stand([(2.0, 2.0)]))
    return play, json.loads(play.store.read_forecast("1f") or b"{}")["z0"]


def between(past: Series, since: float, until: float) -> Series:
    kept = (past.t >= since) & (past.t < until)
    return Series(past.zone, past.t[kept], past.value[kept], past.timezone, past.step_s)


def test_a_shop_that_fills_every_morning_is_told_before_it_is_full() -> None:
    """Opens at seven: 72 are there 7.2 quarters later, in the middles of steps 115.5 min after, 55.5 min from eight.

    The forecast is made at second 80, first looked at by second 124, and told 120 s later.
    """
    play, told = played(7.0, 10 * WEEK_S)
    assert told["method"] == "weekly"
    assert is_when(play.turns["forecast-full", "z0"], [(244.0, "watch")], late_s=4.0)
    facts = play.facts("forecast-full", "z0")
    assert facts["time_to_limit_s"] + 244.0 == pytest.approx(55.5 * 60, abs=120.0)
    earliest, latest = facts["range_s"]
    assert earliest <= facts["time_to_limit_s"] <= (latest or 1e9)
    (shown,) = [a for a in read_operator_view(play.site, play.store)["advisories"] if a["rule"] == "forecast-full"]
    assert "80 % interval" in shown["why"]["en"].replace("\u00a0", " ")
    assert "80 % 予測区間" in shown["why"]["ja"].replace("\u00a0", " ")


def test_hours_in_which_it_is_closed_are_forecast_as_nobody_and_raise_nothing() -> None:
    play, told = played(20.0, 10 * WEEK_S)
    assert max(step[2] for step in told["steps"] if step[0] < T0 + 6 * 3600) < 1.0
    assert play.turns == {}


def test_a_new_site_says_why_there_is_none_and_raises_nothing() -> None:
    play, told = played(7.0, 20 * 3600.0)
    assert (told["steps"], told["none_reason"]) == ([], "short_history")
    assert play.turns == {}
