"""The typed interface under ``/api/v1``: the same views as the pages, plus health and metrics."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.responses import Response

from mall.config import Site
from mall.errors import StoreError, Why
from mall.freshness import state_of
from mall.models import MinuteRow
from mall.notify.trouble import channel_trouble
from mall.site_file import Popup
from mall.store import Store
from mall.views.operator import live_view
from mall.web.advisories_api import add_advisories
from mall.web.audit_api import add_audit
from mall.web.describe import describe_popup, describe_site
from mall.web.flow_api import add_flow
from mall.web.forecast_api import add_forecast
from mall.web.history_api import history_trouble
from mall.web.metrics import MallCollector, metrics_text
from mall.web.options_api import add_options
from mall.web.plan_api import add_plan
from mall.web.refusals import refused
from mall.web.rules_api import add_rules
from mall.web.schemas import (
    ERRORS,
    CameraAnswer,
    Health,
    LiveAnswer,
    PopupsAnswer,
    SiteAnswer,
    ZoneHistory,
)
from mall.web.schemas import Zone as ZoneAnswer

MINUTES_KEPT = 48 * 60
TRAIL_S = 3600.0
MEMORY_ALARM = 0.8
WELL = frozenset({"live", "saturated"})


class Feed(Protocol):
    """What the pages' feed offers here: the operator's view with ages as of the call."""

    def current(self) -> dict[str, Any]:
        """Return the operator's view."""
        ...


def api_router(site: Site, store: Store, feed: Feed) -> APIRouter:
    """Return every route of the typed interface, ``/healthz`` and ``/metrics``."""
    router = APIRouter(responses=ERRORS)
    _add_site(router, site)
    _add_live(router, site, feed)
    add_flow(router, site, store)
    _add_history(router, site, store)
    add_forecast(router, site, store)
    add_advisories(router, site, store, feed)
    add_audit(router, site, store, feed)
    add_options(router, store)
    add_plan(router, site, store, feed)
    add_rules(router, site, store)
    _add_popups(router, site, store, feed)
    _add_health(router, site, store, feed)
    return router


def install_errors(app: FastAPI) -> None:
    """Make every error of an app a JSON ``{"detail"}`` of one sentence, without echo of the input or a stack trace."""
    app.add_exception_handler(StoreError, _store_error)
    app.add_exception_handler(RequestValidationError, _wrong_request)


async def _store_error(_request: Request, _exc: Exception) -> JSONResponse:
    return JSONResponse({"detail": "The store does not answer; try again."}, 503, {"Retry-After": "2"})


async def _wrong_request(_request: Request, exc: Exception) -> JSONResponse:
    first = exc.errors()[0] if isinstance(exc, RequestValidationError) else {}
    place = ".".join(str(step) for step in first.get("loc", ()))
    text = f"{place}: {str(first.get('msg', 'wrong')).removeprefix('Value error, ')}"
    return refused(422, Why("shape", _sendable(text), {"place": _sendable(place)}))


def _sendable(text: str) -> str:
    """Return a text without half characters, which no answer can hold."""
    return text.encode("utf-8", "replace").decode()


def _add_site(router: APIRouter, site: Site) -> None:
    described = describe_site(site)

    @router.get("/api/v1/site", response_model=SiteAnswer, tags=["site"])
    def read_site() -> dict[str, Any]:
        """Tell everything about the plan that does not move."""
        return described

    @router.get("/api/v1/zones", response_model=list[ZoneAnswer], tags=["site"])
    def read_zones() -> list[dict[str, Any]]:
        """List the zones."""
        return list(described["zones"])


def _add_live(router: APIRouter, site: Site, feed: Feed) -> None:
    @router.get("/api/v1/live", response_model=LiveAnswer, tags=["live"])
    def read_live() -> dict[str, Any]:
        """Tell the mall now: every zone with band, age, state and source. Unknown is null, never 0."""
        return live_view(feed.current())

    @router.get("/api/v1/cameras", response_model=list[CameraAnswer], tags=["live"])
    def read_cameras() -> list[dict[str, Any]]:
        """List the cameras with their health."""
        now = feed.current()["cameras"]
        return [
            {"state": "unknown", "source": camera.kind}
            | now.get(camera.id, {})
            | {"id": camera.id, "label": camera.label or camera.id, "level": camera.level}
            for camera in site.cameras
        ]


def _add_history(router: APIRouter, site: Site, store: Store) -> None:
    levels = {zone.id: zone.level for zone in site.plan.zones}

    @router.get("/api/v1/zones/{zone}/history", response_model=ZoneHistory, tags=["history"])
    def read_history(zone: str, minutes: Annotated[int, Query(ge=1, le=MINUTES_KEPT)] = 60) -> dict[str, Any]:
        """Tell a zone's last minutes; a missing minute is a gap."""
        if zone not in levels:
            raise HTTPException(404, "No zone of this id; GET /api/v1/zones lists them.")
        until = store.time()
        since = until - 60.0 * minutes
        kept = store.read_minutes(levels[zone], since, until)
        rows = [_minute(start, row) for start, rows in kept for row in rows if row.zone == zone]
        return {"zone": zone, "since": since, "until": until, "minutes": rows}


def _minute(start: int, row: MinuteRow) -> dict[str, Any]:
    highest = None if row.people_mean is None else row.people_max
    return {"at": start, "people_mean": row.people_mean, "people_max": highest} | {
        "coverage": row.coverage,
        "count_in": row.count_in,
        "count_out": row.count_out,
    }


def _add_popups(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    @router.get("/api/v1/popups", response_model=PopupsAnswer, tags=["popups"])
    def read_popups() -> dict[str, Any]:
        """List the pop-up spaces: every sensor with value, age, state and its last hour."""
        view = feed.current()
        since = store.time() - TRAIL_S
        rows = []
        for popup in site.popups:
            now = view["popups"].get(popup.id, {}).get("sensors", {})
            sensors = [_sensor(store, popup, row, now, since) for row in describe_popup(site, popup)["sensors"]]
            rows.append(describe_popup(site, popup) | {"sensors": sensors, "phase": popup.phase(view["at"])})
        return {"at": view["at"], "popups": rows, "refused": store.refusals()}


def _sensor(store: Store, popup: Popup, row: dict[str, Any], now: Mapping[str, Any], since: float) -> dict[str, Any]:
    unseen = {"value": None, "age_s": None, "state": "unknown", "simulated": popup.simulated}
    trail = store.sensor_trail(popup.device_id, row["id"], since)
    return unseen | dict(now.get(row["id"], {})) | row | {"trail": trail}


def _add_health(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    collector = MallCollector(feed.current, store)

    @router.get("/healthz", response_model=Health, tags=["health"], responses={503: {"model": Health}})
    def read_health() -> Any:
        """Say 200 while web and store answer, and list what is degraded."""
        return health_answer(site, store, feed.current)

    @router.get("/metrics", tags=["health"], response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def read_metrics() -> Response:
        """Return the Prometheus text format, from the same view as the pages."""
        return Response(metrics_text(collector), media_type="text/plain; version=0.0.4; charset=utf-8")


def health_answer(site: Site, store: Store, view: Callable[[], Mapping[str, Any]]) -> JSONResponse:
    """Return the full health answer: 503 only where the store does not answer."""
    try:
        store.ping()
        degraded = [*_engine_trouble(site, store), *_memory_trouble(store), *history_trouble(store)]
        degraded += channel_trouble(site, store, store.time())
        now = view()
    except StoreError:
        return JSONResponse({"status": "down", "degraded": ["store: does not answer"]}, 503)
    due = {popup.id for popup in site.popups if popup.phase(now["at"]) == "open"}
    degraded += [f"camera {key}: {row['state']}" for key, row in now["cameras"].items() if row["state"] not in WELL]
    degraded += [
        f"camera {key}: {d['text']['en']}" for key, row in now["cameras"].items() for d in row.get("doubts", ())
    ]
    degraded += [
        f"sensor {popup}/{key}: {row['state']}"
        for popup, now_popup in now["popups"].items()
        if popup in due
        for key, row in now_popup["sensors"].items()
        if row["state"] not in WELL
    ]
    degraded += [
        f"contact {key}: {row['state']}" for key, row in now["plan"]["contacts"].items() if row["state"] not in WELL
    ]
    return JSONResponse({"status": "degraded" if degraded else "ok", "degraded": degraded})


def _engine_trouble(site: Site, store: Store) -> list[str]:
    """Tell how long the engine has written nothing, where that is too long for a live page."""
    found = (store.read_snapshot(level.id) for level in site.plan.levels)
    written = [snapshot.at for snapshot in found if snapshot is not None]
    if not written:
        return ["engine: has written nothing yet"]
    age = abs(store.time() - max(written))
    return [] if state_of(age, 1.0) == "live" else [f"engine: last wrote {age:.0f} s ago"]


def _memory_trouble(store: Store) -> list[str]:
    share = store.memory_share()
    return [f"store: {share:.0%} of its memory used"] if share is not None and share >= MEMORY_ALARM else []
