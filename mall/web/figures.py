"""Plotly figures of one zone: pure functions from views to figures, in the page's colours and language."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gis.density import standard_for
from mall.web.shell import ASSETS, LANGUAGES, texts

FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK JP", sans-serif'
HEAT_TOP = 4.0  # p/m², the fixed scale's end
# position on the scale = p/m² / 4; the steps are the walkway classes' limits
HEAT_STOPS = ((0.0, "A"), (0.039, "A"), (0.095, "B"), (0.15, "C"), (0.2325, "D"), (0.5, "E"), (0.875, "F"), (1.0, "F"))
HOUR_S = 3600.0
MINUTE_S = 60.0
QUARTER_MS = 900_000
LABEL_ROOM = 0.1  # of the axis, between two words at its end
LETTERS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is dressed: the scheme's colour tokens, the language and the time zone."""

    tokens: Mapping[str, str]
    language: str
    timezone: ZoneInfo

    @classmethod
    def of(cls, theme: str, language: str, timezone: ZoneInfo) -> "Look":
        """Choose by name; an unknown scheme is dark, an unknown language English."""
        return cls(
            tokens()["light" if theme == "light" else "dark"], language if language in LANGUAGES else "en", timezone
        )

    def t(self, key: str) -> str:
        """Return a text in the figure's language."""
        return texts(self.language)[key]


@cache
def tokens() -> dict[str, dict[str, str]]:
    """Return the colours of both schemes, read from ``assets/tokens.css``, the one place they stand in."""
    css = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r'\[data-theme="(\w+)"\]\{(.*?)\}', css, flags=re.DOTALL)
    return {name: dict(re.findall(r"--(\w+):(#\w+)", block)) for name, block in blocks}


def hour_chart(  # noqa: PLR0913
    minutes: Sequence[Sequence[float | None]], *, area_m2: float, category: str, now: float, look: Look,
    room_for: float = 0.0,
) -> go.Figure:  # fmt: skip
    """Return a zone's density over the last hour with the limits of its standard; a gap in the minutes is a gap.

    Args:
        minutes: [minute start in UTC seconds, mean people seen or None, share of the zone seen], oldest first.
        area_m2: walkable area of the zone.
        category: category of the zone, which names its standard.
        now: UTC seconds.
        look: colours, language, time zone.
        room_for: a density that the axis must hold besides those of the hour.

    """
    times, densities = _by_minute(minutes, area_m2, now, look.timezone)
    figure = go.Figure(
        go.Scatter(
            x=times, y=densities, mode="lines", connectgaps=False, name=look.t("fact.density"),
            line={"color": look.tokens["ink"], "width": 2},
            hovertemplate="%{y:.2f} " + look.t("unit.density") + "<extra></extra>",
        )
    )  # fmt: skip
    known = [value for value in densities if value is not None]
    top = _add_limits(figure, category, max([room_for, *known]), look)
    _dress(figure, look, height=180)
    figure.update_layout(margin_r=64, hovermode="x unified")
    figure.update_xaxes(tickformat="%H:%M", range=[times[0], times[-1]], dtick=QUARTER_MS)
    figure.update_yaxes(range=[0, top], nticks=4, gridcolor=look.tokens["line"])
    return figure


def clock_times(seconds: Sequence[float], timezone: ZoneInfo) -> list[datetime]:
    """Return UTC seconds as Plotly draws them: clock times of the site without a zone."""
    return [datetime.fromtimestamp(at, tz=timezone).replace(tzinfo=None) for at in seconds]


def _by_minute(
    minutes: Sequence[Sequence[float | None]], area_m2: float, now: float, timezone: ZoneInfo
) -> tuple[list[datetime], list[float | None]]:
    known = {row[0]: _density(row[1], area_m2 * (row[2] or 0.0)) for row in minutes}
    last = now - now % MINUTE_S
    starts = [last - HOUR_S + MINUTE_S * i for i in range(61)]
    densities = [known.get(start) for start in starts]
    return clock_times(starts, timezone), densities


def _density(people: float | None, seen_m2: float) -> float | None:
    return None if people is None or seen_m2 <= 0 else round(people / seen_m2, 3)


def _add_limits(figure: go.Figure, category: str, highest: float, look: Look) -> float:
    """Draw the class limits up to the one above the curve, and return the axis' end."""
    standard = standard_for(category)
    limits = list(standard.limits) if standard else []
    shown = [(limit, LETTERS[i + 1]) for i, limit in enumerate(limits)]
    top = next((limit for limit, _ in shown if limit > 1.05 * highest), highest)
    end = max(top * 1.15, 0.1)
    free = float("inf")
    for limit, letter in reversed(shown):
        if limit > end:
            continue
        color = look.tokens["act"] if letter == "F" else look.tokens["ink3"]
        figure.add_hline(y=limit, line_width=1.25, line_color=color)
        if free - limit >= LABEL_ROOM * top:
            free = limit
            figure.add_annotation(
                x=1, xref="paper", xanchor="left", y=limit, text=f" {letter} > {limit:.2f}", showarrow=False,
                font_color=look.tokens["ink2"],
            )  # fmt: skip
    return end


def heat_chart(heat: Mapping[str, Any], polygon: Polygon, *, look: Look) -> go.Figure:
    """Return the density now inside a zone on the fixed scale; what nobody observes is hatched.

    Args:
        heat: the engine's grid: bounds, cell_m, nx, ny, grid (base64 of little-endian uint16 thousandths of p/m²).
        polygon: the zone in metres.
        look: colours, language, time zone.

    """
    x, y, density = zone_grid(heat, polygon)
    unseen = np.isnan(density) & shapely.contains_xy(polygon, *np.meshgrid(x, y))
    colors = [[position, look.tokens[f"los{letter}"]] for position, letter in HEAT_STOPS]
    limits = [0.31, 1.08, 2.17, 3.5]
    figure = go.Figure(
        go.Heatmap(
            x=x, y=y, z=density, zmin=0.0, zmax=HEAT_TOP, colorscale=colors, hoverongaps=False,
            hovertemplate="%{z:.2f} " + look.t("unit.density") + "<extra></extra>",
            colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": limits, "ticktext": [f"{v:g}" for v in limits]},
        )
    )  # fmt: skip
    figure.add_trace(_hatched(x, y, unseen, cell_m=heat["cell_m"], look=look))
    ring = np.asarray(polygon.exterior.coords)
    outline = {"color": look.tokens["wall"], "width": 1}
    figure.add_scatter(x=ring[:, 0], y=ring[:, 1], mode="lines", line=outline, hoverinfo="skip", showlegend=False)
    _dress(figure, look, height=int(np.clip(60 + 360 * _aspect(polygon), 160, 360)))
    figure.update_layout(dragmode="pan", hovermode="closest")
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure


def _hatched(
    x: NDArray[np.float64], y: NDArray[np.float64], unseen: NDArray[np.bool_], *, cell_m: float, look: Look
) -> go.Scatter:
    """Return hatching over the (ny, nx) cells that nobody observes: one rectangle a run of cells in a row."""
    corners_x: list[float | None] = []
    corners_y: list[float | None] = []
    for row, middle in zip(unseen, y, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
        for first, after in edges.reshape(-1, 2):
            left, right = x[first] - cell_m / 2, x[after - 1] + cell_m / 2
            low, high = middle - cell_m / 2, middle + cell_m / 2
            corners_x += [left, right, right, left, left, None]
            corners_y += [low, low, high, high, low, None]
    hatch = {"shape": "/", "size": 9, "solidity": 0.15, "fgcolor": look.tokens["edge"], "bgcolor": look.tokens["stage"]}
    return go.Scatter(
        x=corners_x, y=corners_y, mode="lines", line={"width": 0}, fill="toself", fillpattern=hatch, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _aspect(polygon: Polygon) -> float:
    x0, y0, x1, y1 = polygon.bounds
    return float((y1 - y0) / (x1 - x0))


def zone_grid(
    heat: Mapping[str, Any], polygon: Polygon
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (nx,) x and (ny,) y of cell centres in metres, and (ny, nx) p/m², NaN outside the zone or not observed."""
    milli = np.frombuffer(base64.b64decode(heat["grid"]), dtype="<u2").reshape(heat["ny"], heat["nx"])
    density = np.where(milli == heat["not_observed"], np.nan, milli / 1000.0)
    x = heat["bounds"][0] + (np.arange(heat["nx"]) + 0.5) * heat["cell_m"]
    y = heat["bounds"][1] + (np.arange(heat["ny"]) + 0.5) * heat["cell_m"]
    x0, y0, x1, y1 = polygon.bounds
    columns, rows = (x >= x0) & (x <= x1), (y >= y0) & (y <= y1)
    x, y, density = x[columns], y[rows], density[np.ix_(rows, columns)]
    inside = shapely.contains_xy(polygon, *np.meshgrid(x, y))
    return x, y, np.where(inside, density, np.nan)


def _dress(figure: go.Figure, look: Look, *, height: int) -> None:
    """Apply the page's chart rules."""
    ink3, edge = look.tokens["ink3"], look.tokens["edge"]
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": ink3},
        margin={"l": 36, "r": 12, "t": 8, "b": 24},
        showlegend=False,
        hoverlabel={"bgcolor": look.tokens["raised"], "bordercolor": edge, "font": {"color": look.tokens["ink"]}},
        transition_duration=0,
        uirevision="kept",
        separators=".,",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": ink3, "activecolor": look.tokens["ink"]},
    )
    figure.update_xaxes(showgrid=False, linecolor=edge, ticks="outside", ticklen=4, tickcolor=edge, zeroline=False)
    figure.update_yaxes(zeroline=False)
