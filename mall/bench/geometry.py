"""``bench geometry``: what 500 people and 300 zones cost a frame, against a plain loop over shapely's polygons.

``zones_ms`` puts people into zones of four corners, ``polygons_ms`` into outlines of 24; ``count_ms`` gives each zone's
people as well, ``density_ms`` also persons per m² and Level of Service, ``grid_ms`` is the density raster, which the
engine draws every few seconds and not for every frame. Medians of processor time.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from shapely import Point

from gis.density import DensityGrid, classic_density, level_of_service, standard_for
from gis.floorplan import FloorPlan
from gis.zones import assign_zones, count_by_zone
from mall.bench.layouts import CORNERS, LEVEL, crowd_on, grid_plan
from mall.reading.heat import CELL_M, bounds_of

ZONES, PEOPLE = 300, 500
ROUNDS, LOOP_ROUNDS = 200, 3
TARGET_MS = 1.0


def run() -> None:
    """Print a table; its last line is ``zones_ms X polygons_ms Y …``."""
    rows: dict[str, float] = {}
    loops: dict[str, float] = {}
    for name, corners in (("zones", 4), ("polygons", CORNERS)):
        plan = grid_plan(ZONES, corners=corners)
        crowds = [crowd_on(plan, PEOPLE, seed=seed) for seed in range(8)]
        _compare(plan, crowds[0])
        rows[f"{name}_ms"] = timed(lambda xy, plan=plan: assign_zones(xy, plan.zones), crowds)  # type: ignore[misc]
        loops[f"{name}_ms"] = timed(lambda xy, plan=plan: _loop(plan, xy), crowds, rounds=LOOP_ROUNDS)  # type: ignore[misc]
    plan = grid_plan(ZONES)
    crowds = [crowd_on(plan, PEOPLE, seed=seed) for seed in range(8)]
    shapes = [zone.polygon for zone in plan.zones]
    raster = DensityGrid(shapes, bounds_of(shapes), cell_m=CELL_M)
    rows["count_ms"] = timed(lambda xy: count_by_zone(xy, plan.zones), crowds)
    rows["density_ms"] = timed(lambda xy: _service(plan, xy), crowds)
    rows["grid_ms"] = timed(raster.density, crowds)
    print(
        f"{PEOPLE} people, {ZONES} zones, {CORNERS} corners a polygon, raster of {raster.shape[0]} x {raster.shape[1]}"
    )
    print(f"{'':<14}{'ms a frame':>11}{'shapely loop':>14}{'times':>8}   target {TARGET_MS:.0f} ms")
    for name, value in rows.items():
        against = f"{loops[name]:>14.1f}{loops[name] / value:>8.0f}" if name in loops else ""
        print(f"{name:<14}{value:>11.3f}{against}")
    ratios = " ".join(f"{name.removesuffix('_ms')}_times {loops[name] / rows[name]:.0f}" for name in loops)
    print(" ".join(f"{name} {value:.3f}" for name, value in rows.items()), ratios)


def timed(
    call: Callable[[NDArray[np.float64]], object], crowds: list[NDArray[np.float64]], *, rounds: int = ROUNDS
) -> float:
    """Return the median of a call in ms of processor time, each with the next crowd."""
    call(crowds[0])
    spans = []
    for number in range(rounds):
        before = time.thread_time()
        call(crowds[number % len(crowds)])
        spans.append((time.thread_time() - before) * 1000)
    return statistics.median(spans)


def _service(plan: FloorPlan, xy: NDArray[np.float64]) -> list[tuple[float, str]]:
    """Return each zone's density in p/m² and its letter."""
    told = []
    for zone, people in count_by_zone(xy, plan.zones_on(LEVEL)).items():
        density = classic_density(people, plan.area_m2(zone))
        standard = standard_for(plan.zone(zone).category)
        told.append((density, "" if standard is None else level_of_service(density, standard)))
    return told


def _loop(plan: FloorPlan, xy: NDArray[np.float64]) -> list[int]:
    """Return each person's zone as a plain program finds it: the first that contains the point."""
    points = [Point(x, y) for x, y in xy]
    return [next((n for n, zone in enumerate(plan.zones) if zone.polygon.contains(point)), -1) for point in points]


def _compare(plan: FloorPlan, xy: NDArray[np.float64]) -> None:
    """Raise where both do not agree: a fast answer has to be the right one."""
    if assign_zones(xy, plan.zones).tolist() != _loop(plan, xy):
        raise ValueError("assign_zones and shapely do not agree")
