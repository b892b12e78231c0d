"""``bench options``: predicted against simulated people in three scenes, 5 and 15 minutes after an option is chosen."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from gis.routes import WalkGraph
from mall.bench.options_crowd import Crowd, Log, Order
from mall.bench.options_scenes import Scene, scenes
from mall.options.building import build
from mall.options.case import Case
from mall.options.network import network
from mall.options.records import Band, OptionSet, Prediction

SEEDS = (1,)
AFTER_MIN = (5, 15)
LIMIT_P_M2 = 1.75


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: predicted band and simulated people of the place, its area in m²."""

    scene: str
    seed: int
    action: str
    after_min: int
    predicted: Band
    simulated: int
    area_m2: float

    @property
    def error(self) -> float:
        """Return predicted less simulated, p/m²."""
        return (self.predicted[1] - self.simulated) / self.area_m2

    @property
    def is_within(self) -> bool:
        """Tell whether the simulated figure lies in the predicted band, both in whole people."""
        return round(self.predicted[0]) <= self.simulated <= round(self.predicted[2])


def run() -> None:
    """Print predicted and simulated figures, and how far they are apart."""
    try:
        import_module("jupedsim")
    except ImportError:
        print("jupedsim is not installed (pip install mallflow[simulation]): nothing was simulated")
        print("options_skipped 1")
        return
    rows = []
    print("scene, action, minutes, seed: predicted people (range), simulated people, error in p/m2")
    for scene in scenes():
        for seed in SEEDS:
            for row in _measured(scene, seed):
                rows.append(row)
                print(_told(row), flush=True)
    _print_summary(rows)


def _told(row: Row) -> str:
    band = f"{row.predicted[1]:.0f} ({row.predicted[0]:.0f}-{row.predicted[2]:.0f})"
    told = f"{row.scene}, {row.action}, {row.after_min} min, {row.seed}: {band}, {row.simulated}, {row.error:+.2f}"
    return told + ("" if row.is_within else ", outside the range")


def _print_summary(rows: list[Row]) -> None:
    print()
    for scene in dict.fromkeys(row.scene for row in rows):
        for after in AFTER_MIN:
            mine = [row for row in rows if row.scene == scene and row.after_min == after and row.action != "none"]
            if not mine:
                continue
            mae = float(np.mean([abs(row.error) for row in mine]))
            bias = float(np.mean([row.error for row in mine]))
            print(f"{scene:46} after {after:2} min: mean error {mae:.2f} p/m2, bias {bias:+.2f}")
    mae = float(np.mean([abs(row.error) for row in rows if row.action != "none"]))
    within = float(np.mean([row.is_within for row in rows if row.action != "none"]))
    none = float(np.mean([abs(row.error) for row in rows if row.action == "none"]))
    print(f"options_mae_p_m2 {mae:.3f} within {within:.2f} no_action_mae_p_m2 {none:.3f} set_ms {_set_ms():.1f}")


def _measured(scene: Scene, seed: int) -> Iterator[Row]:
    """Give the figures of one run of a scene with and without the option."""
    crowd = _warmed(scene, seed)
    start, found = _predicted(scene, crowd.log)
    option = next((each for each in found.options if each.kind == scene.kind), None)
    actions: list[tuple[str, Prediction | None, tuple[Order, ...]]] = [
        ("none", found.no_action, ()),
        (scene.kind, None if option is None else option.prediction, (scene.order,)),
    ]
    area = scene.plan.area_m2(scene.place)
    for action, prediction, orders in actions:
        if prediction is None:
            print(f"{scene.name}, seed {seed}: {action} is not offered")
            continue
        crowd = crowd if action == "none" else _warmed(scene, seed)
        # With no action the place jams, which takes the simulation long and tells nothing more after 5 minutes.
        minutes = AFTER_MIN if orders else AFTER_MIN[:1]
        crowd.run(minutes[-1], orders)
        for after, band in zip(minutes, (prediction.people_5, prediction.people_15), strict=False):
            people = crowd.log.people[start + after][scene.place]
            yield Row(scene.name, seed, action, after, band, people, area)


def _warmed(scene: Scene, seed: int) -> Crowd:
    crowd = Crowd(import_module("jupedsim"), scene.ground, seed)
    crowd.run(scene.warm_up_min)
    return crowd


def _predicted(scene: Scene, log: Log) -> tuple[int, OptionSet]:
    """Return the minute at which the simulation stands, and the options of the place then."""
    counts = {**scene.others, **{zone: float(count) for zone, count in log.people[-1].items()}}
    return len(log.people) - 1, build(_case(scene, counts, scene.flows(log)), {}, 0.0)


def _case(scene: Scene, counts: dict[str, float], rates: dict[tuple[str, str], float | None]) -> Case:
    graph = WalkGraph.of(scene.plan)
    people: dict[str, Band | None] = {zone: (count, count, count) for zone, count in counts.items()}
    net = network(graph, scene.place, people, rates, scene.passages)
    densities = {zone: count / scene.plan.area_m2(zone) for zone, count in counts.items()}
    return Case(
        "bench", "crowd", "density-walkway", "act", scene.place, LIMIT_P_M2, graph, net, scene.passages, densities
    )  # fmt: skip


def _set_ms() -> float:
    """Return the time of one set of options on this machine, the best of ten."""
    scene = scenes()[1]
    rates = {("esc", "landing"): 40.0, ("landing", "hall"): 30.0}
    took = []
    for _ in range(10):
        began = time.perf_counter()
        build(_case(scene, {"landing": 60.0, "hall": 40.0, "upper": 60.0}, dict(rates)), {}, 0.0)
        took.append(time.perf_counter() - began)
    return min(took) * 1000.0
