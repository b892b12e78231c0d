"""``bench options``: predicted against simulated people, in scenes that the model was fitted to and in others."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

import numpy as np

from mall.bench.options_fitted import fitted, landing
from mall.bench.options_held import held_out
from mall.bench.options_play import RUNS, Played, Row, case_of, is_offered, judged, play
from mall.bench.options_scenes import Scene
from mall.options.building import build

SPLITS: Mapping[str, Callable[[], tuple[Scene, ...]]] = {"fitted": fitted, "held out": held_out}
NICE = 10
_Job = tuple[str, int, int, float]


def run() -> None:
    """Print predicted and simulated figures by split, how far they are apart and how often the range held."""
    try:
        import_module("jupedsim")
    except ImportError:
        print("jupedsim is not installed (pip install mallflow[simulation]): nothing was simulated")
        print("options_skipped 1")
        return
    jobs = [(split, i, *one) for split, scenes in SPLITS.items() for i in range(len(scenes())) for one in RUNS]
    rows: dict[str, list[Row]] = {split: [] for split in SPLITS}
    print("split, scene, action, minutes, run: predicted people (range), simulated people, error in p/m2")
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=os.nice, initargs=(NICE,)) as pool:
        for job, played in zip(jobs, pool.map(_play, jobs), strict=True):
            rows[job[0]] += _shown(job, played)
    _print_summary(rows)


def _play(job: _Job) -> Played:
    split, index, seed, load = job
    return play(SPLITS[split]()[index], seed, load)


def _shown(job: _Job, played: Played) -> list[Row]:
    scene = SPLITS[job[0]]()[job[1]]
    found = list(judged(scene, played))
    for row in found:
        print(f"{job[0]}, {_told(row)}", flush=True)
    if not is_offered(scene, played):
        print(f"{job[0]}, {scene.name}, {played.seed}: {scene.kind} would not be offered")
    return found


def _told(row: Row) -> str:
    band = f"{row.predicted[1]:.0f} ({row.predicted[0]:.0f}-{row.predicted[2]:.0f})"
    told = f"{row.scene}, {row.action}, {row.after_min} min, {row.seed}: {band}, {row.simulated}, {row.error:+.2f}"
    return told + ("" if row.is_within else ", outside the range")


def _print_summary(rows: Mapping[str, list[Row]]) -> None:
    print("\nmean error, bias in p/m2, and share of figures within the range")
    for split, of_split in rows.items():
        for scene in dict.fromkeys(row.scene for row in of_split):
            for is_none in (True, False):
                mine = [row for row in of_split if row.scene == scene and (row.action == "none") is is_none]
                action = "no action" if is_none else "option"
                print(f"{split:8} {scene:48} {action:9} {_mae(mine):.2f} {_bias(mine):+.2f} {_within(mine):.2f}")
    words = [word for split, mine in rows.items() for word in _figures(split, mine)]
    print(" ".join([*words, f"set_ms {_set_ms():.1f}"]))


def _figures(split: str, rows: list[Row]) -> Iterator[str]:
    name = split.replace(" ", "_")
    for action, mine in (
        ("option", [row for row in rows if row.action != "none"]),
        ("no_action", [row for row in rows if row.action == "none"]),
    ):
        yield f"{name}_{action}_mae_p_m2 {_mae(mine):.3f}"
        yield f"{name}_{action}_within {_within(mine):.2f}"


def _mae(rows: list[Row]) -> float:
    return float(np.mean([abs(row.error) for row in rows]))


def _bias(rows: list[Row]) -> float:
    return float(np.mean([row.error for row in rows]))


def _within(rows: list[Row]) -> float:
    return float(np.mean([row.is_within for row in rows]))


def _set_ms() -> float:
    """Return the time of one set of options on this machine, the best of ten."""
    flows = {("esc", "landing"): 40.0, ("landing", "hall"): 30.0}
    case = case_of(landing(), Played(0, {"landing": 60.0, "hall": 40.0, "upper": 60.0}, dict(flows), {}, {}, 0))
    took = []
    for _ in range(10):
        began = time.perf_counter()
        build(case, {}, 0.0)
        took.append(time.perf_counter() - began)
    return min(took) * 1000.0
