"""From an advisory and what is known now to the case that options are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gis.capacity import capacity_of
from gis.density import standard_for
from gis.floorplan import FloorPlan
from gis.passage import Passages
from gis.routes import WalkGraph
from mall.config import Site
from mall.models import Advisory, ZoneReading
from mall.options.case import Case, Stand
from mall.options.judging import OVER_ELSEWHERE_P_M2, OVER_P_M2
from mall.options.kinds import WITHOUT_PEOPLE, family_of
from mall.options.names import listed, zone_name
from mall.options.network import Rates, network
from mall.options.rates import scaled
from mall.options.records import Band, Text
from mall.states import is_live

LANDING_RULE = "escalator-landing"
STOP_FIRST = frozenset({"act", "clear"})  # 20 s to the landing's limit or less
OPEN_BAND = 1.67  # of the count, high end of a band that is open upward: a detector in a crowd misses 40 %


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of the mall at one instant: readings and rates by zone, what is closed, UTC seconds."""

    at: float
    readings: Mapping[str, ZoneReading]
    rates: Rates
    passages: Passages = field(default_factory=dict)


def case_of(site: Site, graph: WalkGraph, advisory: Advisory, now: Now) -> Case:
    """Return the case of an advisory; without a network where its place is no zone, or nobody sees that now."""
    place = zone_of(site.plan, advisory)
    counts = {zone: people_in(reading, now.at) for zone, reading in now.readings.items()}
    limit = limit_of(site.plan, advisory, place)
    if place is not None and place in now.readings:
        counts[place] = people_in(now.readings[place], now.at, limit * site.plan.area_m2(place))
    family = family_of(advisory.rule)
    words = _words(site, advisory, place)
    net = None
    if place is not None and counts.get(place) is not None and family not in WITHOUT_PEOPLE:
        facts = advisory.facts
        told = _number(facts.get("inflow")), _number(facts.get("outflow"))
        net = network(graph, place, counts, scaled(now.rates, place, *told), now.passages, told)
    densities = {
        zone: None if count is None else count[1] / max(site.plan.area_m2(zone), 0.1) for zone, count in counts.items()
    }
    is_zone = place is not None and family not in WITHOUT_PEOPLE
    return Case(
        advisory=advisory.id, family=family, rule=advisory.rule, severity=advisory.severity,
        place=place if is_zone else None, limit=limit, graph=graph, net=net,
        passages=now.passages, densities=densities, stands=_stands(site, graph, place, now.at), words=words,
        feeding=tuple(zone for zone in advisory.facts.get("feeding") or () if zone in site.plan),
        is_stop_first=is_zone and _is_stop_first(advisory),
    )  # fmt: skip


def _is_stop_first(advisory: Advisory) -> bool:
    """Tell whether the rule of escalator landings has reached ``act``, by itself or folded into a worse one."""
    told = [(advisory.rule, advisory.severity)]
    told += [(row.get("rule"), row.get("severity")) for row in advisory.facts.get("folded") or ()]
    return any(rule == LANDING_RULE and severity in STOP_FIRST for rule, severity in told)


def zone_of(plan: FloorPlan, advisory: Advisory) -> str | None:
    """Return the zone that an advisory is about: its place, that of its opening or line, or the worst of its zones."""
    place = advisory.place
    if place in plan:
        return place
    for opening in plan.openings:
        if opening.id == place:
            return next((zone for zone in (opening.from_zone, opening.to_zone) if zone is not None), None)
    named = [line.zone for line in plan.lines if line.id == place]
    named += [advisory.facts.get("zone"), *(advisory.facts.get("zones") or ())]
    return next((zone for zone in named if isinstance(zone, str) and zone in plan), None)


def limit_of(plan: FloorPlan, advisory: Advisory, place: str | None) -> float:
    """Return the density in p/m² below which a place should be: that which is exceeded, else where warnings begin."""
    limit = _number(advisory.facts.get("limit"))
    if place is None:
        return OVER_ELSEWHERE_P_M2
    zone = plan.zone(place)
    if limit is not None and advisory.facts.get("unit") == "p/m²":
        return limit
    if limit is not None and advisory.rule == "utilisation":
        return limit * capacity_of(plan, zone) / max(plan.area_m2(place), 0.1)
    standard = standard_for(zone.category)
    return OVER_P_M2[standard.name] if standard is not None else OVER_ELSEWHERE_P_M2


def people_in(reading: ZoneReading, now: float, calm_below: float = 0.0) -> Band | None:
    """Return the people of a whole zone (low, likely, high), from what is seen of it; None where that is not known.

    A look at so little of it that the upper end is open proves no calm: up to ``calm_below`` people it tells nothing.
    """
    if reading.people is None or reading.band is None or not is_live(reading, now) or reading.coverage < 0.05:
        return None
    likely = reading.people / reading.coverage
    if reading.band[1] is None and not reading.saturated and likely <= calm_below:
        return None
    high = likely * OPEN_BAND if reading.band[1] is None else reading.band[1] / reading.coverage
    return min(reading.band[0] / reading.coverage, likely), likely, max(high, likely)


def _stands(site: Site, graph: WalkGraph, place: str | None, now: float) -> tuple[Stand, ...]:
    """Return the pop-ups that are open in the place or beside it."""
    if place is None:
        return ()
    near = {place, *graph.around(place)}
    areas = {solid.id: float(solid.polygon.area) for solid in site.plan.footprints}
    return tuple(
        Stand(p.id, p.pitch, areas.get(p.id, 0.0), {"en": p.label or p.id, "ja": p.label_ja or p.label or p.id})
        for p in site.popups
        if p.pitch in near and p.phase(now) == "open"
    )


def _words(site: Site, advisory: Advisory, place: str | None) -> dict[str, Text]:
    """Return what the place is called, and the zones that an advisory on a device names."""
    zones = [zone for zone in advisory.facts.get("zones") or () if zone in site.plan]
    told = listed([zone_name(site.plan, zone) for zone in zones]) if zones else {"en": "its view", "ja": "視野内"}
    if place is not None and advisory.place in site.plan:
        return {"place": zone_name(site.plan, place), "zones": told}
    return {"place": _device_name(site, advisory), "zones": told}


def _device_name(site: Site, advisory: Advisory) -> Text:
    named = {camera.id: camera for camera in site.cameras}
    popup = next((p for p in site.popups if p.id == advisory.place.split("/")[0]), None)
    found = named.get(advisory.place) or popup
    if found is None:
        labels = {level.id: level.label for level in site.plan.levels}
        return dict.fromkeys(("en", "ja"), labels.get(advisory.place, advisory.place))
    label = found.label or found.id
    return {"en": label, "ja": getattr(found, "label_ja", "") or label}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
