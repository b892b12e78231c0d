"""Other ways for those whose way people have closed."""

from gis.passage import Passages
from gis.routes import WalkGraph
from mall.drills.crowd import Plan
from mall.drills.places import UnfitError, exit_items
from mall.drills.ways import Step, way_between, way_out


class Detours:
    """Finds other ways in one state of the plan; each is looked for once.

    Args:
        graph: the plan's walkable graph.
        passages: what people have closed or stopped.
        shut: the items that nobody can pass.

    """

    def __init__(self, graph: WalkGraph, passages: Passages, shut: frozenset[str]) -> None:
        self.shut = shut
        self._graph = graph
        self._passages = passages
        self._exits = [zone.id for zone in graph.plan.zones if set(exit_items(graph.plan, zone.id)) - shut]
        self._known: dict[tuple[str, str, bool], tuple[Step, ...] | None] = {}

    def way(self, zone: str, plan: Plan, has_stood: bool) -> tuple[Step, ...] | None:  # noqa: FBT001
        """Return the steps of another way from a zone to where a walker is going; None where none leads there."""
        stays_first = plan.stands_in is not None and not has_stood
        goal, leaves = (plan.stands_in or "", False) if stays_first else (plan.last, plan.leaves)
        key = (zone, goal, leaves)
        if key not in self._known:
            self._known[key] = self._out(zone) if leaves else self._between(zone, goal)[0]
        return self._known[key]

    def _between(self, start: str, goal: str) -> tuple[tuple[Step, ...] | None, float]:
        if start == goal:
            return (), 0.0
        try:
            way = way_between(self._graph, start, goal, self._passages)
        except UnfitError:
            return None, float("inf")
        return way.steps[1:], way.seconds

    def _out(self, start: str) -> tuple[Step, ...] | None:
        """Return the fastest way outside, whatever exit it leads through."""
        ways = [(self._between(start, zone), zone) for zone in self._exits]
        known = [(seconds, zone, steps) for (steps, seconds), zone in ways if steps is not None]
        if not known:
            return None
        _, zone, steps = min(known, key=lambda each: each[:2])
        return (*steps, *way_out(self._graph.plan, zone, self.shut))
