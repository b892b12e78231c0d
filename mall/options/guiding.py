"""Options that guide people: round the place by a named route, or out of it by the way that is used least."""

from collections.abc import Iterator

from gis.floorplan import FloorPlan
from gis.portals import CONNECTORS, OUTSIDE
from gis.routes import PUBLIC_WAYS, Route
from mall.options.case import Case, Draft
from mall.options.kinds import KINDS
from mall.options.names import listed, portal_name, zone_name
from mall.options.network import Network
from mall.options.predict import Change, Redirect
from mall.options.records import Text

LEAST_P_MIN = 2.0  # coming from a zone, below which nobody is worth guiding
CALM_P_M2 = 0.72  # of a zone that people are guided into: the border of LoS C and D


def guide_route(case: Case) -> Iterator[Draft]:
    """Give ways round the place for those who would come through it, from where most of them come."""
    net, place = case.net, case.place
    if net is None or place is None:
        return
    origins = {net.edges[i].tail for i in net.into(place)} - {OUTSIDE}
    origins = {zone for zone in origins if net.node(zone).category in PUBLIC_WAYS - {"escalator", "lift"}}
    for origin in sorted(origins, key=lambda zone: (-_between(net, zone, place), zone)):
        goal = _goal(case, net, origin)
        route = case.routes(origin, goal, avoid=place)[:1] if goal is not None else []
        if not route or _between(net, origin, place) < LEAST_P_MIN:
            continue
        first = _first_edge(net, route[0])
        if first is not None:
            yield _round(case, net, route[0], first)
            return


def guide_out(case: Case) -> Iterator[Draft]:
    """Give the way out that has most room left and leads to a calm zone or outside, not against a stream."""
    net, plan = case.net, case.graph.plan
    if net is None or case.place is None:
        return
    outward = [i for i in net.out_of(case.place) if net.edges[i].is_open]
    calm = [i for i in outward if _is_calm(case, i) and not _is_against(net, i)]
    used = sum(net.edges[i].rate for i in outward)
    for i in sorted(calm, key=lambda i: (net.edges[i].rate - net.edges[i].planned, i))[:1]:
        if len(outward) < 2 or net.edges[i].rate > used / 2.0:
            return
        goal = case.ends(net.edges[i])[1]
        kind = KINDS["guide_out"]
        portal = case.portal(net.edges[i])
        drawn = case.routes(case.place, goal)
        yield Draft(
            "guide_out",
            Change(kind.ready_min, redirects=(Redirect(tuple(j for j in outward if j != i), i, kind.share),)),
            {"place": zone_name(plan, case.place), "goal": zone_name(plan, goal), "item": portal_name(plan, portal)},
            items=portal.items,
            zones=(goal,) if goal != OUTSIDE else (),
            drawing=drawn[0].lines if drawn else {},
        )


def _round(case: Case, net: Network, route: Route, first: int) -> Draft:
    plan, place, kind = case.graph.plan, case.place or "", KINDS["guide_route"]
    sources = tuple(net.between(route.zones[0], place))
    minutes = f"{max(1, round(route.seconds / 60.0))}"
    return Draft(
        "guide_route",
        Change(kind.ready_min, redirects=(Redirect(sources, first, kind.share),)),
        {
            "origin": zone_name(plan, route.zones[0]),
            "goal": zone_name(plan, route.zones[-1]),
            "place": zone_name(plan, place),
            "via": _via(plan, route),
            "minutes": {"en": minutes, "ja": minutes},
        },
        items=route.items,
        zones=tuple(zone for zone in route.zones if zone != OUTSIDE),
        drawing=route.lines,
    )


def _via(plan: FloorPlan, route: Route) -> Text:
    """Name a route by the one or two largest zones on it."""
    between = [zone for zone in route.zones[1:-1] if zone != OUTSIDE]
    large = sorted(between, key=lambda zone: -plan.area_m2(zone))[:2]
    return listed([zone_name(plan, zone) for zone in between if zone in large])


def _goal(case: Case, net: Network, origin: str) -> str | None:
    """Return where most of those go on to who come through the place, if not back."""
    rates: dict[str, float] = {}
    for i in net.out_of(case.place or ""):
        head = case.ends(net.edges[i])[1]
        if head != origin and net.edges[i].is_open and case.is_public(head):
            rates[head] = rates.get(head, 0.0) + net.edges[i].rate
    found = max(sorted(rates), key=lambda zone: rates[zone]) if rates else None
    return found if found is None else _beyond(case, found)


def _beyond(case: Case, zone: str) -> str:
    """Return where a stair, an escalator or a lift leads: nobody goes there for its own sake."""
    links = [p.other(zone) for p in case.graph.portals_at(zone) if p.kind == "link"] if zone != OUTSIDE else []
    plan = case.graph.plan
    ends = [end for far in links for end in case.graph.around(far) if end not in (zone, OUTSIDE)]
    ends = [end for end in ends if case.is_public(end) and plan.zone(end).category not in CONNECTORS]
    return max(ends, key=plan.area_m2) if ends else zone


def _first_edge(net: Network, route: Route) -> int | None:
    """Return the edge by which a route leaves its first zone; None for one that needs no other zone."""
    if len(route.zones) < 3:
        return None
    found = [i for i in net.between(route.zones[0], route.zones[1]) if net.edges[i].is_open]
    return max(found, key=lambda i: net.edges[i].planned) if found else None


def _between(net: Network, tail: str, head: str) -> float:
    return sum(net.edges[i].rate for i in net.between(tail, head))


def _is_against(net: Network, index: int) -> bool:
    """Tell whether more people come in by a way than leave by it."""
    edge = net.edges[index]
    coming = sum(other.rate for other in net.edges if (other.portal, other.head) == (edge.portal, edge.tail))
    return coming > edge.rate + LEAST_P_MIN


def _is_calm(case: Case, index: int) -> bool:
    assert case.net is not None
    head = case.ends(case.net.edges[index])[1]
    if head == OUTSIDE:
        return True
    density = case.densities.get(head)
    return case.is_public(head) and density is not None and density < CALM_P_M2 and _leads_on(case, head)


def _leads_on(case: Case, zone: str) -> bool:
    """Tell whether one gets on from a zone: not by an escalator that only comes from there, or that is stopped."""
    if case.graph.plan.zone(zone).category not in CONNECTORS:
        return True
    links = [portal for portal in case.graph.portals_at(zone) if portal.kind == "link"]
    return any(case.graph.is_open(link, link.other(zone), case.passages) for link in links)
