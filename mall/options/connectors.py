"""Options that act on an escalator beside the place: hold the one that feeds it, or turn it round."""

from collections.abc import Iterator

from gis.passage import Passage
from gis.portals import OUTSIDE
from mall.options.case import Case, Draft
from mall.options.kinds import KINDS
from mall.options.names import zone_name
from mall.options.network import RIDE_MIN, Network
from mall.options.openings import boarding, chain, drawn_zone
from mall.options.predict import Change, Redirect
from mall.options.records import PlanChange

RIDE_P_MIN = 1.0 / RIDE_MIN  # share of the people in a zone of an escalator that it takes on in a minute


def stop_escalator(case: Case) -> Iterator[Draft]:
    """Give the escalator that brings most people into the place, held."""
    for connector in _feeders(case)[:1]:
        all_of = chain(case, connector)
        kind = KINDS["stop_escalator"]
        yield Draft(
            "stop_escalator",
            Change(kind.ready_min, stop=dict.fromkeys(boarding(case, connector), kind.share)),
            _names(case, connector),
            items=all_of,
            zones=(connector,),
            plan_changes=(PlanChange(connector, Passage("stopped")),),
            drawing=drawn_zone(case, connector),
        )


def reverse_escalator(case: Case) -> Iterator[Draft]:
    """Give the escalator that brings most people into the place, turned round: a way out more."""
    net = case.net
    for connector in _feeders(case)[:1]:
        all_of = chain(case, connector)
        far = [zone for zone in all_of if zone != connector]
        outward = net.between(case.place or "", connector) if net else []
        if net is None or not far or not outward or len(net.out_of(case.place or "")) < 2:
            continue
        onward = [*net.between(connector, far[0]), *_leaving(net, far[0], connector)]
        sources = tuple(i for i in net.out_of(case.place or "") if i not in outward)
        kind = KINDS["reverse_escalator"]
        yield Draft(
            "reverse_escalator",
            Change(
                kind.ready_min,
                stop=dict.fromkeys(boarding(case, connector), (1.0, 1.0, 1.0)),
                redirects=(Redirect(sources, outward[0], kind.share),),
                carry=dict.fromkeys(onward, RIDE_P_MIN),
            ),
            _names(case, connector),
            items=all_of,
            zones=(connector, *far),
            plan_changes=(PlanChange(connector, Passage("one_way", far[0])),),
            drawing=drawn_zone(case, connector),
        )


def _names(case: Case, connector: str) -> dict[str, dict[str, str]]:
    plan = case.graph.plan
    return {"item": dict(zone_name(plan, connector)), "place": dict(zone_name(plan, case.place or ""))}


def _feeders(case: Case) -> list[str]:
    """Return the escalators that bring people into the place now, the busiest first."""
    net = case.net
    if net is None or case.place is None:
        return []
    rates: dict[str, float] = {}
    for i in net.into(case.place):
        tail = case.ends(net.edges[i])[0]
        if tail != OUTSIDE and case.graph.plan.zone(tail).category == "escalator" and net.edges[i].is_open:
            rates[tail] = rates.get(tail, 0.0) + net.edges[i].rate
    return sorted((zone for zone, rate in rates.items() if rate > 0.0), key=lambda zone: (-rates[zone], zone))


def _leaving(net: Network, zone: str, back: str) -> list[int]:
    """Return the edge by which people leave an escalator at its other end."""
    return [i for i in net.out_of(zone) if net.edges[i].head != back][:1]
