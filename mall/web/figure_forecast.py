"""The next hour on a zone's chart of the last one: a dotted line with its interval as a band."""

from datetime import datetime

import plotly.graph_objects as go

from mall.forecast.shape import Forecast, Step
from mall.forecast.uses import is_fresh
from mall.forecast.wording import Text, caption
from mall.web.figures import HOUR_S, Look, clock_times

BAND_SHARE = 0.12  # of ink
HALF_HOUR_MS = 1_800_000


def highest_ahead(forecast: Forecast, *, area_m2: float, now: float) -> float:
    """Return the highest density of the band in the hour after ``now``, for the chart to have room; 0 of none."""
    return max((step.high / area_m2 for step in _ahead(forecast, area_m2, now)), default=0.0)


def _ahead(forecast: Forecast, area_m2: float, now: float) -> list[Step]:
    if area_m2 <= 0.0 or not is_fresh(forecast, now):
        return []
    half = forecast.step_s / 2
    return [step for step in forecast.steps if now < step.t + half <= now + HOUR_S]


def add_forecast(figure: go.Figure, forecast: Forecast, *, area_m2: float, now: float, look: Look) -> Text | None:
    """Draw what is forecast for the hour after ``now`` as density, and return what to say of it.

    Args:
        figure: the density of the last hour.
        forecast: people of the zone.
        area_m2: walkable area of the zone.
        now: UTC seconds.
        look: colours, language, time zone.

    Returns:
        Words in both languages; None, and nothing drawn, where the forecast is not fresh or tells nothing of that hour.

    """
    steps = _ahead(forecast, area_m2, now)
    if not steps:
        return None
    times = clock_times([step.t + forecast.step_s / 2 for step in steps], look.timezone)
    for trace in _traces(times, steps, area_m2, look):
        figure.add_trace(trace)
    begin, end = clock_times([now, now + HOUR_S], look.timezone)
    figure.add_vline(x=begin, line={"color": look.tokens["ink3"], "width": 1, "dash": "dot"})
    figure.update_xaxes(range=[figure.layout.xaxis.range[0], end], dtick=HALF_HOUR_MS)
    return caption(forecast, is_validated=all(step.is_validated for step in steps))


def _traces(times: list[datetime], steps: list[Step], area_m2: float, look: Look) -> list[go.Scatter]:
    """Return the two ends of the band and the line, in the order in which they are drawn."""
    ends = [[round(end / area_m2, 3) for end in each] for each in ([s.low for s in steps], [s.high for s in steps])]
    low, high = (
        go.Scatter(x=times, y=end, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False) for end in ends
    )
    high.update(fill="tonexty", fillcolor=_faint(look.tokens["ink"]))
    unit = look.t("unit.density")
    line = go.Scatter(
        x=times, y=[round(step.likely / area_m2, 3) for step in steps], mode="lines", name="forecast",
        text=[f"{a:.2f}–{b:.2f}" for a, b in zip(*ends, strict=True)], line={"color": look.tokens["ink"], "width": 2,
        "dash": "2px,3px"}, hovertemplate="%{y:.2f} (%{text}) " + unit + "<extra></extra>",
    )  # fmt: skip
    return [low, high, line]


def _faint(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{BAND_SHARE})"
