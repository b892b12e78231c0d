"""The flow of zones and lines as operators and the interface see it, with the freshness of what it comes from."""

from collections.abc import Mapping
from typing import Any

from gis.borders import clear_width_m
from gis.floorplan import Line
from mall.config import Site
from mall.flows import MOVES_MIN, LevelFlow, Median, Wait, ZoneFlow
from mall.freshness import age_s, state_of
from mall.models import LevelSnapshot, ZoneReading
from mall.states import USUAL_PERIOD_S
from mall.store import Store
from mall.views.rows import LIVE, SHOWN

View = dict[str, Any]
FLOW_PERIOD_S = 2.0  # between two records of the engine
STATES = ("unknown", "offline", "stale", "saturated", "live")  # worst first


def read_flow_view(site: Site, store: Store) -> View:
    """Read the store and return the flow of the mall; StoreError where it does not answer."""
    snapshots = {level.id: store.read_snapshot(level.id) for level in site.plan.levels}
    flows = {level.id: store.read_flow(level.id) for level in site.plan.levels}
    return flow_view(site, flows, snapshots, now=store.time())


def flow_view(
    site: Site, flows: Mapping[str, LevelFlow | None], snapshots: Mapping[str, LevelSnapshot | None], *, now: float
) -> View:
    """Return the flow of every zone and line, and the moves between zones.

    A zone's figures are as fresh as its reading and the engine's record, whichever is older; a line's as the frame that
    watched it last. Figures of what is neither live nor stale are null, and so are zeros of what is stale.

    Args:
        site: its plan.
        flows: level -> what the engine wrote last; snapshots: level -> its last snapshot.
        now: store time in UTC seconds.

    """
    plan, zones, lines = site.plan, {}, {}
    for level in plan.levels:
        flow, snapshot = flows.get(level.id), snapshots.get(level.id)
        behind = None if flow is None else abs(now - flow.at)
        for zone in plan.zones_on(level.id):
            reading = None if snapshot is None else snapshot.zones.get(zone.id)
            found = None if flow is None else flow.zones.get(zone.id)
            zones[zone.id] = _zone_row(found, reading, behind, queue=zone.category == "queue", now=now)
        for line in plan.lines_on(level.id):
            stamp = None if snapshot is None else snapshot.watched.get(line.id)
            age = None if stamp is None else age_s(now, stamp[0], stamp[1])
            state = _state(age, USUAL_PERIOD_S if stamp is None else stamp[2], behind)
            pair = None if flow is None or state not in SHOWN else flow.lines.get(line.id)
            lines[line.id] = _line_row(line, pair, clear_width_m(plan, line), state) | {"age_s": _oldest(age, behind)}
    return {"at": round(now, 3), "zones": zones, "lines": lines, "moves": _moves(flows, now)}


def _zone_row(
    flow: ZoneFlow | None, reading: ZoneReading | None, behind: float | None, *, queue: bool, now: float
) -> View:
    age = None if reading is None else age_s(now, reading.received_at, reading.lag_s)
    period = USUAL_PERIOD_S if reading is None else reading.period_s
    state = _state(age, period, behind, saturated=reading is not None and reading.saturated)
    told = flow if flow is not None and state in SHOWN else ZoneFlow()
    residual = told.residual
    return {
        "state": state, "age_s": _oldest(age, behind),
        "coverage": None if reading is None or state not in SHOWN else reading.coverage,
        "source": None if reading is None or age is None else reading.source,
        "in_per_min": _rate(told.in_per_min, state), "out_per_min": _rate(told.out_per_min, state),
        "dwell": _dwell(told.dwell, state), "wait": _wait(told.wait, state) if queue else None,
        "residual": None if residual is None or state not in LIVE else {
            "value": residual.value, "tolerance": residual.tolerance, "minutes": residual.minutes,
        },
    }  # fmt: skip


def _line_row(line: Line, pair: tuple[float, float] | None, width_m: float, state: str) -> View:
    inward, outward = (None, None) if pair is None else (_rate(pair[0], state), _rate(pair[1], state))
    flow = None if inward is None or outward is None else round((inward + outward) / width_m, 2)
    return {
        "state": state, "in_per_min": inward, "out_per_min": outward, "specific_flow": flow,
        "clear_width_m": round(width_m, 2), "zone": line.zone,
    }  # fmt: skip


def _dwell(dwell: Median | None, state: str) -> View:
    if dwell is None:
        return {"median_s": None, "over_s": None, "band": None, "n": None, "censored": None, "state": "unknown"}
    return {
        "median_s": _seconds(dwell.value), "over_s": _seconds(dwell.over),
        "band": [_seconds(dwell.low), _seconds(dwell.high)],
        "n": dwell.n, "censored": dwell.censored, "state": state,
    }  # fmt: skip


def _wait(wait: Wait | None, state: str) -> View:
    """Return the wait of a queue, which only while it is live tells anything."""
    if wait is None or state not in LIVE:
        return {"mean_s": None, "over_s": None, "band": None, "state": "unknown" if state in LIVE else state}
    over = _seconds(wait.low) if wait.value is None else None
    band = [_seconds(wait.low), _seconds(wait.high)]
    return {"mean_s": _seconds(wait.value), "over_s": over, "band": band, "state": state}


def _moves(flows: Mapping[str, LevelFlow | None], now: float) -> list[View]:
    """Return the moves of the levels whose record is not too old, most people first; null is outside."""
    rows = [
        {"from": one or None, "to": other or None, "count": count, "minutes": MOVES_MIN}
        for flow in flows.values()
        if flow is not None and state_of(abs(now - flow.at), FLOW_PERIOD_S) in SHOWN
        for one, other, count in flow.moves
    ]
    return sorted(rows, key=lambda row: -int(row["count"] or 0))


def _state(age: float | None, period_s: float, behind: float | None, *, saturated: bool = False) -> str:
    states = (state_of(age, period_s, saturated=saturated), state_of(behind, FLOW_PERIOD_S))
    return min(states, key=STATES.index)


def _oldest(age: float | None, behind: float | None) -> float | None:
    return None if age is None or behind is None else round(max(age, behind), 1)


def _rate(value: float | None, state: str) -> float | None:
    return None if value == 0.0 and state not in LIVE else value


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
