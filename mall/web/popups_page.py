"""The page ``/popups``: a card per pop-up space with its sensors, where it stands, and what needs attention."""

from fastapi import APIRouter

from mall.config import Site
from mall.web.describe import describe_site
from mall.web.shell import document, page_router, say

SCRIPTS = ("stream.js", "plan.js", "plan_operator.js", "popups.js")


def popups_router(site: Site) -> APIRouter:
    """Return the route of the page, which is made once."""
    return page_router("/popups", popups_page(site))


def popups_page(site: Site) -> str:
    """Return the whole page."""
    body = popups_content(site)
    return document(site, page="popups", body=body, scripts=SCRIPTS, facts={"site": describe_site(site)})


def popups_content(site: Site) -> str:
    """Return the markup between header and tabs; ``popups.js`` fills it from the stream."""
    language = site.file.site.languages[0]
    if not site.popups:
        return (
            f'<main class="pop" id="main"><h2>{say("popups.title", language)}</h2>'
            f"{say('popups.empty', language, 'p')}{say('popups.emptyNext', language, 'p')}</main>"
        )
    plan = (
        f'<section class="pop-plan"><div class="plan-host" id="plan"></div>{say("popups.where", language)}</section>'
        if any(popup.footprint for popup in site.popups)
        else ""
    )
    return (
        f'<main class="pop" id="main"><h2>{say("popups.title", language)}</h2>'
        f'<div class="cards" id="cards"></div></main>'
        f'<aside class="side pop-side">{plan}<section class="sec"><h2>{say("popups.attention", language)}'
        f'<span class="cnt" id="attention-count"></span></h2><ul id="attention"></ul></section>'
        f'<div class="health pop-health"><p id="sensor-count"></p><p id="refused"></p></div></aside>'
    )
