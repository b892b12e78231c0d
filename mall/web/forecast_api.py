"""``/api/v1/zones/{zone}/forecast``: people of the rest of the day, for operators."""

import json
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import Field

from mall.config import Site
from mall.errors import StoreError
from mall.forecast import wording
from mall.forecast.shape import Forecast
from mall.store import Store
from mall.web.schemas import Answer


class ForecastStep(Answer):
    """Mean people in the step that begins at ``t``, with the interval; ``is_validated``: measured so far ahead."""

    t: float
    low: float
    likely: float
    high: float
    is_validated: bool


class ForecastAnswer(Answer):
    """The forecast of a zone; without steps ``none_reason`` says why. ``is_sample``: made from an invented history."""

    zone: str
    at: float | None = Field(description="When it was made, UTC seconds.")
    step_s: int
    interval: float = Field(description="Share of cases that should fall between low and high.")
    method: Literal["weekly", "daily", "last", "none"]
    trained_on: float = Field(description="Weeks of values behind it.")
    is_sample: bool
    is_validated: bool
    none_reason: str | None
    text: dict[str, dict[str, str]]
    marks: list[dict[str, str]]
    steps: list[ForecastStep]


def add_forecast(router: APIRouter, site: Site, store: Store) -> None:
    """Add the route."""
    levels = {zone.id: zone.level for zone in site.plan.zones}

    @router.get("/api/v1/zones/{zone}/forecast", response_model=ForecastAnswer, tags=["history"])
    def read_forecast(zone: str) -> dict[str, Any]:
        """Tell how many people a zone will probably have, to the end of the day, and how sure that is."""
        if zone not in levels:
            raise HTTPException(404, "No zone of this id; GET /api/v1/zones lists them.")
        return _answer(zone, stored_forecast(store, levels[zone], zone))


def stored_forecast(store: Store, level: str, zone: str) -> Forecast | None:
    """Return a zone's forecast, None where none was made; StoreError where there is no store or it is damaged."""
    written = store.read_forecast(level)
    if written is None:
        return None
    try:
        row = json.loads(written).get(zone)
        return None if row is None else Forecast.from_row(row)
    except (ValueError, TypeError, AttributeError) as exc:
        raise StoreError(f"forecast of level {level}: damaged: {exc}") from exc


def _answer(zone: str, found: Forecast | None) -> dict[str, Any]:
    forecast = found or Forecast(zone, 0.0)
    reason = forecast.none_reason if found else "not_made"
    row = forecast.to_row()
    row["steps"] = [dict(zip(ForecastStep.model_fields, step, strict=True)) for step in row["steps"]]
    return row | {
        "at": found.at if found else None,
        "none_reason": reason,
        "text": wording.text(forecast.method, reason),
        "marks": wording.marks(forecast),
    }
