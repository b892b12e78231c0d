"""Markup of the operator page and of the wall: empty places with ids, which the scripts fill from the stream."""

from html import escape

from mall.web import ways_markup as ways
from mall.web.shell import icon, name_dialog, say, texts

LAYERS = (("heat", "heat"), ("people", "people"), ("cameras", "camera"), ("lines", "flow"), ("ways", "door"))
ZOOMS = (("in", "plus"), ("out", "minus"), ("fit", "fit"))
# column, is a figure
COLUMNS = (
    ("los", False), ("name", False), ("people", True), ("density", True), ("trend", False), ("hour", False),
    ("age", True),
)  # fmt: skip
KEYS = (
    ("L", "L"), ("H", "H"), ("A", "A"), ("/", "/"), ("← ↑ → ↓", "arrows"), ("Enter", "enter"), ("+ − 0", "zoom"),
    ("Esc", "Esc"), ("?", "?"),
)  # fmt: skip
HATCH = (
    '<svg width="18" height="12"><rect width="18" height="12" rx="2" class="k-off"/>'
    '<rect width="18" height="12" rx="2" fill="url(#pat-off)"/></svg>'
)
KEY_MARKS = (
    ("nodata", HATCH), ("simulated", '<i class="dm"></i>'), ("person", '<i class="k-dot"></i>'),
    ("popup", '<i class="k-kit"></i>'),
)  # fmt: skip
SOUND = '<div class="sound" id="sound"></div>'
PLAN = '<div class="plan-host" id="plan"></div>'


def _named(key: str, language: str) -> str:
    """Return the attributes of an element that has no words of its own."""
    return f'data-t-label="{key}" aria-label="{escape(texts(language)[key])}"'


def kpis(language: str) -> str:
    """Return the figures of the header."""
    return "".join(
        f'<div class="kpi" id="kpi-{key}"><div class="l">{say(f"kpi.{key}", language)}</div>'
        '<div class="v"><b>…</b> <small></small> <small class="age"></small></div></div>'
        for key in ("view", "inside", "flow", "exit")
    )


def stage(language: str) -> str:
    """Return the plan with its tools, its key and the strip below."""
    layers = "".join(
        f'<button type="button" data-layer="{key}" aria-pressed="false">{icon(symbol, 16)}'
        f"{say(f'layer.{key}', language)}</button>"
        for key, symbol in LAYERS
    )
    zoom = "".join(
        f'<button type="button" data-zoom="{key}" {_named(f"zoom.{key}", language)}>{icon(symbol, 18)}</button>'
        for key, symbol in ZOOMS
    )
    return (
        '<main class="stage" id="main"><div class="map"><div class="tools">'
        f'<div class="seg" id="levels" role="group" {_named("tools.level", language)}></div>'
        f'<div class="seg" id="layers" role="group" {_named("tools.layers", language)}>{layers}</div>'
        f"{ways.tools(language)}</div>"
        f'{PLAN}<div class="zoom"><div class="zb">{zoom}</div></div></div>{_legend(language)}{_strip(language)}</main>'
    )


def wall(language: str) -> str:
    """Return the body of the wall: plan, advisories, zones, health; nothing to press."""
    return (
        f'<main class="stage" id="main"><div class="map">{PLAN}</div>{_legend(language)}</main>'
        f'<aside class="side">{_advisories(language)}{_zones(language, search=False)}'
        '<div class="health" id="health"></div></aside>'
    )


def _legend(language: str) -> str:
    keys = "".join(f"<span>{mark}{say(f'legend.{key}', language)}</span>" for key, mark in KEY_MARKS)
    return (
        '<div class="legend" id="legend"><div class="tt" id="legend-title"></div><div id="legend-ramp"></div>'
        f'<div class="keys">{keys}</div></div>'
    )


def _strip(language: str) -> str:
    return (
        f'<div class="strip"><div><h2>{say("strip.people", language)}{say("strip.note", language)}</h2>'
        '<div id="strip-people"></div></div>'
        f"{ways.exit_strip()}"
        f"<div><h2>{say('strip.entrances', language)}{say('strip.15min', language)}</h2>"
        '<div class="entrances" id="strip-lines"></div></div></div>'
    )


def side(language: str) -> str:
    """Return the column at the right: advisories, zones, health of cameras and sensors."""
    return (
        f'<aside class="side" id="side">{_advisories(language)}{SOUND}{_zones(language)}'
        f'<details class="health"><summary id="health"></summary>'
        '<div id="camera-table"></div></details></aside>'
    )


def _advisories(language: str) -> str:
    return (
        f'<div class="sec" id="advisories"><h2>{say("advisories.title", language)}'
        '<span class="cnt" id="advisory-count"></span></h2><div id="advisory-list"></div></div>'
    )


def _zones(language: str, *, search: bool = True) -> str:
    heads = "".join(
        f'<th{" class=r" if is_figure else ""} scope="col">{say(f"zones.{key}", language)}</th>'
        for key, is_figure in COLUMNS
    )
    hint = escape(texts(language)["zones.find"])
    named = f'{_named("zones.search", language)} data-t-place="zones.find" placeholder="{hint}"'
    field = f'<input type="search" id="zone-search" {named}>'
    return (
        f'<div class="sec zones"><h2>{say("zones.title", language)}<span class="cnt" id="zone-count"></span>'
        f"{field if search else ''}</h2>"
        f'<div class="scroll"><table class="z"><thead><tr>{heads}</tr></thead>'
        '<tbody id="zone-rows"></tbody></table></div></div>'
    )


def drawer(language: str) -> str:
    """Return the drawer of one zone, with the place where Dash puts its charts."""
    return (
        f'<aside class="side drawer" id="drawer" hidden tabindex="-1" {_named("drawer.title", language)}>'
        '<div class="dr"><div class="dh" id="drawer-head"></div>'
        f'<button class="iconbtn x" type="button" id="drawer-close" {_named("drawer.close", language)}>'
        f'{icon("close")}</button><div id="drawer-body"></div><div class="blk" id="drawer-flow"></div>'
        '<div class="blk" id="drawer-charts">{%app_entry%}</div><dl class="kv" id="drawer-facts"></dl></div>'
        '<div class="foot" id="drawer-foot" hidden></div></aside>'
    )


def dialogs(language: str) -> str:
    """Return the question for the operator's name, and the list of keys."""
    keys = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{say(f'help.{name}', language)}</dd>" for key, name in KEYS)
    return (
        f"{name_dialog(language)}"
        f'<dialog id="help-dialog"><h2>{say("help.title", language)}</h2><dl class="kv">{keys}</dl></dialog>'
    )
