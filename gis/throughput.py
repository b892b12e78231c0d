"""How fast a crowd walks and how many people a minute an opening, a stair, an escalator or a lift lets through."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import shapely

from gis.floorplan import FloorPlan, Zone

FREE_SPEED_M_S = 1.34
JAM_P_M2 = 5.4
GAMMA = 1.913
SPEED_SOURCE = "Weidmann 1993, doi:10.3929/ethz-a-000687810"
LEAST_SPEED_M_S = 0.05  # a jam still creeps; keeps travel times finite
PEAK_P_M2 = 1.75  # density at which the flow peaks

STAIR_SPEED_M_S = 0.65  # along the run of a stair, mean of Weidmann's 0.61 up and 0.69 down
ESCALATOR_SPEED_M_S = 0.43  # along the run: 0.5 m/s on the slope of 30 degrees (EN 115-1)
LIFT_RIDE_S = 60.0  # waiting and riding; our own choice

LEVEL_PLANNED, LEVEL_CAP = 60.0, 82.0
STEPPED_PLANNED, STEPPED_CAP = 48.0, 66.0
RATE_SOURCE = "Green Guide: 82 level, 66 stepped p/m/min at most; planned with 60 and 48"
STANDING_SHARE = 0.75  # of an escalator's greatest capacity that people fill in practice; our own choice
_ESCALATORS = ((0.6, 60.0), (0.8, 80.0), (1.0, 100.0))
"""Step width in m -> greatest capacity in p/min at 0.5 m/s, EN 115-1:2017 annex H."""
ESCALATOR_SOURCE = "EN 115-1:2017 annex H: 60, 80, 100 p/min for steps of 0.6, 0.8, 1.0 m at 0.5 m/s"
ESCALATOR_RAILS_M = 0.4  # of the width of an escalator that its balustrades take; our own choice
LIFT_P_MIN = 10.0  # a car of 13 people, a round trip in 80 s; our own choice
LIFT_SOURCE = "13 people in 80 s a round trip; our own choice"


@dataclass(frozen=True, slots=True)
class Throughput:
    """People a minute through one item: ``planned`` to reckon with, ``cap`` never to be exceeded.

    ``width_m`` is clear, None for a lift; ``source`` says where the rates come from.
    """

    planned: float
    cap: float
    width_m: float | None
    source: str


def walking_speed(density: float) -> float:
    """Return the mean speed in m/s at a density in p/m² on the level, never below a creep; ValueError if negative."""
    if not density >= 0.0:
        raise ValueError(f"density must be 0 or more, got {density}")
    if density == 0.0:
        return FREE_SPEED_M_S
    speed = FREE_SPEED_M_S * (1.0 - math.exp(-GAMMA * (1.0 / density - 1.0 / JAM_P_M2)))
    return max(speed, LEAST_SPEED_M_S)


def specific_flow(density: float) -> float:
    """Return the flow in p/m/min of a crowd of this density in p/m²: density times speed."""
    return 60.0 * density * walking_speed(density)


def speed_in(category: str, density: float) -> float:
    """Return the mean speed in m/s in a zone of a category, slowed by its density in p/m²."""
    if category == "escalator":
        return ESCALATOR_SPEED_M_S
    share = walking_speed(density) / FREE_SPEED_M_S
    return max(LEAST_SPEED_M_S, share * (STAIR_SPEED_M_S if category == "stair" else FREE_SPEED_M_S))


def throughput(plan: FloorPlan, item: str) -> Throughput | None:
    """Return the people a minute of an opening, or of a stair, escalator or lift zone; None where there is none."""
    for opening in plan.openings:
        if opening.id == item:
            ends = [end for end in (opening.from_zone, opening.to_zone) if end is not None and end in plan]
            stepped = any(plan.zone(end).category == "stair" for end in ends)
            return _rates(opening.width_m, is_stepped=stepped)
    zone = plan.zone(item) if item in plan else None
    if zone is None or zone.category not in _OF_CONNECTOR:
        return None
    return _OF_CONNECTOR[zone.category](width_of(plan, zone))


def width_of(plan: FloorPlan, zone: Zone) -> float:
    """Return the clear width of a connector in m: its own, else its narrowest opening's, else its polygon's."""
    if zone.width_m is not None:
        return zone.width_m
    widths = [o.width_m for o in plan.openings if zone.id in (o.from_zone, o.to_zone)]
    ring = shapely.get_coordinates(shapely.oriented_envelope(zone.polygon))
    sides = [math.dist(ring[i], ring[i + 1]) for i in (0, 1)]
    return min([*widths, *sides])


def _rates(width_m: float, *, is_stepped: bool) -> Throughput:
    planned, cap = (STEPPED_PLANNED, STEPPED_CAP) if is_stepped else (LEVEL_PLANNED, LEVEL_CAP)
    return Throughput(planned * width_m, cap * width_m, width_m, RATE_SOURCE)


def _escalator(width_m: float) -> Throughput:
    step = width_m if width_m <= 1.0 else max(1.0, width_m - ESCALATOR_RAILS_M)
    cap = max((flow for width, flow in _ESCALATORS if width <= step + 1e-9), default=_ESCALATORS[0][1])
    return Throughput(STANDING_SHARE * cap, cap, width_m, ESCALATOR_SOURCE)


def _stair(width_m: float) -> Throughput:
    return _rates(width_m, is_stepped=True)


def _lift(_: float) -> Throughput:
    return Throughput(LIFT_P_MIN, LIFT_P_MIN, None, LIFT_SOURCE)


_OF_CONNECTOR: Mapping[str, Callable[[float], Throughput]] = {"stair": _stair, "escalator": _escalator, "lift": _lift}
