"""Where a script plays in this mall: its places as zones of the plan, those that cameras see going first."""

from collections.abc import Iterable, Mapping

from gis.floorplan import FloorPlan
from gis.portals import OUTSIDE
from gis.routes import WalkGraph
from mall.advisories.roles import Roles, roles_of
from mall.drills.script import Role, Script, Spot

SEEN_FROM = 0.8  # a place seen to a smaller share would raise what nobody can expect
WALKED = frozenset({"concourse", "atrium", "walkway"})
ROOMS = frozenset({"shop", "food_court", "seating"})
GATHERING = ("event", "atrium", "concourse")


class UnfitError(ValueError):
    """A drill cannot be played in this mall; ``code`` and ``place`` say why."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(f"{place}: {code}")
        self.code, self.place = code, place


class Finder:
    """Finds the places of scripts in one plan.

    Args:
        graph: the plan's walkable graph.
        seen: zone -> share (0…1) of it that cameras see.

    """

    def __init__(self, graph: WalkGraph, seen: Mapping[str, float]) -> None:
        self.plan: FloorPlan = graph.plan
        self.roles: Roles = roles_of(graph.plan)
        self._graph = graph
        self._seen = seen

    def find(self, script: Script) -> dict[str, str]:
        """Return place -> zone id.

        Raises:
            UnfitError: the plan has no such place, or no camera sees it well enough.

        """
        found: dict[str, str] = {}
        waiting = dict(script.places)
        while waiting:
            ready = [name for name, spot in waiting.items() if spot.near is None or spot.near in found]
            if not ready:
                raise UnfitError("circle", next(iter(waiting)))
            for name in ready:
                found[name] = self._zone(name, waiting.pop(name), found)
        return found

    def _zone(self, name: str, spot: Spot, found: Mapping[str, str]) -> str:
        if spot.zone is not None:
            if spot.zone not in self.plan:
                raise UnfitError("no-zone", name)
            return spot.zone
        near = found[spot.near] if spot.near is not None else ""
        taken = set(found.values())
        known = [zone for zone in self._candidates(spot.role or "exit", near) if zone not in taken]
        if not known:
            raise UnfitError("no-place", name)
        seen = [zone for zone in known if self._seen.get(zone, 0.0) >= SEEN_FROM]
        if not seen:
            raise UnfitError("unseen", name)
        return seen[0]

    def _candidates(self, role: Role, near: str) -> list[str]:
        """Return the zones of a role, the most fitting first."""
        if role == "landing":
            return self._by_area(zone for zone in self.roles.escalators if self._leaves_up(zone))
        if role == "exit":
            return self._by_area(zone for zone in self.roles.exits if OUTSIDE in self._graph.around(zone))
        if role == "gathering":
            kinds = [[z.id for z in self.plan.zones if z.category == kind and not z.capacity] for kind in GATHERING]
            return [zone for kind in kinds for zone in self._by_area(kind)]
        if role == "queue":
            return self._by_area(zone.id for zone in self.plan.zones if zone.category == "queue")
        if role == "upstairs":
            return self._upstairs(near)
        return self._beside(near, ROOMS if role == "shop" else WALKED)

    def _by_area(self, zones: Iterable[str]) -> list[str]:
        return sorted(zones, key=lambda zone: (self.plan.area_m2(zone), zone))

    def _leaves_up(self, landing: str) -> bool:
        """Tell whether an escalator takes people from a landing to another level."""
        return any(self._upstairs(landing))

    def _upstairs(self, landing: str) -> list[str]:
        """Return the landings at the other ends of the escalators by which one leaves a landing."""
        level = self.plan.zone(landing).level
        there = [zone for zone in self.roles.escalators if self.plan.zone(zone).level != level]
        mine = set(self.roles.escalators.get(landing, ()))
        return self._by_area(zone for zone in there if mine & self._first_way(landing, zone))

    def _first_way(self, start: str, goal: str) -> set[str]:
        """Return the zones of the fastest way that leads through no third landing; none where none leads there."""
        found = self._graph.routes(start, goal, k=1)
        return set(found[0].zones) if found else set()

    def _beside(self, zone: str, categories: frozenset[str]) -> list[str]:
        """Return the neighbours of a zone that are of these categories, by the width of what leads there."""
        ways = {
            portal.other(zone): portal.width_m or 0.0
            for portal in self._graph.portals_at(zone)
            if portal.other(zone) != OUTSIDE and self._graph.is_open(portal, portal.other(zone), {})
        }
        here = [other for other in ways if self.plan.zone(other).category in categories]
        return sorted(here, key=lambda other: (-ways[other], other))


def exit_items(plan: FloorPlan, zone: str) -> tuple[str, ...]:
    """Return the openings by which a zone is left for the outside."""
    return tuple(o.id for o in plan.openings if zone in (o.from_zone, o.to_zone) and None in (o.from_zone, o.to_zone))
