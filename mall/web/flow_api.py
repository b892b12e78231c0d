"""``/api/v1/flow``: rates, dwell, waits and moves, for operators; nothing of it is for tenants or the public."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from mall.config import Site
from mall.store import Store
from mall.views.flow import read_flow_view
from mall.web.schemas import Answer, State

Band = tuple[float | None, float | None]


class Dwell(Answer):
    """How long people stay, from the visits that began in the last hour; 95 % interval in seconds, null is open.

    ``median_s`` is null while more than half of the visits have lasted longer than any that was seen, ``over_s``.
    ``censored`` of the ``n`` visits were not seen to end: they still last, or the person was lost from sight.
    """

    median_s: float | None
    over_s: float | None
    band: Band | None
    n: int | None
    censored: int | None
    state: State


class QueueWait(Answer):
    """How long a queue takes, by Little's law over the last 5 to 10 min; 95 % interval in seconds, null is open.

    ``mean_s`` is null where nobody left the queue: then the wait is over ``over_s``.
    """

    mean_s: float | None
    over_s: float | None
    band: Band | None
    state: State


class BalanceResidual(Answer):
    """People who came less those who left and those who are more; beyond the tolerance chance does not explain it."""

    value: int
    tolerance: float
    minutes: int


class ZoneFlowAnswer(Answer):
    """The flow of one zone; rates are means of the last five minutes, null is unknown and never 0."""

    state: State
    age_s: float | None
    coverage: float | None
    source: Literal["camera", "recorded", "simulated"] | None
    in_per_min: float | None
    out_per_min: float | None
    dwell: Dwell
    wait: QueueWait | None
    residual: BalanceResidual | None


class LineFlowAnswer(Answer):
    """The flow over one line; ``specific_flow`` is both directions in people per metre of clear width and minute."""

    state: State
    age_s: float | None
    in_per_min: float | None
    out_per_min: float | None
    specific_flow: float | None
    clear_width_m: float
    zone: str | None


class MoveAnswer(Answer):
    """People who went from one zone to another; null is outside of every zone, or out of sight at its edge."""

    from_zone: str | None = Field(alias="from", serialization_alias="from")
    to_zone: str | None = Field(alias="to", serialization_alias="to")
    count: int
    minutes: int


class FlowAnswer(Answer):
    """How people flow through the mall; ``at`` is the store's clock in UTC seconds."""

    at: float
    zones: dict[str, ZoneFlowAnswer]
    lines: dict[str, LineFlowAnswer]
    moves: list[MoveAnswer]


def add_flow(router: APIRouter, site: Site, store: Store) -> None:
    """Add the route."""

    @router.get("/api/v1/flow", response_model=FlowAnswer, tags=["live"])
    def read_flow() -> dict[str, Any]:
        """Tell who goes where, how long people stay and wait, and whether the counts add up."""
        return read_flow_view(site, store)
