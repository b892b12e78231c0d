"""From the groups of a script to what every single walker does in this mall."""

from collections.abc import Mapping

from gis.routes import WalkGraph
from mall.drills.crowd import Plan
from mall.drills.places import Finder, UnfitError, exit_items
from mall.drills.script import LONGEST_S, MOST_PEOPLE, Group, Incident, Script
from mall.drills.ways import Step, way_between, way_in, way_out

MOST_TO_COME = 3000  # of a group that keeps coming; those who left make room for them


def cast(script: Script, finder: Finder, graph: WalkGraph, places: Mapping[str, str]) -> list[Plan]:
    """Return what everybody of a script does, in the order in which they begin.

    Raises:
        UnfitError: there is no way, or the places are so large that more people would be needed than a drill may have.

    """
    plans: list[Plan] = []
    for group in script.group:
        plans += _cast_group(group, finder, graph, places)
    if sum(plan.is_counted for plan in plans) > MOST_PEOPLE:
        raise UnfitError("too-large", script.group[0].to)
    return sorted(plans, key=lambda plan: plan.begins_s)


def _cast_group(group: Group, finder: Finder, graph: WalkGraph, places: Mapping[str, str]) -> list[Plan]:
    start, goal = places[group.start], places[group.to]
    people = group.people or max(1, round((group.fills or 0.0) * finder.plan.area_m2(goal)))
    steps = (*(way_in(finder.plan, start) if group.enters else ()), *_steps(graph, start, goal))
    after, then_in = _after(group, graph, finder, goal, places)
    stands_in = goal if group.stays_s is None or group.stays_s > 0.0 else None
    if stands_in is None:
        steps, after = (*steps, *after), ()
    last = goal if group.then is None else places[group.then]
    gap = group.over_s / max(people - 1, 1)
    counted = min(people, MOST_PEOPLE + 1)
    more = int((LONGEST_S - group.starts_s) / gap) + 1 - counted if group.keeps_coming and gap > 0.0 else 0
    return [
        Plan(
            group.starts_s + i * gap, steps, stands_in, group.stays_s, after, then_in, group.within, last,
            group.leaves, i < counted,
        )
        for i in range(counted + max(0, min(more, MOST_TO_COME)))
    ]  # fmt: skip


def _steps(graph: WalkGraph, start: str, goal: str) -> tuple[Step, ...]:
    return () if start == goal else way_between(graph, start, goal).steps


def _after(
    group: Group, graph: WalkGraph, finder: Finder, goal: str, places: Mapping[str, str]
) -> tuple[tuple[Step, ...], str | None]:
    """Return the steps that follow the stay, and where they end: None where outside."""
    last = goal if group.then is None else places[group.then]
    steps = _steps(graph, goal, last)
    if group.leaves:
        return (*steps, *way_out(finder.plan, last)), None
    return steps, (last if group.then is not None else None)


def shut_by(incident: Incident, finder: Finder, places: Mapping[str, str]) -> frozenset[str]:
    """Return the items that an incident shuts; none where it shuts nothing."""
    zone = places[incident.place]
    if incident.kind in ("exit-shut", "exit-closed"):
        return frozenset(exit_items(finder.plan, zone))
    if incident.kind == "escalator-stops":
        return frozenset(finder.roles.escalators.get(zone, ()))
    return frozenset()
