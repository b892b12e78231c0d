"""What an advisory on a zone tells besides its rule: the figures that its words and the options need."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mall.advisories.rule import Limit, Rule
from mall.advisories.situations import Evidence
from mall.models import ZoneReading
from mall.reading.filling import Filling
from mall.reading.flow_window import ZoneRates

FactsOf = Callable[[Limit], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a zone is: walkable area, what it holds, the density at which somebody must act, lines and openings."""

    area_m2: float
    capacity: float
    act_density: float
    lines: Sequence[str] = ()
    openings: Sequence[str] = ()

    @property
    def most(self) -> float:
        """Return the people at which the density is that at which somebody must act."""
        return self.act_density * self.area_m2


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of a zone at one instant besides its reading; None is unknown."""

    rates: ZoneRates | None = None
    filling: Filling | None = None
    speed_m_s: float | None = None
    flow_change: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def zone_facts(
    rule: Rule, evidence: Evidence, reading: ZoneReading, ground: Ground, known: Callable[[], Now]
) -> FactsOf:
    """Return what tells of a zone, given the limit that is reached; ``known`` is asked for only then."""

    def facts(limit: Limit) -> dict[str, Any]:
        now = known()
        band = reading.band or (reading.people, None)
        return {
            "value": finite(evidence.value), "high": finite(evidence.high), "limit": limit.value, "unit": rule.unit,
            "people": reading.people, "band": list(band), "coverage": reading.coverage, "on_delay_s": rule.on_delay_s,
            "source": limit.source, "data": reading.source, "saturated": reading.saturated,
            "unproven": reading.unproven, "density": finite(reading.density), "los": reading.los,
            "area_m2": round(ground.area_m2, 1), "lines": list(ground.lines), "openings": list(ground.openings),
        } | _capacity(rule, ground) | _flow(now) | dict(now.more)  # fmt: skip

    return facts


def _capacity(rule: Rule, ground: Ground) -> dict[str, Any]:
    return {"capacity": round(ground.capacity)} if rule.measure == "utilisation" else {}


def _flow(now: Now) -> dict[str, Any]:
    rates, filling = now.rates, now.filling
    return {
        "inflow": None if rates is None else round(rates.in_per_min, 1),
        "outflow": None if rates is None else round(rates.out_per_min, 1),
        "time_to_limit_s": None if filling is None else finite(filling.seconds),
        "speed_m_s": finite(now.speed_m_s), "flow_change": finite(now.flow_change),
    }  # fmt: skip


def finite(value: float | None) -> float | None:
    """Return a number to four decimals, None where it is none."""
    return None if value is None or not math.isfinite(value) else round(value, 4)
