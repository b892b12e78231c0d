"""The page ``/drills``: what can be practised here, the exercise that runs, and what the last ones brought."""

from fastapi import APIRouter

from mall.config import Site
from mall.web.describe import describe_site
from mall.web.shell import document, icon, page_router, say

SCRIPTS = ("drills_debrief.js", "drills_past.js", "drills.js")


def drills_page_router(site: Site) -> APIRouter:
    """Return the route of the page, which is made once."""
    return page_router("/drills", drills_page(site))


def drills_page(site: Site) -> str:
    """Return the whole page; ``drills.js`` fills it from ``/api/v1/drills``."""
    zones = [{key: zone[key] for key in ("id", "label", "labels")} for zone in describe_site(site)["zones"]]
    body = drills_content(site.file.site.languages[0])
    return document(site, page="drills", body=body, scripts=SCRIPTS, facts={"zones": zones})


def drills_content(language: str) -> str:
    """Return the markup between header and tabs."""
    return (
        f'<main class="drills" id="main"><h2 id="headline" aria-live="polite">…</h2>'
        f'<p class="sub">{say("drill.intro", language)}</p><p class="failed" id="failed" role="alert" hidden></p>'
        '<section id="running" class="card running" hidden></section>'
        f'<h3>{icon("drill", 18)}{say("drill.library", language)}</h3><div class="cards" id="library"></div>'
        '<div id="hours"></div>'
        f'<h3>{icon("history", 18)}{say("drill.past", language)}</h3><div id="past"></div></main>'
        f"{_order(language)}"
    )


def _order(language: str) -> str:
    """Return the question that is asked before a drill begins: who starts it, and why."""
    return (
        f'<dialog id="order"><form method="dialog"><h2 id="order-title"></h2><p>{say("drill.order.hint", language)}</p>'
        f"<label>{say('drill.order.name', language)}"
        '<input id="order-name" maxlength="40" autocomplete="name" required></label>'
        f'<label>{say("drill.order.why", language)}<input id="order-why" maxlength="200" required></label>'
        f'<div class="acts"><button class="btn" type="button" id="order-cancel">{say("drill.order.cancel", language)}'
        f'</button><button class="btn pri" type="submit" value="ok" id="order-go">{say("drill.start", language)}'
        "</button></div></form></dialog>"
    )
