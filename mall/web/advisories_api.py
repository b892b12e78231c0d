"""``/api/v1/advisories``: the open ones and today's, each one's history, people's steps, and CAP 1.2."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, time
from functools import partial
from typing import Any, Literal, Protocol

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import JSONResponse
from starlette.convertors import Convertor, register_url_convertor

from mall.advisories.acting import Acted, act
from mall.advisories.life import Order, Step
from mall.advisories.policy import policy_of
from mall.config import Site
from mall.errors import Why
from mall.models import Advisory
from mall.notify.notices import Mark
from mall.notify.rendering import as_cap
from mall.store import Store
from mall.store.records import readable
from mall.views.operator import advisories_view
from mall.web.refusals import refused
from mall.web.schemas_advisories import (
    AdvisoryAnswer,
    AdvisoryState,
    Assignment,
    AuditEntry,
    Conflict,
    NoteBody,
    Resolution,
    Silence,
    StepBody,
)

BASE = "/api/v1/advisories"
MOST_ENTRIES = 20_000
CODES = {"unknown": 404, "taken": 409, "changed": 409, "over": 409, "wrong": 422}


class AdvisoryId(Convertor[str]):
    """``<rule>:<place>:<ms>``; the place of a sensor has a slash in it."""

    regex = r"[^/]+|[^/:]+:.+:\d+"

    def convert(self, value: str) -> str:
        """Return the id."""
        return value

    def to_string(self, value: str) -> str:
        """Return the id."""
        return value


register_url_convertor("advisory", AdvisoryId())
ONE = BASE + "/{advisory:advisory}"


class Feed(Protocol):
    """What the pages' feed offers here."""

    def current(self) -> dict[str, Any]:
        """Return the operator's view."""
        ...


def add_advisories(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    """Add the routes."""
    _add_lists(router, site, store, feed)
    _add_history(router, store)
    _add_cap(router, site, store)
    policy = policy_of(site.file.alarms)
    for step in STEPS:
        _add_step(router, step, lambda advisory, order: act(store, advisory, order, store.time(), policy))


@dataclass(frozen=True, slots=True)
class _StepRoute:
    """A step as a route: its body, what it is for, and what of the body goes into the order."""

    step: Step
    body: type[StepBody]
    text: str
    fields: Callable[[Any], dict[str, Any]] = lambda _: {}


STEPS = (
    _StepRoute("acknowledge", StepBody, "Say that somebody has seen it; `by` is `console:` and a name."),
    _StepRoute("assign", Assignment, "Say who is to see to it.", lambda body: {"to": body.to}),
    _StepRoute("start", StepBody, "Say that somebody acts on it."),
    _StepRoute("note", NoteBody, "Add a note.", lambda body: {"text": body.text}),
    _StepRoute(
        "silence", Silence, "Let it make neither sound nor page for a while; worsening breaks it.",
        lambda body: {"text": body.reason, "seconds": 60.0 * body.minutes},
    ),
    _StepRoute("unsilence", StepBody, "End its silence."),
    _StepRoute(
        "resolve", Resolution, "End it by hand; a situation that lasts is raised anew.", lambda body: {"text": body.why}
    ),
)  # fmt: skip


def _add_lists(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    @router.get(BASE, response_model=list[AdvisoryAnswer], tags=["advisories"])
    def read_advisories(state: Literal["open", "closed", "all"] = "open") -> list[dict[str, Any]]:
        """List the open situations, worst first as on the page, or those closed since midnight, latest first."""
        view = feed.current()
        opened = list(view["advisories"]) if state != "closed" else []
        return opened + (_closed_today(site, store, view) if state != "open" else [])

    @router.get(ONE, response_model=AdvisoryAnswer, tags=["advisories"])
    def read_advisory(advisory: str) -> dict[str, Any]:
        """Tell one advisory, open or not, as the store has it."""
        return advisories_view(site, [_found(store, advisory)], feed.current())[0]


def _closed_today(site: Site, store: Store, view: dict[str, Any]) -> list[dict[str, Any]]:
    today = datetime.fromtimestamp(store.time(), site.timezone).date()
    midnight = datetime.combine(today, time(0), site.timezone).timestamp()
    over = [a for a in store.advisories() if a.is_over and (a.resolved_at or a.updated_at) >= midnight]
    rows = advisories_view(site, over, view)
    return sorted(rows, key=lambda row: -(row["resolved_at"] or row["updated_at"]))


def _found(store: Store, advisory_id: str) -> Advisory:
    found = store.read_advisory(advisory_id)
    if found is None:
        raise HTTPException(404, "No advisory of this id.")
    return found


def _add_history(router: APIRouter, store: Store) -> None:
    @router.get(f"{ONE}/history", response_model=list[AuditEntry], tags=["advisories"])
    def read_history(advisory: str) -> list[dict[str, Any]]:
        """Tell what was done about an advisory, and by whom, oldest first: from the audit."""
        found = _found(store, advisory)
        entries = store.read_audit_since((found.first_raised_at or found.raised_at) - 1.0, MOST_ENTRIES)
        return [audit_row(entry) for entry in entries if entry.get("advisory") == advisory]


def audit_row(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an audit entry as the interface tells it."""
    named = ("id", "at", "who", "what")
    more = {key: value for key, value in entry.items() if key not in (*named, "prev")}
    return {key: entry.get(key) for key in named} | {"more": more}


def _add_cap(router: APIRouter, site: Site, store: Store) -> None:
    cap: dict[int | str, Any] = {200: {"content": {"application/cap+xml": {}}}}

    @router.get(f"{ONE}/cap", tags=["advisories"], response_class=Response, responses=cap)
    def read_cap(advisory: str) -> Response:
        """Tell an advisory as a message of the Common Alerting Protocol 1.2."""
        found = _found(store, advisory)
        text = store.notice_marks().get(advisory)
        mark = None if text is None else readable("notice", advisory, partial(Mark.from_json, text))
        made = as_cap(site, found, () if mark is None else mark.sent, site.file.site.languages)
        return Response(made.body, media_type=made.media_type)


def _add_step(router: APIRouter, route: _StepRoute, take: Callable[[str, Order], Acted]) -> None:
    body_type, fields = route.body, route.fields

    def take_step(advisory: str, body: body_type) -> Any:  # type: ignore[valid-type]
        given: StepBody = body
        return _answer(take(advisory, Order(route.step, given.by, given.version, **fields(given))))

    router.add_api_route(
        f"{ONE}/{route.step}", take_step, methods=["POST"], response_model=AdvisoryState, tags=["advisories"],
        responses={409: {"model": Conflict}}, description=route.text, name=f"{route.step} advisory",
        operation_id=f"{route.step}_advisory",
    )  # fmt: skip


def _answer(acted: Acted) -> Any:
    """Return the advisory after a step, or why it was refused, with what somebody else did meanwhile."""
    return acted.advisory if acted.why is None else refusal(CODES[acted.outcome], acted.why, acted.advisory)


def refusal(status: int, why: Why, found: Advisory | None) -> JSONResponse:
    """Return why something was refused; where somebody was faster, who did what, and the advisory as it is now."""
    if status != 409 or found is None:
        return refused(status, why)
    now = AdvisoryState.model_validate(asdict(found)).model_dump(mode="json")
    return refused(status, why, advisory=now, changed_by=found.changed_by, changed_what=found.changed_what)
