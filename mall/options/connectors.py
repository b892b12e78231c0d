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
    """Give the escalator that brings most people into the place, held.

    Where that comes first whatever is predicted, one that the situation names is enough, nobody counted or not.
    """
    kind = KINDS["stop_escalator"]
    named = [zone for zone in case.feeding if _runs_here(case, zone)] if case.is_stop_first else []
    for connector in (_feeders(case) or named)[:1]:
        all_of = chain(case, connector)
        boarded = None if case.net is None else dict.fromkeys(boarding(case, connector), kind.share)
        yield Draft(
            "stop_escalator",
            None if boarded is None else Change(kind.ready_min, stop=boarded),
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
        if tail != OUTSIDE and net.edges[i].is_open and _runs_here(case, tail):
            rates[tail] = rates.get(tail, 0.0) + net.edges[i].rate
    return sorted((zone for zone, rate in rates.items() if rate > 0.0), key=lambda zone: (-rates[zone], zone))


def _runs_here(case: Case, zone: str) -> bool:
    """Tell whether a zone is an escalator that runs now and towards this end of it, as far as the plan knows."""
    if case.graph.plan.zone(zone).category != "escalator":
        return False
    links = [portal for portal in case.graph.portals_at(zone) if portal.kind == "link"]
    return not links or any(case.graph.is_open(link, zone, case.passages) for link in links)


def _leaving(net: Network, zone: str, back: str) -> list[int]:
    """Return the edge by which people leave an escalator at its other end."""
    return [i for i in net.out_of(zone) if net.edges[i].head != back][:1]
