"""The zone-flow network around a place: who is in each zone and how many go over each edge in a minute."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gis.passage import Passages
from gis.portals import CONNECTORS, OUTSIDE, Portal
from gis.routes import WalkGraph
from gis.throughput import LEVEL_PLANNED, PEAK_P_M2, speed_in, throughput
from mall.options.records import Band

TRANSIT = frozenset({"concourse", "atrium", "walkway", "entrance", "stair", "escalator", "lift"})
CARRIED = frozenset({"escalator", "lift"})  # whoever gets on gets off
FILLS_FROM = 1.1  # people who come per one who leaves, from which a place of transit counts as held up
RATE_MIN = 3  # minutes over which rates are counted
FEWEST_P_MIN = 1.0  # more coming than leaving, below which nothing is held up
LOADED_FROM = 0.8  # of the planned capacity of the ways that people leave by; our own choice
STAY_MIN = 3.0  # of people in a zone whose flow nobody counts; our own choice
ASSUMED_P_M2 = 0.31  # of a zone that nobody sees: the border of LoS A and B
RIDE_MIN = 0.25  # for which one is in each of the two zones of a stair, an escalator or a lift; our own choice
RINGS = 2  # how many zones around the place are followed

Pair = tuple[str, str]
Rates = Mapping[Pair, float | None]
"""(from zone, to zone) -> people a minute over their common border; absent or None was not counted."""


@dataclass(frozen=True, slots=True)
class Node:
    """A zone now: people (low, likely, high); ``is_known`` is False where nobody sees it and they are assumed.

    ``walk_min``: what it takes to walk across it when it is empty. ``is_fed``: so many more leave it than are seen to
    come that they must come from where nobody counts.
    """

    zone: str
    category: str
    area_m2: float
    people: Band
    is_known: bool = True
    walk_min: float = 0.0
    is_fed: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one zone to another; ``OUTSIDE`` is whatever is not followed.

    Attributes:
        rate: people a minute now; capacity: at most, as the plan's widths tell or as a hold-up shows.
        planned: by the widths alone; is_counted: the rate was measured; is_open: one may go this way now.

    """

    portal: str
    items: tuple[str, ...]
    tail: str
    head: str
    rate: float
    capacity: float
    planned: float
    is_counted: bool = True
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Network:
    """Zones and edges around a place."""

    place: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    index: Mapping[str, int] = field(default_factory=dict)

    def node(self, zone: str) -> Node:
        """Return one zone; KeyError where it is not followed."""
        return self.nodes[self.index[zone]]

    def into(self, zone: str) -> list[int]:
        """Return the edges that lead into a zone."""
        return [i for i, edge in enumerate(self.edges) if edge.head == zone]

    def out_of(self, zone: str) -> list[int]:
        """Return the edges that lead out of a zone."""
        return [i for i, edge in enumerate(self.edges) if edge.tail == zone]

    def between(self, tail: str, head: str) -> list[int]:
        """Return the edges from one zone to another, unknown zones being outside."""
        return [i for i, edge in enumerate(self.edges) if (edge.tail, edge.head) == (tail, head)]

    def is_measured(self, zone: str) -> bool:
        """Tell whether the flow over all open edges of a zone was counted."""
        return all(self.edges[i].is_counted for i in (*self.into(zone), *self.out_of(zone)) if self.edges[i].is_open)

    def is_filling(self, zone: str) -> bool:
        """Tell whether more people come into a place of transit than leave it."""
        return _fills(self.node(zone), self.edges)

    def is_emptying(self, zone: str) -> bool:
        """Tell whether more people leave a zone than come into it, beyond chance."""
        return _is_short(self.node(zone), self.edges)

    def is_waiting(self, zone: str) -> bool:
        """Tell whether people in a place of transit wait for its ways: more come than leave, or its ways are loaded."""
        return _waits(self.node(zone), self.edges)


def network(  # noqa: PLR0913, PLR0917  all that is known of a place now
    graph: WalkGraph,
    place: str,
    people: Mapping[str, Band | None],
    rates: Rates,
    passages: Passages,
    told: tuple[float | None, float | None] = (None, None),
) -> Network:
    """Return the network around a place.

    Args:
        graph: of the plan.
        place: zone id.
        people: zone -> (low, likely, high) people, scaled to the whole zone; None or absent is not known.
        rates: by pair of zones.
        passages: what is closed or one way.
        told: people a minute into and out of the place as its advisory says, for ways that the rates leave out.

    """
    zones = _around(graph, place)
    nodes = tuple(_node(graph, zone, people.get(zone)) for zone in zones)
    followed = set(zones)
    edges = [
        edge
        for portal in graph.portals
        for edge in _edges(graph, portal, followed, rates, passages)
    ]  # fmt: skip
    edges = _as_told(place, _refilled(nodes, _carried_on(graph, _guessed(nodes, edges))), told)
    nodes = tuple(replace(_with_riders(node, edges), is_fed=_is_fed(node, edges)) for node in nodes)
    let_out = {node.zone: _let_out(node, edges) for node in nodes if _waits(node, edges)}
    edges = [replace(e, capacity=e.rate * let_out[e.tail]) if e.tail in let_out else e for e in edges]
    return Network(place, nodes, tuple(edges), {node.zone: i for i, node in enumerate(nodes)})


def _around(graph: WalkGraph, place: str) -> list[str]:
    """Return the zones that are followed; a stair, escalator or lift is a way to the next zone, no ring of its own."""
    found = [place]
    for _ in range(RINGS):
        waiting = list(found)
        while waiting:
            near = [zone for zone in graph.around(waiting.pop(0)) if zone != OUTSIDE and zone not in found]
            found += near
            waiting += [zone for zone in near if graph.plan.zone(zone).category in CONNECTORS]
    return found


def _node(graph: WalkGraph, zone: str, people: Band | None) -> Node:
    area = max(graph.plan.area_m2(zone), 0.1)
    count = ASSUMED_P_M2 * area
    category = graph.plan.zone(zone).category
    walk_min = graph.crossing_m(zone) / speed_in(category, 0.0) / 60.0
    return Node(zone, category, area, people or (0.0, count, 2.0 * count), people is not None, walk_min)


def _edges(graph: WalkGraph, portal: Portal, followed: set[str], rates: Rates, passages: Passages) -> list[Edge]:
    found = []
    for tail, head in (portal.zones, portal.zones[::-1]):
        if (tail not in followed and head not in followed) or (head != OUTSIDE and head not in graph.plan):
            continue
        rate = rates.get((tail, head))
        share = _share(graph, portal, tail, head, passages)
        planned = capacity_of(graph, portal)
        is_open = graph.is_open(portal, head, passages)
        near = [end if end in followed else OUTSIDE for end in (tail, head)]
        known = 0.0 if rate is None or not is_open else rate * share
        counted = rate is not None or not is_open
        capacity = _let_through(planned, known)
        found.append(Edge(portal.id, portal.items, near[0], near[1], known, capacity, planned, counted, is_open))
    return found


def capacity_of(graph: WalkGraph, portal: Portal) -> float:
    """Return the planned people a minute through a portal: the least of what it consists of."""
    found = [flow.planned for item in portal.items if (flow := throughput(graph.plan, item)) is not None]
    ends = (
        [throughput(graph.plan, zone) for zone in portal.zones if zone != OUTSIDE] if portal.kind == "opening" else []
    )
    found += [flow.planned for flow in ends if flow is not None]
    return min(found) if found else LEVEL_PLANNED * (portal.width_m or 1.0)


def _share(graph: WalkGraph, portal: Portal, tail: str, head: str, passages: Passages) -> float:
    """Return the share of what is counted between two zones that goes through one of their portals: by width."""
    all_of = [p for p in graph.portals if {tail, head} == set(p.zones) and graph.is_open(p, head, passages)]
    widths = sum(p.width_m or 1.0 for p in all_of)
    return (portal.width_m or 1.0) / widths if portal in all_of and widths > 0.0 else 0.0


def _guessed(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Edge]:
    """Give edges that nobody counted a rate: everybody stays for a while and leaves by width."""
    found = list(edges)
    for node in nodes:
        blind = [i for i, e in enumerate(found) if node.zone in (e.tail, e.head) and not e.is_counted and e.is_open]
        outward = [i for i in blind if found[i].tail == node.zone]
        width = sum(found[i].planned for i in outward)
        for i in outward:
            rate = node.people[1] / STAY_MIN * found[i].planned / width if width > 0.0 else 0.0
            found[i] = _with_rate(found[i], rate)
    return found


def _refilled(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Edge]:
    """Let as many come into a zone from where nobody counts as leave it: what is not known does not run dry."""
    found = list(edges)
    for node in nodes:
        open_in = [i for i, e in enumerate(found) if e.head == node.zone and e.is_open]
        blind = [i for i in open_in if found[i].tail == OUTSIDE and not found[i].is_counted]
        gone = sum(e.rate for e in found if e.tail == node.zone) - sum(found[i].rate for i in open_in if i not in blind)
        width = sum(found[i].planned for i in blind)
        for i in blind:
            found[i] = _with_rate(found[i], max(0.0, gone) * found[i].planned / width)
    return found


def _as_told(place: str, edges: Sequence[Edge], told: tuple[float | None, float | None]) -> list[Edge]:
    """Bring what is assumed of the ways into and out of a place to what is known of all of them together."""
    found = list(edges)
    for wanted, mine in zip(told, ([e.head == place for e in edges], [e.tail == place for e in edges]), strict=True):
        blind = [i for i, e in enumerate(edges) if mine[i] and e.is_open and not e.is_counted]
        if wanted is None or not blind:
            continue
        counted = sum(e.rate for i, e in enumerate(edges) if mine[i] and i not in blind)
        weights = [edges[i].rate for i in blind]
        weights = weights if sum(weights) > 0.0 else [edges[i].planned for i in blind]
        for i, weight in zip(blind, weights, strict=True):
            found[i] = _with_rate(edges[i], max(wanted - counted, 0.0) * weight / max(sum(weights), 1e-9))
    return found


def _is_fed(node: Node, edges: Sequence[Edge]) -> bool:
    """Tell whether more leave a place of transit than come, beyond chance, and it holds too few to be emptying."""
    left = sum(edge.rate for edge in edges if edge.tail == node.zone)
    is_passing = node.category in TRANSIT - CARRIED and node.people[1] < left * node.walk_min
    return is_passing and _is_short(node, edges)


def _is_short(node: Node, edges: Sequence[Edge]) -> bool:
    came = sum(edge.rate for edge in edges if edge.head == node.zone)
    left = sum(edge.rate for edge in edges if edge.tail == node.zone)
    return left > came + FEWEST_P_MIN + math.sqrt((came + left) / RATE_MIN)


def _carried_on(graph: WalkGraph, edges: Sequence[Edge]) -> list[Edge]:
    """Let who steps onto a stair, escalator or lift arrive on the other level: no line counts people in between.

    Where those who step on are not counted, but those who step off are, as many step on.
    """
    links = {portal.id for portal in graph.portals if portal.kind == "link"}
    found = list(edges)
    for i, edge in enumerate(edges):
        if edge.portal not in links or OUTSIDE in (edge.tail, edge.head) or not edge.is_open:
            continue
        boarding = [j for j, e in enumerate(edges) if e.head == edge.tail and e.portal not in links and e.is_open]
        leaving = [j for j, e in enumerate(edges) if e.tail == edge.head and e.portal not in links and e.is_open]
        counted_on, counted_off = (bool(js) and all(edges[j].is_counted for j in js) for js in (boarding, leaving))
        rate = sum(edges[j].rate for j in (boarding if counted_on or not counted_off else leaving))
        found[i] = _with_rate(edge, rate, is_counted=counted_on or counted_off)
        width = sum(edges[j].planned for j in boarding)
        for j in boarding if counted_off and not counted_on else ():
            found[j] = _with_rate(edges[j], rate * edges[j].planned / width)
    return found


def _with_rate(edge: Edge, rate: float, *, is_counted: bool = False) -> Edge:
    return replace(edge, rate=rate, capacity=_let_through(edge.planned, rate), is_counted=is_counted)


def _let_through(planned: float, rate: float) -> float:
    """Return the people a minute that a way lets through at most: as planned, or what it does now and chance beyond."""
    return max(planned, rate + math.sqrt(rate / RATE_MIN))


def _with_riders(node: Node, edges: Sequence[Edge]) -> Node:
    """Put at least those on a connector whom the flow over it needs there: cameras see little of an escalator."""
    if node.category not in CONNECTORS:
        return node
    riders = RIDE_MIN * sum(edge.rate for edge in edges if edge.tail == node.zone)
    low, likely, high = (max(count, riders) for count in node.people)
    return replace(node, people=(low, likely, high))


def _fills(node: Node, edges: Sequence[Edge]) -> bool:
    came = sum(edge.rate for edge in edges if edge.head == node.zone)
    left = sum(edge.rate for edge in edges if edge.tail == node.zone)
    # A few more than leave are chance (Poisson), unless it is crowded and all leave that the ways let through.
    is_loaded = _is_loaded(node, edges)
    least = (1.0 if is_loaded else FILLS_FROM) * left + FEWEST_P_MIN
    if not (is_loaded and _is_crowded(node)):
        least = max(least, left + ((came + left) / RATE_MIN) ** 0.5)
    return node.category in TRANSIT - CARRIED and came > least


def _waits(node: Node, edges: Sequence[Edge]) -> bool:
    return node.category in TRANSIT - CARRIED and (_fills(node, edges) or _is_loaded(node, edges))


def _let_out(node: Node, edges: Sequence[Edge]) -> float:
    """Return by which factor the ways of a place where people wait let more out than now: what comes by chance more.

    Where it fills, what leaves is all that its ways let through.
    """
    came = sum(edge.rate for edge in edges if edge.head == node.zone)
    left = sum(edge.rate for edge in edges if edge.tail == node.zone)
    return 1.0 if _fills(node, edges) or left <= 0.0 else max(1.0, came / left)


def _is_crowded(node: Node) -> bool:
    return node.is_known and node.people[1] >= PEAK_P_M2 * node.area_m2


def _is_loaded(node: Node, edges: Sequence[Edge]) -> bool:
    used = [edge for edge in edges if edge.tail == node.zone and edge.rate > 0.0]
    return sum(edge.rate for edge in used) > LOADED_FROM * sum(edge.planned for edge in used)
