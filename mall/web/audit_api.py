"""The audit, the shift hand-over, and how the ways to tell do."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from mall.advisories.handover import handover
from mall.config import Site
from mall.notify.trouble import channel_rows
from mall.store import Store
from mall.views.handover_text import handover_text
from mall.views.lost import lost_now
from mall.web.advisories_api import MOST_ENTRIES, Feed, audit_row
from mall.web.schemas_advisories import AuditAnswer, ChannelAnswer, HandoverAnswer

MEDIA = {"text": "text/plain", "markdown": "text/markdown"}


def add_audit(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    """Add the routes."""
    _add_books(router, site, store)
    _add_handover(router, site, store, feed)


def _add_books(router: APIRouter, site: Site, store: Store) -> None:
    @router.get("/api/v1/audit", response_model=AuditAnswer, tags=["audit"])
    def read_audit(count: Annotated[int, Query(ge=0, le=1000)] = 100, *, verify: bool = True) -> dict[str, Any]:
        """Tell the last entries of the audit, and whether its chain of hashes is whole from the beginning."""
        broken = store.audit_break() if verify else None
        entries = [audit_row(entry) for entry in store.read_audit(count)]
        return {"is_whole": broken is None if verify else None, "broken_at": broken, "entries": entries}

    @router.get("/api/v1/notify", response_model=list[ChannelAnswer], tags=["health"])
    def read_channels() -> list[dict[str, Any]]:
        """Tell how every way to tell people and systems does."""
        return channel_rows(site, store)


def _add_handover(router: APIRouter, site: Site, store: Store, feed: Feed) -> None:
    @router.get("/api/v1/handover", response_model=HandoverAnswer, tags=["advisories"])
    def read_handover(
        hours: Annotated[float, Query(gt=0, le=72)] = 8.0,
        form: Annotated[Literal["json", "text", "markdown"], Query(alias="format")] = "json",
        language: Literal["en", "ja"] | None = None,
    ) -> Any:
        """Tell the next shift what is open and who has it, what was closed, and what does not work."""
        until = store.time()
        since = until - 3600.0 * hours
        entries = store.read_audit_since(since, MOST_ENTRIES)
        summary = handover(store.advisories(), entries, lost_now(feed.current()), since=since, until=until)
        if form == "json":
            return JSONResponse(HandoverAnswer.model_validate(summary).model_dump(mode="json"))
        told = handover_text(site, summary, language or site.file.site.languages[0], is_markdown=form == "markdown")
        return Response(told, media_type=f"{MEDIA[form]}; charset=utf-8")
