"""``bench worker``: the whole path of four cameras against the bare model on the same cores.

``efficiency`` is frames a second from file to store over those of the model alone in OpenVINO's throughput mode, taken
in turns in the same run, so that a machine that grows slower meanwhile does so for both; ``overhead_ms`` the processor
time a frame costs beyond the model's. Weights and recording are the embedded detector and the sample film, or what
MALL_BENCH_WEIGHTS and MALL_BENCH_VIDEO name.
"""

import itertools
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mall.config import SAMPLE_SITE, Site, load_site
from mall.errors import SiteError
from mall.store.embedded import EmbeddedStore
from mall.store.redis_store import RedisStore, open_redis_store
from mall.worker import run_worker
from vision.bare_model import BareModel, Pace
from vision.detector import Image
from vision.embedded import embedded_folder
from vision.source import open_recording

CAMERAS = 4
ROUNDS = 3
BARE_S = 4.0
WORKER_S = 8.0
WARM_UP_S = 2.0
OFFERED = 1.1
"""Frames offered over what the bare model could take, so that the worker never waits for one."""
USUAL_RATE = 5.0
"""Frames a second of a camera in a mall."""


def run() -> None:
    """Measure and print a table; its last line is ``efficiency X overhead_ms Y …``."""
    weights = Path(os.environ.get("MALL_BENCH_WEIGHTS") or embedded_folder())
    video = Path(os.environ.get("MALL_BENCH_VIDEO") or SAMPLE_SITE / "plaza-west.mp4").resolve()
    picture = first_picture(video)
    model = BareModel(weights, picture)
    model.pace(WARM_UP_S / 2)
    bare, whole = [], []
    for _ in range(ROUNDS):
        bare.append(model.pace(BARE_S))
        whole.append(_worker_pace(weights, video, bare[-1].per_second * OFFERED / CAMERAS))
    bare.append(model.pace(BARE_S))
    height, width = picture.shape[:2]
    print(f"{weights.name}, {video.name} {width}x{height}, {CAMERAS} cameras, {os.cpu_count()} processors")
    _print_table(bare, whole)


def first_picture(video: Path) -> Image:
    """Return the first frame of a recording of pictures."""
    recording = open_recording(video)
    try:
        picture = recording.read(0)
    finally:
        recording.close()
    if not isinstance(picture, np.ndarray):
        raise SiteError(f"{video}: expected a recording of pictures")
    return picture


def _print_table(bare: Sequence[Pace], whole: Sequence[Pace]) -> None:
    """Print what was measured in turns: a bare pace before and after each of the worker's."""
    print(f"{'':<28}{'frames/s':>10}{'cpu ms/frame':>14}")
    for index, pace in enumerate(bare):
        print(f"{f'bare model, {index + 1}':<28}{pace.per_second:>10.1f}{pace.cpu_s * 1000:>14.1f}")
        for worker in whole[index : index + 1]:
            print(f"{'worker, file to store':<28}{worker.per_second:>10.1f}{worker.cpu_s * 1000:>14.1f}")
    around = list(itertools.pairwise(bare))
    shares = [w.per_second * 2 / (a.per_second + b.per_second) for w, (a, b) in zip(whole, around, strict=True)]
    extra = [w.cpu_s - (a.cpu_s + b.cpu_s) / 2 for w, (a, b) in zip(whole, around, strict=True)]
    cpu_s = float(np.mean([pace.cpu_s for pace in whole]))
    print(
        f"efficiency {np.mean(shares):.3f} overhead_ms {np.mean(extra) * 1000:.2f} cpu_ms_per_frame {cpu_s * 1000:.1f} "
        f"cpu_s_per_camera_hour {cpu_s * USUAL_RATE * 3600:.0f}"
    )


def _worker_pace(weights: Path, video: Path, rate: float) -> Pace:
    with tempfile.TemporaryDirectory(prefix="mall-bench-") as name:
        folder = Path(name)
        site = bench_site(folder, weights, video, min(rate, 60.0))
        with EmbeddedStore(folder / "state") as server:
            store = open_redis_store(server.url, site.id)
            try:
                return _measured(site, store)
            finally:
                store.close()


def _measured(site: Site, store: RedisStore) -> Pace:
    stop = threading.Event()
    ids = [camera.id for camera in site.cameras]
    work = threading.Thread(target=run_worker, args=(site, ids, store, stop))
    work.start()
    try:
        while not all(store.last_seq(name) for name in ids) and work.is_alive():
            time.sleep(0.1)
        time.sleep(WARM_UP_S)
        began, cpu, done = time.monotonic(), time.process_time(), sum(map(store.last_seq, ids))
        time.sleep(WORKER_S)
        done = sum(map(store.last_seq, ids)) - done
        return Pace(done / (time.monotonic() - began), (time.process_time() - cpu) / max(done, 1))
    finally:
        stop.set()
        work.join()


def bench_site(folder: Path, weights: Path, video: Path, rate: float) -> Site:
    """Write a site of equal cameras, each calibrated, that offers ``rate`` frames a second each."""
    table = (
        f'source = "{video}"\nlevel = "0"\nrate = {rate:.2f}\nfps = {rate:.2f}\nloop = true\nidle_rate = 0\n'
        f"{f'weights = {str(weights)!r}' if weights != embedded_folder() else ''}\n[camera.calibration]\n"
        "image_points = [[0, 200], [700, 200], [700, 570], [0, 570]]\n"
        "plan_points = [[0, 20], [20, 20], [14, 0], [6, 0]]\n"
    )
    cameras = "".join(f'[[camera]]\nid = "c{number}"\n{table}' for number in range(CAMERAS))
    (folder / "site.toml").write_text(f'[site]\nid = "bench"\nname = "Bench"\n{cameras}', encoding="utf-8")
    ring = "[[[0,0],[20,0],[20,20],[0,20],[0,0]]]"
    (folder / "floorplan.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"plaza","category":"concourse",'
        f'"level":"0"}},"geometry":{{"type":"Polygon","coordinates":{ring}}}}}]}}',
        encoding="utf-8",
    )
    return load_site(folder)
