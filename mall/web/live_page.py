"""The operator page ``/`` and the wall; Dash draws the charts of the opened zone by one thin callback."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import Dash, dcc, html
from dash.dependencies import Input, Output
from fastapi import FastAPI

from gis.floorplan import Zone
from mall.config import Site
from mall.errors import StoreError
from mall.forecast.uses import is_fresh
from mall.forecast.wording import absent
from mall.plan_state.findings import INCIDENTS
from mall.store import Store
from mall.views.egress import exit_ids
from mall.web import figures, shell
from mall.web import live_markup as markup
from mall.web import ways_markup as ways
from mall.web.describe import describe_site, describe_ways
from mall.web.figure_forecast import add_forecast, highest_ahead
from mall.web.forecast_api import stored_forecast
from mall.web.shell import say
from mall.web.stream import last_hour

SCRIPTS = (
    "stream.js", "plan.js", "plan_operator.js", "plan_ways.js", "live_panels.js", "live_flow.js", "live_drawer.js",
    "ways.js", "evacuation.js", "alarm.js", "live.js",
)  # fmt: skip
WALL_SCRIPTS = (
    "stream.js", "plan.js", "plan_operator.js", "plan_ways.js", "live_panels.js", "evacuation.js", "live.js",
)  # fmt: skip
STYLES = ("ways.css",)
GRAPH_CONFIG = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "modeBarButtonsToRemove": ["toImage", "zoom2d", "autoScale2d"],
    "responsive": True,
}


def page_facts(site: Site) -> dict[str, Any]:
    """Return what the page's scripts know before the first message: the plan, cameras by name, where the bundle is."""
    cameras = [
        {"id": c.id, "label": c.label or c.id, "labels": {"ja": c.label_ja} if c.label_ja else {}, "level": c.level}
        | {"kind": c.kind, "placed": c.is_calibrated}
        for c in site.cameras
    ]
    plotly = shell.asset("vendor/plotly-cartesian.min.js")
    return {
        "site": describe_site(site), "cameras": cameras, "plotly": plotly, "reset_at": site.file.site.reset_at,
        "ways": describe_ways(site), "exits": exit_ids(site),
        "incidents": {kind: {"severity": t.severity, "radius_m": t.radius_m} for kind, t in INCIDENTS.items()},
    }  # fmt: skip


def attach_dash(server: FastAPI, site: Site, store: Store) -> Dash:
    """Attach Dash at ``/``: the page is our own markup, Dash draws what is analysed in it."""
    app = Dash(
        "mallflow",
        server=server,
        assets_folder=str(shell.ASSETS),
        include_assets_files=False,
        use_pages=False,
        pages_folder="",
        title=site.file.site.name,
        update_title=None,
        index_string=index_page(site),
        suppress_callback_exceptions=True,
        enable_mcp=False,
        add_log_handler=False,
    )
    # Callbacks go over plain requests; offered a socket, the page would knock at it again and again.
    app.backend.websocket_capability = False
    app.layout = html.Div([dcc.Store(id="live-zone"), html.Div(id="live-charts")])
    _add_charts(app, site, store)
    return app


def _add_charts(app: Dash, site: Site, store: Store) -> None:
    async def draw(asked: Any) -> Sequence[Any]:
        return await asyncio.to_thread(zone_charts, site, store, asked)

    app.callback(Output("live-charts", "children"), Input("live-zone", "data"), prevent_initial_call=True)(draw)


def zone_charts(site: Site, store: Store, asked: Any) -> Sequence[Any]:
    """Return the two charts of an opened zone; none where nothing, or no such zone, is asked for."""
    asked = asked if isinstance(asked, dict) else {}
    zone = next((z for z in site.plan.zones if z.id == asked.get("zone")), None)
    if zone is None:
        return []
    look = figures.Look.of(str(asked.get("theme")), str(asked.get("language")), site.timezone)
    try:
        minutes = last_hour(store, zone.level).get(zone.id, [])
        heat, now = store.read_heat(zone.level), store.time()
    except StoreError:
        return []
    charts = [_titled("hour", look), *_hour(site, store, zone, Hour(minutes, now, look))]
    if heat is not None:
        figure = figures.heat_chart(json.loads(heat), zone.polygon, look=look)
        charts += [_titled("heat", look), _graph("live-heat", figure)]
    return charts


@dataclass(frozen=True, slots=True)
class Hour:
    """The last hour of a zone, by minute, and how it is drawn."""

    minutes: Sequence[Sequence[float | None]]
    now: float
    look: figures.Look


def _hour(site: Site, store: Store, zone: Zone, hour: Hour) -> list[Any]:
    """Return the chart of the last hour, and of the next one where it is forecast."""
    area_m2, now, look = site.plan.area_m2(zone.id), hour.now, hour.look
    try:
        forecast = stored_forecast(store, zone.level, zone.id)
    except StoreError:
        forecast = None
    most = 0.0 if forecast is None else highest_ahead(forecast, area_m2=area_m2, now=now)
    figure = figures.hour_chart(
        hour.minutes, area_m2=area_m2, category=zone.category, now=now, look=look, room_for=most
    )  # fmt: skip
    if all(density is None for density in figure.data[0].y):
        return [html.P(look.t("strip.empty"), id="live-hour", className="sub")]
    told = None if forecast is None else add_forecast(figure, forecast, area_m2=area_m2, now=now, look=look)
    told = told or absent(forecast, is_fresh=forecast is not None and is_fresh(forecast, now))
    return [_graph("live-hour", figure), html.P(told[look.language], id="live-forecast", className="sub")]


def _titled(name: str, look: figures.Look) -> Any:
    return html.H3([look.t(f"drawer.{name}"), html.Span(look.t("unit.density"))])


def _graph(element_id: str, figure: Any) -> Any:
    style = {"height": f"{figure.layout.height}px"}
    return dcc.Graph(id=element_id, figure=figure, config=GRAPH_CONFIG, className="chart", style=style)


def index_page(site: Site) -> str:
    """Return Dash's index with our page around its entry point."""
    language = site.file.site.languages[0]
    return (
        f'<!DOCTYPE html><html lang="{language}" data-theme="dark"><head>'
        f"{shell.document_head(site, language, 'nav.live', STYLES)}{{%css%}}</head>"
        f'<body class="page-live"><a class="skip" href="#plan">{say("skip", language)}</a><div class="op">'
        f"{shell.rail('live', language)}{shell.header(site, language, markup.kpis(language))}"
        f"{ways.alarm()}"
        f"{markup.stage(language)}{markup.side(language)}{ways.evacuation(language)}{markup.drawer(language)}"
        f"{shell.tabs('live', language)}</div>"
        f'{ways.notices()}{markup.dialogs(language)}<div class="sr" aria-live="assertive" id="announce"></div>'
        f"{shell.document_foot(site, SCRIPTS, page_facts(site))}"
        "<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>"
    )


def wall_page(site: Site) -> str:
    """Return the read-only page for a big screen."""
    language = site.file.site.languages[0]
    return (
        f'<!doctype html><html lang="{language}" data-theme="dark"><head>'
        f'{shell.document_head(site, language, "wall.title", STYLES)}</head><body class="page-wall">'
        f'<div class="op">{shell.header(site, language, markup.kpis(language))}{ways.alarm()}'
        f"{markup.wall(language)}</div>"
        f"{shell.document_foot(site, WALL_SCRIPTS, page_facts(site) | {'wall': True})}</body></html>"
    )
