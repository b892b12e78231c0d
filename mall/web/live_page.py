"""The operator page ``/``: its markup, and the thin Dash part that draws the charts of the opened zone."""

import asyncio
import json
from collections.abc import Sequence
from html import escape
from typing import Any

from dash import Dash, dcc, html
from dash.dependencies import Input, Output
from fastapi import FastAPI

from mall.config import Site
from mall.errors import StoreError
from mall.store import Store
from mall.web import figures, shell
from mall.web.describe import describe_site
from mall.web.shell import icon, say, texts
from mall.web.stream import last_hour

SCRIPTS = ("plan.js", "plan_operator.js", "live_panels.js", "live_drawer.js", "live.js")
WALL_SCRIPTS = ("plan.js", "plan_operator.js", "live_panels.js", "live.js")
LAYERS = (("heat", "heat"), ("people", "people"), ("cameras", "camera"), ("lines", "flow"))
GRAPH_CONFIG = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "scrollZoom": True,
    "responsive": True,
}


def page_facts(site: Site) -> dict[str, Any]:
    """Return what the page's scripts know before the first message: the plan, cameras by name, where the bundle is."""
    cameras = [
        {"id": c.id, "label": c.label or c.id, "level": c.level, "kind": c.kind, "placed": c.calibration is not None}
        for c in site.cameras
    ]
    return {"site": describe_site(site), "cameras": cameras, "plotly": shell.asset("vendor/plotly-cartesian.min.js")}


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
    app.layout = html.Div([dcc.Store(id="live-zone"), html.Div(id="live-charts")])
    _add_charts(app, site, store)
    return app


def _add_charts(app: Dash, site: Site, store: Store) -> None:
    @app.callback(Output("live-charts", "children"), Input("live-zone", "data"), prevent_initial_call=True)
    async def draw(asked: Any) -> Sequence[Any]:
        return await asyncio.to_thread(zone_charts, site, store, asked)


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
    hour = figures.hour_chart(minutes, area_m2=site.plan.area_m2(zone.id), category=zone.category, now=now, look=look)
    charts = [_titled("hour", look), _graph("live-hour", hour)]
    if heat is not None:
        figure = figures.heat_chart(json.loads(heat), zone.polygon, look=look)
        charts += [_titled("heat", look), _graph("live-heat", figure)]
    return charts


def _titled(name: str, look: figures.Look) -> Any:
    return html.H3([look.t(f"drawer.{name}"), html.Span(look.t("unit.density"))])


def _graph(element_id: str, figure: Any) -> Any:
    return dcc.Graph(id=element_id, figure=figure, config=GRAPH_CONFIG, className="chart")


# --- markup -----------------------------------------------------------------------------------------------------------


def index_page(site: Site) -> str:
    """Return Dash's index with our page around its entry point."""
    language = site.file.site.languages[0]
    return (
        f'<!DOCTYPE html><html lang="{language}" data-theme="dark"><head>'
        f"{shell.document_head(site, texts(language)['nav.live'])}{{%css%}}</head>"
        f'<body class="page-live"><a class="skip" href="#plan">{say("skip", language)}</a><div class="op">'
        f"{shell.rail('live', language)}{shell.header(site, language, _kpis(language))}"
        f"{_stage(language)}{_side(language)}{_drawer(language)}{shell.tabs('live', language)}</div>{_dialogs(language)}"
        f'<div class="sr" aria-live="assertive" id="announce"></div>'
        f"{shell.document_foot(site, SCRIPTS, page_facts(site))}"
        "<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>"
    )


def wall_page(site: Site) -> str:
    """Return the read-only page for a big screen: plan, advisories, figures; nothing to press."""
    language = site.file.site.languages[0]
    body = (
        f'<main class="stage" id="main"><div class="map"><div class="plan-host" id="plan"></div></div>{_legend(language)}</main>'
        f'<aside class="side"><div class="sec" id="advisories"><h2>{say("advisories.title", language)}'
        f'<span class="cnt" id="advisory-count"></span></h2><div id="advisory-list"></div></div>{_zones(language)}'
        f'<div class="health" id="health"></div></aside>'
    )
    return (
        f'<!doctype html><html lang="{language}" data-theme="dark"><head>{shell.document_head(site, texts(language)["wall.title"])}'
        f'</head><body class="page-wall"><div class="op">{shell.header(site, language, _kpis(language))}{body}</div>'
        f"{shell.document_foot(site, WALL_SCRIPTS, page_facts(site) | {'wall': True})}</body></html>"
    )


def _kpis(language: str) -> str:
    one = '<div class="kpi" id="kpi-{key}"><div class="l">{label}</div><div class="v"><b>–</b> <small></small></div></div>'
    return "".join(one.format(key=key, label=say(f"kpi.{key}", language)) for key in ("view", "inside", "flow"))


def _stage(language: str) -> str:
    layers = "".join(
        f'<button type="button" data-layer="{key}" aria-pressed="false">{icon(symbol, 16)}{say(f"layer.{key}", language)}</button>'
        for key, symbol in LAYERS
    )
    zoom = "".join(
        f'<button type="button" data-zoom="{key}" data-t-label="zoom.{key}" aria-label="{escape(texts(language)[f"zoom.{key}"])}">'
        f"{icon(symbol, 18)}</button>"
        for key, symbol in (("in", "plus"), ("out", "minus"), ("fit", "fit"))
    )
    return (
        '<main class="stage" id="main"><div class="map"><div class="tools">'
        f'<div class="seg" id="levels" role="group" data-t-label="tools.level"></div>'
        f'<div class="seg" id="layers" role="group" data-t-label="tools.layers">{layers}</div></div>'
        f'<div class="plan-host" id="plan"></div><div class="zoom"><div class="zb">{zoom}</div></div></div>'
        f"{_legend(language)}{_strip(language)}</main>"
    )


def _legend(language: str) -> str:
    keys = "".join(
        f"<span>{mark}{say(f'legend.{key}', language)}</span>"
        for key, mark in (
            ("nodata", '<svg width="18" height="12"><rect width="18" height="12" rx="2" class="k-off"/><rect width="18" height="12" rx="2" fill="url(#pat-off)"/></svg>'),
            ("simulated", '<i class="dm"></i>'),
            ("person", '<i class="k-dot"></i>'),
            ("popup", '<i class="k-kit"></i>'),
        )
    )  # fmt: skip
    return f'<div class="legend" id="legend"><div class="tt" id="legend-title"></div><div id="legend-ramp"></div><div class="keys">{keys}</div></div>'


def _strip(language: str) -> str:
    return (
        f'<div class="strip"><div><h2>{say("strip.people", language)}{say("strip.note", language)}</h2>'
        f'<div id="strip-people"></div></div><div><h2>{say("strip.entrances", language)}{say("strip.15min", language)}</h2>'
        '<div class="entrances" id="strip-lines"></div></div></div>'
    )


def _side(language: str) -> str:
    return (
        f'<aside class="side" id="side"><div class="sec" id="advisories"><h2>{say("advisories.title", language)}'
        f'<span class="cnt" id="advisory-count"></span></h2><div id="advisory-list"></div></div>{_zones(language)}'
        f'<details class="health"><summary id="health" data-t-label="health.title"></summary><div id="camera-table"></div></details></aside>'
    )


def _zones(language: str) -> str:
    heads = "".join(
        f'<th{" class=r" if right else ""} scope="col">{say(f"zones.{key}", language)}</th>'
        for key, right in (
            ("los", 0),
            ("name", 0),
            ("people", 1),
            ("density", 1),
            ("trend", 0),
            ("hour", 0),
            ("age", 1),
        )
    )
    return (
        f'<div class="sec zones"><h2>{say("zones.title", language)}<span class="cnt" id="zone-count"></span>'
        f'<input type="search" id="zone-search" data-t-label="zones.search" aria-label="{escape(texts(language)["zones.search"])}" placeholder="/"></h2>'
        f'<div class="scroll"><table class="z"><thead><tr>{heads}</tr></thead><tbody id="zone-rows"></tbody></table></div></div>'
    )


def _drawer(language: str) -> str:
    close = escape(texts(language)["drawer.close"])
    return (
        '<aside class="side drawer" id="drawer" hidden tabindex="-1" data-t-label="drawer.title"><div class="dr">'
        '<div class="dh" id="drawer-head"></div>'
        f'<button class="iconbtn x" type="button" id="drawer-close" data-t-label="drawer.close" aria-label="{close}">{icon("close")}</button>'
        '<div id="drawer-body"></div><div class="blk" id="drawer-charts">{%app_entry%}</div><dl class="kv" id="drawer-facts"></dl></div>'
        '<div class="foot" id="drawer-foot" hidden></div></aside>'
    )


def _dialogs(language: str) -> str:
    keys = "".join(
        f"<dt><kbd>{key}</kbd></dt><dd>{say(f'help.{name}', language)}</dd>"
        for key, name in (("L", "L"), ("H", "H"), ("A", "A"), ("/", "/"), ("← ↑ → ↓", "arrows"), ("Enter", "enter"), ("+ − 0", "zoom"), ("Esc", "Esc"), ("?", "?"))
    )  # fmt: skip
    return (
        f'<dialog id="name-dialog"><form method="dialog"><h2>{say("name.ask", language)}</h2><p>{say("name.hint", language)}</p>'
        f'<label>{say("name.label", language)}<input id="name-input" maxlength="40" autocomplete="name" required></label>'
        f'<div class="acts"><button class="btn" type="button" id="name-cancel">{say("name.cancel", language)}</button>'
        f'<button class="btn pri" type="submit" value="ok">{say("name.save", language)}</button></div></form></dialog>'
        f'<dialog id="help-dialog"><h2>{say("help.title", language)}</h2><dl class="kv">{keys}</dl></dialog>'
    )
