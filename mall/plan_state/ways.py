"""What incidents do to the ways: a blocked exit lets nobody through, and nobody is led past a hazard."""

from shapely import Point

from gis.escape import Hazard
from gis.floorplan import FloorPlan, Opening
from gis.passage import Passage
from mall.plan_state.records import Incident, PlanState

CLOSED = Passage("closed")


def passages_now(plan: FloorPlan, state: PlanState, now: float) -> dict[str, Passage]:
    """Return what is not simply open: what was said of it, and the openings that a blocked exit lies at."""
    blocked = [incident for incident in state.active_incidents(now) if incident.kind == "blocked_exit"]
    shut = {o.id: CLOSED for o in plan.openings if any(_blocks(incident, o) for incident in blocked)}
    return state.passages(now) | shut


def _blocks(incident: Incident, opening: Opening) -> bool:
    if incident.level != opening.level:
        return False
    if incident.at is None:
        return incident.zone is not None and {opening.from_zone, opening.to_zone} == {incident.zone, None}
    return bool(opening.line.distance(Point(incident.at)) <= incident.radius_m)


def hazards_of(state: PlanState, now: float) -> tuple[Hazard, ...]:
    """Return the incidents that ways lead around: those with a radius, and zones that are one as a whole."""
    return tuple(
        Hazard(incident.level, incident.at, incident.radius_m, None if incident.at else incident.zone)
        for incident in state.active_incidents(now)
        if incident.radius_m > 0
    )
