"""``/api/v1/setup``: place cameras on stills, draw the plan, try, save and take back; only with ``run --setup``."""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from mall.errors import StoreError, Why
from mall.setup.desk import SetupDesk, Still
from mall.setup.door import SESSION_S
from mall.setup.drafts import CameraDraft, PairsDraft
from mall.setup.saving import CameraChange
from mall.setup.words import SetupError
from mall.web.schemas_setup import (
    SETUP_ERRORS,
    CameraChangeForm,
    Draft,
    FitAsked,
    HeadCounted,
    HeadCounts,
    HeadFit,
    Opening,
    PairsForm,
    PlaneForm,
    Saved,
    Saving,
    SetupSite,
    StillAsked,
    Tried,
    Undoing,
    Undone,
)
from mall.web.setup_guard import COOKIE, PREFIX, SESSION_PATH, STATUS, error_row

STILL_EXPIRES_S = 60
CameraAsked = Annotated[str, Query(max_length=64)]
Route = Callable[[Request], Coroutine[Any, Any, Response]]


class SetupRoute(APIRoute):
    """A route whose refusals carry a code and a text in both languages."""

    def get_route_handler(self) -> Route:
        """Return the handler with its errors told."""
        plain = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await plain(request)
            except SetupError as exc:
                return _refused(exc)
            except StoreError:
                return _refused(SetupError("store"))
            except OSError as exc:
                return _refused(SetupError("disk", reason=exc.strerror or type(exc).__name__))
            except RequestValidationError as exc:
                place, reason = _first(exc)
                return _refused(SetupError("shape", why=Why("shape", reason, {"place": place}), reason=reason))

        return told


def _refused(exc: SetupError) -> JSONResponse:
    return JSONResponse(error_row(exc), STATUS[exc.code])


def _first(exc: RequestValidationError) -> tuple[str, str]:
    """Return the place of the first error, and what is wrong there."""
    first = exc.errors()[0] if exc.errors() else {}
    place = ".".join(str(step) for step in first.get("loc", ())).encode("utf-8", "replace").decode()
    return place, f"{place}: {first.get('msg', 'wrong')}".encode("utf-8", "replace").decode()


def setup_router(desk: SetupDesk) -> APIRouter:
    """Return the routes; the gate before them has checked the session."""
    router = APIRouter(route_class=SetupRoute, responses=SETUP_ERRORS, tags=["setup"])
    _add_session(router, desk)
    _add_site(router, desk)
    _add_still(router, desk)
    _add_head_counts(router, desk)
    return router


def _add_session(router: APIRouter, desk: SetupDesk) -> None:
    @router.post(SESSION_PATH, status_code=204)
    def open_session(asked: Opening) -> Response:
        """Spend the token that was printed at start; the cookie holds for an hour."""
        cookie = desk.door.open(asked.token, asked.who, note=lambda: desk.note(asked.who, "setup opened"))
        answer = Response(status_code=204)
        answer.set_cookie(COOKIE, cookie, max_age=int(SESSION_S), path=PREFIX, httponly=True, samesite="strict")
        return answer

    @router.delete(SESSION_PATH, status_code=204)
    def end_session(request: Request) -> Response:
        """End the session."""
        desk.door.close()
        desk.note(_who(request), "setup closed")
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE, path=PREFIX, httponly=True, samesite="strict")
        return answer


def _who(request: Request) -> str:
    return str(request.state.setup_who)


def _add_site(router: APIRouter, desk: SetupDesk) -> None:
    @router.get(f"{PREFIX}/site", response_model=SetupSite)
    def read_setup_site() -> dict[str, Any]:
        """Tell the site as it is on disk."""
        return desk.site()

    @router.post(f"{PREFIX}/try", response_model=Tried)
    def try_draft(asked: Draft) -> dict[str, Any]:
        """Tell what would become of a draft; nothing is written."""
        planes = [_pairs(plane) for plane in asked.planes]
        draft = CameraDraft(asked.camera, asked.size, _maybe(asked.calibration), planes, asked.masks)
        return desk.try_draft(draft, asked.plan)

    @router.post(f"{PREFIX}/save", response_model=Saved)
    def save(asked: Saving, request: Request) -> dict[str, Any]:
        """Save cameras and plan; the stack takes them up by itself. The name is the session's, whoever is named."""
        return desk.save(asked.version, [_change(change) for change in asked.what], asked.plan, who=_who(request))

    @router.post(f"{PREFIX}/undo", response_model=Undone)
    def undo(asked: Undoing, request: Request) -> dict[str, Any]:
        """Take the last save back, byte for byte."""
        return desk.undo(asked.version, who=_who(request))


def _pairs(form: PairsForm) -> PairsDraft:
    region = form.region if isinstance(form, PlaneForm) else None
    return PairsDraft(form.image_points, form.plan_points, form.camera_matrix, form.distortion, region)


def _maybe(form: PairsForm | None) -> PairsDraft | None:
    return None if form is None else _pairs(form)


def _change(form: CameraChangeForm) -> CameraChange:
    values: dict[str, Any] = {key: getattr(form, key) for key in form.model_fields_set - {"camera"}}
    if "calibration" in values:
        values["calibration"] = _maybe(form.calibration)
    if "planes" in values:
        values["planes"] = [_pairs(plane) for plane in form.planes]
    if values.get("size", ()) is None:
        del values["size"]
    return CameraChange(form.camera, values)


def _add_still(router: APIRouter, desk: SetupDesk) -> None:
    png: dict[int | str, dict[str, Any]] = {
        200: {"content": {"image/png": {}}, "description": "The still, everybody in it pixelated."}
    }

    @router.post(f"{PREFIX}/still", response_class=Response, responses=png)
    def take_still(asked: StillAsked, request: Request) -> Response:
        """Take one pixelated still from the worker's memory; it is written down who asked and why."""
        still = desk.still(asked.camera, who=_who(request), why=asked.why)
        return Response(still.body, media_type="image/png", headers=_headers(still))


def _headers(still: Still) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "X-Still-Id": still.id,
        "X-Still-Captured-At": still.seen.at,
        "X-Still-Expires-S": str(STILL_EXPIRES_S),
        "X-Still-People": str(still.seen.people),
        "X-Still-Zones": json.dumps(still.seen.zones),
    }


def _add_head_counts(router: APIRouter, desk: SetupDesk) -> None:
    @router.get(f"{PREFIX}/head-counts", response_model=HeadCounts)
    def read_head_counts(camera: CameraAsked) -> dict[str, Any]:
        """List a camera's head counts, and what a fit of them would give."""
        return desk.head_counts(camera)

    @router.post(f"{PREFIX}/head-counts", response_model=HeadCounts)
    def count_heads(asked: HeadCounted) -> dict[str, Any]:
        """Keep what a person counted on a still of the last ten minutes."""
        return desk.count_heads(asked.camera, asked.still, asked.people, asked.zones)

    @router.post(f"{PREFIX}/head-counts/fit", response_model=HeadFit)
    def fit_head_counts(asked: FitAsked, request: Request) -> dict[str, Any]:
        """Fit the line of a camera and write it into the site, as `calibrate` does."""
        return desk.fit_head_counts(asked.camera, who=_who(request))

    @router.delete(f"{PREFIX}/head-counts/{{count}}", status_code=204)
    def drop_head_count(count: str, camera: CameraAsked) -> Response:
        """Take a head count away."""
        desk.drop_head_count(camera, count)
        return Response(status_code=204)
