"""The page ``/advisories``: every situation with what may be done about it, and the rules that raise them."""

from fastapi import APIRouter

from mall.config import Site
from mall.web import advisories_markup as markup
from mall.web.live_markup import kpis
from mall.web.live_page import page_facts
from mall.web.shell import document_foot, document_head, header, page_router, rail, say, tabs
from mall.web.ways_markup import alarm

SCRIPTS = (
    "stream.js", "plan.js", "plan_operator.js", "plan_ways.js", "live_panels.js", "evacuation.js",
    "advisories_api.js", "advisories_charts.js", "advisories_plan.js", "advisories_inbox.js",
    "advisories_situation.js", "advisories_compare.js", "advisories_rules_save.js", "advisories_rules.js", "alarm.js",
    "advisories.js",
)  # fmt: skip


def advisories_page_router(site: Site) -> APIRouter:
    """Return the route of the page, which is made once."""
    return page_router("/advisories", advisories_page(site))


def advisories_page(site: Site) -> str:
    """Return the whole page; ``advisories.js`` fills it from the stream and the interface."""
    language = site.file.site.languages[0]
    return (
        f'<!doctype html><html lang="{language}" data-theme="dark"><head>'
        f"{document_head(site, language, 'nav.advisories', ('ways.css', 'advisories.css'))}</head>"
        f'<body class="page-advisories"><a class="skip" href="#main">{say("adv.skip", language)}</a><div class="op">'
        f"{rail('advisories', language)}{header(site, language, kpis(language))}{alarm()}{markup.body(language)}"
        f"{tabs('advisories', language)}</div>{markup.dialogs(language)}"
        f"{document_foot(site, SCRIPTS, page_facts(site))}</body></html>"
    )
