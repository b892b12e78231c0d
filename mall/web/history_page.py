"""The page ``/history``: people, entries and exits of a zone over any dates, with its gaps."""

from fastapi import APIRouter

from mall.config import Site
from mall.web.shell import document, icon, named, page_router, say, texts

SCRIPTS = ("history_time.js", "history_chart.js", "history.js")
RANGES = ("day", "week", "month", "custom")
STEPS = ("1m", "15m", "1h", "1d")
FIGURES = ("mean", "peak", "in", "out", "watched")


def history_page_router(site: Site) -> APIRouter:
    """Return the route of the page, which is made once."""
    return page_router("/history", history_page(site))


def history_page(site: Site) -> str:
    """Return the whole page; ``history.js`` reads what is asked for."""
    zones = [
        {"id": z.id, "label": z.label, "labels": dict(z.labels), "level": z.level, "category": z.category}
        for z in site.plan.zones
        if z.category not in ("staff", "lift", "restroom")
    ]
    levels = [{"id": level.id, "label": level.label} for level in site.plan.levels]
    body = history_content(site.file.site.languages[0])
    return document(site, page="history", body=body, scripts=SCRIPTS, facts={"zones": zones, "levels": levels})


def history_content(language: str) -> str:
    """Return the markup between header and tabs."""
    ranges = "".join(
        f'<button type="button" data-range="{key}" aria-pressed="false">{say(f"hist.range.{key}", language)}</button>'
        for key in RANGES
    )
    steps = "".join(f'<option value="{key}" data-t="hist.step.{key}">{key}</option>' for key in STEPS)
    figures = "".join(
        f'<div class="kpi2" id="figure-{key}"><span class="l">{say(f"hist.figure.{key}", language)}</span>'
        "<b>…</b><small></small></div>"
        for key in FIGURES
    )
    return (
        f'<main class="his" id="main"><form class="ask" id="ask"><label>{say("hist.zone", language)}'
        f'<select id="zone"></select></label><div class="seg" role="group" {named("hist.range", language)}>{ranges}'
        f'</div><div class="walk">{_arrow("back", "left", language)}<label class="date"><span class="sr" '
        f'data-t="hist.from">{texts(language)["hist.from"]}</span><input type="date" id="from" required></label>'
        f'<label class="date" id="to-box" hidden><span>–</span><span class="sr" data-t="hist.to">'
        f'{texts(language)["hist.to"]}</span><input type="date" id="to"></label>{_arrow("ahead", "right", language)}'
        f'</div><label>{say("hist.step", language)}<select id="step">{steps}</select></label>'
        f'<a class="btn" id="export" download>{icon("download", 16)}{say("hist.export", language)}</a></form>'
        '<h2 id="headline" aria-live="polite">…</h2><p class="sub" id="origin"></p>'
        f'<div class="kpis">{figures}</div><section class="card" id="chart-card"><div id="chart"></div>'
        f'<p class="keys3" id="keys"></p></section><details id="rows"><summary>{say("hist.table", language)}</summary>'
        '<div id="table"></div></details><p class="foot2" id="foot"></p></main>'
    )


def _arrow(key: str, symbol: str, language: str) -> str:
    return (
        f'<button type="button" class="iconbtn" id="{key}" {named(f"hist.{key}", language)}>{icon(symbol, 18)}</button>'
    )
