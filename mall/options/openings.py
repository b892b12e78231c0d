"""Options that open a way out of the place, or let nobody in by one."""

from collections.abc import Iterator

import shapely

from gis.passage import Passage
from gis.portals import OUTSIDE
from mall.options.case import Case, Draft
from mall.options.kinds import KINDS
from mall.options.names import portal_name, zone_name
from mall.options.predict import Change, Redirect
from mall.options.records import Drawing, PlanChange

MOST_BARRED = 2
LEAST_P_MIN = 1.0  # coming in by a way, below which barring it is not worth two guards


def open_opening(case: Case) -> Iterator[Draft]:
    """Give each opening of the place that is closed or one way against those who leave, opened."""
    net = case.net
    for i in net.out_of(case.place or "") if net else ():
        assert net is not None
        edge = net.edges[i]
        portal = case.portal(edge)
        ordered = [item for item in portal.items if item in case.passages]
        head = case.ends(edge)[1]
        if edge.is_open or not ordered or not case.graph.is_open(portal, head, {}) or not case.is_public(head):
            continue
        kind = KINDS["open_opening"]
        sources = tuple(j for j in net.out_of(case.place or "") if j != i)
        yield Draft(
            "open_opening",
            Change(kind.ready_min, redirects=(Redirect(sources, i, kind.share),)),
            {"item": portal_name(case.graph.plan, portal), "place": zone_name(case.graph.plan, case.place or "")},
            items=tuple(ordered),
            zones=(head,) if head != OUTSIDE else (),
            plan_changes=tuple(PlanChange(item, Passage()) for item in ordered),
            drawing=drawn_portal(case, i),
        )


def bar_entry(case: Case) -> Iterator[Draft]:
    """Give the openings by which most people come in, out only: who leaves is not held."""
    net, plan = case.net, case.graph.plan
    if net is None or case.place is None:
        return
    ways = [i for i in net.into(case.place) if net.edges[i].is_open and net.edges[i].rate >= LEAST_P_MIN]
    ways = [i for i in ways if case.portal(net.edges[i]).kind == "opening" and not _is_escalator(case, i)]
    kind = KINDS["bar_entry"]
    for i in sorted(ways, key=lambda i: -net.edges[i].rate)[:MOST_BARRED]:
        portal = case.portal(net.edges[i])
        origin = case.ends(net.edges[i])[0]
        yield Draft(
            "bar_entry",
            Change(kind.ready_min, stop={i: kind.share}),
            {
                "item": portal_name(plan, portal),
                "place": zone_name(plan, case.place),
                "origin": zone_name(plan, origin),
            },
            items=portal.items,
            zones=(origin,) if origin != OUTSIDE else (),
            plan_changes=(PlanChange(portal.items[0], Passage("one_way", origin if origin != OUTSIDE else None)),),
            drawing=drawn_portal(case, i),
        )


def ways_in(case: Case) -> list[int]:
    """Return the edges at which people can be kept from coming in: for an escalator those at its beginning."""
    net = case.net
    if net is None or case.place is None:
        return []
    found = []
    for i in net.into(case.place):
        if net.edges[i].is_open:
            found += sorted(boarding(case, case.ends(net.edges[i])[0])) if _is_escalator(case, i) else [i]
    return found


def chain(case: Case, connector: str) -> tuple[str, ...]:
    """Return a stair, escalator or lift with what it is on the other levels."""
    links = [portal for portal in case.graph.portals_at(connector) if portal.kind == "link"]
    return (connector, *(portal.other(connector) for portal in links))


def boarding(case: Case, connector: str) -> set[int]:
    """Return the edges by which people step onto an escalator, at any level, but not from the place itself."""
    net, all_of = case.net, chain(case, connector)
    assert net is not None
    into = {i for zone in all_of for i in net.into(zone)}
    return {i for i in into if net.edges[i].tail not in (*all_of, case.place)}


def _is_escalator(case: Case, index: int) -> bool:
    """Tell whether who comes by this edge steps off an escalator: there nobody can be barred."""
    assert case.net is not None
    tail = case.ends(case.net.edges[index])[0]
    return tail != OUTSIDE and case.graph.plan.zone(tail).category == "escalator"


def drawn_portal(case: Case, index: int) -> Drawing:
    """Return the line of an edge's opening on its level."""
    assert case.net is not None
    portal = case.portal(case.net.edges[index])
    zone = next(zone for zone in portal.zones if zone != OUTSIDE)
    lines = [o.line for o in case.graph.plan.openings if o.id == portal.id]
    points = shapely.get_coordinates(lines[0]) if lines else portal.points[:1]
    return {case.graph.plan.zone(zone).level: (_line(points.tolist()),)}


def drawn_zone(case: Case, zone: str) -> Drawing:
    """Return the outline of a zone on its level."""
    found = case.graph.plan.zone(zone)
    return {found.level: (_line(shapely.get_coordinates(found.polygon.exterior).tolist()),)}


def _line(points: list[list[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((round(x, 2), round(y, 2)) for x, y in points)
