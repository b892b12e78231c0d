"""``PUT /api/v1/rules/{rule}``: limits of a rule, everywhere or at one zone, written into the site file."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from mall.setup.limits import LimitsAsked, LimitsDesk
from mall.setup.words import SetupError
from mall.web.schemas import Answer
from mall.web.schemas_advisories import Told
from mall.web.schemas_plan import By
from mall.web.schemas_setup import SETUP_ERRORS
from mall.web.setup_api import SetupRoute

Key = Annotated[str, Field(max_length=64)]
Written = Annotated[float, Field(strict=True)] | Annotated[str, Field(max_length=40)]


class LimitsOrder(BaseModel):
    """Limits by their key in ``site.toml``, as numbers or texts with a unit; the keys that are not named stay.

    ``version`` is the one that ``GET /api/v1/rules`` told, so that nobody overwrites what they have not seen.
    """

    model_config = ConfigDict(extra="forbid")

    limits: Annotated[dict[Key, Written], Field(min_length=1, max_length=16)]
    zone: Key | None = None
    by: By
    why: Told
    version: Key


class LimitsAnswer(Answer):
    """What was changed; the stack runs on it once ``GET /api/v1/rules`` tells this version."""

    rule: str
    zone: str | None
    version: str
    before: dict[str, float | None]
    after: dict[str, float]


async def _each_key_once(request: Request) -> None:
    """Refuse a body that names a key twice: a parser takes the last, and who wrote it may mean the first."""
    json.loads(await request.body(), object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(each == key for each, _ in pairs) > 1)
        raise SetupError("shape", reason=f"body: key {twice!r:.66} stands twice")
    return found


def rules_saving_router(desk: LimitsDesk) -> APIRouter:
    """Return the route."""
    router = APIRouter(route_class=SetupRoute, responses=SETUP_ERRORS, tags=["rules"])

    @router.put("/api/v1/rules/{rule}", response_model=LimitsAnswer, dependencies=[Depends(_each_key_once)])
    def put_limits(rule: Annotated[str, Path(max_length=64)], order: LimitsOrder) -> dict[str, Any]:
        """Set limits of a rule; a wrong unit or ladder is refused by its place, the second of two people by 409."""
        asked = LimitsAsked(rule, order.zone, order.limits, order.version, order.by, order.why)
        saved = desk.save(asked)
        told = {"version": saved.version, "before": saved.before, "after": saved.after}
        return {"rule": rule, "zone": order.zone} | told

    return router
