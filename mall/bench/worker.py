"""``bench worker``: the whole path of four cameras against the bare model on the same cores.

``efficiency`` is frames a second from file to store over those of the model alone in OpenVINO's throughput mode, taken
before and after in the same run; ``overhead_ms`` the processor time a frame costs beyond the model's. Weights and
recording are the embedded detector and the sample film, or what MALL_BENCH_WEIGHTS and MALL_BENCH_VIDEO name.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from mall.config import SAMPLE_SITE, Site, load_site
from mall.errors import SiteError
from mall.store.embedded import EmbeddedStore
from mall.store.redis_store import RedisStore, open_redis_store
from mall.worker import run_worker
from vision.embedded import embedded_folder
from vision.openvino_detector import Pace, bare_pace
from vision.source import open_recording

CAMERAS = 4
BARE_S = 5.0
WORKER_S = 15.0
WARM_UP_S = 3.0
OFFERED = 1.2
"""Frames offered over what the bare model could take, so that the worker never waits for one."""


def run() -> None:
    """Measure and print a table; its last line is ``efficiency X overhead_ms Y``."""
    weights = Path(os.environ.get("MALL_BENCH_WEIGHTS") or embedded_folder())
    video = Path(os.environ.get("MALL_BENCH_VIDEO") or SAMPLE_SITE / "plaza-west.mp4").resolve()
    picture = open_recording(video).read(0)
    if not isinstance(picture, np.ndarray):
        raise SiteError(f"{video}: expected a recording of pictures")
    before = bare_pace(weights, picture, input_size=None, seconds=BARE_S)
    worker = _worker_pace(weights, video, before.per_second * OFFERED / CAMERAS)
    after = bare_pace(weights, picture, input_size=None, seconds=BARE_S)
    bare = Pace((before.per_second + after.per_second) / 2, (before.cpu_s + after.cpu_s) / 2)
    height, width = picture.shape[:2]
    print(f"{weights.name}, {video.name} {width}x{height}, {CAMERAS} cameras, {os.cpu_count()} processors")
    print(f"{'':<28}{'frames/s':>10}{'cpu ms/frame':>14}")
    for name, pace in (("bare model, before", before), ("worker, file to store", worker), ("bare model, after", after)):
        print(f"{name:<28}{pace.per_second:>10.1f}{pace.cpu_s * 1000:>14.1f}")
    overhead_ms = (worker.cpu_s - bare.cpu_s) * 1000
    print(f"efficiency {worker.per_second / bare.per_second:.3f} overhead_ms {overhead_ms:.2f}")


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
        f'source = "{video}"\nlevel = "0"\nrate = {rate:.2f}\nfps = {rate:.2f}\nloop = true\n'
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
