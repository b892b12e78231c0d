"""Options that act on what draws the crowd or on the crowd itself: pop-ups, events, staff, messages, clearing."""

from collections.abc import Iterator

from gis.portals import OUTSIDE
from mall.options.case import Case, Draft
from mall.options.kinds import KINDS
from mall.options.names import listed, portal_name, zone_name
from mall.options.network import TRANSIT, Network
from mall.options.openings import ways_in
from mall.options.predict import Change
from mall.options.records import Text

EVENTS = frozenset({"event"})


def pause_popup(case: Case) -> Iterator[Draft]:
    """Give each pop-up in or beside the place, paused."""
    yield from _popups(case, "pause_popup")


def move_popup(case: Case) -> Iterator[Draft]:
    """Give each pop-up in or beside the place, taken away: its space is free to walk on."""
    yield from _popups(case, "move_popup")


def _popups(case: Case, name: str) -> Iterator[Draft]:
    kind, net = KINDS[name], case.net
    for stand in case.stands:
        names = {"stand": stand.label, "place": _place(case)}
        if net is None:
            yield Draft(name, None, names, zones=(stand.pitch,))
            continue
        place = net.index[net.place]
        space = {net.index[stand.pitch]: stand.space_m2} if name == "move_popup" and stand.pitch in net.index else {}
        yield Draft(
            name, Change(kind.ready_min, leave={place: kind.share}, space_m2=space), names, zones=(stand.pitch,)
        )  # fmt: skip


def delay_event(case: Case) -> Iterator[Draft]:
    """Give the event from which people stream towards the place, delayed."""
    net = case.net
    if net is None:
        return
    for node in net.nodes:
        out = [i for i in net.out_of(node.zone) if net.edges[i].rate > 1.0]
        if node.category in EVENTS and node.zone != case.place and out:
            kind = KINDS["delay_event"]
            names = {"event": zone_name(case.graph.plan, node.zone), "place": _place(case)}
            yield Draft(
                "delay_event", Change(kind.ready_min, stop=dict.fromkeys(out, kind.share)), names, zones=(node.zone,)
            )  # fmt: skip


def send_staff(case: Case) -> Iterator[Draft]:
    """Give staff who keep the busiest way out of the place free."""
    net = case.net
    if net is None or case.place is None:
        return
    outward = [i for i in net.out_of(case.place) if net.edges[i].is_open]
    if not outward:
        return
    kind = KINDS["send_staff"]
    busiest = case.portal(net.edges[max(outward, key=lambda i: (net.edges[i].rate, net.edges[i].planned))])
    stop, widen = dict.fromkeys(ways_in(case), kind.share), dict.fromkeys(outward, kind.share)
    change = Change(kind.ready_min, stop=stop, widen=widen)
    names = {"place": _place(case), "item": portal_name(case.graph.plan, busiest)}
    yield Draft("send_staff", change, names, items=busiest.items, zones=(case.place,))


def add_service(case: Case) -> Iterator[Draft]:
    """Give one more counter for a queue: more leave it in a minute; a place of transit has no counter."""
    if case.net is not None and case.place is not None and case.net.node(case.place).category not in TRANSIT:
        kind = KINDS["add_service"]
        change = Change(kind.ready_min, hasten={case.net.index[case.place]: kind.share})
        yield Draft("add_service", change, {"place": _place(case)}, zones=(case.place,))


def message(case: Case) -> Iterator[Draft]:
    """Give a message to shoppers to keep away from the place."""
    if case.net is not None and case.place is not None:
        kind = KINDS["message"]
        stop = dict.fromkeys(ways_in(case), kind.share)
        yield Draft("message", Change(kind.ready_min, stop=stop), {"place": _place(case)}, zones=(case.place,))


def cordon(case: Case) -> Iterator[Draft]:
    """Give the place with every way into it barred."""
    if case.net is not None and case.place is not None:
        kind = KINDS["cordon"]
        stop = dict.fromkeys(ways_in(case), kind.share)
        yield Draft("cordon", Change(kind.ready_min, stop=stop), {"place": _place(case)}, zones=(case.place,))


def clear_area(case: Case) -> Iterator[Draft]:
    """Give the place cleared: nobody comes in, and staff lead people out by every way that is open."""
    net = case.net
    if net is None or case.place is None:
        return
    kind = KINDS["clear_area"]
    outward = [i for i in net.out_of(case.place) if net.edges[i].is_open]
    public = [i for i in outward if case.is_public(case.ends(net.edges[i])[1])]
    heads = list(dict.fromkeys(case.ends(net.edges[i])[1] for i in _busiest(net, public or outward)))
    names: dict[str, Text] = {"place": _place(case), "goals": listed([zone_name(case.graph.plan, z) for z in heads])}
    stop = dict.fromkeys(ways_in(case), KINDS["cordon"].share)
    change = Change(kind.ready_min, stop=stop, leave={net.index[net.place]: kind.share}, freed=tuple(outward))
    zones = (case.place, *(zone for zone in heads if zone != OUTSIDE))
    yield Draft("clear_area", change, names, zones=zones)


def _busiest(net: Network, outward: list[int]) -> list[int]:
    return sorted(outward, key=lambda i: (-net.edges[i].planned, i))[:3]


def _place(case: Case) -> Text:
    return zone_name(case.graph.plan, case.place) if case.place is not None else case.words["place"]
