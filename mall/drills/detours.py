"""What people have closed, stopped and ordered one way in an exercise, and the other ways that are left."""

from gis.passage import Passages
from gis.portals import OUTSIDE
from gis.routes import WalkGraph
from mall.drills.crowd import Plan
from mall.drills.places import UnfitError, exit_items
from mall.drills.ways import Gate, Step, way_between, way_out

Steps = tuple[Step, ...]
NOWHERE: frozenset[str] = frozenset()


class Detours:
    """Finds other ways in one state of the plan; each is looked for once.

    Args:
        graph: the plan's walkable graph.
        passages: what people have closed, stopped or ordered one way.

    """

    def __init__(self, graph: WalkGraph, passages: Passages) -> None:
        self.passages = passages
        self._graph = graph
        self._barred: dict[tuple[str, str], bool] = {}
        self._exits = self._open_exits()
        self._known: dict[tuple[str, str, frozenset[str]], tuple[Steps | None, float]] = {}

    def bars(self, gate: Gate) -> bool:
        """Tell whether people may not go through a gate in its direction."""
        if not self.passages:
            return False
        key = (gate.id, gate.towards)
        if key not in self._barred:
            self._barred[key] = not self._may_pass(*key) or self._holds(gate.towards)
        return self._barred[key]

    def _may_pass(self, opening: str, towards: str) -> bool:
        """Tell whether an opening may be passed; one that the graph does not know is none that can be ordered."""
        portals = [portal for portal in self._graph.portals if portal.id == opening and towards in portal.zones]
        return not portals or any(self._graph.is_open(portal, towards, self.passages) for portal in portals)

    def _holds(self, zone: str) -> bool:
        """Tell whether a zone is a stair, escalator or lift that takes nobody on now; who is on it gets off."""
        if zone == OUTSIDE:
            return False
        links = [portal for portal in self._graph.portals_at(zone) if portal.kind == "link"]
        return bool(links) and not any(self._graph.is_open(p, p.other(zone), self.passages) for p in links)

    def _open_exits(self) -> dict[str, frozenset[str]]:
        """Return zone -> its openings to the outside that may not be passed outwards, of zones that have another."""
        found = {}
        for zone in self._graph.plan.zones:
            items = exit_items(self._graph.plan, zone.id)
            shut = frozenset(item for item in items if self.passages and not self._may_pass(item, OUTSIDE))
            if set(items) - shut:
                found[zone.id] = shut
        return found

    def way(self, zone: str, plan: Plan, has_stood: bool) -> Steps | None:  # noqa: FBT001
        """Return the steps of another way from a zone to where a walker is going; None where none leads there."""
        stays_first = plan.stands_in is not None and not has_stood
        goal, leaves = (plan.stands_in or "", False) if stays_first else (plan.last, plan.leaves)
        return self.out(zone) if leaves else self.between(zone, goal)

    def between(self, start: str, goal: str, avoid: frozenset[str] = NOWHERE) -> Steps | None:
        """Return the steps from a zone to the edge of another; None where no way leads there."""
        return self._timed(start, goal, avoid)[0]

    def out(self, start: str, avoid: frozenset[str] = NOWHERE) -> Steps | None:
        """Return the fastest way outside, whatever exit it leads through."""
        ways = [(self._timed(start, zone, avoid), zone) for zone in self._exits if zone not in avoid]
        known = [(seconds, zone, steps) for (steps, seconds), zone in ways if steps is not None]
        if not known:
            return None
        _, zone, steps = min(known, key=lambda each: each[:2])
        return (*steps, *way_out(self._graph.plan, zone, self._exits[zone]))

    def through(self, start: str, items: tuple[str, ...], head: str) -> Steps | None:
        """Return the steps from a zone into the next one, or outside, by one of these items and no other."""
        if head == OUTSIDE:
            own = set(exit_items(self._graph.plan, start))
            return way_out(self._graph.plan, start, frozenset(own - set(items))) if own & set(items) else None
        steps = self.between(start, head)
        gates = [step.gate for step in steps or () if step.gate is not None]
        return steps if gates and not set(items).isdisjoint(gates[0].items) else None

    def _timed(self, start: str, goal: str, avoid: frozenset[str]) -> tuple[Steps | None, float]:
        key = (start, goal, avoid)
        if key not in self._known:
            self._known[key] = self._looked(start, goal, avoid)
        return self._known[key]

    def _looked(self, start: str, goal: str, avoid: frozenset[str]) -> tuple[Steps | None, float]:
        if start == goal:
            return (), 0.0
        try:
            way = way_between(self._graph, start, goal, self.passages, avoid)
        except UnfitError:
            return None, float("inf")
        return way.steps[1:], way.seconds
