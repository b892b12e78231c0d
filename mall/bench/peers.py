"""``bench peers``: frames a second of ``count`` against two common programs on the same film with the same weights.

The peers are Ultralytics' ``solutions.RegionCounter`` and roboflow's ``trackers`` ByteTrack with ``supervision``'s
PolygonZone (``scripts/peers/``), each in its own best form, one process at a time, in turn. Every one decodes, detects,
follows and counts; ``count`` also places people on the floor and puts them into zones. Film and reference weights are
what MALL_BENCH_VIDEO and MALL_BENCH_WEIGHTS name; with MALL_BENCH_TRUTH (MOTChallenge columns) count errors are told.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mall.bench.accuracy import read_truth
from mall.bench.worker import bench_site
from mall.config import PROJECT_DIR, SAMPLE_SITE
from mall.errors import MallError, SiteError
from mall.recordings.counting import count_rows, loaded_detector
from vision.embedded import embedded_folder
from vision.source import open_recording

FRAMES = 398
ROUNDS = 3
PEERS = ("region_counter", "polygon_zone")
OURS = "count"
FOLDER_SUFFIX = "_openvino_model"  # by which Ultralytics knows such a folder


class PeerError(MallError):
    """A peer that did not run to its end."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Frames a second, processor time a frame in ms, people counted in each frame."""

    fps: float
    cpu_ms: float
    counts: tuple[int, ...]


def run() -> None:
    """Print a table; its last line is ``vs_region_counter X vs_supervision Y embedded_vs_region_counter Z …``."""
    video = Path(os.environ.get("MALL_BENCH_VIDEO") or SAMPLE_SITE / "plaza-west.mp4").resolve()
    if not video.is_file():
        raise SiteError(f"{video}: no such file")
    reference = os.environ.get("MALL_BENCH_WEIGHTS")
    kinds = {"": Path(reference).resolve()} if reference else {}
    kinds["embedded_"] = embedded_folder()
    truth = _truth()
    print(f"{video.name}, {FRAMES} frames at most, {ROUNDS} rounds in turn, {len(os.sched_getaffinity(0))} processors")
    told: dict[str, float] = {}
    baseline: Speed | None = None
    for prefix, weights in kinds.items():
        speeds = _interleaved(video, weights)
        _print_table(weights.name, speeds, truth)
        baseline = baseline or speeds["region_counter"]
        told[f"{prefix}vs_region_counter"] = speeds[OURS].fps / speeds["region_counter"].fps
        told[f"{prefix}vs_supervision"] = speeds[OURS].fps / speeds["polygon_zone"].fps
        if prefix and reference:
            told["embedded_vs_reference_region_counter"] = speeds[OURS].fps / baseline.fps
    print(" ".join(f"{name} {value:.2f}" for name, value in told.items()))


def _truth() -> dict[int, int]:
    named = os.environ.get("MALL_BENCH_TRUTH")
    return {frame: len(ids) for frame, (ids, _) in read_truth(Path(named)).items()} if named else {}


def _interleaved(video: Path, weights: Path) -> dict[str, Speed]:
    """Return the median of each, measured in turn so that whatever else the machine does meets all of them."""
    found: dict[str, list[Speed]] = {name: [] for name in (*PEERS, OURS)}
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as folder:
        named = Path(folder) / f"bench{FOLDER_SUFFIX}"
        if weights.is_dir():
            named.symlink_to(weights)
        for _ in range(ROUNDS):
            for name, speeds in found.items():
                speeds.append(_one(name, video, named if weights.is_dir() else weights))
    return {
        name: Speed(statistics.median(s.fps for s in all_), statistics.median(s.cpu_ms for s in all_), all_[0].counts)
        for name, all_ in found.items()
    }


def _one(name: str, video: Path, weights: Path) -> Speed:
    """Run one of them in a process of its own."""
    how = ["-m", "mall.bench.peers"] if name == OURS else [str(PROJECT_DIR / "scripts" / "peers" / f"{name}.py")]
    command = [sys.executable, *how, str(video), str(weights), str(FRAMES)]
    done = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["no reason given"]
        raise PeerError(f"{name} with {weights.resolve()}: {reason[-1]}")
    row = json.loads(done.stdout.splitlines()[-1])
    return Speed(row["fps"], row["cpu_ms"], tuple(row["counts"]))


def count_here(video: Path, weights: Path, limit: int) -> Speed:
    """Count a film as ``count`` does; the clock starts after the first frame, which warms up."""
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        site = bench_site(Path(name), weights, video, 7.0)
        camera, counts = site.cameras[0], []
        recording, detector = open_recording(video), loaded_detector(site, site.cameras[0], weights=None, still=False)
        began = cpu = 0.0
        for row in islice(count_rows(recording, site, camera, detector=detector), limit):
            counts.append(row["people"])
            if len(counts) == 1:
                began, cpu = time.perf_counter(), time.process_time()
        spent, cpu = time.perf_counter() - began, time.process_time() - cpu
        detector.close()
        recording.close()
    return Speed((len(counts) - 1) / spent, 1000 * cpu / (len(counts) - 1), tuple(counts))


def _print_table(weights: str, speeds: dict[str, Speed], truth: dict[int, int]) -> None:
    print(f"{weights:<28}{'frames/s':>10}{'cpu ms/frame':>14}{'mean count':>12}{'MAE' if truth else '':>8}")
    for name, speed in speeds.items():
        errors = [abs(n - truth[frame]) for frame, n in enumerate(speed.counts) if frame in truth]
        mae = f"{statistics.mean(errors):>8.2f}" if errors else ""
        print(f"{name:<28}{speed.fps:>10.1f}{speed.cpu_ms:>14.1f}{statistics.mean(speed.counts):>12.2f}{mae}")


if __name__ == "__main__":
    mine = count_here(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"fps": mine.fps, "cpu_ms": mine.cpu_ms, "counts": mine.counts}))
