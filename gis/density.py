"""Density, level of service and the state of a crowd."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gis.grid import SOURCE, DensityGrid

__all__ = [
    "LETTERS", "SOURCE", "STANDARDS", "DensityGrid", "Standard", "classic_density", "crowd_state", "level_of_service",
    "level_of_space", "los_band", "standard_for",
]  # fmt: skip

LETTERS = "ABCDEF"
UNSURE = "unsure"
WIDEST_RANGE = 2  # classes; a wider range says nothing

CrowdState: TypeAlias = Literal["free", "dense", "critical", "stalled"]


@dataclass(frozen=True, slots=True)
class Standard:
    """Upper limits of the levels A to E in p/m², each belonging to its level; above the last it is F."""

    name: str
    limits: tuple[float, float, float, float, float]
    source: str


_FRUIN = "Fruin 1971, Pedestrian Planning and Design"
STANDARDS = {
    "walkway": Standard("walkway", (0.31, 0.43, 0.72, 1.08, 2.17), f"{_FRUIN}: walkways"),
    "queue": Standard("queue", (0.83, 1.11, 1.67, 3.33, 5.00), "HCM 2000, ch. 18: queuing areas"),
    "stair": Standard("stair", (0.54, 0.72, 1.08, 1.54, 2.69), f"{_FRUIN}: stairways"),
}  # fmt: skip

_STANDARD_OF = {
    "concourse": "walkway", "atrium": "walkway", "walkway": "walkway", "entrance": "walkway",
    "queue": "queue", "event": "queue", "lift": "queue", "popup": "queue",
    "stair": "stair", "escalator": "stair",
}  # fmt: skip

# Pedestrian flow peaks near 1.75 p/m² (Weidmann 1993, doi:10.3929/ethz-a-000687810), so above it less flow may mean
# more danger; the other limits are class borders of the walkway standard.
DENSE, CRITICAL, CRITICAL_WHEN_FALLING, STALLED = 0.72, 1.75, 1.08, 2.17
FALLING_SHARE, STANDSTILL_M_S = 0.20, 0.3


def classic_density(count: float, area_m2: float) -> float:
    """Return N / A in p/m².

    Raises:
        ValueError: if the count is negative or the area not positive.

    """
    if not count >= 0:
        raise ValueError(f"count must be 0 or more, got {count}")
    if not area_m2 > 0:
        raise ValueError(f"area_m2 must be positive, got {area_m2}")
    return count / area_m2


def level_of_service(density: float, standard: Standard) -> str:
    """Return the letter A to F of a density in p/m²; ValueError if it is negative or NaN."""
    if not density >= 0:
        raise ValueError(f"density must be 0 or more, got {density}")
    return LETTERS[sum(density > limit for limit in standard.limits)]


def level_of_space(m2_per_person: float, standard: Standard) -> str:
    """Return the letter of the space that one person has in m²; the same table, read through 1 / x."""
    if not m2_per_person >= 0:
        raise ValueError(f"m2_per_person must be 0 or more, got {m2_per_person}")
    return level_of_service(1 / m2_per_person if m2_per_person else math.inf, standard)


def standard_for(category: str) -> Standard | None:
    """Return the standard for a zone category; None where utilisation of capacity is the measure, not a letter.

    Pop-up spaces are read as events: people there stand and look.
    """
    name = _STANDARD_OF.get(category)
    return STANDARDS[name] if name else None


def los_band(low: float, high: float | None, standard: Standard) -> str:
    """Return the level of a density band: ``B``, a range ``B–C``, or ``unsure`` where it spans more than two classes.

    Args:
        low: lower end, p/m².
        high: upper end, p/m²; None where the band is open upward.
        standard: the table.

    """
    if high is not None and high < low:
        raise ValueError(f"band ends must be in order, got {low} and {high}")
    first, last = level_of_service(low, standard), level_of_service(math.inf if high is None else high, standard)
    if first == last:
        return first
    return UNSURE if LETTERS.index(last) - LETTERS.index(first) > WIDEST_RANGE else f"{first}–{last}"


def crowd_state(
    density: float,
    category: str,
    *,
    flow_change: float | None = None,
    speed_m_s: float | None = None,
    is_rising: bool = False,
) -> CrowdState:
    """Return how a crowd of this density is doing.

    On walkways, stairs and exits density, flow and speed count; where people stand on purpose (queues, events,
    seating, shops) it is the density beyond the queue standard's levels C and D, or from C on ever more people while
    ever fewer leave.

    Args:
        density: p/m².
        category: of the zone.
        flow_change: change of the flow over the last 60 s as a share of it (-0.3 = 30 % less), None if unknown.
        speed_m_s: mean walking speed, None if unknown.
        is_rising: whether the density rises.

    """
    falling = flow_change is not None and flow_change < -FALLING_SHARE
    standard = standard_for(category)
    if standard is None or standard.name == "queue":
        limits = STANDARDS["queue"].limits
        if density > limits[3] or (density > limits[2] and is_rising and falling):
            return "critical"
        return "dense" if density > limits[2] else "free"
    if density >= STALLED and speed_m_s is not None and speed_m_s < STANDSTILL_M_S:
        return "stalled"
    if density >= CRITICAL or (density >= CRITICAL_WHEN_FALLING and falling):
        return "critical"
    return "dense" if density >= DENSE else "free"
