"""``/api/v1/history``: the past of zones, lines and borders, for operators; as JSON or as a table for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from mall.config import Site
from mall.history.status import HistoryStatus, trouble
from mall.store import Store
from mall.store.records import readable
from mall.views.history import STEP_S, Step, history_view, unknown_names
from mall.web.schemas import ERRORS, Answer

if TYPE_CHECKING:
    from mall.history.joined import JoinedHistory

NO_HISTORY = "no-history"
MOST_NAMES = 100
MOST_ROWS = 50_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class HistoryAnswerRow(Answer):
    """One time of a zone, line or border; null is unknown and never 0.

    ``watched`` is the share of the time for which figures are known; a figure of less than 80 % of it is null.
    ``density`` is people per m² of the ground seen; ``dwell_mean_s`` people-seconds divided by those who came over the
    zone's borders (Little's law): of an hour or a day, else of the 15 minutes that end with the row. ``origin``:
    recorded by cameras, simulated, or sample, which is invented.
    """

    zone: str
    at: int
    people_mean: float | None
    people_max: int | None
    density: float | None
    los: str | None
    count_in: int | None
    count_out: int | None
    dwell_mean_s: float | None
    coverage: float
    watched: float
    origin: Literal["recorded", "simulated", "sample"]


class HistoryAnswer(Answer):
    """Rows by name and time; a time of which nothing is known has none.

    ``archive``: where the files lie; unless ``here``, only the store's last 48 hours are told. ``left_out`` are damaged
    files whose time is missing. Times are UTC seconds; hours and days begin where the site's clocks say.
    """

    since: float
    until: float
    step: Literal["1m", "15m", "1h", "1d"]
    archive: Literal["here", "elsewhere", "absent"]
    left_out: list[str]
    origins: list[Literal["recorded", "simulated", "sample"]]
    rows: list[HistoryAnswerRow]


def history_router(site: Site, store: Store, root: Path) -> APIRouter:
    """Return the route; ``root`` is the folder of the memory, which need not exist."""
    router = APIRouter(responses=ERRORS)

    @cache
    def history() -> "JoinedHistory":
        from mall.history.joined import JoinedHistory  # slow to import, and not asked for at every start

        return JoinedHistory(site, store, root)

    @router.get(
        "/api/v1/history", response_model=HistoryAnswer, tags=["history"],
        responses={200: {"content": {"text/csv": {}}}},
    )  # fmt: skip
    def read_history(
        zones: Annotated[str, Query(max_length=10_000, description="Zones, line:<id> or move:<zone>><zone>; commas.")],
        since: AwareDatetime,
        until: AwareDatetime,
        step: Step = "15m",
        format: Literal["json", "csv"] = "json",  # noqa: A002
    ) -> Any:
        """Tell the past; `since` and `until` in UTC seconds or ISO 8601 with an offset."""
        names = list(dict.fromkeys(name for name in zones.split(",") if name))
        span = (since.timestamp(), until.timestamp())
        _check(site, names, span, step)
        view = _asked(site, history(), names, span, step)
        return view if format == "json" else _table(view["rows"])

    return router


def _check(site: Site, names: Sequence[str], span: tuple[float, float], step: Step) -> None:
    """Refuse what names nothing, runs backwards or would be too much."""
    if unknown := unknown_names(site, names):
        at = names.index(unknown[0]) + 1
        raise HTTPException(404, f"zones: name {at} is of nothing on the plan; GET /api/v1/site lists zones and lines")
    if not names or len(names) > MOST_NAMES:
        raise HTTPException(422, f"zones: expected 1 to {MOST_NAMES} names, got {len(names)}")
    if span[1] <= span[0]:
        raise HTTPException(422, "until: must be later than since")
    rows = len(names) * (span[1] - span[0]) / STEP_S[step]
    if rows > MOST_ROWS:
        raise HTTPException(
            422, f"step: {rows:.0f} rows at most asked for, more than {MOST_ROWS}; ask for larger steps"
        )


def _asked(
    site: Site, history: "JoinedHistory", names: Sequence[str], span: tuple[float, float], step: Step
) -> dict[str, Any]:
    from mall.history.asking import HistoryError

    try:
        return history_view(site, history, names, span, step)
    except HistoryError as exc:
        raise HTTPException(503, "The memory cannot be asked just now; try again.", {"Retry-After": "2"}) from exc


def _table(rows: Sequence[dict[str, Any]]) -> Response:
    """Return rows as CSV; no cell of it is a formula."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(HistoryAnswerRow.model_fields))
    writer.writeheader()
    writer.writerows({key: plain(value) for key, value in row.items()} for row in rows)
    headers = {"content-disposition": 'attachment; filename="history.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def plain(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def history_trouble(store: Store) -> list[str]:
    """Return what is degraded in the memory, a line each; StoreError where the store does not answer."""
    text = store.read_history_status()
    status = readable("history status", "", lambda: HistoryStatus.from_json(text)) if text else None
    return trouble(status, store.time())
