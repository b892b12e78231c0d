"""Exit times and ways out for the operator: what the plan and its state make of the people in the zones now."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gis.egress import LIMIT_SOURCE, UNWATCHED, Egress, ExitLoad, LevelEgress, Minutes, People
from gis.escape import EscapePlan, Terms
from gis.exits import ExitRates
from gis.passage import Passages
from mall.config import Site
from mall.freshness import State
from mall.plan_state import PlanState
from mall.plan_state.ways import hazards_of, passages_now

Row = dict[str, Any]
SITE = "site"
_WORST = ("no_usable_exit", "one_exit")


@lru_cache(maxsize=8)
def egress_of(site: Site) -> Egress:
    """Return how a site is left, laid out once."""
    own = site.file.egress
    return Egress(site.plan, ExitRates(own.level_rate, own.stepped_rate), own.limit_min)


def exit_ids(site: Site) -> list[str]:
    """Return the ids of every exit as the plan is drawn."""
    return [each.id for found in egress_of(site).exits.now({}).values() for each in found]


def counts_of(site: Site, zones: Mapping[str, Row]) -> dict[str, People | None]:
    """Return zone id -> people of the indoor zones that the operator's rows of zones tell."""
    outdoors = egress_of(site).exits.outdoors
    found = {zone.id: _people(zones.get(zone.id, {})) for zone in site.plan.zones if zone.id not in outdoors}
    blind = {zone.id for zone in site.plan.zones if zone.category in UNWATCHED}
    return {zone: people for zone, people in found.items() if people is not None or zone not in blind}


def _people(row: Row) -> People | None:
    if row.get("people") is None:
        return None
    low, high = row.get("band") or (row["people"], row["people"])
    return People(row["people"], low, high)


def egress_view(site: Site, zones: Mapping[str, Row], state: PlanState, *, now: float) -> Row:
    """Return the exit times of the whole mall and of its levels, and which of them is the worst.

    Args:
        site: the site.
        zones: rows of zones as the operator sees them: stale people are the last known ones.
        state: the plan's state; now: UTC seconds.

    """
    egress, passages = egress_of(site), passages_now(site.plan, state, now)
    counts = counts_of(site, zones)
    places = [
        _place(site, egress.level(level, passages, counts), zones)
        for level in ([None] if len(site.plan.levels) > 1 else []) + [level.id for level in site.plan.levels]
    ]
    told = [place for place in places if place["state"] != "no_exit"]
    worst = max(told, key=_badness, default=None)
    own = site.file.egress
    return {
        "limit_min": own.limit_min, "source": own.reference or LIMIT_SOURCE, "places": places,
        "worst": None if worst is None else worst["place"],
    }  # fmt: skip


def older_egress(view: Row, by_s: float, state: State) -> Row:
    """Return exit times as they may be shown ``by_s`` seconds later: stale, and without figures once offline."""
    gone = dict.fromkeys(("people", "band", "minutes", "range", "even_min", "open_min")) if state == "offline" else {}
    places = [
        {**place, **gone, "is_stale": place["is_stale"] or state != "live"}
        | {"age_s": None if place["age_s"] is None else place["age_s"] + by_s}
        | {"exits": [{**row, **{key: None for key in gone if key in row}} for row in place["exits"]]}
        | ({"state": "unknown"} if gone and place["state"] == "ok" else {})
        for place in view["places"]
    ]
    return {**view, "places": places}


def _badness(place: Row) -> tuple[bool, int, float]:
    rank = len(_WORST) - _WORST.index(place["state"]) if place["state"] in _WORST else 0
    return place["is_over"], rank, place["minutes"] or place["open_min"] or -1.0


def _place(site: Site, found: LevelEgress, zones: Mapping[str, Row]) -> Row:
    limit = site.file.egress.limit_min
    inside = [zone.id for zone in site.plan.zones if found.level in (None, zone.level)]
    ages = [row["age_s"] for zone in inside if (row := zones.get(zone, {})).get("people") is not None]
    stale = any(zones.get(zone, {}).get("state") == "stale" for zone in inside)
    minutes = found.minutes or (found.open_min if found.state == "one_exit" else None)
    return {
        "place": found.level or SITE, "state": found.state, "coverage": round(found.coverage, 3),
        "people": found.people and round(found.people.likely),
        "band": found.people and [round(found.people.low), _whole(found.people.high)],
        "blocked": found.blocked, **_time(found.minutes), "even_min": _tenth(found.even_min),
        "open_min": _tenth(found.open_min), "is_over": found.state == "no_usable_exit" or _reaches(minutes, limit),
        "exit_capacity": _whole(found.exit_capacity), "holding_capacity": _whole(found.holding_capacity),
        "safe_capacity": _whole(found.safe_capacity), "is_stale": stale, "age_s": max(ages, default=None),
        "exits": [_exit(row) for row in found.exits],
    }  # fmt: skip


def _reaches(minutes: Minutes | None, limit_min: float) -> bool:
    """Tell whether the likely time is beyond the limit: the band is shown beside it."""
    return minutes is not None and minutes.likely > limit_min


def _exit(row: ExitLoad) -> Row:
    return {
        "id": row.exit.id, "kind": row.exit.kind, "level": row.exit.level, "zone": row.exit.zone,
        "width_m": round(row.exit.width_m, 2), "drawn_m": round(row.exit.drawn_m, 2),
        "is_usable": row.exit.width_m > 0, "is_blocked": row.is_blocked,
        "people": row.people and round(row.people.likely), **_time(row.minutes),
    }  # fmt: skip


def _time(minutes: Minutes | None) -> Row:
    if minutes is None:
        return {"minutes": None, "range": None}
    high = None if minutes.high is None else round(minutes.high, 2)
    return {"minutes": round(minutes.likely, 2), "range": [round(minutes.low, 2), high]}


def _tenth(minutes: Minutes | None) -> float | None:
    return None if minutes is None else round(minutes.likely, 2)


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def evacuation_view(
    site: Site, zones: Mapping[str, Row], state: PlanState, *, now: float, step_free: bool = False
) -> Row:
    """Return the way out of every indoor zone past what is closed and around hazards, with its last known people."""
    egress = egress_of(site)
    passages: Passages = passages_now(site.plan, state, now)
    doors = [each for found in egress.exits.now(passages).values() for each in found if each.kind == "door"]
    ways = EscapePlan(egress.net, passages, doors, Terms(hazards_of(state, now), step_free))
    rows = []
    for zone in site.plan.zones:
        if zone.id in egress.exits.outdoors:
            continue
        row, way = zones.get(zone.id, {}), ways.way(zone.id)
        known = {key: row.get(key) for key in ("people", "band", "state", "age_s", "coverage")}
        led = None if way is None else {
            "exit": way.exit, "length_m": way.length_m, "zones": list(way.zones), "items": list(way.items),
            "lines": [{"level": level, "points": [list(point) for point in points]} for level, points in way.points],
        }  # fmt: skip
        rows.append({"zone": zone.id, "level": zone.level, **known, "way": led})
    usable = [{"id": each.id, "level": each.level, "zone": each.zone, "width_m": each.width_m} for each in doors]
    return {"at": now, "step_free": step_free, "zones": rows, "exits": usable}
