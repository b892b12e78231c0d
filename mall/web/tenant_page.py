"""The page ``/tenant``: what a shop may know of itself, now and today, and nothing of any other shop."""

from datetime import datetime, time
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from mall.config import Site
from mall.store import Store
from mall.views.tenant import UNIT_CATEGORIES, own_zones, tenant_view
from mall.web.describe import describe_site
from mall.web.schemas import ERRORS
from mall.web.schemas_tenant import TenantAnswer
from mall.web.shell import document, say

SCRIPTS = ("plan.js", "tenant.js")
CORRIDOR_REACH_M = 0.5
CORRIDORS = frozenset({"concourse", "atrium", "walkway", "entrance"})
OWN_KEYS = ("id", "label", "labels", "level", "polygon")


class Feed(Protocol):
    """What this page needs of the feed."""

    def current(self) -> dict[str, Any]:
        """Return the operator's view."""
        ...


def tenant_router(site: Site, store: Store, feed: Feed) -> APIRouter:
    """Return the page and the typed answer behind it."""
    router = APIRouter()
    known = frozenset(units(site))

    @router.get("/tenant", response_class=HTMLResponse, include_in_schema=False)
    def read_page(unit: str | None = None) -> HTMLResponse:
        return HTMLResponse(tenant_page(site, unit), 200 if unit is None or unit in known else 404)

    @router.get("/api/v1/tenant/{unit}", response_model=TenantAnswer, responses=ERRORS, tags=["tenant"])
    def read_tenant(unit: str) -> dict[str, Any]:
        """Tell a unit's now and its steps of 15 minutes today; counts below 10 are `"<10"`, others rounded to 5."""
        if unit not in known:
            raise HTTPException(404, "No unit of this id.")
        now = store.time()
        local = datetime.fromtimestamp(now, site.timezone)
        midnight = datetime.combine(local.date(), time(0), site.timezone).timestamp()
        minutes = store.read_minutes(site.plan.zone(unit).level, midnight, now)
        return tenant_view(site, unit, minutes, feed.current()["zones"], now=now)

    return router


def units(site: Site) -> list[str]:
    """Return the zones that can be a tenant's: shops and the like, in file order."""
    return [zone.id for zone in site.plan.zones if zone.category in UNIT_CATEGORIES]


def tenant_page(site: Site, unit: str | None) -> str:
    """Return the whole page; the part of the plan in it is the unit's own and what touches it."""
    known = unit is not None and unit in units(site)
    facts: dict[str, Any] = {"unit": unit if known else None, "units": _choices(site)}
    if known and unit is not None:
        facts["site"] = own_plan(site, unit)
    return document(site, page="tenant", body=tenant_content(site, unit), scripts=SCRIPTS, facts=facts)


def own_plan(site: Site, unit: str) -> dict[str, Any]:
    """Return the plan with the unit's own zones alone, and bare outlines of the corridors that touch it."""
    whole, own = describe_site(site), set(own_zones(site, unit))
    shape, level = site.plan.zone(unit).polygon, site.plan.zone(unit).level
    shared = {
        zone.id
        for zone in site.plan.zones_on(level)
        if zone.category in CORRIDORS and zone.polygon.distance(shape) < CORRIDOR_REACH_M
    }
    shown = own | shared
    return {"zones": [{key: row[key] for key in OWN_KEYS} for row in whole["zones"] if row["id"] in shown]}


def _choices(site: Site) -> list[dict[str, Any]]:
    return [
        {"id": zone.id, "label": zone.label, "labels": dict(zone.labels), "level": zone.level}
        for zone in (site.plan.zone(unit) for unit in units(site))
    ]


def tenant_content(site: Site, unit: str | None) -> str:
    """Return the markup between header and tabs: the picker, an error that says what next, or the frame of a unit."""
    language = site.file.site.languages[0]
    if unit is None or unit not in units(site):
        wrong = "" if unit is None else f'<p class="wrong" role="alert">{say("tenant.unknown", language)}</p>'
        none = "" if units(site) else say("tenant.noUnits", language, "p")
        return (
            f'<main class="ten" id="main">{wrong}<h2>{say("tenant.pick", language)}</h2>{none}'
            f'<ul class="units" id="units"></ul></main>'
        )
    return (
        f'<main class="ten" id="main"><div class="top"><h2 id="headline" aria-live="polite">…</h2>'
        f'<a class="btn" href="/tenant">{say("tenant.other", language)}</a></div>'
        f'<div class="kpis" id="kpis"></div><div class="cols">'
        f'<section class="card" id="door"><h3>{say("tenant.door", language)} <small id="step"></small></h3>'
        f'<div id="chart"></div><details><summary>{say("tenant.table", language)}</summary><div id="table"></div>'
        f'</details></section><section class="card"><h3>{say("tenant.place", language)}</h3>'
        f'<div class="plan-host" id="plan"></div></section></div>'
        f'<p class="foot2" id="kept"></p></main>'
    )
