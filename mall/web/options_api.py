"""``/api/v1/advisories/{id}/options`` and ``/choose``: what can be done, and who chose what."""

import json
from typing import Any

from fastapi import APIRouter, HTTPException

from mall.models import Advisory
from mall.options.choosing import Choice, Chosen, choose
from mall.store import Store
from mall.web.schemas import Problem
from mall.web.schemas_options import ChoiceAnswer, ChoiceBody, OptionsAnswer

ONE = "/api/v1/advisories/{advisory:path}"
REFUSALS = {
    "unknown": (404, "No advisory of this id."),
    "over": (409, "This advisory is already over."),
    "changed": (409, "This advisory was changed meanwhile; look at it again."),
    "gone": (409, "This option is no longer offered; look at the options again."),
}


def add_options(router: APIRouter, store: Store) -> None:
    """Add the routes."""

    @router.get(f"{ONE}/options", response_model=OptionsAnswer, tags=["advisories"])
    def read_options(advisory: str) -> dict[str, Any]:
        """Tell the options of an advisory with their predictions, made anew every 30 s; null is unknown, never 0."""
        found = store.read_advisory(advisory)
        if found is None:
            raise HTTPException(404, "No advisory of this id.")
        text = store.read_options(advisory)
        if text is None:
            raise HTTPException(404, "No options were made for this advisory within three minutes.")
        row: dict[str, Any] = json.loads(text)
        return row | {"version": found.version, "age_s": round(max(0.0, store.time() - row["at"]), 1)}

    @router.post(
        f"{ONE}/choose", response_model=ChoiceAnswer, tags=["advisories"], responses={409: {"model": Problem}}
    )  # fmt: skip
    def choose_option(advisory: str, body: ChoiceBody) -> dict[str, Any]:
        """Choose an option; what it changes on the plan is proposed, not done."""
        choice = Choice(body.option, body.by, body.version, body.kind)
        return _answer(choose(store, advisory, choice, store.time()))


def _answer(done: Chosen) -> dict[str, Any]:
    found: Advisory | None = done.advisory
    if done.outcome != "done" or found is None:
        raise HTTPException(*REFUSALS[done.outcome])
    return {
        "id": found.id, "status": found.status, "version": found.version, "chosen": found.chosen or {},
        "plan_changes": list(done.plan_changes),
    }  # fmt: skip
