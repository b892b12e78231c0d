"""``/api/v1/advisories/{id}/options`` and ``/choose``: what can be done, and who chose what."""

from typing import Any

from fastapi import APIRouter, HTTPException

from mall.advisories.acting import UNKNOWN, told_meanwhile
from mall.advisories.life import over
from mall.errors import Why
from mall.options.choosing import Choice, Chosen, choose
from mall.options.sets import newest
from mall.store import Store
from mall.web.advisories_api import refusal
from mall.web.refusals import refused
from mall.web.schemas_advisories import Conflict
from mall.web.schemas_options import ChoiceAnswer, ChoiceBody, OptionsAnswer

ONE = "/api/v1/advisories/{advisory:path}"
GONE = Why("option_gone", "This option is no longer offered; look at the options again.")


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
        row = newest(text)
        return row | {"version": found.version, "age_s": round(max(0.0, store.time() - row["at"]), 1)}

    @router.post(
        f"{ONE}/choose", response_model=ChoiceAnswer, tags=["advisories"], responses={409: {"model": Conflict}}
    )  # fmt: skip
    def choose_option(advisory: str, body: ChoiceBody) -> Any:
        """Choose an option; what it changes on the plan is proposed, not done."""
        choice = Choice(body.option, body.by, body.version, body.kind, body.set_at)
        return _answer(choose(store, advisory, choice, store.time()))


def _answer(done: Chosen) -> Any:
    found = done.advisory
    if done.outcome == "changed":
        return refusal(409, told_meanwhile(found), found)
    if found is None:
        return refusal(404, UNKNOWN, None)
    if done.outcome == "over":
        return refusal(409, over(found), found)
    if done.outcome == "gone":
        return refused(409, GONE)
    return {
        "id": found.id, "status": found.status, "version": found.version, "chosen": found.chosen or {},
        "plan_changes": list(done.plan_changes),
    }  # fmt: skip
