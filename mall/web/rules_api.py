"""``/api/v1/rules``: every rule with its limits and their sources, and a dry run of other limits."""

from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from mall.config import Site
from mall.errors import SaidError
from mall.site_limits import RunningSite
from mall.store import Store
from mall.views.rules import Trial, rules_view, tried
from mall.web.refusals import refused
from mall.web.schemas import Answer

SeverityName = Literal["watch", "warn", "act", "clear"]
Words = dict[str, str]


class LimitAnswer(Answer):
    """From ``value`` on the situation has this severity."""

    severity: SeverityName
    value: float
    source: Words


class ConditionAnswer(Answer):
    """A number besides the limits on which a rule depends; ``key`` names it in ``site.toml``."""

    key: str
    value: float
    unit: str
    source: Words


class Ladder(Answer):
    """Limits, delays and conditions."""

    limits: list[LimitAnswer]
    on_delay_s: float
    off_delay_s: float
    hysteresis: float
    conditions: list[ConditionAnswer]


class RuleAnswer(Ladder):
    """One rule; ``overrides`` are the zones with limits of their own, ``dry_run`` whether it can be tried.

    ``why_not`` says why it cannot, null where it can.

    ``built_in`` is key -> number where the site says nothing; ``version`` that of the site file that runs, null where
    limits cannot be saved.
    """

    id: str
    measure: str
    family: str
    unit: str
    is_falling: bool
    is_comfort: bool
    dry_run: bool
    why_not: Words | None
    zones: list[str]
    overrides: dict[str, Ladder]
    built_in: dict[str, float]
    version: str | None


class DryRunOrder(BaseModel):
    """What to try: limits by their key in ``site.toml``, as numbers or texts with a unit such as "1.5 p/m²"."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(max_length=64)]
    limits: Annotated[dict[str, float | str], Field(max_length=16)] = {}
    zone: Annotated[str, Field(max_length=64)] | None = None
    hours: Annotated[float, Field(gt=0, le=48)] = 24.0


class FiringAnswer(Answer):
    """One time that the rule would have fired, to the minute; ``ended`` is null where it had not."""

    began: float
    ended: float | None
    severity: SeverityName
    peak: float
    peak_at: float


class ZoneDryRun(Answer):
    """One zone: when it would have fired, how often it does with the limits of now, and the minutes that are known."""

    zone: str
    firings: list[FiringAnswer]
    fired_now: int
    minutes: int
    missing: int


class DryRunAnswer(Answer):
    """What the rule would have done; ``coarse`` says what the figures do not tell, ``is_simulated`` that some of the
    minutes come from simulated cameras.
    """

    rule: str
    unit: str
    since: float
    until: float
    resolution_s: int
    coarse: Words
    is_simulated: bool
    fired: int
    fired_now: int
    zones: list[ZoneDryRun]


def add_rules(router: APIRouter, site: Site, store: Store) -> None:
    """Add the routes."""
    running, listed = RunningSite(site), lru_cache(maxsize=1)(rules_view)

    def now() -> Site:
        running.look()
        return running.site

    @router.get("/api/v1/rules", response_model=list[RuleAnswer], tags=["rules"])
    def read_rules() -> list[dict[str, Any]]:
        """List the rules with their limits, units and sources, and the limits of single zones."""
        return listed(now())

    @router.post("/api/v1/rules/dry-run", response_model=DryRunAnswer, tags=["rules"])
    def try_rule(order: DryRunOrder) -> Any:
        """Tell how often a rule would have fired with other limits on the last hours; nothing is changed."""
        try:
            return tried(now(), store, Trial(order.rule, order.limits, order.zone, order.hours))
        except SaidError as exc:
            return refused(422, exc.why)
        except KeyError as exc:
            raise HTTPException(404, str(exc.args[0])) from exc
        except ValueError as exc:
            raise HTTPException(422, str(exc)) from exc
