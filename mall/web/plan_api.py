"""``/api/v1/plan-state``, ``/incidents``, ``/egress``, ``/evacuation``: what is open now, and how the mall is left."""

from typing import Any, Protocol

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from shapely import Point

from gis.passage import other_ends
from gis.zones import assign_zones
from mall.config import Site
from mall.plan_state import Incident, ItemState
from mall.plan_state.changing import (
    ChangeRefusedError,
    checked_passage,
    clear_incident,
    report_incident,
    set_item,
)
from mall.plan_state.findings import INCIDENTS
from mall.store import Store
from mall.views.egress import evacuation_view
from mall.views.plan_state import incident_row, item_row
from mall.web.describe import describe_ways
from mall.web.refusals import refused
from mall.web.schemas import Refused
from mall.web.schemas_plan import (
    ClearedBy,
    EgressAnswer,
    EvacuationAnswer,
    IncidentAnswer,
    IncidentReported,
    ItemAnswer,
    PassageAsked,
    PlanStateAnswer,
)

STATUS = {"unknown_item": 404, "unknown_incident": 404, "taken": 409, "busy": 409, "cleared": 409}
REFUSALS: dict[int | str, dict[str, Any]] = {404: {"model": Refused}, 409: {"model": Refused}, 422: {"model": Refused}}
ON_SITE_M = 50.0  # how far from every zone of a level a place may lie: beyond it is a slip


class Feed(Protocol):
    """What the pages' feed offers here."""

    def current(self) -> dict[str, Any]:
        """Return the operator's view."""
        ...


def add_plan(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    """Add the routes of the plan's state, incidents and egress."""
    _add_state(router, site, store, feed)
    _add_incidents(router, site, store)
    _add_egress(router, site, store, feed)


def _refused(exc: ChangeRefusedError) -> JSONResponse:
    return refused(STATUS.get(exc.code, 422), exc.why, reason=exc.code, by=exc.by)


def _add_state(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    items = {row["id"]: row for row in describe_ways(site)}

    @router.get("/api/v1/plan-state", response_model=PlanStateAnswer, tags=["plan"])
    def read_plan_state() -> dict[str, Any]:
        """Tell of every opening, stair, escalator and lift how it may be passed; of incidents, contacts, the alarm."""
        view = feed.current()
        told: dict[str, Any] = view["plan"]
        return told | {"at": view["at"], "items": [row | told["items"].get(key, {}) for key, row in items.items()]}

    @router.put("/api/v1/plan-state/{item}", response_model=ItemAnswer, responses=REFUSALS, tags=["plan"])
    def put_plan_state(item: str, asked: PassageAsked) -> Any:
        """Open, close, stop or make one-way; the second of two people at once is told who was first."""
        now = store.time()
        until = None if asked.for_min is None else now + 60.0 * asked.for_min
        try:
            passage = checked_passage(site.plan, item, asked.mode, asked.towards)
            state = ItemState(item, passage, asked.by, asked.why, now, until)
            done = set_item(store, state, expected_version=asked.version, now=now, ends=other_ends(site.plan, item))
        except ChangeRefusedError as exc:
            return _refused(exc)
        return items[item] | item_row(done, now=now)


def _add_incidents(router: APIRouter, site: Site, store: Store) -> None:
    @router.post("/api/v1/incidents", response_model=IncidentAnswer, responses=REFUSALS, tags=["plan"])
    def post_incident(asked: IncidentReported) -> Any:
        """Report a spill, a blocked exit, a fight, a lost child, a medical emergency or something else."""
        try:
            return incident_row(report_incident(store, _incident(site, asked, store.time())))
        except ChangeRefusedError as exc:
            return _refused(exc)

    @router.post("/api/v1/incidents/{incident}/clear", response_model=IncidentAnswer, responses=REFUSALS, tags=["plan"])
    def clear(incident: str, asked: ClearedBy) -> Any:
        """Say that an incident is over."""
        try:
            return incident_row(clear_incident(store, incident, asked.by, store.time()))
        except ChangeRefusedError as exc:
            return _refused(exc)


def _incident(site: Site, asked: IncidentReported, now: float) -> Incident:
    zone = _zone_of(site, asked)
    radius_m = INCIDENTS[asked.kind].radius_m if asked.radius_m is None else asked.radius_m
    # Whoever is lost is described over the radio, not in a record.
    note = "" if asked.kind == "lost_child" else " ".join(asked.note.split())
    until = None if asked.for_min is None else now + 60.0 * asked.for_min
    return Incident("", asked.kind, asked.level, zone, asked.at, radius_m, asked.by, note, now, until)


def _zone_of(site: Site, asked: IncidentReported) -> str | None:
    """Return the zone of an incident; ChangeRefusedError where its place does not exist."""
    zones = site.plan.zones_on(asked.level)
    if not zones:
        text = f"level: no level {asked.level!r:.70} with zones in the plan."
        raise ChangeRefusedError("unknown_level", text, level=asked.level)
    if asked.at is None:
        if asked.zone not in {zone.id for zone in zones}:
            raise ChangeRefusedError("no_place", "at, zone: expected [x, y] in metres, or a zone of the level.")
        return asked.zone
    index = int(assign_zones([list(asked.at)], zones)[0])
    if index < 0 and min(zone.polygon.distance(Point(asked.at)) for zone in zones) > ON_SITE_M:
        text = f"at: more than {ON_SITE_M:g} m away from every zone of the level."
        raise ChangeRefusedError("too_far", text, metres=ON_SITE_M)
    return zones[index].id if index >= 0 else None


def _add_egress(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    @router.get("/api/v1/egress", response_model=EgressAnswer, tags=["plan"])
    def read_egress() -> dict[str, Any]:
        """Tell how long it takes to leave the mall and every level with the largest exit blocked. Unknown is null."""
        return dict(feed.current()["egress"])

    @router.get("/api/v1/evacuation", response_model=EvacuationAnswer, tags=["plan"])
    def read_evacuation(*, step_free: bool = False) -> dict[str, Any]:
        """Tell the way out of every zone past what is closed and around hazards, with its last known people."""
        view, state = feed.current(), store.read_plan_state()
        return evacuation_view(site, view["zones"], state, now=store.time(), step_free=step_free)
