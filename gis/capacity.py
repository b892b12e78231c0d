"""How many people a zone is made for, and how much of that is used."""

from gis.floorplan import FloorPlan, Zone

UTILISED = frozenset({"shop", "food_court", "seating", "restroom"})
"""Categories judged by utilisation of capacity and not by a Level of Service."""
CONCOURSE_P_M2 = 0.25
SALES_FLOOR_P_M2 = 0.5
CONCOURSES = frozenset({"concourse", "atrium", "walkway", "entrance"})
CAPACITY_SOURCE = "Japanese design occupancy: sales floor 0.5, concourse 0.25 p/m²"


def capacity_of(plan: FloorPlan, zone: Zone) -> float:
    """Return the people a zone is made for: the plan's figure, else Japanese design occupancy times walkable area."""
    if zone.capacity:
        return float(zone.capacity)
    density = CONCOURSE_P_M2 if zone.category in CONCOURSES else SALES_FLOOR_P_M2
    return density * plan.area_m2(zone.id)


def is_utilised(zone: Zone) -> bool:
    """Tell whether a zone is judged by its capacity: by category, or because the plan names one."""
    return zone.category in UTILISED or bool(zone.capacity)


def utilisation(plan: FloorPlan, zone: Zone, people: float | None) -> float | None:
    """Return people / capacity of a zone that is judged by its capacity, else None."""
    capacity = capacity_of(plan, zone)
    return people / capacity if people is not None and capacity > 0.0 and is_utilised(zone) else None
