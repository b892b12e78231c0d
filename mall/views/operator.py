"""Read models per audience: what operators, tenants and the interface get to see. The one place that tells ages."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields
from typing import Any

from gis.capacity import utilisation
from gis.density import UNSURE
from gis.entrances import entrance_lines
from gis.floorplan import FloorPlan
from mall.advisories.places import labels_of
from mall.advisories.wording import text
from mall.config import Site
from mall.freshness import age_s, live_limit_s, state_of
from mall.models import (
    SEVERITIES,
    Advisory,
    CameraStatus,
    LevelSnapshot,
    SensorReading,
    Totals,
    ZoneReading,
)
from mall.plan_state import PlanState, contact_statuses
from mall.popups.status import sensor_statuses
from mall.states import FrameStamp
from mall.store import Store
from mall.views.cameras import cameras_view
from mall.views.egress import egress_view
from mall.views.plan_state import plan_state_view
from mall.views.rows import SHOWN, row_at, situation_now

View = dict[str, Any]
Stamp = FrameStamp
LIVE_KEYS = (
    "people", "band", "density", "los", "state", "age_s", "observed_at", "seq", "epoch", "coverage", "source",
)  # fmt: skip

ADVISORY_KEYS = tuple(field.name for field in fields(Advisory) if field.name not in {"changed_by", "changed_what"})


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the store tells at one instant ``now`` (UTC seconds of the store's clock)."""

    now: float
    snapshots: Mapping[str, LevelSnapshot]
    statuses: Mapping[str, CameraStatus]
    totals: Totals
    advisories: Sequence[Advisory]
    sensors: Mapping[tuple[str, str], SensorReading]
    plan: PlanState = field(default_factory=PlanState)


def read_picture(site: Site, store: Store) -> Picture:
    """Read the store; StoreError where it does not answer."""
    found = {level.id: store.read_snapshot(level.id) for level in site.plan.levels}
    return Picture(
        snapshots={level: snapshot for level, snapshot in found.items() if snapshot is not None},
        statuses=store.read_statuses(),
        totals=store.read_totals(),
        advisories=store.advisories(active_only=True),
        sensors=store.sensor_latest() if site.popups or site.contacts else {},
        plan=store.read_plan_state(),
        now=store.time(),
    )


def read_operator_view(site: Site, store: Store) -> View:
    """Read the store and return the operator's view."""
    return operator_view(site, read_picture(site, store))


def operator_view(site: Site, picture: Picture) -> View:
    """Return the whole live state for the operator's pages."""
    now, snapshots = picture.now, picture.snapshots
    readings = {zone: row for snapshot in snapshots.values() for zone, row in snapshot.zones.items()}
    frames: dict[str, Stamp] = {c: f for snapshot in snapshots.values() for c, f in snapshot.frames.items()}
    watched: dict[str, Stamp] = {line: w for snapshot in snapshots.values() for line, w in snapshot.watched.items()}
    doubts = {camera: found for snapshot in snapshots.values() for camera, found in snapshot.doubts.items()}
    view: View = {
        "full": True,
        "at": round(now, 3),
        "zones": {zone.id: zone_view(site.plan, zone.id, readings.get(zone.id), now=now) for zone in site.plan.zones},
        "dots": {level.id: _dots(snapshots.get(level.id), now) for level in site.plan.levels},
        "cameras": cameras_view(site, picture.statuses, frames, doubts, now=now),
        "totals": totals_view(picture.totals, entrance_lines(site.plan), watched, now=now),
        "lines": {
            line: _line_row(pair, watched[line], now=now)
            for snapshot in snapshots.values()
            for line, pair in snapshot.recent.items()
            if line in watched and state_of(_age(watched[line], now), watched[line][2]) in SHOWN
        },
        "popups": popups_view(site, picture.sensors, now=now),
    }
    contacts = contact_statuses(site.contacts, picture.plan, picture.sensors, now=now)
    view["plan"] = plan_state_view(picture.plan, contacts, now=now)
    view["egress"] = egress_view(site, view["zones"], picture.plan, now=now)
    return view | {"advisories": advisories_view(site, picture.advisories, view)}


def zone_view(plan: FloorPlan, zone_id: str, reading: ZoneReading | None, *, now: float) -> View:
    """Return one zone; its figures are null unless live, saturated or stale, and a stale zero is null too."""
    age = None if reading is None else age_s(now, reading.received_at, reading.lag_s)
    if reading is None or age is None:
        return dict.fromkeys(LIVE_KEYS) | {"state": "unknown", "crowd": None, "trend": 0, "unproven": False} | {
            "coverage": 0.0, "utilisation": None, "cameras": [] if reading is None else list(reading.cameras),
            "period_s": None,
        }  # fmt: skip
    # Density is of the ground seen, so it and not the people seen tells how full the whole is.
    filled = None if reading.density is None else reading.density * plan.area_m2(zone_id)
    used = utilisation(plan, plan.zone(zone_id), filled)
    row = {
        "people": reading.people, "band": None if reading.band is None else list(reading.band),
        "density": None if reading.density is None else round(reading.density, 4), "los": reading.los,
        "crowd": reading.crowd, "utilisation": None if used is None else round(used, 4),
        "state": "saturated" if reading.saturated else "live", "period_s": reading.period_s,
        "observed_at": round(reading.observed_at, 3), "seq": reading.seq, "epoch": reading.epoch,
        "coverage": reading.coverage, "source": reading.source, "trend": reading.trend, "unproven": reading.unproven,
        "cameras": list(reading.cameras),
    }  # fmt: skip
    return row_at(row, age)


def _age(stamp: Stamp, now: float) -> float | None:
    return age_s(now, stamp[0], stamp[1])


def _line_row(pair: Sequence[int], stamp: Stamp, *, now: float) -> View:
    return row_at({"in": pair[0], "out": pair[1], "period_s": stamp[2]}, _age(stamp, now))


def _dots(snapshot: LevelSnapshot | None, now: float) -> list[list[float]]:
    """Return positions while the snapshot itself is live: an engine that stopped shows nobody."""
    if snapshot is None or state_of(abs(now - snapshot.at), 1.0) != "live":
        return []
    return snapshot.dots


def totals_view(totals: Totals, entrances: Set[str], watched: Mapping[str, Stamp], *, now: float) -> View:
    """Return the counts over the entrances, as old as the entrance that was not watched for longest.

    Args:
        totals: the counts.
        entrances: the lines that lead into the mall.
        watched: line id -> (received_at, lag_s, period_s) of the frame that watched it last.
        now: store time in UTC seconds.

    Returns:
        in, out and inside (null where offline, or where no entrance was ever watched), since, the factor by which
        exits are corrected in inside, state, age, and whether that is ``partial``: an entrance is not watched, or not
        everybody inside could be seen yet.

    """
    stamps = [watched[line] for line in entrances if line in watched]
    if not stamps:
        nothing = dict.fromkeys(("in", "out", "inside", "since", "out_factor", "age_s", "period_s"))
        return nothing | {"state": "unknown", "partial": False}
    oldest = max(stamps, key=lambda stamp: (_age(stamp, now) or 0.0) / live_limit_s(stamp[2]))
    row = row_at(
        {
            "in": totals.count_in, "out": totals.count_out, "inside": totals.inside, "since": totals.since,
            "out_factor": totals.out_factor, "period_s": oldest[2],
        },
        _age(oldest, now),
    )  # fmt: skip
    partial = len(stamps) < len(entrances) or row["state"] != "live" or totals.inside is None
    return row | {"partial": partial}


def live_view(view: View) -> View:
    """Return the interface's live answer from an operator view: the contract's keys and no more."""
    return {
        "at": view["at"],
        "zones": {zone: _live_row(row) for zone, row in view["zones"].items()},
        "cameras": view["cameras"],
        "totals": {key: view["totals"][key] for key in ("in", "out", "inside", "out_factor", "state", "age_s")},
    }


def _live_row(row: Mapping[str, Any]) -> View:
    """Keep the contract's keys; where the band spans too many classes there is no Level of Service to tell."""
    return {key: row[key] for key in LIVE_KEYS} | {"los": None if row["los"] == UNSURE else row["los"]}


def advisories_view(site: Site, advisories: Sequence[Advisory], view: View) -> list[View]:
    """Return advisories with their words and what is there now, worst first, then oldest first."""
    labels = labels_of(site)
    ordered = sorted(advisories, key=lambda a: (-SEVERITIES.index(a.severity), a.raised_at))
    rows = [{key: getattr(a, key) for key in ADVISORY_KEYS} | text(a, labels) for a in ordered]
    return [row | {"now": situation_now(row, view)} for row in rows]


def popups_view(site: Site, latest: Mapping[tuple[str, str], SensorReading], *, now: float) -> View:
    """Return popup id -> whether it is open, and its sensors with value, age and state."""
    found = sensor_statuses(site.popups, latest, now=now)
    return {
        popup.id: {
            "phase": popup.phase(now),
            "sensors": {sensor: status.to_row() for sensor, status in found[popup.id].items()},
        }
        for popup in site.popups
    }
